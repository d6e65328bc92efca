/* rules_population.c - anomalies that only many connections together show: full queues, floods, scans.
 *
 * Each groups connections by what they have in common and slides a window of time over each group,
 * so all are linear in the number of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules.h"
#include "span.h"
#include "survey.h"
#include "tuple_index.h"

/* ---- windows of time ---- */

static int64_t start_of(const struct anomaly_survey *survey, const GArray *numbers, guint i)
{
    return story_connection(survey->story, g_array_index(numbers, guint, i))->start_ns;
}

/* The burst of connections around the fullest window of `window_ns`: as long as neighbours are not
 * further apart than that. `numbers` are in the order in which they began. Returns how many the
 * fullest window holds; *from and *to (not included) bound the burst. */
static guint find_burst(const struct anomaly_survey *survey, const GArray *numbers,
                        int64_t window_ns, guint *from, guint *to)
{
    guint most = 0;
    guint left = 0;

    *from = *to = 0;
    for (guint right = 0; right < numbers->len; right++) {
        while (span_forward(start_of(survey, numbers, left), start_of(survey, numbers, right)) >
               window_ns) {
            left++;
        }
        if (right - left + 1 > most) {
            most = right - left + 1;
            *from = left;
            *to = right + 1;
        }
    }
    while (*from > 0 && span_forward(start_of(survey, numbers, *from - 1),
                                     start_of(survey, numbers, *from)) <= window_ns) {
        --*from;
    }
    while (*to > 0 && *to < numbers->len &&
           span_forward(start_of(survey, numbers, *to - 1), start_of(survey, numbers, *to)) <=
               window_ns) {
        ++*to;
    }
    return most;
}

/* How many different clients, servers or ports the connections have, by the parts of `scope`. */
static guint count_different(const struct anomaly_survey *survey, const guint *numbers, guint n,
                             unsigned scope)
{
    g_autoptr(TupleIndex) seen = tuple_index_new(survey->story, scope);

    for (guint i = 0; i < n; i++) {
        tuple_index_add(seen, numbers[i]);
    }
    return tuple_index_size(seen);
}

static const guint *numbers_from(const GArray *numbers, guint from)
{
    return &g_array_index(numbers, guint, from);
}

/* ---- a full accept queue ---- */

static const struct tsm_mark *synack_again(const struct anomaly_survey *survey, guint number)
{
    return story_mark(survey->story, story_connection(survey->story, number), TSM_SERVER,
                      TSM_NOTE_BIT_SYN_ACK_AGAIN);
}

/* The third ACK and data of the client are there, and the server repeats its SYN-ACK. */
static bool is_not_accepted(const struct anomaly_survey *survey, guint number)
{
    const struct tsm_mark *again = synack_again(survey, number);
    const struct tsm_record_facts *client =
        story_facts(survey->story, story_connection(survey->story, number), TSM_CLIENT);

    return again->count > 0 && client->first_data_ns != 0 &&
           client->first_data_ns <= again->last_ns;
}

static void survey_accept_queue(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, ANOMALY_LISTENER, is_not_accepted, (guint)limit[0]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        guint from, to;
        const guint most = find_burst(survey, group->members, limit[1], &from, &to);
        if (most >= (guint)limit[0]) {
            const guint *numbers = numbers_from(group->members, from);
            struct anomaly hit = survey_hit(survey, ANOMALY_LISTENER, numbers, to - from);
            hit.n_frames = 0;
            for (guint k = 0; k < to - from; k++) {
                anomaly_evidence(&hit, synack_again(survey, numbers[k])->first_frame);
            }
            survey_add(survey, &hit, numbers, to - from);
        }
    }
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
        return span_forward(connection->start_ns, story_followed_to(survey->story, connection)) >=
               FIRST_RTO_NS;
    }
    return connection->syn_tries > 1 &&
           span_forward(connection->start_ns, syn_ack->first_ns) >= FIRST_RTO_NS;
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
        survey_large_groups(survey, ANOMALY_LISTENER, is_attempt, (guint)limit[0]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        struct attempts attempts;
        guint from, to;
        sort_attempts(survey, group, &attempts);
        const guint most = find_burst(survey, attempts.dropped, limit[2], &from, &to);
        if (most >= (guint)limit[0] && attempts.answered > 0 && attempts.recovered > 0 &&
            (int64_t)attempts.dropped->len * 100 >= limit[1] * (int64_t)group->members->len) {
            const guint *numbers = numbers_from(attempts.dropped, from);
            struct anomaly hit = survey_hit(survey, ANOMALY_LISTENER, numbers, to - from);
            hit.figure[0] = group->members->len;
            hit.figure[1] = attempts.dropped->len;
            hit.figure[2] = attempts.recovered;
            survey_add(survey, &hit, numbers, to - from);
        }
        g_array_unref(attempts.dropped);
    }
}

/* ---- floods ---- */

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
    const int64_t begin = start_of(survey, flood->unfinished, flood->from);
    const int64_t end = start_of(survey, flood->unfinished, flood->to - 1);
    guint completed = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const int64_t start = survey_connection(survey, group, i)->start_ns;
        completed += start >= begin && start <= end &&
                     survey->opening[survey_member(group, i)] == OPENING_CONNECTED;
    }
    const guint n = flood->to - flood->from;
    flood->percent = 100 * (int64_t)completed / (int64_t)(completed + n);
    flood->ns = span_forward(begin, end);
    flood->sources = count_different(survey, numbers_from(flood->unfinished, flood->from), n,
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
    if (find_burst(survey, flood->unfinished, window_ns, &flood->from, &flood->to) < least) {
        return false;
    }
    measure_flood(survey, group, flood);
    return true;
}

/* Floods of `spoofed` kind: from many sources, none of which comes back; or from few. */
static void survey_floods(struct anomaly_survey *survey, const int64_t *limit, bool spoofed)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, ANOMALY_LISTENER, is_request, (guint)limit[0]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        struct flood flood;
        if (find_flood(survey, group, (guint)limit[0], limit[2], &flood) &&
            flood.percent < limit[1] && (flood.sources >= (guint)limit[0]) == spoofed) {
            const guint *numbers = numbers_from(flood.unfinished, flood.from);
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
        if (find_burst(survey, group->members, limit[1], &from, &to) < (guint)limit[0]) {
            continue;
        }
        const guint *numbers = numbers_from(group->members, from);
        const guint different = count_different(survey, numbers, to - from, target);
        if (different >= (guint)limit[0]) {
            struct anomaly hit = survey_hit(survey, scope, numbers, to - from);
            hit.figure[0] = different;
            hit.figure[1] = span_forward(start_of(survey, group->members, from),
                                         start_of(survey, group->members, to - 1));
            survey_add(survey, &hit, numbers, to - from);
        }
    }
}

static void survey_vertical_scan(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_scan(survey, limit, ANOMALY_PAIR, ANOMALY_SERVER_PORT);
}

static void survey_horizontal_scan(struct anomaly_survey *survey, const int64_t *limit)
{
    survey_scan(survey, limit, ANOMALY_CLIENT_HOST | ANOMALY_SERVER_PORT, ANOMALY_SERVER_HOST);
}

/* ---- backscatter ---- */

/* A SYN-ACK or RST answers what this host never sent. */
static bool is_stray_answer(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);
    const uint16_t flags =
        story_facts(survey->story, connection, TSM_SERVER)->seen.first_flags & (TSM_SYN | TSM_RST);

    return connection->counted && connection->segments[TSM_CLIENT] == 0 &&
           connection->segments[TSM_SERVER] > 0 && connection->bytes[TSM_SERVER] == 0 && flags != 0;
}

static void survey_backscatter(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, ANOMALY_CLIENT_HOST, is_stray_answer, (guint)limit[0]);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        const guint *numbers = numbers_from(group->members, 0);
        const guint n = group->members->len;
        const guint ports = count_different(survey, numbers, n, ANOMALY_CLIENT_PORT);
        if (ports >= (guint)limit[0]) {
            struct anomaly hit = survey_hit(survey, ANOMALY_CLIENT_HOST, numbers, n);
            hit.figure[0] = n;
            hit.figure[1] = ports;
            survey_add(survey, &hit, numbers, n);
        }
    }
}

const struct anomaly_rule rules_population[] = {
    {
        .id = "A06",
        .name = "accept_queue_full",
        .title = "Accept queue full",
        .severity = ANOMALY_ERROR,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The handshake was completed as far as the client can tell, and it sent data; but the server repeats its SYN-ACK and acknowledges no data: it dropped the third ACK because the queue of connections that wait for accept() is full. The client believes it is connected and waits.",
        .text =
            "{members:client:clients} of {server} sent the third ACK and data, and got the SYN-ACK again: the accept queue is full",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the application calls accept() too slowly, or hangs",
                   "the backlog of listen() or net.core.somaxconn is too small",
                   "the process gets too little CPU (cgroup throttling)"},
        .checks = {"on the server: ss -lnt 'sport = :{server.port}' (Recv-Q above Send-Q)",
                   "nstat -az TcpExtListenOverflows TcpExtListenDrops",
                   "sysctl net.core.somaxconn; the backlog that the service asks for"},
        .references = {"listen(2)", "tcp(7) tcp_abort_on_overflow"},
        .limits = {{"connections", ANOMALY_COUNT, 3,
                    "so many connections to one listener, one alone is a lost ACK"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(60), "within this time"}},
        .gates = GATE_MIRRORED | GATE_ONE_WAY,
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
            "At one listener some SYNs are answered at once, and others only when they are repeated, or never. It is up, but drops requests. Since Linux 4.10 that is how a full accept queue shows.",
        .text =
            "{n1} of {n0} first SYNs to {server} got no answer; {n2} succeeded when the SYN was repeated",
        .filter = "tcp.flags.syn == 1",
        .causes = {"the accept queue is full: the application is too slow",
                   "the SYN queue is full, and SYN cookies are off",
                   "conntrack is full, or a firewall limits the rate"},
        .checks = {"on the server: ss -lnt 'sport = :{server.port}' (Recv-Q)",
                   "nstat -az TcpExtListenDrops TcpExtTCPReqQFullDrop",
                   "conntrack -S; dmesg | grep conntrack"},
        .references = {"listen(2)", "RFC 4987"},
        .limits = {{"dropped", ANOMALY_COUNT, 5, "so many within the window"},
                   {"percent", ANOMALY_PERCENT, 10, "of all attempts at the listener"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(10), "the window of time"}},
        .gates = GATE_ONE_WAY | GATE_MIRRORED,
        .claims = true,
        .yields = true,
        .survey = survey_dropping_listener,
    },
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
    {
        .id = "A21",
        .name = "port_scan",
        .title = "Port scan of one host",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning = "One host tried many ports of another one, and failed at most.",
        .text =
            "{client.host} tried {n0:port:ports} of {server.host} in {d1}: {members:attempt:attempts} failed",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"a port scanner (nmap)", "an intruder that looks around",
                   "an inventory or monitoring tool"},
        .checks =
            {"what {client.host} is, and who uses it",
             "which attempts succeeded: tcpstory list --host {client.host} --outcome connected"},
        .references = {"nmap(1)"},
        .limits = {{"ports", ANOMALY_COUNT, 15, "different ports"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(300), "the window of time"}},
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
            "One host tried the same port of many others, and failed at most: a worm, a scanner, or a program with a long list of addresses that are out of date (peer-to-peer).",
        .text =
            "{client.host} tried port {server.port} of {n0:host:hosts} in {d1}: {members:attempt:attempts} failed",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"a worm or scanner on {client.host}",
                   "a peer-to-peer program with old addresses",
                   "monitoring of hosts that are gone"},
        .checks =
            {"which process on {client.host}: ss -tnp state syn-sent",
             "which attempts succeeded: tcpstory list --host {client.host} --outcome connected"},
        .references = {"Jung et al., Fast Portscan Detection, 2004"},
        .limits = {{"hosts", ANOMALY_COUNT, 25, "different hosts"},
                   {"window", ANOMALY_SECONDS, ANOMALY_NS(300), "the window of time"}},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .yields = true,
        .survey = survey_horizontal_scan,
    },
    {
        .id = "A25",
        .name = "backscatter",
        .title = "Backscatter",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "SYN-ACKs and RSTs come to a host that had sent no SYN, for many of its ports: somebody forges its address in a flood against others.",
        .text = "{n0:answer:answers} to {n1:port:ports} of {client.host}, which had asked for none",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"the address is forged in a flood against others",
                   "the SYNs took a path that was not captured"},
        .checks = {"capture both directions; then it would show"},
        .references = {"RFC 4987"},
        .limits = {{"ports", ANOMALY_COUNT, 10, "different ports"}},
        .gates = GATE_ONE_WAY,
        .survey = survey_backscatter,
    },
    {.id = NULL},
};
