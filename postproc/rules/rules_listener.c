/* rules_listener.c - anomalies of a listener that cannot keep up: full queues.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"
#include "time_window.h"

/* ---- a full accept queue ---- */

static const struct tsm_mark *synack_again(const struct anomaly_survey *survey, guint number)
{
    return story_mark(survey->story, story_connection(survey->story, number), TSM_SERVER,
                      TSM_NOTE_BIT_SYN_ACK_AGAIN);
}

static bool is_not_accepted(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    return (connection->notes & TSM_NOTE_SYN_ACK_AGAIN) != 0 &&
           case_is_not_accepted(survey->story, connection);
}

enum { QUEUE_CONNECTIONS, QUEUE_WINDOW, QUEUE_ABORT };

static void survey_repeated_answers(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups = survey_large_groups(survey, TUPLE_LISTENER, is_not_accepted,
                                                      (guint)limit[QUEUE_CONNECTIONS]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        guint from, to;
        const guint most = window_find(survey, group->members, limit[QUEUE_WINDOW], &from, &to);
        if (most >= (guint)limit[QUEUE_CONNECTIONS]) {
            const guint *numbers = window_numbers(group->members, from);
            struct anomaly hit = survey_hit(survey, TUPLE_LISTENER, numbers, to - from);
            hit.n_frames = 0;
            for (guint k = 0; k < to - from; k++) {
                anomaly_evidence(&hit, synack_again(survey, numbers[k])->first_frame);
            }
            survey_add(survey, &hit, numbers, to - from);
        }
    }
}

/* The server, which has sent nothing but one SYN-ACK (more: the third ACK is late, and its request
 * forgotten), answers the third ACK as one that has no
 * socket: by a RST without ACK. So does Linux when net.ipv4.tcp_abort_on_overflow is 1 and the
 * accept queue is full; an application that resets what it has accepted sends RST with ACK (RFC
 * 9293 3.10.5). Source: measured, a listener with a backlog of 2 and that setting. */
static bool is_aborted_at_accept(const struct anomaly_survey *survey, guint number, int64_t soon_ns)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    if (survey->ending[number] != ENDING_RESET_BY_SERVER) {
        return false;
    }
    const struct tsm_mark *third =
        story_mark(survey->story, connection, TSM_CLIENT, MARK_THIRD_ACK);
    const struct tsm_mark *syn_ack =
        story_mark(survey->story, connection, TSM_SERVER, MARK_SYN_ACK);
    const struct tsm_mark *reset = story_mark(survey->story, connection, TSM_SERVER, MARK_RST);
    const unsigned signs =
        story_facts(survey->story, connection, TSM_SERVER)->seen.rst_signs & TSM_RST_FORM;

    return third->count > 0 && syn_ack->count == 1 && reset->count > 0 && signs == TSM_RST_BARE &&
           connection->segments[TSM_SERVER] == syn_ack->count + reset->count &&
           reset->first_ns >= third->first_ns &&
           reset->first_ns - third->first_ns <= MAX(soon_ns, 2 * connection->setup_ns);
}

static bool is_handshake_complete(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] == OPENING_CONNECTED;
}

/* Listeners that refused connections: when one is closed, what waits for accept() is reset, too. */
static GHashTable *refusing_listeners(const struct anomaly_survey *survey)
{
    GHashTable *tuples = survey_tuples_new();

    for (guint i = 0; i < survey->story->connections->len; i++) {
        if (survey->opening[i] == OPENING_REFUSED) {
            survey_tuples_add(tuples, &story_connection(survey->story, i)->tuple, TUPLE_LISTENER);
        }
    }
    return tuples;
}

static void tell_aborted(struct anomaly_survey *survey, const guint *numbers, guint n, bool many)
{
    struct anomaly hit = survey_hit(survey, many ? TUPLE_LISTENER : TUPLE_CONNECTION, numbers, n);

    hit.text = many ? "{members:client:clients} of {server} sent the third ACK and got a RST at "
                      "once: the accept queue is full, and tcp_abort_on_overflow is on"
                    : "{client} sent the third ACK and got a RST at once: the accept queue of "
                      "{server} is full (tcp_abort_on_overflow), or a firewall resets what it has "
                      "let connect";
    if (!many) {
        hit.severity = ANOMALY_WARNING;
        hit.confidence = ANOMALY_PRESUMED;
    }
    hit.n_frames = 0;
    for (guint i = 0; i < n; i++) {
        const struct tsm_mark *reset = story_mark(
            survey->story, story_connection(survey->story, numbers[i]), TSM_SERVER, MARK_RST);
        anomaly_evidence(&hit, reset->first_frame);
        hit.last_frame = MAX(hit.last_frame, reset->first_frame);
    }
    survey_add(survey, &hit, numbers, n);
}

static void survey_aborts(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups = survey_groups(survey, TUPLE_LISTENER, is_handshake_complete);
    g_autoptr(GHashTable) refusing = refusing_listeners(survey);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        if (survey_tuples_have(refusing, &group->first->tuple, TUPLE_LISTENER)) {
            continue;
        }
        g_autoptr(GArray) aborted = g_array_new(FALSE, FALSE, sizeof(guint));
        guint from, to;
        for (guint k = 0; k < group->members->len; k++) {
            const guint number = survey_member(group, k);
            if (is_aborted_at_accept(survey, number, limit[QUEUE_ABORT])) {
                g_array_append_val(aborted, number);
            }
        }
        const guint most = window_find(survey, aborted, limit[QUEUE_WINDOW], &from, &to);
        if (most >= (guint)limit[QUEUE_CONNECTIONS]) {
            tell_aborted(survey, window_numbers(aborted, from), to - from, true);
            continue;
        }
        for (guint k = 0; k < aborted->len; k++) {
            tell_aborted(survey, window_numbers(aborted, k), 1, false);
        }
    }
}

static void survey_accept_queue(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_repeated_answers(survey, limit);
    survey_aborts(survey, limit);
}

/* ---- a listener that drops SYNs ---- */

/* How attempts at one listener began. */
struct attempts {
    GArray *dropped; /* of guint: their first SYN got no answer */
    guint answered;  /* at once */
    guint recovered; /* of the dropped: a later SYN was answered */
};

static bool is_attempt(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] == OPENING_CONNECTED ||
           survey->opening[number] == OPENING_UNANSWERED;
}

/* Source of the time: RFC 6298 2.1, the first retransmission of a SYN. */
#define FIRST_RTO_NS ANOMALY_NS(0.8)

static bool is_dropped(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);
    const struct tsm_mark *syn_ack =
        story_mark(survey->story, connection, TSM_SERVER, MARK_SYN_ACK);

    if (syn_ack->count == 0) {
        return duration_forward(connection->start_ns,
                                story_followed_to(survey->story, connection)) >= FIRST_RTO_NS;
    }
    return connection->syn_tries > 1 &&
           duration_forward(connection->start_ns, syn_ack->first_ns) >= FIRST_RTO_NS;
}

static void sort_attempts(const struct anomaly_survey *survey, const struct survey_group *group,
                          struct attempts *attempts)
{
    *attempts = (struct attempts){.dropped = g_array_new(FALSE, FALSE, sizeof(guint))};
    for (guint i = 0; i < group->members->len; i++) {
        const guint number = survey_member(group, i);
        if (is_dropped(survey, number)) {
            g_array_append_val(attempts->dropped, number);
            attempts->recovered += survey->opening[number] == OPENING_CONNECTED;
        } else {
            attempts->answered++;
        }
    }
}

static void survey_dropping_listener(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, TUPLE_LISTENER, is_attempt, (guint)limit[0]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        struct attempts attempts;
        guint from, to;
        sort_attempts(survey, group, &attempts);
        const guint most = window_find(survey, attempts.dropped, limit[2], &from, &to);
        if (most >= (guint)limit[0] && attempts.answered > 0 && attempts.recovered > 0 &&
            (int64_t)attempts.dropped->len * 100 >= limit[1] * (int64_t)group->members->len) {
            const guint *numbers = window_numbers(attempts.dropped, from);
            struct anomaly hit = survey_hit(survey, TUPLE_LISTENER, numbers, to - from);
            hit.figure[0] = group->members->len;
            hit.figure[1] = attempts.dropped->len;
            hit.figure[2] = attempts.recovered;
            survey_add(survey, &hit, numbers, to - from);
        }
        g_array_unref(attempts.dropped);
    }
}

const struct anomaly_rule rules_listener[] = {
    {
        .id = "A06",
        .name = "accept_queue_full",
        .title = "Accept queue full",
        .severity = ANOMALY_ERROR,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The handshake was completed as far as the client can tell, and it sent data; but the "
            "server repeats its SYN-ACK and acknowledges no data: it dropped the third ACK because "
            "the queue of connections that wait for accept() is full. The client believes it is "
            "connected and waits. With net.ipv4.tcp_abort_on_overflow the server answers the third "
            "ACK with RST instead.",
        .text =
            "{members:client:clients} of {server} sent the third ACK and data, and got the SYN-ACK "
            "again: the accept queue is full",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the application calls accept() too slowly, or hangs",
                   "the backlog of listen() or net.core.somaxconn is too small",
                   "the process gets too little CPU (cgroup throttling)"},
        .checks = {"on the server: ss -lnt 'sport = :{server.port}' (Recv-Q above Send-Q)",
                   "nstat -az TcpExtListenOverflows TcpExtListenDrops",
                   "sysctl net.core.somaxconn net.ipv4.tcp_abort_on_overflow; the backlog that the "
                   "service asks for"},
        .references = {"listen(2)", "tcp(7) tcp_abort_on_overflow"},
        .limits = {{"connections", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N connections to one listener, one alone is a lost ACK"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(60), 0, ANOMALY_LONGEST,
                    "within this time"},
                   {"abort", ANOMALY_SECONDS, ANOMALY_NS(0.5), 0, ANOMALY_LONGEST,
                    "a RST so soon after the third ACK, or within two round trips"}},
        .gates = GATE_MIRRORED | GATE_ONE_WAY | GATE_TWO_PATHS,
        .claims = true,
        .survey = survey_accept_queue,
    },
    {
        .id = "A08",
        .name = "listener_drops_syns",
        .title = "Listener drops SYNs",
        .severity = ANOMALY_ERROR,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "At one listener some SYNs are answered at once, and others only when they are "
            "repeated, or never. The listener is up; what drops the others, itself or something on "
            "the way, the SYNs alone do not tell. Since Linux 4.10 a full accept queue shows like "
            "this; so does loss.",
        .text =
            "{n1} of {n0} first SYNs to {server} got no answer; {n2} succeeded when the SYN was "
            "repeated",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the accept queue is full: the application is too slow",
                   "the SYN queue is full, and SYN cookies are off",
                   "conntrack is full, or a firewall limits the rate",
                   "loss or an outage on the path: then data is repeated, too"},
        .checks = {"on the server: ss -lnt 'sport = :{server.port}' (Recv-Q)",
                   "nstat -az TcpExtListenDrops TcpExtTCPReqQFullDrop",
                   "conntrack -S; dmesg | grep conntrack"},
        .references = {"listen(2)", "RFC 4987"},
        .limits = {{"dropped", ANOMALY_COUNT, 5, 1, ANOMALY_MAX_COUNT, "N within the window"},
                   {"percent", ANOMALY_PERCENT, 10, 1, 100, "of all attempts at the listener"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(10), 0, ANOMALY_LONGEST,
                    "the window of time"}},
        .gates = GATE_ONE_WAY | GATE_MIRRORED | GATE_TWO_PATHS,
        .claims = true,
        .yields = true,
        .survey = survey_dropping_listener,
    },
    {.id = NULL},
};
