/* rules_reset.c - anomalies of connections that a SYN or a RST strikes while they are open, A34 to
 * A37.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

#define RFC5961_RST "RFC 5961 3"

/* ---- A34 ---- */

static bool is_syn_inside(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn = case_mark(c, TSM_CLIENT, TSM_NOTE_BIT_SYN_INSIDE);
    const struct story_connection *older =
        story_of_stream(c->story, c->connection->previous_stream);

    /* A SYN-ACK as the first answer: the server had forgotten the old connection. */
    const bool forgotten = case_mark(c, TSM_SERVER, MARK_SYN_ACK)->count > 0 &&
                           case_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN)->count == 0 &&
                           case_mark(c, TSM_SERVER, TSM_NOTE_BIT_CHALLENGE)->count == 0;

    if (syn->count == 0 || older == NULL || forgotten) {
        return false;
    }
    hit->figure[0] = case_state_at(c, TSM_SERVER, syn->first_ns);
    hit->figure[1] = older->stream;
    hit->severity = hit->figure[0] == TSM_ESTABLISHED ? ANOMALY_WARNING : ANOMALY_INFO;
    case_span(hit, syn);
    case_evidence(hit, case_mark(c, TSM_SERVER, TSM_NOTE_BIT_CHALLENGE));
    case_evidence(hit, case_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN));
    return true;
}

/* ---- A35 ---- */

/* A RST in the name of `side` that its receiver had to ignore, and the end goes on. */
static bool is_ignored_reset(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{n0:RST:RSTs} in the name of {client} did not fit the connection, which went on",
        "{n0:RST:RSTs} in the name of {server} did not fit the connection, which went on"};
    const struct tsm_mark *outside = case_mark(c, side, TSM_NOTE_BIT_RST_IGNORED);
    const struct tsm_mark *inexact = case_mark(c, side, TSM_NOTE_BIT_RST_INEXACT);
    const struct tsm_mark *any = case_mark(c, side, MARK_RST);
    const struct tsm_record_facts *facts = story_facts(c->story, c->connection, side);

    if (outside->count + inexact->count == 0 || !case_was_open(c) ||
        any->first_ns < case_mark(c, TSM_CLIENT, MARK_THIRD_ACK)->first_ns ||
        any->count != outside->count + inexact->count || facts->last_ns <= any->last_ns ||
        facts->last_frame == any->last_frame) {
        return false;
    }
    hit->figure[0] = hit->weight = any->count;
    hit->text = text[side];
    case_span(hit, any);
    case_evidence(hit, case_mark(c, tsm_other(side), TSM_NOTE_BIT_CHALLENGE));
    return true;
}

static bool judge_ignored_reset(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_ignored_reset);
}

/* ---- A36 ---- */

enum { INJECT_WITHIN, INJECT_TTL, INJECT_MANY };

/* The first RST of the end came too late to change anything, or too early: its peer had reset the
 * connection before, both had closed, or the handshake was not over (in SYN_SENT an end answers
 * with RST what it cannot accept, and goes on: RFC 9293 3.10.7.3). */
static bool is_reset_idle(const struct anomaly_case *c, enum tsm_side side)
{
    const struct tsm_mark *reset = case_mark(c, side, MARK_RST);
    const struct tsm_mark *peers = case_mark(c, tsm_other(side), MARK_RST);
    const struct tsm_mark *third = case_mark(c, TSM_CLIENT, MARK_THIRD_ACK);

    const uint32_t fins[] = {case_mark(c, TSM_CLIENT, MARK_FIN)->first_frame,
                             case_mark(c, TSM_SERVER, MARK_FIN)->first_frame};

    return (peers->count > 0 && peers->first_frame < reset->first_frame) ||
           (fins[0] != 0 && fins[1] != 0 && MAX(fins[0], fins[1]) < reset->first_frame) ||
           (third->count > 0 && third->first_frame > reset->first_frame);
}

/* How long after a RST in its name that counted the end went on; -1 = it did not, or the RST is its
 * own by its IP identification. */
static int64_t goes_on_after(const struct anomaly_case *c, enum tsm_side side)
{
    const struct tsm_facts *facts = case_facts(c, side);
    const struct tsm_mark *reset = case_mark(c, side, MARK_RST);
    const struct tsm_mark *resumed = case_mark(c, side, TSM_NOTE_BIT_RESUMED);
    const uint32_t next_seq = story_facts(c->story, c->connection, side)->next_seq;
    const unsigned ignored = case_mark(c, side, TSM_NOTE_BIT_RST_IGNORED)->count +
                             case_mark(c, side, TSM_NOTE_BIT_RST_INEXACT)->count;

    if (reset->count <= ignored || resumed->count == 0 ||
        resumed->first_frame <= reset->first_frame ||
        (int32_t)(next_seq - facts->last_rst_seq) <= 0 ||
        (facts->rst_signs & TSM_RST_OWN_ID) != 0) {
        return -1;
    }
    return duration_forward(reset->first_ns, resumed->first_ns);
}

/* A RST stands alone or with ACK (RFC 9293 3.5.2, 3.10.5), whoever sends it: others are damaged,
 * and show nothing. */
static bool is_reset_damaged(const struct anomaly_case *c, enum tsm_side side)
{
    return case_mark(c, side, MARK_BAD_RST)->count == case_mark(c, side, MARK_RST)->count;
}

/* Somebody else sent a RST in the name of `side`: the end goes on, or the RST looks foreign. */
static bool is_injected(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const resumed_text[] = {
        "{client} went on {d0} after a RST in its name: somebody else sent the RST",
        "{server} went on {d0} after a RST in its name: somebody else sent the RST"};
    static const char *const foreign_text[] = {
        "the RST in the name of {client} has time to live {n1}, its other segments {n2}",
        "the RST in the name of {server} has time to live {n1}, its other segments {n2}"};
    static const char *const reflected_text[] = {
        "the RST in the name of {client} has the IP identification of a segment of {server}: it "
        "was made from that",
        "the RST in the name of {server} has the IP identification of a segment of {client}: it "
        "was made from that"};
    const struct tsm_facts *facts = case_facts(c, side);
    const int64_t apart = goes_on_after(c, side);
    const bool goes_on = apart >= 0 && apart <= c->limit[INJECT_WITHIN];
    const bool reflected = case_reset_is_reflected(c, side);

    if (!case_was_open(c) || is_reset_idle(c, side) || is_reset_damaged(c, side) ||
        !(goes_on || reflected || case_reset_is_foreign(c, side, c->limit[INJECT_TTL]))) {
        return false;
    }
    hit->figure[0] = apart;
    hit->figure[1] = facts->rst_ttl_most;
    hit->figure[2] = facts->ttl_most;
    hit->text = goes_on     ? resumed_text[side]
                : reflected ? reflected_text[side]
                            : foreign_text[side];
    case_span(hit, case_mark(c, side, MARK_RST));
    case_evidence(hit, case_mark(c, side, TSM_NOTE_BIT_RESUMED));
    return true;
}

static bool is_injected_either(const struct anomaly_case *c, enum tsm_side side,
                               struct anomaly *hit)
{
    (void)side;
    return case_either(c, hit, is_injected);
}

/* Rules that say of such a RST what its end meant by it do not speak: the hits are claimed. */
static void survey_injected(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregate = {
        TUPLE_LISTENER, ANOMALY_WARNING,
        "{members:connection:connections} to {server} got RSTs that somebody else sent"};

    survey_aggregate(survey, TSM_CLIENT, &aggregate, limit[INJECT_MANY]);
}

/* ---- A37 ---- */

static bool is_reset_burst(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {"{client} sent {n0:RST:RSTs} within {d1}",
                                       "{server} sent {n0:RST:RSTs} within {d1}"};
    const struct tsm_mark *reset = case_mark(c, side, MARK_RST);

    if (reset->count < c->limit[0] || !case_was_open(c)) {
        return false;
    }
    hit->figure[0] = hit->weight = reset->count;
    hit->figure[1] = duration_forward(reset->first_ns, reset->last_ns);
    hit->text = text[side];
    case_span(hit, reset);
    return true;
}

static void survey_bursts(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregates[] = {
        {TUPLE_CLIENT_HOST, ANOMALY_INFO,
         "{client.host} sent several RSTs in {members:connection:connections}, up to {n0}"},
        {TUPLE_LISTENER, ANOMALY_INFO,
         "{server} sent several RSTs in {members:connection:connections}, up to {n0}"}};

    survey_aggregates(survey, aggregates, limit[1]);
}

/* ---- the table ---- */

const struct anomaly_rule rules_reset[] = {
    {
        .id = "A34",
        .name = "syn_inside",
        .title = "SYN inside a living connection",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "A SYN came on the addresses and ports of a connection that is open. Its receiver "
            "keeps the connection and answers with a challenge ACK; a sender that really "
            "forgot it resets it then and tries again a second later.",
        .text = "SYN of {client} while {server} was in {s0} (stream {n1})",
        .filter = "tcpstate.analysis.syn_in_connection || tcpstate.analysis.challenge_ack || "
                  "tcp.flags.reset == 1",
        .causes = {"the client was rebooted and uses the same port again",
                   "a NAT gives the same port to two clients",
                   "somebody guesses addresses and ports to break the connection"},
        .checks = {"on the client: uptime; ss -tn 'sport = :{client.port}'",
                   "the port range and timeouts of the NAT on the way"},
        .references = {"RFC 5961 4", "RFC 9293 3.10.7.4"},
        .gates = GATE_MIRRORED | GATE_TWO_PATHS,
        .judge = is_syn_inside,
    },
    {
        .id = "A35",
        .name = "reset_ignored",
        .title = "RST ignored",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "A RST came whose sequence number is not the one expected, and the connection "
            "went on: its receiver ignored it, or answered it with a challenge ACK. It closed "
            "nothing.",
        .text = "a RST did not fit the connection, which went on",
        .filter = "tcpstate.analysis.reset_ignored || tcpstate.analysis.reset_inexact || "
                  "tcpstate.analysis.challenge_ack",
        .causes = {"a late RST of an older connection on the same ports",
                   "a device on the way that sends RSTs and does not know the numbers",
                   "a blind attack that tries to break the connection"},
        .checks = {"time to live and IP id of the RST against the end's other packets",
                   "nstat -az TcpExtTCPChallengeACK"},
        .references = {RFC5961_RST, "RFC 9293 3.10.7.4"},
        .gates = GATE_MIDSTREAM | GATE_DROPS,
        .judge = judge_ignored_reset,
    },
    {
        .id = "A36",
        .name = "reset_injected",
        .title = "RST of somebody else",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "A RST carries an end's address, but the end did not send it: it goes on talking, "
            "or the packet has come another way than all its others, or it was made from a segment "
            "of the other end. Firewalls and censorship devices break connections in this way. A "
            "RST whose IP identification is the next one of that end is its own, and one after the "
            "other end's RST changes nothing: neither is told; nor is one with SYN or FIN, which "
            "nobody sends: it is damaged.",
        .text = "a RST was not sent by the end whose address it has",
        .filter = "tcp.flags.reset == 1 || tcpstate.analysis.resumed",
        .causes = {"a firewall, intrusion prevention or censorship device",
                   "a load balancer or NAT that answers for the host",
                   "an attacker who sees the connection"},
        .checks = {"ip.ttl and ip.id of the RST against the end's other packets",
                   "capture on the host itself: is the RST there?",
                   "the log of the firewalls on the way, around that time"},
        .references = {RFC5961_RST, "Weaver, Sommer, Paxson: Detecting Forged TCP Reset Packets, "
                                    "NDSS 2009"},
        .limits = {{"within", ANOMALY_SECONDS, ANOMALY_NS(2), 0, ANOMALY_LONGEST,
                    "the end goes on so soon after it"},
                   FOREIGN_TTL,
                   {"many", ANOMALY_COUNT, 10, 1, ANOMALY_MAX_COUNT,
                    "N at one listener or more are reported as one"}},
        .gates = GATE_MIRRORED | GATE_TWO_PATHS,
        .claims = true,
        .yields = true,
        .judge_end = is_injected_either,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_injected,
    },
    {
        .id = "A37",
        .name = "reset_burst",
        .title = "Several RSTs of one end",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "One end sent RST several times. Mostly each answers a segment that was still on "
            "its way when the end had closed; a device that breaks connections also sends "
            "several, to be sure that one fits.",
        .text = "an end sent {n0:RST:RSTs}",
        .filter = "tcp.flags.reset == 1",
        .causes = {"the end closed while its peer was still sending",
                   "a device that sends several RSTs with different sequence numbers"},
        .checks = {"whether each RST follows a segment of the peer"},
        .references = {"RFC 9293 3.10.7.1"},
        .limits = {{"resets", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT, "N of one end"},
                   {"many", ANOMALY_COUNT, 5, 1, ANOMALY_MAX_COUNT,
                    "N connections or more are reported as one"}},
        .gates = GATE_MIRRORED | GATE_TWO_PATHS,
        .yields = true,
        .judge_end = is_reset_burst,
        .survey = survey_bursts,
    },
    {.id = NULL},
};
