/* clues_together.c - clues in what connections of a scope do at the same time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues_internal.h"

#include "duration.h"
#include "rule_case.h"

/* The longest time in which one end of a connection sent nothing. */
struct still {
    int64_t from_ns, to_ns;
};

static int64_t length_of(struct still still)
{
    return duration_forward(still.from_ns, still.to_ns);
}

static struct still still_of(const Clues *clues, guint number)
{
    const struct clue_case c = clues_case(clues, number);
    const struct tsm_spent_end *client = &c.spent.end[TSM_CLIENT];
    const struct tsm_spent_end *server = &c.spent.end[TSM_SERVER];
    const struct tsm_spent_end *end = client->quiet_ns > server->quiet_ns ? client : server;

    return (struct still){duration(end->quiet_ns, end->quiet_end_ns), end->quiet_end_ns};
}

/* The longest silence of those that stalled: there nothing came through although it was sent. */
static struct still longest_stall(const struct clue_group *group)
{
    struct still longest = {0, 0};

    for (guint i = 0; i < group->n; i++) {
        if (clues_have(group->clues, group->members[i], CLUE_STALLED)) {
            const struct still still = still_of(group->clues, group->members[i]);
            if (length_of(still) > length_of(longest)) {
                longest = still;
            }
        }
    }
    return longest;
}

#define MIN_STILL 4
#define MIN_TRIED 7 /* per cent of the silent ones that sent in vain: others may just be idle */

/* Whether most of the connections that lived then were silent at its middle, each for a good part
 * of it. */
static bool has_dead_period(const struct clue_group *group)
{
    guint silent = 0;
    guint living = 0;

    if (group->count[CLUE_STALLED] == 0) {
        return false;
    }
    const struct still longest = longest_stall(group);
    const int64_t length_ns = length_of(longest);
    const int64_t middle_ns = longest.from_ns + length_ns / 2;
    for (guint i = 0; i < group->n; i++) {
        const struct story_connection *connection =
            story_connection(group->clues->story, group->members[i]);
        const struct still still = still_of(group->clues, group->members[i]);
        living += connection->start_ns < longest.from_ns && connection->end_ns > longest.to_ns;
        if (clues_have(group->clues, group->members[i], CLUE_CLIENT_IN_VAIN) ||
            clues_have(group->clues, group->members[i], CLUE_SERVER_IN_VAIN)) {
            continue; /* it never went on */
        }
        silent += still.from_ns < middle_ns && still.to_ns > middle_ns &&
                  length_of(still) > length_ns / 2;
    }
    return silent >= MIN_STILL && 10 * silent >= 7 * living &&
           MIN_TRIED * silent <= 100 * group->count[CLUE_STALLED];
}

/* The host at that end was heard, and then no more, although the other asked it again and again for
 * seconds. */
#define DEAD_NS ANOMALY_NS(2)

static bool has_fallen_silent(const struct clue_group *group, enum tsm_side side,
                              struct clue_set in_vain, guint least)
{
    int64_t heard_ns = INT64_MIN;
    int64_t asked_ns = INT64_MIN;
    guint asking = 0; /* in vain, and after its last word */

    for (guint i = 0; i < group->n; i++) {
        const struct story_silence *heard =
            story_connection(group->clues->story, group->members[i])->heard;
        if (heard[side].last_frame != 0) {
            heard_ns = MAX(heard_ns, heard[side].last_ns);
        }
    }
    for (guint i = 0; i < group->n; i++) {
        const int64_t ns = story_connection(group->clues->story, group->members[i])
                               ->heard[tsm_other(side)]
                               .last_ns;
        asked_ns = MAX(asked_ns, ns);
        asking += clue_sets_meet(&group->clues->of[group->members[i]], &in_vain) && ns > heard_ns;
    }
    return heard_ns != INT64_MIN && asking >= least && duration(heard_ns, asked_ns) >= DEAD_NS;
}

static bool is_dead_in_the_end(const struct clue_group *group)
{
    struct clue_set in_vain = {{0}};

    clue_set_add(&in_vain, CLUE_CLIENT_IN_VAIN, true);
    clue_set_add(&in_vain, CLUE_UNANSWERED, true);
    return group->count[CLUE_CLIENT_IN_VAIN] + group->count[CLUE_UNANSWERED] > 0 &&
           has_fallen_silent(group, TSM_SERVER, in_vain, 2);
}

static bool is_client_dead_in_the_end(const struct clue_group *group)
{
    struct clue_set in_vain = {{0}};

    clue_set_add(&in_vain, CLUE_SERVER_IN_VAIN, true);
    return group->count[CLUE_SERVER_IN_VAIN] > 0 &&
           has_fallen_silent(group, TSM_CLIENT, in_vain, 1);
}

/* When an end closed or reset its connection, before the other did; 0 = it did not. */
static int64_t ended_ns(const struct clue_case *c, enum tsm_side side)
{
    const struct tsm_mark *fin = case_mark(&c->is, side, MARK_FIN);
    const struct tsm_mark *reset = case_mark(&c->is, side, MARK_RST);

    if (c->is.connection->closed_by != 1 + side || !case_was_open(&c->is)) {
        return 0;
    }
    if (fin->count > 0 && (reset->count == 0 || fin->first_ns <= reset->first_ns)) {
        return fin->first_ns;
    }
    return reset->count > 0 ? reset->first_ns : 0;
}

/* The kernel closes all sockets of a process that ends within milliseconds. */
#define AT_ONCE_NS ANOMALY_NS(0.05)
#define MIN_AT_ONCE 4
#define LIVED_NS ANOMALY_NS(0.5) /* short ones end near each other by chance */

/* Whether an end finished several connections at one moment, most of those that were open then. */
static bool has_ended_at_once(const struct clue_group *group, enum tsm_side side)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    guint most = 0;
    int64_t at_ns = 0;
    guint open = 0;

    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        const int64_t ns = ended_ns(&c, side);
        if (ns != 0 && duration(c.is.connection->start_ns, ns) >= LIVED_NS) {
            g_array_append_val(times, ns);
        }
    }
    g_array_sort(times, clues_by_time);
    for (guint from = 0, to = 0; to < times->len; to++) {
        while (duration(g_array_index(times, int64_t, from), g_array_index(times, int64_t, to)) >
               AT_ONCE_NS) {
            from++;
        }
        if (to - from + 1 > most) {
            most = to - from + 1;
            at_ns = g_array_index(times, int64_t, from);
        }
    }
    for (guint i = 0; i < group->n && most >= MIN_AT_ONCE; i++) {
        const struct story_connection *connection =
            story_connection(group->clues->story, group->members[i]);
        open += duration(connection->start_ns, at_ns) > LIVED_NS && connection->end_ns >= at_ns;
    }
    return most >= MIN_AT_ONCE && 10 * most >= 7 * open;
}

static bool has_server_ended_at_once(const struct clue_group *group)
{
    return group->count[CLUE_CLOSED_BY_SERVER] >= MIN_AT_ONCE &&
           has_ended_at_once(group, TSM_SERVER);
}

static bool has_client_ended_at_once(const struct clue_group *group)
{
    return group->count[CLUE_CLOSED_BY_CLIENT] >= MIN_AT_ONCE &&
           has_ended_at_once(group, TSM_CLIENT);
}

const struct clue_scope_row clues_together[] = {
    {CLUE_DEAD_PERIOD, has_dead_period},
    {CLUE_DEAD_IN_THE_END, is_dead_in_the_end},
    {CLUE_CLIENT_DEAD_IN_THE_END, is_client_dead_in_the_end},
    {CLUE_SERVER_ENDED_AT_ONCE, has_server_ended_at_once},
    {CLUE_CLIENT_ENDED_AT_ONCE, has_client_ended_at_once},
    {0, NULL},
};
