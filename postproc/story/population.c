/* population.c - how many endpoints are in each state; see population.h.
 *
 * The changes are sorted, and for each block of them the numbers before it are kept: so a question
 * takes a binary search and a walk through one block.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "population.h"

#define BLOCK 128

/* An endpoint changes its state; TSM_N_STATES = there was none before. */
struct step {
    int64_t ns;
    uint32_t frame; /* 0 = a timer */
    uint8_t from, to;
};

struct numbers {
    uint32_t n[TSM_N_STATES];
};

struct population {
    GArray *steps;  /* of struct step, in order */
    GArray *blocks; /* of struct numbers: before the first step of each block */
};

static gint compare_moments(int64_t ns, uint32_t frame, int64_t other_ns, uint32_t other_frame)
{
    if (ns != other_ns) {
        return ns < other_ns ? -1 : 1;
    }
    return (frame > other_frame) - (frame < other_frame);
}

static gint compare_steps(gconstpointer a, gconstpointer b)
{
    const struct step *x = a, *y = b;

    return compare_moments(x->ns, x->frame, y->ns, y->frame);
}

static void add_endpoint(GArray *steps, const GArray *intervals)
{
    unsigned from = TSM_N_STATES;

    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *to = &g_array_index(intervals, struct story_interval, i);
        const struct step step = {to->from_ns, to->frame, (uint8_t)from, to->state};

        if (to->state != from) {
            g_array_append_val(steps, step);
        }
        from = to->state;
    }
}

static void take(struct numbers *numbers, const struct step *step)
{
    if (step->from < TSM_N_STATES) {
        numbers->n[step->from]--;
    }
    numbers->n[step->to]++;
}

static const struct step *step_at(const Population *population, guint i)
{
    return &g_array_index(population->steps, struct step, i);
}

Population *population_new(const struct story *story)
{
    Population *population = g_new0(Population, 1);
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct numbers numbers = {{0}};

    population->steps = g_array_new(FALSE, FALSE, sizeof(struct step));
    population->blocks = g_array_new(FALSE, FALSE, sizeof(struct numbers));
    for (guint i = 0; i < story->connections->len; i++) {
        for (unsigned side = 0; side < 2; side++) {
            story_intervals(story, story_connection(story, i), (enum tsm_side)side, scratch);
            add_endpoint(population->steps, scratch);
        }
    }
    g_array_sort(population->steps, compare_steps);
    for (guint i = 0; i < population->steps->len; i++) {
        if (i % BLOCK == 0) {
            g_array_append_val(population->blocks, numbers);
        }
        take(&numbers, step_at(population, i));
    }
    return population;
}

void population_free(Population *population)
{
    if (population != NULL) {
        g_array_unref(population->steps);
        g_array_unref(population->blocks);
        g_free(population);
    }
}

void population_at(const Population *population, int64_t ns, uint32_t frame,
                   uint32_t n[TSM_N_STATES])
{
    guint low = 0, high = population->steps->len;
    struct numbers numbers = {{0}};

    while (low < high) { /* the first step after that moment */
        const guint middle = low + (high - low) / 2;
        const struct step *step = step_at(population, middle);

        if (compare_moments(step->ns, step->frame, ns, frame) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low > 0) {
        const guint block = (low - 1) / BLOCK;

        numbers = g_array_index(population->blocks, struct numbers, block);
        for (guint i = block * BLOCK; i < low; i++) {
            take(&numbers, step_at(population, i));
        }
    }
    memcpy(n, numbers.n, sizeof(numbers.n));
}
