/* rule_case.c - see rule_case.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rule_case.h"

#include "blanks.h"
#include "duration.h"

#include <string.h>

#include "tuple_index.h"

bool case_stay(const struct anomaly_case *c, enum tsm_side side, enum tsm_state state,
               struct stay *stay)
{
    const struct story_interval *after = NULL;
    const struct story_interval *interval = story_last(c->story, c->connection, side);

    while (interval != NULL && interval->state != state) {
        after = interval;
        interval = story_earlier(c->story, interval);
    }
    if (interval == NULL) {
        return false;
    }
    *stay = (struct stay){.to_ns = c->end_ns, .lasts = after == NULL};
    if (after != NULL) {
        stay->to_ns = after->from_ns;
        stay->ended_by = after->cause;
    }
    for (; interval != NULL && interval->state == state;
         interval = story_earlier(c->story, interval)) {
        stay->from_ns = interval->from_ns;
        stay->frame = interval->frame;
        stay->proven = stay->proven || interval->basis == TSM_PROVEN;
    }
    stay->to_ns = MAX(stay->to_ns, stay->from_ns);
    stay->blank_ns = story_blank_ns(c->story, stay->from_ns, stay->to_ns);
    return true;
}

/* One and a half round trips as the handshake shows them, a second at most, and some time more. */
static int64_t late_ns(const struct story *story, const struct story_connection *connection,
                       double more_s)
{
    const struct tsm_spent spent = story_spent(story, connection);
    const int64_t trip_ns = spent.end[TSM_CLIENT].trip_ns + spent.end[TSM_SERVER].trip_ns;
    const int64_t known_ns = trip_ns > 0 ? trip_ns : MAX(connection->setup_ns, 0);

    return MIN(known_ns, ANOMALY_NS(1)) * 3 / 2 + ANOMALY_NS(more_s);
}

bool case_is_synack_late(const struct story *story, const struct story_connection *connection)
{
    const struct tsm_mark *again =
        story_mark(story, connection, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN);
    const struct tsm_mark *third = story_mark(story, connection, TSM_CLIENT, MARK_THIRD_ACK);

    return again->count > 0 && third->count > 0 &&
           again->last_ns - third->first_ns > late_ns(story, connection, 0.03);
}

bool case_is_not_accepted(const struct story *story, const struct story_connection *connection)
{
    const struct tsm_mark *again =
        story_mark(story, connection, TSM_SERVER, TSM_NOTE_BIT_SYN_ACK_AGAIN);
    const int64_t data_ns = story_facts(story, connection, TSM_CLIENT)->first_data_ns;

    if (!case_is_synack_late(story, connection) || data_ns == 0 || data_ns > again->last_ns) {
        return false;
    }
    const int64_t acked_ns = story_spent(story, connection).end[TSM_CLIENT].acked_ns;
    return acked_ns == 0 || acked_ns - data_ns > late_ns(story, connection, 0.06);
}

static bool is_stuck(const struct tsm_facts *facts)
{
    return facts->stuck.count > facts->repeats.count;
}

const struct tsm_mark *case_vain_repeats(const struct tsm_facts *facts)
{
    return is_stuck(facts) ? &facts->stuck : &facts->repeats;
}

uint32_t case_vain_payload(const struct tsm_facts *facts)
{
    return is_stuck(facts) ? facts->stuck_payload : facts->repeated_payload;
}

uint32_t case_largest_arrived(const struct tsm_facts *facts)
{
    return MAX(facts->largest_acked, facts->sacked);
}

bool case_is_answer_lost(const struct anomaly_case *c)
{
    const struct tsm_mark *syn_ack = case_mark(c, TSM_SERVER, MARK_SYN_ACK);

    return syn_ack->count > 0 && syn_ack->first_ns < case_mark(c, TSM_CLIENT, MARK_SYN)->last_ns;
}

uint32_t case_unacked(const struct anomaly_case *c, enum tsm_side side)
{
    const uint32_t octets = story_facts(c->story, c->connection, side)->unacked;
    const uint32_t fin = octets > 0 && case_mark(c, side, MARK_FIN)->count > 0;

    return case_facts(c, side)->last_data_frame != 0 ? octets - fin : 0;
}

enum tsm_state case_state_at(const struct anomaly_case *c, enum tsm_side side, int64_t ns)
{
    const struct story_interval *interval =
        story_interval_at(c->story, c->connection, side, ns, UINT32_MAX);

    return interval != NULL ? (enum tsm_state)interval->state : TSM_UNKNOWN;
}

bool case_is_proven_open(const struct anomaly_case *c, enum tsm_side side)
{
    for (const struct story_interval *interval = story_last(c->story, c->connection, side);
         interval != NULL; interval = story_earlier(c->story, interval)) {
        if (interval->state >= TSM_ESTABLISHED && interval->basis == TSM_PROVEN) {
            return true;
        }
    }
    return false;
}

bool case_may_have_closed(const struct anomaly_case *c, enum tsm_side side)
{
    return c->opening == OPENING_MIDSTREAM && case_facts(c, side)->last_data_frame == 0 &&
           case_mark(c, tsm_other(side), MARK_FIN)->first_frame == c->connection->frame;
}

bool case_reset_is_foreign(const struct anomaly_case *c, enum tsm_side side, int64_t apart)
{
    const struct tsm_facts *facts = case_facts(c, side);

    if (facts->rst_ttl_least == 0 || facts->ttl_least == 0 ||
        (facts->rst_signs & TSM_RST_OWN_ID) != 0) {
        return false;
    }
    return facts->rst_ttl_most + apart <= facts->ttl_least ||
           facts->rst_ttl_least >= facts->ttl_most + apart;
}

bool case_reset_is_reflected(const struct anomaly_case *c, enum tsm_side side)
{
    return (case_facts(c, side)->rst_signs & (TSM_RST_OWN_ID | TSM_RST_PEERS_ID)) ==
           TSM_RST_PEERS_ID;
}

void case_evidence(struct anomaly *hit, const struct tsm_mark *mark)
{
    anomaly_evidence(hit, mark->first_frame);
    anomaly_evidence(hit, mark->last_frame);
}

int64_t case_reset_after_close_ns(const struct anomaly_case *c, enum tsm_side side)
{
    return duration_forward(case_mark(c, side, MARK_FIN)->first_ns,
                            case_mark(c, side, MARK_RST)->last_ns);
}

bool case_is_reset_late(const struct anomaly_case *c, enum tsm_side side)
{
    return case_mark(c, side, MARK_FIN)->count > 0 && case_mark(c, side, MARK_RST)->count > 0 &&
           case_reset_after_close_ns(c, side) >= CASE_ORPHAN_NS;
}

void case_span(struct anomaly *hit, const struct tsm_mark *mark)
{
    hit->first_ns = mark->first_ns;
    hit->first_frame = mark->first_frame;
    hit->last_ns = mark->last_ns;
    hit->last_frame = mark->last_frame;
    case_evidence(hit, mark);
}

/* ---- many alike ---- */

static const GArray *judged_hits(const struct anomaly_survey *survey, enum tsm_side side)
{
    return survey->judged[survey->rule_number].hits[side];
}

guint count_hits(const struct anomaly_survey *survey, enum tsm_side side)
{
    return judged_hits(survey, side)->len;
}

static gint compare_connections(gconstpointer a, gconstpointer b)
{
    const guint x = ((const struct anomaly *)a)->connection;
    const guint y = ((const struct anomaly *)b)->connection;

    return (x > y) - (x < y);
}

GArray *group_hits(const struct anomaly_survey *survey, const struct survey_group *group,
                   enum tsm_side side)
{
    GArray *all = survey->judged[survey->rule_number].hits[side];
    GArray *hits = g_array_new(FALSE, FALSE, sizeof(struct anomaly));

    for (guint i = 0; i < group->members->len; i++) {
        const struct anomaly wanted = {.connection = survey_member(group, i)};
        guint place;
        if (g_array_binary_search(all, &wanted, compare_connections, &place)) {
            g_array_append_val(hits, g_array_index(all, struct anomaly, place));
        }
    }
    return hits;
}

/* Group number n is there, or is the next. */
static void add_to_group(GPtrArray *groups, guint n, const struct anomaly *hit)
{
    if (n == groups->len) {
        g_ptr_array_add(groups, g_array_new(FALSE, FALSE, sizeof *hit));
    }
    g_array_append_vals(groups->pdata[n], hit, 1);
}

GPtrArray *grouped_hits(struct anomaly_survey *survey, unsigned scope, enum tsm_side side)
{
    const GArray *hits = judged_hits(survey, side);
    g_autoptr(TupleIndex) index = tuple_index_new(survey->story, scope);
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    guint next = 0;

    for (guint i = 0; i < survey->story->connections->len; i++) {
        const bool open =
            survey_open_to(survey, i); /* of all: those that are not asked are counted */
        const struct anomaly *hit =
            next < hits->len ? &g_array_index(hits, struct anomaly, next) : NULL;
        if (hit != NULL && hit->connection == i) {
            next++;
            if (open) {
                add_to_group(groups, tuple_index_add(index, i), hit);
            }
        }
    }
    return groups;
}

void add_singly(struct anomaly_survey *survey, const GArray *hits)
{
    for (guint i = 0; i < hits->len; i++) {
        const struct anomaly *hit = &g_array_index(hits, struct anomaly, i);
        survey_add(survey, hit, &hit->connection, 1);
    }
}

void add_aggregate(struct anomaly_survey *survey, const GArray *hits,
                   const struct aggregate *aggregate)
{
    g_autofree guint *members = g_new(guint, hits->len);
    const struct anomaly *worst = &g_array_index(hits, struct anomaly, 0);

    for (guint i = 0; i < hits->len; i++) {
        const struct anomaly *hit = &g_array_index(hits, struct anomaly, i);
        members[i] = hit->connection;
        worst = hit->weight > worst->weight ? hit : worst;
    }
    struct anomaly one = survey_hit(survey, aggregate->scope, members, hits->len);
    one.n_frames = 0;
    one.first_ns = INT64_MAX;
    for (guint i = 0; i < hits->len; i++) {
        const struct anomaly *hit = &g_array_index(hits, struct anomaly, i);
        one.first_frame = hit->first_ns < one.first_ns ? hit->first_frame : one.first_frame;
        one.first_ns = MIN(one.first_ns, hit->first_ns);
        one.last_ns = MAX(one.last_ns, hit->last_ns);
        anomaly_evidence(&one, hit->frames[0]);
    }
    memcpy(one.figure, worst->figure, sizeof one.figure);
    memcpy(one.after, worst->after, sizeof one.after);
    one.fault = worst->fault;
    one.confidence = worst->confidence;
    one.severity = MAX(worst->severity, (uint8_t)aggregate->severity);
    one.censored = worst->censored;
    one.text = aggregate->text;
    survey_add(survey, &one, members, hits->len);
}

void survey_aggregate(struct anomaly_survey *survey, enum tsm_side side,
                      const struct aggregate *aggregate, int64_t many)
{
    g_autoptr(GPtrArray) groups = grouped_hits(survey, aggregate->scope, side);

    for (guint i = 0; i < groups->len; i++) {
        const GArray *hits = groups->pdata[i];
        if (hits->len >= many) {
            add_aggregate(survey, hits, aggregate);
        } else {
            add_singly(survey, hits);
        }
    }
}

void survey_aggregates(struct anomaly_survey *survey, const struct aggregate aggregates[2],
                       int64_t many)
{
    for (unsigned side = 0; side < 2; side++) {
        survey_aggregate(survey, (enum tsm_side)side, &aggregates[side], many);
    }
}
