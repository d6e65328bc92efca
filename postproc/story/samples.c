/* samples.c - endpoints by state over time; see samples.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "samples.h"

#include "duration.h"
#include "listener.h"

/* Samples on their way: at first one holds the difference to the one before, and one more what ends
 * beyond the last. */
struct taking {
    struct samples *samples;
    const struct story *story;
    const struct selection *selection;
};

/* The first sample at that time or later; samples->n when there is none. */
static guint sample_from(const struct samples *samples, int64_t ns)
{
    const int64_t passed = duration_forward(samples->start_ns, ns);
    const int64_t number = passed / samples->interval_ns + (passed % samples->interval_ns > 0);

    return (guint)MIN(number, samples->n);
}

static void add_time(const struct taking *t, unsigned state, int64_t from_ns, int64_t to_ns)
{
    t->samples->of[sample_from(t->samples, from_ns)].n[state]++;
    t->samples->of[sample_from(t->samples, to_ns)].n[state]--;
}

static void add_endpoint(const struct taking *t, const GArray *intervals)
{
    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *interval = &g_array_index(intervals, struct story_interval, i);
        const int64_t to_ns = i + 1 < intervals->len ? interval[1].from_ns : INT64_MAX;
        if (interval->state != TSM_CLOSED && interval->state != TSM_LISTEN) {
            add_time(t, interval->state, interval->from_ns, to_ns);
        }
    }
}

static void add_listeners(const struct taking *t)
{
    g_autoptr(GArray) list = listeners_of(t->story);

    for (guint i = 0; i < list->len; i++) {
        const struct listener *listener = &g_array_index(list, struct listener, i);
        if (listener->proven_ns < listener->gone_ns &&
            selection_has_local(t->selection, t->story, listener->tuple, TSM_SERVER)) {
            add_time(t, TSM_LISTEN, listener->proven_ns, listener->gone_ns);
        }
    }
}

static void take_all(const struct taking *t)
{
    const struct story *story = t->story;
    struct samples *samples = t->samples;
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    add_listeners(t);
    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        for (unsigned side = 0; side < 2; side++) {
            if (selection_has_local(t->selection, story, &connection->tuple, (enum tsm_side)side)) {
                story_intervals(story, connection, (enum tsm_side)side, scratch);
                add_endpoint(t, scratch);
            }
        }
    }
    for (guint k = 1; k < samples->n; k++) {
        for (unsigned state = 0; state < TSM_N_STATES; state++) {
            samples->of[k].n[state] += samples->of[k - 1].n[state];
        }
    }
}

/* 1, 2 or 5 and zeros behind, so that there are not many samples. */
static int64_t usual_interval(int64_t whole_ns, guint usual)
{
    static const int64_t steps[] = {1, 2, 5};
    int64_t unit = 1000000;

    for (guint i = 0;; i++) {
        const int64_t ns = unit * steps[i % 3];
        if (whole_ns / ns <= usual) {
            return ns;
        }
        unit *= i % 3 == 2 ? 10 : 1;
    }
}

struct samples *samples_take(const struct story *story, const struct selection *selection,
                             int64_t interval_ns, guint usual)
{
    struct samples *samples = g_new0(struct samples, 1);
    const struct taking taking = {samples, story, selection};
    int64_t end_ns = story_end(story);
    int64_t whole_ns;

    samples->start_ns = story_start(story);
    if (selection->by_since) {
        time_arg_in(&selection->since, story, &samples->start_ns, NULL);
    }
    if (selection->by_until) {
        time_arg_in(&selection->until, story, &end_ns, NULL);
    }
    whole_ns = duration_forward(samples->start_ns, end_ns);
    samples->interval_ns = interval_ns == 0 || whole_ns / interval_ns >= SAMPLES_MAX
                               ? usual_interval(whole_ns, usual)
                               : interval_ns;
    samples->n = (guint)(whole_ns / samples->interval_ns) + 1;
    samples->of = g_new0(struct sample, samples->n + 1);
    take_all(&taking);
    return samples;
}

void samples_free(struct samples *samples)
{
    if (samples != NULL) {
        g_free(samples->of);
        g_free(samples);
    }
}
