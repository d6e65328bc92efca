/* story_internal.h - what the files that change a story share: how its lists are linked.
 *
 * The intervals of all endpoints lie in one array, and each endpoint's are a list from the newest
 * to the oldest; so do the marks of connections. A place is an index + 1; 0 = none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STORY_INTERNAL_H
#define STORY_INTERNAL_H

#include "story.h"

static inline struct story_connection *connection_at(const struct story *story, guint i)
{
    return &g_array_index(story->connections, struct story_connection, i);
}

static inline struct story_interval *interval_at(const struct story *story, uint32_t place)
{
    return &g_array_index(story->intervals, struct story_interval, place - 1);
}

static inline struct story_mark *mark_at(const struct story *story, uint32_t place)
{
    return &g_array_index(story->marks, struct story_mark, place - 1);
}

/* The newest interval of a list is free again. */
static inline void drop_newest(struct story *story, uint32_t *newest)
{
    struct story_interval *interval = interval_at(story, *newest);
    const uint32_t place = *newest;

    *newest = interval->earlier;
    interval->earlier = story->unused;
    story->unused = place;
}

#endif
