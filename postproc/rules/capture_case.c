/* capture_case.c - a capture being judged: its groups of connections, and hits on it; see
 * capture_case.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_case.h"

#include <string.h>

#include "hash.h"

/* ---- cases ---- */

void survey_case(const struct anomaly_survey *survey, guint connection, struct anomaly_case *c)
{
    c->story = survey->story;
    c->hosts = survey->hosts;
    c->number = connection;
    c->connection = story_connection(survey->story, connection);
    c->opening = (enum outcome_opening)survey->opening[connection];
    c->ending = (enum outcome_ending)survey->ending[connection];
    c->one_way_capture = survey->one_way;
    c->end_ns = story_followed_to(survey->story, c->connection);
    for (unsigned side = 0; side < 2; side++) {
        c->facts[side] = NULL;
    }
}

/* ---- gates ---- */

bool survey_is_one_way(const struct story *story, const struct story_connection *connection)
{
    const uint32_t *segments = connection->segments;
    const enum tsm_side seen = segments[TSM_CLIENT] > 0 ? TSM_CLIENT : TSM_SERVER;

    if (!connection->counted || segments[tsm_other(seen)] > 0 || segments[seen] < 2) {
        return false;
    }
    if (story_mark(story, connection, seen, MARK_THIRD_ACK)->count > 0 ||
        story_facts(story, connection, tsm_other(seen))->seen.unseen > 0) {
        return true;
    }
    const struct tsm_facts *facts = &story_facts(story, connection, seen)->seen;
    return facts->last_data_frame != 0 &&
           (facts->repeats.count < 2 || facts->last_data_frame > facts->repeats.first_frame);
}

static bool is_asked(struct anomaly_survey *survey, guint connection)
{
    const unsigned gates = survey->rule->gates;
    const unsigned closed = gates != 0 ? survey->closed[connection] & gates : 0;

    for (unsigned rest = closed; rest != 0; rest &= rest - 1) {
        survey->unasked[__builtin_ctz(rest)]++;
    }
    return closed == 0;
}

bool survey_open_to(struct anomaly_survey *survey, guint connection)
{
    return !(survey->rule->yields && survey->claimed[connection]) && is_asked(survey, connection);
}

/* ---- tuples ---- */

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

/* ---- groups ---- */

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

/* Which connections the groups are made of: by their number. *sizes: by the number of the group
 * among `all`, its members. */
static bool *choose(struct anomaly_survey *survey, const guint *all, survey_choice wanted,
                    guint *sizes)
{
    bool *chosen = g_new(bool, survey->story->connections->len);

    for (guint i = 0; i < survey->story->connections->len; i++) {
        chosen[i] = (wanted == NULL || wanted(survey, i)) && survey_open_to(survey, i);
        sizes[all[i]] += chosen[i];
    }
    return chosen;
}

GPtrArray *survey_large_groups(struct anomaly_survey *survey, unsigned scope, survey_choice wanted,
                               guint least)
{
    const struct tuple_numbering *all = tuple_numbers_take(survey->found->numbers, scope);
    const guint n = all->n;
    g_autofree guint *sizes = g_new0(guint, n);
    g_autofree bool *chosen = choose(survey, all->of, wanted, sizes);
    g_autofree guint *places = g_new(guint, n);
    GPtrArray *groups = g_ptr_array_new_with_free_func(free_group);

    if (n > 0) {                                  /* g_new() gives NULL for none */
        memset(places, 0xff, n * sizeof *places); /* IN_NO_GROUP */
    }
    for (guint i = 0; i < survey->story->connections->len; i++) {
        const guint number = all->of[i];
        if (!chosen[i] || sizes[number] < least) {
            continue;
        }
        if (places[number] == IN_NO_GROUP) {
            places[number] = groups->len;
            g_ptr_array_add(groups, new_group(survey, i, sizes[number]));
        }
        struct survey_group *group = g_ptr_array_index(groups, places[number]);
        g_array_append_val(group->members, i);
    }
    tuple_numbers_drop(survey->found->numbers, all);
    return groups;
}

GPtrArray *survey_groups(struct anomaly_survey *survey, unsigned scope, survey_choice wanted)
{
    return survey_large_groups(survey, scope, wanted, 1);
}

/* ---- hits ---- */

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

    anomaly_of_rule(&hit, survey->rule);
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
    for (guint i = 0; i < n && survey->rule->gate != 0; i++) {
        g_atomic_int_or(&survey->closed[members[i]], survey->rule->gate);
    }
    for (guint i = 0; i < n && survey->rule->claims; i++) {
        survey->claimed[members[i]] = true;
    }
}

void survey_reopen(struct anomaly_survey *survey, guint connection)
{
    g_atomic_int_and(&survey->closed[connection], ~survey->rule->gate);
}
