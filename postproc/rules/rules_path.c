/* rules_path.c - what the path between two hosts does to segments: loss, delay, numbers that are
 * rewritten, ICMP errors, A58 to A61.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

/* ---- A58 ---- */

enum { LOSS_SEGMENTS, LOSS_PERCENT, LOSS_MUCH, LOSS_MUCH_SEGMENTS, LOSS_MANY };

static bool is_lossy(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {"{client} sent {n0} of {n1:segment:segments} again ({p2})",
                                       "{server} sent {n0} of {n1:segment:segments} again ({p2})"};
    static const char *const stall_text[] = {
        "{client} sent {n0} of {n1:segment:segments} again ({p2}); once it took {d3} until one "
        "arrived",
        "{server} sent {n0} of {n1:segment:segments} again ({p2}); once it took {d3} until one "
        "arrived"};
    const struct tsm_facts *facts = case_facts(c, side);
    const int64_t again = c->connection->retransmissions[side];
    const int64_t all = c->connection->segments[side];
    const struct tsm_mark *mark = case_mark(c, side, TSM_NOTE_BIT_RETRANSMISSION);

    if (!case_was_open(c) || again < c->limit[LOSS_SEGMENTS] ||
        again * 100 < all * c->limit[LOSS_PERCENT] || facts->repeats.count > again / 2) {
        return false;
    }
    hit->figure[0] = hit->weight = again;
    hit->figure[1] = all;
    hit->figure[2] = again * 100 / all;
    hit->figure[3] = facts->stall_ns;
    const bool much =
        hit->figure[2] >= c->limit[LOSS_MUCH] && again >= c->limit[LOSS_MUCH_SEGMENTS];
    hit->severity = much ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->text = facts->stall_ns >= ANOMALY_NS(1) ? stall_text[side] : text[side];
    case_span(hit, mark);
    anomaly_evidence(hit, facts->stall_frame);
    return true;
}

static void survey_loss(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregates[] = {
        {TUPLE_HOSTS, ANOMALY_INFO,
         "{client.host} sent segments again in {members:connection:connections} to {server.host}, "
         "{n0} of {n1} in one ({p2})"},
        {TUPLE_HOSTS, ANOMALY_INFO,
         "{server.host} sent segments again in {members:connection:connections} to {client.host}, "
         "{n0} of {n1} in one ({p2})"}};

    survey_aggregates(survey, aggregates, limit[LOSS_MANY]);
}

/* ---- A59 ---- */

static bool is_held(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "small data of {client} waited {n0:time:times} for the delayed ACK of {server} for the "
        "small data before it, {d1} in all",
        "small data of {server} waited {n0:time:times} for the delayed ACK of {client} for the "
        "small data before it, {d1} in all"};
    const struct tsm_facts *facts = case_facts(c, side);

    if (!case_was_open(c) || facts->held < c->limit[0]) {
        return false;
    }
    hit->figure[0] = facts->held;
    hit->figure[1] = hit->weight = facts->held_ns;
    hit->severity = facts->held_ns >= c->limit[1] ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->text = text[side];
    hit->fault = fault_of(side);
    hit->first_frame = facts->held_frame;
    anomaly_evidence(hit, facts->held_frame);
    return true;
}

static bool judge_held(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_held);
}

/* ---- A60 ---- */

static bool has_foreign_sacks(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{n0:SACK block:SACK blocks} of {client} lie far from all that {server} sent",
        "{n0:SACK block:SACK blocks} of {server} lie far from all that {client} sent"};
    const struct tsm_facts *facts = case_facts(c, side);

    if (facts->sack_outside < c->limit[0]) {
        return false;
    }
    hit->figure[0] = hit->weight = facts->sack_outside;
    hit->text = text[side];
    hit->first_frame = facts->sack_frame;
    anomaly_evidence(hit, facts->sack_frame);
    return true;
}

static bool judge_foreign_sacks(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, has_foreign_sacks);
}

/* ---- A61 ---- */

static bool has_icmp_error(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "an ICMP error of type {n0}, code {n1} quotes a segment of {client}",
        "an ICMP error of type {n0}, code {n1} quotes a segment of {server}"};
    static const char *const too_big_text[] = {
        "an ICMP error of type {n0}, code {n1} says that segments of {client} are too large for "
        "the path (largest data: {b2})",
        "an ICMP error of type {n0}, code {n1} says that segments of {server} are too large for "
        "the path (largest data: {b2})"};
    static const char *const mtu_text[] = {
        "an ICMP error of type {n0}, code {n1} says that segments of {client} are too large for "
        "the path: its MTU is {n3} (largest data: {b2})",
        "an ICMP error of type {n0}, code {n1} says that segments of {server} are too large for "
        "the path: its MTU is {n3} (largest data: {b2})"};
    const struct tsm_facts *facts = case_facts(c, side);
    const bool too_big = tsm_icmp_is_too_big(c->connection->tuple.addr_len == 16, facts->icmp.type,
                                             facts->icmp.code);

    if (!case_was_open(c) || facts->icmp_frame == 0) {
        return false;
    }
    hit->figure[0] = facts->icmp.type;
    hit->figure[1] = facts->icmp.code;
    hit->figure[2] = facts->largest;
    hit->figure[3] = facts->icmp.mtu;
    hit->text = !too_big ? text[side] : facts->icmp.mtu != 0 ? mtu_text[side] : too_big_text[side];
    hit->severity = too_big ? ANOMALY_INFO : ANOMALY_WARNING;
    hit->fault = facts->icmp.by_target ? fault_of(tsm_other(side)) : ANOMALY_OF_NETWORK;
    hit->first_frame = facts->icmp_frame;
    anomaly_evidence(hit, facts->icmp_frame);
    return true;
}

static bool judge_icmp_error(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, has_icmp_error);
}

/* ---- the table ---- */

const struct anomaly_rule rules_path[] = {
    {
        .id = "A58",
        .name = "loss",
        .title = "Many segments sent again",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NETWORK,
        .meaning = "One end had to send many of its segments again: they, or the acknowledgments, "
                   "were lost. TCP repairs it, but slows down.",
        .text = "{n0} of {n1:segment:segments} were sent again ({p2})",
        .filter = "tcpstate.analysis.retransmission",
        .causes = {"loss on the path: a bad line, radio, a full queue of a router",
                   "a limit of the rate that drops (policing)",
                   "the receiver's host drops: its ring buffer or CPU"},
        .checks = {"mtr -T -P {server.port} {server.host}, in both directions",
                   "nstat -az TcpRetransSegs TcpExtTCPLostRetransmit; ethtool -S for drops",
                   "ss -ti dst {server.host}: retrans, rtt, cwnd"},
        .references = {"RFC 6298", "RFC 9293 3.8.1"},
        .limits = {{"segments", ANOMALY_COUNT, 10, 1, ANOMALY_MAX_COUNT,
                    "number of segments of one end that were sent again"},
                   {"percent", ANOMALY_PERCENT, 2, 1, 100, "of its segments"},
                   {"much", ANOMALY_PERCENT, 8, 1, 100, "of its segments: a warning"},
                   {"much_segments", ANOMALY_COUNT, 25, 1, ANOMALY_MAX_COUNT,
                    "and number of them: a warning"},
                   {"many", ANOMALY_COUNT, 5, 1, ANOMALY_MAX_COUNT,
                    "this many between two hosts are reported as one"}},
        .gates = GATE_MIRRORED | GATE_TWO_PATHS | GATE_CLOCK | GATE_MADE_UP,
        .yields = true,
        .judge_end = is_lossy,
        .survey = survey_loss,
    },
    {
        .id = "A59",
        .name = "delayed_by_nagle",
        .title = "Small writes wait for delayed ACKs",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "An application writes its request in small pieces. Nagle's algorithm holds the "
                   "second until the first is acknowledged, and the receiver delays that "
                   "acknowledgment, as it waits for the whole: each exchange loses 40 ms or more.",
        .text = "small data waited {n0:time:times} for a delayed ACK, {d1} in all",
        .filter = "tcp.len > 0 && tcp.len < 1000",
        .causes = {"the application writes header and body with two calls",
                   "Nagle's algorithm is on: TCP_NODELAY is not set"},
        .checks = {"strace -f -e trace=write,send,sendto -p PID: one call for each request?",
                   "TCP_NODELAY, TCP_CORK or MSG_MORE in the application"},
        .references = {"RFC 9293 3.7.4", "RFC 9293 3.8.6.3", "RFC 896"},
        .limits = {{"times", ANOMALY_COUNT, 5, 1, ANOMALY_MAX_COUNT, "number of times"},
                   {"time", ANOMALY_SECONDS, ANOMALY_NS(10), 0, ANOMALY_LONGEST,
                    "time in all from which it is a warning"}},
        .gates = GATE_DROPS | GATE_MIRRORED | GATE_CLOCK,
        .judge = judge_held,
    },
    {
        .id = "A60",
        .name = "sack_outside",
        .title = "SACK blocks of numbers that nobody sent",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning = "One end reports data beyond a hole (SACK), but at sequence numbers far from "
                   "all that its peer sent. Something on the way rewrites sequence numbers and "
                   "forgets the option; the peer ignores the blocks, and loss stalls it.",
        .text = "{n0:SACK block:SACK blocks} lie far from all that was sent",
        .filter = "tcp.options.sack_le",
        .causes = {"a firewall that makes initial sequence numbers random, but leaves SACK alone",
                   "a proxy or NAT that changes the length of data"},
        .checks = {"the same connection captured at both ends: do sequence numbers differ?",
                   "the firewall's setting for sequence number randomisation"},
        .references = {"RFC 2018 3"},
        .limits = {{"blocks", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT, "number of such blocks"}},
        .gates = GATE_MIDSTREAM | GATE_TWO_PATHS,
        .judge = judge_foreign_sacks,
    },
    {
        .id = "A61",
        .name = "icmp_error",
        .title = "ICMP error for an open connection",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "A router or host answered a segment of an open connection with an ICMP error. "
            "It does not end the connection (RFC 5461), but says why segments do not arrive; "
            "\"too big\" is how a sender learns what the path can carry.",
        .text = "an ICMP error of type {n0}, code {n1} quotes a segment",
        .filter = "icmp || icmpv6 || tcpstate.analysis.icmp_error",
        .causes = {"a route or a next hop went away", "a firewall rejects what it knows no more",
                   "\"too big\": a tunnel on the way; harmless as long as the sender gets it"},
        .checks = {"who sent the ICMP error, and its log", "tracepath {server.host}"},
        .references = {"RFC 5461", "RFC 1191", "RFC 8201", "RFC 792", "RFC 4443"},
        .judge = judge_icmp_error,
    },
    {.id = NULL},
};
