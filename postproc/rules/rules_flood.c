/* rules_flood.c - anomalies of very many requests at one listener.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_case.h"
#include "duration.h"
#include "rules.h"
#include "time_window.h"

static bool is_request(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] != OPENING_MIDSTREAM &&
           survey->opening[number] != OPENING_REFUSED &&
           survey->opening[number] != OPENING_ICMP_REJECTED;
}

/* Those of a burst that were not finished, and how much of it was. */
struct flood {
    GArray *unfinished;
    guint from, to;  /* the burst among them */
    guint sources;   /* different clients in it */
    int64_t percent; /* of all requests in the burst's time that were completed */
    int64_t ns;      /* from its first to its last */
};

static void measure_flood(const struct anomaly_survey *survey, const struct survey_group *group,
                          struct flood *flood)
{
    const int64_t begin = window_start(survey, flood->unfinished, flood->from);
    const int64_t end = window_start(survey, flood->unfinished, flood->to - 1);
    guint completed = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const int64_t start = survey_connection(survey, group, i)->start_ns;
        completed += start >= begin && start <= end &&
                     survey->opening[survey_member(group, i)] == OPENING_CONNECTED;
    }
    const guint n = flood->to - flood->from;
    flood->percent = 100 * (int64_t)completed / (int64_t)(completed + n);
    flood->ns = duration_forward(begin, end);
    flood->sources = window_different(survey, window_numbers(flood->unfinished, flood->from), n,
                                      TUPLE_CLIENT_HOST);
}

/* The same names for both rules; the last two are A09's. */
enum { FLOOD_MANY, FLOOD_COMPLETED, FLOOD_WINDOW, FLOOD_DRIFT, FLOOD_SUM };

/* The flood at one listener, if its fullest window has `least` unfinished requests. */
static bool find_flood(const struct anomaly_survey *survey, const struct survey_group *group,
                       const int64_t *limit, struct flood *flood)
{
    for (guint i = 0; i < group->members->len; i++) {
        const guint number = survey_member(group, i);
        if (survey->opening[number] != OPENING_CONNECTED) {
            g_array_append_val(flood->unfinished, number);
        }
    }
    if (window_find(survey, flood->unfinished, limit[FLOOD_WINDOW], &flood->from, &flood->to) <
        (guint)limit[FLOOD_MANY]) {
        return false;
    }
    measure_flood(survey, group, flood);
    return flood->percent < limit[FLOOD_COMPLETED];
}

/* The client never came back after its one SYN. A host that exists repeats it after a second (RFC
 * 6298 2.1), or answers the SYN-ACK; so requests shortly before the capture's end tell nothing. */
#define COMES_BACK_NS ANOMALY_NS(1.5)

static bool is_abandoned(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    return survey->opening[number] != OPENING_CONNECTED && connection->segments[TSM_CLIENT] == 1 &&
           duration_forward(connection->start_ns, survey->end_ns) >= COMES_BACK_NS;
}

/* More of the flood's requests than not came from hosts that came back. */
static bool is_of_real_hosts(const struct anomaly_survey *survey, const struct flood *flood)
{
    guint again = 0;

    for (guint i = flood->from; i < flood->to; i++) {
        again +=
            story_connection(survey->story, g_array_index(flood->unfinished, guint, i))->syn_tries >
            1;
    }
    return again * 2 > flood->to - flood->from;
}

/* The flood at one listener that no window shows, by the cumulative sum (CUSUM) of abandoned minus
 * completed requests, from which `drift` a second is taken, and which is never below 0. When it
 * reaches `sum`, the flood is since it was 0. Source: Wang, Zhang, Shin, Detecting SYN Flooding
 * Attacks, 2002. */
static bool find_slow_flood(const struct anomaly_survey *survey, const struct survey_group *group,
                            const int64_t *limit, struct flood *flood)
{
    const double drift_per_ns = (double)limit[FLOOD_DRIFT] / 1e9;
    double total = 0;
    guint begin = 0;
    bool found = false;

    for (guint i = 0; i < group->members->len; i++) {
        const guint number = survey_member(group, i);
        const bool abandoned = is_abandoned(survey, number);
        if (i > 0) {
            total -= drift_per_ns *
                     (double)duration_forward(survey_connection(survey, group, i - 1)->start_ns,
                                              survey_connection(survey, group, i)->start_ns);
        }
        total += abandoned ? 1 : survey->opening[number] == OPENING_CONNECTED ? -1 : 0;
        if (total <= 0) {
            total = 0;
            if (found) {
                break;
            }
            begin = flood->unfinished->len + abandoned;
        }
        if (abandoned) {
            g_array_append_val(flood->unfinished, number);
        }
        found = found || total >= (double)limit[FLOOD_SUM];
    }
    flood->from = begin;
    flood->to = flood->unfinished->len;
    if (!found) {
        return false;
    }
    measure_flood(survey, group, flood);
    return flood->percent < limit[FLOOD_COMPLETED];
}

static void tell_flood(struct anomaly_survey *survey, const struct flood *flood, const char *text)
{
    const guint *numbers = window_numbers(flood->unfinished, flood->from);
    const guint n = flood->to - flood->from;
    struct anomaly hit = survey_hit(survey, TUPLE_LISTENER, numbers, n);

    hit.figure[0] = n;
    hit.figure[1] = flood->sources;
    hit.figure[2] = flood->ns;
    hit.figure[3] = flood->percent;
    hit.text = text != NULL ? text : hit.text;
    survey_add(survey, &hit, numbers, n);
}

typedef bool (*find_kind)(const struct anomaly_survey *survey, const struct survey_group *group,
                          const int64_t *limit, struct flood *flood);

/* Floods from many sources that do not come back when they are `forged`; others when not. None has
 * fewer than `least` requests. */
static void survey_floods(struct anomaly_survey *survey, const int64_t *limit, find_kind find,
                          int64_t least, bool forged, const char *text)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, TUPLE_LISTENER, is_request, (guint)least);

    for (guint i = 0; i < groups->len; i++) {
        struct flood flood = {.unfinished = g_array_new(FALSE, FALSE, sizeof(guint))};
        if (find(survey, g_ptr_array_index(groups, i), limit, &flood) &&
            (flood.sources >= (guint)limit[FLOOD_MANY] && !is_of_real_hosts(survey, &flood)) ==
                forged) {
            tell_flood(survey, &flood, text);
        }
        g_array_unref(flood.unfinished);
    }
}

static void survey_spoofed_flood(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_floods(survey, limit, find_flood, limit[FLOOD_MANY], true, NULL);
    survey_floods(survey, limit, find_slow_flood, limit[FLOOD_SUM], true,
                  "{n0:SYN:SYNs} from {n1:address:addresses} in {d2}, none of which came back: a "
                  "slow flood; {p3} of all handshakes in that time were completed");
}

static void survey_retry_storm(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_floods(survey, limit, find_flood, limit[FLOOD_MANY], false, NULL);
}

const struct anomaly_rule rules_flood[] = {
    {
        .id = "A09",
        .name = "syn_flood",
        .title = "SYN flood",
        .severity = ANOMALY_ERROR,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "Very many requests from very many addresses at one listener, and next to none is "
            "completed: the addresses are forged, to fill the queue of half-open connections. A "
            "slow flood shows in the sum over time of requests whose client never comes back, not "
            "even to repeat its SYN.",
        .text = "{n0:SYN:SYNs} from {n1:address:addresses} in {d2}, {p3} of all handshakes in that "
                "time were completed",
        .filter = "tcp.flags.syn == 1",
        .causes = {"an attack with forged addresses", "a load test without a client behind it"},
        .checks =
            {"on the server: ss -tn state syn-recv | wc -l",
             "sysctl net.ipv4.tcp_syncookies (1 = on when needed); nstat -az TcpExtSyncookiesSent",
             "ask the provider to filter or to limit the rate"},
        .references = {"RFC 4987", "Wang et al., Detecting SYN Flooding Attacks, 2002"},
        .limits = {{"sources", ANOMALY_COUNT, 30, 1, ANOMALY_MAX_COUNT,
                    "different addresses with unfinished requests within the window"},
                   {"completed", ANOMALY_PERCENT, 20, 1, 100, "fewer than that were completed"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "the window of time"},
                   {"drift", ANOMALY_COUNT, 5, 0, ANOMALY_MAX_COUNT,
                    "tolerated rate of abandoned requests per second"},
                   {"sum", ANOMALY_COUNT, 100, 1, ANOMALY_MAX_COUNT,
                    "and N more, minus those completed, are not"}},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .yields = true,
        .survey = survey_spoofed_flood,
    },
    {
        .id = "A10",
        .name = "retry_storm",
        .title = "Storm of unfinished requests",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "Very many unfinished requests at one listener, from few addresses, or from many that "
            "repeat their SYNs and so exist: a client in a loop without a pause, a scanner, a "
            "service that is down.",
        .text = "{n0:SYN:SYNs} from {n1:address:addresses} in {d2}, {p3} of all handshakes in that "
                "time were completed",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a client that reconnects without a pause", "a flood from real hosts",
                   "the listener is down or too slow, and everybody tries again"},
        .checks = {"which client: tcpstory list --port {server.port} --sort client",
                   "on the client: back-off between attempts"},
        .references = {"RFC 4987"},
        .limits = {{"requests", ANOMALY_COUNT, 30, 1, ANOMALY_MAX_COUNT,
                    "unfinished requests within the window"},
                   {"completed", ANOMALY_PERCENT, 20, 1, 100, "fewer than that were completed"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "the window of time"}},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .yields = true,
        .survey = survey_retry_storm,
    },
    {.id = NULL},
};
