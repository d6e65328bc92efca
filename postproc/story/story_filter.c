/* story_filter.c - changes to a story that is read: connections left out, and everything put in
 * order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "story_internal.h"

/* ---- selection ---- */

static void drop_intervals(struct story *story, uint32_t *newest)
{
    while (*newest != 0) {
        drop_newest(story, newest);
    }
}

#define DROPPED G_MAXUINT

/* Moves what belongs to connection `from` to number `to`, which is not above it. */
static void renumber(struct story *story, guint from, guint to)
{
    const struct story_connection *connection = connection_at(story, from);

    if (connection->stream != to) {
        g_hash_table_insert(story->by_stream, GUINT_TO_POINTER(connection->stream),
                            GUINT_TO_POINTER(to));
    }
    *connection_at(story, to) = *connection;
}

/* Which is the first flow of each connection, once more. */
static void find_first_flows(struct story *story)
{
    for (guint i = 0; i < story->connections->len; i++) {
        connection_at(story, i)->flow = 0;
    }
    for (guint i = story->flows->len; i-- > 0;) {
        const struct story_flow *flow = &g_array_index(story->flows, struct story_flow, i);
        connection_at(story, flow->connection)->flow = i + 1;
    }
}

/* The elements of a list, each with the number of its connection (guint) at `offset`. */
static void renumber_list(GArray *list, gsize offset, const guint *numbers)
{
    const gsize size = g_array_get_element_size(list);
    guint n = 0;

    for (guint i = 0; i < list->len; i++) {
        char *element = list->data + i * size;
        guint *number = (guint *)(void *)(element + offset);
        *number = numbers[*number];
        if (*number != DROPPED) {
            memmove(list->data + n++ * size, element, size);
        }
    }
    g_array_set_size(list, n);
}

void story_filter(struct story *story,
                  bool (*keep)(const struct story *story, const struct story_connection *connection,
                               void *data),
                  void *data)
{
    const guint n = story->connections->len;
    g_autofree guint *numbers = g_new(guint, n);
    guint kept = 0;

    for (guint i = 0; i < n; i++) {
        const bool keeps = keep(story, connection_at(story, i), data);
        numbers[i] = keeps ? kept++ : DROPPED;
        for (guint side = 0; side < 2 && !keeps; side++) {
            drop_intervals(story, &connection_at(story, i)->newest[side]);
        }
    }
    g_hash_table_remove_all(story->by_stream);
    for (guint i = 0; i < n; i++) {
        if (numbers[i] != DROPPED) {
            renumber(story, i, numbers[i]);
        }
    }
    renumber_list(story->steps, offsetof(struct story_step, connection), numbers);
    renumber_list(story->packets, offsetof(struct story_packet, connection), numbers);
    renumber_list(story->flows, offsetof(struct story_flow, connection), numbers);
    g_array_set_size(story->connections, kept);
    find_first_flows(story);
    story->left_out += n - kept;
}

/* ---- order ---- */

/* Copies the list that ends at *newest behind those of `to`, oldest first, and lets *newest end it.
 */
static void settle_intervals(const struct story *story, GArray *to, uint32_t *newest)
{
    const guint most = story->wants->lasting ? STORY_MAX_INTERVALS : G_MAXUINT;
    guint n = 0;

    for (uint32_t p = *newest; p != 0 && n < most; p = interval_at(story, p)->earlier) {
        n++;
    }
    if (n == 0) {
        return;
    }
    const guint first = to->len;
    g_array_set_size(to, first + n);
    for (uint32_t p = *newest; n > 0; p = interval_at(story, p)->earlier) {
        struct story_interval *copy = &g_array_index(to, struct story_interval, first + --n);
        *copy = *interval_at(story, p);
        copy->earlier = n > 0 ? first + n : 0;
    }
    *newest = to->len;
}

/* The same for marks, in the order in which they are asked for: the newest first. */
static void settle_marks(const struct story *story, GArray *to, uint32_t *newest)
{
    const guint first = to->len;

    for (uint32_t p = *newest; p != 0; p = mark_at(story, p)->earlier) {
        struct story_mark mark = *mark_at(story, p);
        mark.earlier = mark.earlier != 0 ? to->len + 2 : 0;
        g_array_append_val(to, mark);
    }
    *newest = to->len > first ? first + 1 : 0;
}

/* One list after the other, so that only one is there twice. */
void story_compact(struct story *story)
{
    const guint n = story->connections->len;
    GArray *intervals =
        g_array_sized_new(FALSE, FALSE, sizeof(struct story_interval), story->intervals->len);

    for (guint i = 0; i < n; i++) {
        settle_intervals(story, intervals, &connection_at(story, i)->newest[TSM_CLIENT]);
        settle_intervals(story, intervals, &connection_at(story, i)->newest[TSM_SERVER]);
    }
    g_array_unref(story->intervals);
    story->intervals = intervals;
    story->unused = 0;

    GArray *marks = g_array_sized_new(FALSE, FALSE, sizeof(struct story_mark), story->marks->len);
    for (guint i = 0; i < n; i++) {
        settle_marks(story, marks, &connection_at(story, i)->marks);
    }
    g_array_unref(story->marks);
    story->marks = marks;
    if (story->wants->lasting) {
        story_settle_facts(story);
    }
}
