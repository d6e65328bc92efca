/* rules_answers.c - anomalies of answers that a listener gives to some only, takes back, or gives
 * too late, A55 to A57.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

/* ---- A55 ---- */

enum { IGNORED_SILENCE, IGNORED_ANSWERED, IGNORED_MANY };

static bool is_attempt(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] != OPENING_MIDSTREAM;
}

static gint compare_ns(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* When the listener first answered each connection of the group, ascending. */
static GArray *answer_times(const struct anomaly_survey *survey, const struct survey_group *group)
{
    GArray *times = g_array_new(FALSE, FALSE, sizeof(int64_t));

    for (guint i = 0; i < group->members->len; i++) {
        const struct tsm_mark *syn_ack = story_mark(
            survey->story, survey_connection(survey, group, i), TSM_SERVER, MARK_SYN_ACK);
        if (syn_ack->count > 0) {
            g_array_append_val(times, syn_ack->first_ns);
        }
    }
    g_array_sort(times, compare_ns);
    return times;
}

static guint count_before(const GArray *times, int64_t ns)
{
    guint from = 0, to = times->len;

    while (from < to) {
        const guint middle = from + (to - from) / 2;
        if (g_array_index(times, int64_t, middle) < ns) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/* Time stamps of one clock move on by a tick per millisecond at most (RFC 7323 5.4). */
#define MAX_LOOK_BACK 10000 /* connections; a flood has more */
#define TICKS_OF(ns) ((ns) / 1000000 + 1000)

/* The time stamp of the SYN is behind the last one that the listener had accepted from the same
 * address, by more than one clock can be: another host behind the same NAT (RFC 7323 5.3, RFC
 * 6191).
 */
static bool is_behind(const struct anomaly_survey *survey, const struct survey_group *group,
                      guint place)
{
    const struct story_connection *connection = survey_connection(survey, group, place);
    const struct tsm_record_facts syn = *story_facts(survey->story, connection, TSM_CLIENT);

    if (syn.ts_val == 0) {
        return false;
    }
    for (guint i = place; i-- > 0 && place - i < MAX_LOOK_BACK;) {
        const guint other = survey_member(group, i);
        const struct story_connection *before = survey_connection(survey, group, i);
        const struct tsm_record_facts *facts = story_facts(survey->story, before, TSM_CLIENT);
        if (survey->opening[other] == OPENING_CONNECTED && facts->ts_val != 0 &&
            memcmp(before->tuple.src, connection->tuple.src, connection->tuple.addr_len) == 0) {
            return (int32_t)(facts->ts_val - syn.ts_val) >
                   TICKS_OF(ABS(duration(facts->last_ns, connection->start_ns)));
        }
    }
    return false;
}

/* What the listener of a group answered, and the rule's thresholds. */
struct listening {
    const GArray *times;
    const int64_t *limit;
};

/* A SYN waits so long before it is repeated: RFC 6298 2.1. */
#define SYN_RTO_NS ANOMALY_NS(1)

/* The hit of an attempt that got no answer although the listener answered others meanwhile. */
static bool is_ignored(struct anomaly_survey *survey, const struct survey_group *group,
                       const struct listening *listening, guint place, struct anomaly *hit)
{
    const guint number = survey_member(group, place);
    const struct story_connection *connection = story_connection(survey->story, number);
    const struct tsm_mark *syn = story_mark(survey->story, connection, TSM_CLIENT, MARK_SYN);
    const int64_t silence =
        duration_forward(connection->start_ns, story_followed_to(survey->story, connection));
    const int64_t end_ns = duration_sum(syn->last_ns, SYN_RTO_NS);
    const int64_t *limit = listening->limit;

    if (survey->opening[number] != OPENING_UNANSWERED || silence < limit[IGNORED_SILENCE]) {
        return false;
    }
    const guint answered = count_before(listening->times, end_ns) -
                           count_before(listening->times, connection->start_ns);
    if (answered < limit[IGNORED_ANSWERED]) {
        return false;
    }
    *hit = survey_hit(survey, TUPLE_CONNECTION, &number, 1);
    hit->figure[0] = hit->weight = connection->syn_tries;
    hit->figure[1] = silence;
    hit->figure[2] = answered;
    hit->figure[3] = is_behind(survey, group, place);
    if (hit->figure[3] != 0) {
        hit->text = "{n0:SYN:SYNs} of {client} to {server} got no answer in {d1}, while "
                    "{n2:other was:others were} answered; the time stamps are behind the last that "
                    "the listener accepted from this address, as of another host";
    }
    return true;
}

/* Adds those whose time stamps are behind, or the others: at one listener many are one hit. */
static void add_ignored(struct anomaly_survey *survey, const GArray *all, bool behind, guint many)
{
    static const struct aggregate aggregates[] = {
        {TUPLE_LISTENER, ANOMALY_WARNING,
         "{members:attempt:attempts} at {server} got no answer, one in {d1}, while others were "
         "answered"},
        {TUPLE_LISTENER, ANOMALY_WARNING,
         "{members:attempt:attempts} at {server} got no answer, one in {d1}, while others were "
         "answered; their time stamps are behind the last that the listener accepted from their "
         "address, as of another host"}};
    g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(struct anomaly));

    for (guint i = 0; i < all->len; i++) {
        if ((g_array_index(all, struct anomaly, i).figure[3] != 0) == behind) {
            g_array_append_val(hits, g_array_index(all, struct anomaly, i));
        }
    }
    if (hits->len >= many) {
        add_aggregate(survey, hits, &aggregates[behind]);
    } else {
        add_singly(survey, hits);
    }
}

static void survey_ignored(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, TUPLE_LISTENER, is_attempt, (guint)limit[IGNORED_ANSWERED] + 1);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = groups->pdata[i];
        g_autoptr(GArray) times = answer_times(survey, group);
        g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(struct anomaly));
        const struct listening listening = {times, limit};
        struct anomaly hit;
        for (guint k = 0; times->len > 0 && k < group->members->len; k++) {
            if (is_ignored(survey, group, &listening, k, &hit)) {
                g_array_append_val(hits, hit);
            }
        }
        add_ignored(survey, hits, false, (guint)limit[IGNORED_MANY]);
        add_ignored(survey, hits, true, (guint)limit[IGNORED_MANY]);
    }
}

/* ---- A56 ---- */

enum { WAIT_TIME, WAIT_MANY };

/* When the client closed or reset first; 0 = it did not. */
static int64_t client_left_ns(const struct anomaly_case *c)
{
    const struct tsm_mark *fin = case_mark(c, TSM_CLIENT, MARK_FIN);
    const struct tsm_mark *reset = case_mark(c, TSM_CLIENT, MARK_RST);

    return c->connection->closed_by != 1 + TSM_CLIENT ? 0
           : fin->count > 0                           ? fin->first_ns
                                                      : reset->first_ns;
}

/* The client's last request was acknowledged, and it closed without the answer. That one was
 * expected is known when it comes too late, or when there were answers before. */
static bool has_given_up(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    const struct tsm_record_facts *client = story_facts(c->story, c->connection, side);
    const struct tsm_record_facts *server = story_facts(c->story, c->connection, TSM_SERVER);
    const int64_t left_ns = client_left_ns(c);
    const int64_t asked_ns = client->seen.last_data_ns;
    const bool late = server->first_data_ns > left_ns;
    const bool never = server->seen.last_data_ns < asked_ns;

    if (!case_was_open(c) || left_ns == 0 || asked_ns == 0 || asked_ns > left_ns ||
        left_ns - asked_ns - client->seen.stall_ns < c->limit[WAIT_TIME] || !(late || never) ||
        case_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN)->count > 0 ||
        client->seen.repeats.count > 1 || client->seen.stuck.count > 0) {
        return false;
    }
    hit->figure[0] = hit->weight = left_ns - asked_ns;
    hit->figure[1] = duration_forward(left_ns, server->first_data_ns);
    hit->first_ns = asked_ns;
    hit->first_frame = client->seen.last_data_frame;
    if (late) {
        hit->text = "{client} waited for {server} for {d0} and closed; the answer came {d1} later";
    } else if (client->seen.turns < 2) {
        hit->severity = ANOMALY_INFO;
        hit->confidence = ANOMALY_PRESUMED;
    }
    anomaly_evidence(hit, client->seen.last_data_frame);
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_FIN));
    anomaly_evidence(hit, server->first_data_frame);
    return true;
}

/* Alone, a client that never got an answer on the connection may have expected none. */
static void add_surely_given_up(struct anomaly_survey *survey, const GArray *hits)
{
    g_autoptr(GArray) sure = g_array_new(FALSE, FALSE, sizeof(struct anomaly));

    for (guint i = 0; i < hits->len; i++) {
        if (g_array_index(hits, struct anomaly, i).severity > ANOMALY_INFO) {
            g_array_append_val(sure, g_array_index(hits, struct anomaly, i));
        }
    }
    add_singly(survey, sure);
}

/* That several waited for as long shows that it is a time-out. Source of the slack: timers of
 * applications; assumed. */
static bool waited_alike(const GArray *hits)
{
    int64_t least = INT64_MAX, most = 0;

    for (guint i = 0; i < hits->len; i++) {
        const int64_t ns = g_array_index(hits, struct anomaly, i).figure[0];
        least = MIN(least, ns);
        most = MAX(most, ns);
    }
    return most - least <= least / 50 + ANOMALY_NS(0.05);
}

static void survey_given_up(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate alike = {
        TUPLE_LISTENER, ANOMALY_WARNING,
        "{members:connection:connections} to {server} were closed by clients that had waited for "
        "an answer for {d0}, all for as long: their time-out"};
    g_autoptr(GPtrArray) groups = grouped_hits(survey, TUPLE_LISTENER, TSM_CLIENT);

    for (guint i = 0; i < groups->len; i++) {
        const GArray *hits = groups->pdata[i];
        if (hits->len >= limit[WAIT_MANY] && waited_alike(hits)) {
            add_aggregate(survey, hits, &alike);
        } else {
            add_surely_given_up(survey, hits);
        }
    }
}

/* ---- A57 ---- */

/* The server had sent its SYN-ACK and answers the SYN, when it comes again, with RST; or it resets
 * at once. After SYN-ACKs that it repeated in vain the RST is its good right: A05. */
static bool is_taken_back(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn = anomaly_mark(c, TSM_CLIENT, MARK_SYN);
    const struct tsm_mark *syn_ack = anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK);
    const struct tsm_mark *reset = anomaly_mark(c, TSM_SERVER, MARK_RST);
    const bool asked_again = syn->last_ns > syn_ack->last_ns && syn->last_ns <= reset->first_ns;
    const bool at_once =
        syn_ack->count == 1 && duration_forward(syn_ack->first_ns, reset->first_ns) <= c->limit[0];

    hit->figure[0] = duration_forward(syn_ack->first_ns, reset->first_ns);
    hit->last_frame = reset->first_frame;
    anomaly_evidence(hit, syn_ack->first_frame);
    anomaly_evidence(hit, reset->first_frame);
    if (case_reset_is_foreign(c, TSM_SERVER, c->limit[1])) {
        hit->text = "a SYN-ACK of {server}, and {d0} later a RST in its name with another time to "
                    "live: something on the way resets";
        hit->fault = ANOMALY_OF_NETWORK;
    }
    return c->opening == OPENING_RESET && syn_ack->count > 0 && reset->count > 0 &&
           syn_ack->first_ns <= reset->first_ns &&
           anomaly_mark(c, TSM_CLIENT, MARK_RST)->count == 0 &&
           anomaly_mark(c, TSM_CLIENT, MARK_THIRD_ACK)->count == 0 && (asked_again || at_once);
}

/* ---- the table ---- */

const struct anomaly_rule rules_answers[] = {
    {
        .id = "A55",
        .name = "syn_ignored",
        .title = "SYN ignored by a listener that answers others",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "A client's SYNs got no answer of any kind, but the same listener answered "
                   "other SYNs in that time: the host is up, and somebody drops some SYNs and not "
                   "others.",
        .text = "{n0:SYN:SYNs} of {client} to {server} got no answer in {d1}, while {n2:other was:"
                "others were} answered",
        .filter = "tcp.flags.syn == 1",
        .causes = {"several hosts behind one NAT, and the server refuses time stamps that go back "
                   "(PAWS; net.ipv4.tcp_tw_recycle of old kernels)",
                   "a NAT gave a port again that the server still holds in TIME_WAIT",
                   "a queue of the listener was full for a while (A06, A08)",
                   "a firewall or conntrack drops: a limit of the rate, a full table",
                   "loss on the path"},
        .checks = {"on the server: nstat -az TcpExtPAWSPassive TcpExtListenDrops "
                   "TcpExtTCPReqQFullDrop",
                   "compare tcp.options.timestamp.tsval of SYNs that were answered and others",
                   "conntrack -S on the firewalls between; dmesg | grep conntrack"},
        .references = {"RFC 7323 5", "RFC 6191"},
        .limits = {{"silence", ANOMALY_SECONDS, ANOMALY_NS(3), 0, ANOMALY_LONGEST,
                    "time after the first SYN from which it is certain that no answer comes"},
                   {"answered", ANOMALY_COUNT, 1, 1, ANOMALY_MAX_COUNT,
                    "number of others that were answered meanwhile"},
                   {"many", ANOMALY_COUNT, 10, 1, ANOMALY_MAX_COUNT,
                    "this many at one listener are reported as one"}},
        .gates = GATE_ONE_WAY | GATE_MIRRORED | GATE_TWO_PATHS,
        .claims = true,
        .yields = true,
        .survey = survey_ignored,
    },
    {
        .id = "A56",
        .name = "gave_up_waiting",
        .title = "Client gave up waiting for the answer",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "The client sent its request, waited, and closed without an answer; the "
                   "server's TCP had taken the request. What waited had a limit of time, and the "
                   "server was slower.",
        .text = "{client} closed after it had waited for an answer of {server} for {d0}",
        .filter = "tcp.len > 0 || tcp.flags.fin == 1 || tcp.flags.reset == 1",
        .causes = {"the time-out of the client, or of the proxy that it is, is shorter than the "
                   "server needs",
                   "the server's application is slow, or hangs",
                   "the protocol has no answers: the client was merely idle"},
        .checks = {"the time-outs of the client and of proxies: is one of them that long?",
                   "what the server did in that time: its log, its database"},
        .references = {"RFC 9110 15.6.5"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(3), 0, ANOMALY_LONGEST,
                    "time that it waited"},
                   {"many", ANOMALY_COUNT, 3, 2, ANOMALY_MAX_COUNT,
                    "this many that waited for as long are reported as one"}},
        .gates = GATE_ONE_WAY | GATE_DROPS | GATE_CLOCK,
        .claims = true,
        .yields = true,
        .judge_end = has_given_up,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_given_up,
    },
    {
        .id = "A57",
        .name = "answer_taken_back",
        .title = "Server resets after its own SYN-ACK",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_SERVER,
        .meaning = "The server answered the SYN with SYN-ACK, and before the third ACK with RST: "
                   "connect() fails with ECONNREFUSED although the port listens, or did.",
        .text = "{server} sent SYN-ACK, and {d0} later a RST, before any third ACK",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"the listener was closed between the two",
                   "a TCP that handles a repeated SYN "
                   "badly (embedded devices)",
                   "a firewall or load balancer answers for the server, or resets in its place"},
        .checks = {"ss -lnt 'sport = :{server.port}' and the log of the service at that time",
                   "time to live and options of SYN-ACK and RST: are they of one host?"},
        .references = {"RFC 9293 3.10.7.4"},
        .limits = {{"soon", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "a RST so soon after the only SYN-ACK"},
                   FOREIGN_TTL},
        .gates = GATE_MIRRORED | GATE_TWO_PATHS | GATE_ONE_WAY,
        .yields = true,
        .judge = is_taken_back,
    },
    {.id = NULL},
};
