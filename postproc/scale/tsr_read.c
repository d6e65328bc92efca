/* tsr_read.c - reads .tsr files; see tsr.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr.h"

#include "errors.h"
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

/* The next number; *ok is cleared when there is none. */
static guint64 get(struct tsr *tsr, bool *ok)
{
    guint64 value = 0;

    for (guint shift = 0; shift < 64 && tsr->at < tsr->raw->len; shift += 7) {
        const guint8 byte = tsr->raw->data[tsr->at++];
        value |= (guint64)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    *ok = false;
    return 0;
}

static enum tsr_entry read_position(struct tsr *tsr)
{
    bool ok = true;
    const gint64 frame = tsr->position.frame + tsm_unzigzag(get(tsr, &ok));
    const guint64 ordinal = get(tsr, &ok);
    const guint64 time_ns = (guint64)tsr->position.time_ns + (guint64)tsm_unzigzag(get(tsr, &ok));

    if (!ok || frame < 0 || frame > UINT32_MAX || ordinal > UINT16_MAX) {
        return fail(tsr);
    }
    tsr->position = (struct tsr_position){(gint64)time_ns, (guint32)frame, (guint16)ordinal};
    return TSR_POSITION;
}

static enum tsr_entry read_stream(struct tsr *tsr, enum tsr_entry kind)
{
    bool ok = true;
    const guint64 stream = get(tsr, &ok);

    if (!ok || stream >= TSM_NO_STREAM) {
        return fail(tsr);
    }
    tsr->stream = (guint32)stream;
    return kind;
}

static enum tsr_entry read_record(struct tsr *tsr)
{
    const gsize n =
        tsm_record_unpack(&tsr->record, &tsr->base, (const char *)tsr->raw->data + tsr->at - 1,
                          tsr->raw->len - tsr->at + 1);

    if (n == 0 || tsr_stream_of(&tsr->record) == NULL) {
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

uint32_t *tsr_stream_of(struct tsm_record *record)
{
    switch (record->type) {
    case TSM_RECORD_START:
        return &record->u.start.stream;
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        return &record->u.change.stream;
    case TSM_RECORD_SEGMENT:
        return &record->u.segment.stream;
    case TSM_RECORD_TOTALS:
        return &record->u.totals.stream;
    case TSM_RECORD_FACTS:
        return &record->u.facts.stream;
    case TSM_RECORD_SPENT:
        return &record->u.spent.stream;
    case TSM_RECORD_METRICS:
        return &record->u.metrics.stream;
    case TSM_RECORD_FLOW:
        return &record->u.flow.stream;
    case TSM_RECORD_HEADER:
    case TSM_RECORD_BLANK:
    case TSM_RECORD_CAPTURE:
    case TSM_RECORD_END:
        break;
    }
    return NULL;
}
