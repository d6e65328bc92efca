/* rules_options.c - anomalies that show in the options of SYN-ACKs: one listener grants to some
 * what it does not grant to others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_case.h"
#include "rules.h"

#define OPTIONS (TSM_HAS_WSCALE | TSM_HAS_SACK_PERM | TSM_HAS_TIMESTAMP)

static unsigned offered_by(const struct anomaly_survey *survey, guint number, enum tsm_side side)
{
    return survey->digest[number].offered[side] & OPTIONS;
}

static bool is_request(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] != OPENING_MIDSTREAM;
}

static bool was_answered(const struct anomaly_survey *survey, guint number)
{
    return story_mark(survey->story, story_connection(survey->story, number), TSM_SERVER,
                      MARK_SYN_ACK)
               ->count > 0;
}

/* What a listener made of the requests. */
struct grants {
    GArray *denied;   /* of guint: got less than they offered and others were granted */
    guint granted;    /* offered options, and got as much as the listener ever grants */
    guint unfinished; /* never completed the handshake */
};

static void sort_grants(const struct anomaly_survey *survey, const struct survey_group *group,
                        struct grants *grants)
{
    unsigned able = 0;

    *grants = (struct grants){.denied = g_array_new(FALSE, FALSE, sizeof(guint))};
    for (guint i = 0; i < group->members->len; i++) {
        able |= offered_by(survey, survey_member(group, i), TSM_SERVER);
    }
    for (guint i = 0; i < group->members->len; i++) {
        const guint number = survey_member(group, i);
        const unsigned wanted = offered_by(survey, number, TSM_CLIENT) & able;
        grants->unfinished += survey->opening[number] != OPENING_CONNECTED;
        if (wanted == 0 || !was_answered(survey, number)) {
            continue;
        }
        if ((wanted & ~offered_by(survey, number, TSM_SERVER)) != 0) {
            g_array_append_val(grants->denied, number);
        } else {
            grants->granted++;
        }
    }
}

/* limit: 0 connections, 1 unfinished. `pressed`: the listener has many unfinished handshakes. */
static void survey_options(struct anomaly_survey *survey, const int64_t *limit, bool pressed)
{
    g_autoptr(GPtrArray) groups = survey_large_groups(
        survey, TUPLE_LISTENER, is_request, (guint)limit[0] + 1); /* and one that was granted */

    for (guint i = 0; i < groups->len; i++) {
        struct grants grants;
        sort_grants(survey, g_ptr_array_index(groups, i), &grants);
        const guint n = grants.denied->len;
        if (n >= (guint)limit[0] && grants.granted > 0 &&
            (grants.unfinished >= (guint)limit[1]) == pressed) {
            const guint *numbers = &g_array_index(grants.denied, guint, 0);
            struct anomaly hit = survey_hit(survey, TUPLE_LISTENER, numbers, n);
            hit.figure[0] = n;
            hit.figure[1] = n + grants.granted;
            survey_add(survey, &hit, numbers, n);
        }
        g_array_unref(grants.denied);
    }
}

static void survey_cookies(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_options(survey, limit, true);
}

static void survey_stripped(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_options(survey, limit, false);
}

#define LIMITS                                                                                \
    {                                                                                         \
        {"connections", ANOMALY_COUNT, 2, 1, ANOMALY_MAX_COUNT, "N handshakes without them"}, \
            {"unfinished",                                                                    \
             ANOMALY_COUNT,                                                                   \
             20,                                                                              \
             0,                                                                               \
             ANOMALY_MAX_COUNT,                                                               \
             "from N unfinished handshakes on it is A11, below A19"},                         \
    }

const struct anomaly_rule rules_options[] = {
    {
        .id = "A11",
        .name = "syn_cookies",
        .title = "SYN cookies, probably",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "While many handshakes were left unfinished, the server's SYN-ACKs lacked options that "
            "it grants at other times. With SYN cookies it keeps nothing of a request, and has no "
            "room for window scaling and SACK unless time stamps carry them. The service goes on, "
            "more slowly.",
        .text =
            "{n0} of {n1} SYN-ACKs of {server} lack options that the SYN offered and that other "
            "SYN-ACKs have",
        .filter = "tcp.flags.syn == 1 && tcp.flags.ack == 1",
        .causes =
            {"the queue of requests is full, and net.ipv4.tcp_syncookies is 1: a flood (A09)"},
        .checks = {"on the server: nstat -az TcpExtSyncookiesSent TcpExtTCPReqQFullDoCookies",
                   "dmesg | grep 'SYN flooding'"},
        .references = {"RFC 4987 3.6", "tcp(7) tcp_syncookies"},
        .limits = LIMITS,
        .gates = GATE_ONE_WAY | GATE_MIRRORED | GATE_TWO_PATHS,
        .survey = survey_cookies,
    },
    {
        .id = "A19",
        .name = "options_stripped",
        .title = "Options missing in some handshakes",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "Clients offered window scaling, SACK or time stamps, and this listener grants them to "
            "others, but not to them: something on the way has removed them. Without window "
            "scaling no more than 64 KiB are under way, so long paths are slow.",
        .text =
            "{n0} of {n1} SYN-ACKs of {server} lack options that the SYN offered and that other "
            "SYN-ACKs have",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a firewall or normaliser on one path removes TCP options",
                   "several hosts behind one address, set differently"},
        .checks = {"capture at both ends and compare the SYNs: tcpstory diff",
                   "on each server behind the address: sysctl net.ipv4.tcp_window_scaling "
                   "net.ipv4.tcp_sack net.ipv4.tcp_timestamps"},
        .references = {"RFC 7323 2.2", "RFC 2018 2"},
        .limits = LIMITS,
        .gates = GATE_ONE_WAY | GATE_MIRRORED | GATE_TWO_PATHS,
        .survey = survey_stripped,
    },
    {.id = NULL},
};
