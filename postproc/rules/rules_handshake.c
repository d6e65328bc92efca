/* rules_handshake.c - anomalies of single handshakes that are odd, slow without loss, or only a
 * probe.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules.h"

#include <string.h>

#include "duration.h"
#include "rule_case.h"

/* ---- odd handshakes ---- */

/* The older connection is not in the capture; A34 and A48 tell of those that are. */
static bool is_answered_by_ack(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *ack = anomaly_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN);

    hit->figure[0] = ack->count;
    hit->last_frame = ack->last_frame;
    anomaly_evidence(hit, c->connection->frame);
    anomaly_evidence(hit, ack->first_frame);
    return ack->count > 0 && c->connection->previous_stream == TSM_NO_STREAM;
}

static bool is_simultaneous(const struct anomaly_case *c)
{
    return (c->connection->notes & TSM_NOTE_SIMULTANEOUS_OPEN) != 0;
}

static bool has_two_answers(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn_ack = anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK);

    hit->figure[0] = c->facts[TSM_SERVER]->seen.isns; /* between two RSTs */
    hit->last_frame = syn_ack->last_frame;
    anomaly_evidence(hit, syn_ack->first_frame);
    anomaly_evidence(hit, syn_ack->last_frame);
    return syn_ack->count > 1 && c->facts[TSM_SERVER]->seen.isns > 1 && !is_simultaneous(c);
}

static bool is_with_itself(const struct tsm_tuple *tuple)
{
    return tuple->sport == tuple->dport && memcmp(tuple->src, tuple->dst, tuple->addr_len) == 0;
}

static bool is_simultaneous_open(const struct anomaly_case *c, struct anomaly *hit)
{
    anomaly_evidence(hit, anomaly_mark(c, TSM_CLIENT, MARK_SYN)->first_frame);
    anomaly_evidence(hit, anomaly_mark(c, TSM_SERVER, MARK_SYN)->first_frame);
    if (is_with_itself(&c->connection->tuple)) {
        hit->text = "the SYN of {client} goes to {client}: one socket is both ends";
    }
    return is_simultaneous(c) && c->facts[TSM_SERVER]->seen.first_flags != TSM_ACK;
}

/* The server's ACK acknowledges the SYN, but its own SYN comes apart from it. */
static bool is_split(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn = anomaly_mark(c, TSM_SERVER, MARK_SYN);

    hit->last_frame = syn->first_frame;
    anomaly_evidence(hit, c->connection->frame);
    anomaly_evidence(hit, syn->first_frame);
    return syn->count > 0 && c->facts[TSM_SERVER]->seen.first_flags == TSM_ACK;
}

static bool is_fast_open_trouble(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_facts *client = &c->facts[TSM_CLIENT]->seen;
    const bool retried = c->connection->syn_tries > 1 && !case_is_answer_lost(c);

    hit->figure[0] = client->syn_payload;
    hit->figure[1] = c->connection->setup_ns;
    anomaly_evidence(hit, c->connection->frame);
    anomaly_evidence(hit, anomaly_mark(c, TSM_SERVER, MARK_SYN_ACK)->first_frame);
    if (!retried) {
        hit->text = "the server left the {b0} in the SYN unacknowledged: they were sent again";
        hit->severity = ANOMALY_INFO;
    }
    return client->syn_payload > 0 && c->opening == OPENING_CONNECTED && !client->syn_data_acked;
}

/* ---- short lives ---- */

static bool is_connect_and_leave(const struct anomaly_case *c, struct anomaly *hit)
{
    const int64_t ns = duration_forward(c->connection->start_ns, c->connection->end_ns);

    hit->figure[0] = ns;
    anomaly_evidence(hit, c->connection->frame);
    return c->opening == OPENING_CONNECTED && c->connection->counted &&
           c->connection->bytes[TSM_CLIENT] + c->connection->bytes[TSM_SERVER] == 0 &&
           (c->ending == ENDING_CLEAN || c->ending == ENDING_RESET_BY_CLIENT) && ns < c->limit[0];
}

/* ---- setup times ---- */

enum { SETUP_FIXED, SETUP_SAMPLES, SETUP_PERCENTILE, SETUP_TIMES, SETUP_FLOOR };

/* Completed, and nothing was repeated: how long that took says something of path and server. */
static bool is_plain_handshake(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    return survey->opening[number] == OPENING_CONNECTED && connection->syn_tries == 1 &&
           connection->setup_ns >= 0 &&
           story_mark(survey->story, connection, TSM_SERVER, MARK_SYN_ACK)->count == 1;
}

static gint compare_ns(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The setup time that `percent` of the group's connections do not exceed: nearest rank. */
static int64_t setup_percentile(const struct anomaly_survey *survey,
                                const struct survey_group *group, int64_t percent)
{
    const guint n = group->members->len;
    const guint rank = (guint)((n * (guint64)percent + 99) / 100);
    g_autoptr(GArray) times = g_array_sized_new(FALSE, FALSE, sizeof(int64_t), n);

    for (guint i = 0; i < n; i++) {
        g_array_append_val(times, survey_connection(survey, group, i)->setup_ns);
    }
    g_array_sort(times, compare_ns);
    return g_array_index(times, int64_t, rank - 1);
}

static void tell_outlier(struct anomaly_survey *survey, guint number, const struct anomaly *model)
{
    const struct story_connection *connection = story_connection(survey->story, number);
    struct anomaly hit = survey_hit(survey, TUPLE_CONNECTION, &number, 1);

    memcpy(hit.figure, model->figure, sizeof hit.figure);
    hit.text = model->text;
    hit.figure[0] = hit.weight = connection->setup_ns;
    anomaly_evidence(&hit,
                     story_mark(survey->story, connection, TSM_SERVER, MARK_SYN_ACK)->first_frame);
    anomaly_evidence(
        &hit, story_mark(survey->story, connection, TSM_CLIENT, MARK_THIRD_ACK)->first_frame);
    survey_add(survey, &hit, &number, 1);
}

/* A listener with enough handshakes is its own measure, others have a fixed one. */
static void survey_setup(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups = survey_groups(survey, TUPLE_LISTENER, is_plain_handshake);

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = g_ptr_array_index(groups, i);
        struct anomaly model = {.text = survey->rule->text};
        int64_t most = limit[SETUP_FIXED];
        if (group->members->len >= limit[SETUP_SAMPLES]) {
            const int64_t usual = setup_percentile(survey, group, limit[SETUP_PERCENTILE]);
            model.figure[1] = usual;
            model.figure[2] = group->members->len;
            model.figure[3] = limit[SETUP_PERCENTILE];
            model.text = "{d0} from SYN to third ACK, and nothing was repeated; {p3} of {n2} "
                         "handshakes at {server} took no more than {d1}";
            most = MAX(duration_times(usual, limit[SETUP_TIMES]), limit[SETUP_FLOOR]);
        }
        for (guint k = 0; k < group->members->len; k++) {
            if (survey_connection(survey, group, k)->setup_ns > most) {
                tell_outlier(survey, survey_member(group, k), &model);
            }
        }
    }
}

const struct anomaly_rule rules_handshake[] = {
    {
        .id = "A14",
        .name = "syn_answered_by_ack",
        .title = "SYN answered by a bare ACK",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The server answered the SYN with an ACK of something else: for it an older connection "
            "on the same addresses and ports still lives, ESTABLISHED or in TIME_WAIT. A client "
            "that follows the RFC sends RST and tries again.",
        .text = "{n0:ACK answers the SYN and acknowledges:ACKs answer the SYN and acknowledge} "
                "something else: an older connection on these ports lives on at {server}",
        .filter = "tcp.flags.syn == 1 || tcp.flags.reset == 1 || tcp.flags.ack == 1",
        .causes = {"the client rebooted or lost its state, the server did not notice",
                   "the port was used again while the server is in TIME_WAIT",
                   "a NAT gave the same port to another client"},
        .checks = {"on the server: ss -tnoa 'dport = :{client.port}'",
                   "net.ipv4.tcp_timestamps on both sides (they let TIME_WAIT be reopened)"},
        .references = {"RFC 9293 3.10.7.4", "RFC 5961 4", "RFC 6191"},
        .judge = is_answered_by_ack,
    },
    {
        .id = "A15",
        .name = "two_answers",
        .title = "SYN answered twice, by different sequence numbers",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "Two SYN-ACKs of one attempt have different initial sequence numbers: two hosts answer "
            "for one address, or somebody answers in its place.",
        .text = "SYN-ACKs with {n0} different sequence numbers answer one SYN",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a load balancer or anycast splits the attempt over two hosts", "a SYN proxy",
                   "two hosts with the same address", "an answer was forged"},
        .checks = {"compare TTL and options of the SYN-ACKs", "arping {server.host}"},
        .references = {"RFC 9293 3.4.1"},
        .judge = has_two_answers,
    },
    {
        .id = "A16",
        .name = "simultaneous_open",
        .title = "Simultaneous open",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "Both ends sent a SYN before they had seen the other one. TCP allows it; it is rare.",
        .text = "SYNs of both ends cross",
        .filter = "tcp.flags.syn == 1",
        .causes = {"hole punching through NATs",
                   "two peers that connect to each other from fixed ports"},
        .checks = {"whether both applications are meant to connect"},
        .references = {"RFC 9293 3.5"},
        .judge = is_simultaneous_open,
    },
    {
        .id = "A17",
        .name = "split_handshake",
        .title = "Split handshake",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The server acknowledged the SYN first and sent its own SYN apart. Old stacks could do "
            "that; today it is a way to get past firewalls that mistake who is the client.",
        .text = "the server acknowledges the SYN and sends its own SYN apart",
        .filter = "tcp.flags.syn == 1",
        .causes = {"an attempt to evade an intrusion detection system",
                   "a very old or home-made stack"},
        .checks = {"what runs on {server}"},
        .references = {"RFC 9293 3.5"},
        .judge = is_split,
    },
    {
        .id = "A18",
        .name = "fast_open_trouble",
        .title = "TCP Fast Open does not get through",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "The SYN carried data (TCP Fast Open), but the data was not accepted with it: the "
            "client lost the round trip that it wanted to save, or much more when the SYN itself "
            "was dropped.",
        .text =
            "a SYN with {b0} of data was not answered, a later one was: {d1} until the connection "
            "was open",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a middlebox drops SYNs with data or with the option",
                   "the cookie is old, or the server does not do Fast Open",
                   "the first SYN was merely lost"},
        .checks = {"net.ipv4.tcp_fastopen on both sides",
                   "nstat -az TcpExtTCPFastOpenActiveFail TcpExtTCPFastOpenBlackhole"},
        .references = {"RFC 7413"},
        .judge = is_fast_open_trouble,
    },
    {
        .id = "A20",
        .name = "setup_outlier",
        .title = "Slow handshake without loss",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "No segment of the handshake was repeated, and yet it took far longer than nearly all "
            "others at the same listener, or, where there are few, more than a second.",
        .text = "{d0} from SYN to third ACK, nothing was repeated",
        .filter = "tcp.flags.syn == 1",
        .causes = {"a long path: satellite, mobile network asleep",
                   "a load balancer that opens the other side first", "the client was busy"},
        .checks = {"mtr -T -P {server.port} {server.host}"},
        .references = {"RFC 6298"},
        .limits = {{"setup", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "a longer handshake is slow, at a listener with few"},
                   {"samples", ANOMALY_COUNT, 100, 1, ANOMALY_MAX_COUNT,
                    "N handshakes are enough to compare"},
                   {"percentile", ANOMALY_PERCENT, 99, 1, 100,
                    "of them take the usual time or less"},
                   {"times", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N times the usual time is slow"},
                   {"floor", ANOMALY_SECONDS, ANOMALY_NS(0.1), 0, ANOMALY_LONGEST,
                    "but not less than this"}},
        .survey = survey_setup,
    },
    {
        .id = "A24",
        .name = "connect_and_leave",
        .title = "Connected and left",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CLIENT,
        .meaning = "A connection was opened and closed within a second without a byte of data.",
        .text = "open for {d0}, not a byte of data",
        .causes = {"a health check of a load balancer or monitoring", "a connect scan (nmap -sT)",
                   "a client that only warms up"},
        .checks = {"whether {client.host} is a load balancer or monitoring"},
        .limits = {{"life", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "it lived shorter than that"}},
        .yields = true,
        .judge = is_connect_and_leave,
    },
    {.id = NULL},
};
