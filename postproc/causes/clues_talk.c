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
    return clue_lost(c, TSM_CLIENT) > 0;
}

static bool is_lost_to_client(const struct clue_case *c)
{
    return clue_lost(c, TSM_SERVER) > 0;
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
        const bool lost =
            end->resent + end->filled > 0; /* else it is the SYN-ACK that came again */
        if (lost && (end->stall_ns >= SLOW_NS ||
                     (peer->quiet_ns >= SLOW_NS && end->resend_ns >= SLOW_NS / 2))) {
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

/* What its receiver has, and acknowledges, is missing in the capture only. */
static bool is_missing(const struct clue_case *c, enum tsm_side side)
{
    return c->spent.end[side].missing != 0 && c->is.facts[side]->seen.unseen == 0;
}

/* Where large segments vanish before the capture: what is behind them is there, they never come. */
static bool is_large_missing(const struct clue_case *c)
{
    return (is_missing(c, TSM_CLIENT) || is_missing(c, TSM_SERVER)) &&
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

/* Both windows are closed in the end: each application waits until the other reads. */
static bool is_neither_reading(const struct clue_case *c)
{
    const int64_t client_ns = c->is.facts[TSM_CLIENT]->seen.closed_since_ns;
    const int64_t server_ns = c->is.facts[TSM_SERVER]->seen.closed_since_ns;

    return client_ns != 0 && server_ns != 0 &&
           duration_forward(MAX(client_ns, server_ns), c->is.end_ns) >= ANOMALY_NS(1);
}

/* ---- who says nothing ---- */

#define IN_VAIN_NS ANOMALY_NS(2)

/* The server's TCP has taken the request, and its application says nothing: the capture ends, or
 * the client gives up. */
static bool is_never_answered(const struct clue_case *c)
{
    const struct tsm_facts *client = &c->is.facts[TSM_CLIENT]->seen;
    const struct tsm_mark *fin = case_mark(&c->is, TSM_CLIENT, MARK_FIN);
    const int64_t until_ns = fin->count > 0 ? fin->first_ns : c->is.end_ns;

    return case_was_open(&c->is) && client->last_data_ns != 0 &&
           client->last_data_ns > c->is.facts[TSM_SERVER]->seen.last_data_ns &&
           c->is.connection->heard[TSM_CLIENT].unacked == 0 &&
           case_mark(&c->is, TSM_SERVER, MARK_FIN)->count == 0 &&
           case_mark(&c->is, TSM_SERVER, MARK_RST)->count == 0 &&
           duration_forward(client->last_data_ns, until_ns) >= IN_VAIN_NS;
}

#define DRIP_NS ANOMALY_NS(4)
#define DRIP_OCTETS 50 /* in a second: a typist of the fastest kind sends ten */
#define MIN_DRIPS 3

/* A request that never comes to its end: each bit of it keeps the server waiting. */
static bool is_dripping(const struct clue_case *c)
{
    const struct story_connection *connection = c->is.connection;
    const int64_t talk_ns = duration_forward(c->is.facts[TSM_CLIENT]->first_data_ns,
                                             c->is.facts[TSM_CLIENT]->seen.last_data_ns);

    return case_was_open(&c->is) && connection->bytes[TSM_SERVER] == 0 &&
           c->spent.end[TSM_CLIENT].data >= MIN_DRIPS && talk_ns >= DRIP_NS &&
           (double)connection->bytes[TSM_CLIENT] * (double)ANOMALY_NS(1) <
               DRIP_OCTETS * (double)talk_ns;
}

/* ---- copies ---- */

/* A mirror makes a copy of every packet: of an end's segments, one in two is one, unless some are
 * too far behind to be told. */
#define MIRRORED_PERCENT 40

/* The share of copies among the segments of the end that has most of them, in per cent. */
static unsigned percent_copies(const struct clue_case *c)
{
    unsigned most = 0;

    for (unsigned side = 0; side < 2; side++) {
        const uint64_t copies =
            case_mark(&c->is, (enum tsm_side)side, TSM_NOTE_BIT_DUPLICATE)->count;
        const uint32_t segments = c->is.connection->segments[side];
        most = MAX(most, (unsigned)(100 * copies / MAX(segments, 1)));
    }
    return most;
}

/* The receiver reports duplicates (RFC 2883): more than the end sent again, FINs included, or some
 * packets were captured twice, but not most. A mirror's copies reach no receiver. */
static bool is_doubled_end(const struct clue_case *c, enum tsm_side side, unsigned percent)
{
    const uint32_t reported = c->spent.end[side].needless;

    return reported > c->is.connection->retransmissions[side] ||
           (reported > 0 && percent > 0 && percent < MIRRORED_PERCENT);
}

static bool is_doubled_on_way(const struct clue_case *c)
{
    const unsigned percent = percent_copies(c);

    return is_doubled_end(c, TSM_CLIENT, percent) || is_doubled_end(c, TSM_SERVER, percent);
}

static bool has_copies(const struct clue_case *c)
{
    return percent_copies(c) > 0 && !is_doubled_on_way(c);
}

/* No packet is longer than its receiver has allowed: a network card joins what it receives, or
 * cuts what it sends, on the other side of the capture. */
static bool is_joined(const struct clue_case *c)
{
    for (unsigned side = 0; side < 2; side++) {
        const uint16_t mss = c->is.facts[1 - side]->seen.mss;
        if (mss != 0 && c->is.facts[side]->seen.largest > mss) {
            return true;
        }
    }
    return false;
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
    {CLUE_NEITHER_READS, is_neither_reading},
    {CLUE_NEVER_ANSWERED, is_never_answered},
    {CLUE_DRIPS, is_dripping},
    {CLUE_CAPTURED_TWICE, has_copies},
    {CLUE_DOUBLED_ON_WAY, is_doubled_on_way},
    {CLUE_JOINED, is_joined},
    {0, NULL},
};
