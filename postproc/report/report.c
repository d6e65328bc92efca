/* report.c - the report: the capture's facts, then section by section, then short lives.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report.h"

#include <string.h>

#include "blanks.h"
#include "connection_brief.h"
#include "duration.h"
#include "judged_summary.h"
#include "report_parts.h"
#include "workers.h"

#define HANGING_INDENT 13 /* of lines that go on: below the text after report_count() */

/* ---- phrases ---- */

void report_heading(struct report *r, const char *title)
{
    g_string_append_c(r->text, '\n');
    out_append(r->out, r->text, OUT_HEADING, title);
    g_string_append_c(r->text, '\n');
}

/* "  1,994  " */
void report_count(struct report *r, guint n)
{
    g_autoptr(GString) digits = g_string_new(NULL);

    text_count(digits, n);
    g_string_append_printf(r->text, "%9s  ", digits->str);
}

/* "stream 12 (10.9.0.1:40000 -> 10.9.0.2:80)" */
void report_connection(struct report *r, guint number)
{
    const struct story_connection *connection = story_connection(r->story, number);

    g_string_append_printf(r->text, "stream %u (", connection->stream);
    text_endpoint(r->text, &connection->tuple, TSM_CLIENT);
    g_string_append(r->text, " -> ");
    text_endpoint(r->text, &connection->tuple, TSM_SERVER);
    g_string_append_c(r->text, ')');
}

void report_addresses(struct report *r, const struct places *places)
{
    for (guint i = 0; i < places->n_top; i++) {
        g_string_append(r->text, i > 0 ? ", " : "");
        places_text(places, i, r->text);
        if (places->n > 1 && places->top[i].n > 1) {
            g_string_append(r->text, " (");
            text_count(r->text, places->top[i].n);
            g_string_append_c(r->text, ')');
        }
    }
    if (places->n > places->n_top) {
        g_string_append(r->text, " and ");
        text_counted(r->text, places->n - places->n_top, "other", "others");
    }
}

void report_flush(struct report *r)
{
    out_write_wrapped(r->out, r->text, HANGING_INDENT);
}

/* ---- capture ---- */

static void tell_time(struct report *r)
{
    const struct tsm_record_capture *capture = &r->story->capture;
    const char *date_of_end;
    g_autoptr(GString) from = g_string_new(NULL);
    g_autoptr(GString) to = g_string_new(NULL);

    text_time(from, capture->start_ns, r->clock, 0);
    text_time(to, capture->end_ns, r->clock, 0);
    date_of_end = to->len > 11 && strncmp(from->str, to->str, 11) == 0 ? to->str + 11 : to->str;
    g_string_append_printf(r->text, "  %s to %s ", from->str, date_of_end);
    text_zone(r->text, capture->end_ns, r->clock);
    g_string_append(r->text, ", ");
    text_duration(r->text, duration(capture->start_ns, capture->end_ns));
    g_string_append_c(r->text, '\n');
}

/* Connections whose numbers no TCP made (Q11): what looks sent again there is not. */
static guint count_made_up(const struct report *r, uint64_t *again)
{
    guint n = 0;

    *again = 0;
    for (guint i = 0; i < r->anomalies->hits->len; i++) {
        const struct anomaly *hit = anomalies_at(r->anomalies, i);
        for (guint k = 0; k < hit->members && hit->rule->gate == GATE_MADE_UP; k++) {
            const struct story_connection *connection =
                story_connection(r->story, anomalies_member(r->anomalies, hit, k));
            *again += connection->retransmissions[TSM_CLIENT];
            *again += connection->retransmissions[TSM_SERVER];
            n++;
        }
    }
    return n;
}

static void tell_traffic(struct report *r)
{
    const Summary *summary = r->summary;
    uint64_t made_up;
    const uint64_t seen =
        summary->retransmissions[TSM_CLIENT] + summary->retransmissions[TSM_SERVER];
    const uint64_t again = count_made_up(r, &made_up) > 0 ? seen - MIN(seen, made_up) : seen;
    const uint64_t lost = summary->lost_bytes[TSM_CLIENT] + summary->lost_bytes[TSM_SERVER];

    g_string_append(r->text, "  ");
    text_bytes(r->text, summary->bytes[TSM_CLIENT]);
    g_string_append(r->text, " sent by clients, ");
    text_bytes(r->text, summary->bytes[TSM_SERVER]);
    g_string_append(r->text, " by servers");
    if (again > 0) {
        g_string_append(r->text, "; ");
        text_counted(r->text, again, "segment was a retransmission",
                     "segments were retransmissions");
    }
    if (lost > 0) {
        g_string_append(r->text, "; ");
        text_bytes(r->text, lost);
        g_string_append(r->text, " more were sent and not captured");
    }
    g_string_append_c(r->text, '\n');
}

static void tell_quality(struct report *r)
{
    const struct tsm_record_capture *capture = &r->story->capture;
    uint64_t again;
    const struct {
        uint32_t n;
        const char *one, *many;
    } rows[] = {
        {count_made_up(r, &again),
         "connection has numbers that no TCP makes: a program wrote it, and its states say little",
         "connections have numbers that no TCP makes: a program wrote them, and their states say "
         "little"},
        {r->summary->one_way,
         "connection was captured in one direction only: the other end's states are presumed",
         "connections were captured in one direction only: the other ends' states are presumed"},
        {capture->unread, "TCP header was cut short or malformed, and could not be followed",
         "TCP headers were cut short or malformed, and could not be followed"},
        {capture->fragments, "segment is the first fragment of a datagram that was not reassembled",
         "segments are first fragments of datagrams that were not reassembled"},
        {capture->closed_out,
         "connection was evicted early, as there were more at once than --max-connections",
         "connections were evicted early, as there were more at once than --max-connections"},
        {capture->closed_open, "of these was not over: what it did later is told as another stream",
         "of these were not over: what they did later is told as other streams"},
        {capture->quoted, "TCP header is quoted in an ICMP error",
         "TCP headers are quoted in ICMP errors"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].n > 0) {
            g_string_append(r->text, "  ");
            text_counted(r->text, rows[i].n, rows[i].one, rows[i].many);
            g_string_append_c(r->text, '\n');
        }
    }
}

static void tell_partial(struct report *r)
{
    for (guint i = 0; r->story->partial && i < r->story->warnings->len; i++) {
        g_autofree char *line =
            g_strdup_printf("PARTIAL: %s", (const char *)g_ptr_array_index(r->story->warnings, i));
        g_string_append(r->text, "  ");
        out_append(r->out, r->text, OUT_BAD, line);
        g_string_append_c(r->text, '\n');
    }
}

/* How clocks of taps differed. */
static void tell_clocks(struct report *r)
{
    if (r->story->clocks != NULL) {
        g_string_append_printf(r->text, "  %s\n", r->story->clocks);
    }
}

#define BLANKS_TOLD 3

/* When nothing at all was captured. */
static void tell_blanks(struct report *r)
{
    const GArray *blanks = r->story->blanks;

    for (guint i = 0; i < MIN(blanks->len, BLANKS_TOLD); i++) {
        const struct tsm_blank *blank = &g_array_index(blanks, struct tsm_blank, i);
        g_string_append(r->text, "  nothing was captured from ");
        text_time(r->text, blank->from_ns, r->clock, 0);
        g_string_append(r->text, " to ");
        text_time(r->text, blank->to_ns, r->clock, 0);
        g_string_append(r->text, " (");
        text_duration(r->text, duration(blank->from_ns, blank->to_ns));
        g_string_append_printf(r->text, "): %s\n", blank_sign_text(blank->sign));
    }
    if (blanks->len > BLANKS_TOLD) {
        g_string_append(r->text, "  and ");
        text_counted(r->text, blanks->len - BLANKS_TOLD, "more such time\n", "more such times\n");
    }
}

/* What a pcapng's interface statistics count. */
static void tell_lost(struct report *r)
{
    const struct story *story = r->story;

    if (story->packets_lost == 0) {
        return;
    }
    g_string_append(r->text, "  the capture lost ");
    text_count(r->text, story->packets_lost);
    if (story->packets_came >= story->packets_lost) {
        g_string_append(r->text, " of ");
        text_count(r->text, story->packets_came);
        g_string_append_printf(r->text, " packets (%.0f %%)\n",
                               100.0 * story->packets_lost / story->packets_came);
    } else {
        g_string_append(r->text, " packets\n");
    }
}

static void tell_capture(struct report *r)
{
    const struct story *story = r->story;
    g_autoptr(GString) name = g_string_new(NULL);

    text_safe(name, story->name);
    out_append(r->out, r->text, OUT_HEADING, name->str);
    g_string_append(r->text, story_is_anonymized(story) ? "\n  " ANONYMIZED "\n  " : "\n  ");
    if (story->has_capture) {
        text_counted(r->text, story->capture.frames, "frame", "frames");
        g_string_append(r->text, ", ");
        text_counted(r->text, story->capture.segments, "TCP segment", "TCP segments");
        g_string_append(r->text, ", ");
    }
    if (story->left_out > 0) {
        text_count(r->text, story->connections->len);
        g_string_append(r->text, " of ");
    }
    text_counted(r->text, story->connections->len + story->left_out, "TCP connection",
                 "TCP connections");
    g_string_append_c(r->text, '\n');
    if (story->has_capture && story->capture.frames > 0) {
        tell_time(r);
    }
    if (story->has_capture && story->connections->len > 0) {
        tell_traffic(r);
    }
    if (story->has_capture && story->connections->len + story->left_out == 0) {
        g_string_append(r->text, story->capture.frames == 0 ? "  The capture is empty.\n"
                                                            : "  There is no TCP in it.\n");
    }
    tell_lost(r);
    tell_clocks(r);
    tell_blanks(r);
    tell_quality(r);
    tell_partial(r);
}

/* ---- all ---- */

static void tell_lives(struct report *r)
{
    if (r->story->lost_steps) { /* a life with holes would be a wrong one */
        g_string_append(r->text, "\nHow they went, segment by segment: tcpstory show STREAM\n");
        report_flush(r);
        return;
    }
    for (guint i = 0; i < r->story->connections->len; i++) {
        brief_print(r->story, i, r->summary->opening_of[i], r->summary->ending_of[i], r->out);
    }
}

/* What takes long of it: the sums, and whose time went where. */
static void measure(void *context, guint i)
{
    struct report *r = context;

    if (i == 0) {
        r->summary = judged_summary(r->anomalies);
    } else {
        report_measure_share(r, i - 1);
    }
}

static void print_report(const struct story *story, const Incidents *incidents,
                         enum text_clock clock, struct out *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct report report = {.story = story,
                            .anomalies = incidents->anomalies,
                            .incidents = incidents,
                            .clock = clock,
                            .out = out,
                            .text = text};

    workers_run(story->connections->len > 0 ? 1 + REPORT_SHARES : 1, measure, &report);
    tell_capture(&report);
    if (story->connections->len > 0) {
        report_incidents(&report);
        report_anomalies(&report);
        report_openings(&report);
        report_endings(&report);
        report_last_states(&report);
        report_waiting(&report);
        report_handshakes(&report);
        report_failed_opens(&report);
        report_time(&report);
    }
    report_flush(&report);
    if (story->connections->len <= REPORT_LIVES) {
        tell_lives(&report);
    }
    summary_free(report.summary);
}

bool report_write(const struct judged_captures *captures, struct out *out, GError **error)
{
    const enum text_clock clock = captures->utc ? TEXT_UTC : TEXT_LOCAL;

    for (guint i = 0; i < captures->stories->len; i++) {
        fputs(i > 0 ? "\n" : "", out->file);
        print_report(g_ptr_array_index(captures->stories, i),
                     g_ptr_array_index(captures->incidents, i), clock, out);
    }
    if (captures->stories->len > 1) {
        report_write_sum(captures, out, error);
    }
    return true;
}
