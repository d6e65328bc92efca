/* clues.c - finds clues: asks every test about every connection, once; see clues.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues_internal.h"

#include <string.h>

#include "workers.h"

static const char *const meanings[N_CLUES] = {
#define X(name, meaning) [CLUE_##name] = (meaning),
    CLUE_CONNECTION_LIST(X) CLUE_SCOPE_LIST(X)
#undef X
};

const char *clue_meaning(enum clue clue)
{
    return meanings[clue];
}

struct clue_case clues_case(const Clues *clues, guint number)
{
    const struct story_connection *connection = story_connection(clues->story, number);

    return (struct clue_case){
        .is = {.story = clues->story,
               .connection = connection,
               .number = number,
               .opening = (enum outcome_opening)clues->opening[number],
               .ending = (enum outcome_ending)clues->ending[number],
               .facts = {story_facts(clues->story, connection, TSM_CLIENT),
                         story_facts(clues->story, connection, TSM_SERVER)},
               .hosts = clues->anomalies->hosts,
               .end_ns = story_followed_to(clues->story, connection)},
        .spent = story_spent(clues->story, connection),
    };
}

gint clues_by_time(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* What a rule found is a clue, too. */
static bool has_stamp_behind(const struct anomaly *hit)
{
    return hit->figure[3] != 0;
}

static bool is_warning(const struct anomaly *hit)
{
    return hit->severity >= ANOMALY_WARNING;
}

static bool is_of_peers(const struct anomaly *hit)
{
    return hit->figure[3] != 0;
}

static bool is_of_scanner(const struct anomaly *hit)
{
    return !is_of_peers(hit);
}

static const struct {
    const char *rule;
    enum clue clue;
    bool (*is)(const struct anomaly *hit); /* NULL = any hit of the rule */
} of_rules[] = {
    {"A07", CLUE_DEFERRED, NULL},
    {"A09", CLUE_FLOODED, NULL},
    {"A10", CLUE_FLOODED, NULL},
    {"A18", CLUE_FAST_OPEN_LOST, is_warning},
    {"A21", CLUE_PORT_SCANNED, NULL},
    {"A22", CLUE_HOST_SCANNED, is_of_scanner},
    {"A22", CLUE_PEER_TRIED, is_of_peers},
    {"A23", CLUE_PROBED, NULL},
    {"A24", CLUE_CONNECTED_AND_LEFT, NULL},
    {"A27", CLUE_PEER_FORGOT, NULL},
    {"A36", CLUE_RESET_FOREIGN, NULL},
    {"A46", CLUE_PORTS_SHORT, NULL},
    {"A48", CLUE_TIME_WAIT_REFUSED, NULL},
    {"Q1", CLUE_BEGUN_BEFORE, NULL},
    {"Q2", CLUE_ONE_WAY, NULL},
    {"Q3", CLUE_NOT_ALL_CAPTURED, NULL},
    {"Q10", CLUE_TRANSLATED, NULL},
    {"A36", CLUE_RESET_INJECTED, is_warning},
    {"A62", CLUE_PAST_NAT, NULL},
    {"A55", CLUE_STAMP_BEHIND, has_stamp_behind},
    {"A57", CLUE_TAKEN_BACK, NULL},
    {"A19", CLUE_OPTIONS_LOST, NULL},
    {"A59", CLUE_HELD, NULL},
};

static struct clue_set clues_of_hit(const struct anomaly *hit)
{
    struct clue_set set = {{0}};

    for (gsize k = 0; k < G_N_ELEMENTS(of_rules); k++) {
        const bool is = g_str_equal(of_rules[k].rule, hit->rule->id) &&
                        (of_rules[k].is == NULL || of_rules[k].is(hit));
        clue_set_add(&set, of_rules[k].clue, is);
    }
    return set;
}

/* By the hit's place. The caller frees it with g_free(). */
static struct clue_set *clues_of_hits(const Anomalies *anomalies)
{
    struct clue_set *of_hits = g_new(struct clue_set, anomalies->hits->len);

    for (guint place = 0; place < anomalies->hits->len; place++) {
        of_hits[place] = clues_of_hit(anomalies_at(anomalies, place));
    }
    return of_hits;
}

static void add_clues_of_hits(const Clues *clues, guint number, struct clue_set *found)
{
    guint n;
    const guint *places = anomalies_of(clues->anomalies, number, &n);

    for (guint i = 0; i < n; i++) {
        clue_set_join(found, &clues->of_hits[places[i]]);
    }
}

static struct clue_set clues_of(const Clues *clues, guint number)
{
    const struct clue_row *const chapters[] = {clues_of_opening, clues_of_talk, clues_of_ending};
    const struct clue_case c = clues_case(clues, number);
    struct clue_set found = {{0}};

    add_clues_of_hits(clues, number, &found);
    for (gsize i = 0; i < G_N_ELEMENTS(chapters); i++) {
        for (const struct clue_row *row = chapters[i]; row->test != NULL; row++) {
            clue_set_add(&found, row->clue, row->test(&c));
        }
    }
    return found;
}

#define LEAST_CONNECTIONS 4 /* of a piece */

/* All connections, asked in pieces. */
struct asking {
    Clues *clues;
    guint pieces;
};

static void find_clues(Clues *clues, guint from, guint to)
{
    for (guint i = from; i < to; i++) {
        clues->of[i] = clues_of(clues, i);
    }
}

static void ask_piece(void *context, guint i)
{
    const struct asking *asking = context;
    const guint n = asking->clues->story->connections->len;
    struct story_reader reader;
    Clues clues = *asking->clues;

    story_reader_begin(&reader, clues.story);
    clues.story = &reader.is;
    find_clues(&clues, workers_begin(n, i, asking->pieces),
               workers_begin(n, i + 1, asking->pieces));
}

static void ask_all(Clues *clues)
{
    struct asking asking = {clues,
                            workers_pieces(clues->story->connections->len, LEAST_CONNECTIONS)};

    workers_run(asking.pieces, ask_piece, &asking);
}

Clues *clues_find(const Anomalies *anomalies)
{
    Clues *clues = g_new(Clues, 1);
    const guint n = anomalies->story->connections->len;

    *clues = (Clues){
        .anomalies = anomalies,
        .story = anomalies->story,
        .opening = anomalies->opening,
        .ending = anomalies->ending,
        .of_hits = clues_of_hits(anomalies),
        .of = g_new(struct clue_set, n),
    };
    ask_all(clues);
    return clues;
}

void clues_free(Clues *clues)
{
    if (clues != NULL) {
        g_free(clues->of_hits);
        g_free(clues->of);
        g_free(clues);
    }
}

static void count_set(struct clue_group *group, const struct clue_set *set)
{
    for (guint word = 0; word < G_N_ELEMENTS(set->word); word++) {
        for (uint64_t rest = set->word[word]; rest != 0; rest &= rest - 1) {
            group->count[64 * word + (guint)__builtin_ctzll(rest)]++;
        }
    }
}

void clues_count(struct clue_group *group)
{
    const struct clue_scope_row *const chapters[] = {clues_of_scopes, clues_together};

    memset(group->count, 0, sizeof group->count);
    group->any = (struct clue_set){{0}};
    for (guint i = 0; i < group->n; i++) {
        const struct clue_set *set = &group->clues->of[group->members[i]];
        count_set(group, set);
        clue_set_join(&group->any, set);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(chapters); i++) {
        for (const struct clue_scope_row *row = chapters[i]; row->test != NULL; row++) {
            group->count[row->clue] = row->test(group) ? group->n : 0;
        }
    }
}
