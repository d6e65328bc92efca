/* anomalies.c - asks the rules: gates first, then those on populations, then those on single
 * connections; see anomalies.h and survey.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomalies.h"

#include <string.h>

#include "hash.h"
#include "rules.h"
#include "survey.h"
#include "tuple_index.h"

/* ---- results ---- */

const struct anomaly *anomalies_at(const Anomalies *anomalies, guint place)
{
    return &g_array_index(anomalies->hits, struct anomaly, place);
}

guint anomalies_member(const Anomalies *anomalies, const struct anomaly *hit, guint i)
{
    return g_array_index(anomalies->members, guint, hit->first_member + i);
}

const guint *anomalies_of(const Anomalies *anomalies, guint connection, guint *n)
{
    *n = anomalies->first_of[connection + 1] - anomalies->first_of[connection];
    return anomalies->hits_of + anomalies->first_of[connection];
}

bool anomalies_have(const Anomalies *anomalies, guint connection, const struct anomaly_rule *rule)
{
    guint n;
    const guint *places = anomalies_of(anomalies, connection, &n);

    for (guint i = 0; i < n; i++) {
        if (anomalies_at(anomalies, places[i])->rule == rule) {
            return true;
        }
    }
    return false;
}

bool anomalies_reach(const Anomalies *anomalies, enum anomaly_severity severity)
{
    return anomalies->hits->len > 0 && anomalies_at(anomalies, 0)->severity >= severity;
}

void anomalies_free(Anomalies *anomalies)
{
    if (anomalies != NULL) {
        g_array_unref(anomalies->hits);
        g_array_unref(anomalies->members);
        g_array_unref(anomalies->closed);
        g_free(anomalies->hits_of);
        g_free(anomalies->first_of);
        g_free(anomalies);
    }
}

/* ---- cases ---- */

void survey_case(const struct anomaly_survey *survey, guint connection, struct anomaly_case *c)
{
    c->story = survey->story;
    c->hosts = survey->hosts;
    c->number = connection;
    c->connection = story_connection(survey->story, connection);
    c->opening = (enum outcome_opening)survey->opening[connection];
    c->ending = (enum outcome_ending)survey->ending[connection];
    c->end_ns = story_followed_to(survey->story, c->connection);
    for (unsigned side = 0; side < 2; side++) {
        c->facts[side] = NULL;
    }
}

/* ---- gates ---- */

static bool is_asked(struct anomaly_survey *survey, guint connection)
{
    const unsigned closed = survey->closed[connection] & survey->rule->gates;

    for (unsigned rest = closed; rest != 0; rest &= rest - 1) {
        survey->unasked[__builtin_ctz(rest)]++;
    }
    return closed == 0;
}

bool survey_open_to(struct anomaly_survey *survey, guint connection)
{
    return !(survey->rule->yields && survey->claimed[connection]) && is_asked(survey, connection);
}

/* ---- groups ---- */

/* The parts of a tuple that a scope names, in a tuple that is otherwise zero. */
static struct tsm_tuple masked(const struct tsm_tuple *tuple, unsigned scope)
{
    struct tsm_tuple key;

    memset(&key, 0, sizeof key); /* the padding too: it is hashed */
    key.addr_len = tuple->addr_len;
    if ((scope & TUPLE_CLIENT_HOST) != 0) {
        memcpy(key.src, tuple->src, tuple->addr_len);
    }
    if ((scope & TUPLE_SERVER_HOST) != 0) {
        memcpy(key.dst, tuple->dst, tuple->addr_len);
    }
    key.sport = (scope & TUPLE_CLIENT_PORT) != 0 ? tuple->sport : 0;
    key.dport = (scope & TUPLE_SERVER_PORT) != 0 ? tuple->dport : 0;
    return key;
}

static guint hash_tuple(gconstpointer data)
{
    return hash_bytes(data, sizeof(struct tsm_tuple));
}

static gboolean equal_tuples(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct tsm_tuple)) == 0;
}

GHashTable *survey_tuples_new(void)
{
    return g_hash_table_new_full(hash_tuple, equal_tuples, g_free, NULL);
}

void survey_tuples_add(GHashTable *tuples, const struct tsm_tuple *tuple, unsigned scope)
{
    const struct tsm_tuple key = masked(tuple, scope);

    if (!g_hash_table_contains(tuples, &key)) {
        g_hash_table_add(tuples, g_memdup2(&key, sizeof key));
    }
}

bool survey_tuples_have(GHashTable *tuples, const struct tsm_tuple *tuple, unsigned scope)
{
    const struct tsm_tuple key = masked(tuple, scope);

    return g_hash_table_contains(tuples, &key);
}

static void free_group(gpointer data)
{
    struct survey_group *group = data;

    g_array_unref(group->members);
    g_free(group);
}

static struct survey_group *new_group(const struct anomaly_survey *survey, guint first, guint n)
{
    struct survey_group *group = g_new(struct survey_group, 1);

    group->first = story_connection(survey->story, first);
    group->members = g_array_sized_new(FALSE, FALSE, sizeof(guint), n);
    return group;
}

#define IN_NO_GROUP G_MAXUINT

/* By connection: the number of its group, or IN_NO_GROUP. *sizes: by that number, the members. */
static guint *number_groups(struct anomaly_survey *survey, TupleIndex *index, survey_choice wanted,
                            GArray *sizes)
{
    guint *numbers = g_new(guint, survey->story->connections->len);

    for (guint i = 0; i < survey->story->connections->len; i++) {
        numbers[i] = IN_NO_GROUP;
        if ((wanted == NULL || wanted(survey, i)) && survey_open_to(survey, i)) {
            numbers[i] = tuple_index_add(index, i);
            g_array_set_size(sizes, tuple_index_size(index));
            g_array_index(sizes, guint, numbers[i])++;
        }
    }
    return numbers;
}

GPtrArray *survey_large_groups(struct anomaly_survey *survey, unsigned scope, survey_choice wanted,
                               guint least)
{
    g_autoptr(TupleIndex) index = tuple_index_new(survey->story, scope);
    g_autoptr(GArray) sizes = g_array_new(FALSE, TRUE, sizeof(guint));
    g_autofree guint *numbers = number_groups(survey, index, wanted, sizes);
    GPtrArray *groups = g_ptr_array_new_with_free_func(free_group);

    for (guint n = 0; n < sizes->len; n++) { /* its size becomes its place among the groups */
        guint *size = &g_array_index(sizes, guint, n);
        const guint place = groups->len;
        if (*size >= least) {
            g_ptr_array_add(groups, new_group(survey, tuple_index_first(index, n), *size));
        }
        *size = *size >= least ? place : IN_NO_GROUP;
    }
    for (guint i = 0; i < survey->story->connections->len; i++) {
        const guint place =
            numbers[i] != IN_NO_GROUP ? g_array_index(sizes, guint, numbers[i]) : IN_NO_GROUP;
        if (place != IN_NO_GROUP) {
            struct survey_group *group = g_ptr_array_index(groups, place);
            g_array_append_val(group->members, i);
        }
    }
    return groups;
}

GPtrArray *survey_groups(struct anomaly_survey *survey, unsigned scope, survey_choice wanted)
{
    return survey_large_groups(survey, scope, wanted, 1);
}

/* ---- hits ---- */

static void set_rule(struct anomaly *hit, const struct anomaly_rule *rule)
{
    hit->rule = rule;
    hit->text = rule->text;
    hit->severity = (uint8_t)rule->severity;
    hit->confidence = (uint8_t)rule->confidence;
    hit->fault = (uint8_t)rule->fault;
}

struct anomaly survey_hit(const struct anomaly_survey *survey, unsigned scope, const guint *members,
                          guint n)
{
    const struct story_connection *first = story_connection(survey->story, members[0]);
    struct anomaly hit = {
        .tuple = first->tuple,
        .connection = members[0],
        .members = n,
        .first_ns = first->start_ns,
        .last_ns = first->end_ns,
        .first_frame = first->frame,
        .weight = n,
        .scope = (uint8_t)scope,
    };

    set_rule(&hit, survey->rule);
    for (guint i = 0; i < n; i++) {
        const struct story_connection *member = story_connection(survey->story, members[i]);
        hit.last_ns = MAX(hit.last_ns, member->end_ns);
        hit.last_frame = MAX(hit.last_frame, member->frame);
        anomaly_evidence(&hit, member->frame);
    }
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last = story_last(survey->story, first, (enum tsm_side)side);
        hit.before[side] = hit.after[side] = last != NULL ? last->state : TSM_UNKNOWN;
    }
    return hit;
}

void survey_add(struct anomaly_survey *survey, const struct anomaly *hit, const guint *members,
                guint n)
{
    struct anomaly added = *hit;

    added.first_member = survey->found->members->len;
    added.members = n;
    g_array_append_vals(survey->found->members, members, n);
    g_array_append_val(survey->found->hits, added);
    for (guint i = 0; i < n; i++) {
        survey->closed[members[i]] |= survey->rule->gate;
        survey->claimed[members[i]] = survey->claimed[members[i]] || survey->rule->claims;
    }
}

/* ---- asking ---- */

/* The first state that an endpoint was in; TSM_UNKNOWN when nothing is known of it. */
static uint8_t first_state(const struct anomaly_case *c, enum tsm_side side)
{
    const struct story_interval *interval = story_last(c->story, c->connection, side);
    uint8_t state = TSM_UNKNOWN;

    for (; interval != NULL; interval = story_earlier(c->story, interval)) {
        state = interval->state;
    }
    return state;
}

/* Rules that are asked about one connection after the other, each with its thresholds. */
struct judges {
    guint n;
    struct asked {
        const struct anomaly_rule *rule;
        const int64_t *limit;
        struct survey_judged *judged;
    } * asked;
};

/* All of them. Free asked with g_free(). */
static struct judges find_judges(const struct anomaly_survey *survey, const Settings *settings)
{
    const guint n = rules_count();
    struct judges judges = {.asked = g_new(struct asked, n)};

    for (guint i = 0; i < n; i++) {
        const struct anomaly_rule *rule = rules_at(i);
        if (rule->judge != NULL || rule->judge_end != NULL) {
            judges.asked[judges.n++] =
                (struct asked){rule, settings_of(settings, i), &survey->judged[i]};
        }
    }
    return judges;
}

/* The hit of a rule on a connection, to be completed by the rule's judge. */
static struct anomaly begin_hit(const struct anomaly_rule *rule, const struct anomaly *blank)
{
    struct anomaly hit = *blank;

    set_rule(&hit, rule);
    return hit;
}

/* What is found by rules on capture quality closes gates at once. Of others it is kept which
 * connections they are: each unanswered SYN of a flood is one, until the flood is found and claims
 * them all. */
static void judge_connection(struct anomaly_survey *survey, const struct asked *asked,
                             struct anomaly_case *c, const struct anomaly *blank)
{
    struct anomaly hit = begin_hit(asked->rule, blank);

    survey->rule = asked->rule;
    if (asked->rule->gate == 0) {
        if (asked->rule->judge(c, &hit)) {
            g_array_append_val(asked->judged->connections, c->number);
        }
    } else if (survey_open_to(survey, c->number) && asked->rule->judge(c, &hit)) {
        survey_add(survey, &hit, &c->number, 1);
    }
}

/* These say what the end was in last, not first. */
static void judge_ends(const struct asked *asked, const struct anomaly_case *c,
                       const struct anomaly *blank)
{
    for (unsigned side = 0; side < 2; side++) {
        const enum anomaly_ends other = side == TSM_CLIENT ? ANOMALY_SERVERS : ANOMALY_CLIENTS;
        struct anomaly hit = begin_hit(asked->rule, blank);

        memcpy(hit.before, hit.after, sizeof hit.before);
        if (asked->rule->ends != other && asked->rule->judge_end(c, (enum tsm_side)side, &hit)) {
            g_array_append_val(asked->judged->hits[side], hit);
        }
    }
}

/* What rules on many connections want to know of each. */
static struct survey_digest digest_of(const struct anomaly_case *c)
{
    const struct tsm_facts *client = &c->facts[TSM_CLIENT]->seen;
    const struct tsm_facts *server = &c->facts[TSM_SERVER]->seen;

    return (struct survey_digest){
        .offered = {client->offered, server->offered},
        .first_flags = {(uint8_t)client->first_flags, (uint8_t)server->first_flags},
        .turns = (uint8_t)MIN(client->turns, UINT8_MAX),
    };
}

/* Fills in the case of a connection, but for the limits of a rule. Returns a hit without a rule. */
static struct anomaly begin_case(const struct anomaly_survey *survey, guint number,
                                 struct anomaly_case *c)
{
    struct anomaly blank = survey_hit(survey, TUPLE_CONNECTION, &number, 1);

    blank.n_frames = 0;
    survey_case(survey, number, c);
    for (unsigned side = 0; side < 2; side++) {
        c->facts[side] = story_facts(survey->story, c->connection, (enum tsm_side)side);
        blank.before[side] = first_state(c, (enum tsm_side)side);
    }
    return blank;
}

/* Asks every rule that judges about every connection, in one go: what is known of one lies at many
 * places in memory. */
static void judge_all(struct anomaly_survey *survey, const Settings *settings)
{
    const struct judges judges = find_judges(survey, settings);
    const struct asked *end = judges.asked + judges.n;
    struct anomaly_case c;

    survey->rule = judges.asked[0].rule;
    for (guint i = 0; i < survey->story->connections->len; i++) {
        const struct anomaly blank = begin_case(survey, i, &c);
        survey->digest[i] = digest_of(&c);
        for (const struct asked *asked = judges.asked; asked < end; asked++) {
            c.limit = asked->limit;
            if (asked->rule->judge != NULL) {
                judge_connection(survey, asked, &c, &blank);
            } else {
                judge_ends(asked, &c, &blank);
            }
        }
    }
    g_free(judges.asked);
}

/* Adds the hit of a connection of which it is known that it is one: judges say the same twice. */
static void add_judged(struct anomaly_survey *survey, const int64_t *limit, guint number)
{
    struct anomaly_case c;
    const struct anomaly blank = begin_case(survey, number, &c);
    struct anomaly hit = begin_hit(survey->rule, &blank);

    c.limit = limit;
    survey->rule->judge(&c, &hit);
    survey_add(survey, &hit, &number, 1);
}

/* Adds what a rule on single connections has found, of those that it may be asked about. */
static void tell_judged(struct anomaly_survey *survey, const int64_t *limit)
{
    const GArray *found = survey->judged[survey->rule_number].connections;
    guint next = 0;

    for (guint i = 0; i < survey->story->connections->len; i++) {
        const bool open =
            survey_open_to(survey, i); /* of all: those that are not asked are counted */
        if (next < found->len && g_array_index(found, guint, next) == i) {
            next++;
            if (open) {
                add_judged(survey, limit, i);
            }
        }
    }
}

static void tell_all_judged(struct anomaly_survey *survey, const Settings *settings)
{
    for (guint i = 0; (survey->rule = rules_at(i)) != NULL; i++) {
        survey->rule_number = i;
        if (survey->rule->judge != NULL && survey->rule->gate == 0) {
            tell_judged(survey, settings_of(settings, i));
        }
    }
}

/* Asks the rules that survey: those on capture quality, or all others. */
static void survey_capture(struct anomaly_survey *survey, const Settings *settings, bool gates)
{
    for (guint i = 0; (survey->rule = rules_at(i)) != NULL; i++) {
        survey->rule_number = i;
        if (survey->rule->survey != NULL && (survey->rule->gate != 0) == gates) {
            survey->rule->survey(survey, settings_of(settings, i));
        }
    }
}

/* ---- results in order ---- */

static gint compare_hits(gconstpointer a, gconstpointer b)
{
    const struct anomaly *x = a;
    const struct anomaly *y = b;

    if (x->severity != y->severity) {
        return x->severity > y->severity ? -1 : 1;
    }
    if (x->rule != y->rule) {
        return strcmp(x->rule->id, y->rule->id);
    }
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return (x->connection > y->connection) - (x->connection < y->connection);
}

/* Which hits each connection is a member of: first count, then place. */
static void index_hits(Anomalies *found, guint connections)
{
    guint *next = g_new0(guint, (gsize)connections + 1);

    found->first_of = g_new0(guint, (gsize)connections + 1);
    found->hits_of = g_new(guint, found->members->len);
    for (guint i = 0; i < found->members->len; i++) {
        found->first_of[g_array_index(found->members, guint, i) + 1]++;
    }
    for (guint i = 0; i < connections; i++) {
        found->first_of[i + 1] += found->first_of[i];
        next[i] = found->first_of[i];
    }
    for (guint place = 0; place < found->hits->len; place++) {
        const struct anomaly *hit = anomalies_at(found, place);
        for (guint i = 0; i < hit->members; i++) {
            found->hits_of[next[anomalies_member(found, hit, i)]++] = place;
        }
    }
    g_free(next);
}

static void tell_gates(struct anomaly_survey *survey)
{
    for (guint i = 0; (survey->rule = rules_at(i)) != NULL; i++) {
        struct anomaly_closed closed = {.rule = i};
        for (unsigned bit = 0; survey->rule->gate != 0 && bit < N_ANOMALY_GATES; bit++) {
            closed.unasked += (survey->rule->gate >> bit & 1) != 0 ? survey->unasked[bit] : 0;
        }
        for (guint k = 0; survey->rule->gate != 0 && k < survey->story->connections->len; k++) {
            closed.connections += (survey->closed[k] & survey->rule->gate) != 0;
        }
        if (closed.connections > 0) {
            g_array_append_val(survey->found->closed, closed);
        }
    }
}

/* ---- all ---- */

static void begin(struct anomaly_survey *survey, const struct story *story)
{
    const guint n = story->connections->len;

    *survey = (struct anomaly_survey){
        .story = story,
        .end_ns = story_end(story),
        .opening = g_new(uint8_t, n),
        .ending = g_new(uint8_t, n),
        .closed = g_new0(unsigned, n),
        .hosts = hosts_new(),
        .claimed = g_new0(bool, n),
        .digest = g_new(struct survey_digest, n),
        .found = g_new0(Anomalies, 1),
    };
    *survey->found = (Anomalies){
        .story = story,
        .hits = g_array_new(FALSE, FALSE, sizeof(struct anomaly)),
        .members = g_array_new(FALSE, FALSE, sizeof(guint)),
        .closed = g_array_new(FALSE, FALSE, sizeof(struct anomaly_closed)),
    };
}

static void begin_judged(struct anomaly_survey *survey)
{
    const guint n = rules_count();

    survey->judged = g_new(struct survey_judged, n);
    for (guint i = 0; i < n; i++) {
        survey->judged[i].connections = g_array_new(FALSE, FALSE, sizeof(guint));
        for (unsigned side = 0; side < 2; side++) {
            survey->judged[i].hits[side] = g_array_new(FALSE, FALSE, sizeof(struct anomaly));
        }
    }
}

static void clear_judged(struct anomaly_survey *survey)
{
    for (guint i = 0; i < rules_count(); i++) {
        g_array_unref(survey->judged[i].connections);
        g_array_unref(survey->judged[i].hits[TSM_CLIENT]);
        g_array_unref(survey->judged[i].hits[TSM_SERVER]);
    }
    g_free(survey->judged);
}

static void learn_outcomes(struct anomaly_survey *survey)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    for (guint i = 0; i < survey->story->connections->len; i++) {
        const struct story_connection *connection = story_connection(survey->story, i);
        struct outcome_facts facts;
        outcome_facts(survey->story, connection, scratch, &facts);
        survey->opening[i] = (uint8_t)outcome_opening(&facts);
        survey->ending[i] =
            (uint8_t)outcome_ending(&facts, (enum outcome_opening)survey->opening[i]);
        if (survey->opening[i] == OPENING_REFUSED) {
            hosts_want_server(survey->hosts, connection);
        }
    }
    hosts_learn(survey->hosts, survey->story);
}

static void clear(struct anomaly_survey *survey)
{
    g_free(survey->opening);
    g_free(survey->ending);
    g_free(survey->closed);
    g_free(survey->claimed);
    clear_judged(survey);
    g_free(survey->digest);
    hosts_free(survey->hosts);
}

Anomalies *anomalies_find(const struct story *story, const Settings *settings)
{
    struct anomaly_survey survey;

    begin(&survey, story);
    begin_judged(&survey);
    learn_outcomes(&survey);
    judge_all(&survey, settings);
    survey_capture(&survey, settings, true);
    survey_capture(&survey, settings, false);
    tell_all_judged(&survey, settings);
    g_array_sort(survey.found->hits, compare_hits);
    index_hits(survey.found, story->connections->len);
    tell_gates(&survey);
    clear(&survey);
    return survey.found;
}
