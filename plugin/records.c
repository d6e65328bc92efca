/* records.c - the record stream on its way from inference to the tap; see records.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "records.h"

#include <stdio.h>

#include "compat.h"
#include <epan/epan.h>

static enum record_detail wanted = RECORDS_NONE;
static GString *waiting; /* text of records, a line each */
static bool begun;       /* the header is written */

void records_want(enum record_detail detail)
{
    wanted = detail;
}

static void write_line(const struct tsm_record *record)
{
    char text[TSM_RECORD_TEXT];

    g_string_append_len(waiting, text, (gssize)tsm_record_format(record, text));
}

static void write_header(void)
{
    struct tsm_record record = {.type = TSM_RECORD_HEADER};
    int major, minor, micro;

    epan_get_version_number(&major, &minor, &micro);
    record.u.header.version = TSM_RECORD_VERSION;
    g_strlcpy(record.u.header.plugin, TCPSTATE_VERSION, sizeof(record.u.header.plugin));
    g_snprintf(record.u.header.wireshark, sizeof(record.u.header.wireshark), "%d.%d.%d", major,
               minor, micro);
    write_line(&record);
}

static void add(const struct tsm_record *record)
{
    if (!waiting) {
        waiting = g_string_new(NULL);
    }
    if (!begun) {
        begun = true;
        write_header();
    }
    write_line(record);
}

void records_begin(void)
{
    begun = false;
    if (waiting) {
        g_string_truncate(waiting, 0);
    }
}

static void add_changes_as(enum tsm_record_type type, const struct tsm_stream *stream,
                           const struct tsm_verdict *verdict)
{
    struct tsm_record record;

    for (unsigned i = 0; i < verdict->n_changes; i++) {
        tsm_record_of_change(&record, stream->conn.stream, &verdict->changes[i]);
        record.type = type;
        add(&record);
    }
}

static void add_changes(const struct tsm_stream *stream, const struct tsm_verdict *verdict)
{
    add_changes_as(TSM_RECORD_CHANGE, stream, verdict);
}

/* Whether a segment is worth a record of its own even when not all are wanted. */
static bool did_something(const struct tsm_verdict *verdict)
{
    return verdict->changed || verdict->open_step || verdict->close_steps || verdict->notes;
}

void records_add_fed(const struct tsm_segment *seg, const struct tsm_fed *fed)
{
    struct tsm_record record;

    if (wanted == RECORDS_NONE) {
        return;
    }
    if (fed->started) {
        tsm_record_of_start(&record, fed->stream);
        add(&record);
    }
    if (fed->ended) {
        add_changes(fed->ended, &fed->ended_verdict);
    }
    add_changes(fed->stream, &fed->verdict);
    if (wanted == RECORDS_ALL || did_something(&fed->verdict)) {
        tsm_record_of_segment(&record, fed->stream->conn.stream, seg, &fed->verdict);
        add(&record);
    }
}

void records_add_finished(const struct tsm_stream *stream, const struct tsm_verdict *verdict)
{
    struct tsm_record record;

    if (wanted == RECORDS_NONE) {
        return;
    }
    add_changes(stream, verdict);
    tsm_record_of_totals(&record, stream);
    add(&record);
}

void records_add_projected(const struct tsm_stream *stream, const struct tsm_verdict *verdict)
{
    if (wanted != RECORDS_NONE) {
        add_changes_as(TSM_RECORD_PROJECTED, stream, verdict);
    }
}

void records_add_end(const struct tsm_record_capture *totals)
{
    struct tsm_record record = {.type = TSM_RECORD_CAPTURE, .u.capture = *totals};

    if (wanted == RECORDS_NONE) {
        return;
    }
    add(&record);
    record.type = TSM_RECORD_END;
    add(&record);
}

void records_drain(void)
{
    if (waiting && waiting->len > 0) {
        fwrite(waiting->str, 1, waiting->len, stdout);
        fflush(stdout);
        g_string_truncate(waiting, 0);
    }
}
