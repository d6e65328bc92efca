/* rules_silence.c - anomalies of open connections in which an end gets no answer, or does not read,
 * A30 to A33.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "blanks.h"
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

#define RFC9293_KEEP_ALIVE "RFC 9293 3.8.4"
#define RFC6298 "RFC 6298"

/* ---- A30, A31 ---- */

/* What the end repeated last is a keep-alive or a window probe, not data. */
static bool repeats_probes(const struct anomaly_case *c, enum tsm_side side)
{
    const uint32_t last = case_facts(c, side)->repeats.last_frame;

    return case_mark(c, side, MARK_KEEP_ALIVE)->last_frame == last ||
           case_mark(c, side, MARK_WINDOW_PROBE)->last_frame == last;
}

static void note_repeats(struct anomaly *hit, const struct tsm_mark *repeats)
{
    hit->figure[0] = hit->weight = repeats->count;
    hit->figure[1] = duration_forward(repeats->first_ns, repeats->last_ns);
    case_span(hit, repeats);
}

static bool has_dead_peer(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} sent {n0:keep-alive:keep-alives} within {d1}, and {server} answered none",
        "{server} sent {n0:keep-alive:keep-alives} within {d1}, and {client} answered none"};
    const struct tsm_mark *repeats = &case_facts(c, side)->repeats;

    const struct tsm_mark *reset = case_mark(c, side, MARK_RST);
    const bool gave_up = repeats->count >= 2 && reset->last_ns > repeats->last_ns;

    if (!case_was_open(c) || !(gave_up || repeats->count >= c->limit[0]) ||
        !repeats_probes(c, side)) {
        return false;
    }
    note_repeats(hit, repeats);
    hit->text = text[side];
    anomaly_evidence(hit, reset->last_frame);
    return true;
}

static bool judge_dead_peer(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, has_dead_peer);
}

enum { DEATH_REPEATS, DEATH_CENSORED, DEATH_TIME };

/* The client believes that it is connected, and the server shows that it is not: A33. A RST with
 * ACK is sent by a socket that was there (RFC 9293 3.10.5); where none is, an ACK or data is
 * answered by one without (3.10.7.1). Who sends a FIN has had the connection to close. */
static bool is_one_sided(const struct anomaly_case *c)
{
    return case_mark(c, TSM_SERVER, MARK_SYN_ACK)->count > 0 &&
           !case_is_proven_open(c, TSM_SERVER) && case_mark(c, TSM_SERVER, MARK_FIN)->count == 0 &&
           (case_facts(c, TSM_SERVER)->rst_signs & TSM_RST_ACK) == 0 &&
           (case_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN)->count > 0 ||
            case_mark(c, TSM_SERVER, TSM_NOTE_BIT_NO_SOCKET)->count > 0);
}

/* Only segments as large as these never arrived: smaller ones of the same end did. */
static bool only_large_die(const struct tsm_facts *facts)
{
    return case_largest_arrived(facts) > 0 &&
           case_vain_payload(facts) > case_largest_arrived(facts) &&
           case_vain_payload(facts) >= 1000;
}

static const char *lost_peer_text(const struct tsm_facts *facts, enum tsm_side side)
{
    static const char *const text[] = {
        "{client} repeated the same data {n0:time:times} in {d1} without an answer from {server}",
        "{server} repeated the same data {n0:time:times} in {d1} without an answer from {client}"};
    static const char *const speaks_text[] = {
        "{client} repeated the same data {n0:time:times} in {d1}; {server} speaks, but does not "
        "acknowledge it",
        "{server} repeated the same data {n0:time:times} in {d1}; {client} speaks, but does not "
        "acknowledge it"};
    static const char *const large_text[] = {
        "{client} repeated a segment of {b2} {n0:time:times} without an answer, yet up to {b3} "
        "arrived: the path drops large packets",
        "{server} repeated a segment of {b2} {n0:time:times} without an answer, yet up to {b3} "
        "arrived: the path drops large packets"};

    return only_large_die(facts)                       ? large_text[side]
           : facts->stuck.count > facts->repeats.count ? speaks_text[side]
                                                       : text[side];
}

/* Often enough, or for so long that a retransmission or two should have arrived. */
static bool is_vain(const struct anomaly_case *c, enum tsm_side side)
{
    const struct tsm_mark *repeats = case_vain_repeats(case_facts(c, side));
    const struct tsm_mark *reset = case_mark(c, tsm_other(side), MARK_RST);

    return repeats->count >= c->limit[DEATH_CENSORED] ||
           (repeats->count >= 2 && reset->last_ns <= repeats->last_ns &&
            story_captured_ns(c->story, repeats->first_ns, c->end_ns) >= c->limit[DEATH_TIME]);
}

static bool has_lost_peer(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    const struct tsm_facts *facts = case_facts(c, side);
    const struct tsm_mark *repeats = case_vain_repeats(facts);

    if (!case_was_open(c) || is_one_sided(c) || !is_vain(c, side) ||
        case_vain_payload(facts) == 0 || case_mark(c, side, MARK_FIN)->count > 0 ||
        repeats_probes(c, side)) {
        return false;
    }
    note_repeats(hit, repeats);
    hit->figure[2] = case_vain_payload(facts);
    hit->figure[3] = case_largest_arrived(facts);
    hit->text = lost_peer_text(facts, side);
    if (only_large_die(facts)) {
        hit->confidence = ANOMALY_INFERRED;
        hit->fault = ANOMALY_OF_NETWORK;
    }
    anomaly_evidence(hit, facts->icmp_frame);
    if (story_captured_ns(c->story, repeats->first_ns, c->end_ns) < c->limit[DEATH_TIME]) {
        anomaly_censor(hit);
    } else if (repeats->count < c->limit[DEATH_REPEATS]) {
        hit->severity = ANOMALY_WARNING;
    }
    return true;
}

static bool judge_lost_peer(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, has_lost_peer);
}

/* ---- A32 ---- */

enum { STALL_TIME, STALL_STUCK, STALL_MANY, STALL_SUM };

/* And at least this part of its time, as a divisor; assumed. */
#define STALL_SHARE 10

static const char *stall_text(enum tsm_side side, bool in_all)
{
    static const char *const text[] = {
        "{client} kept its window closed for {d0}: its application did not read, and {server} "
        "could not send",
        "{server} kept its window closed for {d0}: its application did not read, and {client} "
        "could not send"};
    static const char *const sum_text[] = {
        "{client} kept its window closed for {d1} of {d2}, {n3:time:times}: its application read "
        "slowly",
        "{server} kept its window closed for {d1} of {d2}, {n3:time:times}: its application read "
        "slowly"};

    return in_all ? sum_text[side] : text[side];
}

/* The end `side` does not read: its window was closed for long while its peer had more to send.
 * What is too short for that by itself counts together. */
static bool is_stalled(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_facts *facts = case_facts(c, side);
    const int64_t open_ns = facts->closed_since_ns != 0
                                ? duration_forward(facts->closed_since_ns, c->connection->end_ns)
                                : 0;
    const struct tsm_mark *probes = case_mark(c, peer, MARK_WINDOW_PROBE);
    const struct tsm_mark *repeats = case_mark(c, peer, TSM_NOTE_BIT_RETRANSMISSION);
    const bool waits = probes->count + repeats->count > 0;

    hit->figure[0] = hit->weight = MAX(facts->closed_longest_ns, open_ns);
    hit->figure[1] = duration_sum(facts->closed_ns, open_ns);
    hit->figure[2] = duration_forward(c->connection->start_ns, c->connection->end_ns);
    hit->figure[3] = facts->closed_window.count;
    const bool one = hit->figure[0] >= c->limit[STALL_TIME] && waits;
    const bool sum = hit->figure[1] >= c->limit[STALL_SUM] &&
                     hit->figure[1] >= hit->figure[2] / STALL_SHARE &&
                     (waits || case_facts(c, peer)->last_data_ns > facts->closed_window.ns);
    if (!one && !sum) {
        return false;
    }
    hit->severity = !one                                      ? ANOMALY_INFO
                    : hit->figure[0] >= c->limit[STALL_STUCK] ? ANOMALY_ERROR
                                                              : ANOMALY_WARNING;
    hit->text = stall_text(side, !one);
    hit->fault = fault_of(side);
    hit->first_ns = facts->closed_window.ns;
    hit->first_frame = facts->closed_window.frame;
    anomaly_evidence(hit, facts->closed_window.frame);
    case_evidence(hit, probes);
    return true;
}

/* Those that are too short by themselves are told apart from the others. */
static void add_stalled(struct anomaly_survey *survey, const GArray *hits, int64_t many,
                        const struct aggregate *aggregate, bool infos)
{
    g_autoptr(GArray) chosen = g_array_new(FALSE, FALSE, sizeof(struct anomaly));

    for (guint i = 0; i < hits->len; i++) {
        if ((g_array_index(hits, struct anomaly, i).severity == ANOMALY_INFO) == infos) {
            g_array_append_val(chosen, g_array_index(hits, struct anomaly, i));
        }
    }
    if (chosen->len >= many) {
        add_aggregate(survey, chosen, aggregate);
    } else {
        add_singly(survey, chosen);
    }
}

static void survey_stalled(struct anomaly_survey *survey, const int64_t *limit)
{
    static const unsigned scope[] = {TUPLE_CLIENT_HOST | TUPLE_LISTENER, TUPLE_LISTENER};
    static const char *const text[] = {
        "{members:connection:connections} of {client.host} to {server} stand still: the client "
        "does not read, one for {d0}",
        "{members:connection:connections} to {server} stand still: the server does not read, one "
        "for {d0}"};
    static const char *const slow_text[] = {
        "{client.host} read slowly in {members:connection:connections} to {server}: one window was "
        "closed for {d1} of {d2}",
        "{server} read slowly in {members:connection:connections}: one window was closed for {d1} "
        "of {d2}"};

    for (unsigned side = 0; side < 2; side++) {
        const struct aggregate still = {scope[side], ANOMALY_ERROR, text[side]};
        const struct aggregate slow = {scope[side], ANOMALY_INFO, slow_text[side]};
        g_autoptr(GPtrArray) groups = grouped_hits(survey, scope[side], (enum tsm_side)side);
        for (guint i = 0; i < groups->len; i++) {
            add_stalled(survey, groups->pdata[i], limit[STALL_MANY], &still, false);
            add_stalled(survey, groups->pdata[i], limit[STALL_MANY], &slow, true);
        }
    }
}

/* ---- A33 ---- */

enum { FAKE_MANY, FAKE_SYN_ACKS };

/* The client sent into it and got no answer but SYN-ACKs, or a RST. */
static bool is_fake(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    const struct tsm_mark *again = case_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN);
    const struct tsm_mark *reset = case_mark(c, TSM_SERVER, TSM_NOTE_BIT_NO_SOCKET);
    const struct tsm_facts *client = case_facts(c, side);
    const bool ignored = case_unacked(c, side) > 0 && client->repeats.count > 0;
    const bool refused = client->last_data_frame != 0 && reset->count > 0;
    struct stay stay;

    if (c->opening != OPENING_CONNECTED || !is_one_sided(c) || !case_is_proven_open(c, side) ||
        !(refused || ignored || again->count >= c->limit[FAKE_SYN_ACKS]) ||
        !case_stay(c, side, TSM_ESTABLISHED, &stay)) {
        return false;
    }
    hit->figure[0] = hit->weight = stay_ns(&stay);
    hit->figure[1] = again->count;
    hit->first_ns = stay.from_ns;
    case_evidence(hit, case_mark(c, side, MARK_THIRD_ACK));
    case_evidence(hit, again);
    anomaly_evidence(hit, story_facts(c->story, c->connection, side)->first_data_frame);
    case_evidence(hit, reset);
    return true;
}

static void survey_fakes(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregate = {
        TUPLE_LISTENER, ANOMALY_ERROR,
        "{members:client:clients} of {server} believed that they were connected, one for {d0}, but "
        "the "
        "server never was"};

    survey_aggregate(survey, TSM_CLIENT, &aggregate, limit[FAKE_MANY]);
}

/* ---- the table ---- */

const struct anomaly_rule rules_silence[] = {
    {
        .id = "A30",
        .name = "keep_alive_unanswered",
        .title = "Keep-alives unanswered",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end asks whether its peer is still there and gets no answer: the peer or the "
            "path to it is gone. When its probes are used up it resets the connection.",
        .text = "keep-alives were not answered",
        .filter = "tcpstate.event == \"keep-alive\" || tcp.flags.reset == 1",
        .causes = {"the host was switched off or lost its network",
                   "a firewall or NAT on the way forgot the connection"},
        .checks = {"ping {client.host}; ping {server.host}",
                   "the idle timeout of firewalls on the way",
                   "sysctl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_intvl"},
        .references = {RFC9293_KEEP_ALIVE, "RFC 1122 4.2.3.6"},
        .limits = {{"probes", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N in a row, or two and then RST"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .yields = true,
        .judge = judge_dead_peer,
    },
    {
        .id = "A31",
        .name = "retransmission_death",
        .title = "Data repeated without an answer",
        .severity = ANOMALY_ERROR,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "The same data is sent again and again, at growing intervals, and nothing comes "
                   "back any more: the path or the peer died while data was on its way. The sender "
                   "gives up after net.ipv4.tcp_retries2 repeats, 15 to 30 minutes on Linux.",
        .text = "data was repeated {n0:time:times} without an answer",
        .filter = "tcp.analysis.retransmission || icmp.type == 3 || icmpv6.type == 2",
        .causes =
            {"the link or a router on the way failed", "the host was switched off",
             "a firewall drops the connection's packets since some moment, such as the first data",
             "only large packets die: the path's MTU is smaller, and ICMP too big is blocked"},
        .checks = {"ping {client.host}; ping {server.host}",
                   "tracepath {server.host}; ping -M do -s 1472 {server.host}",
                   "sysctl net.ipv4.tcp_mtu_probing; the MSS clamp of tunnels on the way"},
        .references = {RFC6298, "RFC 9293 3.8.3", "RFC 2923 2.1"},
        .limits = {{"repeats", ANOMALY_COUNT, 6, 1, ANOMALY_MAX_COUNT,
                    "number of times that the same was sent again"},
                   {"begun", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "number of times when the capture ended: info"},
                   {"time", ANOMALY_SECONDS, ANOMALY_NS(5), 0, ANOMALY_LONGEST,
                    "or time that it was, if it is twice: a warning"}},
        .gates = GATE_ONE_WAY | GATE_DROPS | GATE_MADE_UP,
        .yields = true,
        .judge = judge_lost_peer,
    },
    {
        .id = "A32",
        .name = "zero_window",
        .title = "Window closed: the application does not read",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "An end whose receive buffer is full advertises a window of 0, and its peer may "
                   "only probe. So the peer's data, and behind it its FIN, wait until the "
                   "application reads.",
        .text = "a window was closed for {d0}",
        .filter = "tcp.window_size == 0 || tcpstate.event == \"zero-window probe\"",
        .causes = {"the application is busy, blocked or stopped and does not call read()",
                   "it waits for something else, such as a disk or a lock",
                   "many of one client: an attack that holds buffers (sockstress)"},
        .checks = {"on that host: ss -tnmi (Recv-Q is large); top; cat /proc/PID/stack",
                   "the size of its receive buffer: sysctl net.ipv4.tcp_rmem"},
        .references = {"RFC 9293 3.8.6.1", "RFC 6429"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(10), 0, ANOMALY_LONGEST,
                    "time with a closed window after which it is a warning"},
                   {"stuck", ANOMALY_SECONDS, ANOMALY_NS(60), 0, ANOMALY_LONGEST,
                    "time with a closed window after which it is an error"},
                   {"many", ANOMALY_COUNT, 20, 1, ANOMALY_MAX_COUNT,
                    "N of one client or more are reported as one"},
                   {"sum", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "time with a closed window in all, if it is a tenth of its time: info"}},
        .gates = GATE_CLOCK,
        .judge_end = is_stalled,
        .survey = survey_stalled,
    },
    {
        .id = "A33",
        .name = "fake_established",
        .title = "Only the client is connected",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The client has completed the handshake, so connect() succeeded and netstat shows "
            "ESTABLISHED; the server never did and forgets the request after some time. What "
            "the client sends is lost, and its first answer may be a RST.",
        .text =
            "{client} believed for {d0} that it was connected, but {server} never was; it repeated "
            "its "
            "SYN-ACK {n1:time:times}",
        .filter = "tcpstate.analysis.synack_after_ack || tcpstate.open_step == 3 || "
                  "tcp.flags.reset == 1",
        .causes = {"the accept queue is full (A06): accept() is too slow or the backlog too small",
                   "a SYN cookie expired or was lost",
                   "a firewall drops the third ACK or the data"},
        .checks = {"on the server: ss -lnt 'sport = :{server.port}' (Recv-Q above Send-Q)",
                   "on the server: nstat -az TcpExtListenOverflows TcpExtTCPReqQFullDrop",
                   "raise the backlog of listen() and net.core.somaxconn"},
        .references = {"RFC 9293 3.5", "RFC 4987 3.6"},
        .limits = {{"many", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N at one listener or more are reported as one error"},
                   {"synacks", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N SYN-ACKs after the third ACK, when the client sends nothing"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .yields = true,
        .judge_end = is_fake,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_fakes,
    },
    {.id = NULL},
};
