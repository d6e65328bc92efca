/* verb_extract.c - the verb extract: the packets of the connections that were chosen, as a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <unistd.h>

#include "errors.h"
#include "extract.h"
#include "rules.h"
#include "session.h"
#include "verb_table.h"

/* The connections of a story with an anomaly. */
struct with_anomaly {
    const Anomalies *anomalies;
    const struct anomaly_rule *rule;
};

static bool has_anomaly(const void *data, guint connection)
{
    const struct with_anomaly *with = data;

    return anomalies_have(with->anomalies, connection, with->rule);
}

/* How many connections of the capture are wanted. */
static guint count_wanted(const struct story *story, const struct with_anomaly *with)
{
    guint n = 0;

    for (guint i = 0; i < story->connections->len; i++) {
        n += with->rule == NULL || has_anomaly(with, i);
    }
    return n;
}

/* Several captures are so many sections of one pcapng. */
static bool extract_all(const struct judged_captures *captures, const struct anomaly_rule *rule,
                        struct out *out, int *status, GError **error)
{
    bool partial = false;

    for (guint i = 0; i < captures->stories->len; i++) {
        const struct story *story = g_ptr_array_index(captures->stories, i);
        const struct with_anomaly with = {
            rule != NULL ? g_ptr_array_index(captures->anomalies, i) : NULL, rule};
        if (count_wanted(story, &with) > 0 &&
            !extract_packets(story, rule != NULL ? has_anomaly : NULL, &with, out, &partial,
                             error)) {
            return false;
        }
    }
    *status = partial ? MAX(*status, EXIT_INPUT) : *status;
    return true;
}

static bool is_any_wanted(const struct judged_captures *captures, const struct anomaly_rule *rule)
{
    guint n = 0;

    for (guint i = 0; i < captures->stories->len; i++) {
        const struct with_anomaly with = {
            rule != NULL ? g_ptr_array_index(captures->anomalies, i) : NULL, rule};
        n += count_wanted(g_ptr_array_index(captures->stories, i), &with);
    }
    return n > 0;
}

/* Nothing is written when no connection is wanted: an empty capture would be taken for an answer.
 */
static bool write_all(const struct options *options, const struct judged_captures *captures,
                      const struct anomaly_rule *rule, int *status, GError **error)
{
    struct out out;

    if (captures->stories->len == 0) {
        return true; /* which has been told */
    }
    if (!is_any_wanted(captures, rule)) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "nothing is written, as there is no packet to copy");
        return false;
    }
    if (!out_open(&out, options->output, "never", error)) {
        return false;
    }
    if (!extract_all(captures, rule, &out, status, error)) {
        out_cancel(&out);
        return false;
    }
    return out_close(&out, error);
}

static bool check(const struct options *options, const struct anomaly_rule **rule, GError **error)
{
    guint number;

    if (options->output == NULL && isatty(STDOUT_FILENO)) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "a capture is not for a terminal: give -w FILE");
        return false;
    }
    if (g_strv_contains((const char *const *)options->files, "-")) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "a capture is read twice to copy packets: give a file, not a pipe");
        return false;
    }
    if (options->anomaly != NULL) {
        if (!rules_find(options->anomaly, &number, error)) {
            return false;
        }
        *rule = rules_at(number);
    }
    return true;
}

static bool run(const struct options *options, int *status, GError **error)
{
    struct options judging = *options;
    struct input_wants wants;
    struct judged_captures captures = {.utc = options->utc, .local = options->local};
    const struct anomaly_rule *rule = NULL;

    judging.judges = options->anomaly != NULL;
    if (!check(options, &rule, error)) {
        return false;
    }
    bool ok = session_wants(&wants, &judging, error);
    if (ok) {
        wants.story.keeps_packets = true;
        ok = session_load_all(&judging, &wants, &captures, status, error) &&
             write_all(options, &captures, rule, status, error);
        session_clear(&captures);
    }
    session_forget(&wants);
    return ok;
}

const struct verb verb_extract = {
    .name = "extract",
    .summary = "the packets of connections, whole, as a pcapng",
    .options = OPTIONS_COMMON | OPTIONS_JOIN | OPTIONS_SELECT | OPTIONS_ANOMALY | OPTIONS_RULES |
               OPTIONS_WRITE,
    .about =
        "Every packet of the connections that the options choose, as it was captured: with ICMP\n"
        "errors that quote one, all fragments of a datagram of theirs, comments, interfaces and\n"
        "what those count of lost packets, and secrets for decryption. The files are read twice,\n"
        "so a pipe will not do. Streams are numbered anew, and the capture ends with its last\n"
        "packet: what only the time after that told (a timer that ran out) is not told of it.\n"
        "TCP headers that are cut too short to follow, and fragments inside of tunnels but for\n"
        "the last, are not among them; nor are the names that the capture gives to hosts.\n"
        "Examples:\n"
        "  tcpstory extract --stream 5 -w one.pcapng trouble.pcap\n"
        "  tcpstory extract --anomaly A07 --host 10.9.0.2 -w leak.pcapng ring_*.pcapng\n"
        "  tcpstory extract --port 443 trouble.pcap | tshark -r - -V\n",
    .run = run,
};
