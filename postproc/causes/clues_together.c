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

/* What ends a silence may be the end of all. */
#define AT_ITS_END_NS ANOMALY_NS(0.05)

/* What is repeated in vain did not, nor what is reset when the silence is over. */
static bool has_gone_on(const Clues *clues, guint number, struct still still)
{
    const struct clue_case c = clues_case(clues, number);
    const int64_t near_ns = duration_sum(clue_trip_ns(&c), AT_ITS_END_NS);

    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_mark *reset = case_mark(&c.is, (enum tsm_side)side, MARK_RST);
        if (reset->count > 0 && ABS(duration(still.to_ns, reset->first_ns)) <= near_ns) {
            return false;
        }
    }
    return !clues_have(clues, number, CLUE_CLIENT_IN_VAIN) &&
           !clues_have(clues, number, CLUE_SERVER_IN_VAIN);
}

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
        if (!has_gone_on(group->clues, group->members[i], still)) {
            continue;
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

/* The host's last word to anybody. */
static int64_t last_word_ns(const struct clue_group *group, enum tsm_side side)
{
    int64_t heard_ns = INT64_MIN;

    for (guint i = 0; i < group->n; i++) {
        const struct story_silence *heard =
            &story_connection(group->clues->story, group->members[i])->heard[side];
        if (heard->last_frame != 0) {
            heard_ns = MAX(heard_ns, heard->last_ns);
        }
    }
    return heard_ns;
}

/* When it became clear that nobody answers: what was sent came again, or the SYN did not. */
static int64_t in_vain_since_ns(const struct clue_case *c, enum tsm_side asker)
{
    const struct tsm_mark *repeats = &c->is.facts[asker]->seen.repeats;

    return case_was_open(&c->is) && repeats->count > 0 ? repeats->first_ns
                                                       : c->is.connection->start_ns;
}

/* Whoever is asked in vain while the host answers others does not show that it is gone. */
static bool has_fallen_silent(const struct clue_group *group, enum tsm_side side,
                              struct clue_set in_vain, guint least)
{
    const enum tsm_side asker = tsm_other(side);
    const int64_t heard_ns = last_word_ns(group, side);
    int64_t asked_ns = INT64_MIN;
    guint after = 0;
    guint before = 0;

    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        const int64_t ns = c.is.connection->heard[asker].last_ns;
        asked_ns = MAX(asked_ns, ns);
        if (clue_sets_meet(&group->clues->of[group->members[i]], &in_vain) && ns > heard_ns) {
            const bool is_after = in_vain_since_ns(&c, asker) > heard_ns;
            after += is_after;
            before += !is_after;
        }
    }
    return heard_ns != INT64_MIN && after >= least && after > before &&
           duration(heard_ns, asked_ns) >= DEAD_NS;
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

/* ---- who forgets ---- */

/* What is known of connections that are dead, and of others. */
struct deaths {
    guint dead;
    int64_t heard_ns;    /* the last word of the end that is asked in vain, of any of them */
    int64_t repeated_ns; /* the first repeat of any of them */
};

static void add_death(struct deaths *deaths, const Clues *clues, const struct clue_case *c)
{
    for (unsigned side = 0; side < 2; side++) {
        const enum clue clue = side == TSM_CLIENT ? CLUE_CLIENT_IN_VAIN : CLUE_SERVER_IN_VAIN;
        const struct tsm_facts *facts = &c->is.facts[side]->seen;
        if (clues_have(clues, c->is.number, clue)) {
            const struct story_silence *heard = &c->is.connection->heard[1 - side];
            deaths->dead++;
            deaths->heard_ns = MAX(deaths->heard_ns, heard->last_ns);
            deaths->repeated_ns = MIN(deaths->repeated_ns, facts->repeats.first_ns);
        }
    }
}

static bool is_in_vain(const struct clue_group *group, guint number)
{
    return clues_have(group->clues, number, CLUE_CLIENT_IN_VAIN) ||
           clues_have(group->clues, number, CLUE_SERVER_IN_VAIN);
}

#define MIN_DEAD 3

/* All that were open at a moment are dead since then, and those that began later are well: whoever
 * on the way must know each connection has lost its table. */
static bool is_state_lost(const struct clue_group *group)
{
    struct deaths deaths = {0, INT64_MIN, INT64_MAX};
    guint survivors = 0;
    guint newer = 0;

    if (group->count[CLUE_CLIENT_IN_VAIN] + group->count[CLUE_SERVER_IN_VAIN] < MIN_DEAD) {
        return false;
    }
    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        add_death(&deaths, group->clues, &c);
    }
    for (guint i = 0; i < group->n; i++) {
        const struct story_connection *connection =
            story_connection(group->clues->story, group->members[i]);
        if (!is_in_vain(group, group->members[i])) { /* what began in between may be either */
            newer += connection->start_ns > deaths.repeated_ns && connection->bytes[TSM_SERVER] > 0;
            survivors += connection->start_ns < deaths.heard_ns &&
                         connection->heard[TSM_SERVER].last_ns > deaths.repeated_ns;
        }
    }
    return deaths.dead >= MIN_DEAD && deaths.heard_ns < deaths.repeated_ns && newer >= MIN_DEAD &&
           deaths.dead >= 4 * survivors;
}

/* ---- who answers nobody ---- */

/* When the server's application last said anything, how long it took at most, and to how many. */
struct answers {
    int64_t last_ns;
    int64_t longest_ns;
    guint n;
};

static struct answers find_answers(const struct clue_group *group)
{
    struct answers answers = {INT64_MIN, 0, 0};

    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        const int64_t ns = c.is.facts[TSM_SERVER]->seen.last_data_ns;
        if (ns != 0) {
            answers.last_ns = MAX(answers.last_ns, ns);
            answers.n++;
        }
        if (!clues_have(group->clues, group->members[i], CLUE_NEVER_ANSWERED)) {
            answers.longest_ns = MAX(answers.longest_ns, c.spent.end[TSM_SERVER].longest_ns);
        }
    }
    return answers;
}

#define MIN_ASKING 3

/* Each of those that waits has waited for twice as long as any answer took, and has asked after the
 * last of them. */
static bool is_nobody_answered(const struct clue_group *group)
{
    guint asking = 0;

    if (group->count[CLUE_NEVER_ANSWERED] < MIN_ASKING) {
        return false;
    }
    const struct answers answers = find_answers(group);
    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        const int64_t asked_ns = c.is.facts[TSM_CLIENT]->seen.last_data_ns;
        asking += clues_have(group->clues, group->members[i], CLUE_NEVER_ANSWERED) &&
                  duration_forward(asked_ns, c.is.end_ns) / 2 >= answers.longest_ns &&
                  duration(asked_ns, answers.last_ns) <= clue_trip_ns(&c);
    }
    return answers.n >= MIN_ASKING && asking >= MIN_ASKING &&
           2 * asking >= group->count[CLUE_NEVER_ANSWERED];
}

/* When an end that was first to close or reset the connection did so; 0 = it is not known. */
static int64_t ended_ns(const struct story *story, const struct story_connection *connection,
                        enum tsm_side side)
{
    const struct tsm_mark *fin = story_mark(story, connection, side, MARK_FIN);
    const struct tsm_mark *reset = story_mark(story, connection, side, MARK_RST);

    if (fin->count > 0 && (reset->count == 0 || fin->first_ns <= reset->first_ns)) {
        return fin->first_ns;
    }
    return reset->count > 0 ? reset->first_ns : 0;
}

/* The kernel closes all sockets of a process that ends within milliseconds. */
#define AT_ONCE_NS ANOMALY_NS(0.05)
#define MIN_AT_ONCE 4
#define LIVED_NS ANOMALY_NS(0.5) /* short ones end near each other by chance */

#define STANDS_OUT 3 /* times as many as at any other moment; else a busy one */

/* The most of the sorted times that are within one moment, which begins at *at_ns. */
static guint most_at_once(const GArray *times, int64_t *at_ns)
{
    guint most = 0;

    for (guint from = 0, to = 0; to < times->len; to++) {
        while (duration(g_array_index(times, int64_t, from), g_array_index(times, int64_t, to)) >
               AT_ONCE_NS) {
            from++;
        }
        if (to - from + 1 > most) {
            most = to - from + 1;
            *at_ns = g_array_index(times, int64_t, from);
        }
    }
    return most;
}

/* Whether there is no other moment with nearly as many. */
static bool stands_out(const GArray *times, int64_t at_ns, guint most)
{
    g_autoptr(GArray) others = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t other_ns;

    for (guint i = 0; i < times->len; i++) {
        const int64_t ns = g_array_index(times, int64_t, i);
        if (ns < at_ns || duration(at_ns, ns) > AT_ONCE_NS) {
            g_array_append_val(others, ns);
        }
    }
    return most >= STANDS_OUT * most_at_once(others, &other_ns);
}

/* Whether an end finished several connections at one moment, most of those that were open then. */
static bool has_ended_at_once(const struct clue_group *group, enum tsm_side side)
{
    const enum clue closed = side == TSM_CLIENT ? CLUE_CLOSED_BY_CLIENT : CLUE_CLOSED_BY_SERVER;
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t at_ns = 0;
    guint open = 0;

    for (guint i = 0; i < group->n; i++) {
        const struct story_connection *connection =
            story_connection(group->clues->story, group->members[i]);
        const int64_t ns = clues_have(group->clues, group->members[i], closed)
                               ? ended_ns(group->clues->story, connection, side)
                               : 0;
        if (ns != 0 && duration(connection->start_ns, ns) >= LIVED_NS) {
            g_array_append_val(times, ns);
        }
    }
    g_array_sort(times, clues_by_time);
    const guint most = most_at_once(times, &at_ns);
    if (most < MIN_AT_ONCE || !stands_out(times, at_ns, most)) {
        return false;
    }
    for (guint i = 0; i < group->n; i++) {
        const struct story_connection *connection =
            story_connection(group->clues->story, group->members[i]);
        open += duration(connection->start_ns, at_ns) > LIVED_NS && connection->end_ns >= at_ns;
    }
    return 10 * most >= 7 * open;
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
    {CLUE_STATE_LOST, is_state_lost},
    {CLUE_NOBODY_ANSWERED, is_nobody_answered},
    {CLUE_DEAD_IN_THE_END, is_dead_in_the_end},
    {CLUE_CLIENT_DEAD_IN_THE_END, is_client_dead_in_the_end},
    {CLUE_SERVER_ENDED_AT_ONCE, has_server_ended_at_once},
    {CLUE_CLIENT_ENDED_AT_ONCE, has_client_ended_at_once},
    {0, NULL},
};
