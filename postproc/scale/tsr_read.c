/* tsr_read.c - reads .tsr files; see tsr.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr.h"

#include <stddef.h>

#include "errors.h"
#include "leb128.h"
#include "tsr_layout.h"

static bool read_summary(struct tsr *tsr, GError **error)
{
    const GByteArray *bytes = tsr->blocks->summary;
    struct tsm_record_base base = {0};
    struct tsm_record record;

    if (bytes->len == 0 || bytes->data[0] != TSM_RECORD_CAPTURE ||
        tsm_record_unpack(&record, &base, (const char *)bytes->data, bytes->len) != bytes->len) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "'%s' is damaged: its summary is none",
                    tsr->blocks->name);
        return false;
    }
    tsr->capture = record.u.capture;
    return true;
}

struct tsr *tsr_open(const char *name, GError **error)
{
    g_autoptr(Tsr) tsr = g_new0(struct tsr, 1);

    tsr->raw = g_byte_array_new();
    tsr->blocks = blocks_open(name, TSR_MAGIC, TSR_VERSION, error);
    return tsr->blocks != NULL && read_summary(tsr, error) ? g_steal_pointer(&tsr) : NULL;
}

void tsr_close(struct tsr *tsr)
{
    if (tsr != NULL) {
        blocks_close(tsr->blocks);
        g_byte_array_unref(tsr->raw);
        g_clear_error(&tsr->trouble);
        g_free(tsr);
    }
}

/* ---- entries ---- */

static enum tsr_entry fail(struct tsr *tsr)
{
    g_set_error(&tsr->trouble, TCPSTORY_ERROR, EXIT_INPUT,
                "'%s' is damaged: something in it is no record", tsr->blocks->name);
    return TSR_END;
}

/* The rest of the block. */
static struct leb128_reader rest_of(const struct tsr *tsr)
{
    return (struct leb128_reader){tsr->raw->data + tsr->at, tsr->raw->data + tsr->raw->len, true};
}

static enum tsr_entry read_position(struct tsr *tsr)
{
    struct leb128_reader rest = rest_of(tsr);
    const gint64 frame = tsr->position.frame + tsm_unzigzag(leb128_get(&rest));
    const guint64 ordinal = leb128_get(&rest);
    const guint64 time_ns =
        (guint64)tsr->position.time_ns + (guint64)tsm_unzigzag(leb128_get(&rest));

    if (!rest.ok || frame < 0 || frame > UINT32_MAX || ordinal > UINT16_MAX) {
        return fail(tsr);
    }
    tsr->at = (guint)(rest.at - tsr->raw->data);
    tsr->position = (struct tsr_position){(gint64)time_ns, (guint32)frame, (guint16)ordinal};
    return TSR_POSITION;
}

static enum tsr_entry read_stream(struct tsr *tsr, enum tsr_entry kind)
{
    struct leb128_reader rest = rest_of(tsr);
    const guint64 stream = leb128_get(&rest);

    if (!rest.ok || stream >= TSM_NO_STREAM) {
        return fail(tsr);
    }
    tsr->at = (guint)(rest.at - tsr->raw->data);
    tsr->stream = (guint32)stream;
    return kind;
}

static enum tsr_entry read_record(struct tsr *tsr)
{
    const guint8 *bytes = tsr->raw->data + tsr->at - 1;
    const gsize size = tsr->raw->len - tsr->at + 1;
    const gsize n = (bytes[0] & TSR_CHANGE_BIT) != 0
                        ? tsr_change_unpack(&tsr->record, &tsr->shapes, &tsr->base, bytes, size)
                        : tsm_record_unpack(&tsr->record, &tsr->base, (const char *)bytes, size);

    if (n == 0 || tsr_stream_offset(tsr->record.type) == 0) {
        return fail(tsr);
    }
    tsr->at += (guint)n - 1;
    return TSR_RECORD;
}

enum tsr_entry tsr_next(struct tsr *tsr)
{
    while (tsr->at >= tsr->raw->len) {
        if (tsr->next >= tsr->blocks->index->len ||
            !blocks_read(tsr->blocks, tsr->next++, tsr->raw, &tsr->trouble)) {
            return TSR_END;
        }
        tsr->at = 0;
        tsr->base = (struct tsm_record_base){0};
        tsr->shapes.n = 0;
        tsr->position = (struct tsr_position){0};
    }
    switch (tsr->raw->data[tsr->at++]) {
    case TSR_AT:
        return read_position(tsr);
    case TSR_BORN:
        return TSR_BIRTH;
    case TSR_AT_END:
        return read_stream(tsr, TSR_FINISH);
    case TSR_AFTER:
        return read_stream(tsr, TSR_PROJECT);
    default:
        return read_record(tsr);
    }
}

gsize tsr_stream_offset(enum tsm_record_type type)
{
    switch (type) {
    case TSM_RECORD_START:
        return offsetof(struct tsm_record, u.start.stream);
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        return offsetof(struct tsm_record, u.change.stream);
    case TSM_RECORD_SEGMENT:
        return offsetof(struct tsm_record, u.segment.stream);
    case TSM_RECORD_TOTALS:
        return offsetof(struct tsm_record, u.totals.stream);
    case TSM_RECORD_FACTS:
        return offsetof(struct tsm_record, u.facts.stream);
    case TSM_RECORD_SPENT:
        return offsetof(struct tsm_record, u.spent.stream);
    case TSM_RECORD_METRICS:
        return offsetof(struct tsm_record, u.metrics.stream);
    case TSM_RECORD_FLOW:
        return offsetof(struct tsm_record, u.flow.stream);
    case TSM_RECORD_HEADER:
    case TSM_RECORD_BLANK:
    case TSM_RECORD_CAPTURE:
    case TSM_RECORD_END:
        break;
    }
    return 0;
}
