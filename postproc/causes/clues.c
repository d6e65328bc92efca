/* clues.c - finds clues: asks every test about every connection, once; see clues.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clues.h"

#include "clues_internal.h"

static const char *const meanings[N_CLUES] = {
#define X(name, meaning) [CLUE_##name] = (meaning),
    CLUE_CONNECTION_LIST(X) CLUE_SCOPE_LIST(X)
#undef X
};

const char *clue_meaning(enum clue clue)
{
    return meanings[clue];
}

static void learn_outcome(Clues *clues, guint number, GArray *scratch)
{
    struct outcome_facts facts;

    outcome_facts(clues->story, story_connection(clues->story, number), scratch, &facts);
    const enum outcome_opening opening = outcome_opening(&facts);
    clues->opening[number] = (uint8_t)opening;
    clues->ending[number] = (uint8_t)outcome_ending(&facts, opening);
}

struct anomaly_case clues_case(const Clues *clues, guint number)
{
    const struct story_connection *connection = story_connection(clues->story, number);

    return (struct anomaly_case){
        .story = clues->story,
        .connection = connection,
        .number = number,
        .opening = (enum outcome_opening)clues->opening[number],
        .ending = (enum outcome_ending)clues->ending[number],
        .facts = {story_facts(clues->story, connection, TSM_CLIENT),
                  story_facts(clues->story, connection, TSM_SERVER)},
        .end_ns = story_followed_to(clues->story, connection),
    };
}

static uint64_t clues_of(const Clues *clues, guint number)
{
    const struct anomaly_case c = clues_case(clues, number);
    uint64_t found = 0;

    for (unsigned clue = 0; clue < N_CONNECTION_CLUES; clue++) {
        found |= (uint64_t)clue_tests[clue](&c) << clue;
    }
    return found;
}

Clues *clues_find(const Anomalies *anomalies)
{
    Clues *clues = g_new(Clues, 1);
    const guint n = anomalies->story->connections->len;
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    *clues = (Clues){
        .anomalies = anomalies,
        .story = anomalies->story,
        .opening = g_new(uint8_t, n),
        .ending = g_new(uint8_t, n),
        .of = g_new(uint64_t, n),
    };
    for (guint i = 0; i < n; i++) {
        learn_outcome(clues, i, scratch);
        clues->of[i] = clues_of(clues, i);
    }
    return clues;
}

void clues_free(Clues *clues)
{
    if (clues != NULL) {
        g_free(clues->opening);
        g_free(clues->ending);
        g_free(clues->of);
        g_free(clues);
    }
}

void clues_count(struct clue_group *group)
{
    memset(group->count, 0, sizeof group->count);
    for (guint i = 0; i < group->n; i++) {
        for (uint64_t rest = group->clues->of[group->members[i]]; rest != 0; rest &= rest - 1) {
            group->count[g_bit_nth_lsf(rest, -1)]++;
        }
    }
    for (unsigned clue = N_CONNECTION_CLUES; clue < N_CLUES; clue++) {
        group->count[clue] = clue_scope_tests[clue](group) ? group->n : 0;
    }
}
