/* run_blanks.c - see run_blanks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_blanks.h"

#include "blanks_common.h"

/* A tap, as far as its captures were looked at. */
struct watching {
    GArray *blanks;            /* of struct tsm_blank */
    struct tsm_silence before; /* what it captured last; frames 0 = nothing yet */
    gint64 longest_ns;         /* as tsm_silence_is_blank() wants it */
};

static void judge(struct watching *tap, struct tsm_silence *silence)
{
    struct tsm_blank blank;

    if (tsm_silence_is_blank(silence, &tap->longest_ns, &blank)) {
        g_array_append_val(tap->blanks, blank);
    }
}

/* From one capture to the next. */
static void judge_edge(struct watching *tap, const struct totals_file *file)
{
    struct tsm_silence *before = &tap->before;
    const gint64 quiet_ns = before->frames > 0 ? file->start_ns - before->from_ns : 0;

    if (quiet_ns >= TSM_SILENCE_NS) {
        before->to_ns = file->start_ns;
        judge(tap, before);
    } else {
        before->longest_ns = MAX(before->longest_ns, quiet_ns);
    }
}

static void look_into(struct watching *tap, const struct totals_file *file, const Tsi *tsi)
{
    const GArray *silences = tsi->summary.silences;
    struct tsm_silence last = tsi->summary.last;

    judge_edge(tap, file);
    for (guint i = 0; i < silences->len; i++) {
        struct tsm_silence silence = g_array_index(silences, struct tsm_silence, i);
        tsm_silence_join(&silence, &tap->before);
        judge(tap, &silence);
    }
    if (tap->before.frames > 0) {
        last.from_ns = MAX(last.from_ns, tap->before.from_ns);
    }
    tsm_silence_join(&last, &tap->before);
    tap->before = last;
}

/* The blanks of one tap. The caller frees the array. */
static GArray *blanks_of(const struct totals *totals, const struct plan *plan, guint32 number)
{
    struct watching tap = {.blanks = g_array_new(FALSE, FALSE, sizeof(struct tsm_blank))};

    for (guint i = 0; i < totals->files->len; i++) {
        const struct totals_file *file = totals_file_at(totals, i);
        g_autofree char *path = plan_map_name(plan, i);
        if (file->tap != number || file->start_ns == 0) {
            continue;
        }
        g_autoptr(Tsi) tsi = tsi_open(path, NULL);
        if (tsi != NULL) {
            look_into(&tap, file, tsi);
        }
    }
    return tap.blanks;
}

void run_blanks_find(struct totals *totals, const struct plan *plan)
{
    if (clocks_are_off(&totals->clocks)) {
        return;
    }
    g_array_unref(totals->blanks);
    totals->blanks = blanks_of(totals, plan, 0);
    for (guint32 tap = 1; tap < totals->taps; tap++) {
        g_autoptr(GArray) others = blanks_of(totals, plan, tap);
        GArray *common = blanks_common(totals->blanks, others);
        g_array_unref(totals->blanks);
        totals->blanks = common;
    }
}
