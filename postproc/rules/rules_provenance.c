/* rules_provenance.c - what the capture was made of, Q8 to Q11: a part of a longer one, two paths,
 * both sides of a NAT, a program. Each hit closes a gate for its connections, as those of quality
 * do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"
#include "series.h"

/* ---- Q8: the edges of a file ---- */

enum { EDGE_CONNECTIONS, EDGE_TIME };

static bool has_begun_before(const struct story_connection *connection)
{
    return connection->open_steps == 0;
}

/* Neither end has closed, nor was it reset. */
static bool is_left_open(const struct story *story, const struct story_connection *connection)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last = story_last(story, connection, (enum tsm_side)side);
        if (last != NULL && (last->state == TSM_CLOSED || last->state == TSM_TIME_WAIT)) {
            return false;
        }
    }
    return true;
}

/* The tuples that a neighbour shares: of the capture before those left open, of the one after those
 * that have begun before. */
static GHashTable *tuples_of(const struct story *story, bool left_open)
{
    GHashTable *tuples = survey_tuples_new();

    for (guint i = 0; story != NULL && i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        if (left_open ? is_left_open(story, connection) : has_begun_before(connection)) {
            const struct tsm_tuple key = series_key(&connection->tuple);
            survey_tuples_add(tuples, &key, TUPLE_CONNECTION);
        }
    }
    return tuples;
}

/* Connections that go on from one of the given captures into this one, or from this one into the
 * next. Returns whether there are any. */
static bool tell_series(struct anomaly_survey *survey)
{
    const struct story *story = survey->story;
    g_autoptr(GHashTable) earlier = tuples_of(story->before, true);
    g_autoptr(GHashTable) later = tuples_of(story->after, false);
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
    guint begun = 0, left = 0;

    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        const struct tsm_tuple key = series_key(&connection->tuple);
        const bool from =
            has_begun_before(connection) && survey_tuples_have(earlier, &key, TUPLE_CONNECTION);
        const bool to =
            is_left_open(story, connection) && survey_tuples_have(later, &key, TUPLE_CONNECTION);
        begun += from;
        left += to;
        if (from || to) {
            g_array_append_val(members, i);
        }
    }
    if (members->len == 0) {
        return false;
    }
    const guint *numbers = &g_array_index(members, guint, 0);
    struct anomaly hit = survey_hit(survey, TUPLE_ANY, numbers, members->len);
    hit.figure[0] = begun;
    hit.figure[1] = left;
    hit.confidence = ANOMALY_INFERRED;
    hit.text = left == 0 ? "{n0:connection comes:connections come} from the capture before among "
                           "those given: read them as one"
               : begun == 0 ? "{n1:connection goes:connections go} on in the next of the captures "
                              "given: read them as one"
                            : "{n0:connection comes:connections come} from the capture before, "
                              "{n1:goes:go} on in the next of those given: read them as one";
    survey_add(survey, &hit, numbers, members->len);
    return true;
}

/* In use when the capture ended: data a moment before, and no FIN. */
static bool is_cut_off(const struct anomaly_survey *survey, guint number, int64_t edge_ns)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    return survey->ending[number] == ENDING_OPEN &&
           connection->bytes[TSM_CLIENT] + connection->bytes[TSM_SERVER] > 0 &&
           duration_forward(connection->end_ns, survey->end_ns) <= edge_ns;
}

/* The file begins and ends amid the traffic of many connections. */
static void tell_slice(struct anomaly_survey *survey, const int64_t *limit)
{
    const struct story *story = survey->story;
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
    guint begun = 0, left = 0;

    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        const bool from =
            has_begun_before(connection) &&
            duration_forward(story_start(story), connection->start_ns) <= limit[EDGE_TIME];
        const bool to = is_cut_off(survey, i, limit[EDGE_TIME]);
        begun += from;
        left += to;
        if (from || to) {
            g_array_append_val(members, i);
        }
    }
    if (begun > 0 && left > 0 && begun >= limit[EDGE_CONNECTIONS] &&
        left >= limit[EDGE_CONNECTIONS]) {
        const guint *numbers = &g_array_index(members, guint, 0);
        struct anomaly hit = survey_hit(survey, TUPLE_ANY, numbers, members->len);
        hit.figure[0] = begun;
        hit.figure[1] = left;
        survey_add(survey, &hit, numbers, members->len);
    }
}

static void survey_edges(struct anomaly_survey *survey, const int64_t *limit)
{
    if (!tell_series(survey)) {
        tell_slice(survey, limit);
    }
}

/* ---- Q9: two paths ---- */

static bool is_on_two_paths(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_facts *client = case_facts(c, TSM_CLIENT);
    const struct tsm_facts *server = case_facts(c, TSM_SERVER);

    hit->figure[0] = client->other_paths + (int64_t)server->other_paths;
    hit->weight = hit->figure[0];
    if (anomaly_mark(c, TSM_CLIENT, TSM_NOTE_BIT_DUPLICATE)->count +
            anomaly_mark(c, TSM_SERVER, TSM_NOTE_BIT_DUPLICATE)->count >
        0) {
        hit->text = "the same packets were captured in two VLANs, or inside and outside of a "
                    "tunnel: {n0:segment was:segments were} on another path than the first";
    }
    anomaly_evidence(hit, c->connection->frame);
    anomaly_evidence(hit, client->other_path_frame);
    anomaly_evidence(hit, server->other_path_frame);
    return hit->figure[0] > 0;
}

/* ---- Q10: before and after address translation ---- */

enum { TRANSLATED_WITHIN };

/* What a connection keeps when a NAT changes its addresses or ports: the initial sequence number of
 * its SYN, hashed; 0 = no SYN of it was captured. */
struct kept {
    uint32_t isn;
    guint number;
};

static gint by_isn(gconstpointer a, gconstpointer b)
{
    const struct kept *x = a, *y = b;

    return x->isn != y->isn ? (x->isn > y->isn) - (x->isn < y->isn)
                            : (x->number > y->number) - (x->number < y->number);
}

/* Which numbers may be there more than once: next to none is, and only those are to be sorted. A
 * number has two bits, which others share: met, and met again. */
struct met {
    uint8_t *bits; /* owned */
    unsigned shift;
};

static struct met met_new(guint numbers)
{
    const unsigned width = MIN(g_bit_storage(numbers) + 3, 28u); /* eight places each, 64 MB */

    return (struct met){g_new0(uint8_t, (gsize)1 << (width - 2)), 32 - width};
}

/* Notes the number, or asks whether it was met again. */
static bool meet(struct met *met, uint32_t isn, bool asks)
{
    const uint32_t place = (isn * UINT32_C(2654435761)) >> met->shift;
    uint8_t *byte = &met->bits[place / 4];
    const unsigned first = 1u << 2 * (place % 4);

    if (!asks) {
        *byte |= (uint8_t)((*byte & first) != 0 ? 2 * first : first);
    }
    return (*byte & 2 * first) != 0;
}

/* Those whose number another one has, too, and a few more, by their numbers. */
static GArray *connections_by_isn(const struct anomaly_survey *survey)
{
    const guint n = survey->story->connections->len;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct kept));
    struct met met = met_new(n);

    for (guint i = 0; i < n; i++) {
        if (survey->digest[i].isns == 1) {
            meet(&met, survey->digest[i].isn, false);
        }
    }
    for (guint i = 0; i < n; i++) {
        const struct kept kept = {survey->digest[i].isn, i};
        if (survey->digest[i].isns == 1 && meet(&met, kept.isn, true)) {
            g_array_append_val(all, kept);
        }
    }
    g_free(met.bits);
    g_array_sort(all, by_isn);
    return all;
}

/* Sequence number and time stamp of the SYN are the same, or the numbers of both ends: 32 bits and
 * more that nobody chooses twice within a moment, but for scanners, whose SYNs have neither time
 * stamps nor answers with one number. */
static bool is_one_before_nat(const struct story *story, guint a, guint b, int64_t within_ns)
{
    const struct story_connection *x = story_connection(story, a), *y = story_connection(story, b);
    const struct tsm_record_facts client = *story_facts(story, x, TSM_CLIENT);
    const struct tsm_record_facts server = *story_facts(story, x, TSM_SERVER);
    const struct tsm_record_facts *other = story_facts(story, y, TSM_CLIENT);
    const bool stamps = client.ts_val != 0 && client.ts_val == other->ts_val;
    const struct tsm_record_facts *peer = story_facts(story, y, TSM_SERVER);
    const bool numbers =
        server.seen.isns == 1 && peer->seen.isns == 1 && server.seen.syn_seq == peer->seen.syn_seq;

    const bool elsewhere = memcmp(x->tuple.src, y->tuple.src, sizeof x->tuple.src) != 0 ||
                           memcmp(x->tuple.dst, y->tuple.dst, sizeof x->tuple.dst) != 0;

    return elsewhere && ABS(x->start_ns - y->start_ns) <= within_ns && (stamps || numbers);
}

/* The one of the two that tells more: the other may lack answers that were not translated back. */
static guint fuller_of(const struct story *story, guint a, guint b)
{
    const uint32_t *x = story_connection(story, a)->segments;
    const uint32_t *y = story_connection(story, b)->segments;

    return x[TSM_CLIENT] + x[TSM_SERVER] >= y[TSM_CLIENT] + y[TSM_SERVER] ? a : b;
}

/* Pairs of connections that are one before and after a NAT: of guint, two for each. */
static GArray *translated_pairs(const struct anomaly_survey *survey, int64_t within_ns)
{
    g_autoptr(GArray) all = connections_by_isn(survey);
    GArray *pairs = g_array_new(FALSE, FALSE, 2 * sizeof(guint));

    for (guint i = 1; i < all->len; i++) {
        const struct kept *x = &g_array_index(all, struct kept, i - 1), *y = x + 1;
        if (x->isn == y->isn && is_one_before_nat(survey->story, x->number, y->number, within_ns)) {
            const guint pair[] = {x->number, y->number};
            g_array_append_val(pairs, pair);
        }
    }
    return pairs;
}

static struct anomaly pair_hit(const struct anomaly_survey *survey, unsigned scope,
                               const guint *pair)
{
    struct anomaly hit = survey_hit(survey, scope, pair, 2);

    hit.figure[0] = story_connection(survey->story, pair[0])->stream;
    hit.figure[1] = story_connection(survey->story, pair[1])->stream;
    return hit;
}

static void survey_translated(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GArray) pairs = translated_pairs(survey, limit[TRANSLATED_WITHIN]);

    for (guint i = 0; i < pairs->len; i++) {
        const guint *pair = &g_array_index(pairs, guint, 2 * i);
        struct anomaly hit = pair_hit(survey, TUPLE_ANY, pair);
        survey_add(survey, &hit, pair, 2);
        survey_reopen(survey, fuller_of(survey->story, pair[0], pair[1]));
    }
}

/* ---- A62: an answer that was not translated back ---- */

/* The client asked one address, and got the SYN-ACK from the other, which it had not asked: it
 * answers with RST (RFC 9293 3.10.7.1). */
static bool is_past_nat(const struct anomaly_survey *survey, guint asked, guint answered)
{
    const struct story *story = survey->story;
    const struct story_connection *x = story_connection(story, asked);
    const struct story_connection *y = story_connection(story, answered);
    const struct tsm_mark *syn_ack = story_mark(story, y, TSM_SERVER, MARK_SYN_ACK);
    const struct tsm_mark *reset = story_mark(story, y, TSM_CLIENT, MARK_RST);

    return survey->opening[asked] == OPENING_UNANSWERED && syn_ack->count > 0 && reset->count > 0 &&
           reset->first_ns >= syn_ack->first_ns &&
           memcmp(x->tuple.src, y->tuple.src, sizeof x->tuple.src) == 0;
}

static void survey_past_nat(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GArray) pairs = translated_pairs(survey, limit[TRANSLATED_WITHIN]);

    for (guint i = 0; i < pairs->len; i++) {
        const guint *pair = &g_array_index(pairs, guint, 2 * i);
        const bool first = is_past_nat(survey, pair[0], pair[1]);
        if (first || is_past_nat(survey, pair[1], pair[0])) {
            const guint numbers[] = {pair[!first], pair[first]}; /* asked, answered */
            struct anomaly hit = pair_hit(survey, TUPLE_CONNECTION, numbers);
            hit.figure[2] = story_connection(survey->story, numbers[1])->syn_tries;
            survey_add(survey, &hit, numbers, 2);
        }
    }
}

/* ---- Q11: numbers that no TCP has ---- */

/* The SYN-ACK does not acknowledge the SYN, and the client goes on all the same: a TCP in SYN_SENT
 * answers such a one with RST (RFC 9293 3.10.7.3). */
static bool is_made_up(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn_ack = anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK);
    const struct tsm_mark *bad = anomaly_mark(c, TSM_SERVER, TSM_NOTE_BIT_BAD_ACK);
    const struct tsm_mark *client = anomaly_mark(c, TSM_CLIENT, TSM_NOTE_BIT_BAD_ACK);

    anomaly_evidence(hit, syn_ack->first_frame);
    anomaly_evidence(hit, client->first_frame);
    return syn_ack->count > 0 && bad->count >= syn_ack->count &&
           bad->first_frame == syn_ack->first_frame && client->count > 0 &&
           anomaly_mark(c, TSM_CLIENT, MARK_RST)->count == 0;
}

const struct anomaly_rule rules_provenance[] = {
    {
        .id = "Q8",
        .name = "file_edge",
        .title = "Part of a longer capture",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "The file begins and ends amid the traffic of several connections, or several files "
            "were given and connections go on from one into the next: how these began or ended is "
            "in another file. An answer that seems to be missing may be there.",
        .text = "{n0:connection was:connections were} in use when the file began, and {n1} when it "
                "ended: it is a part of a longer capture",
        .causes = {"a ring buffer of files (tcpdump -C, -G or -W, dumpcap -b)",
                   "a longer capture was split, or its start was cut off",
                   "the capture was started and stopped amid traffic"},
        .checks = {"mergecap -w all.pcap FILE FILE ..., and tcpstory all.pcap",
                   "whether the files before and after it still exist"},
        .references = {"tcpdump(1)", "mergecap(1)"},
        .limits = {{"connections", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N at the start and at the end, when there is no other file"},
                   {"edge", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "time from the start or the end"}},
        .gate = GATE_FILE_EDGE,
        .survey = survey_edges,
    },
    {
        .id = "Q9",
        .name = "two_paths",
        .title = "One connection in two VLANs or tunnels",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "Segments of one end were captured in different VLANs, or in a different number of "
            "tunnels. Either the capture sees the same packets at two places, as before and after "
            "a router; or two networks use the same addresses, and what looks like one connection "
            "are two.",
        .text =
            "{n0:segment:segments} came by another VLAN or tunnel than the first of the same end: "
            "two places of capture, or two networks with the same addresses",
        .causes = {"a mirror port or trunk that carries both sides of a router or firewall",
                   "tunnels (VXLAN, GRE, IP in IP) captured inside and outside",
                   "tenants or VRFs that use the same addresses",
                   "the path changed during the connection"},
        .checks = {"the columns vlan.id and frame.protocols of these frames",
                   "capture one side alone: tcpdump vlan 10, or on one interface"},
        .references = {"IEEE 802.1Q"},
        .gate = GATE_TWO_PATHS,
        .judge = is_on_two_paths,
    },
    {
        .id = "Q10",
        .name = "translated",
        .title = "Seen on both sides of a NAT",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "The capture has a connection twice, before and after its addresses or ports "
            "were translated: the SYNs have the same sequence number and time stamp, or "
            "both ends the same numbers. It is one connection, and the half that tells more is "
            "judged. An answer that the other seems to lack may have come to the other: then it "
            "was not translated back.",
        .text = "streams {n0} and {n1} are one connection before and after address translation",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a capture on \"any\" of a host that translates: containers, kube-proxy",
                   "a mirror port that carries both sides of a NAT or load balancer",
                   "answers that by-pass the NAT (conntrack INVALID, an asymmetric route)"},
        .checks = {"capture on one interface: tcpdump -i eth0",
                   "conntrack -L; nft list ruleset; does each answer come through the translator?"},
        .references = {"RFC 3022"},
        .limits = {{"within", ANOMALY_SECONDS, ANOMALY_NS(0.02), 0, ANOMALY_LONGEST,
                    "time between the two SYNs"}},
        .gate = GATE_TRANSLATED,
        .survey = survey_translated,
    },
    {
        .id = "A62",
        .name = "answer_past_nat",
        .title = "Answer was not translated back",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning = "The SYN went to one address and was translated to another; the SYN-ACK came to "
                   "the client from that other one, which it had not asked, so it reset. The "
                   "answer by-passed the translator.",
        .text =
            "the SYN to {server} went to another address after translation (stream {n1}), and "
            "the answer came from there, not from {server}: the client reset it, {n2:time:times}",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1",
        .causes = {"client and server are in one network, and the server answers the client "
                   "directly: hairpin without source NAT",
                   "the way back by-passes the NAT or load balancer: an asymmetric route, a second "
                   "interface",
                   "the translator took the answer for invalid (conntrack INVALID) and let it "
                   "through as it was"},
        .checks = {"on the translator: conntrack -L; conntrack -S (invalid); nft list ruleset",
                   "on the server: ip route get {client.host}"},
        .references = {"RFC 3022", "RFC 9293 3.10.7.1"},
        .limits = {{"within", ANOMALY_SECONDS, ANOMALY_NS(0.02), 0, ANOMALY_LONGEST,
                    "time between the two SYNs"}},
        .claims = true,
        .survey = survey_past_nat,
    },
    {
        .id = "Q11",
        .name = "made_up",
        .title = "Numbers that no TCP would accept",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning = "The SYN-ACK acknowledges nothing that was sent, and the client goes on as if "
                   "it did. No TCP does that: a program made these packets, or rewrote their "
                   "numbers. States and retransmissions are not to be trusted.",
        .text = "the SYN-ACK acknowledges what was never sent, and the client goes on: made by a "
                "program, no TCP",
        .filter = "tcpstate.analysis.unacceptable_ack",
        .causes = {"packets made by a program (scapy) that leaves sequence numbers at 0",
                   "a tool that makes captures anonymous and rewrites numbers"},
        .checks = {"tcp.seq_raw and tcp.ack_raw of the first segments"},
        .references = {"RFC 9293 3.10.7.3"},
        .gate = GATE_MADE_UP,
        .judge = is_made_up,
    },
    {.id = NULL},
};
