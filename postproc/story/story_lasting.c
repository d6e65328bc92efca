/* story_lasting.c - stories that go on for days: clones to look at meanwhile, and forgetting.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_internal.h"

static GArray *clone_list(const GArray *list)
{
    const guint size = g_array_get_element_size((GArray *)list);
    GArray *copy = g_array_sized_new(FALSE, FALSE, size, list->len);

    g_array_append_vals(copy, list->data, list->len);
    return copy;
}

static GHashTable *clone_numbers(GHashTable *table)
{
    GHashTable *copy = g_hash_table_new(g_direct_hash, g_direct_equal);
    GHashTableIter iter;
    gpointer stream;
    gpointer number;

    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &stream, &number)) {
        g_hash_table_insert(copy, stream, number);
    }
    return copy;
}

static void swap_list(GArray **to, const GArray *from)
{
    g_array_unref(*to);
    *to = clone_list(from);
}

struct story *story_clone(const struct story *story)
{
    struct story_wants wants = *story->wants;
    struct story *clone;

    wants.follower = (struct story_follower){.ended = NULL};
    clone = story_new(story->name, &wants);
    clone->header = story->header;
    clone->capture = story->capture;
    clone->has_header = story->has_header;
    clone->has_capture = story->has_capture;
    clone->partial = story->partial;
    clone->packets_came = story->packets_came;
    clone->packets_lost = story->packets_lost;
    clone->first_ns = story->first_ns;
    clone->latest_ns = story->latest_ns;
    clone->unused = story->unused;
    clone->begun = story->begun;
    swap_list(&clone->connections, story->connections);
    swap_list(&clone->intervals, story->intervals);
    swap_list(&clone->facts, story->facts);
    swap_list(&clone->marks, story->marks);
    swap_list(&clone->flows, story->flows);
    swap_list(&clone->steps, story->steps);
    swap_list(&clone->named, story->named);
    swap_list(&clone->blanks, story->blanks);
    g_hash_table_unref(clone->by_stream);
    clone->by_stream = clone_numbers(story->by_stream);
    return clone;
}

/* ---- forgetting ---- */

static gint newest_first(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x < y) - (x > y);
}

/* Since when those have ended that stay. */
static int64_t time_of(const struct story *story, guint most, int64_t since_ns)
{
    g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(int64_t));

    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = connection_at(story, i);
        if (connection->emitted) {
            g_array_append_val(ends, connection->end_ns);
        }
    }
    if (ends->len <= most) {
        return since_ns;
    }
    g_array_sort(ends, newest_first);
    return MAX(since_ns, g_array_index(ends, int64_t, most));
}

static bool is_kept(const struct story *story, const struct story_connection *connection,
                    void *data)
{
    const int64_t since_ns = *(const int64_t *)data;

    (void)story;
    return !connection->emitted || connection->end_ns >= since_ns;
}

/* Each time all are moved: so many must have become too many. */
#define FEW 1000

void story_forget_older(struct story *story, guint most, int64_t since_ns)
{
    int64_t kept_ns;

    if (story->emitted < MAX(most + most / 2, FEW) && since_ns < story->forget_ns) {
        return;
    }
    kept_ns = time_of(story, most, since_ns);
    story_filter(story, is_kept, &kept_ns);
    story_compact(story);
    story->left_out = 0;
    story->emitted = 0;
    for (guint i = 0; i < story->connections->len; i++) {
        story->emitted += connection_at(story, i)->emitted;
    }
    story->forget_ns = story->latest_ns;
}
