/* clues_talk.c - clues in how data went, and who waited for whom.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues_internal.h"

#include "duration.h"
#include "rule_case.h"

/* What people call slow: ten times the limit of a second nature (0.1 s). Source: Nielsen, Usability
 * Engineering, 1993, chapter 5. */
#define SLOW_NS ANOMALY_NS(1)

static bool has_server_thought(const struct clue_case *c)
{
    return c->spent.end[TSM_SERVER].longest_ns >= SLOW_NS &&
           c->spent.end[TSM_CLIENT].gave_up_ns < SLOW_NS;
}

static bool is_lost_to_server(const struct clue_case *c)
{
    return clue_lost(&c->spent.end[TSM_CLIENT]) > 0;
}

static bool is_lost_to_client(const struct clue_case *c)
{
    return clue_lost(&c->spent.end[TSM_SERVER]) > 0;
}

#define MIN_REORDERED 3

static bool is_reordered(const struct clue_case *c)
{
    const struct tsm_spent_end *client = &c->spent.end[TSM_CLIENT];
    const struct tsm_spent_end *server = &c->spent.end[TSM_SERVER];

    return client->reordered + client->needless + server->reordered + server->needless >=
           MIN_REORDERED;
}

static bool is_stalled(const struct clue_case *c)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_spent_end *end = &c->spent.end[side];
        const struct tsm_spent_end *peer = &c->spent.end[1 - side];
        if (end->stall_ns >= SLOW_NS ||
            (peer->quiet_ns >= SLOW_NS && end->resend_ns >= SLOW_NS / 2)) {
            return true;
        }
    }
    return false;
}

/* Twice is once after the first sending: enough to be no accident of the capture's end. A peer
 * that has closed owes no answer that anybody waits for: its socket, or its entry in a NAT, may be
 * gone, and its host is not. */
#define VAIN_REPEATS 2

static bool is_in_vain(const struct clue_case *c, enum tsm_side side)
{
    const struct story_silence *heard = &c->is.connection->heard[side];
    const struct tsm_mark *repeats = &c->is.facts[side]->seen.repeats;

    return case_was_open(&c->is) && heard->unacked > 0 && repeats->count >= VAIN_REPEATS &&
           case_mark(&c->is, tsm_other(side), MARK_FIN)->count == 0 &&
           c->is.ending != ENDING_RESET_BY_SERVER && c->is.ending != ENDING_RESET_BY_CLIENT;
}

static bool is_client_in_vain(const struct clue_case *c)
{
    return is_in_vain(c, TSM_CLIENT);
}

static bool is_server_in_vain(const struct clue_case *c)
{
    return is_in_vain(c, TSM_SERVER);
}

/* A shorter silence cuts no connection off: the shortest time-outs of idle connections in load
 * balancers and firewalls are five seconds. */
#define IDLE_NS ANOMALY_NS(5)

static bool is_dead_after_idle(const struct clue_case *c)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_facts *facts = &c->is.facts[side]->seen;
        const struct tsm_mark *fin = case_mark(&c->is, tsm_other((enum tsm_side)side), MARK_FIN);
        const bool reset = case_mark(&c->is, tsm_other((enum tsm_side)side), MARK_RST)->count > 0;
        if (facts->unanswered.ns >= IDLE_NS && fin->count == 0 && case_was_open(&c->is) &&
            (reset || facts->repeats.count >= VAIN_REPEATS)) {
            return true;
        }
    }
    return false;
}

static bool has_survived_idle(const struct clue_case *c)
{
    return MAX(c->is.facts[TSM_CLIENT]->seen.survived_ns,
               c->is.facts[TSM_SERVER]->seen.survived_ns) > 0;
}

/* Smaller segments pass: an MTU of 576 leaves 536 (RFC 9293 3.7.1). */
#define LARGE 536

static bool is_only_large_lost(const struct clue_case *c)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_facts *facts = &c->is.facts[side]->seen;
        const uint32_t payload = case_vain_payload(facts);
        if (case_vain_repeats(facts)->count >= VAIN_REPEATS && payload > LARGE &&
            payload > case_largest_arrived(facts) &&
            c->is.connection->segments[1 - side] > 0) { /* else nothing shows that small ones do */
            return true;
        }
    }
    return false;
}

/* Where large segments vanish before the capture: what is behind them is there, they never come. */
static bool is_large_missing(const struct clue_case *c)
{
    return (c->spent.end[TSM_CLIENT].missing != 0 || c->spent.end[TSM_SERVER].missing != 0) &&
           duration_forward(c->is.connection->start_ns, c->is.end_ns) >= ANOMALY_NS(3);
}

static bool is_window_closed(const struct clue_case *c, enum tsm_side side)
{
    const struct tsm_facts *facts = &c->is.facts[side]->seen;
    const int64_t lasting_ns =
        facts->closed_since_ns != 0 ? duration_forward(facts->closed_since_ns, c->is.end_ns) : 0;

    return MAX(facts->closed_longest_ns, lasting_ns) >= SLOW_NS ||
           c->spent.end[side].window_ns >= 2 * SLOW_NS;
}

static bool is_server_not_reading(const struct clue_case *c)
{
    return is_window_closed(c, TSM_SERVER);
}

static bool is_client_not_reading(const struct clue_case *c)
{
    return is_window_closed(c, TSM_CLIENT);
}

const struct clue_row clues_of_talk[] = {
    {CLUE_SERVER_THINKS, has_server_thought},
    {CLUE_LOST_TO_SERVER, is_lost_to_server},
    {CLUE_LOST_TO_CLIENT, is_lost_to_client},
    {CLUE_REORDERED, is_reordered},
    {CLUE_STALLED, is_stalled},
    {CLUE_CLIENT_IN_VAIN, is_client_in_vain},
    {CLUE_SERVER_IN_VAIN, is_server_in_vain},
    {CLUE_IDLE_THEN_DEAD, is_dead_after_idle},
    {CLUE_IDLE_SURVIVED, has_survived_idle},
    {CLUE_ONLY_LARGE_LOST, is_only_large_lost},
    {CLUE_LARGE_MISSING, is_large_missing},
    {CLUE_SERVER_NOT_READING, is_server_not_reading},
    {CLUE_CLIENT_NOT_READING, is_client_not_reading},
    {0, NULL},
};
