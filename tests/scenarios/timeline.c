/* timeline.c - beliefs in hindsight: later changes void what they correct.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "timeline.h"

#include "words.h"

#define START_NS (SCRIPT_EPOCH_S * NS_PER_S)

GArray *timeline_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct tsm_belief));
}

static const struct tsm_belief *nth(const GArray *timeline, guint i)
{
    return &g_array_index(timeline, struct tsm_belief, i);
}

void timeline_add(GArray *timeline, const struct tsm_change *change)
{
    const struct tsm_belief belief = {
        .state = change->state,
        .basis = change->basis,
        .possible = change->possible,
        .since_frame = change->from_frame,
        .since_ns = change->from_ns,
    };
    guint keep = timeline->len;

    while (keep > 0 && nth(timeline, keep - 1)->since_ns >= change->from_ns) {
        keep--;
    }
    g_array_set_size(timeline, keep);
    g_array_append_val(timeline, belief);
}

/* Neighbours of one state made one. Free with g_array_unref(). */
static GArray *by_state(const GArray *timeline)
{
    GArray *merged = timeline_new();

    for (guint i = 0; i < timeline->len; i++) {
        const struct tsm_belief *belief = nth(timeline, i);
        if (merged->len > 0 && nth(merged, merged->len - 1)->state == belief->state) {
            struct tsm_belief *last = &g_array_index(merged, struct tsm_belief, merged->len - 1);
            last->possible = belief->possible;
            last->basis = last->basis == TSM_PROVEN ? TSM_PROVEN : belief->basis;
        } else {
            g_array_append_val(merged, *belief);
        }
    }
    return merged;
}

static bool holds(const struct interval *interval, const struct tsm_belief *belief)
{
    const int64_t ns = belief->since_ns - START_NS;

    return ns >= interval->from_ns && ns <= interval->to_ns &&
           expected_state_holds(&interval->state, belief);
}

void timeline_compare(GArray *timeline, const struct line *line, GPtrArray *faults)
{
    g_autoptr(GArray) merged = by_state(timeline);
    bool same = merged->len == line->intervals->len;

    for (guint i = 0; same && i < merged->len; i++) {
        same = holds(&g_array_index(line->intervals, struct interval, i), nth(merged, i));
    }
    if (!same) {
        g_autofree char *got = timeline_text(timeline);
        g_ptr_array_add(faults,
                        g_strdup_printf("%s: hindsight differs, got %s", line->host->name, got));
    }
}

char *timeline_text(GArray *timeline)
{
    g_autoptr(GArray) merged = by_state(timeline);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < merged->len; i++) {
        const struct tsm_belief *belief = nth(merged, i);
        g_autofree char *state = belief_text(belief);
        g_autofree char *time = time_text(belief->since_ns - START_NS);
        g_string_append_printf(text, "%s%s@%s", i > 0 ? "  " : "", state, time);
    }
    return g_string_free(text, FALSE);
}
