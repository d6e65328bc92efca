/* rules_established.c - anomalies of connections that are open, A26 to A33.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

#define RFC9293_HALF_OPEN "RFC 9293 3.5.1"
#define RFC9293_KEEP_ALIVE "RFC 9293 3.8.4"
#define RFC6298 "RFC 6298"

/* ---- A26 ---- */

enum { UNUSED_TIME, UNUSED_MANY };

static bool is_unused(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    struct stay stay;

    if (c->opening != OPENING_CONNECTED ||
        c->connection->bytes[TSM_CLIENT] + c->connection->bytes[TSM_SERVER] > 0 ||
        !case_is_proven_open(c, side) || !case_stay(c, side, TSM_ESTABLISHED, &stay)) {
        return false;
    }
    hit->figure[0] = hit->weight = stay_ns(&stay);
    hit->first_ns = stay.from_ns;
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_SYN));
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_THIRD_ACK));
    return hit->figure[0] >= c->limit[UNUSED_TIME];
}

static void survey_unused(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowd = {
        TUPLE_CLIENT_HOST | TUPLE_LISTENER, ANOMALY_WARNING,
        "{members:connection:connections} of {client.host} to {server} were opened and held "
        "without "
        "a byte of data, one for {d0}"};

    survey_crowd(survey, TSM_CLIENT, &crowd, limit[UNUSED_MANY]);
}

/* ---- A27 ---- */

/* The end `side` broke a silence and its peer answered that it knows of no connection. */
static bool is_half_open(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "after {d0} of silence {client} went on, and {server} answered with RST: it knows of no "
        "such connection",
        "after {d0} of silence {server} went on, and {client} answered with RST: it knows of no "
        "such connection"};
    static const char *const brisk_text[] = {
        "{server} had not closed, and answered {client} with RST: it knows of no such connection",
        "{client} had not closed, and answered {server} with RST: it knows of no such connection"};
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_pause *pause = &case_facts(c, side)->unanswered;
    const struct tsm_mark *reset = case_mark(c, peer, TSM_NOTE_BIT_NO_SOCKET);
    const bool idle = pause->ns >= c->limit[0] && reset->last_ns >= pause->end_ns;

    if (!case_is_proven_open(c, peer) || reset->count == 0 ||
        case_mark(c, side, MARK_RST)->count > 0 || case_mark(c, peer, MARK_FIN)->count > 0 ||
        case_mark(c, peer, MARK_RST)->first_frame != reset->first_frame ||
        case_reset_is_foreign(c, peer, c->limit[1])) {
        return false;
    }
    case_span(hit, reset);
    hit->figure[0] = hit->weight = pause->ns;
    hit->text = idle ? text[side] : brisk_text[side];
    hit->severity = idle ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->confidence = idle ? ANOMALY_CERTAIN : ANOMALY_PRESUMED;
    hit->fault = fault_of(peer);
    anomaly_evidence(hit, pause->frame);
    anomaly_evidence(hit, pause->end_frame);
    case_evidence(hit, reset);
    return true;
}

static bool judge_half_open(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_half_open);
}

/* ---- A28 ---- */

enum { IDLE_TIME, IDLE_REPEATS, IDLE_MANY, IDLE_TTL };

/* After a long silence nothing that the end `side` sends is answered, or a RST that somebody else
 * sent answers it. */
static bool is_cut_off(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {"{server} did not answer any more after {d0} of silence",
                                       "{client} did not answer any more after {d0} of silence"};
    static const char *const reset_text[] = {
        "after {d0} of silence {client} got a RST that did not come from {server.host} itself",
        "after {d0} of silence {server} got a RST that did not come from {client.host} itself"};
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_facts *facts = case_facts(c, side);
    const bool foreign = case_mark(c, peer, MARK_RST)->last_ns >= facts->unanswered.end_ns &&
                         case_reset_is_foreign(c, peer, c->limit[IDLE_TTL]);

    if (!case_was_open(c) || facts->unanswered.ns < c->limit[IDLE_TIME] ||
        !(foreign || (facts->repeats.count >= c->limit[IDLE_REPEATS] &&
                      case_mark(c, peer, MARK_RST)->count == 0))) {
        return false;
    }
    hit->figure[0] = facts->unanswered.ns;
    hit->weight = -facts->unanswered.ns;
    hit->text = foreign ? reset_text[side] : text[side];
    hit->confidence = foreign ? ANOMALY_INFERRED : ANOMALY_PRESUMED;
    hit->severity = foreign ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->first_ns = facts->unanswered.end_ns;
    hit->first_frame = facts->unanswered.end_frame;
    anomaly_evidence(hit, facts->unanswered.frame);
    anomaly_evidence(hit, facts->unanswered.end_frame);
    case_evidence(hit, &facts->repeats);
    case_evidence(hit, case_mark(c, peer, MARK_RST));
    return true;
}

static bool is_cut_off_either(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    (void)side;
    return case_either(c, hit, is_cut_off);
}

static gint by_figure(gconstpointer a, gconstpointer b)
{
    const int64_t x = ((const struct anomaly *)a)->figure[0];
    const int64_t y = ((const struct anomaly *)b)->figure[0];

    return (x > y) - (x < y);
}

/* The longest silence that a connection of the group survived. */
static int64_t longest_survived(const struct anomaly_survey *survey,
                                const struct survey_group *group)
{
    int64_t longest = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const struct story_connection *connection = survey_connection(survey, group, i);
        for (unsigned side = 0; side < 2; side++) {
            const int64_t ns =
                story_facts(survey->story, connection, (enum tsm_side)side)->seen.survived_ns;
            longest = MAX(longest, ns);
        }
    }
    return longest;
}

static void drop_infos(GArray *hits)
{
    guint kept = 0;

    for (guint i = 0; i < hits->len; i++) {
        const struct anomaly hit = g_array_index(hits, struct anomaly, i);
        if (hit.severity != ANOMALY_INFO) {
            g_array_index(hits, struct anomaly, kept++) = hit;
        }
    }
    g_array_set_size(hits, kept);
}

/* Silences that were survived are all shorter than those that were not: something on the way
 * forgets connections in between. Single ones are told by A30 and A31, unless a foreign RST shows
 * it. */
static void survey_cut_off(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowd = {
        TUPLE_LISTENER, ANOMALY_ERROR,
        "{members:connection:connections} to {server} got no answer any more after {d0} of silence "
        "or longer; silences of up to {d1} were survived"};
    const guint least = count_hits(survey, TSM_CLIENT) > 0 ? 1 : G_MAXUINT;
    g_autoptr(GPtrArray) groups = survey_large_groups(survey, crowd.scope, NULL, least);

    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GArray) hits = group_hits(survey, groups->pdata[i], TSM_CLIENT);
        const int64_t survived = longest_survived(survey, groups->pdata[i]);
        g_array_sort(hits, by_figure);
        struct anomaly *shortest = hits->len > 0 ? &g_array_index(hits, struct anomaly, 0) : NULL;
        if (shortest != NULL && hits->len >= limit[IDLE_MANY] && survived < shortest->figure[0]) {
            shortest->figure[1] = survived;
            shortest->confidence = ANOMALY_INFERRED;
            tell_together(survey, hits, &crowd);
        } else {
            drop_infos(hits);
            tell_singly(survey, hits);
        }
    }
}

/* ---- A29 ---- */

enum { RACE_IDLE, RACE_WITHIN, RACE_MANY };

/* The server closed an idle connection just when the client used it again. */
static bool is_race(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    const struct tsm_facts *client = case_facts(c, TSM_CLIENT);
    const struct tsm_facts *server = case_facts(c, TSM_SERVER);
    const struct tsm_mark *fin = case_mark(c, TSM_SERVER, MARK_FIN);
    const struct tsm_mark *reset = case_mark(c, TSM_SERVER, MARK_RST);
    const int64_t idle = MAX(server->survived_ns, server->unanswered.ns);
    const int64_t apart = duration_forward(fin->first_ns, client->crossed_fin.ns);

    (void)side;
    if (client->crossed_fin.count == 0 || client->turns < 2 || idle < c->limit[RACE_IDLE] ||
        apart > c->limit[RACE_WITHIN] || reset->count == 0 ||
        reset->last_ns < client->crossed_fin.ns) {
        return false;
    }
    hit->figure[0] = hit->weight = idle;
    hit->figure[1] = apart;
    hit->first_ns = fin->first_ns;
    hit->first_frame = fin->first_frame;
    hit->last_ns = reset->last_ns;
    hit->last_frame = reset->last_frame;
    anomaly_evidence(hit, fin->first_frame);
    anomaly_evidence(hit, client->crossed_fin.frame);
    case_evidence(hit, reset);
    return true;
}

static void survey_races(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowd = {
        TUPLE_LISTENER, ANOMALY_WARNING,
        "{members:request:requests} to {server} crossed its FIN and were reset; it closed after up "
        "to {d0} of silence"};

    survey_crowd(survey, TSM_SERVER, &crowd, limit[RACE_MANY]);
}

/* ---- A30, A31 ---- */

/* What the end repeated last is a keep-alive or a window probe, not data. */
static bool repeats_probes(const struct anomaly_case *c, enum tsm_side side)
{
    const uint32_t last = case_facts(c, side)->repeats.last_frame;

    return case_mark(c, side, MARK_KEEP_ALIVE)->last_frame == last ||
           case_mark(c, side, MARK_WINDOW_PROBE)->last_frame == last;
}

static void note_repeats(struct anomaly *hit, const struct tsm_mark *repeats)
{
    hit->figure[0] = hit->weight = repeats->count;
    hit->figure[1] = duration_forward(repeats->first_ns, repeats->last_ns);
    case_span(hit, repeats);
}

static bool has_dead_peer(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} sent {n0:keep-alive:keep-alives} within {d1}, and {server} answered none",
        "{server} sent {n0:keep-alive:keep-alives} within {d1}, and {client} answered none"};
    const struct tsm_mark *repeats = &case_facts(c, side)->repeats;

    const struct tsm_mark *reset = case_mark(c, side, MARK_RST);
    const bool gave_up = repeats->count >= 2 && reset->last_ns > repeats->last_ns;

    if (!case_was_open(c) || !(gave_up || repeats->count >= c->limit[0]) ||
        !repeats_probes(c, side)) {
        return false;
    }
    note_repeats(hit, repeats);
    hit->text = text[side];
    anomaly_evidence(hit, reset->last_frame);
    return true;
}

static bool judge_dead_peer(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, has_dead_peer);
}

enum { DEATH_REPEATS, DEATH_CENSORED };

/* The client believes that it is connected, and the server shows that it is not: A33. */
static bool is_one_sided(const struct anomaly_case *c)
{
    return case_mark(c, TSM_SERVER, MARK_SYN_ACK)->count > 0 &&
           !case_is_proven_open(c, TSM_SERVER) &&
           (case_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN)->count > 0 ||
            case_mark(c, TSM_SERVER, TSM_NOTE_BIT_NO_SOCKET)->count > 0);
}

/* Only segments as large as these never arrived: smaller ones of the same end did. */
static bool only_large_die(const struct tsm_facts *facts)
{
    return facts->largest_acked > 0 && facts->repeated_payload > facts->largest_acked &&
           facts->repeated_payload >= 1000;
}

static bool has_lost_peer(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} repeated the same data {n0:time:times} in {d1} without an answer from {server}",
        "{server} repeated the same data {n0:time:times} in {d1} without an answer from {client}"};
    static const char *const large_text[] = {
        "{client} repeated a segment of {b2} {n0:time:times} without an answer, yet up to {b3} "
        "arrived: the path drops large packets",
        "{server} repeated a segment of {b2} {n0:time:times} without an answer, yet up to {b3} "
        "arrived: the path drops large packets"};
    const struct tsm_facts *facts = case_facts(c, side);

    if (!case_was_open(c) || is_one_sided(c) || facts->repeats.count < c->limit[DEATH_CENSORED] ||
        facts->repeated_payload == 0 || case_mark(c, side, MARK_FIN)->count > 0 ||
        repeats_probes(c, side)) {
        return false;
    }
    note_repeats(hit, &facts->repeats);
    hit->figure[2] = facts->repeated_payload;
    hit->figure[3] = facts->largest_acked;
    hit->text = only_large_die(facts) ? large_text[side] : text[side];
    if (only_large_die(facts)) {
        hit->confidence = ANOMALY_INFERRED;
        hit->fault = ANOMALY_OF_NETWORK;
    }
    anomaly_evidence(hit, facts->icmp_frame);
    if (facts->repeats.count < c->limit[DEATH_REPEATS]) {
        anomaly_censor(hit);
    }
    return true;
}

static bool judge_lost_peer(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, has_lost_peer);
}

/* ---- A32 ---- */

enum { STALL_TIME, STALL_STUCK, STALL_MANY };

/* The end `side` does not read: its window was closed for long while its peer had more to send. */
static bool is_stalled(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} kept its window closed for {d0}: its application did not read, and {server} "
        "could "
        "not send",
        "{server} kept its window closed for {d0}: its application did not read, and {client} "
        "could "
        "not send"};
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_facts *facts = case_facts(c, side);
    const int64_t open_ns = facts->closed_since_ns != 0
                                ? duration_forward(facts->closed_since_ns, c->connection->end_ns)
                                : 0;
    const struct tsm_mark *probes = case_mark(c, peer, MARK_WINDOW_PROBE);
    const struct tsm_mark *repeats = case_mark(c, peer, TSM_NOTE_BIT_RETRANSMISSION);

    hit->figure[0] = hit->weight = MAX(facts->closed_longest_ns, open_ns);
    if (hit->figure[0] < c->limit[STALL_TIME] || probes->count + repeats->count == 0) {
        return false;
    }
    hit->severity = hit->figure[0] >= c->limit[STALL_STUCK] ? ANOMALY_ERROR : ANOMALY_WARNING;
    hit->text = text[side];
    hit->fault = fault_of(side);
    hit->first_ns = facts->closed_window.ns;
    hit->first_frame = facts->closed_window.frame;
    anomaly_evidence(hit, facts->closed_window.frame);
    case_evidence(hit, probes);
    return true;
}

static void survey_stalled(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowds[] = {
        {TUPLE_CLIENT_HOST | TUPLE_LISTENER, ANOMALY_ERROR,
         "{members:connection:connections} of {client.host} to {server} stand still: the client "
         "does "
         "not read, one for {d0}"},
        {TUPLE_LISTENER, ANOMALY_ERROR,
         "{members:connection:connections} to {server} stand still: the server does not read, one "
         "for {d0}"}};

    survey_crowds(survey, crowds, limit[STALL_MANY]);
}

/* ---- A33 ---- */

enum { FAKE_MANY, FAKE_SYN_ACKS };

/* The client sent into it and got no answer but SYN-ACKs, or a RST. */
static bool is_fake(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    const struct tsm_mark *again = case_mark(c, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN);
    const struct tsm_mark *reset = case_mark(c, TSM_SERVER, TSM_NOTE_BIT_NO_SOCKET);
    const struct tsm_facts *client = case_facts(c, side);
    const bool ignored = case_unacked(c, side) > 0 && client->repeats.count > 0;
    const bool refused = client->last_data_frame != 0 && reset->count > 0;
    struct stay stay;

    if (c->opening != OPENING_CONNECTED || !is_one_sided(c) || !case_is_proven_open(c, side) ||
        !(refused || ignored || again->count >= c->limit[FAKE_SYN_ACKS]) ||
        !case_stay(c, side, TSM_ESTABLISHED, &stay)) {
        return false;
    }
    hit->figure[0] = hit->weight = stay_ns(&stay);
    hit->figure[1] = again->count;
    hit->first_ns = stay.from_ns;
    case_evidence(hit, case_mark(c, side, MARK_THIRD_ACK));
    case_evidence(hit, again);
    anomaly_evidence(hit, story_facts(c->story, c->connection, side)->first_data_frame);
    case_evidence(hit, reset);
    return true;
}

static void survey_fakes(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowd = {
        TUPLE_LISTENER, ANOMALY_ERROR,
        "{members:client:clients} of {server} believed that they were connected, one for {d0}, but "
        "the "
        "server never was"};

    survey_crowd(survey, TSM_CLIENT, &crowd, limit[FAKE_MANY]);
}

/* ---- the table ---- */

const struct anomaly_rule rules_established[] = {
    {
        .id = "A26",
        .name = "never_used",
        .title = "Established but never used",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CLIENT,
        .meaning = "A connection was opened and then carried no data for a long time. It costs the "
                   "server a socket and often a thread; many of one client can use up all of them.",
        .text = "opened and held for {d0} without a byte of data",
        .filter = "tcp.flags.syn == 1 || tcpstate.open_step == 3",
        .causes = {"a pool of connections is opened in advance",
                   "the client waits for the server to speak first, and the other way round",
                   "many at once: a slow attack that holds connections, such as slowloris"},
        .checks = {"on the server: ss -tnp 'sport = :{server.port}'",
                   "the time limit that the server sets for the first request"},
        .references = {"RFC 4732 2.1.2"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(60), 0, ANOMALY_LONGEST,
                    "held for so long without data"},
                   {"many", ANOMALY_COUNT, 20, 1, ANOMALY_MOST_COUNT,
                    "so many of one client are told as one warning"}},
        .gates = GATE_DROPS | GATE_ONE_WAY,
        .yields = true,
        .judge_end = is_unused,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_unused,
    },
    {
        .id = "A27",
        .name = "half_open",
        .title = "Peer forgot the connection",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end used a connection again after a silence, and the other answered with a "
            "RST that says there is no such connection: it was restarted, crashed or lost its "
            "state, and could not tell anybody. Until then the first end was ESTABLISHED "
            "with nobody at the other side.",
        .text = "after {d0} of silence one end went on and got a RST: its peer knows of no such "
                "connection",
        .filter = "tcpstate.analysis.no_socket || tcp.flags.reset == 1",
        .causes = {"the host was rebooted, or its network card or address was changed",
                   "a virtual machine or container was replaced by another with the same address",
                   "a load balancer sends the connection to another host now"},
        .checks = {"on the host that sent the RST: uptime; last -x reboot; journalctl --list-boots",
                   "keep-alives of the application or net.ipv4.tcp_keepalive_time, to learn of it "
                   "sooner"},
        .references = {RFC9293_HALF_OPEN},
        .limits = {{"idle", ANOMALY_SECONDS, ANOMALY_NS(10), 0, ANOMALY_LONGEST,
                    "after such a silence it is a warning"},
                   FOREIGN_TTL},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .judge = judge_half_open,
    },
    {
        .id = "A28",
        .name = "idle_expiry",
        .title = "Idle connections are cut off",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "Connections that are silent for some time get no answer afterwards, while those "
            "that were silent for less go on: a firewall, NAT or load balancer on the way "
            "forgets idle connections and tells neither end. Both ends stay ESTABLISHED "
            "until they give up.",
        .text = "no answer any more after {d0} of silence",
        .filter = "tcp.analysis.retransmission || tcp.analysis.keep_alive || tcp.flags.reset == 1",
        .causes = {"the idle timeout of a firewall, NAT gateway or load balancer on the way (often "
                   "60, 300, 350, 900 or 3600 s)",
                   "a security group or conntrack table that was flushed"},
        .checks = {"the idle timeout of each device on the way; make the application's keep-alive "
                   "shorter",
                   "sysctl net.ipv4.tcp_keepalive_time and SO_KEEPALIVE of the application",
                   "on a Linux gateway: sysctl net.netfilter.nf_conntrack_tcp_timeout_established"},
        .references = {"RFC 5382 5", RFC9293_KEEP_ALIVE},
        .limits = {{"idle", ANOMALY_SECONDS, ANOMALY_NS(55), 0, ANOMALY_LONGEST,
                    "a silence of that length or more"},
                   {"repeats", ANOMALY_COUNT, 3, 1, ANOMALY_MOST_COUNT,
                    "so often it was sent again without an answer"},
                   {"many", ANOMALY_COUNT, 3, 1, ANOMALY_MOST_COUNT,
                    "so many connections make it a pattern"},
                   FOREIGN_TTL},
        .gates = GATE_ONE_WAY,
        .claims = true,
        .judge_end = is_cut_off_either,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_cut_off,
    },
    {
        .id = "A29",
        .name = "keep_alive_race",
        .title = "Request crossed the server's close",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The server closed a connection that had been idle, and at the same moment the "
            "client sent its next request on it. The request is lost; a client that does not "
            "repeat it shows an error (a proxy: 502).",
        .text = "{server} closed after {d0} of silence, {d1} before the next request of {client} "
                "came, and reset it",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1 || tcp.len > 0",
        .causes = {"the server's keep-alive timeout is shorter than that of the client's or the "
                   "load balancer's pool"},
        .checks = {"make the server's keep-alive timeout longer than its client's",
                   "let the client repeat requests that are safe to repeat (RFC 9110 9.2.2)"},
        .references = {"RFC 9112 9.5", "RFC 9293 3.6"},
        .limits = {{"idle", ANOMALY_SECONDS, ANOMALY_NS(1), 0, ANOMALY_LONGEST,
                    "the server closed after such a silence"},
                   {"within", ANOMALY_SECONDS, ANOMALY_NS(0.5), 0, ANOMALY_LONGEST,
                    "the request came so soon after the FIN that they crossed"},
                   {"many", ANOMALY_COUNT, 3, 1, ANOMALY_MOST_COUNT,
                    "so many at one listener are told as one"}},
        .gates = GATE_CLOCK,
        .claims = true,
        .judge_end = is_race,
        .ends = ANOMALY_SERVERS,
        .survey = survey_races,
    },
    {
        .id = "A30",
        .name = "keep_alive_unanswered",
        .title = "Keep-alives unanswered",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end asks whether its peer is still there and gets no answer: the peer or the "
            "path to it is gone. When its probes are used up it resets the connection.",
        .text = "keep-alives were not answered",
        .filter = "tcpstate.event == \"keep-alive\" || tcp.flags.reset == 1",
        .causes = {"the host was switched off or lost its network",
                   "a firewall or NAT on the way forgot the connection"},
        .checks = {"ping {client.host}; ping {server.host}",
                   "the idle timeout of firewalls on the way",
                   "sysctl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_intvl"},
        .references = {RFC9293_KEEP_ALIVE, "RFC 1122 4.2.3.6"},
        .limits = {{"probes", ANOMALY_COUNT, 3, 1, ANOMALY_MOST_COUNT,
                    "so many in a row, or two and then RST"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .yields = true,
        .judge = judge_dead_peer,
    },
    {
        .id = "A31",
        .name = "retransmission_death",
        .title = "Data repeated without an answer",
        .severity = ANOMALY_ERROR,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "The same data is sent again and again, at growing intervals, and nothing comes "
                   "back any more: the path or the peer died while data was on its way. The sender "
                   "gives up after net.ipv4.tcp_retries2 repeats, 15 to 30 minutes on Linux.",
        .text = "data was repeated {n0:time:times} without an answer",
        .filter = "tcp.analysis.retransmission || icmp.type == 3 || icmpv6.type == 2",
        .causes =
            {"the link or a router on the way failed", "the host was switched off",
             "a firewall drops the connection's packets since some moment, such as the first data",
             "only large packets die: the path's MTU is smaller, and ICMP too big is blocked"},
        .checks = {"ping {client.host}; ping {server.host}",
                   "tracepath {server.host}; ping -M do -s 1472 {server.host}",
                   "sysctl net.ipv4.tcp_mtu_probing; the MSS clamp of tunnels on the way"},
        .references = {RFC6298, "RFC 9293 3.8.3", "RFC 2923 2.1"},
        .limits = {{"repeats", ANOMALY_COUNT, 6, 1, ANOMALY_MOST_COUNT,
                    "so often the same was sent again"},
                   {"begun", ANOMALY_COUNT, 3, 1, ANOMALY_MOST_COUNT,
                    "so often when the capture ended: info"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .yields = true,
        .judge = judge_lost_peer,
    },
    {
        .id = "A32",
        .name = "zero_window",
        .title = "Window closed: the application does not read",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "An end whose receive buffer is full advertises a window of 0, and its peer may "
                   "only probe. So the peer's data, and behind it its FIN, wait until the "
                   "application reads.",
        .text = "a window was closed for {d0}",
        .filter = "tcp.window_size == 0 || tcpstate.event == \"zero-window probe\"",
        .causes = {"the application is busy, blocked or stopped and does not call read()",
                   "it waits for something else, such as a disk or a lock",
                   "many of one client: an attack that holds buffers (sockstress)"},
        .checks = {"on that host: ss -tnmi (Recv-Q is large); top; cat /proc/PID/stack",
                   "the size of its receive buffer: sysctl net.ipv4.tcp_rmem"},
        .references = {"RFC 9293 3.8.6.1", "RFC 6429"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(10), 0, ANOMALY_LONGEST,
                    "closed for so long: a warning"},
                   {"stuck", ANOMALY_SECONDS, ANOMALY_NS(60), 0, ANOMALY_LONGEST,
                    "closed for so long: an error"},
                   {"many", ANOMALY_COUNT, 20, 1, ANOMALY_MOST_COUNT,
                    "so many of one client are told as one"}},
        .gates = GATE_CLOCK,
        .judge_end = is_stalled,
        .survey = survey_stalled,
    },
    {
        .id = "A33",
        .name = "fake_established",
        .title = "Only the client is connected",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_SERVER,
        .meaning =
            "The client has completed the handshake, so connect() succeeded and netstat shows "
            "ESTABLISHED; the server never did and forgets the request after some time. What "
            "the client sends is lost, and its first answer may be a RST.",
        .text =
            "{client} believed for {d0} that it was connected, but {server} never was; it repeated "
            "its "
            "SYN-ACK {n1:time:times}",
        .filter = "tcpstate.analysis.synack_after_ack || tcpstate.open_step == 3 || "
                  "tcp.flags.reset == 1",
        .causes = {"the accept queue is full (A06): accept() is too slow or the backlog too small",
                   "a SYN cookie expired or was lost",
                   "a firewall drops the third ACK or the data"},
        .checks = {"on the server: ss -lnt 'sport = :{server.port}' (Recv-Q above Send-Q)",
                   "on the server: nstat -az TcpExtListenOverflows TcpExtTCPReqQFullDrop",
                   "raise the backlog of listen() and net.core.somaxconn"},
        .references = {"RFC 9293 3.5", "RFC 4987 3.6"},
        .limits = {{"many", ANOMALY_COUNT, 3, 1, ANOMALY_MOST_COUNT,
                    "so many at one listener are told as one error"},
                   {"synacks", ANOMALY_COUNT, 3, 1, ANOMALY_MOST_COUNT,
                    "so many SYN-ACKs after the third ACK, when the client sends nothing"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .yields = true,
        .judge_end = is_fake,
        .ends = ANOMALY_CLIENTS,
        .survey = survey_fakes,
    },
    {.id = NULL},
};
