/* run_taps.c - see run_taps.h.
 *
 * Captures that overlap in time are of several taps. So are those that have the same packets: with
 * clocks that are an hour apart they do not overlap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_taps.h"

#include <string.h>

#define NONE G_MAXUINT

/* Packets of several queues may be stored a little out of order: as of frames/order.c. But captures
 * of which more than the half is of the same time are of two taps, however short they are. */
#define MAX_OVERLAP_NS (G_GINT64_CONSTANT(1000000000) / 10)

/* So many packets that two captures have are no chance. */
#define SHARED 3

struct finding {
    struct totals *totals;
    const struct plan *plan;
    const GPtrArray *seen;
    GHashTable *syns; /* hash -> GArray of guint: files that have it, so far */
    GArray *last;     /* of guint: the last file of each tap */
};

void run_seen_take(struct run_seen *seen, const struct tsi *tsi)
{
    const struct tsi_summary *summary = &tsi->summary;

    seen->n_interfaces = summary->n_interfaces;
    memcpy(seen->interfaces, summary->interfaces, sizeof seen->interfaces);
    seen->syns = summary->syns;
    for (guint i = 0; i < tsi->blocks->index->len; i++) {
        seen->items += g_array_index(tsi->blocks->index, struct blocks_entry, i).count;
    }
}

static const struct run_seen *seen_at(const struct finding *finding, guint number)
{
    return g_ptr_array_index(finding->seen, number);
}

static guint tap_of(const struct finding *finding, guint number)
{
    return totals_file_at(finding->totals, number)->tap;
}

/* ---- packets that several have ---- */

static const GArray *files_with(const struct finding *finding, const struct syn_seen *syn)
{
    return g_hash_table_lookup(finding->syns, &syn->hash);
}

static void note_syns(const struct finding *finding, guint number)
{
    const struct syn_sample *syns = &seen_at(finding, number)->syns;

    for (guint i = 0; i < syns->n; i++) {
        GArray *files = g_hash_table_lookup(finding->syns, &syns->at[i].hash);
        if (files == NULL) {
            files = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(finding->syns, (gpointer)&syns->at[i].hash, files);
        }
        g_array_append_val(files, number);
    }
}

/* How many packets a capture shares with those of a tap. */
static guint shared_with(const struct finding *finding, guint number, guint tap)
{
    const struct syn_sample *syns = &seen_at(finding, number)->syns;
    guint n = 0;

    for (guint i = 0; i < syns->n; i++) {
        const GArray *files = files_with(finding, &syns->at[i]);
        for (guint k = 0; files != NULL && k < files->len; k++) {
            n += tap_of(finding, g_array_index(files, guint, k)) == tap;
        }
    }
    return n;
}

/* ---- taps ---- */

static bool in_one_folder(const struct plan *plan, guint a, guint b)
{
    g_autofree char *x = g_path_get_dirname(plan_file_at(plan, a)->path);
    g_autofree char *y = g_path_get_dirname(plan_file_at(plan, b)->path);

    return strcmp(x, y) == 0;
}

static bool overlap(const struct totals_file *a, const struct totals_file *b)
{
    const gint64 shorter_ns = MIN(a->end_ns - a->start_ns, b->end_ns - b->start_ns);

    return a->end_ns - b->start_ns > MIN(MAX_OVERLAP_NS, shorter_ns / 2);
}

/* The tap that a capture goes on: one that ended before it began and has none of its packets,
 * rather in its own folder. */
static guint find_tap(const struct finding *finding, guint number)
{
    const struct totals *totals = finding->totals;
    guint found = NONE;

    for (guint tap = 0; tap < finding->last->len; tap++) {
        const guint before = g_array_index(finding->last, guint, tap);
        if (overlap(totals_file_at(totals, before), totals_file_at(totals, number)) ||
            shared_with(finding, number, tap) >= SHARED) {
            continue;
        }
        if (in_one_folder(finding->plan, before, number)) {
            return tap;
        }
        found = found == NONE ? tap : found;
    }
    return found;
}

static void place(struct finding *finding, guint number)
{
    struct totals_file *file = &g_array_index(finding->totals->files, struct totals_file, number);
    guint tap = find_tap(finding, number);

    if (tap == NONE) {
        tap = finding->last->len;
        g_array_append_val(finding->last, number);
    }
    g_array_index(finding->last, guint, tap) = number;
    file->tap = tap;
    note_syns(finding, number);
}

/* ---- shifts ---- */

/* By how much a SYN of a capture is later than the same one in another. */
static void add_difference(const struct finding *finding, const struct syn_seen *syn, guint other,
                           GArray *differences)
{
    const struct syn_sample *theirs = &seen_at(finding, other)->syns;

    for (guint i = 0; i < theirs->n; i++) {
        if (theirs->at[i].hash == syn->hash) {
            const gint64 apart_ns =
                syn->ns - theirs->at[i].ns + finding->totals->shifts[tap_of(finding, other)];
            g_array_append_val(differences, apart_ns);
        }
    }
}

/* By how much a tap's packets are later than the same ones of taps before it. */
static void add_differences(const struct finding *finding, guint number, GArray *differences)
{
    const struct syn_sample *syns = &seen_at(finding, number)->syns;

    for (guint i = 0; i < syns->n; i++) {
        const GArray *files = files_with(finding, &syns->at[i]);
        for (guint k = 0; k < files->len; k++) {
            const guint other = g_array_index(files, guint, k);
            if (tap_of(finding, other) < tap_of(finding, number)) {
                add_difference(finding, &syns->at[i], other, differences);
            }
        }
    }
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const gint64 x = *(const gint64 *)a;
    const gint64 y = *(const gint64 *)b;

    return (x > y) - (x < y);
}

/* The middle of the differences: a few may be of packets that only look alike. */
static void find_shift(const struct finding *finding, guint tap)
{
    g_autoptr(GArray) differences = g_array_new(FALSE, FALSE, sizeof(gint64));

    for (guint i = 0; i < finding->totals->files->len; i++) {
        if (tap_of(finding, i) == tap) {
            add_differences(finding, i, differences);
        }
    }
    g_array_sort(differences, compare);
    if (differences->len >= SHARED) {
        finding->totals->shifts[tap] = g_array_index(differences, gint64, differences->len / 2);
    }
}

void run_taps_find(struct totals *totals, const struct plan *plan, const GPtrArray *seen)
{
    g_autoptr(GHashTable) syns =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)g_array_unref);
    g_autoptr(GArray) last = g_array_new(FALSE, FALSE, sizeof(guint));
    struct finding finding = {totals, plan, seen, syns, last};

    for (guint i = 0; i < totals->files->len; i++) {
        if (totals_file_at(totals, i)->start_ns != 0) { /* frames with times */
            place(&finding, i);
        }
    }
    totals->taps = MAX(last->len, 1);
    totals->shifts = g_new0(gint64, totals->taps);
    for (guint tap = 1; tap < totals->taps; tap++) {
        find_shift(&finding, tap);
    }
}
