/* clues_ending.c - clues in how a connection ended, or did not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues_internal.h"

#include "duration.h"
#include "rule_case.h"

static bool is_reset_by_server(const struct clue_case *c)
{
    return c->is.ending == ENDING_RESET_BY_SERVER;
}

static bool is_reset_by_client(const struct clue_case *c)
{
    return c->is.ending == ENDING_RESET_BY_CLIENT;
}

/* ---- who gave up, who was idle ---- */

#define WAITED_NS ANOMALY_NS(0.5)

static bool has_client_given_up(const struct clue_case *c)
{
    return c->spent.end[TSM_CLIENT].gave_up_ns >= WAITED_NS && c->spent.end[TSM_CLIENT].data > 0;
}

#define IDLE_NS ANOMALY_NS(1)

static bool has_server_closed_idle(const struct clue_case *c)
{
    return c->spent.end[TSM_SERVER].gave_up_ns >= IDLE_NS;
}

/* ---- who closes ---- */

/* An application that closes at all has mostly closed by then: the same as A41's. */
#define LEFT_OPEN_NS ANOMALY_NS(60)

static bool is_left_open(const struct clue_case *c, enum tsm_side side)
{
    struct stay stay;

    return case_was_open(&c->is) && case_stay(&c->is, side, TSM_CLOSE_WAIT, &stay) && stay.lasts &&
           stay.proven && stay_ns(&stay) >= LEFT_OPEN_NS && !case_may_have_closed(&c->is, side);
}

static bool is_left_open_by_server(const struct clue_case *c)
{
    return is_left_open(c, TSM_SERVER);
}

static bool is_left_open_by_client(const struct clue_case *c)
{
    return is_left_open(c, TSM_CLIENT);
}

static bool is_closed_by_client(const struct clue_case *c)
{
    return case_was_open(&c->is) && c->is.connection->closed_by == 1 + TSM_CLIENT;
}

static bool is_closed_by_server(const struct clue_case *c)
{
    return case_was_open(&c->is) && c->is.connection->closed_by == 1 + TSM_SERVER;
}

/* ---- resets ---- */

/* The client has asked: it is there, or it has closed its half behind a request that got no word of
 * an answer. */
static bool owes_answer(const struct clue_case *c)
{
    const struct tsm_facts *client = &c->is.facts[TSM_CLIENT]->seen;

    return c->is.facts[TSM_CLIENT]->first_data_frame != 0 &&
           (case_mark(&c->is, TSM_CLIENT, MARK_FIN)->count == 0 ||
            client->last_data_ns > c->is.facts[TSM_SERVER]->seen.last_data_ns);
}

static bool has_server_aborted(const struct clue_case *c)
{
    return is_reset_by_server(c) && case_was_open(&c->is) &&
           case_mark(&c->is, TSM_SERVER, MARK_FIN)->count == 0 && owes_answer(c) &&
           (c->is.facts[TSM_SERVER]->seen.rst_signs & TSM_RST_ACK) != 0;
}

/* The client had sent last, and waited for an answer. */
static bool has_client_aborted(const struct clue_case *c)
{
    return is_reset_by_client(c) && case_was_open(&c->is) &&
           case_mark(&c->is, TSM_CLIENT, MARK_FIN)->count == 0 &&
           c->is.facts[TSM_CLIENT]->seen.last_data_ns > c->is.facts[TSM_SERVER]->seen.last_data_ns;
}

/* A program that accepts and closes does so at once; one that waits for a request waits longer. */
#define TURNED_AWAY_NS ANOMALY_NS(0.1)

/* No word was said by then, and none can have been on its way. */
static bool is_turned_away(const struct clue_case *c)
{
    const struct tsm_mark *third = case_mark(&c->is, TSM_CLIENT, MARK_THIRD_ACK);
    const struct tsm_mark *fin = case_mark(&c->is, TSM_SERVER, MARK_FIN);
    const struct tsm_mark *end = fin->count > 0 ? fin : case_mark(&c->is, TSM_SERVER, MARK_RST);
    const int64_t asked_ns = c->is.facts[TSM_CLIENT]->first_data_ns;

    return c->is.opening == OPENING_CONNECTED && c->is.connection->closed_by == 1 + TSM_SERVER &&
           third->count > 0 && end->count > 0 && c->is.connection->bytes[TSM_SERVER] == 0 &&
           duration(third->first_ns, end->first_ns) <=
               duration_sum(clue_trip_ns(c), TURNED_AWAY_NS) &&
           (asked_ns == 0 || asked_ns > end->first_ns);
}

/* Within one connection an end's segments come the same way: its other segments all have one time
 * to live, and its RST another. One or two apart may be another path; many such are not. A RST
 * after the other end's own, or after both have closed, changes nothing. */
static bool is_reset_foreign(const struct clue_case *c)
{
    if (!case_was_open(&c->is)) {
        return false;
    }
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_facts *f = &c->is.facts[side]->seen;
        const bool ended = side == TSM_CLIENT ? is_reset_by_client(c) : is_reset_by_server(c);
        if (ended && f->rst_ttl_least != 0 && f->ttl_least != 0 && f->ttl_least == f->ttl_most &&
            (f->rst_ttl_least < f->ttl_least || f->rst_ttl_most > f->ttl_most)) {
            return true;
        }
    }
    return false;
}

/* ---- closes that cross ---- */

/* The client's last data begins what it says after its longest silence. What comes a round trip and
 * more after that is part of a talk, as a farewell is that crosses the other one's: TLS's alert
 * close_notify (RFC 8446 6.1), the last line of a terminal. */
static bool is_after_silence(const struct clue_case *c, int64_t trip_ns)
{
    const struct tsm_spent_end *client = &c->spent.end[TSM_CLIENT];

    return client->quiet_ns >= IDLE_NS &&
           ABS(duration(client->quiet_end_ns, c->is.facts[TSM_CLIENT]->seen.last_data_ns)) <=
               trip_ns / 2;
}

/* The request left before the server's FIN can have arrived, and the server never took it: seen
 * from the server it comes behind the FIN, from the client in front of it. */
static bool has_raced(const struct clue_case *c)
{
    const struct tsm_facts *client = &c->is.facts[TSM_CLIENT]->seen;
    const struct tsm_mark *fin = case_mark(&c->is, TSM_SERVER, MARK_FIN);
    const int64_t trip_ns = clue_trip_ns(c);
    const int64_t near_ns = duration_sum(trip_ns, ANOMALY_NS(0.005));

    if (fin->count == 0 || c->is.connection->closed_by != 1 + TSM_SERVER ||
        case_mark(&c->is, TSM_SERVER, MARK_RST)->count == 0 || client->turns < 2) {
        return false;
    }
    if (!is_after_silence(c, trip_ns)) {
        return false;
    }
    return client->crossed_fin.count > 0 ||
           ABS(duration(client->last_data_ns, fin->first_ns)) <= near_ns;
}

/* The answer that the client did not wait for says nothing of how the server writes. */
static bool is_late_answer(const struct clue_case *c, enum tsm_side side)
{
    return side == TSM_SERVER && has_client_given_up(c);
}

/* No application has seen the close sooner, and TLS asks for a last word at once (RFC 5246 7.2.1:
 * close_notify is answered by one). */
#define SEEN_NS ANOMALY_NS(0.05)

static bool has_seen_close(const struct clue_case *c, enum tsm_side side)
{
    const struct tsm_mark *fin = case_mark(&c->is, tsm_other(side), MARK_FIN);
    const int64_t trip_ns = clue_trip_ns(c);

    return duration_forward(fin->first_ns, c->is.facts[side]->seen.last_data_ns) >=
           duration_sum(trip_ns, SEEN_NS);
}

static bool has_written_after_close(const struct clue_case *c)
{
    for (unsigned side = 0; side < 2; side++) { /* a half-closed peer takes it, and sends no RST */
        const struct tsm_mark *reset = case_mark(&c->is, tsm_other((enum tsm_side)side), MARK_RST);
        const struct tsm_first *after = &c->is.facts[side]->seen.after_fin;
        if (after->count > 0 && reset->count > 0 && reset->last_ns >= after->ns &&
            !is_late_answer(c, (enum tsm_side)side) && has_seen_close(c, (enum tsm_side)side)) {
            return !has_raced(c);
        }
    }
    return false;
}

const struct clue_row clues_of_ending[] = {
    {CLUE_RESET_BY_SERVER, is_reset_by_server},
    {CLUE_RESET_BY_CLIENT, is_reset_by_client},
    {CLUE_CLIENT_GAVE_UP, has_client_given_up},
    {CLUE_SERVER_CLOSED_IDLE, has_server_closed_idle},
    {CLUE_SERVER_LEAVES_OPEN, is_left_open_by_server},
    {CLUE_CLIENT_LEAVES_OPEN, is_left_open_by_client},
    {CLUE_CLOSED_BY_CLIENT, is_closed_by_client},
    {CLUE_CLOSED_BY_SERVER, is_closed_by_server},
    {CLUE_SERVER_ABORTED, has_server_aborted},
    {CLUE_CLIENT_ABORTED, has_client_aborted},
    {CLUE_TURNED_AWAY, is_turned_away},
    {CLUE_RESET_FOREIGN, is_reset_foreign},
    {CLUE_RACED, has_raced},
    {CLUE_WRITES_AFTER_CLOSE, has_written_after_close},
    {0, NULL},
};
