/* rules_scan.c - anomalies of hosts that try many others, or of which many others speak: scans,
 * backscatter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"
#include "time_window.h"

/* ---- scans ---- */

/* Nothing was open there. A SYN-ACK says that something was: that is not one of the failures. */
static bool has_failed(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] == OPENING_UNANSWERED ||
           survey->opening[number] == OPENING_REFUSED ||
           survey->opening[number] == OPENING_ICMP_REJECTED;
}

/* Groups by `scope`; a scan is a burst that tries many different `target`s. */
static void survey_scan(struct anomaly_survey *survey, const int64_t *limit, unsigned scope,
                        unsigned target)
{
    g_autoptr(GPtrArray) groups = survey_large_groups(survey, scope, has_failed, (guint)limit[0]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        guint from, to;
        if (window_find(survey, group->members, limit[1], &from, &to) < (guint)limit[0]) {
            continue;
        }
        const guint *numbers = window_numbers(group->members, from);
        const guint different = window_different(survey, numbers, to - from, target);
        if (different >= (guint)limit[0]) {
            struct anomaly hit = survey_hit(survey, scope, numbers, to - from);
            hit.figure[0] = different;
            hit.figure[1] = duration_forward(window_start(survey, group->members, from),
                                             window_start(survey, group->members, to - 1));
            survey_add(survey, &hit, numbers, to - from);
        }
    }
}

static void survey_vertical_scan(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_scan(survey, limit, TUPLE_HOSTS, TUPLE_SERVER_PORT);
}

enum { SCAN_HOSTS, SCAN_WINDOW, SCAN_EXCESS };

static bool is_attempt(const struct anomaly_survey *survey, guint number)
{
    return survey->opening[number] != OPENING_MIDSTREAM;
}

/* Soon before the capture's end a missing answer says nothing. */
#define ANSWER_NS ANOMALY_NS(3)

/* A threshold random walk over the first attempts of a host at each other one. With 0.8 as the
 * chance that a first attempt of an honest host succeeds, and 0.2 for a scanner's, the likelihood
 * ratio is multiplied by 4 for each failure and divided by 4 for each success: so their difference
 * is what is compared, when the capture ends. Successes count up to as many as the threshold: that
 * far a host is trusted. Source: Jung et al., Fast Portscan Detection Using Sequential Hypothesis
 * Testing, 2004. */
struct walk {
    GHashTable *seen; /* hosts that were tried */
    GArray *failed;   /* of guint: first attempts that failed */
    GArray *vain;     /* of guint: all attempts that did */
    GArray *talked;   /* of guint: connections with data of both ends, at no system port */
    int64_t excess;   /* of failures over successes */
    guint refused;    /* of the failed: by the host itself */
};

static bool is_refused_by_host(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    return survey->opening[number] == OPENING_REFUSED ||
           (survey->opening[number] == OPENING_ICMP_REJECTED &&
            story_facts(survey->story, connection, TSM_CLIENT)->seen.icmp.by_target);
}

static void take_step(const struct anomaly_survey *survey, guint number, int64_t threshold,
                      struct walk *walk)
{
    const struct story_connection *connection = story_connection(survey->story, number);
    const bool failed = has_failed(survey, number);

    if (survey_tuples_have(walk->seen, &connection->tuple, TUPLE_SERVER_HOST) ||
        (survey->opening[number] == OPENING_UNANSWERED &&
         duration_forward(connection->start_ns, survey->end_ns) < ANSWER_NS)) {
        return;
    }
    survey_tuples_add(walk->seen, &connection->tuple, TUPLE_SERVER_HOST);
    if (failed) {
        g_array_append_val(walk->failed, number);
        walk->refused += is_refused_by_host(survey, number);
    }
    walk->excess = MAX(walk->excess + (failed ? 1 : -1), -threshold);
}

/* Ports below belong to services that all the world knows. Source: RFC 6335 6. */
#define FIRST_USER_PORT 1024

static void note_outcome(const struct anomaly_survey *survey, guint number, struct walk *walk)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    if (connection->bytes[TSM_CLIENT] > 0 && connection->bytes[TSM_SERVER] > 0 &&
        connection->tuple.dport >= FIRST_USER_PORT) {
        g_array_append_val(walk->talked, number);
    }
    if (has_failed(survey, number)) {
        g_array_append_val(walk->vain, number);
    }
}

#define MIN_PEERS 5

/* Each of its peers has chosen its own port, those that answer and those that are gone, and with
 * some it talks: a scanner keeps to a few ports, or has nothing to say. */
static bool is_among_peers(const struct anomaly_survey *survey, const struct walk *walk)
{
    const guint *talked = window_numbers(walk->talked, 0);
    const guint *failed = window_numbers(walk->failed, 0);
    const guint peers = window_different(survey, talked, walk->talked->len, TUPLE_SERVER_HOST);

    return peers >= MIN_PEERS &&
           2 * window_different(survey, talked, walk->talked->len, TUPLE_SERVER_PORT) > peers &&
           2 * window_different(survey, failed, walk->failed->len, TUPLE_SERVER_PORT) >
               walk->failed->len;
}

static void tell_walk(struct anomaly_survey *survey, const struct walk *walk)
{
    const guint n = walk->failed->len;
    const bool is_peers = is_among_peers(survey, walk);
    const GArray *told = is_peers ? walk->vain : walk->failed;
    const guint *numbers = window_numbers(told, 0);
    struct anomaly hit = survey_hit(survey, TUPLE_CLIENT_HOST, numbers, told->len);

    hit.figure[0] = n;
    hit.figure[1] = g_hash_table_size(walk->seen);
    hit.figure[2] = duration_forward(window_start(survey, walk->failed, 0),
                                     window_start(survey, walk->failed, n - 1));
    hit.confidence = ANOMALY_PRESUMED;
    if (hit.figure[0] * 4 < hit.figure[1] * 3) { /* peer-to-peer programs try old addresses, too */
        hit.severity = ANOMALY_INFO;
    }
    hit.text =
        "{client.host} tried {n1:host:hosts} for the first time, and {n0:attempt:attempts} within "
        "{d2} failed: as often as a scanner's";
    if (is_peers) {
        hit.severity = ANOMALY_INFO;
        hit.figure[3] = 1; /* so clues.c knows */
        hit.text = "{client.host} tried {n1:host:hosts} for the first time, most at a port of its "
                   "own, and {n0:attempt:attempts} within {d2} failed; with others it talks: a "
                   "peer-to-peer program with old addresses";
    }
    survey_add(survey, &hit, numbers, told->len);
}

/* When few hosts are tried and none of them answers, the way out may be broken instead. */
static bool is_slow_scan(const struct walk *walk, const int64_t *limit)
{
    const guint n = walk->failed->len;

    return n > 0 && walk->excess >= limit[SCAN_EXCESS] &&
           (walk->refused * 2 >= n || n >= limit[SCAN_HOSTS]);
}

static void survey_slow_scan(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, TUPLE_CLIENT_HOST, is_attempt, (guint)limit[SCAN_EXCESS]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        struct walk walk = {.seen = survey_tuples_new(),
                            .failed = g_array_new(FALSE, FALSE, sizeof(guint)),
                            .vain = g_array_new(FALSE, FALSE, sizeof(guint)),
                            .talked = g_array_new(FALSE, FALSE, sizeof(guint))};
        for (guint k = 0; k < group->members->len; k++) {
            take_step(survey, survey_member(group, k), limit[SCAN_EXCESS], &walk);
            note_outcome(survey, survey_member(group, k), &walk);
        }
        if (is_slow_scan(&walk, limit)) {
            tell_walk(survey, &walk);
        }
        g_hash_table_unref(walk.seen);
        g_array_unref(walk.failed);
        g_array_unref(walk.vain);
        g_array_unref(walk.talked);
    }
}

static void survey_horizontal_scan(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_scan(survey, limit, TUPLE_CLIENT_HOST | TUPLE_SERVER_PORT, TUPLE_SERVER_HOST);
    survey_slow_scan(survey, limit);
}

/* ---- probes ---- */

/* Combinations of flags that no stack begins with. */
static const struct {
    uint16_t flags;
    const char *text;
} probe_rows[] = {
    {0, "the first segment has no flags at all (a NULL scan)"},
    {TSM_FIN, "the first segment has FIN only (a FIN scan)"},
    {TSM_FIN | TSM_PSH | TSM_URG, "the first segment has FIN, PSH and URG (a Xmas scan)"},
    {TSM_SYN | TSM_FIN, "the first segment has SYN and FIN"},
    {TSM_SYN | TSM_RST, "the first segment has SYN and RST"},
};

static bool is_stealth_probe(const struct anomaly_case *c, enum tsm_side client,
                             struct anomaly *hit)
{
    const uint16_t all = TSM_FIN | TSM_SYN | TSM_RST | TSM_PSH | TSM_ACK | TSM_URG;

    (void)client;
    anomaly_evidence(hit, c->connection->frame);
    for (unsigned side = 0; side < 2; side++) {
        for (gsize i = 0; i < G_N_ELEMENTS(probe_rows); i++) {
            if (c->connection->segments[side] > 0 && c->facts[side]->last_frame != 0 &&
                (c->facts[side]->seen.first_flags & all) == probe_rows[i].flags) {
                hit->text =
                    probe_rows[i].flags == 0 && c->facts[side]->seen.largest > 0
                        ? "the first segment has no flags at all, but data: no TCP sends that"
                        : probe_rows[i].text;
                hit->severity =
                    c->connection->segments[1 - side] > 0 ? ANOMALY_WARNING : ANOMALY_INFO;
                return true;
            }
        }
    }
    return false;
}

/* The end has sent nothing but one ACK, perhaps with FIN, or the same again; its peer nothing but
 * RST, which there is when no socket has that connection (RFC 9293 3.10.7.1). One alone is the rest
 * of an old connection. */
static bool is_lone_ack(const struct anomaly_survey *survey, guint number, enum tsm_side side)
{
    const struct story_connection *connection = story_connection(survey->story, number);
    const enum tsm_side peer = tsm_other(side);
    const uint8_t flags = survey->digest[number].first_flags[side];

    return (flags == TSM_ACK || flags == (TSM_FIN | TSM_ACK)) && connection->counted &&
           connection->segments[side] > 0 && connection->segments[side] <= 2 &&
           connection->bytes[side] == 0 && connection->segments[peer] > 0 &&
           connection->segments[peer] ==
               story_mark(survey->story, connection, peer, MARK_RST)->count;
}

static bool is_lone_ack_of_client(const struct anomaly_survey *survey, guint number)
{
    return is_lone_ack(survey, number, TSM_CLIENT);
}

static bool is_lone_ack_of_server(const struct anomaly_survey *survey, guint number)
{
    return is_lone_ack(survey, number, TSM_SERVER);
}

enum { PROBE_MANY, PROBE_TARGETS, PROBE_WINDOW };

/* Who is the client is a guess here, so the one that probes may be either end. */
static void survey_lone_acks(struct anomaly_survey *survey, const int64_t *limit,
                             enum tsm_side side)
{
    const unsigned probing = side == TSM_CLIENT ? TUPLE_CLIENT_HOST : TUPLE_SERVER_HOST;
    const unsigned probed =
        side == TSM_CLIENT ? TUPLE_LISTENER : TUPLE_CLIENT_HOST | TUPLE_CLIENT_PORT;
    g_autoptr(GPtrArray) groups = survey_large_groups(
        survey, probing, side == TSM_CLIENT ? is_lone_ack_of_client : is_lone_ack_of_server,
        (guint)limit[PROBE_TARGETS]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        guint from, to;
        if (window_find(survey, group->members, limit[PROBE_WINDOW], &from, &to) == 0) {
            continue;
        }
        const guint *numbers = window_numbers(group->members, from);
        const guint targets = window_different(survey, numbers, to - from, probed);
        if (targets >= limit[PROBE_TARGETS]) {
            struct anomaly hit = survey_hit(survey, probing, numbers, to - from);
            hit.figure[0] = targets;
            hit.text = side == TSM_CLIENT
                           ? "{client.host} sent a lone ACK to {n0:port:ports}, and got RSTs: an "
                             "ACK scan shows what firewalls let pass"
                           : "{server.host} sent a lone ACK to {n0:port:ports}, and got RSTs: an "
                             "ACK scan shows what firewalls let pass";
            survey_add(survey, &hit, numbers, to - from);
        }
    }
}

static void survey_probes(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregate = {
        TUPLE_CLIENT_HOST, ANOMALY_WARNING,
        "{members:first segment:first segments} of {client.host} have flags that no TCP begins "
        "with: a scan"};

    survey_aggregate(survey, TSM_CLIENT, &aggregate, limit[PROBE_MANY]);
    survey_lone_acks(survey, limit, TSM_CLIENT);
    survey_lone_acks(survey, limit, TSM_SERVER);
}

/* ---- backscatter ---- */

/* A SYN-ACK or RST answers what this host never sent. */
static bool is_stray_answer(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);
    const uint16_t flags = survey->digest[number].first_flags[TSM_SERVER] & (TSM_SYN | TSM_RST);

    return connection->counted && connection->segments[TSM_CLIENT] == 0 &&
           connection->segments[TSM_SERVER] > 0 && connection->bytes[TSM_SERVER] == 0 && flags != 0;
}

static void survey_backscatter(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, TUPLE_CLIENT_HOST, is_stray_answer, (guint)limit[0]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        const guint *numbers = window_numbers(group->members, 0);
        const guint n = group->members->len;
        const guint ports = window_different(survey, numbers, n, TUPLE_CLIENT_PORT);
        if (ports >= (guint)limit[0]) {
            struct anomaly hit = survey_hit(survey, TUPLE_CLIENT_HOST, numbers, n);
            hit.figure[0] = n;
            hit.figure[1] = ports;
            survey_add(survey, &hit, numbers, n);
        }
    }
}

const struct anomaly_rule rules_scan[] = {
    {
        .id = "A21",
        .name = "port_scan",
        .title = "Port scan of one host",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning = "One host tried many ports of another one, and failed at most.",
        .text = "{client.host} tried {n0:port:ports} of {server.host} in {d1}: "
                "{members:attempt:attempts} failed",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"a port scanner (nmap)", "an intruder that looks around",
                   "an inventory or monitoring tool"},
        .checks =
            {"what {client.host} is, and who uses it",
             "which attempts succeeded: tcpstory list --host {client.host} --outcome connected"},
        .references = {"nmap(1)"},
        .limits = {{"ports", ANOMALY_COUNT, 15, 1, 65535, "different ports"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(300), 0, ANOMALY_LONGEST,
                    "the window of time"}},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .yields = true,
        .survey = survey_vertical_scan,
    },
    {
        .id = "A22",
        .name = "host_scan",
        .title = "Scan of many hosts",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "One host tried the same port of many others, and failed at most: a worm, a scanner, "
            "or a program with a long list of addresses that are out of date (peer-to-peer). A "
            "slow scan, on any port and however long it takes, shows in the outcome of the first "
            "attempts at each host: those of honest clients mostly succeed. Who talks with many "
            "hosts, each at a port of its own, is peer-to-peer, and no scanner: a piece of "
            "information.",
        .text = "{client.host} tried port {server.port} of {n0:host:hosts} in {d1}: "
                "{members:attempt:attempts} failed",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"a worm or scanner on {client.host}",
                   "a peer-to-peer program with old addresses", "monitoring of hosts that are gone",
                   "a way out that is broken: nothing at all gets through"},
        .checks =
            {"which process on {client.host}: ss -tnp state syn-sent",
             "which attempts succeeded: tcpstory list --host {client.host} --outcome connected"},
        .references = {"Jung et al., Fast Portscan Detection, 2004"},
        .limits = {{"hosts", ANOMALY_COUNT, 25, 1, ANOMALY_MAX_COUNT, "different hosts"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(300), 0, ANOMALY_LONGEST,
                    "the window of time"},
                   {"excess", ANOMALY_COUNT, 5, 1, ANOMALY_MAX_COUNT,
                    "a slow scan: N more first attempts at a host failed than succeeded"}},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .yields = true,
        .survey = survey_horizontal_scan,
    },
    {
        .id = "A23",
        .name = "stealth_probe",
        .title = "Probe with impossible flags",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "The first segment has a combination of flags that no TCP begins a connection with. "
            "Scanners send it to tell open ports, closed ports and firewalls apart. So do lone "
            "ACKs, with or without FIN, to many ports. A single one that nobody answers may be "
            "made up, or damaged: a piece of information.",
        .text = "the first segment has impossible flags",
        .causes = {"a scan: nmap -sN, -sF, -sX, -sA, -sM", "a broken device"},
        .checks = {"what else comes from there: tcpstory list --host {client.host}"},
        .references = {"RFC 9293 3.10.7", "nmap(1)"},
        .limits = {{"many", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N of one host or more are reported as one"},
                   {"targets", ANOMALY_COUNT, 15, 1, ANOMALY_MAX_COUNT,
                    "lone ACKs: different ports that answered"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(300), 0, ANOMALY_LONGEST,
                    "lone ACKs: within this time"}},
        .judge_end = is_stealth_probe,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_probes,
    },
    {
        .id = "A25",
        .name = "backscatter",
        .title = "Backscatter",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "SYN-ACKs and RSTs come to a host that had sent no SYN, for many of its ports: "
                   "somebody forges its address in a flood against others.",
        .text = "{n0:answer:answers} to {n1:port:ports} of {client.host}, which had asked for none",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"the address is forged in a flood against others",
                   "the SYNs took a path that was not captured"},
        .checks = {"capture both directions; then it would show"},
        .references = {"RFC 4987"},
        .limits = {{"ports", ANOMALY_COUNT, 10, 1, 65535, "different ports"}},
        .gates = GATE_ONE_WAY,
        .survey = survey_backscatter,
    },
    {.id = NULL},
};
