/* clues_scope.c - clues in what connections of a scope have in common.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues_internal.h"

#include <string.h>

#include "duration.h"
#include "rule_case.h"

/* ---- openings ---- */

static guint count_opening(const struct clue_group *group, enum outcome_opening opening)
{
    guint n = 0;

    for (guint i = 0; i < group->n; i++) {
        n += group->clues->opening[group->members[i]] == opening;
    }
    return n;
}

static bool is_never_answered(const struct clue_group *group)
{
    return count_opening(group, OPENING_UNANSWERED) == group->n;
}

static bool is_always_refused(const struct clue_group *group)
{
    return group->count[CLUE_REFUSED] > 0 &&
           count_opening(group, OPENING_REFUSED) + count_opening(group, OPENING_UNANSWERED) ==
               group->n;
}

static bool is_refused_later(const struct clue_group *group)
{
    bool connected = false;

    for (guint i = 0; i < group->n && group->count[CLUE_REFUSED] > 0; i++) {
        connected = connected || clues_have(group->clues, group->members[i], CLUE_CONNECTED) ||
                    group->clues->opening[group->members[i]] == OPENING_MIDSTREAM;
        if (connected && clues_have(group->clues, group->members[i], CLUE_REFUSED)) {
            return true;
        }
    }
    return false;
}

/* A service that is stopped, or restarted, begins to refuse once. */
static bool is_by_turns(const struct clue_group *group)
{
    guint begun = 0;
    bool connected = false;

    for (guint i = 0; i < group->n && group->count[CLUE_REFUSED] > 0; i++) {
        const bool refused = clues_have(group->clues, group->members[i], CLUE_REFUSED);
        begun += connected && refused;
        connected =
            clues_have(group->clues, group->members[i], CLUE_CONNECTED) || (connected && !refused);
    }
    return begun >= 2;
}

/* How long after the third ACK the SYN-ACK came last; or, where it never came, the client spoke. */
static int64_t silent_ns(const struct clue_group *group, guint number, bool has_again)
{
    const struct clue_case c = clues_case(group->clues, number);
    const struct tsm_mark *third = case_mark(&c.is, TSM_CLIENT, MARK_THIRD_ACK);
    const int64_t data_ns = c.is.facts[TSM_CLIENT]->first_data_ns;
    const int64_t to_ns = has_again
                              ? case_mark(&c.is, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN)->last_ns
                          : data_ns != 0 ? data_ns
                                         : c.is.end_ns;

    return third->count > 0 ? duration_forward(third->first_ns, to_ns) : 0;
}

/* A listener defers all of its clients alike. */
static bool are_most_silent_longer(const struct clue_group *group)
{
    int64_t longest_ns = 0;
    guint longer = 0;

    if (group->count[CLUE_DEFERRED] == 0) {
        return false;
    }
    for (guint i = 0; i < group->n; i++) {
        if (clues_have(group->clues, group->members[i], CLUE_DEFERRED)) {
            longest_ns = MAX(longest_ns, silent_ns(group, group->members[i], true));
        }
    }
    for (guint i = 0; i < group->n; i++) {
        longer += clues_have(group->clues, group->members[i], CLUE_CONNECTED) &&
                  !clues_have(group->clues, group->members[i], CLUE_SYNACK_AGAIN) &&
                  silent_ns(group, group->members[i], false) > longest_ns;
    }
    return longer > group->count[CLUE_DEFERRED];
}

/* ---- lengths ---- */

bool clues_are_same(GArray *lengths, guint least, int64_t *median)
{
    guint near = 0;

    g_array_sort(lengths, clues_by_time);
    *median = lengths->len > 0 ? g_array_index(lengths, int64_t, lengths->len / 2) : 0;
    for (guint i = 0; i < lengths->len; i++) {
        near += ABS(g_array_index(lengths, int64_t, i) - *median) <=
                MAX(*median / 10, ANOMALY_NS(0.05));
    }
    return near >= least && 10 * near >= 9 * lengths->len;
}

/* Measured: with a full accept queue the median was 1.1 to 11.7 s (22 draws), with loss, an outage
 * or a limit of the rate 141 ms at most (88 draws). */
#define QUICK_NS ANOMALY_NS(0.15)

/* How long the median connection waited for its first answer; -1 = nobody asks, or none waits. */
static int64_t median_wait(const struct clue_group *group)
{
    int64_t median;

    if (group->count[CLUE_NOT_ACCEPTED] + group->count[CLUE_ACCEPT_ABORTED] +
            group->count[CLUE_ONLY_CLIENT] + group->count[CLUE_SYN_DROPPED] ==
        0) {
        return -1;
    }
    g_autoptr(GArray) waits = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        const int64_t asked_ns = c.is.facts[TSM_CLIENT]->first_data_ns;
        const int64_t answered_ns = c.is.facts[TSM_SERVER]->first_data_ns;
        const int64_t wait_ns =
            duration_forward(asked_ns, answered_ns != 0 ? answered_ns : c.is.end_ns);
        if (asked_ns != 0) {
            g_array_append_val(waits, wait_ns);
        }
    }
    clues_are_same(waits, 1, &median);
    return waits->len > 0 ? median : -1;
}

static bool is_answered_quickly(const struct clue_group *group)
{
    const int64_t wait_ns = median_wait(group);

    return wait_ns >= 0 && wait_ns <= QUICK_NS;
}

#define MIN_DROPPED 3

static bool is_answered_slowly(const struct clue_group *group)
{
    return group->count[CLUE_SYN_DROPPED] >= MIN_DROPPED &&
           group->count[CLUE_CONNECTED] >= MIN_DROPPED && median_wait(group) >= ANOMALY_NS(1);
}

#define MIN_SAME 3

/* A length that an end has in each connection with the clue. */
static bool is_same(const struct clue_group *group, enum clue clue, enum tsm_side side)
{
    int64_t median;

    if (group->count[clue] < MIN_SAME) {
        return false;
    }
    g_autoptr(GArray) lengths = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < group->n; i++) {
        if (clues_have(group->clues, group->members[i], clue)) {
            const struct clue_case c = clues_case(group->clues, group->members[i]);
            g_array_append_val(lengths, c.spent.end[side].gave_up_ns);
        }
    }
    return clues_are_same(lengths, MIN_SAME, &median);
}

static bool has_same_patience(const struct clue_group *group)
{
    return is_same(group, CLUE_CLIENT_GAVE_UP, TSM_CLIENT);
}

static bool has_same_idle_time(const struct clue_group *group)
{
    return is_same(group, CLUE_SERVER_CLOSED_IDLE, TSM_SERVER);
}

/* Silences that were survived are all shorter than those that were not: somebody counts. */
static bool has_idle_limit(const struct clue_group *group)
{
    int64_t survived_ns = 0;
    int64_t dead_ns = INT64_MAX;
    guint n = 0;

    for (guint i = 0; i < group->n && group->count[CLUE_IDLE_THEN_DEAD] > 0; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        for (unsigned side = 0; side < 2; side++) {
            const struct tsm_facts *facts = &c.is.facts[side]->seen;
            survived_ns = MAX(survived_ns, facts->survived_ns);
            if (clues_have(group->clues, group->members[i], CLUE_IDLE_THEN_DEAD) &&
                facts->unanswered.ns > ANOMALY_NS(1)) {
                dead_ns = MIN(dead_ns, facts->unanswered.ns);
                n++;
            }
        }
    }
    return n >= MIN_SAME && survived_ns < dead_ns;
}

/* ---- loss ---- */

struct losses {
    guint64 data[2], lost[2]; /* segments, by enum tsm_side of their sender */
    guint64 overtaken[2];     /* likewise: came late, or were sent again without need */
    guint syns, syns_lost;
};

static struct losses count_losses(const struct clue_group *group)
{
    struct losses losses = {0};

    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        for (unsigned side = 0; side < 2; side++) {
            losses.data[side] += clue_sent(&c, (enum tsm_side)side);
            losses.lost[side] += clue_lost(&c, (enum tsm_side)side);
            losses.overtaken[side] += c.spent.end[side].reordered + c.spent.end[side].needless;
        }
        losses.syns += c.is.connection->syn_tries > 0;
        losses.syns_lost += clues_have(group->clues, group->members[i], CLUE_SYN_DROPPED);
    }
    return losses;
}

#define MIN_LOST 4

static bool is_data_lost(const struct clue_group *group)
{
    if (group->count[CLUE_LOST_TO_SERVER] + group->count[CLUE_LOST_TO_CLIENT] == 0) {
        return false;
    }
    const struct losses l = count_losses(group);

    guint64 lost = 0;
    bool is_share = false;

    for (unsigned side = 0; side < 2; side++) {
        if (2 * l.lost[side] >= l.overtaken[side]) { /* else what is only late is sent again */
            lost += l.lost[side];
            is_share = is_share || (l.lost[side] > 0 && l.lost[side] * 100 >= l.data[side]);
        }
    }
    return lost >= MIN_LOST && is_share;
}

static bool are_only_syns_lost(const struct clue_group *group)
{
    if (group->count[CLUE_SYN_DROPPED] == 0) {
        return false;
    }
    const struct losses losses = count_losses(group);

    const guint64 data = losses.data[TSM_CLIENT] + losses.data[TSM_SERVER];
    const guint64 lost = losses.lost[TSM_CLIENT] + losses.lost[TSM_SERVER];
    return losses.syns_lost * (data + 1) > 2 * (lost + 1) * (guint64)losses.syns;
}

/* ---- sources ---- */

static bool has_many_sources(const struct clue_group *group)
{
    if (group->count[CLUE_HALF_OPEN] + group->count[CLUE_FLOODED] + group->count[CLUE_SYN_ONCE] ==
        0) {
        return false;
    }
    g_autoptr(TupleIndex) index = tuple_index_new(group->clues->story, TUPLE_CLIENT_HOST);
    tuple_index_add_many(index, group->members, group->n, NULL);
    return 2 * tuple_index_size(index) > group->n;
}

/* No segment to or from a loopback address leaves its host. Source: RFC 1122 3.2.1.3, RFC 4291
 * 2.5.3. */
static bool is_loopback(const uint8_t *address, uint8_t len)
{
    static const uint8_t one[16] = {[15] = 1};

    return len == 4 ? address[0] == 127 : memcmp(address, one, sizeof one) == 0;
}

static bool are_within_host(const struct clue_group *group)
{
    for (guint i = 0; i < group->n; i++) {
        const struct tsm_tuple *tuple =
            &story_connection(group->clues->story, group->members[i])->tuple;
        if (!is_loopback(tuple->src, tuple->addr_len) &&
            !is_loopback(tuple->dst, tuple->addr_len) &&
            memcmp(tuple->src, tuple->dst, tuple->addr_len) != 0) {
            return false;
        }
    }
    return true;
}

const struct clue_scope_row clues_of_scopes[] = {
    {CLUE_NEVER_ANSWERS, is_never_answered},
    {CLUE_ALL_REFUSED, is_always_refused},
    {CLUE_REFUSED_LATER, is_refused_later},
    {CLUE_QUICK_ANSWERS, is_answered_quickly},
    {CLUE_SLOW_ANSWERS, is_answered_slowly},
    {CLUE_DATA_LOST, is_data_lost},
    {CLUE_SYNS_LOST_ONLY, are_only_syns_lost},
    {CLUE_SAME_PATIENCE, has_same_patience},
    {CLUE_SAME_IDLE_TIME, has_same_idle_time},
    {CLUE_IDLE_LIMIT, has_idle_limit},
    {CLUE_MANY_SOURCES, has_many_sources},
    {CLUE_SILENT_LONGER, are_most_silent_longer},
    {CLUE_BY_TURNS, is_by_turns},
    {CLUE_WITHIN, are_within_host},
    {0, NULL},
};
