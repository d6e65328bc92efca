/* story_interfaces.c - which interface a frame was captured on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_internal.h"

/* From a frame on. */
struct run {
    uint32_t frame;
    const char *name; /* NULL = it has none */
};

struct story_interfaces {
    GStringChunk *texts; /* each name once */
    GHashTable *names;   /* of those of the file that is being read, by number */
    GArray *runs;        /* of struct run, by their frames */
};

static struct story_interfaces *interfaces_of(struct story *story)
{
    if (story->interfaces == NULL && story->wants->keeps_interfaces) {
        story->interfaces = g_new(struct story_interfaces, 1);
        *story->interfaces = (struct story_interfaces){
            g_string_chunk_new(256), g_hash_table_new(g_direct_hash, g_direct_equal),
            g_array_new(FALSE, FALSE, sizeof(struct run))};
    }
    return story->interfaces;
}

void story_free_interfaces(struct story *story)
{
    if (story->interfaces != NULL) {
        g_string_chunk_free(story->interfaces->texts);
        g_hash_table_unref(story->interfaces->names);
        g_array_unref(story->interfaces->runs);
        g_free(story->interfaces);
    }
}

void story_name_interface(struct story *story, uint32_t number, const char *name)
{
    struct story_interfaces *all = interfaces_of(story);

    if (all != NULL) {
        g_hash_table_insert(all->names, GUINT_TO_POINTER(number),
                            g_string_chunk_insert_const(all->texts, name));
    }
}

void story_on_interface(struct story *story, uint32_t number, uint32_t frame)
{
    struct story_interfaces *all = interfaces_of(story);

    if (all != NULL) {
        const struct run run = {frame, g_hash_table_lookup(all->names, GUINT_TO_POINTER(number))};
        g_array_append_val(all->runs, run);
    }
}

const char *story_interface(const struct story *story, uint32_t frame)
{
    const GArray *runs = story->interfaces != NULL ? story->interfaces->runs : NULL;
    guint low = 0;
    guint high = runs != NULL ? runs->len : 0;

    while (low < high) { /* the first that begins behind the frame */
        const guint middle = low + (high - low) / 2;
        if (g_array_index(runs, struct run, middle).frame <= frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? g_array_index(runs, struct run, low - 1).name : NULL;
}
