/* rules_time_wait.c - anomalies of TIME_WAIT: ports that run out, are used again, or are refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "concurrency.h"
#include "duration.h"
#include "rule_case.h"
#include "rules.h"
#include "tsm_seq.h"

#define RFC6191 "RFC 6191"

/* ---- A46 ---- */

enum { PORTS_ALL, PORTS_PERCENT };

/* How long Linux keeps a connection in TIME_WAIT, and what must have been seen of it to say where
 * it leads. Source: TCP_TIMEWAIT_LEN of Linux. */
#define TIME_WAIT_S 60
#define LEAST_TO_PROJECT_S 5

/* The stays of an end in TIME_WAIT among the members of a group. */
static GArray *time_waits(const struct anomaly_survey *survey, const struct survey_group *group,
                          enum tsm_side side, GArray *members)
{
    GArray *stays = g_array_new(FALSE, FALSE, sizeof(struct concurrency_stay));
    struct anomaly_case c;

    for (guint i = 0; i < group->members->len; i++) {
        const guint number = survey_member(group, i);
        struct stay stay;
        survey_case(survey, number, &c);
        if (case_stay(&c, side, TSM_TIME_WAIT, &stay)) {
            const struct concurrency_stay one = {stay.from_ns, stay.to_ns};
            g_array_append_val(stays, one);
            g_array_append_val(members, number);
        }
    }
    return stays;
}

static int64_t first_of(const GArray *stays)
{
    int64_t first_ns = INT64_MAX;

    for (guint i = 0; i < stays->len; i++) {
        first_ns = MIN(first_ns, g_array_index(stays, struct concurrency_stay, i).from_ns);
    }
    return first_ns;
}

/* What a sentence says of the ports: they were, or would be, so many of all. */
enum { PORTS_SO_MANY, PORTS_MORE, PORTS_WILL_BE, PORTS_WILL_RUN_OUT, N_PORTS_SENTENCES };

/* Its figures. */
enum { AT_ONCE, PERCENT, ALL, AFTER_NS, WILL_BE, LAST_NS };

static const char *const ports_text[2][N_PORTS_SENTENCES] = {
    {"{n0:port:ports} of {client.host} to {server} in TIME_WAIT at once: {p1} of {n2}",
     "{n0:port:ports} of {client.host} to {server} in TIME_WAIT at once, more than the {n2} of "
     "a usual range",
     "{n0:port:ports} of {client.host} to {server} in TIME_WAIT after {d3}: at that rate {n4} of "
     "{n2} would be within 60 s, {p1}",
     "{n0:port:ports} of {client.host} to {server} in TIME_WAIT after {d3}: at that rate all {n2} "
     "would be after {d5}"},
    {"{server} has {n0:connection:connections} of {client.host} in TIME_WAIT at once: {p1} of the "
     "{n2} ports of a client",
     "{server} has {n0:connection:connections} of {client.host} in TIME_WAIT at once, more than "
     "the "
     "{n2} of a usual range",
     "{server} has {n0:connection:connections} of {client.host} in TIME_WAIT after {d3}: at that "
     "rate {n4} within 60 s, {p1} of the {n2} ports of a client",
     "{server} has {n0:connection:connections} of {client.host} in TIME_WAIT after {d3}: at that "
     "rate all {n2} ports of the client after {d5}"},
};

/* What was seen: so many at once. */
static bool judge_ports(int64_t at_once, const int64_t *limit, struct anomaly *hit, guint *sentence)
{
    hit->figure[AT_ONCE] = hit->weight = at_once;
    hit->figure[ALL] = limit[PORTS_ALL];
    hit->figure[PERCENT] = at_once * 100 / hit->figure[ALL];
    *sentence = at_once > hit->figure[ALL] ? PORTS_MORE : PORTS_SO_MANY;
    return hit->figure[PERCENT] >= limit[PORTS_PERCENT];
}

/* Where it leads when they become more as they did, until the first leaves TIME_WAIT. It is asked
 * of ports that are not judged so already; those used again meanwhile count once. */
static bool project_ports(int64_t after_ns, const int64_t *limit, struct anomaly *hit,
                          guint *sentence)
{
    const double seconds = (double)after_ns / 1e9;
    const double per_second = (double)hit->figure[AT_ONCE] / MAX(seconds, LEAST_TO_PROJECT_S);
    const double will_be = per_second * TIME_WAIT_S;

    hit->confidence = ANOMALY_INFERRED;
    hit->figure[AFTER_NS] = after_ns;
    hit->figure[WILL_BE] = hit->weight = (int64_t)will_be;
    hit->figure[PERCENT] = hit->figure[WILL_BE] * 100 / hit->figure[ALL];
    hit->figure[LAST_NS] = ANOMALY_NS(MIN((double)hit->figure[ALL] / per_second, TIME_WAIT_S));
    *sentence = will_be > (double)hit->figure[ALL] ? PORTS_WILL_RUN_OUT : PORTS_WILL_BE;
    return seconds >= LEAST_TO_PROJECT_S && seconds < TIME_WAIT_S &&
           hit->figure[PERCENT] >= limit[PORTS_PERCENT];
}

/* Ports that lie in TIME_WAIT at the client are gone for it. At the server they are not, but it may
 * refuse them. */
static void survey_ports_at(struct anomaly_survey *survey, const struct survey_group *group,
                            enum tsm_side side, const int64_t *limit)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) stays = time_waits(survey, group, side, members);
    guint sentence;

    if (stays->len == 0) {
        return;
    }
    const struct concurrency pile = concurrency_of(stays, survey->end_ns);
    struct anomaly hit = survey_hit(survey, TUPLE_CLIENT_HOST | TUPLE_LISTENER,
                                    (const guint *)members->data, members->len);
    if (!judge_ports(pile.peak, limit, &hit, &sentence) &&
        !project_ports(duration_forward(first_of(stays), pile.peak_ns), limit, &hit, &sentence)) {
        return;
    }
    hit.text = ports_text[side][sentence];
    if (side == TSM_SERVER) {
        hit.severity = ANOMALY_INFO;
    }
    survey_add(survey, &hit, (const guint *)members->data, members->len);
}

static void survey_ports(struct anomaly_survey *survey, const int64_t *limit)
{
    /* project_ports() makes at most twelve of one */
    const int64_t least =
        limit[PORTS_ALL] * limit[PORTS_PERCENT] / 100 / (TIME_WAIT_S / LEAST_TO_PROJECT_S);
    g_autoptr(GPtrArray) groups = survey_large_groups(survey, TUPLE_CLIENT_HOST | TUPLE_LISTENER,
                                                      NULL, (guint)CLAMP(least, 1, G_MAXINT));

    for (guint i = 0; i < groups->len; i++) {
        survey_ports_at(survey, groups->pdata[i], TSM_CLIENT, limit);
        survey_ports_at(survey, groups->pdata[i], TSM_SERVER, limit);
    }
}

/* ---- A47, A48 ---- */

/* Whether an end of an older connection was in TIME_WAIT just before that time. */
static bool waited_then(const struct anomaly_case *c, const struct story_connection *older,
                        enum tsm_side side, int64_t ns)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    bool waited = false;

    story_intervals(c->story, older, side, list);
    for (guint i = 0; i < list->len; i++) {
        const struct story_interval *interval = &g_array_index(list, struct story_interval, i);
        if (interval->from_ns < ns) {
            waited = interval->state == TSM_TIME_WAIT;
        }
    }
    return waited;
}

/* The connection takes addresses and ports for which an end was in TIME_WAIT, since the last
 * segment there `gap_ns` ago. */
static bool follows_time_wait(const struct anomaly_case *c, enum tsm_side *side, int64_t *gap_ns)
{
    const struct story_connection *older =
        story_of_stream(c->story, c->connection->previous_stream);

    for (unsigned i = 0; older != NULL && i < 2; i++) {
        if (waited_then(c, older, (enum tsm_side)i, c->connection->start_ns)) {
            *side = (enum tsm_side)i;
            *gap_ns = duration_forward(older->end_ns, c->connection->start_ns);
            return true;
        }
    }
    return false;
}

static void note_reuse(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct story_connection *older =
        story_of_stream(c->story, c->connection->previous_stream);

    hit->figure[2] = older->stream;
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_SYN));
}

/* Why a SYN may end the TIME_WAIT of its receiver. */
enum reuse_reason { REUSE_BY_SEQUENCE, REUSE_BY_TIMESTAMP, REUSE_BY_NEITHER };

/* What the older connection's facts are of the end that is now the client, or the server. */
static const struct tsm_record_facts *
older_facts(const struct anomaly_case *c, const struct story_connection *older, enum tsm_side side)
{
    const struct tsm_tuple *now = &c->connection->tuple;
    const struct tsm_tuple *then = &older->tuple;
    const bool same = now->sport == then->sport && memcmp(now->src, then->src, now->addr_len) == 0;

    return story_facts(c->story, older, same ? side : tsm_other(side));
}

/* By the sequence number alone: RFC 9293 3.10.7.4 and RFC 1122 4.2.2.13. By time stamps, which both
 * connections must have: RFC 6191 2. */
static enum reuse_reason reason_of(const struct anomaly_case *c,
                                   const struct story_connection *older)
{
    const struct tsm_record_facts *then = older_facts(c, older, TSM_CLIENT);

    if (tsm_seq_lt(then->next_seq - 1, case_facts(c, TSM_CLIENT)->syn_seq)) {
        return REUSE_BY_SEQUENCE;
    }
    return then->ts_val != 0 && (case_facts(c, TSM_CLIENT)->offered & TSM_HAS_TIMESTAMP) != 0
               ? REUSE_BY_TIMESTAMP
               : REUSE_BY_NEITHER;
}

/* Linux, in TIME_WAIT, takes as its new sequence number the old one and so much more. Source:
 * measured (captures/port-reuse.pcap); tcp_timewait_state_process(). */
#define LINUX_REUSE_STEP 65537u

static bool is_linux_reuse(const struct anomaly_case *c, const struct story_connection *older)
{
    return case_facts(c, TSM_SERVER)->syn_seq ==
           older_facts(c, older, TSM_SERVER)->next_seq + LINUX_REUSE_STEP;
}

static bool is_reuse(const struct anomaly_case *c, struct anomaly *hit)
{
    static const char *const own_text =
        "{client} used its port again {d0} after the last segment of stream {n2}, for which it was "
        "in TIME_WAIT itself";
    static const char *const text[] = {
        [REUSE_BY_SEQUENCE] =
            "{client} used its port again {d0} after the last segment of stream {n2}; {server} was "
            "in TIME_WAIT and accepted, as the new sequence number is greater than the old ones",
        [REUSE_BY_TIMESTAMP] =
            "{client} used its port again {d0} after the last segment of stream {n2}; {server} was "
            "in TIME_WAIT and accepted: the new sequence number is not greater than the old ones, "
            "so it must have gone by the time stamp",
        [REUSE_BY_NEITHER] =
            "{client} used its port again {d0} after the last segment of stream {n2}; {server} "
            "should have been in TIME_WAIT, but accepted although neither sequence number nor time "
            "stamp allows it: its TIME_WAIT is shorter, or was not kept"};
    const struct story_connection *older =
        story_of_stream(c->story, c->connection->previous_stream);
    enum tsm_side side;

    if (c->opening != OPENING_CONNECTED || case_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN)->count > 0 ||
        !follows_time_wait(c, &side, &hit->figure[0])) {
        return false;
    }
    note_reuse(c, hit);
    hit->text = side == TSM_CLIENT ? own_text : text[reason_of(c, older)];
    hit->weight = -hit->figure[0];
    if (side == TSM_SERVER && is_linux_reuse(c, older)) {
        hit->confidence = ANOMALY_CERTAIN;
    }
    anomaly_evidence(hit, case_mark(c, TSM_SERVER, MARK_SYN_ACK)->first_frame);
    return true;
}

static bool is_reuse_refused(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn = case_mark(c, TSM_CLIENT, MARK_SYN);
    const struct tsm_mark *ack = case_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN);
    const struct tsm_mark *third = case_mark(c, TSM_CLIENT, MARK_THIRD_ACK);
    enum tsm_side side;

    if (ack->count == 0 || !follows_time_wait(c, &side, &hit->figure[0])) {
        return false;
    }
    const int64_t until_ns = third->count > 0 ? third->first_ns : c->connection->end_ns;
    note_reuse(c, hit);
    hit->figure[1] = hit->weight = duration_forward(syn->first_ns, until_ns);
    hit->text = third->count > 0
                    ? "{server} was still in TIME_WAIT for stream {n2} and refused the SYN; the "
                      "client was connected {d1} later"
                    : "{server} was still in TIME_WAIT for stream {n2} and refused the SYN; the "
                      "client was not connected within {d1}";
    if (third->count == 0 && hit->figure[1] < ANOMALY_NS(1)) {
        anomaly_censor(hit); /* the client tries again after a second */
    }
    case_evidence(hit, ack);
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_RST));
    anomaly_evidence(hit, third->first_frame);
    return true;
}

/* ---- A49 ---- */

static bool is_assassinated(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {"a RST ended the TIME_WAIT of {client} after {d0}",
                                       "a RST ended the TIME_WAIT of {server} after {d0}"};
    struct stay stay;

    if (!case_stay(c, side, TSM_TIME_WAIT, &stay) || stay.lasts || stay.ended_by != TSM_RCV_RST) {
        return false;
    }
    hit->figure[0] = stay_ns(&stay);
    hit->weight = -hit->figure[0];
    hit->text = text[side];
    hit->fault = fault_of(tsm_other(side));
    case_span(hit, case_mark(c, tsm_other(side), MARK_RST));
    return true;
}

static bool judge_assassinated(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_assassinated);
}

/* ---- the table ---- */

const struct anomaly_rule rules_time_wait[] = {
    {
        .id = "A46",
        .name = "port_exhaustion",
        .title = "TIME_WAIT holds the client's ports",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "Who closes first keeps the connection's ports for the 60 s of TIME_WAIT. A client "
            "that opens and closes many connections to one server runs out of ports: "
            "connect() fails with EADDRNOTAVAIL. When it is the server that closes first, the "
            "client may use its ports again, but the server may refuse them for a while "
            "(A48): a piece of information. Of what was seen it is certain; in less than 60 s "
            "a rate is seen, and where it leads is inferred.",
        .text = "ports in TIME_WAIT",
        .filter = "tcpstate.state == TIME_WAIT",
        .causes = {"a new connection for each request, without keep-alive or a pool",
                   "a load test from one address"},
        .checks = {"on the end that closes first: ss -tan state time-wait | wc -l",
                   "sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse",
                   "reuse connections; more addresses on either side"},
        .references = {"RFC 9293 3.6.1", RFC6191},
        .limits = {{"ports", ANOMALY_COUNT, 28232, 1, 65535,
                    "ephemeral ports (Linux: 32768 to 60999)"},
                   {"percent", ANOMALY_PERCENT, 50, 1, 100, "of them: a warning"}},
        .survey = survey_ports,
    },
    {
        .id = "A47",
        .name = "time_wait_reused",
        .title = "Port used again during TIME_WAIT",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "A new connection took addresses and ports that were still in TIME_WAIT. That is "
            "allowed when its sequence number or time stamp is greater than the old ones, so "
            "that old segments cannot be taken for new. Which of the two allowed it is said; it is "
            "certain when the server's new sequence number is the old one + 65537, as Linux "
            "chooses it then.",
        .text = "the port was used again after {d0}",
        .filter = "tcp.flags.syn == 1",
        .causes = {"many connections in short time: ports come round quickly",
                   "the application binds to a fixed port with SO_REUSEADDR"},
        .checks = {"sysctl net.ipv4.tcp_tw_reuse net.ipv4.ip_local_port_range"},
        .references = {"RFC 9293 3.10.7.4", "RFC 1122 4.2.2.13", RFC6191},
        .judge = is_reuse,
    },
    {
        .id = "A48",
        .name = "time_wait_refused",
        .title = "TIME_WAIT refused a new connection",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "A SYN came on addresses and ports that the server still had in TIME_WAIT, and "
            "neither its sequence number nor its time stamp was greater: the server answered "
            "with an old ACK. The client resets that and repeats its SYN, so connect() takes "
            "a second or more longer.",
        .text = "the server refused the SYN in TIME_WAIT",
        .filter =
            "tcp.flags.syn == 1 || tcp.flags.reset == 1 || tcpstate.analysis.unacceptable_ack",
        .causes =
            {"the client's initial sequence number is below the old one: NAT, or several hosts "
             "behind one address",
             "time stamps are off, or go back at a NAT",
             "the ports of the client come round within a minute"},
        .checks =
            {"sysctl net.ipv4.tcp_timestamps on both; net.ipv4.ip_local_port_range on the client",
             "nstat -az TcpExtPAWSActive TcpExtTWRecycled",
             "reuse connections, so that ports last longer"},
        .references = {"RFC 1122 4.2.2.13", RFC6191, "RFC 7323 5"},
        .judge = is_reuse_refused,
    },
    {
        .id = "A49",
        .name = "time_wait_assassinated",
        .title = "TIME_WAIT ended by RST",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "A RST came while an end was in TIME_WAIT and ended it early (on Linux, unless "
            "net.ipv4.tcp_rfc1337 is set). Old segments could now get into a new connection.",
        .text = "a RST ended TIME_WAIT after {d0}",
        .filter = "tcp.flags.reset == 1",
        .causes = {"a late segment to an end that had closed already, and its answer",
                   "a client that closes with RST after both FINs"},
        .checks = {"sysctl net.ipv4.tcp_rfc1337"},
        .references = {"RFC 1337"},
        .judge = judge_assassinated,
    },
    {.id = NULL},
};
