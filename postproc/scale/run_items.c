/* run_items.c - see run_items.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_items.h"

#include "errors.h"
#include "reorder.h"

/* The captures of one place, and the one that is read. */
struct run_tap {
    guint32 number;
    guint file;                /* the next capture that is looked at */
    guint at;                  /* the one that is open */
    struct tsi *tsi;           /* NULL = none is */
    struct tsi_items *parts;   /* its sections */
    struct least next;         /* of these */
    struct tsi_items *current; /* whose item was told last; NULL = none was */
    struct reorder held;       /* headers whose times were corrected */
    gint64 settled_ns;         /* up to this time none is missing */
    struct tsm_header *out;    /* the one that was taken out last; owned */
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

/* Reads on in a section: the key of what comes next. False when nothing does; see trouble. */
static bool read_on(struct run_items *items, struct run_tap *tap, struct tsi_items *part,
                    struct least_key *key)
{
    if (!tsi_items_next(part)) {
        items->trouble = g_steal_pointer(&part->trouble);
        return false;
    }
    *key = (struct least_key){part->item.header.frame, part->item.header.ordinal,
                              (guint)(part - tap->parts)};
    return true;
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
    struct least_key key;

    tap->tsi = tsi_open(name, &items->trouble);
    if (tap->tsi == NULL || !check_capture(items, tap)) {
        return false;
    }
    least_init(&tap->next);
    tap->parts = g_new0(struct tsi_items, items->n);
    for (guint32 i = 0; i < items->n; i++) {
        tsi_items_begin(&tap->parts[i], tap->tsi, items->section + i);
    }
    for (guint32 i = 0; i < items->n && items->trouble == NULL; i++) {
        if (read_on(items, tap, &tap->parts[i], &key)) {
            least_push(&tap->next, &key);
        }
    }
    return items->trouble == NULL;
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

/* Which clock has told the time of a header of the tap's capture. */
static guint clock_of(const struct totals *totals, guint32 tap, guint32 interface,
                      const struct tsm_header *header)
{
    guint first = 0;
    const guint n = totals_clocks_of(totals, tap, &first);

    return totals->clocks.of == CLOCKS_OF_ROLES ? clocks_role(header)
           : interface < n                      ? first + interface
                                                : TSM_SKEW_TAPS;
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
}

/* The first header of another section of the capture, or of the next capture. */
static bool begin_section(struct run_items *items, struct run_tap *tap, struct least_key *key)
{
    while (tap->tsi == NULL || !least_pop(&tap->next, key)) {
        if (!next_capture(items, tap)) {
            return false;
        }
    }
    return true;
}

/* Goes on to the next header of the tap's captures; false when there is none. */
static bool read_next(struct run_items *items, struct run_tap *tap)
{
    struct least_key key;

    if (tap->current != NULL && read_on(items, tap, tap->current, &key)) {
        least_exchange(&tap->next, &key);
    } else if (items->trouble != NULL || !begin_section(items, tap, &key)) {
        tap->current = NULL;
        return false;
    }
    tap->current = &tap->parts[key.stream];
    adjust(items, tap, &tap->current->item);
    return true;
}

/* Corrects the header's time, and holds it back until no earlier one can come. */
static void hold(struct run_items *items, struct run_tap *tap)
{
    const struct clocks *clocks = &items->totals->clocks;
    struct tsm_header *header = &tap->current->item.header;
    const gint64 ns = header->time_ns;
    guint first = 0;
    const guint n = totals_clocks_of(items->totals, tap->number, &first);

    header->time_ns = clocks_correct(
        clocks, clock_of(items->totals, tap->number, tap->current->interface, header), ns);
    reorder_push(&tap->held, header);
    tap->settled_ns = clocks_settled_ns(clocks, first, n, ns);
}

/* The tap's next header by its corrected time; NULL when there is none. */
static struct tsm_header *release(struct run_items *items, struct run_tap *tap)
{
    g_clear_pointer(&tap->out, g_free);
    while ((tap->out = reorder_pop(&tap->held, tap->settled_ns)) == NULL &&
           tap->settled_ns < INT64_MAX) {
        if (read_next(items, tap)) {
            hold(items, tap);
        } else {
            tap->settled_ns = INT64_MAX;
        }
    }
    return tap->out;
}

/* The header that the tap has come to. */
static struct tsm_header *header_at(const struct run_tap *tap)
{
    return tap->out != NULL ? tap->out : &tap->current->item.header;
}

/* Goes on to the tap's next header: its key among the taps. False when there is none. */
static bool advance(struct run_items *items, struct run_tap *tap, struct least_key *key)
{
    const struct totals *totals = items->totals;

    if (items->corrects ? release(items, tap) == NULL : !read_next(items, tap)) {
        return false;
    }
    const struct tsm_header *header = header_at(tap);
    const gint64 shift_ns = totals->shifts != NULL ? totals->shifts[tap->number] : 0;
    *key = (struct least_key){totals_by_time(totals) ? header->time_ns - shift_ns : 0,
                              (guint64)header->frame << 16 | header->ordinal, tap->number};
    return true;
}

/* ---- all ---- */

void run_items_begin(struct run_items *items, const struct plan *plan, const struct totals *totals,
                     guint32 section, guint32 n)
{
    struct least_key key;

    *items = (struct run_items){.plan = plan, .totals = totals, .section = section, .n = n};
    items->corrects = clocks_are_off(&totals->clocks);
    items->taps = g_new0(struct run_tap, totals->taps);
    least_init(&items->next);
    for (guint32 i = 0; i < totals->taps; i++) {
        items->taps[i].number = i;
        items->taps[i].settled_ns = INT64_MIN;
    }
    for (guint32 i = 0; i < totals->taps && items->trouble == NULL; i++) {
        if (advance(items, &items->taps[i], &key)) {
            least_push(&items->next, &key);
        }
    }
}

void run_items_end(struct run_items *items)
{
    for (guint32 i = 0; i < items->totals->taps; i++) {
        close_capture(items, &items->taps[i]);
        reorder_clear(&items->taps[i].held);
        g_free(items->taps[i].out);
    }
    g_clear_pointer(&items->taps, g_free);
    least_clear(&items->next);
    g_clear_error(&items->trouble);
}

struct tsm_header *run_items_next(struct run_items *items)
{
    struct least_key key;

    const bool more =
        items->current != NULL && items->trouble == NULL && advance(items, items->current, &key);

    items->current = NULL;
    if (more) {
        least_exchange(&items->next, &key);
    } else if (items->trouble != NULL || !least_pop(&items->next, &key)) {
        return NULL;
    }
    items->current = &items->taps[key.stream];
    if (!items->corrects) {
        items->interface = items->current->current->interface;
        items->plain = items->current->current->item.kind == TSM_ITEM_PLAIN;
    }
    return header_at(items->current);
}

guint run_items_clock(const struct run_items *items)
{
    return clock_of(items->totals, items->current->number, items->interface,
                    header_at(items->current));
}
