/* tsr_write.c - writes .tsr files; see tsr.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr.h"

#include <string.h>

#include "tsr_layout.h"

#define FULL (256u << 10)
#define HASH_BITS 13

/* Room of an event: it ends when it has so many symbols, or numbers, and a record fits in yet. */
#define EVENT_SYMBOLS 256
#define EVENT_NUMBERS 2048

_Static_assert(EVENT_SYMBOLS + TSR_RECORD_SYMBOLS <= TSR_STRING_MOST, "who reads it takes it");
_Static_assert(1 << HASH_BITS > TSR_STRINGS && TSR_STRINGS <= UINT16_MAX, "each has a place");

/* A string of symbols, in the block. */
struct string {
    guint32 at, size;
};

/* What is written into blocks of a section. */
struct tsr_track {
    guint section;
    guint8 *raw; /* the block that is not full yet; owned */
    gsize used, room;
    guint32 count;
    struct tsr_pen pen; /* the event that is not ended yet: */
    guint8 symbols[EVENT_SYMBOLS + TSR_RECORD_SYMBOLS];
    guint8 numbers[EVENT_NUMBERS + TSR_RECORD_NUMBERS];
    guint n; /* strings of the block */
    struct string strings[TSR_STRINGS];
    guint16 found[1 << HASH_BITS]; /* where one may be, by its hash */
    struct tsr_base base;
};

static void begin_event(struct tsr_track *track)
{
    track->pen = (struct tsr_pen){track->symbols, track->numbers};
}

bool tsr_begin(struct tsr_writer *writer, const char *name, guint32 shard, guint32 shards,
               const guint8 *identity, GError **error)
{
    struct blocks_head head = {.version = TSR_VERSION, .sections = shards + 1, .number = shard};

    memcpy(head.magic, TSR_MAGIC, sizeof head.magic);
    memcpy(head.identity, identity, sizeof head.identity);
    *writer = (struct tsr_writer){.phase = TSR_AT};
    if (!blocks_begin(&writer->blocks, name, &head, error)) {
        return false;
    }
    writer->tracks = g_new0(struct tsr_track, TSR_SECTIONS);
    for (guint i = 0; i < TSR_SECTIONS; i++) {
        writer->tracks[i].section = i;
        tsr_base_clear(&writer->tracks[i].base);
        begin_event(&writer->tracks[i]);
    }
    return true;
}

static struct tsr_track *track_of(const struct tsr_writer *writer)
{
    return &writer->tracks[writer->phase == TSR_AFTER ? TSR_SECTION_AFTER : TSR_SECTION_SEEN];
}

/* ---- events ---- */

static guint hash_of(const guint8 *symbols, gsize size)
{
    guint64 hash = size, word;

    for (; size >= sizeof word; symbols += sizeof word, size -= sizeof word) {
        memcpy(&word, symbols, sizeof word);
        hash = (hash ^ hash >> 29 ^ word) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    }
    word = 0;
    memcpy(&word, symbols, size);
    hash = (hash ^ hash >> 29 ^ word) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return (guint)(hash >> (64 - HASH_BITS)); /* multiplied by the golden ratio (Knuth 6.4) */
}

/* Writes a string's number, or the string when it has none yet. */
static guint8 *put_string(struct tsr_track *track, const guint8 *symbols, gsize size, guint8 *to)
{
    guint16 *found = &track->found[hash_of(symbols, size)];
    const struct string *known = &track->strings[*found];

    if (*found < track->n && known->size == size &&
        memcmp(track->raw + known->at, symbols, size) == 0) {
        return leb128_put(to, *found + 1u);
    }
    to = leb128_put(leb128_put(to, 0), size);
    if (track->n < TSR_STRINGS) {
        *found = (guint16)track->n;
        track->strings[track->n++] = (struct string){(guint32)(to - track->raw), (guint32)size};
    }
    memcpy(to, symbols, size);
    return to + size;
}

static void end_event(struct tsr_track *track)
{
    const gsize symbols = (gsize)(track->pen.symbols - track->symbols);
    const gsize numbers = (gsize)(track->pen.numbers - track->numbers);
    const gsize most = symbols + numbers + 3 * LEB128_BYTES;

    if (symbols == 0) {
        return;
    }
    if (track->room - track->used < most) {
        track->room = MAX(2 * track->room, FULL + most);
        track->raw = g_realloc(track->raw, track->room);
    }
    guint8 *to = put_string(track, track->symbols, symbols, track->raw + track->used);
    memcpy(to, track->numbers, numbers);
    track->used = (gsize)(to + numbers - track->raw);
    track->count++;
    begin_event(track);
}

/* Each block can be read by itself. */
static void flush(struct tsr_writer *writer, struct tsr_track *track)
{
    if (track->used > 0) {
        blocks_add(&writer->blocks, track->section, track->raw, track->used, track->count);
    }
    track->used = track->count = track->n = 0;
    tsr_base_clear(&track->base);
}

/* Ends what came of one header, or of one stream's end. */
static void leave(struct tsr_writer *writer)
{
    struct tsr_track *track = track_of(writer);

    end_event(track);
    if (track->used >= FULL) {
        flush(writer, track);
    }
    writer->is_told = false;
}

/* ---- entries ---- */

static void tell_position(struct tsr_writer *writer)
{
    struct tsr_track *track = track_of(writer);

    if (writer->phase == TSR_AT && !writer->is_told) {
        tsr_put_position(&track->pen, &track->base, &writer->now);
        writer->is_told = true;
    }
}

/* The stream of what follows, and at the end of the capture that its end begins. */
static void tell_stream(struct tsr_writer *writer, guint32 stream)
{
    struct tsr_track *track = track_of(writer);
    struct tsr_pen *pen = &track->pen;
    const gint64 more = (gint64)stream - track->base.stream;

    if (more == 1) {
        *pen->symbols++ = TSR_NEXT;
    } else if (more != 0) {
        *pen->symbols++ = TSR_STREAM;
        pen->numbers = leb128_put(pen->numbers, tsm_zigzag(more));
    }
    track->base.stream = stream;
    if (!writer->is_told) {
        *pen->symbols++ = (guint8)writer->phase;
        writer->is_told = true;
    }
}

void tsr_at(struct tsr_writer *writer, const struct tsr_position *position)
{
    if (writer->is_told) { /* else nothing came of the header before */
        leave(writer);
    }
    writer->now = *position;
}

void tsr_born(struct tsr_writer *writer, guint32 streams)
{
    for (; writer->births < streams; writer->births++) {
        tell_position(writer);
        *track_of(writer)->pen.symbols++ = TSR_BORN;
    }
}

void tsr_phase(struct tsr_writer *writer, char phase)
{
    leave(writer);
    writer->phase = phase;
}

/* What was told of one stream is an event by itself, and so is each record of many columns. */
static bool ends_event(const struct tsr_track *track, enum tsm_record_type type)
{
    return type == TSM_RECORD_FACTS || type == TSM_RECORD_SPENT || type == TSM_RECORD_TOTALS ||
           track->pen.symbols > track->symbols + EVENT_SYMBOLS ||
           track->pen.numbers > track->numbers + EVENT_NUMBERS;
}

void tsr_add(struct tsr_writer *writer, const struct tsm_record *record)
{
    const guint32 *of = tsr_stream_of((struct tsm_record *)record);

    if (record->type == TSM_RECORD_CAPTURE) {
        writer->capture = record->u.capture;
    }
    if (of == NULL) {
        return; /* of the capture: who puts shards together makes them */
    }
    if (record->type == TSM_RECORD_START && *of == writer->births) {
        tsr_born(writer, *of + 1);
    }
    struct tsr_track *track = track_of(writer);
    if (*of != track->base.stream) {
        if (writer->phase == TSR_AT) {
            end_event(track);
        } else {
            leave(writer);
        }
    }
    tell_position(writer);
    tell_stream(writer, *of);
    tsr_put_record(&track->pen, &track->base, record);
    if (ends_event(track, record->type)) {
        end_event(track);
    }
}

bool tsr_end(struct tsr_writer *writer, GError **error)
{
    const struct tsm_record record = {.type = TSM_RECORD_CAPTURE, .u.capture = writer->capture};
    struct tsm_record_base base = {0};
    g_autoptr(GByteArray) summary = g_byte_array_new();
    char bytes[TSM_RECORD_TEXT];

    for (guint i = 0; i < TSR_SECTIONS; i++) {
        end_event(&writer->tracks[i]);
        flush(writer, &writer->tracks[i]);
    }
    g_byte_array_append(summary, (const guint8 *)bytes,
                        (guint)tsm_record_pack(&record, &base, bytes));
    const bool ok = blocks_end(&writer->blocks, summary, error);
    tsr_cancel(writer);
    return ok;
}

void tsr_cancel(struct tsr_writer *writer)
{
    for (guint i = 0; writer->tracks != NULL && i < TSR_SECTIONS; i++) {
        g_free(writer->tracks[i].raw);
    }
    g_clear_pointer(&writer->tracks, g_free);
    blocks_cancel(&writer->blocks);
}
