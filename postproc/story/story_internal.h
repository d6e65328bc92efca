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

/* Streams are numbered in the order in which they begin, mostly: then number and index agree. */
static inline struct story_connection *story_find(const struct story *story, uint32_t stream)
{
    gpointer index;

    if (stream < story->connections->len && connection_at(story, stream)->stream == stream) {
        return connection_at(story, stream);
    }
    if (g_hash_table_lookup_extended(story->by_stream, GUINT_TO_POINTER(stream), NULL, &index)) {
        return connection_at(story, GPOINTER_TO_UINT(index));
    }
    return NULL;
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

/* Frees what is known of interfaces. */
void story_free_interfaces(struct story *story);

#define WORDS_OF(type) (sizeof(type) / (sizeof(uint32_t)))

/* The place of `thing`, N words long, once it is kept; 0 = all of it is zero. */
uint32_t story_pack(struct story *story, const void *thing, guint words);

/* Keeps of all packed things only those that a connection has. */
void story_settle_facts(struct story *story);

/* Keeps an endpoint's facts, and notes until when it was heard. */
void story_add_facts(struct story *story, struct story_connection *connection,
                     const struct tsm_record_facts *facts);

/* What an end has asked for in vain. */
void story_set_repeats(struct story *story, struct story_connection *connection, enum tsm_side side,
                       int64_t ns, uint32_t count);

/* Counts a segment among those of each kind that it is of. */
void story_add_marks(struct story *story, struct story_connection *connection,
                     const struct tsm_record_segment *segment);

#endif
