/* run_clocks.c - see run_clocks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_clocks.h"

#include "memory.h"
#include "run_items.h"

/* So many headers are looked at, or a section of them: where there are fewer, all are, and clocks
 * are found to the same nanosecond as in one capture. */
#define ENOUGH 2000000
/* So many show whether one capture may be of several clocks. */
#define A_LOOK 50000

struct comparing {
    struct totals *totals;
    const struct plan *plan;
    const GPtrArray *seen;
    struct tsm_skew *skew;
};

static const struct run_seen *seen_at(const struct comparing *comparing, guint number)
{
    return g_ptr_array_index(comparing->seen, number);
}

/* ---- which clocks there are ---- */

static guint32 interfaces_of(const struct comparing *comparing, guint32 tap)
{
    guint32 n = 1;

    for (guint i = 0; i < comparing->totals->files->len; i++) {
        if (totals_file_at(comparing->totals, i)->tap == tap) {
            n = MAX(n, seen_at(comparing, i)->n_interfaces);
        }
    }
    return n;
}

static void list_clocks(const struct comparing *comparing)
{
    struct totals *totals = comparing->totals;
    struct clocks *clocks = &totals->clocks;

    for (guint32 tap = 0; tap < totals->taps; tap++) {
        const guint32 interfaces = interfaces_of(comparing, tap);
        for (guint32 i = 0; i < interfaces && clocks->n < TSM_SKEW_TAPS; i++) {
            totals->clock_of[clocks->n++] = (struct totals_clock){tap, i};
        }
    }
    clocks->of = totals->taps > 1 ? CLOCKS_OF_FILES : CLOCKS_OF_INTERFACES;
    if (clocks->n < 2) { /* then at least who saw clients, and who saw servers */
        clocks->of = CLOCKS_OF_ROLES;
        clocks->n = 2;
    }
}

/* ---- comparing ---- */

static guint32 sections_to_read(const struct comparing *comparing)
{
    const guint32 shards = comparing->plan->shards;
    guint64 items = 0;

    for (guint i = 0; i < comparing->seen->len; i++) {
        items += seen_at(comparing, i)->items;
    }
    return items <= ENOUGH ? shards : (guint32)MAX((guint64)ENOUGH * shards / items, 1);
}

/* Of so many sections, and at most so many headers. */
static bool read_segments(const struct comparing *comparing, guint32 sections, guint64 most,
                          GError **error)
{
    struct run_items items;
    struct tsm_header *header;
    struct tsm_segment seg;
    bool ok;

    run_items_begin(&items, comparing->plan, comparing->totals, 0, sections);
    while (most-- > 0 && (header = run_items_next(&items)) != NULL) {
        const guint clock = run_items_clock(&items);
        if (items.plain && tsm_header_read(header, &seg) == TSM_HEADER_SEGMENT) {
            tsm_skew_segment(comparing->skew, clock, &header->tuple, &seg);
        }
    }
    ok = items.trouble == NULL;
    if (!ok) {
        g_propagate_error(error, g_steal_pointer(&items.trouble));
    }
    run_items_end(&items);
    return ok;
}

/* When all began and ended, by the clocks of interfaces. */
static void correct_times(const struct comparing *comparing)
{
    struct totals *totals = comparing->totals;

    totals->start_ns = totals->end_ns = 0;
    for (guint i = 0; i < totals->files->len; i++) {
        guint first = 0;
        const guint n = totals_clocks_of(totals, totals_file_at(totals, i)->tap, &first);
        for (guint k = 0; k < MIN(n, seen_at(comparing, i)->n_interfaces); k++) {
            const struct tsi_interface *is = &seen_at(comparing, i)->interfaces[k];
            const gint64 start_ns = clocks_correct(&totals->clocks, first + k, is->start_ns);
            const gint64 end_ns = clocks_correct(&totals->clocks, first + k, is->end_ns);
            if (is->start_ns != 0 && (totals->start_ns == 0 || start_ns < totals->start_ns)) {
                totals->start_ns = start_ns;
            }
            if (is->end_ns != 0 && (totals->end_ns == 0 || end_ns > totals->end_ns)) {
                totals->end_ns = end_ns;
            }
        }
    }
}

/* Reads segments anew, and compares. */
static bool compare(struct comparing *comparing, guint32 sections, guint64 most,
                    struct clocks *found, GError **error)
{
    const bool glances = most != UINT64_MAX;

    comparing->skew = tsm_skew_new();
    if (comparing->skew == NULL) {
        g_error(MEMORY_RAN_OUT);
    }
    const bool ok = read_segments(comparing, sections, most, error);
    if (found->of == CLOCKS_OF_ROLES && !glances) {
        tsm_skew_find_roles(comparing->skew, found->taps);
    } else {
        tsm_skew_find(comparing->skew, found->taps, found->n);
    }
    tsm_skew_free(comparing->skew);
    return ok;
}

bool run_clocks_find(struct totals *totals, const struct plan *plan, const GPtrArray *seen,
                     GError **error)
{
    struct comparing comparing = {totals, plan, seen, NULL};
    struct clocks found;
    bool ok = true;

    list_clocks(&comparing);
    found = totals->clocks;
    if (found.of == CLOCKS_OF_ROLES) { /* most captures have one clock, and that is soon seen */
        ok = compare(&comparing, 1, A_LOOK, &found, error);
    }
    if (ok && (found.of != CLOCKS_OF_ROLES || found.taps[1].basis <= TSM_CLOCK_DISAGREES ||
               clocks_are_off(&found))) {
        ok = compare(&comparing, sections_to_read(&comparing), UINT64_MAX, &found, error);
    }
    totals->clocks = found;
    if (ok && clocks_are_off(&found) && found.of != CLOCKS_OF_ROLES) {
        correct_times(&comparing);
    }
    return ok;
}

/* ---- telling ---- */

/* "FILE", the first of its tap, or "interface 1 of FILE". */
static char *name_of(const struct totals *totals, const struct plan *plan, guint clock)
{
    const struct totals_clock *of = &totals->clock_of[clock];
    const char *name = "";
    guint first;

    for (guint i = 0; i < totals->files->len && *name == '\0'; i++) {
        if (totals_file_at(totals, i)->tap == of->tap && totals_file_at(totals, i)->frames > 0) {
            name = plan_file_at(plan, i)->name;
        }
    }
    return totals_clocks_of(totals, of->tap, &first) > 1
               ? g_strdup_printf("interface %u of %s", of->interface, name)
               : g_strdup(name);
}

void run_clocks_tell(const struct totals *totals, const struct plan *plan, GString *text)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < totals->clocks.n && totals->clocks.of == CLOCKS_OF_FILES; i++) {
        g_ptr_array_add(names, name_of(totals, plan, i));
    }
    clocks_tell(&totals->clocks, (const char *const *)names->pdata, text);
}
