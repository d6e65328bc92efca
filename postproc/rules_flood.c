/* rules_flood.c - anomalies of very many requests at one listener.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "burst.h"
#include "rules.h"
#include "span.h"
#include "survey.h"

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
    const int64_t begin = burst_start(survey, flood->unfinished, flood->from);
    const int64_t end = burst_start(survey, flood->unfinished, flood->to - 1);
    guint completed = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const int64_t start = survey_connection(survey, group, i)->start_ns;
        completed += start >= begin && start <= end &&
                     survey->opening[survey_member(group, i)] == OPENING_CONNECTED;
    }
    const guint n = flood->to - flood->from;
    flood->percent = 100 * (int64_t)completed / (int64_t)(completed + n);
    flood->ns = span_forward(begin, end);
    flood->sources = burst_different(survey, burst_numbers(flood->unfinished, flood->from), n,
                                     ANOMALY_CLIENT_HOST);
}

/* The flood at one listener, if its fullest window has `least` unfinished requests. The caller frees
 * `unfinished`. */
static bool find_flood(const struct anomaly_survey *survey, const struct survey_group *group,
                       guint least, int64_t window_ns, struct flood *flood)
{
    *flood = (struct flood){.unfinished = g_array_new(FALSE, FALSE, sizeof(guint))};
    for (guint i = 0; i < group->members->len; i++) {
        const guint number = survey_member(group, i);
        if (survey->opening[number] != OPENING_CONNECTED) {
            g_array_append_val(flood->unfinished, number);
        }
    }
    if (burst_find(survey, flood->unfinished, window_ns, &flood->from, &flood->to) < least) {
        return false;
    }
    measure_flood(survey, group, flood);
    return true;
}

/* Floods of `spoofed` kind: from many sources, none of which comes back; or from few. */
static void survey_floods(struct anomaly_survey *survey, const int64_t *limit, bool spoofed)
{
    g_autoptr(GPtrArray) groups = survey_groups(survey, ANOMALY_LISTENER, is_request);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        struct flood flood;
        if (find_flood(survey, group, (guint)limit[0], limit[2], &flood) &&
            flood.percent < limit[1] && (flood.sources >= (guint)limit[0]) == spoofed) {
            const guint *numbers = burst_numbers(flood.unfinished, flood.from);
            const guint n = flood.to - flood.from;
            struct anomaly hit = survey_hit(survey, ANOMALY_LISTENER, numbers, n);
            hit.figure[0] = n;
            hit.figure[1] = flood.sources;
            hit.figure[2] = flood.ns;
            hit.figure[3] = flood.percent;
            survey_add(survey, &hit, numbers, n);
        }
        g_array_unref(flood.unfinished);
    }
}

static void survey_spoofed_flood(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_floods(survey, limit, true);
}

static void survey_retry_storm(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_floods(survey, limit, false);
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
            "Very many requests from very many addresses at one listener, and next to none is completed: the addresses are forged, to fill the queue of half-open connections.",
        .text =
            "{n0:SYN:SYNs} from {n1:address:addresses} in {d2}, {p3} of all handshakes in that time were completed",
        .filter = "tcp.flags.syn == 1",
        .causes = {"an attack with forged addresses", "a load test without a client behind it"},
        .checks =
            {"on the server: ss -tn state syn-recv | wc -l",
             "sysctl net.ipv4.tcp_syncookies (1 = on when needed); nstat -az TcpExtSyncookiesSent",
             "ask the provider to filter or to limit the rate"},
        .references = {"RFC 4987"},
        .limits = {{"sources", ANOMALY_COUNT, 30,
                    "different addresses with unfinished requests within the window"},
                   {"completed", ANOMALY_PERCENT, 20, "fewer than that were completed"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(1), "the window of time"}},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .yields = true,
        .survey = survey_spoofed_flood,
    },
    {
        .id = "A10",
        .name = "retry_storm",
        .title = "Storm of requests from few hosts",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "Very many unfinished requests at one listener, from few addresses: a client in a loop without a pause, a scanner, or a flood without forged addresses.",
        .text =
            "{n0:SYN:SYNs} from {n1:address:addresses} in {d2}, {p3} of all handshakes in that time were completed",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a client that reconnects without a pause", "a flood from real hosts",
                   "the listener is down or too slow, and everybody tries again"},
        .checks = {"which client: tcpstory list --port {server.port} --sort client",
                   "on the client: back-off between attempts"},
        .references = {"RFC 4987"},
        .limits = {{"requests", ANOMALY_COUNT, 30, "unfinished requests within the window"},
                   {"completed", ANOMALY_PERCENT, 20, "fewer than that were completed"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(1), "the window of time"}},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .yields = true,
        .survey = survey_retry_storm,
    },
    {.id = NULL},
};
