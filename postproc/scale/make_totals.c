/* make_totals.c - see make_totals.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "make_totals.h"

#include <string.h>

#include "errors.h"
#include "run_blanks.h"
#include "run_clocks.h"
#include "run_taps.h"
#include "text.h"

static void tell(GPtrArray *to, const char *name, const char *what)
{
    g_autofree char *safe = text_safe_copy(name);

    g_ptr_array_add(to, g_strdup_printf("%s: %s", safe, what));
}

/* The number of an earlier capture of which everything was the same; `number` = there is none. */
static guint find_twin(const struct totals *totals, const struct totals_file *file, guint number)
{
    for (guint i = 0; i < number && file->frames > 0; i++) {
        const struct totals_file *other = totals_file_at(totals, i);
        if (other->crc == file->crc && other->frames == file->frames &&
            other->start_ns == file->start_ns && other->end_ns == file->end_ns) {
            return i;
        }
    }
    return number;
}

static bool is_of_plan(const struct tsi *tsi, const struct plan *plan, guint number)
{
    const struct blocks_head *head = &tsi->blocks->head;

    return head->number == number && head->sections == plan->shards + 1 &&
           memcmp(head->identity, plan->identity, RUN_IDENTITY_BYTES) == 0;
}

static void take_summary(struct totals *totals, struct totals_file *file, const struct tsi *tsi)
{
    const struct tsi_summary *summary = &tsi->summary;

    file->frames = summary->frames;
    file->start_ns = summary->start_ns;
    file->end_ns = summary->end_ns;
    totals->unread += summary->unread;
    totals->came += MIN(summary->came, UINT32_MAX - totals->came);
    totals->lost += MIN(summary->lost, UINT32_MAX - totals->lost);
}

/* As tsm_recorder_frame() makes it of frames. */
static void take_times(struct totals *totals, struct totals_file *file)
{
    file->latest_ns = totals->end_ns;
    if (file->start_ns != 0 && (totals->start_ns == 0 || file->start_ns < totals->start_ns)) {
        totals->start_ns = file->start_ns;
    }
    if (file->end_ns != 0 && (totals->end_ns == 0 || file->end_ns > totals->end_ns)) {
        totals->end_ns = file->end_ns;
    }
}

/* Looks at one capture's .tsi. */
static void look_at(struct totals *totals, const struct plan *plan, guint number, GPtrArray *seen)
{
    const char *name = plan_file_at(plan, number)->name;
    g_autofree char *path = plan_map_name(plan, number);
    g_autofree char *again = g_strdup_printf(": tcpstory map %s %u", plan->folder, number);
    g_autoptr(GError) why = NULL;
    g_autoptr(Tsi) tsi = tsi_open(path, &why);
    struct totals_file file = {0};
    struct run_seen *all = g_new0(struct run_seen, 1);

    g_ptr_array_add(seen, all);
    if (tsi == NULL) {
        g_autofree char *what = g_strconcat(why->message, again, NULL);
        tell(totals->trouble, name, what);
    } else if (!is_of_plan(tsi, plan, number)) {
        g_autofree char *what = g_strconcat("mapped for another plan", again, NULL);
        tell(totals->trouble, name, what);
    } else {
        file.crc = tsi->blocks->crc;
        take_summary(totals, &file, tsi);
        const guint twin = find_twin(totals, &file, number);
        if (twin != number) {
            g_autofree char *what = g_strdup_printf("left out, all of it is in %s, too",
                                                    plan_file_at(plan, twin)->name);
            tell(totals->notes, name, what);
            file = (struct totals_file){0};
        } else if (tsi->summary.trouble != NULL) {
            tell(totals->trouble, name, tsi->summary.trouble);
        }
        if (file.frames > 0) {
            run_seen_take(all, tsi);
        }
    }
    take_times(totals, &file);
    g_array_append_val(totals->files, file);
}

static bool number_frames(struct totals *totals, GError **error)
{
    for (guint i = 0; i < totals->files->len; i++) {
        struct totals_file *file = &g_array_index(totals->files, struct totals_file, i);
        if (file->frames > UINT32_MAX - totals->frames) {
            g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                        "there are more frames than %u, which is the greatest number of one: plan "
                        "fewer files, as of some hours",
                        UINT32_MAX);
            return false;
        }
        file->base = totals->frames;
        totals->frames += file->frames;
    }
    return true;
}

struct totals *totals_make(const struct plan *plan, GError **error)
{
    g_autoptr(Totals) totals = totals_new();
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < plan->left_out->len; i++) {
        g_ptr_array_add(totals->trouble, g_strdup(g_ptr_array_index(plan->left_out, i)));
    }
    for (guint i = 0; i < plan->files->len; i++) {
        look_at(totals, plan, i, seen);
    }
    if (!number_frames(totals, error)) {
        return NULL;
    }
    run_taps_find(totals, plan, seen);
    if (!run_clocks_find(totals, plan, seen, error)) {
        return NULL;
    }
    run_blanks_find(totals, plan);
    return g_steal_pointer(&totals);
}
