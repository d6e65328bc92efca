/* rules_closing.c - anomalies of connections that close, A38 to A53.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pile.h"
#include "rule_case.h"
#include "rules.h"
#include "span.h"
#include "tsm_seq.h"

#define RFC9293_RESET "RFC 9293 3.5.3"
#define RFC9293_CLOSE "RFC 9293 3.6"
#define RFC9293_STATES "RFC 9293 3.3.2"
#define RFC6191 "RFC 6191"

/* ---- A38, A39, A40 ---- */

/* Thresholds of A39 and A40. */
enum { RESET_BYTES, RESET_MANY };

/* Whether the end `side` reset a connection that was open. */
static bool has_reset(const struct anomaly_case *c, enum tsm_side side)
{
    return case_was_open(c) &&
           c->connection->segments[side] > case_mark(c, side, MARK_RST)->count &&
           c->ending == (side == TSM_CLIENT ? ENDING_RESET_BY_CLIENT : ENDING_RESET_BY_SERVER);
}

/* Data that a reset by a server destroys: its answer, and the client's request. A client that resets
 * throws away only what it does not want. */
static uint32_t destroyed(const struct anomaly_case *c, enum tsm_side side)
{
    return side == TSM_SERVER ? case_unacked(c, TSM_CLIENT) + case_unacked(c, TSM_SERVER) : 0;
}

static void note_reset(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    hit->figure[0] = hit->weight = destroyed(c, side);
    hit->severity = hit->figure[0] > 0 ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->fault = fault_of(side);
    case_span(hit, case_mark(c, side, MARK_RST));
}

/* Who repeats in vain and then resets has given up: A30, A31. A RST that says that there was no
 * socket any more is no close, either: A27. */
static bool is_abort(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {"{client} reset the connection instead of closing it",
                                       "{server} reset the connection instead of closing it"};

    if (!has_reset(c, side) || case_mark(c, TSM_CLIENT, MARK_FIN)->count > 0 ||
        case_mark(c, TSM_SERVER, MARK_FIN)->count > 0 || case_facts(c, side)->repeats.count >= 2 ||
        case_mark(c, side, TSM_NOTE_BIT_NO_SOCKET)->first_frame ==
            case_mark(c, side, MARK_RST)->first_frame) {
        return false;
    }
    note_reset(c, side, hit);
    hit->text = hit->figure[0] > 0
                    ? "{server} reset the connection instead of closing it; {b0} that "
                      "were on their way are lost"
                    : text[side];
    return true;
}

static void survey_aborts(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowds[] = {
        {ANOMALY_CLIENT_HOST, ANOMALY_INFO,
         "{client.host} reset {members:connection:connections} instead of closing them"},
        {ANOMALY_LISTENER, ANOMALY_INFO,
         "{server} reset {members:connection:connections} instead of closing them; up to {b0} of one "
         "are lost"}};

    survey_crowds(survey, limit, is_abort, crowds, limit[0]);
}

/* The end `side` sent data although it knew that its peer had closed, and the peer reset it. */
static bool wrote_after_close(const struct anomaly_case *c, enum tsm_side side)
{
    const struct tsm_first *late = &case_facts(c, side)->after_fin;
    const struct tsm_mark *reset = case_mark(c, tsm_other(side), MARK_RST);

    return late->count > 0 && reset->count > 0 && reset->last_ns >= late->ns;
}

/* When the end `side` closed, and how long after that it reset its peer. */
static int64_t reset_after_close_ns(const struct anomaly_case *c, enum tsm_side side)
{
    return span_forward(case_mark(c, side, MARK_FIN)->first_ns,
                        case_mark(c, side, MARK_RST)->last_ns);
}

/* After so long a socket that was closed has left FIN_WAIT_2; assumed: Linux's 60 s less slack. */
#define ORPHAN_NS ANOMALY_NS(55)

/* The end `side` closed, and so much later that its socket was gone it reset its peer: A42. */
static bool is_reset_late(const struct anomaly_case *c, enum tsm_side side)
{
    return case_mark(c, side, MARK_FIN)->count > 0 && case_mark(c, side, MARK_RST)->count > 0 &&
           reset_after_close_ns(c, side) >= ORPHAN_NS;
}

static bool is_unclean(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} sent RST after the close had begun",
        "{server} sent RST after the close had begun; {b0} were not acknowledged"};
    const bool closed = case_mark(c, TSM_CLIENT, MARK_FIN)->count > 0 ||
                        case_mark(c, TSM_SERVER, MARK_FIN)->count > 0;

    if (!closed || !has_reset(c, side) || wrote_after_close(c, tsm_other(side)) ||
        reset_after_close_ns(c, side) >= ORPHAN_NS || case_facts(c, side)->repeats.count >= 2) {
        return false;
    }
    note_reset(c, side, hit);
    /* What a client still sends to a server that it has closed itself is its own affair. */
    if (hit->figure[0] <= c->limit[RESET_BYTES] || c->connection->closed_by != 1 + TSM_SERVER) {
        hit->severity = ANOMALY_INFO;
    }
    hit->text = text[side];
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_FIN));
    case_evidence(hit, case_mark(c, TSM_SERVER, MARK_FIN));
    return true;
}

static void survey_unclean(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowds[] = {
        {ANOMALY_CLIENT_HOST, ANOMALY_INFO,
         "{client.host} sent RST after the close of {members:connection:connections} had begun"},
        {ANOMALY_LISTENER, ANOMALY_INFO,
         "{server} sent RST after the close of {members:connection:connections} had begun; up to "
         "{b0} of one were not acknowledged"}};

    survey_crowds(survey, limit, is_unclean, crowds, limit[RESET_MANY]);
}

static bool is_write_after_close(const struct anomaly_case *c, enum tsm_side side,
                                 struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} sent data although it knew that {server} had closed, and got a RST; {b0} are lost",
        "{server} sent data although it knew that {client} had closed, and got a RST; {b0} are "
        "lost"};
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_first *late = &case_facts(c, side)->after_fin;

    if (!wrote_after_close(c, side) || reset_after_close_ns(c, peer) >= ORPHAN_NS) {
        return false;
    }
    hit->figure[0] = hit->weight = case_unacked(c, side);
    hit->severity = hit->figure[0] > c->limit[RESET_BYTES] ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->text = text[side];
    hit->fault = fault_of(side);
    case_span(hit, case_mark(c, peer, MARK_RST));
    anomaly_evidence(hit, case_mark(c, peer, MARK_FIN)->first_frame);
    anomaly_evidence(hit, late->frame);
    return true;
}

static void survey_writes_after_close(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowds[] = {
        {ANOMALY_CLIENT_HOST, ANOMALY_INFO,
         "{client.host} sent data in {members:connection:connections} that the server had closed, "
         "as it knew, and got RST; up to {b0} of one are lost"},
        {ANOMALY_LISTENER, ANOMALY_INFO,
         "{server} sent data in {members:connection:connections} that the client had closed, as it "
         "knew, and got RST; up to {b0} of one are lost"}};

    survey_crowds(survey, limit, is_write_after_close, crowds, limit[RESET_MANY]);
}

/* ---- piles: A41, A43, A44 ---- */

/* Ends that wait in a state, and what makes one of them, or many, an anomaly. */
struct heap {
    end_judge judge;
    const char *text[2]; /* of many, by the end that waits */
    bool must_grow;      /* that they are many says something only when they become more */
};

/* The first thresholds of a rule on piles. */
enum { HEAP_TIME, HEAP_MANY };

/* Hits that are anomalies by themselves, not only as one of many. */
static GArray *full_ones(const GArray *hits)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(struct anomaly));

    for (guint i = 0; i < hits->len; i++) {
        if (g_array_index(hits, struct anomaly, i).severity > ANOMALY_INFO) {
            g_array_append_val(found, g_array_index(hits, struct anomaly, i));
        }
    }
    return found;
}

/* The stays that the hits are about: from first_ns on, for figure[0]. */
static struct pile pile_of_hits(const GArray *hits, int64_t end_ns)
{
    g_autoptr(GArray) stays = g_array_new(FALSE, FALSE, sizeof(struct pile_stay));

    for (guint i = 0; i < hits->len; i++) {
        const struct anomaly *hit = &g_array_index(hits, struct anomaly, i);
        const struct pile_stay stay = {hit->first_ns, span_sum(hit->first_ns, hit->figure[0])};
        g_array_append_val(stays, stay);
    }
    return pile_of(stays, end_ns);
}

/* One end of the connections of a group. Many that are too short to be sure of, and did not become
 * more and more within the capture, are told as what the capture ended with. */
static void tell_heap(struct anomaly_survey *survey, GArray *hits, const int64_t *limit,
                      struct crowd crowd, bool must_grow)
{
    g_autoptr(GArray) full = full_ones(hits);
    const struct pile pile = pile_of_hits(hits, survey->end_ns);

    if (full->len >= limit[HEAP_MANY]) {
        crowd.severity = ANOMALY_ERROR;
        tell_together(survey, full, &crowd);
    } else if (pile.peak >= limit[HEAP_MANY]) {
        const bool sure = pile.grows || !must_grow;
        crowd.severity = sure ? ANOMALY_ERROR : ANOMALY_INFO;
        for (guint i = 0; i < hits->len; i++) {
            g_array_index(hits, struct anomaly, i).censored = !sure;
        }
        tell_together(survey, hits, &crowd);
    } else {
        tell_singly(survey, full);
    }
}

static void survey_heap(struct anomaly_survey *survey, const int64_t *limit,
                        const struct heap *heap)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct crowd crowd = {side == TSM_SERVER ? ANOMALY_LISTENER
                                                       : ANOMALY_CLIENT_HOST | ANOMALY_LISTENER,
                                    ANOMALY_INFO, heap->text[side]};
        g_autoptr(GPtrArray) groups =
            grouped_hits(survey, crowd.scope, limit, heap->judge, (enum tsm_side)side);
        for (guint i = 0; i < groups->len; i++) {
            tell_heap(survey, groups->pdata[i], limit, crowd, heap->must_grow);
        }
    }
}

/* ---- A41 ---- */

enum { LEAK_BAD = HEAP_MANY + 1 };

/* The end `side` got its peer's FIN and does not close. Data that it still sends is its right. */
static bool is_leak(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} is in CLOSE_WAIT for {d0}: {server} has closed, and the client's application has "
        "not called close()",
        "{server} is in CLOSE_WAIT for {d0}: {client} has closed, and the server's application has "
        "not called close()"};
    const enum tsm_side peer = tsm_other(side);
    struct stay stay;

    if (!case_stay(c, side, TSM_CLOSE_WAIT, &stay) || !stay.proven || is_reset_late(c, peer)) {
        return false;
    }
    hit->first_ns = MAX(stay.from_ns, case_facts(c, side)->last_data_ns);
    hit->figure[0] = hit->weight = span_forward(hit->first_ns, stay.to_ns);
    hit->severity = hit->figure[0] >= c->limit[LEAK_BAD]    ? ANOMALY_ERROR
                    : hit->figure[0] >= c->limit[HEAP_TIME] ? ANOMALY_WARNING
                                                            : ANOMALY_INFO;
    hit->text = text[side];
    hit->fault = fault_of(side);
    hit->after[side] = TSM_CLOSE_WAIT;
    hit->first_frame = stay.frame;
    anomaly_evidence(hit, case_mark(c, peer, MARK_FIN)->first_frame);
    case_evidence(hit, case_mark(c, side, MARK_ACK_OF_FIN));
    return stay.lasts || hit->severity > ANOMALY_INFO;
}

static void survey_leaks(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct heap heap = {
        .judge = is_leak,
        .text = {"{members:connection:connections} of {client.host} to {server} wait in "
                 "CLOSE_WAIT, one for {d0}: the client's application does not call close()",
                 "{members:connection:connections} of {server} wait in CLOSE_WAIT, one for "
                 "{d0}: the server's application does not call close()"},
        .must_grow = true,
    };

    survey_heap(survey, limit, &heap);
}

/* ---- A42 ---- */

/* The end `side` closed, left FIN_WAIT_2 when its time was over, and resets its peer, which closes
 * much later. */
static bool is_orphan(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} closed, waited for {server} and gave up; {d0} later the server went on and got a "
        "RST",
        "{server} closed, waited for {client} and gave up; {d0} later the client went on and got a "
        "RST"};
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_mark *fin = case_mark(c, side, MARK_FIN);
    const struct tsm_mark *acked = case_mark(c, peer, MARK_ACK_OF_FIN);
    const struct tsm_mark *reset = case_mark(c, side, MARK_RST);

    if (fin->count == 0 || acked->count == 0 || reset->count == 0 ||
        reset->last_ns < acked->first_ns || reset_after_close_ns(c, side) < c->limit[0]) {
        return false;
    }
    hit->figure[0] = hit->weight = reset_after_close_ns(c, side);
    hit->text = text[side];
    hit->fault = fault_of(peer);
    hit->first_ns = fin->first_ns;
    hit->last_ns = reset->last_ns;
    anomaly_evidence(hit, fin->first_frame);
    anomaly_evidence(hit, acked->first_frame);
    case_evidence(hit, reset);
    return true;
}

static bool judge_orphan(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_orphan);
}

/* ---- A43, A44 ---- */

#define CLOSE_REPEATS 3 /* so often a FIN is repeated before one connection is told */

/* The end `side` repeats its FIN, or the data before it, and nobody acknowledges it. */
static bool is_unacked_close(const struct anomaly_case *c, enum tsm_side side, enum tsm_state state,
                             const char *text, struct anomaly *hit)
{
    const struct tsm_mark *repeats = &case_facts(c, side)->repeats;
    const struct tsm_mark *fin = case_mark(c, side, MARK_FIN);
    struct stay stay;

    if (fin->count == 0 || repeats->count == 0 || !case_stay(c, side, state, &stay) ||
        !(stay.lasts || stay.ended_by == TSM_GIVE_UP || stay.ended_by == TSM_SND_RST) ||
        repeats->last_ns < stay.from_ns) {
        return false;
    }
    hit->first_ns = stay.from_ns;
    hit->first_frame = stay.frame;
    hit->figure[0] = hit->weight = span_forward(stay.from_ns, repeats->last_ns);
    hit->figure[1] = repeats->count;
    hit->figure[2] = state;
    hit->severity = hit->figure[0] >= c->limit[HEAP_TIME] && repeats->count >= CLOSE_REPEATS
                        ? ANOMALY_WARNING
                        : ANOMALY_INFO;
    hit->text = text;
    hit->after[side] = state;
    case_evidence(hit, fin);
    case_evidence(hit, repeats);
    return true;
}

static bool is_stuck_closing(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} closed and is in FIN_WAIT_1 for {d0}: {server} acknowledges nothing, "
        "{n1:repeat:repeats}",
        "{server} closed and is in FIN_WAIT_1 for {d0}: {client} acknowledges nothing, "
        "{n1:repeat:repeats}"};

    return is_unacked_close(c, side, TSM_FIN_WAIT_1, text[side], hit);
}

static void survey_stuck_closing(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct heap heap = {
        .judge = is_stuck_closing,
        .text = {"{members:connection:connections} of {client.host} to {server} wait in "
                 "FIN_WAIT_1, one for {d0}: the server acknowledges no FIN",
                 "{members:connection:connections} of {server} wait in FIN_WAIT_1, one for "
                 "{d0}: the clients acknowledge no FIN"},
    };

    survey_heap(survey, limit, &heap);
}

static bool is_last_ack_stuck(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} is in {s2} for {d0}: {server} has closed, too, and does not acknowledge the "
        "client's FIN, {n1:repeat:repeats}",
        "{server} is in {s2} for {d0}: {client} has closed, too, and does not acknowledge the "
        "server's FIN, {n1:repeat:repeats}"};

    return is_unacked_close(c, side, TSM_LAST_ACK, text[side], hit) ||
           is_unacked_close(c, side, TSM_CLOSING, text[side], hit);
}

static void survey_last_acks(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct heap heap = {
        .judge = is_last_ack_stuck,
        .text = {"{members:connection:connections} of {client.host} to {server} wait in "
                 "LAST_ACK, one for {d0}: the server is not there any more",
                 "{members:connection:connections} of {server} wait in LAST_ACK, one for "
                 "{d0}: the clients are not there any more"},
    };

    survey_heap(survey, limit, &heap);
}

/* ---- A45 ---- */

static bool is_simultaneous(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    struct stay stay;

    if (!case_stay(c, side, TSM_CLOSING, &stay) &&
        !case_stay(c, tsm_other(side), TSM_CLOSING, &stay)) {
        return false;
    }
    hit->figure[0] = hit->weight = stay_ns(&stay);
    hit->first_ns = stay.from_ns;
    hit->first_frame = stay.frame;
    anomaly_evidence(hit, case_mark(c, TSM_CLIENT, MARK_FIN)->first_frame);
    anomaly_evidence(hit, case_mark(c, TSM_SERVER, MARK_FIN)->first_frame);
    return true;
}

static void survey_simultaneous(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct crowd crowd = {
        ANOMALY_LISTENER, ANOMALY_INFO,
        "the FINs of both ends crossed in {members:connection:connections} to {server}"};

    survey_crowd(survey, limit, is_simultaneous, TSM_CLIENT, &crowd, limit[0]);
}

/* ---- A46 ---- */

enum { PORTS_ALL, PORTS_PERCENT };

/* The stays of a group in TIME_WAIT, whichever end it was. */
static GArray *time_waits(const struct anomaly_survey *survey, const struct survey_group *group,
                          GArray *members)
{
    GArray *stays = g_array_new(FALSE, FALSE, sizeof(struct pile_stay));
    struct anomaly_case c;

    for (guint i = 0; i < group->members->len; i++) {
        const guint number = survey_member(group, i);
        struct stay stay;
        survey_case(survey, number, &c);
        if (case_stay(&c, TSM_CLIENT, TSM_TIME_WAIT, &stay) ||
            case_stay(&c, TSM_SERVER, TSM_TIME_WAIT, &stay)) {
            const struct pile_stay one = {stay.from_ns, stay.to_ns};
            g_array_append_val(stays, one);
            g_array_append_val(members, number);
        }
    }
    return stays;
}

/* How many there would be when closes went on at their rate for the length of TIME_WAIT. */
static int64_t projected(const GArray *stays)
{
    const struct pile_stay *first = &g_array_index(stays, struct pile_stay, 0);
    int64_t last_ns = first->from_ns;

    for (guint i = 0; i < stays->len; i++) {
        last_ns = MAX(last_ns, g_array_index(stays, struct pile_stay, i).from_ns);
    }
    const double seconds = (double)span_forward(first->from_ns, last_ns) / 1e9;
    return seconds >= 5 ? (int64_t)(MIN(stays->len / seconds, 1e6) * 60) : 0;
}

static void survey_ports(struct anomaly_survey *survey, const int64_t *limit)
{
    /* projected() makes at most twelve of one */
    const int64_t least = limit[PORTS_ALL] * limit[PORTS_PERCENT] / 100 / 12;
    g_autoptr(GPtrArray) groups = survey_large_groups(
        survey, ANOMALY_CLIENT_HOST | ANOMALY_LISTENER, NULL, (guint)CLAMP(least, 1, G_MAXINT));

    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
        g_autoptr(GArray) stays = time_waits(survey, groups->pdata[i], members);
        const int64_t peak = stays->len > 0 ? pile_of(stays, survey->end_ns).peak : 0;
        const int64_t load = stays->len > 0 ? MAX(peak, projected(stays)) : 0;
        if (load == 0 || load * 100 < limit[PORTS_ALL] * limit[PORTS_PERCENT]) {
            continue;
        }
        struct anomaly hit = survey_hit(survey, ANOMALY_CLIENT_HOST | ANOMALY_LISTENER,
                                        (const guint *)members->data, members->len);
        hit.figure[0] = hit.weight = load;
        hit.figure[1] = MIN(load * 100 / MAX(limit[PORTS_ALL], 1), 999);
        hit.confidence = peak == load ? ANOMALY_CERTAIN : ANOMALY_INFERRED;
        survey_add(survey, &hit, (const guint *)members->data, members->len);
    }
}

/* ---- A47, A48 ---- */

/* Whether an end of an older connection was in TIME_WAIT just before that time. */
static bool waited_then(const struct anomaly_case *c, const struct story_connection *older,
                        enum tsm_side side, int64_t ns)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    bool waited = false;

    story_intervals(c->story, older, side, list);
    for (guint i = 0; i < list->len; i++) {
        const struct story_interval *interval = &g_array_index(list, struct story_interval, i);
        if (interval->from_ns < ns) {
            waited = interval->state == TSM_TIME_WAIT;
        }
    }
    return waited;
}

/* The connection takes addresses and ports for which an end was in TIME_WAIT, since the last segment
 * there `gap_ns` ago. */
static bool follows_time_wait(const struct anomaly_case *c, enum tsm_side *side, int64_t *gap_ns)
{
    const struct story_connection *older =
        story_of_stream(c->story, c->connection->previous_stream);

    for (unsigned i = 0; older != NULL && i < 2; i++) {
        if (waited_then(c, older, (enum tsm_side)i, c->connection->start_ns)) {
            *side = (enum tsm_side)i;
            *gap_ns = span_forward(older->end_ns, c->connection->start_ns);
            return true;
        }
    }
    return false;
}

static void note_reuse(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct story_connection *older =
        story_of_stream(c->story, c->connection->previous_stream);

    hit->figure[2] = older->stream;
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_SYN));
}

/* Why a SYN may end the TIME_WAIT of its receiver. */
enum reuse_reason { REUSE_BY_SEQUENCE, REUSE_BY_TIMESTAMP, REUSE_BY_NEITHER };

/* What the older connection's facts are of the end that is now the client, or the server. */
static const struct tsm_record_facts *
older_facts(const struct anomaly_case *c, const struct story_connection *older, enum tsm_side side)
{
    const struct tsm_tuple *now = &c->connection->tuple;
    const struct tsm_tuple *then = &older->tuple;
    const bool same = now->sport == then->sport && memcmp(now->src, then->src, now->addr_len) == 0;

    return story_facts(c->story, older, same ? side : tsm_other(side));
}

/* By the sequence number alone: RFC 9293 3.10.7.4 and RFC 1122 4.2.2.13. By time stamps, which both
 * connections must have: RFC 6191 2. */
static enum reuse_reason reason_of(const struct anomaly_case *c,
                                   const struct story_connection *older)
{
    const struct tsm_record_facts *then = older_facts(c, older, TSM_CLIENT);

    if (tsm_seq_lt(then->next_seq - 1, case_facts(c, TSM_CLIENT)->syn_seq)) {
        return REUSE_BY_SEQUENCE;
    }
    return then->ts_val != 0 && (case_facts(c, TSM_CLIENT)->offered & TSM_HAS_TIMESTAMP) != 0
               ? REUSE_BY_TIMESTAMP
               : REUSE_BY_NEITHER;
}

/* Linux, in TIME_WAIT, takes as its new sequence number the old one and so much more. Source:
 * measured (captures/port-reuse.pcap); tcp_timewait_state_process(). */
#define LINUX_REUSE_STEP 65537u

static bool is_linux_reuse(const struct anomaly_case *c, const struct story_connection *older)
{
    return case_facts(c, TSM_SERVER)->syn_seq ==
           older_facts(c, older, TSM_SERVER)->next_seq + LINUX_REUSE_STEP;
}

static bool is_reuse(const struct anomaly_case *c, struct anomaly *hit)
{
    static const char *const own_text =
        "{client} used its port again {d0} after the last segment of stream {n2}, for which it was "
        "in TIME_WAIT itself";
    static const char *const text[] = {
        [REUSE_BY_SEQUENCE] =
            "{client} used its port again {d0} after the last segment of stream {n2}; {server} was "
            "in TIME_WAIT and accepted, as the new sequence number is greater than the old ones",
        [REUSE_BY_TIMESTAMP] =
            "{client} used its port again {d0} after the last segment of stream {n2}; {server} was "
            "in TIME_WAIT and accepted: the new sequence number is not greater than the old ones, "
            "so it must have gone by the time stamp",
        [REUSE_BY_NEITHER] =
            "{client} used its port again {d0} after the last segment of stream {n2}; {server} "
            "should have been in TIME_WAIT, but accepted although neither sequence number nor time "
            "stamp allows it: its TIME_WAIT is shorter, or was not kept"};
    const struct story_connection *older =
        story_of_stream(c->story, c->connection->previous_stream);
    enum tsm_side side;

    if (c->opening != OPENING_CONNECTED || case_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN)->count > 0 ||
        !follows_time_wait(c, &side, &hit->figure[0])) {
        return false;
    }
    note_reuse(c, hit);
    hit->text = side == TSM_CLIENT ? own_text : text[reason_of(c, older)];
    hit->weight = -hit->figure[0];
    if (side == TSM_SERVER && is_linux_reuse(c, older)) {
        hit->confidence = ANOMALY_CERTAIN;
    }
    anomaly_evidence(hit, case_mark(c, TSM_SERVER, MARK_SYN_ACK)->first_frame);
    return true;
}

static bool is_reuse_refused(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *syn = case_mark(c, TSM_CLIENT, MARK_SYN);
    const struct tsm_mark *ack = case_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN);
    const struct tsm_mark *third = case_mark(c, TSM_CLIENT, MARK_THIRD_ACK);
    enum tsm_side side;

    if (ack->count == 0 || !follows_time_wait(c, &side, &hit->figure[0])) {
        return false;
    }
    const int64_t until_ns = third->count > 0 ? third->first_ns : c->connection->end_ns;
    note_reuse(c, hit);
    hit->figure[1] = hit->weight = span_forward(syn->first_ns, until_ns);
    hit->text = third->count > 0
                    ? "{server} was still in TIME_WAIT for stream {n2} and refused the SYN; the "
                      "client was connected {d1} later"
                    : "{server} was still in TIME_WAIT for stream {n2} and refused the SYN; the "
                      "client was not connected within {d1}";
    if (third->count == 0 && hit->figure[1] < ANOMALY_NS(1)) {
        anomaly_censor(hit); /* the client tries again after a second */
    }
    case_evidence(hit, ack);
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_RST));
    anomaly_evidence(hit, third->first_frame);
    return true;
}

/* ---- A49 ---- */

static bool is_assassinated(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {"a RST ended the TIME_WAIT of {client} after {d0}",
                                       "a RST ended the TIME_WAIT of {server} after {d0}"};
    struct stay stay;

    if (!case_stay(c, side, TSM_TIME_WAIT, &stay) || stay.lasts || stay.ended_by != TSM_RCV_RST) {
        return false;
    }
    hit->figure[0] = stay_ns(&stay);
    hit->weight = -hit->figure[0];
    hit->text = text[side];
    hit->fault = fault_of(tsm_other(side));
    case_span(hit, case_mark(c, tsm_other(side), MARK_RST));
    return true;
}

static bool judge_assassinated(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_assassinated);
}

/* ---- A50 ---- */

/* Data of the end `side` came when its peer had been through with the connection for a while. */
static bool is_late(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{n1:segment:segments} with data of {client} came up to {d0} after the close was complete",
        "{n1:segment:segments} with data of {server} came up to {d0} after the close was complete"};
    const struct tsm_mark *late = case_mark(c, side, TSM_NOTE_BIT_LATE_DATA);
    const struct tsm_mark *acked = case_mark(c, side, MARK_ACK_OF_FIN);
    const struct tsm_mark *other = case_mark(c, tsm_other(side), MARK_ACK_OF_FIN);

    if (late->count == 0 || acked->count == 0 || other->count == 0) {
        return false;
    }
    hit->figure[0] = span_forward(MAX(acked->first_ns, other->first_ns), late->last_ns);
    hit->figure[1] = hit->weight = late->count;
    hit->text = text[side];
    case_span(hit, late);
    case_evidence(hit, case_mark(c, tsm_other(side), MARK_RST));
    return hit->figure[0] >= c->limit[0];
}

static bool judge_late(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_late);
}

/* ---- A51 ---- */

static bool is_early_fin(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *fin = case_mark(c, TSM_CLIENT, MARK_FIN);

    if (fin->count == 0 || case_was_open(c) || case_mark(c, TSM_CLIENT, MARK_SYN)->count == 0) {
        return false;
    }
    hit->text = case_mark(c, TSM_SERVER, MARK_SYN_ACK)->count > 0
                    ? "{client} sent a FIN before the handshake was complete"
                    : "{client} sent a SYN and then a FIN, and {server} never answered";
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_SYN));
    case_span(hit, fin);
    return true;
}

/* ---- A52 ---- */

static bool is_open_at_end(const struct anomaly_case *c, struct anomaly *hit)
{
    const uint64_t bytes = c->connection->bytes[TSM_CLIENT] + c->connection->bytes[TSM_SERVER];

    if (c->ending != ENDING_OPEN || bytes == 0 || hit->after[TSM_CLIENT] != TSM_ESTABLISHED ||
        hit->after[TSM_SERVER] != TSM_ESTABLISHED) {
        return false;
    }
    hit->figure[0] = span_forward(c->connection->start_ns, c->end_ns);
    hit->figure[1] = hit->weight = span_forward(c->connection->end_ns, c->end_ns);
    anomaly_censor(hit);
    anomaly_evidence(hit, c->connection->frame);
    for (unsigned side = 0; side < 2; side++) {
        anomaly_evidence(hit,
                         story_facts(c->story, c->connection, (enum tsm_side)side)->last_frame);
    }
    return hit->figure[1] >= c->limit[0] &&
           case_facts(c, TSM_CLIENT)->repeats.count + case_facts(c, TSM_SERVER)->repeats.count == 0;
}

/* ---- A53 ---- */

enum { CHURN_RATE, CHURN_LEAST };

/* Connected, and used for one request at most. */
static bool was_used_once(const struct anomaly_survey *survey, guint number)
{
    const struct story_connection *connection = story_connection(survey->story, number);

    return survey->opening[number] == OPENING_CONNECTED &&
           story_facts(survey->story, connection, TSM_CLIENT)->seen.turns <= 1;
}

/* The most of them that began within a second. */
static guint busiest_second(const struct anomaly_survey *survey, const struct survey_group *group)
{
    guint most = 0, from = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const int64_t now_ns = survey_connection(survey, group, i)->start_ns;
        while (from < i && span_forward(survey_connection(survey, group, from)->start_ns, now_ns) >=
                               ANOMALY_NS(1)) {
            from++;
        }
        most = MAX(most, i - from + 1);
    }
    return most;
}

static void survey_churn(struct anomaly_survey *survey, const int64_t *limit)
{
    g_autoptr(GPtrArray) groups =
        survey_large_groups(survey, ANOMALY_CLIENT_HOST | ANOMALY_LISTENER, was_used_once,
                            (guint)CLAMP(limit[CHURN_LEAST], 1, G_MAXINT));

    for (guint i = 0; i < groups->len; i++) {
        const struct survey_group *group = groups->pdata[i];
        const guint rate = busiest_second(survey, group);
        if (group->members->len < limit[CHURN_LEAST] || rate < limit[CHURN_RATE]) {
            continue;
        }
        struct anomaly hit = survey_hit(survey, ANOMALY_CLIENT_HOST | ANOMALY_LISTENER,
                                        (const guint *)group->members->data, group->members->len);
        hit.figure[0] = hit.weight = rate;
        survey_add(survey, &hit, (const guint *)group->members->data, group->members->len);
    }
}

/* ---- A54 ---- */

/* One capture cannot show it: see verb_diff.c. */
static void survey_nothing(struct anomaly_survey *survey, const int64_t *limit)
{
    (void)survey;
    (void)limit;
}

/* ---- the table ---- */

const struct anomaly_rule rules_closing[] = {
    {
        .id = "A38",
        .name = "abort",
        .title = "Reset instead of close",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end ended an open connection with RST, without FIN. Its peer gets ECONNRESET "
            "instead of an end of file, and what was on its way is thrown away.",
        .text = "the connection was reset instead of closed",
        .filter = "tcp.flags.reset == 1",
        .causes = {"close() with data that was not read", "SO_LINGER with a time of 0",
                   "the process was killed or crashed with data that was not read",
                   "a browser or client that does not want the rest of an answer: harmless"},
        .checks = {"the application's log at that time",
                   "dmesg and journalctl -k for killed processes",
                   "strace -f -e trace=close,shutdown,setsockopt -p PID"},
        .references = {RFC9293_RESET, "RFC 1122 4.2.2.13", "RFC 2525 2.17"},
        .limits = {{"many", ANOMALY_COUNT, 5, "so many of one end are told as one"}},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .survey = survey_aborts,
    },
    {
        .id = "A39",
        .name = "unclean_close",
        .title = "Reset during the close",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "One end had sent its FIN, and then a RST ended the connection before both "
                   "directions were closed. What was not acknowledged by then is lost.",
        .text = "RST after the close had begun",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1",
        .causes = {"the end closed both directions while its peer was still sending",
                   "close() with data that was not read", "SO_LINGER with a time of 0"},
        .checks = {"whether data follows the FIN of the end that sends the RST",
                   "use shutdown(SHUT_WR) and read to the end before close()"},
        .references = {RFC9293_CLOSE, "RFC 1122 4.2.2.13"},
        .limits = {{"bytes", ANOMALY_COUNT, 64, "up to so many lost bytes are a farewell: info"},
                   {"many", ANOMALY_COUNT, 5, "so many of one end are told as one"}},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .survey = survey_unclean,
    },
    {
        .id = "A40",
        .name = "write_after_close",
        .title = "Data after the peer has closed",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end closed, the other acknowledged the FIN and then sent data. Nobody reads "
            "any more: the data is lost and the answer is a RST. (A short farewell, such as a "
            "TLS alert, is harmless.)",
        .text = "data after the peer's FIN was answered by RST",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1 || tcp.len > 0",
        .causes = {"the application does not notice that read() returned 0",
                   "it takes a connection from its pool without looking whether it is still open"},
        .checks = {"handle the end of file: close the connection when read() returns 0",
                   "the idle timeouts of both: who closes idle connections first?"},
        .references = {RFC9293_CLOSE, "RFC 1122 4.2.2.13"},
        .limits = {{"bytes", ANOMALY_COUNT, 64, "up to so many lost bytes are a farewell: info"},
                   {"many", ANOMALY_COUNT, 5, "so many of one end are told as one"}},
        .gates = GATE_ONE_WAY,
        .survey = survey_writes_after_close,
    },
    {
        .id = "A41",
        .name = "close_wait_leak",
        .title = "CLOSE_WAIT: the application does not close",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "The peer has closed, this end's kernel has acknowledged it, and its application "
            "neither sends nor calls close(). The socket stays in CLOSE_WAIT for ever; if "
            "there are more and more, the process runs out of file descriptors.",
        .text = "CLOSE_WAIT for {d0}",
        .filter = "tcpstate.state == CLOSE_WAIT",
        .causes = {"a path through the application misses close() when read() returns 0, often in "
                   "the handling of errors",
                   "all threads are busy or blocked, so that nobody reads the end of file",
                   "a connection pool that keeps connections that the server has closed"},
        .checks = {"on that host: ss -tnp state close-wait",
                   "ls /proc/PID/fd | wc -l; lsof -p PID | grep CLOSE_WAIT",
                   "thread dump of the process: who waits for what?"},
        .references = {RFC9293_CLOSE, RFC9293_STATES},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(60), "for so long: a warning"},
                   {"many", ANOMALY_COUNT, 10, "so many at once, and more and more: one error"},
                   {"bad", ANOMALY_SECONDS, ANOMALY_NS(300), "for so long: an error"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .claims = true,
        .survey = survey_leaks,
    },
    {
        .id = "A42",
        .name = "fin_wait_2_over",
        .title = "The peer closed too late",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end closed and its FIN was acknowledged; the other stayed in CLOSE_WAIT for "
            "longer than the first waits in FIN_WAIT_2 (60 s on Linux). When it closes or "
            "sends at last, there is no socket any more, and it gets a RST.",
        .text = "one end closed, and {d0} later its peer got a RST",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1",
        .causes = {"the application calls close() much later than its peer",
                   "it waits for something else before it reads the end of file"},
        .checks = {"on the host that closed late: ss -tnp state close-wait",
                   "sysctl net.ipv4.tcp_fin_timeout on the other"},
        .references = {RFC9293_CLOSE, "Linux tcp(7), tcp_fin_timeout"},
        .limits = {{"time", ANOMALY_SECONDS, ORPHAN_NS, "from the FIN to the RST"}},
        .gates = GATE_ONE_WAY,
        .judge = judge_orphan,
    },
    {
        .id = "A43",
        .name = "fin_wait_1_stuck",
        .title = "FIN_WAIT_1: nobody acknowledges the FIN",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "An end closed, and its FIN, or the data before it, is not acknowledged: the peer "
            "is gone or the path is broken. The socket belongs to no process any more, and "
            "nobody can free it. After the restart of a server there may be many. (While a "
            "peer's window is closed, a FIN cannot be sent at all: A32.)",
        .text = "FIN_WAIT_1 for {d0}",
        .filter = "tcpstate.state == FIN_WAIT_1",
        .causes = {"the peer's host is gone, or the network to it is",
                   "a firewall on the way has forgotten the connection",
                   "many at once: the server was restarted while clients had vanished"},
        .checks = {"on the host: ss -tno state fin-wait-1 (timer and Send-Q)",
                   "sysctl net.ipv4.tcp_orphan_retries net.ipv4.tcp_max_orphans",
                   "nstat -az TcpExtTCPAbortOnMemory TcpExtTCPAbortOnTimeout"},
        .references = {RFC9293_STATES, "RFC 6298", "Linux tcp(7), tcp_orphan_retries"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(3), "for so long: a warning"},
                   {"many", ANOMALY_COUNT, 10, "so many at once: one error"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .claims = true,
        .survey = survey_stuck_closing,
    },
    {
        .id = "A44",
        .name = "last_ack_stuck",
        .title = "LAST_ACK: the last ACK does not come",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "The end that closed second repeats its FIN, and its peer does not answer: the "
                   "peer's host is gone, or the way back is blocked. When a load test is stopped "
                   "there may be many at once.",
        .text = "LAST_ACK for {d0}",
        .filter = "tcpstate.state == LAST_ACK || tcpstate.state == CLOSING",
        .causes = {"the peer's host was stopped after it had closed, such as a load tester",
                   "a firewall drops the last ACK, because it forgets the connection at the FIN"},
        .checks = {"on the host: ss -tno state last-ack", "ping {client.host}; ping {server.host}",
                   "on a Linux firewall: sysctl -a | grep nf_conntrack_tcp_timeout"},
        .references = {RFC9293_STATES, "RFC 6298"},
        .limits = {{"time", ANOMALY_SECONDS, ANOMALY_NS(3), "for so long: a warning"},
                   {"many", ANOMALY_COUNT, 10, "so many at once: one error"}},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .claims = true,
        .survey = survey_last_acks,
    },
    {
        .id = "A45",
        .name = "simultaneous_close",
        .title = "Both closed at once",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "The FINs of both ends crossed. Both go through CLOSING to TIME_WAIT; TCP is made "
            "for it.",
        .text = "the FINs of both ends crossed",
        .filter = "tcpstate.analysis.simultaneous_close || tcp.flags.fin == 1",
        .causes = {"both applications close at the same event or time limit"},
        .checks = {"nothing, unless it lasts: then A44 tells it"},
        .references = {"RFC 9293 3.6, figure 13"},
        .limits = {{"many", ANOMALY_COUNT, 5, "so many at one listener are told as one"}},
        .survey = survey_simultaneous,
    },
    {
        .id = "A46",
        .name = "port_exhaustion",
        .title = "TIME_WAIT uses up the client's ports",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CLIENT,
        .meaning = "Each connection that was closed keeps its port for the 60 s of TIME_WAIT. A "
                   "client that opens and closes many connections to one server runs out of ports: "
                   "connect() fails with EADDRNOTAVAIL, or is refused for a while (A48).",
        .text = "{n0} ports of {client.host} to {server} in TIME_WAIT at once: {p1} of all",
        .filter = "tcpstate.state == TIME_WAIT",
        .causes = {"a new connection for each request, without keep-alive or a pool",
                   "a load test from one address"},
        .checks = {"on the client: ss -tan state time-wait | wc -l",
                   "sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse",
                   "reuse connections; more addresses on either side"},
        .references = {"RFC 9293 3.6.1", RFC6191},
        .limits = {{"ports", ANOMALY_COUNT, 28232, "ephemeral ports (Linux: 32768 to 60999)"},
                   {"percent", ANOMALY_PERCENT, 50, "so much of them: a warning"}},
        .survey = survey_ports,
    },
    {
        .id = "A47",
        .name = "time_wait_reused",
        .title = "Port used again during TIME_WAIT",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "A new connection took addresses and ports that were still in TIME_WAIT. That is "
            "allowed when its sequence number or time stamp is greater than the old ones, so "
            "that old segments cannot be taken for new. Which of the two allowed it is said; it is "
            "certain when the server's new sequence number is the old one + 65537, as Linux "
            "chooses it then.",
        .text = "the port was used again after {d0}",
        .filter = "tcp.flags.syn == 1",
        .causes = {"many connections in short time: ports come round quickly",
                   "the application binds to a fixed port with SO_REUSEADDR"},
        .checks = {"sysctl net.ipv4.tcp_tw_reuse net.ipv4.ip_local_port_range"},
        .references = {"RFC 9293 3.10.7.4", "RFC 1122 4.2.2.13", RFC6191},
        .judge = is_reuse,
    },
    {
        .id = "A48",
        .name = "time_wait_refused",
        .title = "TIME_WAIT refused a new connection",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "A SYN came on addresses and ports that the server still had in TIME_WAIT, and "
            "neither its sequence number nor its time stamp was greater: the server answered "
            "with an old ACK. The client resets that and repeats its SYN, so connect() takes "
            "a second or more longer.",
        .text = "the server refused the SYN in TIME_WAIT",
        .filter =
            "tcp.flags.syn == 1 || tcp.flags.reset == 1 || tcpstate.analysis.unacceptable_ack",
        .causes =
            {"the client's initial sequence number is below the old one: NAT, or several hosts "
             "behind one address",
             "time stamps are off, or go back at a NAT",
             "the ports of the client come round within a minute"},
        .checks =
            {"sysctl net.ipv4.tcp_timestamps on both; net.ipv4.ip_local_port_range on the client",
             "nstat -az TcpExtPAWSActive TcpExtTWRecycled",
             "reuse connections, so that ports last longer"},
        .references = {"RFC 1122 4.2.2.13", RFC6191, "RFC 7323 5"},
        .judge = is_reuse_refused,
    },
    {
        .id = "A49",
        .name = "time_wait_assassinated",
        .title = "TIME_WAIT ended by RST",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "A RST came while an end was in TIME_WAIT and ended it early (on Linux, unless "
            "net.ipv4.tcp_rfc1337 is set). Old segments could now get into a new connection.",
        .text = "a RST ended TIME_WAIT after {d0}",
        .filter = "tcp.flags.reset == 1",
        .causes = {"a late segment to an end that had closed already, and its answer",
                   "a client that closes with RST after both FINs"},
        .checks = {"sysctl net.ipv4.tcp_rfc1337"},
        .references = {"RFC 1337"},
        .judge = judge_assassinated,
    },
    {
        .id = "A50",
        .name = "late_data",
        .title = "Data after the close",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "Data came for a connection that both ends had closed. It is dropped or answered "
            "with RST.",
        .text = "data came {d0} after the close",
        .filter = "tcpstate.analysis.late_data || tcp.flags.reset == 1",
        .causes = {"packets that were held back or took a longer way",
                   "a proxy or load balancer that sends on a connection that it has closed"},
        .checks = {"IP id and time stamps of the late segments: sent late, or delivered late?"},
        .references = {"RFC 9293 3.10.7.4"},
        .limits = {{"delay", ANOMALY_SECONDS, ANOMALY_NS(1), "so long after the close"}},
        .gates = GATE_CLOCK | GATE_MIRRORED | GATE_TWO_PATHS,
        .judge = judge_late,
    },
    {
        .id = "A51",
        .name = "early_fin",
        .title = "FIN before the handshake was complete",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_CLIENT,
        .meaning = "A client sent SYN and then FIN without a completed handshake. An ordinary TCP "
                   "does not do that.",
        .text = "FIN before the handshake was complete",
        .filter = "tcp.flags.fin == 1 || tcp.flags.syn == 1",
        .causes = {"a port scanner", "the server's segments took another way than the capture's"},
        .checks = {"other connections of {client.host}"},
        .references = {RFC9293_STATES, "Zeek conn_state SH, SHR"},
        .gates = GATE_ONE_WAY | GATE_DROPS,
        .judge = is_early_fin,
    },
    {
        .id = "A52",
        .name = "open_at_end",
        .title = "Open and silent when the capture ended",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_PRESUMED,
        .fault = ANOMALY_OF_NOBODY,
        .meaning =
            "The connection was open and had been silent for a while when the capture ended. "
            "Whether both ends are still there nobody can see: an end that vanishes says "
            "nothing.",
        .text = "open for {d0} when the capture ended, and silent for the last {d1}",
        .filter = NULL,
        .causes = {"a pool or a client that keeps connections for later",
                   "an end that has vanished without a word"},
        .checks = {"on both hosts: ss -tno 'sport = :{server.port} or dport = :{server.port}'",
                   "whether keep-alives are on (timer:(keepalive,...))"},
        .references = {RFC9293_STATES, "RFC 9293 3.8.4"},
        .limits = {{"silence", ANOMALY_SECONDS, ANOMALY_NS(60), "silent for so long at the end"}},
        .yields = true,
        .judge = is_open_at_end,
    },
    {
        .id = "A53",
        .name = "churn",
        .title = "A connection for each request",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CLIENT,
        .meaning =
            "A client opens connections at a high rate and uses each for one request at most. "
            "Each costs a round trip or more before the first byte, and a port in TIME_WAIT "
            "after the last.",
        .text = "{members:connection:connections} of {client.host} to {server}, up to {n0} in a "
                "second, each for one request at most",
        .filter = "tcp.flags.syn == 1",
        .causes = {"keep-alive is off, or the server closes after each answer",
                   "a client library without a connection pool", "a health check or a load test"},
        .checks = {"the header Connection of requests and answers",
                   "the pool of the client library"},
        .references = {"RFC 9112 9.3"},
        .limits = {{"rate", ANOMALY_COUNT, 10, "so many began within a second"},
                   {"least", ANOMALY_COUNT, 50, "fewer connections are no churn"}},
        .survey = survey_churn,
    },
    {
        .id = "A54",
        .name = "ends_disagree",
        .title = "Both ends are not of one mind",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_NETWORK,
        .meaning =
            "One end counts on the other, and that one is gone or not yet there: a RST, a FIN "
            "or the third ACK was lost, or a device between the two has spoken in the name of "
            "one. Only two captures show it, one made at each end: tcpstory diff.",
        .text = "both ends are not of one mind",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1 || tcp.flags.syn == 1",
        .causes = {"the last RST or FIN was lost", "a firewall between the ends reset one of them",
                   "one host was restarted"},
        .checks = {"tcpstory diff CLIENT.pcap SERVER.pcap", "on both hosts: ss -tno"},
        .references = {RFC9293_RESET, "RFC 9293 3.5.1"},
        .survey = survey_nothing,
    },
    {.id = NULL},
};
