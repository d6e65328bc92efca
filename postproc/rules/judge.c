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
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "judge.h"

#include "capture_case.h"
#include "rules.h"

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
static void judge_all(struct anomaly_survey *survey, const Thresholds *settings)
{
    const struct judges judges = find_judges(survey, settings);
    const struct asked *end = judges.asked + judges.n;
    struct anomaly_case c;

    survey->rule = judges.asked[0].rule;
    for (guint i = 0; i < survey->story->connections->len; i++) {
        const struct anomaly blank = begin_case(survey, i, &c);
        struct anomaly scratch = blank;
        survey->digest[i] = digest_of(&c);
        for (const struct asked *asked = judges.asked; asked < end; asked++) {
            c.limit = asked->limit;
            if (asked->rule->judge != NULL) {
                judge_connection(survey, asked, &c, &blank, &scratch);
            } else {
                judge_ends(asked, &c, &blank, &scratch);
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

static void tell_all_judged(struct anomaly_survey *survey, const Thresholds *settings)
{
    for (guint i = 0; (survey->rule = rules_at(i)) != NULL; i++) {
        survey->rule_number = i;
        if (survey->rule->judge != NULL && survey->rule->gate == 0) {
            tell_judged(survey, thresholds_of(settings, i));
        }
    }
}

/* Asks the rules that survey: those on capture quality, or all others. */
static void survey_capture(struct anomaly_survey *survey, const Thresholds *settings, bool gates)
{
    for (guint i = 0; (survey->rule = rules_at(i)) != NULL; i++) {
        survey->rule_number = i;
        if (survey->rule->survey != NULL && (survey->rule->gate != 0) == gates) {
            survey->rule->survey(survey, thresholds_of(settings, i));
        }
    }
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
        .numbers = tuple_numbers_new(story),
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

Anomalies *anomalies_find(const struct story *story, const Thresholds *settings)
{
    struct anomaly_survey survey;

    begin(&survey, story);
    begin_judged(&survey);
    learn_outcomes(&survey);
    survey.one_way = is_one_way_capture(story);
    judge_all(&survey, settings);
    survey_capture(&survey, settings, true);
    survey_capture(&survey, settings, false);
    tell_all_judged(&survey, settings);
    hits_order(survey.found, story->connections->len);
    tell_gates(&survey);
    clear(&survey);
    return survey.found;
}
