/* report_outcomes.c - the report's sections on how connections were opened and how they ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report_parts.h"

static void tell_servers(struct report *r, const struct summary_group *group)
{
    g_string_append(r->text, group->servers.n > 1 ? "servers " : "server ");
    report_addresses(r, &group->servers);
}

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
        tell_servers(r, group);
        g_string_append_c(r->text, '\n');
    }
}

static void tell_connected(struct report *r, const struct summary_group *group)
{
    g_string_append(r->text, outcome_opening_word(OPENING_CONNECTED));
    tell_setup(r);
    g_string_append_c(r->text, '\n');
    tell_part(r, group->n, &r->summary->retried, "only after more than one SYN");
    tell_part(r, group->n, &r->summary->synack_again,
              "with the SYN-ACK repeated after the third ACK");
}

void report_openings(struct report *r)
{
    report_heading(r, "How they were opened");
    for (unsigned i = 0; i < N_OPENINGS; i++) {
        const struct summary_group *group = &r->summary->openings[i];
        if (group->n == 0) {
            continue;
        }
        report_count(r, group->n);
        if (i == OPENING_CONNECTED) {
            tell_connected(r, group);
            continue;
        }
        g_string_append_printf(r->text, "%s: %s", outcome_opening_word((enum outcome_opening)i),
                               outcome_opening_meaning((enum outcome_opening)i));
        if (i != OPENING_MIDSTREAM) {
            g_string_append(r->text, "; ");
            tell_servers(r, group);
        }
        g_string_append_c(r->text, '\n');
    }
}

static void tell_failing(struct report *r, const char *word, const struct places *places)
{
    g_string_append_printf(r->text, "%9s  ", word);
    if (places->n > 1) {
        text_counted(r->text, places->n, "address: ", "addresses: ");
    }
    report_addresses(r, places);
    g_string_append_c(r->text, '\n');
}

void report_failed_opens(struct report *r)
{
    if (summary_failed_opens(r->summary) < 2) {
        return;
    }
    report_heading(r, "Opens that failed, by address");
    tell_failing(r, "from", &r->summary->failing_clients);
    tell_failing(r, "to", &r->summary->failing_servers);
}

/* ---- endings ---- */

/* Who closed first, of connections that FINs ended. */
static void tell_first(struct report *r, const struct summary_group *group)
{
    const guint client = group->first[1 + TSM_CLIENT];
    const guint server = group->first[1 + TSM_SERVER];

    if (client == group->n || server == group->n) {
        g_string_append_printf(r->text, "the %s %sclosed first", client > 0 ? "client" : "server",
                               group->n > 1 ? "always " : "");
        return;
    }
    g_string_append(r->text, "the client closed first in ");
    text_count(r->text, client);
    g_string_append(r->text, ", the server in ");
    text_count(r->text, server);
}

/* Whether it ended by FIN: then who closed first is of interest, and not said by the word. */
static bool has_closer(enum outcome_ending ending)
{
    return ending == ENDING_CLEAN || ending == ENDING_CLOSING || ending == ENDING_HALF_CLOSED;
}

/* Of connections that a RST ended: those in which a FIN was sent before, and whose came first. */
static void tell_fins_before(struct report *r, enum outcome_ending ending)
{
    struct summary_group group = {0};

    for (guint i = 0; i < r->story->connections->len; i++) {
        const struct story_connection *connection = story_connection(r->story, i);
        if (r->summary->ending_of[i] == ending && (connection->close_steps & TSM_CLOSE_1) != 0) {
            group.n++;
            group.first[connection->closed_by]++;
        }
    }
    if (group.n > 0) {
        if (group.n < r->summary->endings[ending].n) {
            text_count(r->text, group.n);
            g_string_append(r->text, " of them ");
        }
        g_string_append(r->text, "after a FIN: ");
        tell_first(r, &group);
        g_string_append(r->text, "; ");
    }
}

static void tell_ending(struct report *r, enum outcome_ending ending)
{
    const struct summary_group *group = &r->summary->endings[ending];

    report_count(r, group->n);
    g_string_append_printf(r->text, "%s: %s; ", outcome_ending_word(ending),
                           outcome_ending_meaning(ending));
    if (has_closer(ending)) {
        tell_first(r, group);
    }
    if (ending == ENDING_RESET_BY_CLIENT || ending == ENDING_RESET_BY_SERVER) {
        tell_fins_before(r, ending);
    }
    if (ending != ENDING_CLEAN) {
        g_string_append(r->text, has_closer(ending) ? "; " : "");
        tell_servers(r, group);
    }
    g_string_append_c(r->text, '\n');
}

void report_endings(struct report *r)
{
    if (summary_open_connections(r->summary) == 0) {
        return;
    }
    report_heading(r, "How they ended");
    for (unsigned i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        const guint n = r->summary->endings[i].n;
        if (n > 0) {
            tell_ending(r, (enum outcome_ending)i);
        }
        if (i == ENDING_OPEN) {
            tell_part(r, n, &r->summary->unanswered,
                      "with an end that no longer answers what is sent again");
            tell_part(r, n, &r->summary->one_sided, "at one end only");
        }
    }
}
