/* report_outcomes.c - the report's sections on how connections were opened and how they ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report_parts.h"

/* ---- openings ---- */

static void tell_setup(struct report *r)
{
    const GArray *setups = r->summary->setups;
    const int64_t *ns = (const int64_t *)(const void *)setups->data;

    if (setups->len == 0) {
        return;
    }
    g_string_append(r->text, "; from SYN to third ACK ");
    if (setups->len > 1 && ns[0] != ns[setups->len - 1]) {
        text_duration(r->text, ns[0]);
        g_string_append(r->text, " to ");
    }
    text_duration(r->text, ns[setups->len - 1]);
    if (setups->len > 2) {
        g_string_append(r->text, ", median ");
        text_duration(r->text, ns[setups->len / 2]);
    }
}

/* A part of the connections of the line before, which tells of `whole`. */
static void tell_part(struct report *r, guint whole, const struct summary_group *group,
                      const char *what)
{
    if (group->n > 0) {
        report_count(r, group->n);
        g_string_append_printf(r->text, "  %s %s; ", whole > 1 ? "of these" : "this one", what);
        report_addresses(r, group->servers);
        g_string_append_c(r->text, '\n');
    }
}

void report_openings(struct report *r)
{
    static const char *const meanings[N_OPENINGS] = {
        [OPENING_CONNECTED] = "connected",
        [OPENING_REFUSED] = "refused: RST answered the SYN",
        [OPENING_UNANSWERED] = "unanswered: nothing came back within the capture",
        [OPENING_ICMP_REJECTED] = "icmp_rejected: an ICMP error answered the SYN",
        [OPENING_RESET] = "reset_in_handshake: RST before the third ACK",
        [OPENING_INCOMPLETE] = "incomplete: answered, but the handshake was not completed",
        [OPENING_MIDSTREAM] = "midstream: began before the capture; the client is a guess",
    };

    report_heading(r, "How they were opened");
    for (unsigned i = 0; i < N_OPENINGS; i++) {
        const struct summary_group *group = &r->summary->openings[i];
        if (group->n == 0) {
            continue;
        }
        report_count(r, group->n);
        g_string_append(r->text, meanings[i]);
        if (i == OPENING_CONNECTED) {
            tell_setup(r);
        } else if (i != OPENING_MIDSTREAM) {
            g_string_append(r->text, "; ");
            report_addresses(r, group->servers);
        }
        g_string_append_c(r->text, '\n');
        if (i == OPENING_CONNECTED) {
            tell_part(r, group->n, &r->summary->retried, "only after more than one SYN");
            tell_part(r, group->n, &r->summary->synack_again,
                      "with the SYN-ACK repeated after the third ACK");
        }
    }
}

static void tell_failing(struct report *r, const char *word, const struct tally *tally)
{
    g_string_append_printf(r->text, "%9s  ", word);
    if (tally_size(tally) > 1) {
        text_counted(r->text, tally_size(tally), "address: ", "addresses: ");
    }
    report_addresses(r, tally);
    g_string_append_c(r->text, '\n');
}

void report_failed_opens(struct report *r)
{
    if (summary_failed_opens(r->summary) < 2) {
        return;
    }
    report_heading(r, "Opens that failed, by address");
    tell_failing(r, "from", r->summary->failing_clients);
    tell_failing(r, "to", r->summary->failing_servers);
}

/* ---- endings ---- */

/* Who closed first, of connections that FINs ended. */
static void tell_first(struct report *r, const struct summary_group *group)
{
    const guint client = group->first[1 + TSM_CLIENT];
    const guint server = group->first[1 + TSM_SERVER];

    if (client == group->n || server == group->n) {
        g_string_append_printf(r->text, "%sthe %s closed first", group->n > 1 ? "always " : "",
                               client > 0 ? "client" : "server");
        return;
    }
    g_string_append(r->text, "the client closed first in ");
    text_count(r->text, client);
    g_string_append(r->text, ", the server in ");
    text_count(r->text, server);
}

void report_endings(struct report *r)
{
    static const struct {
        const char *meaning;
        bool has_closer; /* who closed first is of interest, and not said yet */
    } rows[N_ENDINGS] = {
        [ENDING_CLEAN] = {"clean: FIN and ACK in both directions; ", true},
        [ENDING_CLOSING] = {"closing: FIN in both directions, but not each was acknowledged; ",
                            true},
        [ENDING_HALF_CLOSED] = {"half_closed: FIN in one direction only; ", true},
        [ENDING_RESET_BY_CLIENT] = {"reset_by_client: a RST of the client ended it; ", false},
        [ENDING_RESET_BY_SERVER] = {"reset_by_server: a RST of the server ended it; ", false},
        [ENDING_TIMED_OUT] = {"timed_out: one end stopped answering, the other stopped repeating; ",
                              false},
        [ENDING_REPLACED] = {"replaced: another connection took its addresses and ports; ", false},
        [ENDING_OPEN] = {"open: not closed within the capture; ", false},
    };

    if (summary_open_connections(r->summary) == 0) {
        return;
    }
    report_heading(r, "How they ended");
    for (unsigned i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        const struct summary_group *group = &r->summary->endings[i];
        if (group->n == 0) {
            continue;
        }
        report_count(r, group->n);
        g_string_append(r->text, rows[i].meaning);
        if (rows[i].has_closer) {
            tell_first(r, group);
        }
        if (i != ENDING_CLEAN) {
            g_string_append(r->text, rows[i].has_closer ? "; " : "");
            report_addresses(r, group->servers);
        }
        g_string_append_c(r->text, '\n');
        if (i == ENDING_OPEN) {
            tell_part(r, group->n, &r->summary->silent,
                      "with an end that no longer answers what is sent again");
            tell_part(r, group->n, &r->summary->one_sided, "at one end only");
        }
    }
}
