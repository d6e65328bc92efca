/* totals.c - see totals.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "totals.h"

#include <string.h>

#include "errors.h"
#include "run_json.h"
#include "text.h"

#define FORMAT "tcpstory totals 2"

struct totals *totals_new(void)
{
    struct totals *totals = g_new0(struct totals, 1);

    totals->files = g_array_new(FALSE, TRUE, sizeof(struct totals_file));
    totals->blanks = g_array_new(FALSE, FALSE, sizeof(struct tsm_blank));
    totals->trouble = g_ptr_array_new_with_free_func(g_free);
    totals->notes = g_ptr_array_new_with_free_func(g_free);
    return totals;
}

void totals_free(struct totals *totals)
{
    if (totals != NULL) {
        g_array_unref(totals->files);
        g_array_unref(totals->blanks);
        g_ptr_array_unref(totals->trouble);
        g_ptr_array_unref(totals->notes);
        g_free(totals->shifts);
        g_free(totals);
    }
}

const struct totals_file *totals_file_at(const struct totals *totals, guint number)
{
    return &g_array_index(totals->files, struct totals_file, number);
}

bool totals_by_time(const struct totals *totals)
{
    return totals->taps > 1 || clocks_are_off(&totals->clocks);
}

guint totals_clocks_of(const struct totals *totals, guint32 tap, guint *first)
{
    guint n = 0;

    for (guint i = 0; i < totals->clocks.n; i++) {
        if (totals->clocks.of == CLOCKS_OF_ROLES || totals->clock_of[i].tap == tap) {
            *first = n == 0 ? i : *first;
            n++;
        }
    }
    return n;
}

/* ---- the file ---- */

static json_t *json_of_file(const struct totals_file *file)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "base", (json_int_t)file->base,
                     "frames", (json_int_t)file->frames, "tap", (json_int_t)file->tap, "crc",
                     (json_int_t)file->crc, "start_ns", (json_int_t)file->start_ns, "end_ns",
                     (json_int_t)file->end_ns, "latest_ns", (json_int_t)file->latest_ns);
}

static json_t *json_of_clock(const struct tsm_clock *clock, const struct totals_clock *of)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "tap", (json_int_t)of->tap,
                     "interface", (json_int_t)of->interface, "basis", (json_int_t)clock->basis,
                     "offset_ns", (json_int_t)clock->offset_ns, "base_ns",
                     (json_int_t)clock->base_ns, "width_ns", (json_int_t)clock->width_ns,
                     "drift_ppb", (json_int_t)clock->drift_ppb, "bounds",
                     (json_int_t)clock->bounds);
}

static json_t *json_of_clocks(const struct totals *totals)
{
    json_t *clocks = json_array();

    for (guint i = 0; i < totals->clocks.n; i++) {
        json_array_append_new(clocks, json_of_clock(&totals->clocks.taps[i], &totals->clock_of[i]));
    }
    return json_pack("{s:I, s:o}", "of", (json_int_t)totals->clocks.of, "clocks", clocks);
}

static json_t *json_of_blank(const struct tsm_blank *blank)
{
    return json_pack("{s:I, s:I, s:I}", "from_ns", (json_int_t)blank->from_ns, "to_ns",
                     (json_int_t)blank->to_ns, "sign", (json_int_t)blank->sign);
}

bool totals_write(struct totals *totals, const struct plan *plan, GError **error)
{
    g_autofree char *name = plan_totals_name(plan);
    g_autofree char *made_for = run_json_hex(plan->identity);
    json_t *files = json_array();
    json_t *blanks = json_array();
    json_t *all;

    for (guint i = 0; i < totals->files->len; i++) {
        json_array_append_new(files, json_of_file(totals_file_at(totals, i)));
    }
    for (guint i = 0; i < totals->blanks->len; i++) {
        json_array_append_new(blanks,
                              json_of_blank(&g_array_index(totals->blanks, struct tsm_blank, i)));
    }
    all = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}",
                    "format", FORMAT, "plan", made_for, "taps", (json_int_t)totals->taps, "frames",
                    (json_int_t)totals->frames, "unread", (json_int_t)totals->unread, "came",
                    (json_int_t)totals->came, "lost", (json_int_t)totals->lost, "start_ns",
                    (json_int_t)totals->start_ns, "end_ns", (json_int_t)totals->end_ns, "trouble",
                    run_json_of_texts(totals->trouble), "notes", run_json_of_texts(totals->notes),
                    "clocks", json_of_clocks(totals), "blanks", blanks, "files", files);
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
    };

    *ok = *ok && file.tap < totals->taps && file.frames <= totals->frames - file.base;
    g_array_append_val(totals->files, file);
}

static void read_clock(struct totals *totals, const json_t *from, bool *ok)
{
    const guint i = totals->clocks.n++;

    totals->clock_of[i] =
        (struct totals_clock){count_of(from, "tap", ok), count_of(from, "interface", ok)};
    totals->clocks.taps[i] = (struct tsm_clock){
        .basis = (uint8_t)run_json_number(from, "basis", 0, TSM_CLOCK_BY_COPIES, ok),
        .offset_ns = time_of(from, "offset_ns", ok),
        .base_ns = time_of(from, "base_ns", ok),
        .width_ns = time_of(from, "width_ns", ok),
        .drift_ppb = (int32_t)run_json_number(from, "drift_ppb", -TSM_SKEW_TAPS * TSM_MAX_DRIFT_PPB,
                                              TSM_SKEW_TAPS * TSM_MAX_DRIFT_PPB, ok),
        .bounds = count_of(from, "bounds", ok),
    };
}

static void read_clocks(struct totals *totals, const json_t *from, bool *ok)
{
    const json_t *list = run_json_list(from, "clocks", ok);

    totals->clocks.of = (enum clocks_of)run_json_number(from, "of", 0, CLOCKS_OF_FILES, ok);
    *ok = *ok && json_array_size(list) <= TSM_SKEW_TAPS;
    for (gsize i = 0; *ok && i < json_array_size(list); i++) {
        read_clock(totals, json_array_get(list, i), ok);
    }
}

static void read_blank(struct totals *totals, const json_t *from, bool *ok)
{
    const struct tsm_blank blank = {
        .from_ns = time_of(from, "from_ns", ok),
        .to_ns = time_of(from, "to_ns", ok),
        .sign = (guint8)run_json_number(from, "sign", TSM_BLANK_LONG, TSM_BLANK_ABRUPT, ok),
    };

    *ok = *ok && blank.from_ns < blank.to_ns;
    g_array_append_val(totals->blanks, blank);
}

static bool read_totals(struct totals *totals, const json_t *all)
{
    bool ok = true;
    const json_t *files = run_json_list(all, "files", &ok);
    const json_t *blanks = run_json_list(all, "blanks", &ok);

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
    read_clocks(totals, json_object_get(all, "clocks"), &ok);
    for (gsize i = 0; ok && i < json_array_size(blanks); i++) {
        read_blank(totals, json_array_get(blanks, i), &ok);
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
