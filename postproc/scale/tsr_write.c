/* tsr_write.c - writes .tsr files; see tsr.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr.h"

#include <string.h>

#include "leb128.h"
#include "tsr_layout.h"

#define FULL (256u << 10)

bool tsr_begin(struct tsr_writer *writer, const char *name, guint32 shard, guint32 shards,
               const guint8 *identity, GError **error)
{
    struct blocks_head head = {.version = TSR_VERSION, .sections = shards, .number = shard};

    memcpy(head.magic, TSR_MAGIC, sizeof head.magic);
    memcpy(head.identity, identity, sizeof head.identity);
    *writer = (struct tsr_writer){.phase = TSR_AT};
    if (!blocks_begin(&writer->blocks, name, &head, error)) {
        return false;
    }
    return true;
}

/* Each block can be read by itself. */
static void flush(struct tsr_writer *writer)
{
    if (writer->used > 0) {
        blocks_add(&writer->blocks, 0, writer->raw, writer->used, writer->count);
    }
    writer->used = writer->count = 0;
    writer->is_told = false;
    writer->base = (struct tsm_record_base){0};
    writer->shapes.n = 0;
    writer->told = (struct tsr_position){0};
}

/* Room for an entry of at most so many bytes; what was written there, up to `end`, ended() adds. */
static guint8 *room(struct tsr_writer *writer, guint size)
{
    if (writer->room - writer->used < size) {
        writer->room = MAX(2 * writer->room, FULL);
        writer->raw = g_realloc(writer->raw, writer->room);
    }
    return writer->raw + writer->used;
}

static void ended(struct tsr_writer *writer, const guint8 *end)
{
    writer->used = (gsize)(end - writer->raw);
    writer->count++;
}

static void tell_position(struct tsr_writer *writer)
{
    const struct tsr_position *now = &writer->now, *told = &writer->told;
    guint8 *to = room(writer, 1 + 3 * LEB128_BYTES);

    *to++ = TSR_AT;
    to = leb128_put(to, tsm_zigzag((gint64)now->frame - told->frame));
    to = leb128_put(to, now->ordinal);
    to = leb128_put(to, tsm_zigzag((gint64)((guint64)now->time_ns - (guint64)told->time_ns)));
    ended(writer, to);
    writer->told = *now;
    writer->is_told = true;
}

void tsr_at(struct tsr_writer *writer, const struct tsr_position *position)
{
    writer->now = *position;
    writer->is_told = false;
    if (writer->used >= FULL) {
        flush(writer);
    }
}

void tsr_born(struct tsr_writer *writer, guint32 streams)
{
    for (; writer->births < streams; writer->births++) {
        if (!writer->is_told) {
            tell_position(writer);
        }
        guint8 *to = room(writer, 1);
        *to++ = TSR_BORN;
        ended(writer, to);
    }
}

void tsr_phase(struct tsr_writer *writer, char phase)
{
    writer->phase = phase;
    writer->is_told = false;
}

static void tell_stream(struct tsr_writer *writer, guint32 stream)
{
    if (writer->is_told && writer->stream == stream) {
        return;
    }
    if (writer->used >= FULL) {
        flush(writer);
    }
    guint8 *to = room(writer, 1 + LEB128_BYTES);
    *to++ = (guint8)writer->phase;
    ended(writer, leb128_put(to, stream));
    writer->stream = stream;
    writer->is_told = true;
}

static void put_record(struct tsr_writer *writer, const struct tsm_record *record)
{
    guint8 *to = room(writer, TSM_RECORD_TEXT);
    const bool changes = record->type == TSM_RECORD_CHANGE || record->type == TSM_RECORD_PROJECTED;

    ended(writer, to + (changes ? tsr_change_pack(record, &writer->shapes, &writer->base, to)
                                : tsm_record_pack(record, &writer->base, (char *)to)));
}

void tsr_add(struct tsr_writer *writer, const struct tsm_record *record)
{
    const gsize offset = tsr_stream_offset(record->type);

    if (record->type == TSM_RECORD_CAPTURE) {
        writer->capture = record->u.capture;
    }
    if (offset == 0) {
        return; /* of the capture: who puts shards together makes them */
    }
    const guint32 stream = *(const guint32 *)(const void *)((const char *)record + offset);
    if (record->type == TSM_RECORD_START && stream == writer->births) {
        tsr_born(writer, stream + 1);
    }
    if (writer->phase != TSR_AT) {
        tell_stream(writer, stream);
    } else if (!writer->is_told) {
        tell_position(writer);
    }
    put_record(writer, record);
}

bool tsr_end(struct tsr_writer *writer, GError **error)
{
    const struct tsm_record record = {.type = TSM_RECORD_CAPTURE, .u.capture = writer->capture};
    struct tsm_record_base base = {0};
    g_autoptr(GByteArray) summary = g_byte_array_new();
    char bytes[TSM_RECORD_TEXT];

    flush(writer);
    g_byte_array_append(summary, (const guint8 *)bytes,
                        (guint)tsm_record_pack(&record, &base, bytes));
    const bool ok = blocks_end(&writer->blocks, summary, error);
    tsr_cancel(writer);
    return ok;
}

void tsr_cancel(struct tsr_writer *writer)
{
    g_clear_pointer(&writer->raw, g_free);
    blocks_cancel(&writer->blocks);
}
