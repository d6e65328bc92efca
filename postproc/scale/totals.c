/* totals.c - see totals.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "totals.h"

#include <string.h>

#include "errors.h"
#include "run_json.h"
#include "text.h"

#define FORMAT "tcpstory totals 1"
#define S_NS G_GINT64_CONSTANT(1000000000)

/* Packets of several queues may be stored a little out of order: as of frames/order.c. */
#define MAX_OVERLAP_NS (S_NS / 10)

static struct totals *totals_new(void)
{
    struct totals *totals = g_new0(struct totals, 1);

    totals->files = g_array_new(FALSE, TRUE, sizeof(struct totals_file));
    totals->trouble = g_ptr_array_new_with_free_func(g_free);
    totals->notes = g_ptr_array_new_with_free_func(g_free);
    return totals;
}

void totals_free(struct totals *totals)
{
    if (totals != NULL) {
        g_array_unref(totals->files);
        g_ptr_array_unref(totals->trouble);
        g_ptr_array_unref(totals->notes);
        g_free(totals);
    }
}

const struct totals_file *totals_file_at(const struct totals *totals, guint number)
{
    return &g_array_index(totals->files, struct totals_file, number);
}

/* ---- making ---- */

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
static void look_at(struct totals *totals, const struct plan *plan, guint number)
{
    const char *name = plan_file_at(plan, number)->name;
    g_autofree char *path = plan_map_name(plan, number);
    g_autofree char *again = g_strdup_printf(": tcpstory map %s %u", plan->folder, number);
    g_autoptr(GError) why = NULL;
    g_autoptr(Tsi) tsi = tsi_open(path, &why);
    struct totals_file file = {0};

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

static bool in_one_folder(const struct plan *plan, guint a, guint b)
{
    g_autofree char *x = g_path_get_dirname(plan_file_at(plan, a)->path);
    g_autofree char *y = g_path_get_dirname(plan_file_at(plan, b)->path);

    return strcmp(x, y) == 0;
}

#define NONE G_MAXUINT

/* The tap that a capture goes on: one that ended before it began, rather in its own folder. */
static guint find_tap(const struct totals *totals, const struct plan *plan, const GArray *last,
                      guint number)
{
    guint found = NONE;

    for (guint tap = 0; tap < last->len; tap++) {
        const guint before = g_array_index(last, guint, tap);
        if (totals_file_at(totals, before)->end_ns - MAX_OVERLAP_NS >
            totals_file_at(totals, number)->start_ns) {
            continue;
        }
        if (in_one_folder(plan, before, number)) {
            return tap;
        }
        found = found == NONE ? tap : found;
    }
    return found;
}

/* Captures that overlap in time are of several taps. */
static void find_taps(struct totals *totals, const struct plan *plan)
{
    g_autoptr(GArray) last = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < totals->files->len; i++) {
        struct totals_file *file = &g_array_index(totals->files, struct totals_file, i);
        guint tap;
        if (file->start_ns == 0) {
            continue; /* it has no frames, or they have no times */
        }
        tap = find_tap(totals, plan, last, i);
        if (tap == NONE) {
            tap = last->len;
            g_array_append_val(last, i);
        }
        g_array_index(last, guint, tap) = i;
        file->tap = tap;
    }
    totals->taps = MAX(last->len, 1);
}

struct totals *totals_make(const struct plan *plan, GError **error)
{
    g_autoptr(Totals) totals = totals_new();

    for (guint i = 0; i < plan->left_out->len; i++) {
        g_ptr_array_add(totals->trouble, g_strdup(g_ptr_array_index(plan->left_out, i)));
    }
    for (guint i = 0; i < plan->files->len; i++) {
        look_at(totals, plan, i);
    }
    if (!number_frames(totals, error)) {
        return NULL;
    }
    find_taps(totals, plan);
    return g_steal_pointer(&totals);
}

/* ---- the file ---- */

static json_t *json_of_file(const struct totals_file *file)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "base", (json_int_t)file->base,
                     "frames", (json_int_t)file->frames, "tap", (json_int_t)file->tap, "crc",
                     (json_int_t)file->crc, "start_ns", (json_int_t)file->start_ns, "end_ns",
                     (json_int_t)file->end_ns, "latest_ns", (json_int_t)file->latest_ns,
                     "offset_ns", (json_int_t)file->offset_ns);
}

bool totals_write(struct totals *totals, const struct plan *plan, GError **error)
{
    g_autofree char *name = plan_totals_name(plan);
    g_autofree char *made_for = run_json_hex(plan->identity);
    json_t *files = json_array();
    json_t *all;

    for (guint i = 0; i < totals->files->len; i++) {
        json_array_append_new(files, json_of_file(totals_file_at(totals, i)));
    }
    all = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "format",
                    FORMAT, "plan", made_for, "taps", (json_int_t)totals->taps, "frames",
                    (json_int_t)totals->frames, "unread", (json_int_t)totals->unread, "came",
                    (json_int_t)totals->came, "lost", (json_int_t)totals->lost, "start_ns",
                    (json_int_t)totals->start_ns, "end_ns", (json_int_t)totals->end_ns, "trouble",
                    run_json_of_texts(totals->trouble), "notes", run_json_of_texts(totals->notes),
                    "files", files);
    const bool ok = run_json_write(name, all, totals->identity, error);
    json_decref(all);
    return ok;
}

static gint64 time_of(const json_t *from, const char *name, bool *ok)
{
    return run_json_number(from, name, -TSM_MAX_TIME_NS, TSM_MAX_TIME_NS, ok);
}

static guint32 count_of(const json_t *from, const char *name, bool *ok)
{
    return (guint32)run_json_number(from, name, 0, UINT32_MAX, ok);
}

static void read_file(struct totals *totals, const json_t *from, bool *ok)
{
    const struct totals_file file = {
        .base = count_of(from, "base", ok),
        .frames = count_of(from, "frames", ok),
        .tap = count_of(from, "tap", ok),
        .crc = count_of(from, "crc", ok),
        .start_ns = time_of(from, "start_ns", ok),
        .end_ns = time_of(from, "end_ns", ok),
        .latest_ns = time_of(from, "latest_ns", ok),
        .offset_ns = time_of(from, "offset_ns", ok),
    };

    *ok = *ok && file.tap < totals->taps && file.frames <= totals->frames - file.base;
    g_array_append_val(totals->files, file);
}

static bool read_totals(struct totals *totals, const json_t *all)
{
    bool ok = true;
    const json_t *files = run_json_list(all, "files", &ok);

    totals->taps = count_of(all, "taps", &ok);
    totals->frames = count_of(all, "frames", &ok);
    totals->unread = count_of(all, "unread", &ok);
    totals->came = count_of(all, "came", &ok);
    totals->lost = count_of(all, "lost", &ok);
    totals->start_ns = time_of(all, "start_ns", &ok);
    totals->end_ns = time_of(all, "end_ns", &ok);
    for (gsize i = 0; ok && i < json_array_size(files); i++) {
        read_file(totals, json_array_get(files, i), &ok);
    }
    run_json_texts(all, "trouble", totals->trouble, &ok);
    run_json_texts(all, "notes", totals->notes, &ok);
    return ok;
}

struct totals *totals_read(const struct plan *plan, GError **error)
{
    g_autoptr(Totals) totals = totals_new();
    g_autofree char *name = plan_totals_name(plan);
    g_autofree char *made_for = run_json_hex(plan->identity);
    json_t *all = run_json_read(name, FORMAT, totals->identity, error);
    bool ok = true;

    if (all == NULL) {
        g_prefix_error(error, "tcpstory merge %s comes first: ", plan->folder);
        return NULL;
    }
    ok = strcmp(run_json_text(all, "plan", &ok), made_for) == 0 && read_totals(totals, all) &&
         totals->files->len == plan->files->len;
    json_decref(all);
    if (!ok) {
        g_autofree char *shown = text_safe_copy(name);
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "'%s' was made for another plan: tcpstory merge %s", shown, plan->folder);
        return NULL;
    }
    return g_steal_pointer(&totals);
}
