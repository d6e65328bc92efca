/* concurrency.c - see concurrency.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "concurrency.h"

#include "duration.h"

/* One of them comes (1) or goes (-1). */
struct event {
    int64_t ns;
    int step;
};

/* Who comes at the very time when another goes comes first. */
static gint by_time(gconstpointer a, gconstpointer b)
{
    const struct event *x = a;
    const struct event *y = b;

    if (x->ns != y->ns) {
        return x->ns > y->ns ? 1 : -1;
    }
    return y->step - x->step;
}

static GArray *events_of(const GArray *stays)
{
    GArray *events = g_array_sized_new(FALSE, FALSE, sizeof(struct event), 2 * stays->len);

    for (guint i = 0; i < stays->len; i++) {
        const struct concurrency_stay *stay = &g_array_index(stays, struct concurrency_stay, i);
        const struct event pair[] = {{stay->from_ns, 1}, {stay->to_ns, -1}};
        g_array_append_vals(events, pair, G_N_ELEMENTS(pair));
    }
    g_array_sort(events, by_time);
    return events;
}

static bool rises(const guint *levels)
{
    for (guint i = 1; i < CONCURRENCY_WINDOWS; i++) {
        if (levels[i] <= levels[i - 1]) {
            return false;
        }
    }
    return true;
}

struct concurrency concurrency_of(const GArray *stays, int64_t end_ns)
{
    g_autoptr(GArray) events = events_of(stays);
    const int64_t start_ns = events->len > 0 ? g_array_index(events, struct event, 0).ns : 0;
    const int64_t width_ns = duration_forward(start_ns, end_ns) / CONCURRENCY_WINDOWS;
    guint levels[CONCURRENCY_WINDOWS] = {0};
    struct concurrency pile = {0};
    guint level = 0, window = 0;

    for (guint i = 0; i < events->len; i++) {
        const struct event *event = &g_array_index(events, struct event, i);
        while (window < CONCURRENCY_WINDOWS &&
               start_ns + (int64_t)(window + 1) * width_ns < event->ns) {
            levels[window++] = level;
        }
        /* Those that last to the end are still there at the end. */
        level += event->step > 0 || event->ns < end_ns ? (guint)event->step : 0;
        if (level > pile.peak) {
            pile.peak = level;
            pile.peak_ns = event->ns;
        }
    }
    while (window < CONCURRENCY_WINDOWS) {
        levels[window++] = level;
    }
    pile.grows = width_ns >= CONCURRENCY_LEAST_NS && rises(levels);
    return pile;
}
