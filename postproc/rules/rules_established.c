/* rules_established.c - anomalies of connections that are open and idle, A26 to A29.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

#define RFC9293_HALF_OPEN "RFC 9293 3.5.1"
#define RFC9293_KEEP_ALIVE "RFC 9293 3.8.4"

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
    static const struct aggregate aggregate = {
        TUPLE_CLIENT_HOST | TUPLE_LISTENER, ANOMALY_WARNING,
        "{members:connection:connections} of {client.host} to {server} were opened and held "
        "without "
        "a byte of data, one for {d0}"};

    survey_aggregate(survey, TSM_CLIENT, &aggregate, limit[UNUSED_MANY]);
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

    if (!case_was_open(c) || !case_is_proven_open(c, peer) || reset->count == 0 ||
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
    const struct tsm_mark *resets = case_mark(c, peer, MARK_RST);
    const bool reset = resets->count > 0 && resets->first_ns >= facts->unanswered.end_ns &&
                       case_mark(c, peer, MARK_FIN)->count == 0;
    const bool foreign = resets->last_ns >= facts->unanswered.end_ns &&
                         case_reset_is_foreign(c, peer, c->limit[IDLE_TTL]);

    if (!case_was_open(c) || facts->unanswered.ns < c->limit[IDLE_TIME] ||
        !(foreign || reset ||
          (facts->repeats.count >= c->limit[IDLE_REPEATS] && resets->count == 0))) {
        return false;
    }
    hit->figure[2] = reset && !foreign;
    hit->figure[3] = facts->unanswered.end_ns - facts->unanswered.ns;
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

/* A connection of the group is older than the silence of the hit, and its server spoke after that:
 * the host was not rebooted meanwhile. */
static bool was_up(const struct anomaly_survey *survey, const struct survey_group *group,
                   const struct anomaly *hit)
{
    for (guint i = 0; i < group->members->len; i++) {
        const struct story_connection *connection = survey_connection(survey, group, i);
        if (connection->start_ns < hit->figure[3] &&
            story_mark(survey->story, connection, TSM_SERVER, MARK_RST)->count == 0 &&
            story_facts(survey->story, connection, TSM_SERVER)->last_ns > hit->first_ns) {
            return true;
        }
    }
    return false;
}

/* How many connections of the group survived a silence that long. */
static guint count_survivors(const struct anomaly_survey *survey, const struct survey_group *group,
                             int64_t least_ns)
{
    guint n = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const struct story_connection *connection = survey_connection(survey, group, i);
        const int64_t client = story_facts(survey->story, connection, TSM_CLIENT)->seen.survived_ns;
        const int64_t server = story_facts(survey->story, connection, TSM_SERVER)->seen.survived_ns;
        n += MAX(client, server) >= least_ns;
    }
    return n;
}

/* RSTs with the host's own time to live are those of a host that was rebooted, unless an older
 * connection lived on. Where all are of one age, it takes as many that survived a long silence as
 * would make a pattern. */
static bool may_be_reboot(const struct anomaly_survey *survey, const struct survey_group *group,
                          const GArray *hits, const int64_t *limit)
{
    bool resets = false;

    for (guint i = 0; i < hits->len; i++) {
        const struct anomaly *hit = &g_array_index(hits, struct anomaly, i);
        if (hit->figure[2] != 0 && was_up(survey, group, hit)) {
            return false;
        }
        resets = resets || hit->figure[2] != 0;
    }
    return resets && count_survivors(survey, group, limit[IDLE_TIME]) < limit[IDLE_MANY];
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
    static const struct aggregate aggregate = {
        TUPLE_LISTENER, ANOMALY_ERROR,
        "{members:connection:connections} to {server} got no answer any more, or a RST, after "
        "{d0} of silence or longer; silences of up to {d1} were survived"};
    const guint least = count_hits(survey, TSM_CLIENT) > 0 ? 1 : G_MAXUINT;
    g_autoptr(GPtrArray) groups = survey_large_groups(survey, aggregate.scope, NULL, least);

    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GArray) hits = group_hits(survey, groups->pdata[i], TSM_CLIENT);
        const int64_t survived = longest_survived(survey, groups->pdata[i]);
        g_array_sort(hits, by_figure);
        struct anomaly *shortest = hits->len > 0 ? &g_array_index(hits, struct anomaly, 0) : NULL;
        if (shortest != NULL && hits->len >= limit[IDLE_MANY] && survived < shortest->figure[0] &&
            !may_be_reboot(survey, groups->pdata[i], hits, limit)) {
            shortest->figure[1] = survived;
            shortest->confidence = ANOMALY_INFERRED;
            add_aggregate(survey, hits, &aggregate);
        } else {
            drop_infos(hits);
            add_singly(survey, hits);
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
    static const struct aggregate aggregate = {
        TUPLE_LISTENER, ANOMALY_WARNING,
        "{members:request:requests} to {server} crossed its FIN and were reset; it closed after up "
        "to {d0} of silence"};

    survey_aggregate(survey, TSM_SERVER, &aggregate, limit[RACE_MANY]);
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
                    "time without data"},
                   {"many", ANOMALY_COUNT, 20, 1, ANOMALY_MAX_COUNT,
                    "N of one client or more are reported as one warning"}},
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
                   "a load balancer sends the connection to another host now",
                   "a load balancer, NAT or firewall on the way forgot the idle connection and "
                   "answers for the host (A28)"},
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
            "until they give up, or until it answers with RST what it does not know any more. "
            "Whose time to live the RSTs have does not matter when the pattern shows it and an "
            "older connection lived on: then the host was not rebooted.",
        .text = "no answer any more after {d0} of silence",
        .filter = "tcp.analysis.retransmission || tcp.analysis.keep_alive || tcp.flags.reset == 1",
        .causes = {"the idle timeout of a firewall, NAT gateway or load balancer on the way (often "
                   "60, 300, 350, 900 or 3600 s)",
                   "a security group or conntrack table that was flushed",
                   "if all RSTs came after one moment: the host was rebooted then"},
        .checks = {"the idle timeout of each device on the way; make the application's keep-alive "
                   "shorter",
                   "sysctl net.ipv4.tcp_keepalive_time and SO_KEEPALIVE of the application",
                   "on a Linux gateway: sysctl net.netfilter.nf_conntrack_tcp_timeout_established"},
        .references = {"RFC 5382 5", RFC9293_KEEP_ALIVE},
        .limits = {{"idle", ANOMALY_SECONDS, ANOMALY_NS(55), 0, ANOMALY_LONGEST,
                    "a silence of that length or more"},
                   {"repeats", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "number of times it was sent again without an answer"},
                   {"many", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N connections make it a pattern"},
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
                   {"many", ANOMALY_COUNT, 3, 1, ANOMALY_MAX_COUNT,
                    "N at one listener or more are reported as one"}},
        .gates = GATE_CLOCK,
        .claims = true,
        .judge_end = is_race,
        .ends = ANOMALY_SERVERS,
        .survey = survey_races,
    },
    {.id = NULL},
};
