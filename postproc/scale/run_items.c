/* run_items.c - see run_items.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_items.h"

#include "errors.h"

/* The captures of one place, and the one that is read. */
struct run_tap {
    guint32 number;
    guint file;                /* the next capture that is looked at */
    guint at;                  /* the one that is open */
    struct tsi *tsi;           /* NULL = none is */
    struct tsi_items *parts;   /* its sections */
    struct least next;         /* of these */
    struct tsi_items *current; /* whose item was told last; NULL = none was */
};

/* ---- a capture ---- */

static void close_capture(struct run_items *items, struct run_tap *tap)
{
    for (guint32 i = 0; tap->parts != NULL && i < items->n; i++) {
        tsi_items_end(&tap->parts[i]);
    }
    g_clear_pointer(&tap->parts, g_free);
    g_clear_pointer(&tap->tsi, tsi_close);
    least_clear(&tap->next);
    tap->current = NULL;
}

/* Reads on in a section, and puts what comes next into the heap. */
static bool read_on(struct run_items *items, struct run_tap *tap, struct tsi_items *part)
{
    const struct tsm_header *header = &part->item.header;

    if (tsi_items_next(part)) {
        least_push(&tap->next, &(const struct least_key){header->frame, header->ordinal,
                                                         (guint)(part - tap->parts)});
    } else if (part->trouble != NULL) {
        items->trouble = g_steal_pointer(&part->trouble);
    }
    return items->trouble == NULL;
}

static bool check_capture(struct run_items *items, const struct run_tap *tap)
{
    const struct totals_file *file = totals_file_at(items->totals, tap->at);

    if (tap->tsi->blocks->crc != file->crc ||
        tap->tsi->blocks->head.sections < items->section + items->n) {
        g_set_error(&items->trouble, TCPSTORY_ERROR, EXIT_INPUT,
                    "'%s' has changed: tcpstory merge %s", tap->tsi->blocks->name,
                    items->plan->folder);
        return false;
    }
    return true;
}

static bool open_capture(struct run_items *items, struct run_tap *tap)
{
    g_autofree char *name = plan_map_name(items->plan, tap->at);
    bool ok;

    tap->tsi = tsi_open(name, &items->trouble);
    if (tap->tsi == NULL || !check_capture(items, tap)) {
        return false;
    }
    least_init(&tap->next);
    tap->parts = g_new0(struct tsi_items, items->n);
    for (guint32 i = 0; i < items->n; i++) {
        tsi_items_begin(&tap->parts[i], tap->tsi, items->section + i);
    }
    ok = true;
    for (guint32 i = 0; ok && i < items->n; i++) {
        ok = read_on(items, tap, &tap->parts[i]);
    }
    return ok;
}

/* ---- a tap ---- */

/* The next capture of the tap that has frames; false when there is none. */
static bool next_capture(struct run_items *items, struct run_tap *tap)
{
    close_capture(items, tap);
    for (; tap->file < items->totals->files->len; tap->file++) {
        const struct totals_file *file = totals_file_at(items->totals, tap->file);
        if (file->tap == tap->number && file->frames > 0) {
            tap->at = tap->file++;
            return open_capture(items, tap);
        }
    }
    return false;
}

/* As it is among all captures. A frame without a time is told with the latest one so far. */
static void adjust(const struct run_items *items, const struct run_tap *tap, struct tsm_item *item)
{
    const struct totals_file *file = totals_file_at(items->totals, tap->at);
    struct tsm_header *header = &item->header;

    header->frame += file->base;
    if (!item->has_time && file->latest_ns != 0 &&
        (header->time_ns == 0 || header->time_ns < file->latest_ns)) {
        header->time_ns = file->latest_ns;
    }
    header->time_ns -= file->offset_ns;
}

/* Goes on to the tap's next header, and puts it into the heap of taps. */
static void advance(struct run_items *items, struct run_tap *tap)
{
    struct least_key key;

    if (tap->current != NULL && !read_on(items, tap, tap->current)) {
        return;
    }
    tap->current = NULL;
    while (tap->tsi == NULL || !least_pop(&tap->next, &key)) {
        if (!next_capture(items, tap)) {
            return;
        }
    }
    tap->current = &tap->parts[key.stream];
    adjust(items, tap, &tap->current->item);
    const struct tsm_header *header = &tap->current->item.header;
    least_push(&items->next,
               &(const struct least_key){items->totals->taps > 1 ? header->time_ns : 0,
                                         header->frame, tap->number});
}

/* ---- all ---- */

void run_items_begin(struct run_items *items, const struct plan *plan, const struct totals *totals,
                     guint32 section, guint32 n)
{
    *items = (struct run_items){.plan = plan, .totals = totals, .section = section, .n = n};
    items->taps = g_new0(struct run_tap, totals->taps);
    least_init(&items->next);
    for (guint32 i = 0; i < totals->taps; i++) {
        items->taps[i].number = i;
    }
    for (guint32 i = 0; i < totals->taps && items->trouble == NULL; i++) {
        advance(items, &items->taps[i]);
    }
}

void run_items_end(struct run_items *items)
{
    for (guint32 i = 0; i < items->totals->taps; i++) {
        close_capture(items, &items->taps[i]);
    }
    g_clear_pointer(&items->taps, g_free);
    least_clear(&items->next);
    g_clear_error(&items->trouble);
}

struct tsm_header *run_items_next(struct run_items *items)
{
    struct least_key key;

    if (items->current != NULL && items->trouble == NULL) {
        advance(items, items->current);
    }
    items->current = NULL;
    if (items->trouble != NULL || !least_pop(&items->next, &key)) {
        return NULL;
    }
    items->current = &items->taps[key.stream];
    return &items->current->current->item.header;
}
