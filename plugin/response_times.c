/* response_times.c - how long the ends of each connection let each other wait; see
 * response_times.h.
 *
 * A call is a segment, and its time how long ago the other end was heard or, before that, how long
 * ago the connection began.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "response_times.h"

#include "compat.h"
#include <epan/srt_table.h>

#include "capture.h"
#include "connection_view.h"
#include "fields.h"
#include "hindsight.h"
#include "hook.h"
#include "stats_cells.h"
#include "text.h"

/* A window with more rows is of no use to anybody; its filter chooses. */
#define MAX_ROWS 100000

/* Whose connection it is and, once all of the capture is known, how it came out. */
static char *row_text(const struct hindsight *hindsight, uint32_t number)
{
    const struct story_connection *connection =
        hindsight ? connection_find(hindsight->story, number) : NULL;
    const struct tsm_stream *stream = capture_stream(number);
    const struct tsm_tuple tuple = stream ? tsm_stream_tuple(stream) : (struct tsm_tuple){0};
    GString *text = g_string_new(NULL);

    text_endpoint(text, &tuple, TSM_CLIENT);
    g_string_append(text, " -> ");
    text_endpoint(text, &tuple, TSM_SERVER);
    if (connection) {
        g_string_append(text, ", ");
        stats_append_outcome(text, hindsight->story, hindsight->anomalies, connection);
    }
    return g_string_free(text, FALSE);
}

static void make_row(srt_stat_table *table, const packet_info *pinfo, uint32_t stream)
{
    const int row = (int)stream;
    char *text;

    if (row < table->num_procs && table->procedures[row].procedure) {
        return;
    }
    text = row_text(hindsight_of(pinfo), stream);
    init_srt_table_row(table, row, text);
    g_free(text);
}

/* Since when the end that sent the segment let the other one wait: since that one was heard, or
 * since the connection began. False for the segment that began it, unless no other tells of it, as
 * nobody ever answered. */
static bool waits_since(const packet_info *pinfo, const struct annotation *a, int64_t *since_ns)
{
    const struct tsm_stream *stream = capture_stream(a->stream);
    const struct hindsight *hindsight = hindsight_of(pinfo);
    const struct story_connection *connection;

    *since_ns = hook_time_ns(pinfo) - a->peer_ago_ns;
    if (a->peer_frame != 0 || !stream) {
        return a->peer_frame != 0;
    }
    *since_ns = stream->conn->start_ns;
    if (pinfo->num != stream->conn->start_frame) {
        return true;
    }
    connection = hindsight ? connection_find(hindsight->story, a->stream) : NULL;
    return connection && connection->heard[tsm_other(a->sender)].last_frame == 0;
}

static void note_segment(srt_stat_table *table, packet_info *pinfo, const struct annotation *a)
{
    int64_t since_ns;

    if (a->stream >= MAX_ROWS || !hook_has_time(pinfo) || !waits_since(pinfo, a, &since_ns)) {
        return;
    }
    const nstime_t since = {.secs = (time_t)(since_ns / 1000000000),
                            .nsecs = (int)(since_ns % 1000000000)};
    make_row(table, pinfo, a->stream);
    add_srt_table_data(table, (int)a->stream, &since, pinfo);
}

static tap_packet_status note_packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                     const void *tapped _U_, tap_flags_t flags _U_)
{
    const srt_data_t *srt = data;
    srt_stat_table *table = g_array_index(srt->srt_array, srt_stat_table *, 0);
    struct annotation a;

    for (unsigned layer = 0; capture_annotation(pinfo->num, layer, &a); layer++) {
        note_segment(table, pinfo, &a);
    }
    return TAP_PACKET_REDRAW;
}

static void init_tables(struct register_srt *srt _U_, GArray *tables)
{
    init_srt_table("TCP connections: how long each end let the other one wait", "TCP connections",
                   tables, 0, "Connection", "tcpstate.stream", NULL);
}

void response_times_register(void)
{
    register_srt_table(proto_tcpstate, "tcpstate", 1, note_packet, init_tables, NULL);
}
