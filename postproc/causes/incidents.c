/* incidents.c - weighs causes and covers what happened with the fewest; see incidents.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "incidents_internal.h"

#include <math.h>
#include <string.h>

#include "turns.h"
#include "workers.h"

/* ---- candidates ---- */

/* A cause that is asked in a scope, and without which clues of connections it is impossible. */
struct asked_cause {
    const struct cause *cause;
    struct clue_set all_of; /* without any of these */
    struct clue_set one_of; /* without all of these; empty where a clue of the scope will do */
};

/* A cause at a place, as it may be chosen. */
struct candidate {
    const struct cause *cause;
    struct incident incident; /* but for its members */
    GArray *core;             /* of guint: connections with a clue that it needs */
    GArray *cover;            /* of guint: all that it explains, those included */
};

static void free_candidate(gpointer data)
{
    struct candidate *candidate = data;

    g_array_unref(candidate->core);
    g_array_unref(candidate->cover);
    g_free(candidate);
}

/* In progress. */
struct search {
    Incidents *found;
    Clues *clues;
    GPtrArray *candidates; /* of struct candidate * */
    bool *explained;       /* by number of the connection */
    bool *known;           /* likewise: an incident that is only worth knowing has it */
};

/* The groups of one scope, and the causes that are asked about them. */
struct scoping {
    unsigned scope;
    guint number; /* its place among all scopes */
    const Clues *clues;
    struct turns *turns; /* candidates of the scopes go to the search, in the scopes' order */
    const GArray *asked; /* of struct asked_cause, in the table's order */
};

static bool counts(const struct clue_group *group, const struct cause_evidence *evidence)
{
    const guint count = group->count[evidence->clue];

    return count >= MAX(evidence->least, 1u) &&
           count * 100.0 >= (double)group->n * evidence->percent;
}

/* Whether the group has what the cause cannot be without, and nothing that excludes it. */
static bool is_possible(const struct cause *cause, const struct clue_group *group)
{
    bool wants_one = false;
    bool has_one = false;

    for (const struct cause_evidence *e = cause->evidence; e->bears != CAUSE_END; e++) {
        if (e->bears == CAUSE_NEEDS_ONE) {
            wants_one = true;
            has_one = has_one || counts(group, e);
        } else if ((e->bears == CAUSE_NEEDS && !counts(group, e)) ||
                   (e->bears == CAUSE_EXCLUDES && counts(group, e))) {
            return false;
        }
    }
    return has_one || !wants_one;
}

/* The decibans of a cause in a group. */
static int weigh(const struct cause *cause, const struct clue_group *group)
{
    int points = cause->prior;

    for (const struct cause_evidence *e = cause->evidence; e->bears != CAUSE_END; e++) {
        if (e->bears == CAUSE_EXPECTS) {
            points += counts(group, e) ? e->weight : -(e->weight / 2);
        } else if (e->bears == CAUSE_CONTRADICTS && counts(group, e)) {
            points -= e->weight;
        }
    }
    return points;
}

/* The places in the cause's evidence of what counts in the group; bits. */
static uint32_t counting(const struct cause *cause, const struct clue_group *group)
{
    uint32_t set = 0;

    for (gsize i = 0; cause->evidence[i].bears != CAUSE_END; i++) {
        set |= (uint32_t)counts(group, &cause->evidence[i]) << i;
    }
    return set;
}

/* The set of a connection's clues that bear on the cause in one of those ways (bits), of the
 * evidence that `which` chooses. */
static struct clue_set clues_that(const struct cause *cause, unsigned ways, uint32_t which)
{
    struct clue_set set = {{0}};

    for (gsize i = 0; cause->evidence[i].bears != CAUSE_END; i++) {
        const struct cause_evidence *e = &cause->evidence[i];
        if ((ways >> e->bears & 1) != 0 && (which >> i & 1) != 0 && e->clue < N_CONNECTION_CLUES) {
            clue_set_add(&set, e->clue, true);
        }
    }
    return set;
}

/* Those that have one of the clues. */
static GArray *members_with(const struct clue_group *group, struct clue_set set)
{
    GArray *members = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < group->n; i++) {
        if (clue_sets_meet(&group->clues->of[group->members[i]], &set)) {
            g_array_append_val(members, group->members[i]);
        }
    }
    return members;
}

/* Two connections are not yet a service that is lost. */
#define MIN_FOR_ERROR 3

static uint8_t severity_of(const struct candidate *candidate)
{
    const enum anomaly_severity severity = candidate->cause->severity;

    return (uint8_t)(candidate->core->len < MIN_FOR_ERROR ? MIN(severity, ANOMALY_WARNING)
                                                          : severity);
}

/* Scope, times and frames, from the connections that the incident is about. */
static void describe(const struct clue_group *group, const struct candidate *candidate,
                     unsigned scope, struct anomaly *about)
{
    *about = (struct anomaly){
        .text = candidate->cause->text,
        .severity = severity_of(candidate),
        .fault = (uint8_t)candidate->cause->fault,
        .connection = g_array_index(candidate->core, guint, 0),
        .scope = (uint8_t)(scope & TUPLE_CONNECTION),
        .alike = incidents_alike(group->clues->story, (const guint *)candidate->core->data,
                                 candidate->core->len),
        .first_ns = INT64_MAX,
        .last_ns = INT64_MIN,
        .figure = {group->n},
    };
    about->tuple = story_connection(group->clues->story, about->connection)->tuple;
    for (guint i = 0; i < candidate->core->len; i++) {
        const struct story_connection *connection =
            story_connection(group->clues->story, g_array_index(candidate->core, guint, i));
        if (connection->start_ns < about->first_ns) {
            about->first_ns = connection->start_ns;
            about->first_frame = connection->frame;
        }
        about->last_ns = MAX(about->last_ns, connection->end_ns);
        anomaly_evidence(about, connection->frame);
    }
    if (candidate->cause->figures != NULL) {
        candidate->cause->figures(group, candidate->cause, about);
    }
}

/* A flood from a million addresses makes a candidate of each: those that explain most are kept. */
#define MAX_CANDIDATES 2000
#define MAX_WAITING (10 * MAX_CANDIDATES) /* of a scope, until it is its turn: some 5 MB */

static gint by_core(gconstpointer a, gconstpointer b)
{
    const struct candidate *x = *(struct candidate *const *)a;
    const struct candidate *y = *(struct candidate *const *)b;

    return (x->core->len < y->core->len) - (x->core->len > y->core->len);
}

static void drop_smallest(GPtrArray *candidates)
{
    g_ptr_array_sort(candidates, by_core);
    g_ptr_array_set_size(candidates, MAX_CANDIDATES);
}

static void add_candidate(void *context, gpointer candidate)
{
    GPtrArray *candidates = context;

    g_ptr_array_add(candidates, candidate);
    if (candidates->len == 2 * MAX_CANDIDATES) {
        drop_smallest(candidates);
    }
}

/* No network is asked where there is none. */
static const char *check_of(const struct cause *cause, const struct clue_group *group)
{
    return cause->within != NULL && group->count[CLUE_WITHIN] > 0 ? cause->within : cause->check;
}

/* Next to no cause is possible in most groups: a look at all clues of the group at once says so. */
static bool lacks_clues(const struct asked_cause *asked, const struct clue_group *group)
{
    const bool wants_one = (asked->one_of.word[0] | asked->one_of.word[1]) != 0;

    return !clue_set_holds(&group->any, &asked->all_of) ||
           (wants_one && !clue_sets_meet(&group->any, &asked->one_of));
}

static void consider(const struct scoping *scoping, const struct asked_cause *asked,
                     const struct clue_group *group)
{
    const struct cause *cause = asked->cause;

    if (lacks_clues(asked, group) || !is_possible(cause, group)) {
        return;
    }
    struct candidate *candidate = g_new0(struct candidate, 1);
    const uint32_t counts = counting(cause, group);
    const struct clue_set needs =
        clues_that(cause, 1u << CAUSE_NEEDS | 1u << CAUSE_NEEDS_ONE, counts);
    const struct clue_set expects = clues_that(cause, 1u << CAUSE_EXPECTS, counts);
    const struct clue_set explains = clues_that(
        cause, 1u << CAUSE_NEEDS | 1u << CAUSE_NEEDS_ONE | 1u << CAUSE_EXPECTS | 1u << CAUSE_ALLOWS,
        UINT32_MAX);
    candidate->cause = cause;
    candidate->core = members_with(group, needs);
    if (candidate->core->len == 0) { /* all that it needs is about the scope */
        g_array_unref(candidate->core);
        candidate->core = members_with(group, expects);
    }
    candidate->cover = members_with(group, explains);
    candidate->incident = (struct incident){
        .cause = cause,
        .check = check_of(cause, group),
        .points = weigh(cause, group),
        .counting = counts,
    };
    if (candidate->core->len == 0) {
        free_candidate(candidate);
        return;
    }
    describe(group, candidate, scoping->scope, &candidate->incident.about);
    turns_give(scoping->turns, scoping->number, candidate);
}

/* ---- groups ---- */

static bool is_asked_in(const struct cause *cause, unsigned scope)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cause->scopes); i++) {
        if (cause->scopes[i] == scope) {
            return true;
        }
    }
    return false;
}

/* Whether some of what it needs one of is a clue of the scope. */
static bool needs_scope(const struct cause *cause)
{
    for (const struct cause_evidence *e = cause->evidence; e->bears != CAUSE_END; e++) {
        if (e->bears == CAUSE_NEEDS_ONE && e->clue >= N_CONNECTION_CLUES) {
            return true;
        }
    }
    return false;
}

/* The causes that are asked in a scope, in the table's order: of struct asked_cause. */
static GArray *causes_of(unsigned scope)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct asked_cause));
    const struct cause *cause;

    for (guint i = 0; (cause = causes_at(i)) != NULL; i++) {
        const unsigned one_of = needs_scope(cause) ? 0 : 1u << CAUSE_NEEDS_ONE;
        const struct asked_cause asked = {
            .cause = cause,
            .all_of = clues_that(cause, 1u << CAUSE_NEEDS, UINT32_MAX),
            .one_of = clues_that(cause, one_of, UINT32_MAX),
        };
        if (is_asked_in(cause, scope)) {
            g_array_append_val(all, asked);
        }
    }
    return all;
}

static void consider_group(const struct scoping *scoping, const guint *members, guint n)
{
    struct clue_group group = {.clues = scoping->clues, .members = members, .n = n};

    clues_count(&group);
    for (guint i = 0; i < scoping->asked->len; i++) {
        consider(scoping, &g_array_index(scoping->asked, struct asked_cause, i), &group);
    }
}

/* The number of the connection's group; of the capture there is one, whatever kinds of addresses.
 */
static guint place_of(const guint *group_of, guint number, unsigned scope)
{
    return scope == CAUSE_OF_CAPTURE ? 0 : group_of[number];
}

/* All groups of a scope, one after the other: connections are sorted by the group's number. */
static void consider_scope(const struct scoping *scoping)
{
    const guint n = scoping->clues->story->connections->len;
    const unsigned scope = scoping->scope;
    TupleNumbers *numbers = scoping->clues->anomalies->numbers;
    const struct tuple_numbering *numbering = tuple_numbers_take(numbers, scope & TUPLE_CONNECTION);
    const guint groups = numbering->n;
    g_autofree guint *sorted = g_new(guint, n);
    g_autofree guint *begins = g_new0(guint, groups + 2);

    for (guint i = 0; i < n; i++) {
        begins[place_of(numbering->of, i, scope) + 2]++;
    }
    for (guint i = 1; i < groups; i++) {
        begins[i + 1] += begins[i];
    }
    for (guint i = 0; i < n; i++) {
        sorted[begins[place_of(numbering->of, i, scope) + 1]++] = i;
    }
    tuple_numbers_drop(numbers, numbering);
    for (guint i = 0; i < groups; i++) {
        consider_group(scoping, sorted + begins[i], begins[i + 1] - begins[i]);
    }
}

static const unsigned scopes[] = {CAUSE_OF_CAPTURE,  TUPLE_LISTENER,
                                  TUPLE_HOSTS,       TUPLE_SERVER_HOST,
                                  TUPLE_CLIENT_HOST, TUPLE_HOSTS | TUPLE_SERVER_PORT};

/* All scopes. */
struct considering {
    const Clues *clues;
    struct turns *turns;
};

static void consider_piece(void *context, guint i)
{
    const struct considering *all = context;
    Clues clues = *all->clues;
    struct story_reader reader;
    g_autoptr(GArray) asked = causes_of(scopes[i]);
    const struct scoping scoping = {scopes[i], i, &clues, all->turns, asked};

    story_reader_begin(&reader, clues.story);
    clues.story = &reader.is;
    consider_scope(&scoping);
    turns_end(all->turns, i);
}

static void consider_all(struct search *search)
{
    const guint n = G_N_ELEMENTS(scopes);
    struct turns *turns = turns_new(n, MAX_WAITING, add_candidate, search->candidates);
    struct considering all = {search->clues, turns};

    workers_run(n, consider_piece, &all);
    turns_free(turns);
}

/* ---- choosing ---- */

/* What is only worth knowing explains no trouble: it comes when everything else is explained. */
static bool is_worth_knowing(const struct candidate *candidate)
{
    return candidate->cause->severity == ANOMALY_INFO && !candidate->cause->quality;
}

static guint unexplained(const struct search *search, const struct candidate *candidate)
{
    const bool *done = is_worth_knowing(candidate) ? search->known : search->explained;
    guint n = 0;

    for (guint i = 0; i < candidate->core->len; i++) {
        n += !done[g_array_index(candidate->core, guint, i)];
    }
    return n;
}

/* How much a choice explains, and how well: twice the connections are worth 3 decibans. */
static double worth(const struct search *search, const struct candidate *candidate)
{
    const guint left = unexplained(search, candidate);

    if (left == 0 || 2 * left < candidate->core->len) {
        return -INFINITY;
    }
    return candidate->incident.points + 10 * log10(left) + (candidate->cause->quality ? 5 : 0);
}

static struct candidate *best_of(const struct search *search, bool troubles)
{
    struct candidate *best = NULL;
    double most = -INFINITY;

    for (guint i = 0; i < search->candidates->len; i++) {
        struct candidate *candidate = g_ptr_array_index(search->candidates, i);
        const double value = worth(search, candidate);
        if (value > most && troubles != is_worth_knowing(candidate)) {
            most = value;
            best = candidate;
        }
    }
    return best;
}

/* Of those that explain at least half of it, too, the most likely one of another cause. */
static void find_alternative(const struct search *search, struct candidate *best, double most)
{
    g_autofree bool *mine = g_new0(bool, search->clues->story->connections->len);
    double next = -INFINITY;

    for (guint i = 0; i < best->cover->len; i++) {
        mine[g_array_index(best->cover, guint, i)] = true;
    }
    for (guint i = 0; i < search->candidates->len; i++) {
        const struct candidate *other = g_ptr_array_index(search->candidates, i);
        guint common = 0;
        for (guint k = 0; k < other->core->len; k++) {
            common += mine[g_array_index(other->core, guint, k)];
        }
        const double value = worth(search, other);
        if (other->cause != best->cause && is_worth_knowing(other) == is_worth_knowing(best) &&
            2 * common >= other->core->len && value > next) {
            next = value;
            best->incident.alternative = other->cause;
            best->incident.margin = (int)MIN(most - value, 99.0);
        }
    }
}

/* Source of the figures: the scale of decibans, 10 is ten to one. */
enum { MARGIN_CERTAIN = 15, MARGIN_INFERRED = 6 };

static void judge_confidence(struct incident *incident)
{
    const int margin =
        incident->alternative != NULL ? MIN(incident->margin, incident->points) : incident->points;

    incident->about.confidence = margin >= MARGIN_CERTAIN    ? ANOMALY_CERTAIN
                                 : margin >= MARGIN_INFERRED ? ANOMALY_INFERRED
                                                             : ANOMALY_PRESUMED;
}

static void take(struct search *search, struct candidate *best)
{
    Incidents *found = search->found;
    struct incident *incident = &best->incident;

    find_alternative(search, best, worth(search, best));
    judge_confidence(incident);
    incident->about.first_member = found->members->len;
    incident->about.members = best->core->len;
    g_array_append_vals(found->members, best->core->data, best->core->len);
    incident->first_explained = found->members->len;
    incident->explained = best->cover->len;
    g_array_append_vals(found->members, best->cover->data, best->cover->len);
    for (guint i = 0; i < best->core->len && is_worth_knowing(best); i++) {
        search->known[g_array_index(best->core, guint, i)] = true;
    }
    for (guint i = 0; i < best->cover->len && !is_worth_knowing(best); i++) {
        search->explained[g_array_index(best->cover, guint, i)] = true;
    }
    g_array_append_val(found->found, *incident);
}

/* ---- what is explained ---- */

static double harm(const struct incident *incident)
{
    static const double weights[N_ANOMALY_SEVERITIES] = {1, 100, 1000};

    return weights[incident->about.severity] * (1 + log10(incident->about.members));
}

static gint by_harm(gconstpointer a, gconstpointer b)
{
    const struct incident *x = a;
    const struct incident *y = b;
    const double difference = harm(y) - harm(x);

    if (x->cause->quality != y->cause->quality) {
        return y->cause->quality - x->cause->quality;
    }
    if (difference != 0) {
        return difference > 0 ? 1 : -1;
    }
    return (x->about.first_ns > y->about.first_ns) - (x->about.first_ns < y->about.first_ns);
}

static bool names_rule(const struct cause *cause, const struct anomaly_rule *rule)
{
    const char *at = strstr(cause->explains, rule->id);

    return at != NULL && (at[strlen(rule->id)] == ' ' || at[strlen(rule->id)] == '\0');
}

/* The hits of rules that the incident's cause is known to make, about connections that it explains
 * for the most part. */
static void explain_hits(const struct search *search, guint number)
{
    Incidents *found = search->found;
    const struct incident *incident = incidents_at(found, number);
    const Anomalies *anomalies = found->anomalies;
    g_autofree bool *mine = g_new0(bool, search->clues->story->connections->len);

    for (guint i = 0; i < incident->explained; i++) {
        mine[g_array_index(found->members, guint, incident->first_explained + i)] = true;
    }
    for (guint place = 0; place < anomalies->hits->len; place++) {
        const struct anomaly *hit = anomalies_at(anomalies, place);
        guint common = 0;
        for (guint i = 0; i < hit->members; i++) {
            common += mine[anomalies_member(anomalies, hit, i)];
        }
        if (found->of_hit[place] == 0 && hit->members > 0 && 2 * common > hit->members &&
            names_rule(incident->cause, hit->rule)) {
            found->of_hit[place] = number + 1;
        }
    }
}

/* ---- all ---- */

#define MAX_INCIDENTS 100 /* nobody reads more */

Incidents *incidents_find(const Anomalies *anomalies)
{
    Incidents *found = g_new0(Incidents, 1);
    g_autoptr(Clues) clues = clues_find(anomalies);
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(free_candidate);
    g_autofree bool *explained = g_new0(bool, anomalies->story->connections->len);
    g_autofree bool *known = g_new0(bool, anomalies->story->connections->len);
    struct search search = {found, clues, candidates, explained, known};
    struct candidate *best;

    *found = (Incidents){
        .anomalies = anomalies,
        .found = g_array_new(FALSE, FALSE, sizeof(struct incident)),
        .members = g_array_new(FALSE, FALSE, sizeof(guint)),
        .of_hit = g_new0(guint, anomalies->hits->len),
    };
    consider_all(&search);
    while (found->found->len < MAX_INCIDENTS &&
           ((best = best_of(&search, true)) != NULL || (best = best_of(&search, false)) != NULL)) {
        take(&search, best);
    }
    incidents_join_places(found);
    incidents_lower_doubtful(found);
    g_array_sort(found->found, by_harm);
    for (guint i = 0; i < found->found->len; i++) {
        explain_hits(&search, i);
    }
    return found;
}

void incidents_free(Incidents *incidents)
{
    if (incidents != NULL) {
        g_array_unref(incidents->found);
        g_array_unref(incidents->members);
        g_free(incidents->of_hit);
        g_free(incidents);
    }
}

const struct incident *incidents_at(const Incidents *incidents, guint place)
{
    return &g_array_index(incidents->found, struct incident, place);
}

bool incidents_reach(const Incidents *incidents, enum anomaly_severity severity)
{
    for (guint i = 0; i < incidents->found->len; i++) {
        if (incidents_at(incidents, i)->about.severity >= severity) {
            return true;
        }
    }
    return false;
}
