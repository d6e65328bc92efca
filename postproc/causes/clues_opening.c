/* clues_opening.c - clues in how a connection was opened, or was not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues_internal.h"

#include "duration.h"
#include "rule_case.h"

static bool is_connected(const struct clue_case *c)
{
    return c->is.opening == OPENING_CONNECTED;
}

/* The second SYN comes after one second (RFC 6298 2.1): less tells nothing. */
#define UNANSWERED_NS ANOMALY_NS(2)

static bool is_unanswered(const struct clue_case *c)
{
    return c->is.opening == OPENING_UNANSWERED &&
           duration_forward(c->is.connection->start_ns, c->is.end_ns) >= UNANSWERED_NS;
}

/* Source of the time: RFC 6298 2.1, the first retransmission of a SYN. */
#define FIRST_RTO_NS ANOMALY_NS(0.8)

/* The way is so long that a SYN is sent again before its answer can be there. */
static bool is_far(const struct clue_case *c)
{
    return clue_trip_ns(c) >= FIRST_RTO_NS / 2;
}

static bool is_syn_dropped(const struct clue_case *c)
{
    const struct tsm_mark *answer = case_mark(&c->is, TSM_SERVER, MARK_SYN_ACK);

    if (answer->count == 0) {
        return c->is.opening == OPENING_UNANSWERED &&
               duration_forward(c->is.connection->start_ns, c->is.end_ns) >= FIRST_RTO_NS;
    }
    return c->is.connection->syn_tries > 1 && !is_far(c) &&
           duration_forward(c->is.connection->start_ns, answer->first_ns) >= FIRST_RTO_NS;
}

static bool is_refused(const struct clue_case *c)
{
    return c->is.opening == OPENING_REFUSED;
}

/* All segments of a host come the same way; RSTs to SYNs, too, unless somebody else sends them. */
static bool is_refused_by_other(const struct clue_case *c)
{
    const struct host_ttl *host = hosts_server_ttl(c->is.hosts, c->is.connection);
    const struct tsm_facts *server = &c->is.facts[TSM_SERVER]->seen;

    return is_refused(c) && host->most != 0 && server->rst_ttl_least != 0 &&
           (server->rst_ttl_most < host->least || server->rst_ttl_least > host->most);
}

static bool is_icmp_rejected(const struct clue_case *c)
{
    return c->is.opening == OPENING_ICMP_REJECTED;
}

static bool is_synack_again(const struct clue_case *c)
{
    return case_mark(&c->is, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN)->count > 0;
}

static bool is_not_accepted(const struct clue_case *c)
{
    return case_is_not_accepted(c->is.story, c->is.connection);
}

/* So does Linux with net.ipv4.tcp_abort_on_overflow; an application that resets what it has
 * accepted sends RST with ACK (RFC 9293 3.10.5). */
static bool is_accept_aborted(const struct clue_case *c)
{
    const struct tsm_mark *third = case_mark(&c->is, TSM_CLIENT, MARK_THIRD_ACK);
    const struct tsm_mark *reset = case_mark(&c->is, TSM_SERVER, MARK_RST);
    const uint8_t signs = c->is.facts[TSM_SERVER]->seen.rst_signs;

    return c->is.ending == ENDING_RESET_BY_SERVER && third->count > 0 && reset->count > 0 &&
           (signs & (TSM_RST_ACK | TSM_RST_BARE)) == TSM_RST_BARE &&
           c->is.connection->segments[TSM_SERVER] ==
               case_mark(&c->is, TSM_SERVER, MARK_SYN_ACK)->count + reset->count;
}

/* The server sent SYN-ACKs and RSTs and nothing else, though the client sent data and repeated it.
 */
static bool is_only_client(const struct clue_case *c)
{
    const uint32_t answers = case_mark(&c->is, TSM_SERVER, MARK_SYN_ACK)->count +
                             case_mark(&c->is, TSM_SERVER, MARK_RST)->count;

    const bool denies = is_synack_again(c) || case_mark(&c->is, TSM_SERVER, MARK_RST)->count > 0;

    return c->is.opening == OPENING_CONNECTED && denies &&
           c->is.facts[TSM_CLIENT]->first_data_frame != 0 && c->spent.end[TSM_CLIENT].resent > 0 &&
           c->is.connection->segments[TSM_SERVER] == answers &&
           duration_forward(c->is.facts[TSM_CLIENT]->first_data_ns, c->is.end_ns) >= ANOMALY_NS(1);
}

static bool is_half_open(const struct clue_case *c)
{
    return c->is.opening == OPENING_INCOMPLETE &&
           case_mark(&c->is, TSM_SERVER, MARK_SYN_ACK)->count > 0 &&
           duration_forward(c->is.connection->start_ns, c->is.end_ns) >= ANOMALY_NS(1);
}

/* Every TCP sends it again after one second, and after two more (RFC 6298 2.1, 5.5). */
#define ONCE_NS ANOMALY_NS(3)

static bool is_syn_once(const struct clue_case *c)
{
    return c->is.opening == OPENING_UNANSWERED && c->is.connection->syn_tries == 1 &&
           duration_forward(c->is.connection->start_ns, c->is.end_ns) >= ONCE_NS;
}

/* What is on its way for longer than a SYN waits is repeated, too, and then taken. */
static bool has_lost_answer(const struct clue_case *c)
{
    return c->is.opening == OPENING_INCOMPLETE && case_is_answer_lost(&c->is);
}

static bool is_answered_in_the_end(const struct clue_case *c)
{
    return is_connected(c) && case_is_answer_lost(&c->is);
}

/* People notice it in every exchange: a geostationary satellite takes twice as long, any path on
 * the ground less. */
#define SLOW_SETUP_NS ANOMALY_NS(0.3)

static bool is_slow_setup(const struct clue_case *c)
{
    return c->is.opening == OPENING_CONNECTED && clue_trip_ns(c) >= SLOW_SETUP_NS;
}

const struct clue_row clues_of_opening[] = {
    {CLUE_CONNECTED, is_connected},
    {CLUE_UNANSWERED, is_unanswered},
    {CLUE_SYN_DROPPED, is_syn_dropped},
    {CLUE_REFUSED, is_refused},
    {CLUE_REFUSED_BY_OTHER, is_refused_by_other},
    {CLUE_ICMP_REJECTED, is_icmp_rejected},
    {CLUE_NOT_ACCEPTED, is_not_accepted},
    {CLUE_ACCEPT_ABORTED, is_accept_aborted},
    {CLUE_SYNACK_AGAIN, is_synack_again},
    {CLUE_ONLY_CLIENT, is_only_client},
    {CLUE_HALF_OPEN, is_half_open},
    {CLUE_SLOW_SETUP, is_slow_setup},
    {CLUE_ANSWER_LOST, has_lost_answer},
    {CLUE_ANSWERED_IN_THE_END, is_answered_in_the_end},
    {CLUE_SYN_ONCE, is_syn_once},
    {0, NULL},
};
