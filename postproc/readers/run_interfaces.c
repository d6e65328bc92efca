/* run_interfaces.c - see run_interfaces.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_interfaces.h"

#include <stdlib.h>

#include "tsi.h"

/* The frame is that of all captures. */
struct seen {
    guint32 frame, interface;
};

struct looking {
    const struct plan *plan;
    struct story *story;
    GArray *frames; /* of guint32: those that are looked for, sorted */
    GArray *found;  /* of struct seen: of one capture */
};

static int compare_frames(const void *a, const void *b)
{
    const guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

    return (x > y) - (x < y);
}

static GArray *first_frames(const struct story *story)
{
    GArray *frames = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint i = 0; i < story->connections->len; i++) {
        g_array_append_val(frames, story_connection(story, i)->frame);
    }
    g_array_sort(frames, compare_frames);
    return frames;
}

/* What is looked for, of what a section tells. */
static void look_at(struct looking *looking, const struct tsi_items *items, guint32 base)
{
    const struct tsm_header *header = &items->item.header;
    const struct seen seen = {header->frame + base, items->interface};

    if (items->item.kind == TSM_ITEM_NAME && header->tuple.addr_len == 0) {
        g_autofree char *name =
            g_strndup((const char *)header->bytes, MIN(header->captured, TSM_HEADER_MAX));
        story_name_interface(looking->story, header->length, name);
    } else if (items->item.kind != TSM_ITEM_NAME &&
               bsearch(&seen.frame, looking->frames->data, looking->frames->len, sizeof(guint32),
                       compare_frames) != NULL) {
        g_array_append_val(looking->found, seen);
    }
}

static bool read_section(struct looking *looking, struct tsi *tsi, guint32 section, guint32 base,
                         GError **error)
{
    struct tsi_items items;
    bool ok;

    tsi_items_begin(&items, tsi, section);
    while (tsi_items_next(&items)) {
        look_at(looking, &items, base);
    }
    ok = items.trouble == NULL;
    if (!ok) {
        g_propagate_error(error, g_steal_pointer(&items.trouble));
    }
    tsi_items_end(&items);
    return ok;
}

static bool read_capture(struct looking *looking, guint number, guint32 base, GError **error)
{
    g_autofree char *path = plan_map_name(looking->plan, number);
    g_autoptr(Tsi) tsi = tsi_open(path, error);
    bool ok = tsi != NULL;

    g_array_set_size(looking->found, 0);
    for (guint32 i = 0; ok && i < tsi->blocks->head.sections; i++) {
        ok = read_section(looking, tsi, i, base, error);
    }
    g_array_sort(looking->found, compare_frames); /* frame is the first member */
    for (guint i = 0; ok && i < looking->found->len; i++) {
        const struct seen *seen = &g_array_index(looking->found, struct seen, i);
        story_on_interface(looking->story, seen->interface, seen->frame);
    }
    return ok;
}

bool run_interfaces_read(const struct plan *plan, const struct totals *totals, struct story *story,
                         GError **error)
{
    bool ok = true;

    if (!story->wants->keeps_interfaces) {
        return true;
    }
    g_autoptr(GArray) frames = first_frames(story);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct seen));
    struct looking looking = {plan, story, frames, found};
    for (guint i = 0; ok && i < plan->files->len; i++) {
        const struct totals_file *file = totals_file_at(totals, i);
        ok = file->frames == 0 || read_capture(&looking, i, file->base, error);
    }
    return ok;
}
