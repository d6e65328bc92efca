/* selection.c - applies what the user wants to connections; see selection.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "selection.h"

#include <string.h>

/* What the connections of one story are compared with. */
struct applying {
    const struct selection *selection;
    int64_t since_ns, until_ns;
    GArray *scratch; /* of struct story_interval */
};

void selection_prepare(const struct selection *selection, struct story *story)
{
    story_want_frame(story, selection->since.frame);
    story_want_frame(story, selection->until.frame);
}

bool selection_has_local(const struct selection *selection, const struct tsm_tuple *tuple,
                         enum tsm_side side)
{
    const uint8_t *address = side == TSM_CLIENT ? tuple->src : tuple->dst;

    return !selection->by_host || (tuple->addr_len == selection->host_len &&
                                   memcmp(address, selection->host, selection->host_len) == 0);
}

static bool has_state(const struct selection *selection, const struct story *story,
                      const struct story_connection *connection)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last = story_last(story, connection, (enum tsm_side)side);
        if (last != NULL && last->state == selection->state) {
            return true;
        }
    }
    return false;
}

static bool has_outcome(const struct applying *applying, const struct story *story,
                        const struct story_connection *connection)
{
    const struct selection *selection = applying->selection;
    struct outcome_facts facts;
    enum outcome_opening opening;

    outcome_facts(story, connection, applying->scratch, &facts);
    opening = outcome_opening(&facts);
    return (!selection->by_opening || opening == selection->opening) &&
           (!selection->by_ending || outcome_ending(&facts, opening) == selection->ending);
}

static bool is_wanted(const struct story *story, const struct story_connection *connection,
                      void *data)
{
    const struct applying *applying = data;
    const struct selection *selection = applying->selection;
    const struct tsm_tuple *tuple = &connection->tuple;
    const bool by_outcome = selection->by_opening || selection->by_ending;

    return (!selection->by_port || tuple->sport == selection->port ||
            tuple->dport == selection->port) &&
           (selection_has_local(selection, tuple, TSM_CLIENT) ||
            selection_has_local(selection, tuple, TSM_SERVER)) &&
           (selection->any_time || (connection->end_ns >= applying->since_ns &&
                                    connection->start_ns <= applying->until_ns)) &&
           (!selection->by_state || has_state(selection, story, connection)) &&
           (!by_outcome || has_outcome(applying, story, connection));
}

bool selection_matches(const struct selection *selection, const struct story *story,
                       const struct story_connection *connection)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct applying applying = {selection, INT64_MIN, INT64_MAX, scratch};

    return is_wanted(story, connection, &applying);
}

bool selection_apply(const struct selection *selection, struct story *story, GError **error)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct applying applying = {selection, INT64_MIN, INT64_MAX, scratch};

    if ((selection->by_since &&
         !time_arg_in(&selection->since, story, &applying.since_ns, error)) ||
        (selection->by_until &&
         !time_arg_in(&selection->until, story, &applying.until_ns, error))) {
        return false;
    }
    story_filter(story, is_wanted, &applying);
    return true;
}
