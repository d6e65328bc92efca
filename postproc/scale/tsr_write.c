/* tsr_write.c - writes .tsr files; see tsr.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr.h"

#include <string.h>

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
    writer->raw = g_byte_array_new();
    return true;
}

/* Each block can be read by itself. */
static void flush(struct tsr_writer *writer)
{
    if (writer->raw->len > 0) {
        blocks_add(&writer->blocks, 0, writer->raw->data, writer->raw->len, writer->count);
    }
    g_byte_array_set_size(writer->raw, 0);
    writer->count = 0;
    writer->is_told = false;
    writer->base = (struct tsm_record_base){0};
    writer->told = (struct tsr_position){0};
}

/* A letter, and numbers as of tsm_record.c. */
static void put(struct tsr_writer *writer, char letter, const guint64 *numbers, guint n)
{
    guint8 bytes[64] = {(guint8)letter};
    guint size = 1;

    for (guint i = 0; i < n; i++) {
        guint64 value = numbers[i];
        for (; value > 0x7f; value >>= 7) {
            bytes[size++] = (guint8)(value | 0x80);
        }
        bytes[size++] = (guint8)value;
    }
    g_byte_array_append(writer->raw, bytes, size);
    writer->count++;
}

static void tell_position(struct tsr_writer *writer)
{
    const struct tsr_position *now = &writer->now, *told = &writer->told;
    const guint64 numbers[] = {
        tsm_zigzag((gint64)now->frame - told->frame),
        now->ordinal,
        tsm_zigzag((gint64)((guint64)now->time_ns - (guint64)told->time_ns)),
    };

    put(writer, TSR_AT, numbers, G_N_ELEMENTS(numbers));
    writer->told = *now;
    writer->is_told = true;
}

void tsr_at(struct tsr_writer *writer, const struct tsr_position *position)
{
    writer->now = *position;
    writer->is_told = false;
    if (writer->raw->len >= FULL) {
        flush(writer);
    }
}

void tsr_born(struct tsr_writer *writer, guint32 streams)
{
    for (; writer->births < streams; writer->births++) {
        if (!writer->is_told) {
            tell_position(writer);
        }
        put(writer, TSR_BORN, NULL, 0);
    }
}

void tsr_phase(struct tsr_writer *writer, char phase)
{
    writer->phase = phase;
    writer->is_told = false;
}

static void tell_stream(struct tsr_writer *writer, guint32 stream)
{
    const guint64 number = stream;

    if (writer->is_told && writer->stream == stream) {
        return;
    }
    if (writer->raw->len >= FULL) {
        flush(writer);
    }
    put(writer, writer->phase, &number, 1);
    writer->stream = stream;
    writer->is_told = true;
}

void tsr_add(struct tsr_writer *writer, const struct tsm_record *record)
{
    struct tsm_record copy = *record;
    const uint32_t *stream = tsr_stream_of(&copy);
    char bytes[TSM_RECORD_TEXT];

    if (record->type == TSM_RECORD_CAPTURE) {
        writer->capture = record->u.capture;
    }
    if (stream == NULL) {
        return; /* of the capture: who puts shards together makes them */
    }
    if (record->type == TSM_RECORD_START && *stream == writer->births) {
        tsr_born(writer, *stream + 1);
    }
    if (writer->phase != TSR_AT) {
        tell_stream(writer, *stream);
    } else if (!writer->is_told) {
        tell_position(writer);
    }
    g_byte_array_append(writer->raw, (const guint8 *)bytes,
                        (guint)tsm_record_pack(record, &writer->base, bytes));
    writer->count++;
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
    g_clear_pointer(&writer->raw, g_byte_array_unref);
    blocks_cancel(&writer->blocks);
}
