/* clue_tests.c - the tables of tests; see clues_internal.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues_internal.h"

#include "duration.h"
#include "rule_case.h"

/* ---- opening ---- */

static bool is_connected(const struct anomaly_case *c)
{
    return c->opening == OPENING_CONNECTED;
}

/* Shorter waits are no trouble yet: RFC 6298 2.1 has the second SYN after one second, and the third
 * after two more. */
#define UNANSWERED_NS ANOMALY_NS(3)

static bool is_unanswered(const struct anomaly_case *c)
{
    return c->opening == OPENING_UNANSWERED &&
           duration_forward(c->connection->start_ns, c->end_ns) >= UNANSWERED_NS;
}

/* Source of the time: RFC 6298 2.1, the first retransmission of a SYN. */
#define FIRST_RTO_NS ANOMALY_NS(0.8)

static bool is_syn_dropped(const struct anomaly_case *c)
{
    const struct tsm_mark *answer = case_mark(c, TSM_SERVER, MARK_SYN_ACK);

    if (c->opening == OPENING_REFUSED || c->opening == OPENING_ICMP_REJECTED ||
        c->opening == OPENING_MIDSTREAM) {
        return false;
    }
    if (answer->count == 0) {
        return c->opening == OPENING_UNANSWERED &&
               duration_forward(c->connection->start_ns, c->end_ns) >= FIRST_RTO_NS;
    }
    return c->connection->syn_tries > 1 &&
           duration_forward(c->connection->start_ns, answer->first_ns) >= FIRST_RTO_NS;
}

static bool is_refused(const struct anomaly_case *c)
{
    return c->opening == OPENING_REFUSED;
}

static bool is_synack_again(const struct anomaly_case *c)
{
    return case_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN)->count > 0;
}

/* Measured at the client over 500 connections: later than one and a half round trips and 30 ms
 * after the third ACK the SYN-ACK comes again, and nobody acknowledges the data: full accept queue
 * 53 of 53, lost SYN-ACK 0 of 118, lost third ACK 0 of 196, deferred accept 0 of 29, heavy loss 3
 * of 80. A SYN-ACK that is sooner there was sent before the third ACK can have arrived. */
static bool is_not_accepted(const struct anomaly_case *c)
{
    const struct tsm_mark *again = case_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN);
    const struct tsm_mark *third = case_mark(c, TSM_CLIENT, MARK_THIRD_ACK);
    const int64_t setup_ns = MAX(c->connection->setup_ns, 0);

    return again->count > 0 && third->count > 0 && c->facts[TSM_CLIENT]->first_data_ns != 0 &&
           c->facts[TSM_CLIENT]->first_data_ns <= again->last_ns &&
           again->last_ns - third->first_ns >
               MIN(setup_ns, ANOMALY_NS(1)) * 3 / 2 + ANOMALY_NS(0.03);
}

static bool is_accept_aborted(const struct anomaly_case *c)
{
    const struct tsm_mark *third = case_mark(c, TSM_CLIENT, MARK_THIRD_ACK);
    const struct tsm_mark *reset = case_mark(c, TSM_SERVER, MARK_RST);

    return c->ending == ENDING_RESET_BY_SERVER && third->count > 0 && reset->count > 0 &&
           c->facts[TSM_SERVER]->seen.rst_signs == TSM_RST_BARE &&
           c->connection->segments[TSM_SERVER] ==
               case_mark(c, TSM_SERVER, MARK_SYN_ACK)->count + reset->count;
}

/* The server sent SYN-ACKs and RSTs and nothing else, though the client sent data. */
static bool is_only_client(const struct anomaly_case *c)
{
    const uint32_t answers =
        case_mark(c, TSM_SERVER, MARK_SYN_ACK)->count + case_mark(c, TSM_SERVER, MARK_RST)->count;

    return c->opening == OPENING_CONNECTED && c->facts[TSM_CLIENT]->first_data_frame != 0 &&
           c->connection->segments[TSM_SERVER] == answers &&
           duration_forward(c->facts[TSM_CLIENT]->first_data_ns, c->end_ns) >= ANOMALY_NS(1);
}

/* ---- ending ---- */

static bool is_reset_by_server(const struct anomaly_case *c)
{
    return c->ending == ENDING_RESET_BY_SERVER;
}

static bool is_reset_by_client(const struct anomaly_case *c)
{
    return c->ending == ENDING_RESET_BY_CLIENT;
}

/* Longer than that an application which closes at all has mostly closed: the same as A41's. */
#define LEFT_OPEN_NS ANOMALY_NS(60)

static bool is_left_open(const struct anomaly_case *c, enum tsm_side side)
{
    struct stay stay;

    return case_was_open(c) && case_stay(c, side, TSM_CLOSE_WAIT, &stay) && stay.lasts &&
           stay_ns(&stay) >= LEFT_OPEN_NS;
}

static bool is_left_open_by_server(const struct anomaly_case *c)
{
    return is_left_open(c, TSM_SERVER);
}

static bool is_left_open_by_client(const struct anomaly_case *c)
{
    return is_left_open(c, TSM_CLIENT);
}

const clue_test clue_tests[N_CONNECTION_CLUES] = {
    [CLUE_CONNECTED] = is_connected,
    [CLUE_UNANSWERED] = is_unanswered,
    [CLUE_SYN_DROPPED] = is_syn_dropped,
    [CLUE_REFUSED] = is_refused,
    [CLUE_NOT_ACCEPTED] = is_not_accepted,
    [CLUE_ACCEPT_ABORTED] = is_accept_aborted,
    [CLUE_SYNACK_AGAIN] = is_synack_again,
    [CLUE_ONLY_CLIENT] = is_only_client,
    [CLUE_RESET_BY_SERVER] = is_reset_by_server,
    [CLUE_RESET_BY_CLIENT] = is_reset_by_client,
    [CLUE_SERVER_LEAVES_OPEN] = is_left_open_by_server,
    [CLUE_CLIENT_LEAVES_OPEN] = is_left_open_by_client,
};

/* ---- scopes ---- */

static bool is_never_answered(const struct clue_group *group)
{
    for (guint i = 0; i < group->n; i++) {
        if (group->clues->opening[group->members[i]] != OPENING_UNANSWERED) {
            return false;
        }
    }
    return true;
}

static bool is_answered_in_part(const struct clue_group *group)
{
    return group->count[CLUE_CONNECTED] > group->count[CLUE_SYN_DROPPED];
}

static bool is_connected_before(const struct clue_group *group)
{
    return clues_have(group->clues, group->members[0], CLUE_CONNECTED);
}

static gint by_size(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Measured: with a full accept queue the median was 1.1 to 11.7 s (22 draws), with loss, an outage
 * or a limit of the rate 141 ms at most (88 draws). */
static bool is_answered_quickly(const struct clue_group *group)
{
    g_autoptr(GArray) waits = g_array_new(FALSE, FALSE, sizeof(int64_t));

    for (guint i = 0; i < group->n; i++) {
        const struct anomaly_case c = clues_case(group->clues, group->members[i]);
        const int64_t asked_ns = c.facts[TSM_CLIENT]->first_data_ns;
        const int64_t answered_ns = c.facts[TSM_SERVER]->first_data_ns;
        const int64_t wait_ns = answered_ns != 0 ? duration_forward(asked_ns, answered_ns)
                                                 : duration_forward(asked_ns, c.end_ns);
        if (asked_ns != 0) {
            g_array_append_val(waits, wait_ns);
        }
    }
    g_array_sort(waits, by_size);
    return waits->len > 0 && g_array_index(waits, int64_t, waits->len / 2) <= ANOMALY_NS(0.15);
}

const clue_scope_test clue_scope_tests[N_CLUES] = {
    [CLUE_NEVER_ANSWERS] = is_never_answered,
    [CLUE_ANSWERS_SOME] = is_answered_in_part,
    [CLUE_CONNECTED_BEFORE] = is_connected_before,
    [CLUE_QUICK_ANSWERS] = is_answered_quickly,
};
