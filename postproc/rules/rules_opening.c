/* rules_opening.c - anomalies of connections that fail to open, or do so with trouble.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "blanks.h"
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

#define RFC9293_OPEN "RFC 9293 3.5"

/* How long the SYN of a living client stays alone at most: the first time-out of old hosts. Source:
 * RFC 1122 4.2.3.1; RFC 6298 2.1 has 1 s. */
#define ALONE_NS ANOMALY_NS(3)

/* A SYN that is damaged where it was captured, or made up: a host drops it for its checksum (RFC
 * 9293 3.1). A client whose network card fills in the checksum sends it again. */
static bool is_damaged(const struct anomaly_case *c, int64_t silence)
{
    const struct tsm_facts *client = &c->facts[TSM_CLIENT]->seen;

    return client->wrong > 0 && client->wrong == client->checked && c->connection->syn_tries == 1 &&
           silence > ALONE_NS;
}

static bool is_unanswered(const struct anomaly_case *c, struct anomaly *hit)
{
    const int64_t silence = story_captured_ns(c->story, c->connection->start_ns, c->end_ns);

    hit->figure[0] = c->connection->syn_tries;
    hit->figure[1] = silence;
    hit->weight = c->connection->syn_tries;
    anomaly_evidence(hit, c->connection->frame);
    if (silence < c->limit[0]) {
        anomaly_censor(hit);
    } else if (is_damaged(c, silence)) {
        hit->severity = ANOMALY_INFO;
        hit->text = "{n0:SYN:SYNs} to {server}, no answer of any kind in {d1}; its checksum is "
                    "wrong, and it was not sent again";
    }
    return c->opening == OPENING_UNANSWERED;
}

/* ---- refused ---- */

/* Who answered, by the time to live of the RST and that of all other segments of the server's
 * address: a firewall on the way is nearer, or begins with another value. */
static void note_refuser(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct host_ttl *host = hosts_server_ttl(c->hosts, c->connection);
    const struct tsm_facts *server = &c->facts[TSM_SERVER]->seen;

    if (host->least == 0 || server->rst_ttl_least == 0) {
        return;
    }
    hit->figure[1] = server->rst_ttl_least;
    hit->figure[2] = host->least;
    hit->figure[3] = host->most;
    if (server->rst_ttl_most + c->limit[0] <= host->least ||
        server->rst_ttl_least >= host->most + c->limit[0]) {
        hit->text = host->least == host->most
                        ? "RST answers the SYN after {d0} with TTL {n1}, all other segments of "
                          "{server.host} have {n2}: a firewall on the way probably rejects"
                        : "RST answers the SYN after {d0} with TTL {n1}, other segments of "
                          "{server.host} have {n2} to {n3}: a firewall on the way probably rejects";
        hit->fault = ANOMALY_OF_NETWORK;
    } else if (server->rst_ttl_least >= host->least && server->rst_ttl_most <= host->most) {
        hit->text = "RST answers the SYN after {d0}, with the TTL of other segments of "
                    "{server.host}: nothing listens on {server}, or the host's own firewall "
                    "rejects";
    }
}

static bool is_refused(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *rst = anomaly_mark(c, TSM_SERVER, MARK_RST);

    if (c->opening != OPENING_REFUSED) {
        return false;
    }
    note_refuser(c, hit);
    hit->figure[0] = duration_forward(c->connection->start_ns, rst->first_ns);
    hit->last_frame = rst->first_frame;
    anomaly_evidence(hit, c->connection->frame);
    anomaly_evidence(hit, rst->first_frame);
    return true;
}

/* What ICMP says, by version (0 = IPv4), type and code. Source: RFC 792, 1122, 1812, 4443. */
static const struct {
    uint8_t version, type, code;
    const char *text;
} icmp_rows[] = {
    {0, 3, 0, "an ICMP error says: network unreachable"},
    {0, 3, 1, "an ICMP error says: host unreachable"},
    {0, 3, 3, "an ICMP error says: port unreachable"},
    {0, 3, 9, "an ICMP error says: the network is administratively prohibited"},
    {0, 3, 10, "an ICMP error says: the host is administratively prohibited"},
    {0, 3, 13, "an ICMP error says: administratively prohibited by a filter"},
    {1, 1, 0, "an ICMPv6 error says: no route"},
    {1, 1, 1, "an ICMPv6 error says: administratively prohibited"},
    {1, 1, 3, "an ICMPv6 error says: address unreachable"},
    {1, 1, 4, "an ICMPv6 error says: port unreachable"},
};

static bool is_icmp_rejected(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_facts *client = &c->facts[TSM_CLIENT]->seen;
    const unsigned version = c->connection->tuple.addr_len == 16;

    for (gsize i = 0; i < G_N_ELEMENTS(icmp_rows); i++) {
        if (icmp_rows[i].version == version && icmp_rows[i].type == client->icmp.type &&
            icmp_rows[i].code == client->icmp.code) {
            hit->text = icmp_rows[i].text;
        }
    }
    hit->figure[0] = client->icmp.type;
    hit->figure[1] = client->icmp.code;
    hit->last_frame = client->icmp_frame;
    hit->fault = client->icmp.by_target ? ANOMALY_OF_SERVER : ANOMALY_OF_NETWORK;
    anomaly_evidence(hit, c->connection->frame);
    anomaly_evidence(hit, client->icmp_frame);
    return c->opening == OPENING_ICMP_REJECTED;
}

/* ---- slow ---- */

/* Other rules know better why the SYN had to be repeated: A14, A18. */
static bool has_other_reason(const struct anomaly_case *c)
{
    return anomaly_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN)->count > 0 ||
           (c->facts[TSM_CLIENT]->seen.syn_payload > 0 && !case_is_answer_lost(c));
}

static bool is_slow(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn = anomaly_mark(c, TSM_CLIENT, MARK_SYN);
    const struct tsm_mark *syn_ack = anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK);

    hit->figure[0] = c->connection->syn_tries;
    hit->figure[1] = c->connection->setup_ns;
    hit->weight = c->connection->setup_ns;
    anomaly_evidence(hit, syn->first_frame);
    anomaly_evidence(hit, syn->last_frame);
    anomaly_evidence(hit, syn_ack->first_frame);
    if (case_is_answer_lost(c)) {
        hit->text = "{n0:SYN:SYNs} and {d1} until the connection was open: answers were there "
                    "before the last SYN, so they were lost on the way back";
    }
    return c->opening == OPENING_CONNECTED && c->connection->syn_tries > 1 &&
           c->connection->setup_ns >= c->limit[0] && !has_other_reason(c);
}

/* ---- half open ---- */

/* The SYN-ACK is there, and nothing of the client came after it. */
static bool lacks_third_ack(const struct anomaly_case *c)
{
    return c->opening == OPENING_INCOMPLETE && (c->connection->open_steps & 4) == 0 &&
           anomaly_mark(c, TSM_CLIENT, MARK_RST)->count == 0 &&
           anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK)->count > 0;
}

static bool is_synack_unanswered(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn_ack = anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK);

    hit->figure[0] = syn_ack->count;
    hit->figure[1] = duration_forward(syn_ack->first_ns, syn_ack->last_ns);
    hit->weight = syn_ack->count;
    hit->last_frame = syn_ack->last_frame;
    anomaly_evidence(hit, syn_ack->first_frame);
    anomaly_evidence(hit, syn_ack->last_frame);
    return lacks_third_ack(c) && syn_ack->count > 1;
}

static bool is_half_open(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn_ack = anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK);

    hit->figure[0] = story_captured_ns(c->story, syn_ack->first_ns, c->end_ns);
    hit->weight = hit->figure[0];
    anomaly_evidence(hit, syn_ack->first_frame);
    return lacks_third_ack(c) && syn_ack->count == 1 && hit->figure[0] >= c->limit[0];
}

static bool is_aborted_by_client(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *rst = anomaly_mark(c, TSM_CLIENT, MARK_RST);
    const struct tsm_mark *syn_ack = anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK);

    hit->figure[0] = duration_forward(syn_ack->first_ns, rst->first_ns);
    hit->last_frame = rst->first_frame;
    anomaly_evidence(hit, syn_ack->first_frame);
    anomaly_evidence(hit, rst->first_frame);
    return c->opening == OPENING_RESET && rst->count > 0 && syn_ack->count > 0;
}

/* ---- accept() ---- */

/* One SYN-ACK for each of the SYNs: of a SYN that was repeated, the server's timer and its answer
 * may come a moment after one another, on either side of the third ACK. A04 has told all of it. */
static bool is_answer_of_repeated_syn(const struct anomaly_case *c)
{
    return c->connection->syn_tries > 1 && !case_is_synack_late(c->story, c->connection);
}

/* The SYN-ACK was repeated although the third ACK was captured, but not for want of room: the
 * client had sent no data, or its data ended the repeats. */
static bool is_accept_deferred(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *again = anomaly_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN);
    const int64_t data_ns = c->facts[TSM_CLIENT]->first_data_ns;

    hit->figure[0] = again->count;
    hit->figure[1] =
        duration_forward(anomaly_mark(c, TSM_CLIENT, MARK_THIRD_ACK)->first_ns, again->last_ns);
    if (!case_is_synack_late(c->story, c->connection)) {
        hit->text = "the SYN-ACK came again {d1} after the third ACK: it was sent before that can "
                    "have arrived";
    }
    hit->last_frame = again->last_frame;
    anomaly_evidence(hit, anomaly_mark(c, TSM_CLIENT, MARK_THIRD_ACK)->first_frame);
    anomaly_evidence(hit, again->first_frame);
    anomaly_evidence(hit, c->facts[TSM_CLIENT]->first_data_frame);
    return again->count > 0 && (data_ns == 0 || data_ns > again->last_ns) &&
           !is_answer_of_repeated_syn(c);
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
        .limits = {{"silence", ANOMALY_SECONDS, ANOMALY_NS(3), 0, ANOMALY_LONGEST,
                    "time after the first SYN from which it is certain that no answer comes"}},
        .gates = GATE_ONE_WAY | GATE_TRANSLATED,
        .yields = true,
        .judge = is_unanswered,
    },
    {
        .id = "A02",
        .name = "refused",
        .title = "Connection refused",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The server answered the SYN with RST: no socket listens on that port, or a firewall "
            "rejects with RST. connect() fails with ECONNREFUSED. When other segments of the "
            "server are in the capture, the time to live tells who it was.",
        .text =
            "RST answers the SYN after {d0}: nothing listens on {server}, or a firewall rejects",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"the service is not running, or has crashed",
                   "it listens on another address or port",
                   "a firewall rule rejects with tcp-reset"},
        .checks = {"on the server: ss -lnt 'sport = :{server.port}'",
                   "systemctl status of the service",
                   "compare the TTL of the RST with other segments of {server.host}"},
        .references = {"RFC 9293 3.10.7.1"},
        .limits = {{"ttl", ANOMALY_COUNT, 3, 1, 255,
                    "difference from the server's other TTLs from which it is not its own"}},
        .yields = true,
        .judge = is_refused,
    },
    {
        .id = "A03",
        .name = "icmp_rejected",
        .title = "ICMP error answers the SYN",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NETWORK,
        .meaning = "A router, a firewall or the host itself answered the SYN with an ICMP error. "
                   "connect() fails with EHOSTUNREACH, ENETUNREACH or ECONNREFUSED.",
        .text = "an ICMP error of type {n0}, code {n1} answers the SYN",
        .filter = "icmp || icmpv6 || tcp.flags.syn == 1",
        .causes = {"no route to the host", "a firewall rejects",
                   "the host is down: its last router says so"},
        .checks = {"ip route get {server.host}", "traceroute {server.host}",
                   "who sent the ICMP message: its source address"},
        .references = {"RFC 9293 3.9.2.2", "RFC 5461"},
        .yields = true,
        .judge = is_icmp_rejected,
    },
    {
        .id = "A04",
        .name = "slow_open",
        .title = "Slow open: SYN repeated",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "The connection opened, but only after the SYN had been repeated: a second or more was "
            "lost before the first byte.",
        .text = "{n0:SYN:SYNs} and {d1} until the connection was open",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the SYN or its answer was lost",
                   "the listener's queues were full for a moment (A08)",
                   "a firewall or NAT was slow with the first packet"},
        .checks = {"on the server: nstat -az TcpExtListenDrops TcpExtListenOverflows "
                   "TcpExtTCPReqQFullDrop",
                   "loss on the path: mtr -T -P {server.port} {server.host}"},
        .references = {"RFC 6298 2.1"},
        .limits = {{"delay", ANOMALY_SECONDS, ANOMALY_NS(0.5), 0, ANOMALY_LONGEST,
                    "time from which a handshake with repeated SYNs is slow"}},
        .gates = GATE_MIRRORED | GATE_TWO_PATHS,
        .yields = true,
        .judge = is_slow,
    },
    {
        .id = "A05",
        .name = "synack_unanswered",
        .title = "SYN-ACK repeated, no answer of the client",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "The server answered, and answered again, but the client sent neither ACK nor RST. The "
            "server keeps the request in SYN_RCVD until it gives up.",
        .text = "{n0:SYN-ACK:SYN-ACKs} in {d1}, no ACK and no RST of the client",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the client is gone, or its address was forged",
                   "the way back to the client is broken, or a firewall drops the SYN-ACK",
                   "the client answers on a path that was not captured"},
        .checks = {"ping {client.host}", "on the server: ss -tn state syn-recv",
                   "routes of both directions: the answer may take another path"},
        .references = {"RFC 9293 3.5"},
        .gates = GATE_ONE_WAY | GATE_MIRRORED | GATE_TWO_PATHS,
        .yields = true,
        .judge = is_synack_unanswered,
    },
    {
        .id = "A07",
        .name = "accept_deferred",
        .title = "SYN-ACK repeated after the third ACK",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "The server repeated its SYN-ACK although the third ACK was captured, while no data of "
            "the client was waiting. TCP_DEFER_ACCEPT works like that; a third ACK that was lost "
            "behind the capture looks the same, and so does a full accept queue that nobody has "
            "sent data to.",
        .text =
            "the SYN-ACK came again {n0:time:times}, up to {d1} after the third ACK; no data was "
            "waiting",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the listener has TCP_DEFER_ACCEPT (nginx: deferred, Apache: AcceptFilter)",
                   "the third ACK was lost behind the capture",
                   "a SYN-ACK was late or lost before, and its repeat crossed the third ACK",
                   "the accept queue was full for a moment (A06)"},
        .checks = {"the service's configuration of deferred accept",
                   "A06 for the same pattern with data waiting"},
        .references = {"tcp(7) TCP_DEFER_ACCEPT"},
        .gates = GATE_MIRRORED | GATE_TWO_PATHS,
        .yields = true,
        .judge = is_accept_deferred,
    },
    {
        .id = "A12",
        .name = "syn_rcvd_left",
        .title = "Half-open at the server",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "The server answered a SYN once and heard nothing more: the request is in SYN_RCVD, as "
            "far as the capture tells.",
        .text = "one SYN-ACK, then silence for {d0}: the server is presumed in SYN_RCVD",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the client is gone, or its address was forged",
                   "the server uses SYN cookies and keeps nothing", "the ACK was not captured"},
        .checks = {"on the server: ss -tn state syn-recv | wc -l"},
        .references = {"RFC 4987"},
        .limits = {{"silence", ANOMALY_SECONDS, ANOMALY_NS(5), 0, ANOMALY_LONGEST,
                    "time after the SYN-ACK"}},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .judge = is_half_open,
    },
    {
        .id = "A13",
        .name = "handshake_aborted",
        .title = "Handshake aborted by the client",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "The client sent a SYN, got the SYN-ACK and answered with RST. Port scanners and "
            "health checks do that; so does a client that has given up, or whose address somebody "
            "forged.",
        .text = "the client answers the SYN-ACK with RST after {d0}",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"a SYN scan (nmap -sS)", "a health check of a load balancer",
                   "the client timed out or was closed meanwhile",
                   "a forged address: the client never sent the SYN"},
        .checks = {"what else {client.host} opens: tcpstory list --host {client.host}"},
        .references = {"RFC 9293 3.10.7.3"},
        .yields = true,
        .judge = is_aborted_by_client,
    },
    {.id = NULL},
};
