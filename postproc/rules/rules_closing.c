/* rules_closing.c - anomalies of connections that close and wait, A41 to A45.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "blanks.h"
#include "concurrency.h"
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

#define RFC9293_CLOSE "RFC 9293 3.6"
#define RFC9293_STATES "RFC 9293 3.3.2"

/* ---- piles: A41, A43, A44 ---- */

/* Ends that wait in a state, and what makes one of them, or many, an anomaly. */
struct pile_up {
    const char *text[2]; /* of many, by the end that waits */
    bool must_grow;      /* that they are many says something only when they become more */
};

/* The first thresholds of a rule on piles. */
enum { HEAP_TIME, HEAP_MANY };

/* Hits that are anomalies by themselves, not only as one of many. */
static GArray *full_ones(const GArray *hits)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(struct anomaly));

    for (guint i = 0; i < hits->len; i++) {
        if (g_array_index(hits, struct anomaly, i).severity > ANOMALY_INFO) {
            g_array_append_val(found, g_array_index(hits, struct anomaly, i));
        }
    }
    return found;
}

/* The stays that the hits are about: from first_ns on, for figure[0]. */
static struct concurrency concurrency_of_hits(const GArray *hits, int64_t end_ns)
{
    g_autoptr(GArray) stays = g_array_new(FALSE, FALSE, sizeof(struct concurrency_stay));

    for (guint i = 0; i < hits->len; i++) {
        const struct anomaly *hit = &g_array_index(hits, struct anomaly, i);
        const struct concurrency_stay stay = {hit->first_ns,
                                              duration_sum(hit->first_ns, hit->figure[0])};
        g_array_append_val(stays, stay);
    }
    return concurrency_of(stays, end_ns);
}

/* One end of the connections of a group. Many that are too short to be sure of, and did not become
 * more and more within the capture, are told as what the capture ended with. */
static void add_pile_up(struct anomaly_survey *survey, GArray *hits, const int64_t *limit,
                        struct aggregate aggregate, bool must_grow)
{
    g_autoptr(GArray) full = full_ones(hits);
    const struct concurrency pile = concurrency_of_hits(hits, survey->end_ns);

    if (full->len >= limit[HEAP_MANY]) {
        aggregate.severity = ANOMALY_ERROR;
        add_aggregate(survey, full, &aggregate);
    } else if (pile.peak >= limit[HEAP_MANY]) {
        const bool sure = pile.grows || !must_grow;
        aggregate.severity = sure ? ANOMALY_ERROR : ANOMALY_INFO;
        for (guint i = 0; i < hits->len; i++) {
            g_array_index(hits, struct anomaly, i).censored = !sure;
        }
        add_aggregate(survey, hits, &aggregate);
    } else {
        add_singly(survey, full);
    }
}

static void survey_pile_up(struct anomaly_survey *survey, const int64_t *limit,
                           const struct pile_up *pile_up)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct aggregate aggregate = {side == TSM_SERVER ? TUPLE_LISTENER
                                                               : TUPLE_CLIENT_HOST | TUPLE_LISTENER,
                                            ANOMALY_INFO, pile_up->text[side]};
        g_autoptr(GPtrArray) groups = grouped_hits(survey, aggregate.scope, (enum tsm_side)side);
        for (guint i = 0; i < groups->len; i++) {
            add_pile_up(survey, groups->pdata[i], limit, aggregate, pile_up->must_grow);
        }
    }
}

/* ---- A41 ---- */

enum { LEAK_BAD = HEAP_MANY + 1 };

/* The end `side` got its peer's FIN and does not close. Data that it still sends is its right, and
 * while that is not acknowledged it cannot close. */
static bool is_leak(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} was in CLOSE_WAIT for {d0}: {server} had closed, and the client's application "
        "did not call close()",
        "{server} was in CLOSE_WAIT for {d0}: {client} had closed, and the server's application "
        "did not call close()"};
    const enum tsm_side peer = tsm_other(side);
    struct stay stay;

    if (!case_stay(c, side, TSM_CLOSE_WAIT, &stay) || !stay.proven || case_is_reset_late(c, peer) ||
        case_facts(c, side)->stuck.count > 0) {
        return false;
    }
    hit->first_ns = MAX(stay.from_ns, case_facts(c, side)->last_data_ns);
    hit->figure[0] = hit->weight = story_captured_ns(c->story, hit->first_ns, stay.to_ns);
    hit->severity = hit->figure[0] >= c->limit[LEAK_BAD]    ? ANOMALY_ERROR
                    : hit->figure[0] >= c->limit[HEAP_TIME] ? ANOMALY_WARNING
                                                            : ANOMALY_INFO;
    if (case_may_have_closed(c, side)) {
        hit->severity = ANOMALY_INFO;
        hit->confidence = ANOMALY_PRESUMED;
    }
    hit->text = text[side];
    hit->fault = fault_of(side);
    hit->after[side] = TSM_CLOSE_WAIT;
    hit->first_frame = stay.frame;
    anomaly_evidence(hit, case_mark(c, peer, MARK_FIN)->first_frame);
    case_evidence(hit, case_mark(c, side, MARK_ACK_OF_FIN));
    return stay.lasts || hit->severity > ANOMALY_INFO;
}

static void survey_leaks(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct pile_up pile_up = {
        .text = {"{members:connection:connections} of {client.host} to {server} wait in "
                 "CLOSE_WAIT, one for {d0}: the client's application does not call close()",
                 "{members:connection:connections} of {server} wait in CLOSE_WAIT, one for "
                 "{d0}: the server's application does not call close()"},
        .must_grow = true,
    };

    survey_pile_up(survey, limit, &pile_up);
}

/* ---- A42 ---- */

/* The end `side` closed, left FIN_WAIT_2 when its time was over, and resets its peer, which closes
 * much later. */
static bool is_orphan(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} closed, waited for {server} and gave up; {d0} later the server went on and got a "
        "RST",
        "{server} closed, waited for {client} and gave up; {d0} later the client went on and got a "
        "RST"};
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_mark *fin = case_mark(c, side, MARK_FIN);
    const struct tsm_mark *acked = case_mark(c, peer, MARK_ACK_OF_FIN);
    const struct tsm_mark *reset = case_mark(c, side, MARK_RST);

    if (fin->count == 0 || acked->count == 0 || reset->count == 0 ||
        reset->last_ns < acked->first_ns || case_reset_after_close_ns(c, side) < c->limit[0]) {
        return false;
    }
    hit->figure[0] = hit->weight = case_reset_after_close_ns(c, side);
    hit->text = text[side];
    hit->fault = fault_of(peer);
    hit->first_ns = fin->first_ns;
    hit->last_ns = reset->last_ns;
    anomaly_evidence(hit, fin->first_frame);
    anomaly_evidence(hit, acked->first_frame);
    case_evidence(hit, reset);
    return true;
}

static bool judge_orphan(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_orphan);
}

/* ---- A43, A44 ---- */

#define CLOSE_REPEATS 3 /* so often a FIN is repeated before one connection is told */

/* The end `side` repeats its FIN, or the data before it, and nobody acknowledges it. */
static bool is_unacked_close(const struct anomaly_case *c, enum tsm_side side, enum tsm_state state,
                             const char *text, struct anomaly *hit)
{
    const struct tsm_mark *repeats = &case_facts(c, side)->repeats;
    const struct tsm_mark *fin = case_mark(c, side, MARK_FIN);
    struct stay stay;

    if (fin->count == 0 || repeats->count == 0 || !case_stay(c, side, state, &stay) ||
        !(stay.lasts || stay.ended_by == TSM_GIVE_UP || stay.ended_by == TSM_SND_RST) ||
        repeats->last_ns < stay.from_ns) {
        return false;
    }
    hit->first_ns = stay.from_ns;
    hit->first_frame = stay.frame;
    hit->figure[0] = hit->weight = story_captured_ns(c->story, stay.from_ns, repeats->last_ns);
    hit->figure[1] = repeats->count;
    hit->figure[2] = state;
    hit->severity = hit->figure[0] >= c->limit[HEAP_TIME] && repeats->count >= CLOSE_REPEATS
                        ? ANOMALY_WARNING
                        : ANOMALY_INFO;
    hit->text = text;
    hit->after[side] = state;
    case_evidence(hit, fin);
    case_evidence(hit, repeats);
    return true;
}

static bool is_stuck_closing(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} closed and was in FIN_WAIT_1 for {d0}: {server} acknowledged nothing, in spite "
        "of {n1:repetition:repetitions}",
        "{server} closed and was in FIN_WAIT_1 for {d0}: {client} acknowledged nothing, in spite "
        "of {n1:repetition:repetitions}"};

    return is_unacked_close(c, side, TSM_FIN_WAIT_1, text[side], hit);
}

static void survey_stuck_closing(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct pile_up pile_up = {
        .text = {"{members:connection:connections} of {client.host} to {server} wait in "
                 "FIN_WAIT_1, one for {d0}: the server acknowledges no FIN",
                 "{members:connection:connections} of {server} wait in FIN_WAIT_1, one for "
                 "{d0}: the clients acknowledge no FIN"},
    };

    survey_pile_up(survey, limit, &pile_up);
}

static bool is_last_ack_stuck(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} was in {s2} for {d0}: {server} had closed, too, and did not acknowledge the "
        "client's FIN, in spite of {n1:repetition:repetitions}",
        "{server} was in {s2} for {d0}: {client} had closed, too, and did not acknowledge the "
        "server's FIN, in spite of {n1:repetition:repetitions}"};

    return is_unacked_close(c, side, TSM_LAST_ACK, text[side], hit) ||
           is_unacked_close(c, side, TSM_CLOSING, text[side], hit);
}

static void survey_last_acks(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct pile_up pile_up = {
        .text = {"{members:connection:connections} of {client.host} to {server} wait in "
                 "LAST_ACK, one for {d0}: the server is not there any more",
                 "{members:connection:connections} of {server} wait in LAST_ACK, one for "
                 "{d0}: the clients are not there any more"},
    };

    survey_pile_up(survey, limit, &pile_up);
}

/* ---- A45 ---- */

/* The end had acknowledged its peer's FIN when it sent its own. */
static bool knew_of_close(const struct anomaly_case *c, enum tsm_side side)
{
    const struct tsm_mark *acked = case_mark(c, side, MARK_ACK_OF_FIN);

    return acked->count > 0 && acked->first_frame <= case_mark(c, side, MARK_FIN)->first_frame;
}

static bool is_simultaneous(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    struct stay stay;

    if (knew_of_close(c, TSM_CLIENT) || knew_of_close(c, TSM_SERVER)) {
        return false;
    }
    if (!case_stay(c, side, TSM_CLOSING, &stay) &&
        !case_stay(c, tsm_other(side), TSM_CLOSING, &stay)) {
        return false;
    }
    hit->figure[0] = hit->weight = stay_ns(&stay);
    hit->first_ns = stay.from_ns;
    hit->first_frame = stay.frame;
    anomaly_evidence(hit, case_mark(c, TSM_CLIENT, MARK_FIN)->first_frame);
    anomaly_evidence(hit, case_mark(c, TSM_SERVER, MARK_FIN)->first_frame);
    return true;
}

static void survey_simultaneous(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregate = {
        TUPLE_LISTENER, ANOMALY_INFO,
        "the FINs of both ends crossed in {members:connection:connections} to {server}"};

    survey_aggregate(survey, TSM_CLIENT, &aggregate, limit[0]);
}

/* ---- the table ---- */

const struct anomaly_rule rules_closing[] = {
    {
        .id = "A41",
        .name = "close_wait_leak",
        .title = "CLOSE_WAIT: the application does not close",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "The peer has closed, this end's kernel has acknowledged it, and its application "
            "neither sends nor calls close(). The socket stays in CLOSE_WAIT for ever; if "
            "there are more and more, the process runs out of file descriptors.",
        .text = "CLOSE_WAIT for {d0}",
        .filter = "tcpstate.state == CLOSE_WAIT",
        .causes = {"a path through the application misses close() when read() returns 0, often in "
                   "the handling of errors",
                   "all threads are busy or blocked, so that nobody reads the end of file",
                   "a connection pool that keeps connections that the server has closed"},
        .checks = {"on that host: ss -tnp state close-wait",
                   "ls /proc/PID/fd | wc -l; lsof -p PID | grep CLOSE_WAIT",
                   "thread dump of the process: who waits for what?"},
        .references = {RFC9293_CLOSE, RFC9293_STATES},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(60), 0, ANOMALY_LONGEST,
                    "time in CLOSE_WAIT after which it is a warning"},
                   {"many", ANOMALY_COUNT, 10, 1, ANOMALY_MAX_COUNT,
                    "N at once or more, and growing: one error"},
                   {"bad", ANOMALY_SECONDS, ANOMALY_NS(300), 0, ANOMALY_LONGEST,
                    "time in CLOSE_WAIT after which it is an error"}},
        .gates = GATE_ONE_WAY | GATE_DROPS | GATE_MADE_UP | GATE_TRANSLATED,
        .claims = true,
        .judge_end = is_leak,
        .survey = survey_leaks,
    },
    {
        .id = "A42",
        .name = "fin_wait_2_over",
        .title = "The peer closed too late",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end closed and its FIN was acknowledged; the other stayed in CLOSE_WAIT for "
            "longer than the first waits in FIN_WAIT_2 (60 s on Linux). When it closes or "
            "sends at last, there is no socket any more, and it gets a RST.",
        .text = "one end closed, and {d0} later its peer got a RST",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1",
        .causes = {"the application calls close() much later than its peer",
                   "it waits for something else before it reads the end of file"},
        .checks = {"on the host that closed late: ss -tnp state close-wait",
                   "sysctl net.ipv4.tcp_fin_timeout on the other"},
        .references = {RFC9293_CLOSE, "Linux tcp(7), tcp_fin_timeout"},
        .limits = {{"time", ANOMALY_SECONDS, CASE_ORPHAN_NS, 0, ANOMALY_LONGEST,
                    "from the FIN to the RST"}},
        .gates = GATE_ONE_WAY,
        .judge = judge_orphan,
    },
    {
        .id = "A43",
        .name = "fin_wait_1_stuck",
        .title = "FIN_WAIT_1: nobody acknowledges the FIN",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "An end closed, and its FIN, or the data before it, is not acknowledged: the peer "
            "is gone or the path is broken. The socket belongs to no process any more, and "
            "nobody can free it. After the restart of a server there may be many. (While a "
            "peer's window is closed, a FIN cannot be sent at all: A32.)",
        .text = "FIN_WAIT_1 for {d0}",
        .filter = "tcpstate.state == FIN_WAIT_1",
        .causes = {"the peer's host is gone, or the network to it is",
                   "a firewall on the way has forgotten the connection",
                   "many at once: the server was restarted while clients had vanished"},
        .checks = {"on the host: ss -tno state fin-wait-1 (timer and Send-Q)",
                   "sysctl net.ipv4.tcp_orphan_retries net.ipv4.tcp_max_orphans",
                   "nstat -az TcpExtTCPAbortOnMemory TcpExtTCPAbortOnTimeout"},
        .references = {RFC9293_STATES, "RFC 6298", "Linux tcp(7), tcp_orphan_retries"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(3), 0, ANOMALY_LONGEST,
                    "time in FIN_WAIT_1 after which it is a warning"},
                   {"many", ANOMALY_COUNT, 10, 1, ANOMALY_MAX_COUNT,
                    "N at once or more: one error"}},
        .gates = GATE_ONE_WAY | GATE_DROPS | GATE_MADE_UP | GATE_TRANSLATED,
        .claims = true,
        .judge_end = is_stuck_closing,
        .survey = survey_stuck_closing,
    },
    {
        .id = "A44",
        .name = "last_ack_stuck",
        .title = "LAST_ACK: the last ACK does not come",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "The end that closed second repeats its FIN, and its peer does not answer: the "
                   "peer's host is gone, or the way back is blocked. When a load test is stopped "
                   "there may be many at once.",
        .text = "LAST_ACK for {d0}",
        .filter = "tcpstate.state == LAST_ACK || tcpstate.state == CLOSING",
        .causes = {"the peer's host was stopped after it had closed, such as a load tester",
                   "a firewall drops the last ACK, because it forgets the connection at the FIN"},
        .checks = {"on the host: ss -tno state last-ack",
                   "whether the host that does not answer is still up: ping",
                   "on a Linux firewall: sysctl -a | grep nf_conntrack_tcp_timeout"},
        .references = {RFC9293_STATES, "RFC 6298"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(3), 0, ANOMALY_LONGEST,
                    "time in LAST_ACK after which it is a warning"},
                   {"many", ANOMALY_COUNT, 10, 1, ANOMALY_MAX_COUNT,
                    "N at once or more: one error"}},
        .gates = GATE_ONE_WAY | GATE_DROPS | GATE_MADE_UP | GATE_TRANSLATED,
        .claims = true,
        .judge_end = is_last_ack_stuck,
        .survey = survey_last_acks,
    },
    {
        .id = "A45",
        .name = "simultaneous_close",
        .title = "Both closed at once",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "The FINs of both ends crossed. Both go through CLOSING to TIME_WAIT; TCP is made "
            "for it.",
        .text = "the FINs of both ends crossed",
        .filter = "tcpstate.analysis.simultaneous_close || tcp.flags.fin == 1",
        .causes = {"both applications close at the same event or time limit"},
        .checks = {"nothing, unless it lasts: then A44 tells it"},
        .references = {"RFC 9293 3.6, figure 13"},
        .limits = {{"many", ANOMALY_COUNT, 5, 1, ANOMALY_MAX_COUNT,
                    "N at one listener or more are reported as one"}},
        .gates = GATE_SKEWED,
        .judge_end = is_simultaneous,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_simultaneous,
    },
    {.id = NULL},
};
