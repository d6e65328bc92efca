/* report_states.c - the report's sections on last states, and on states that last.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report_parts.h"

#define MAX_HANDSHAKES 5

/* ---- last states ---- */

static void put_state_count(struct report *r, enum tsm_side side, unsigned state)
{
    const guint n = r->summary->last[side][state].n;
    const guint uncertain = r->summary->uncertain[side][state];
    g_autoptr(GString) number = g_string_new(n == 0 ? "-" : "");
    g_autoptr(GString) doubt = g_string_new(NULL);

    if (n > 0) {
        text_count(number, n);
    }
    if (uncertain > 0) {
        g_string_append_c(doubt, '(');
        text_count(doubt, uncertain);
        g_string_append(doubt, "?)");
    }
    g_string_append_printf(r->text, "%9s %-10s", number->str, doubt->str);
}

static bool put_state_line(struct report *r, unsigned state)
{
    const struct summary_group *client = &r->summary->last[TSM_CLIENT][state];
    const struct summary_group *server = &r->summary->last[TSM_SERVER][state];

    if (client->n + server->n == 0) {
        return false;
    }
    g_string_append_printf(r->text, "  %-11s", tsm_state_name((enum tsm_state)state));
    put_state_count(r, TSM_CLIENT, state);
    put_state_count(r, TSM_SERVER, state);
    while (r->text->str[r->text->len - 1] == ' ') {
        g_string_truncate(r->text, r->text->len - 1);
    }
    g_string_append_c(r->text, '\n');
    return r->summary->uncertain[TSM_CLIENT][state] + r->summary->uncertain[TSM_SERVER][state] > 0;
}

/* States that stand on old evidence, and how old it is at most. */
static void tell_unheard(struct report *r)
{
    const struct summary_long *longest = &r->summary->longest_unheard;
    const struct story_interval *last;

    if (r->summary->unheard == 0) {
        return;
    }
    last = story_last(r->story, story_connection(r->story, longest->connection), longest->side);
    g_string_append(r->text, "  ");
    text_count(r->text, r->summary->unheard);
    g_string_append_printf(
        r->text, "%s last heard a minute or more before the end%s: the %s in %s ",
        r->summary->unheard > 1 ? " sockets were" : " socket was",
        r->summary->unheard > 1 ? ", the longest ago" : "", tsm_side_name(longest->side),
        tsm_state_name((enum tsm_state)last->state));
    text_duration(r->text, longest->ns);
    g_string_append(r->text, " before, ");
    report_connection(r, longest->connection);
    g_string_append_c(r->text, '\n');
}

void report_last_states(struct report *r)
{
    bool doubtful = false;

    report_heading(r, "Last states");
    g_string_append(r->text, "                client               server\n");
    for (unsigned state = TSM_N_STATES; state-- > 0;) {
        doubtful = put_state_line(r, state) || doubtful;
    }
    if (doubtful) {
        g_string_append(r->text,
                        "  (n?): n of these are not certain: presumed, or perhaps gone by then\n");
    }
    tell_unheard(r);
}

/* ---- waiting ---- */

/* States that an endpoint should not stay in, and what it waits for: of one, of several. */
static const struct {
    enum tsm_state state;
    const char *one;
    const char *many;
} waiting_rows[] = {
    {TSM_SYN_SENT, "no SYN-ACK answers its SYN", "no SYN-ACK answers their SYNs"},
    {TSM_SYN_RCVD, "its handshake is not completed", "their handshakes are not completed"},
    {TSM_FIN_WAIT_1, "its FIN is not acknowledged", "their FINs are not acknowledged"},
    {TSM_FIN_WAIT_2, "its FIN is acknowledged, the other end has not closed",
     "their FINs are acknowledged, the other ends have not closed"},
    {TSM_CLOSE_WAIT, "the other end has closed, it has not",
     "the other ends have closed, they have not"},
    {TSM_CLOSING, "both ends sent FIN at once, its own is not acknowledged",
     "both ends sent FIN at once, their own are not acknowledged"},
    {TSM_LAST_ACK, "both ends have closed, its FIN is not acknowledged",
     "both ends have closed, their FINs are not acknowledged"},
};

/* " (presumed)", when not all are certain: "(43 of them presumed)". */
static void tell_doubt(struct report *r, guint n, guint uncertain)
{
    if (uncertain == n) {
        g_string_append(r->text, " (presumed)");
    } else if (uncertain > 0) {
        g_string_append(r->text, " (");
        text_count(r->text, uncertain);
        g_string_append(r->text, " of them presumed)");
    }
}

/* Shorter than this, an application may simply not have got round to closing; assumed. */
#define LONG_CLOSE_WAIT_NS G_GINT64_CONSTANT(1000000000)

static void tell_waiting_group(struct report *r, gsize row, enum tsm_side side)
{
    const enum tsm_state state = waiting_rows[row].state;
    const struct summary_group *group = &r->summary->last[side][state];
    const bool several = group->n > 1;

    report_count(r, group->n);
    g_string_append_printf(r->text, "%s%s in %s", tsm_side_name(side), several ? "s" : "",
                           tsm_state_name(state));
    tell_doubt(r, group->n, r->summary->uncertain[side][state]);
    if (group->longest_ns > 0) {
        g_string_append(r->text, several ? " for up to " : " for ");
        text_duration(r->text, group->longest_ns);
    } else {
        g_string_append(r->text, " since the last frame");
    }
    g_string_append_printf(r->text, ": %s",
                           several ? waiting_rows[row].many : waiting_rows[row].one);
    if (state == TSM_CLOSE_WAIT && r->summary->uncertain[side][state] == 0 &&
        group->longest_ns >= LONG_CLOSE_WAIT_NS) {
        g_string_append(r->text, " (is close() missing?)");
    }
    g_string_append(r->text, several ? "; longest: " : "; ");
    report_connection(r, group->longest);
    g_string_append_c(r->text, '\n');
}

void report_waiting(struct report *r)
{
    bool first = true;

    for (gsize i = 0; i < 2 * G_N_ELEMENTS(waiting_rows); i++) {
        const enum tsm_side side = i % 2 == 0 ? TSM_CLIENT : TSM_SERVER;
        if (r->summary->last[side][waiting_rows[i / 2].state].n == 0) {
            continue;
        }
        if (first) {
            report_heading(r, "Waiting when the capture ended");
            first = false;
        }
        tell_waiting_group(r, i / 2, side);
    }
}

/* ---- handshakes ---- */

static void tell_handshake(struct report *r, const struct summary_long *handshake)
{
    const struct story_connection *connection = story_connection(r->story, handshake->connection);
    g_autoptr(GString) duration = g_string_new(NULL);

    text_duration(duration, handshake->ns);
    g_string_append_printf(r->text, "%9s  %s of ", duration->str, tsm_side_name(handshake->side));
    report_connection(r, handshake->connection);
    g_string_append_printf(r->text, ", %s",
                           outcome_opening_word(r->summary->opening_of[handshake->connection]));
    if (connection->syn_tries > 1) {
        g_string_append_printf(r->text, ", %u SYNs", connection->syn_tries);
    }
    g_string_append_c(r->text, '\n');
}

void report_handshakes(struct report *r)
{
    const GArray *handshakes = r->summary->handshakes;

    if (handshakes->len == 0) {
        return;
    }
    report_heading(r, "A second or more in SYN_SENT or SYN_RCVD, longest first");
    for (guint i = 0; i < MIN(handshakes->len, MAX_HANDSHAKES); i++) {
        tell_handshake(r, &g_array_index(handshakes, struct summary_long, i));
    }
    if (handshakes->len > MAX_HANDSHAKES) {
        g_string_append(r->text, "           and ");
        text_count(r->text, handshakes->len - MAX_HANDSHAKES);
        g_string_append(r->text, " more\n");
    }
}
