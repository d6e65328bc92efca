/* tsr_read.c - reads .tsr files; see tsr.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr.h"

#include <stddef.h>

#include "errors.h"
#include "tsr_layout.h"

/* A string of symbols, in the block. */
struct string {
    guint32 at, size;
};

struct tsr_strings {
    guint n;
    struct string at[TSR_STRINGS];
};

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
    tsr->strings = g_new0(struct tsr_strings, 1);
    tsr->blocks = blocks_open(name, TSR_MAGIC, TSR_VERSION, error);
    return tsr->blocks != NULL && read_summary(tsr, error) ? g_steal_pointer(&tsr) : NULL;
}

void tsr_close(struct tsr *tsr)
{
    if (tsr != NULL) {
        blocks_close(tsr->blocks);
        g_byte_array_unref(tsr->raw);
        g_free(tsr->strings);
        g_clear_error(&tsr->trouble);
        g_free(tsr);
    }
}

/* ---- blocks and events ---- */

static bool fail(struct tsr *tsr)
{
    g_set_error(&tsr->trouble, TCPSTORY_ERROR, EXIT_INPUT,
                "'%s' is damaged: something in it is no record", tsr->blocks->name);
    return false;
}

/* The next block of the section, or else the first one of the next; false when there is none. */
static bool next_block(struct tsr *tsr)
{
    const GArray *index = tsr->blocks->index;

    for (; tsr->section < TSR_SECTIONS; tsr->section++, tsr->next = 0) {
        while (tsr->next < index->len &&
               g_array_index(index, struct blocks_entry, tsr->next).section != tsr->section) {
            tsr->next++;
        }
        if (tsr->next < index->len) {
            tsr_base_clear(&tsr->base);
            tsr->strings->n = 0;
            const bool ok = blocks_read(tsr->blocks, tsr->next++, tsr->raw, &tsr->trouble);
            tsr->text.numbers = (struct leb128_reader){tsr->raw->data, tsr->raw->data, true};
            if (ok && tsr->raw->len > 0) { /* else there may be no data */
                tsr->text.numbers.end += tsr->raw->len;
            }
            return ok;
        }
    }
    return false;
}

/* Reads the string of the next event. */
static bool read_string(struct tsr *tsr)
{
    struct leb128_reader *raw = &tsr->text.numbers;
    struct tsr_strings *strings = tsr->strings;
    const guint64 number = leb128_get(raw);
    const guint64 size = raw->ok && number == 0 ? leb128_get(raw) : 0;
    struct string string;

    if (!raw->ok || number > strings->n || size > (gsize)(raw->end - raw->at) ||
        size > TSR_STRING_MOST) {
        return fail(tsr);
    }
    if (number > 0) {
        string = strings->at[number - 1];
    } else {
        string = (struct string){(guint32)(raw->at - tsr->raw->data), (guint32)size};
        raw->at += size;
        if (strings->n < TSR_STRINGS) {
            strings->at[strings->n++] = string;
        }
    }
    tsr->text.symbols.at = tsr->raw->data + string.at;
    tsr->text.symbols.end = tsr->text.symbols.at + string.size;
    tsr->text.symbols.ok = true;
    return true;
}

/* ---- entries ---- */

/* Goes on to another stream. */
static bool read_stream(struct tsr *tsr, guint8 symbol)
{
    struct leb128_reader *numbers = &tsr->text.numbers;
    const gint64 more = symbol == TSR_NEXT ? 1 : tsm_unzigzag(leb128_get(numbers));
    const gint64 stream = tsr->base.stream + more;

    tsr->base.stream = (guint32)stream;
    return (numbers->ok && more >= -(gint64)TSM_NO_STREAM && stream >= 0 &&
            stream < TSM_NO_STREAM) ||
           fail(tsr);
}

static enum tsr_entry read_record(struct tsr *tsr, guint8 type)
{
    if (!tsr_get_record(&tsr->text, &tsr->base, type, &tsr->record)) {
        fail(tsr);
        return TSR_END;
    }
    *tsr_stream_of(&tsr->record) = tsr->base.stream;
    return TSR_RECORD;
}

/* A header gives birth to one stream at most: so births do not outnumber the bytes of a file. */
static enum tsr_entry read_birth(struct tsr *tsr)
{
    if (!tsr->may_bear) {
        fail(tsr);
        return TSR_END;
    }
    tsr->may_bear = false;
    return TSR_BIRTH;
}

static enum tsr_entry read_position(struct tsr *tsr, guint8 letter)
{
    tsr->may_bear = true;
    return tsr_get_position(&tsr->text, &tsr->base, letter) || fail(tsr) ? TSR_POSITION : TSR_END;
}

/* Goes on to the next event when this one is over; false when there is none. */
static bool is_in_event(struct tsr *tsr)
{
    while (tsr->text.symbols.at >= tsr->text.symbols.end) {
        const bool over = tsr->text.numbers.at >= tsr->text.numbers.end;
        if ((over && !next_block(tsr)) || !read_string(tsr)) {
            return false;
        }
    }
    return true;
}

enum tsr_entry tsr_next(struct tsr *tsr)
{
    while (is_in_event(tsr)) {
        const guint8 symbol = *tsr->text.symbols.at++;
        switch (symbol) {
        case TSR_AT:
        case TSR_AT_ALL:
            return read_position(tsr, symbol);
        case TSR_BORN:
            return read_birth(tsr);
        case TSR_AT_END:
            return TSR_FINISH;
        case TSR_AFTER:
            return TSR_PROJECT;
        case TSR_STREAM:
        case TSR_NEXT:
            break;
        default:
            return read_record(tsr, symbol);
        }
        if (!read_stream(tsr, symbol)) {
            break;
        }
    }
    return TSR_END;
}

guint32 *tsr_stream_of(struct tsm_record *record)
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
    default:
        return NULL;
    }
}
