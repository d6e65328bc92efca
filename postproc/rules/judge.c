/* judge.c - asks the rules: gates first, then those on populations, then those on single
 * connections; see judge.h.
 *
 * The idea: a rule is a row and a pure function of a story that does not change any more; it
 * neither prints nor knows other rules. What rules have to do with each other is in the rows, and
 * is done here, by order. Rules on capture quality come first: their hits close gates, and a rule
 * is not asked about a connection for which one of its gates is closed, so that a bad capture does
 * not look like a bad network. Then come rules on the whole capture. What they claim (a scan, a
 * flood) is told once, and rules that yield are not asked about its members. Last come rules on
 * single connections. All that need an answer for each connection are asked in one pass over them,
 * while the connection is in the cache; time and memory are linear in connections.
 *
 * What does not depend on each other is done by several threads (workers.h), each with lists of its
 * own, which are put together in the order of connections, or of rules: connections are divided in
 * judge_all(), rules in survey_capture() and tell_all_judged(). There, who claims or yields stays
 * in the table's order, one after the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "judge.h"

#include "capture_case.h"
#include "rules.h"
#include "workers.h"

/* ---- what judges have found ---- */

static struct survey_judged *judged_new(void)
{
    const guint n = rules_count();
    struct survey_judged *judged = g_new(struct survey_judged, n);

    for (guint i = 0; i < n; i++) {
        judged[i].connections = g_array_new(FALSE, FALSE, sizeof(guint));
        for (unsigned side = 0; side < 2; side++) {
            judged[i].hits[side] = g_array_new(FALSE, FALSE, sizeof(struct anomaly));
        }
    }
    return judged;
}

static void judged_free(struct survey_judged *judged)
{
    for (guint i = 0; i < rules_count(); i++) {
        g_array_unref(judged[i].connections);
        g_array_unref(judged[i].hits[TSM_CLIENT]);
        g_array_unref(judged[i].hits[TSM_SERVER]);
    }
    g_free(judged);
}

static void append(GArray *to, const GArray *more)
{
    g_array_append_vals(to, more->data, more->len);
}

/* Adds what was found of connections behind those of `to`. */
static void judged_append(struct survey_judged *to, struct survey_judged *more)
{
    for (guint i = 0; i < rules_count(); i++) {
        append(to[i].connections, more[i].connections);
        append(to[i].hits[TSM_CLIENT], more[i].hits[TSM_CLIENT]);
        append(to[i].hits[TSM_SERVER], more[i].hits[TSM_SERVER]);
    }
    judged_free(more);
}

/* ---- parts ---- */

/* A piece of the work, with all that changes while it is done. */
struct part {
    struct anomaly_survey survey; /* a copy, with hits and counts of its own */
    struct story_reader reader;
    Anomalies found;
};

static void begin_part(struct part *part, const struct anomaly_survey *survey)
{
    part->survey = *survey;
    story_reader_begin(&part->reader, survey->story);
    part->found = *survey->found;
    part->found.hits = g_array_new(FALSE, FALSE, sizeof(struct anomaly));
    part->found.members = g_array_new(FALSE, FALSE, sizeof(guint));
    memset(part->survey.unasked, 0, sizeof part->survey.unasked);
    part->survey.story = &part->reader.is;
    part->survey.found = &part->found;
}

/* Adds what the part has found behind what is found already. */
static void end_part(struct part *part, struct anomaly_survey *survey)
{
    GArray *hits = part->found.hits;

    for (guint i = 0; i < hits->len; i++) {
        g_array_index(hits, struct anomaly, i).first_member += survey->found->members->len;
    }
    append(survey->found->hits, hits);
    append(survey->found->members, part->found.members);
    for (unsigned bit = 0; bit < N_ANOMALY_GATES; bit++) {
        survey->unasked[bit] += part->survey.unasked[bit];
    }
    g_array_unref(hits);
    g_array_unref(part->found.members);
}

#define IN_TURN G_MAXUINT

/* Work that is done in parts. */
struct work {
    struct anomaly_survey *survey;
    const Thresholds *settings;
    struct part *parts;
    guint n;
    guint before; /* pieces that are no part, and go first */
    guint *rules; /* of surveys: the rule of each part, or IN_TURN */
    void (*ended)(struct part *part, struct anomaly_survey *survey); /* NULL = nothing more */
};

/* Does all parts; what they find stands in their order then. */
static void do_parts(struct work *work, void (*do_part)(void *context, guint i))
{
    work->parts = g_new(struct part, work->n);
    for (guint i = 0; i < work->n; i++) {
        begin_part(&work->parts[i], work->survey);
    }
    workers_run(work->before + work->n, do_part, work);
    for (guint i = 0; i < work->n; i++) {
        if (work->ended != NULL) {
            work->ended(&work->parts[i], work->survey);
        }
        end_part(&work->parts[i], work->survey);
    }
    g_free(work->parts);
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
static struct judges find_judges(const struct anomaly_survey *survey, const Thresholds *settings)
{
    const guint n = rules_count();
    struct judges judges = {.asked = g_new(struct asked, n)};

    for (guint i = 0; i < n; i++) {
        const struct anomaly_rule *rule = rules_at(i);
        if (rule->judge != NULL || rule->judge_end != NULL) {
            judges.asked[judges.n++] =
                (struct asked){rule, thresholds_of(settings, i), &survey->judged[i]};
        }
    }
    return judges;
}

/* The hit of a rule on a connection, to be completed by the rule's judge. */
static struct anomaly begin_hit(const struct anomaly_rule *rule, const struct anomaly *blank)
{
    struct anomaly hit = *blank;

    anomaly_of_rule(&hit, rule);
    return hit;
}

/* Next to no judge finds anything, and each says the same twice: so it is asked with `scratch`, a
 * hit that holds what others left there, and a hit is begun when there is one.
 *
 * What is found by rules on capture quality closes gates at once. Of others it is kept which
 * connections they are: each unanswered SYN of a flood is one, until the flood is found and claims
 * them all. */
static void judge_connection(struct anomaly_survey *survey, const struct asked *asked,
                             struct anomaly_case *c, const struct anomaly *blank,
                             struct anomaly *scratch)
{
    survey->rule = asked->rule;
    if (asked->rule->gate == 0) {
        if (asked->rule->judge(c, scratch)) {
            g_array_append_val(asked->judged->connections, c->number);
        }
    } else if (survey_open_to(survey, c->number) && asked->rule->judge(c, scratch)) {
        struct anomaly hit = begin_hit(asked->rule, blank);
        asked->rule->judge(c, &hit);
        survey_add(survey, &hit, &c->number, 1);
    }
}

/* These say what the end was in last, not first. */
static void judge_ends(const struct asked *asked, const struct anomaly_case *c,
                       const struct anomaly *blank, struct anomaly *scratch)
{
    for (unsigned side = 0; side < 2; side++) {
        const enum anomaly_ends other = side == TSM_CLIENT ? ANOMALY_SERVERS : ANOMALY_CLIENTS;

        if (asked->rule->ends != other && asked->rule->judge_end(c, (enum tsm_side)side, scratch)) {
            struct anomaly hit = begin_hit(asked->rule, blank);
            memcpy(hit.before, hit.after, sizeof hit.before);
            asked->rule->judge_end(c, (enum tsm_side)side, &hit);
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
        .isns = client->isns,
        .isn = client->syn_seq,
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

/* Asks every rule that judges about every connection from `from` to `to`, in one go: what is known
 * of one lies at many places in memory. */
static void judge_range(struct anomaly_survey *survey, const struct judges *judges, guint from,
                        guint to)
{
    const struct asked *end = judges->asked + judges->n;
    struct anomaly_case c;

    survey->rule = judges->asked[0].rule;
    for (guint i = from; i < to; i++) {
        const struct anomaly blank = begin_case(survey, i, &c);
        struct anomaly scratch = blank;
        survey->digest[i] = digest_of(&c);
        for (const struct asked *asked = judges->asked; asked < end; asked++) {
            c.limit = asked->limit;
            if (asked->rule->judge != NULL) {
                judge_connection(survey, asked, &c, &blank, &scratch);
            } else {
                judge_ends(asked, &c, &blank, &scratch);
            }
        }
    }
}

#define LEAST_CONNECTIONS 4 /* of a part */

/* What rules or causes ask for in any case: whoever has nothing else to do numbers connections. */
static const unsigned prepared[] = {TUPLE_LISTENER, TUPLE_CLIENT_HOST, TUPLE_HOSTS,
                                    TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST | TUPLE_LISTENER};

static void judge_part(void *context, guint i)
{
    struct work *work = context;

    if (i < work->before) {
        tuple_numbers_prepare(work->survey->found->numbers, prepared[i]);
        return;
    }
    struct anomaly_survey *survey = &work->parts[i - work->before].survey;
    const guint n = survey->story->connections->len;
    survey->judged = judged_new();
    const struct judges judges = find_judges(survey, work->settings);
    judge_range(survey, &judges, workers_begin(n, i - work->before, work->n),
                workers_begin(n, i - work->before + 1, work->n));
    g_free(judges.asked);
}

static void end_judged(struct part *part, struct anomaly_survey *survey)
{
    judged_append(survey->judged, part->survey.judged);
}

static void judge_all(struct work *work)
{
    work->n = workers_pieces(work->survey->story->connections->len, LEAST_CONNECTIONS);
    work->before = workers_count() > 1 ? G_N_ELEMENTS(prepared) : 0;
    work->ended = end_judged;
    do_parts(work, judge_part);
    work->before = 0;
    work->ended = NULL;
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

/* All that rules on single connections have found, each by itself: none of them claims. */
static void tell_part(void *context, guint i)
{
    struct work *work = context;
    struct anomaly_survey *survey = &work->parts[i].survey;
    const guint end = workers_begin(rules_count(), i + 1, work->n);

    for (guint k = workers_begin(rules_count(), i, work->n); k < end; k++) {
        survey->rule = rules_at(k);
        survey->rule_number = k;
        if (survey->rule->judge != NULL && survey->rule->gate == 0) {
            tell_judged(survey, thresholds_of(work->settings, k));
        }
    }
}

static void tell_all_judged(struct work *work)
{
    work->n = workers_pieces(rules_count(), 1);
    do_parts(work, tell_part);
}

static void survey_by(struct anomaly_survey *survey, guint rule, const Thresholds *settings)
{
    survey->rule = rules_at(rule);
    survey->rule_number = rule;
    survey->rule->survey(survey, thresholds_of(settings, rule));
}

/* Which rules survey: those on capture quality, or all others. */
static bool surveys(const struct anomaly_rule *rule, bool gates)
{
    return rule->survey != NULL && (rule->gate != 0) == gates;
}

/* Whether it matters to a rule, or to others, which of them is asked first. */
static bool goes_in_turn(const struct anomaly_rule *rule)
{
    return rule->claims || rule->yields;
}

static void survey_in_turn(struct anomaly_survey *survey, const Thresholds *settings)
{
    for (guint i = 0; i < rules_count(); i++) {
        if (surveys(rules_at(i), false) && goes_in_turn(rules_at(i))) {
            survey_by(survey, i, settings);
        }
    }
}

/* The first part are all that go in turn; each of the others is a part. */
static void survey_part(void *context, guint i)
{
    struct work *work = context;
    struct anomaly_survey *survey = &work->parts[i].survey;

    if (work->rules[i] == IN_TURN) {
        survey_in_turn(survey, work->settings);
    } else {
        survey_by(survey, work->rules[i], work->settings);
    }
}

/* Asks the rules that survey: those on capture quality, or all others. */
static void survey_capture(struct work *work, bool gates)
{
    work->n = 0;
    if (!gates) {
        work->rules[work->n++] = IN_TURN;
    }
    for (guint i = 0; i < rules_count(); i++) {
        if (surveys(rules_at(i), gates) && !goes_in_turn(rules_at(i))) {
            work->rules[work->n++] = i;
        }
    }
    do_parts(work, survey_part);
}

/* ---- all ---- */

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

static void begin(struct anomaly_survey *survey, const struct story *story)
{
    const guint n = story->connections->len;

    *survey = (struct anomaly_survey){
        .story = story,
        .end_ns = story_end(story),
        .closed = g_new0(unsigned, n),
        .claimed = g_new0(bool, n),
        .digest = g_new(struct survey_digest, n),
        .found = g_new0(Anomalies, 1),
    };
    *survey->found = (Anomalies){
        .story = story,
        .hits = g_array_new(FALSE, FALSE, sizeof(struct anomaly)),
        .members = g_array_new(FALSE, FALSE, sizeof(guint)),
        .closed = g_array_new(FALSE, FALSE, sizeof(struct anomaly_closed)),
        .numbers = tuple_numbers_new(story),
        .opening = g_new(uint8_t, n),
        .ending = g_new(uint8_t, n),
        .hosts = hosts_new(),
    };
    survey->opening = survey->found->opening;
    survey->ending = survey->found->ending;
    survey->hosts = survey->found->hosts;
}

/* A filter or a mirror port that leaves one direction out does so for all connections. */
static bool is_one_way_capture(const struct story *story)
{
    bool any = false;

    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        if (connection->segments[TSM_CLIENT] > 0 && connection->segments[TSM_SERVER] > 0) {
            return false;
        }
        any = any || survey_is_one_way(story, connection);
    }
    return any;
}

static void learn_part(void *context, guint i)
{
    struct work *work = context;
    struct anomaly_survey *survey = &work->parts[i].survey;
    const guint n = survey->story->connections->len;
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    for (guint k = workers_begin(n, i, work->n); k < workers_begin(n, i + 1, work->n); k++) {
        struct outcome_facts facts;
        outcome_facts(survey->story, story_connection(survey->story, k), scratch, &facts);
        survey->opening[k] = (uint8_t)outcome_opening(&facts);
        survey->ending[k] =
            (uint8_t)outcome_ending(&facts, (enum outcome_opening)survey->opening[k]);
    }
}

static void learn_outcomes(struct work *work)
{
    const struct anomaly_survey *survey = work->survey;

    work->n = workers_pieces(survey->story->connections->len, LEAST_CONNECTIONS);
    do_parts(work, learn_part);
    for (guint i = 0; i < survey->story->connections->len; i++) {
        if (survey->opening[i] == OPENING_REFUSED) {
            hosts_want_server(survey->hosts, story_connection(survey->story, i));
        }
    }
    hosts_learn(survey->hosts, survey->story);
}

static void clear(struct anomaly_survey *survey)
{
    g_free(survey->closed);
    g_free(survey->claimed);
    judged_free(survey->judged);
    g_free(survey->digest);
}

Anomalies *anomalies_find(const struct story *story, const Thresholds *settings)
{
    struct anomaly_survey survey;
    g_autofree guint *rules = g_new(guint, rules_count() + 1);
    struct work work = {.survey = &survey, .settings = settings, .rules = rules};

    begin(&survey, story);
    survey.judged = judged_new();
    learn_outcomes(&work);
    survey.one_way = is_one_way_capture(story);
    judge_all(&work);
    survey_capture(&work, true);
    survey_capture(&work, false);
    tell_all_judged(&work);
    hits_order(survey.found, story->connections->len);
    tell_gates(&survey);
    clear(&survey);
    return survey.found;
}
