/* rules_opening.c - anomalies of connections that open, A01 to A25.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules.h"
#include "span.h"
#include "survey.h"

#define RFC9293_OPEN "RFC 9293 3.5"

static bool is_unanswered(const struct anomaly_case *c, struct anomaly *hit)
{
    const int64_t silence = span_forward(c->connection->start_ns, c->end_ns);

    hit->figure[0] = c->connection->syn_tries;
    hit->figure[1] = silence;
    hit->weight = c->connection->syn_tries;
    anomaly_evidence(hit, c->connection->frame);
    if (silence < c->limit[0]) {
        anomaly_censor(hit);
    }
    return c->opening == OPENING_UNANSWERED;
}

const struct anomaly_rule rules_opening[] = {
    {
        .id = "A01",
        .name = "syn_unanswered",
        .title = "SYN unanswered",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "A client asked for a connection and got no answer at all, neither SYN-ACK nor "
            "RST nor an ICMP error. Its connect() fails with ETIMEDOUT, after two minutes on "
            "Linux; until then it is in SYN_SENT.",
        .text = "{n0:SYN:SYNs} to {server}, no answer of any kind in {d1}",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a firewall drops the SYN or its answer", "the host is down or does not exist",
                   "the route there or back is wrong",
                   "the listener's queue is full and it drops SYNs (A08)"},
        .checks = {"ping {server.host}", "tcptraceroute {server.host} {server.port}",
                   "on the server: ss -lnt 'sport = :{server.port}'",
                   "on the server: nstat -az TcpExtListenDrops TcpExtListenOverflows"},
        .references = {RFC9293_OPEN, "RFC 1122 4.2.3.5"},
        .limits = {{"silence", ANOMALY_SECONDS, ANOMALY_NS(3),
                    "so long after the first SYN it is certain that no answer comes"}},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .judge = is_unanswered,
    },
    {.id = NULL},
};
