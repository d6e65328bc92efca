/* rules_late.c - anomalies beside the close: too early, too late, not yet, too often.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "blanks.h"
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

#define RFC9293_RESET "RFC 9293 3.5.3"
#define RFC9293_STATES "RFC 9293 3.3.2"

/* ---- A50 ---- */

/* Data of the end `side` came when its peer had been through with the connection for a while. */
static bool is_late(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{n1:segment:segments} with data of {client} came up to {d0} after the close was complete",
        "{n1:segment:segments} with data of {server} came up to {d0} after the close was complete"};
    const struct tsm_mark *late = case_mark(c, side, TSM_NOTE_BIT_LATE_DATA);
    const struct tsm_mark *acked = case_mark(c, side, MARK_ACK_OF_FIN);
    const struct tsm_mark *other = case_mark(c, tsm_other(side), MARK_ACK_OF_FIN);

    if (late->count == 0 || acked->count == 0 || other->count == 0) {
        return false;
    }
    hit->figure[0] = duration_forward(MAX(acked->first_ns, other->first_ns), late->last_ns);
    hit->figure[1] = hit->weight = late->count;
    hit->text = text[side];
    case_span(hit, late);
    case_evidence(hit, case_mark(c, tsm_other(side), MARK_RST));
    return hit->figure[0] >= c->limit[0];
}

static bool judge_late(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_late);
}

/* ---- A51 ---- */

static bool is_early_fin(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *fin = case_mark(c, TSM_CLIENT, MARK_FIN);

    if (fin->count == 0 || case_was_open(c) || case_mark(c, TSM_CLIENT, MARK_SYN)->count == 0) {
        return false;
    }
    hit->text = case_mark(c, TSM_SERVER, MARK_SYN_ACK)->count > 0
                    ? "{client} sent a FIN before the handshake was complete"
                    : "{client} sent a SYN and then a FIN, and {server} never answered";
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_SYN));
    case_span(hit, fin);
    return true;
}

/* ---- A52 ---- */

static bool is_open_at_end(const struct anomaly_case *c, struct anomaly *hit)
{
    const uint64_t bytes = c->connection->bytes[TSM_CLIENT] + c->connection->bytes[TSM_SERVER];

    if ((c->ending != ENDING_OPEN && c->ending != ENDING_SILENT) || bytes == 0 ||
        hit->after[TSM_CLIENT] != TSM_ESTABLISHED || hit->after[TSM_SERVER] != TSM_ESTABLISHED) {
        return false;
    }
    hit->figure[0] = story_captured_ns(c->story, c->connection->start_ns, c->end_ns);
    hit->figure[1] = hit->weight = story_captured_ns(c->story, c->connection->end_ns, c->end_ns);
    anomaly_censor(hit);
    anomaly_evidence(hit, c->connection->frame);
    for (unsigned side = 0; side < 2; side++) {
        anomaly_evidence(hit,
                         story_facts(c->story, c->connection, (enum tsm_side)side)->last_frame);
    }
    return hit->figure[1] >= c->limit[0] &&
           case_facts(c, TSM_CLIENT)->repeats.count + case_facts(c, TSM_SERVER)->repeats.count == 0;
}

/* ---- A53 ---- */

enum { CHURN_RATE, CHURN_LEAST };

/* Connected, and used for one request at most. */
static bool was_used_once(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] == OPENING_CONNECTED && survey->digest[number].turns <= 1;
}

/* The most of them that began within a second. */
static guint busiest_second(const struct anomaly_survey *survey, const struct survey_group *group)
{
    guint most = 0, from = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const int64_t now_ns = survey_connection(survey, group, i)->start_ns;
        while (from < i && duration_forward(survey_connection(survey, group, from)->start_ns,
                                            now_ns) >= ANOMALY_NS(1)) {
            from++;
        }
        most = MAX(most, i - from + 1);
    }
    return most;
}

static void survey_churn(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups = survey_large_groups(survey, TUPLE_CLIENT_HOST | TUPLE_LISTENER,
                                                      was_used_once, (guint)limit[CHURN_LEAST]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = groups->pdata[i];
        const guint rate = busiest_second(survey, group);
        if (group->members->len < limit[CHURN_LEAST] || rate < limit[CHURN_RATE]) {
            continue;
        }
        struct anomaly hit = survey_hit(survey, TUPLE_CLIENT_HOST | TUPLE_LISTENER,
                                        (const guint *)group->members->data, group->members->len);
        hit.figure[0] = hit.weight = rate;
        survey_add(survey, &hit, (const guint *)group->members->data, group->members->len);
    }
}

/* ---- A54 ---- */

/* One capture cannot show it: see verb_diff.c. */
static void survey_nothing(struct anomaly_survey *survey, const int64_t *limit)
{
    (void)survey;
    (void)limit;
}

/* ---- the table ---- */

const struct anomaly_rule rules_late[] = {
    {
        .id = "A50",
        .name = "late_data",
        .title = "Data after the close",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "Data came for a connection that both ends had closed. It is dropped or answered "
            "with RST.",
        .text = "data came {d0} after the close",
        .filter = "tcpstate.analysis.late_data || tcp.flags.reset == 1",
        .causes = {"packets that were held back or took a longer way",
                   "a proxy or load balancer that sends on a connection that it has closed"},
        .checks = {"IP id and time stamps of the late segments: sent late, or delivered late?"},
        .references = {"RFC 9293 3.10.7.4"},
        .limits = {{"delay", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "time after the close"}},
        .gates = GATE_CLOCK | GATE_MIRRORED | GATE_TWO_PATHS,
        .judge = judge_late,
    },
    {
        .id = "A51",
        .name = "early_fin",
        .title = "FIN before the handshake was complete",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning = "A client sent SYN and then FIN without a completed handshake. An ordinary TCP "
                   "does not do that.",
        .text = "FIN before the handshake was complete",
        .filter = "tcp.flags.fin == 1 || tcp.flags.syn == 1",
        .causes = {"a port scanner", "the server's segments took another way than the capture's"},
        .checks = {"other connections of {client.host}"},
        .references = {RFC9293_STATES, "Zeek conn_state SH, SHR"},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .judge = is_early_fin,
    },
    {
        .id = "A52",
        .name = "open_at_end",
        .title = "Open and silent when the capture ended",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "The connection was open and had been silent for a while when the capture ended. "
            "Whether both ends are still there nobody can see: an end that vanishes says "
            "nothing.",
        .text = "open for {d0} when the capture ended, and silent for the last {d1}",
        .filter = NULL,
        .causes = {"a pool or a client that keeps connections for later",
                   "an end that has vanished without a word"},
        .checks = {"on both hosts: ss -tno 'sport = :{server.port} or dport = :{server.port}'",
                   "whether keep-alives are on (timer:(keepalive,...))"},
        .references = {RFC9293_STATES, "RFC 9293 3.8.4"},
        .limits = {{"silence", ANOMALY_SECONDS, ANOMALY_NS(60), 0, ANOMALY_LONGEST,
                    "silence at the end of the capture"}},
        .yields = true,
        .judge = is_open_at_end,
    },
    {
        .id = "A53",
        .name = "churn",
        .title = "A connection for each request",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "A client opens connections at a high rate and uses each for one request at most. "
            "Each costs a round trip or more before the first byte, and a port in TIME_WAIT "
            "after the last.",
        .text = "{members:connection:connections} of {client.host} to {server}, up to {n0} in a "
                "second, each for one request at most",
        .filter = "tcp.flags.syn == 1",
        .causes = {"keep-alive is off, or the server closes after each answer",
                   "a client library without a connection pool", "a health check or a load test"},
        .checks = {"the header Connection of requests and answers",
                   "the pool of the client library"},
        .references = {"RFC 9112 9.3"},
        .limits = {{"rate", ANOMALY_COUNT, 10, 1, ANOMALY_MAX_COUNT, "N began within a second"},
                   {"least", ANOMALY_COUNT, 50, 1, ANOMALY_MAX_COUNT,
                    "fewer connections are no churn"}},
        .survey = survey_churn,
    },
    {
        .id = "A54",
        .name = "ends_disagree",
        .title = "Endpoints disagree about the connection's state",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "One end counts on the other, and that one is gone or not yet there: a RST, a FIN "
            "or the third ACK was lost, or a device between the two has spoken in the name of "
            "one. Only two captures show it, one made at each end: tcpstory diff.",
        .text = "the endpoints disagree about the connection's state",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1 || tcp.flags.syn == 1",
        .causes = {"the last RST or FIN was lost", "a firewall between the ends reset one of them",
                   "one host was restarted"},
        .checks = {"tcpstory diff CLIENT.pcap SERVER.pcap", "on both hosts: ss -tno"},
        .references = {RFC9293_RESET, "RFC 9293 3.5.1"},
        .survey = survey_nothing,
    },
    {.id = NULL},
};
