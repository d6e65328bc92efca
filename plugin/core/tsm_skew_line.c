/* tsm_skew_line.c - see tsm_skew_line.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_skew_line.h"

#include <string.h>

#define FIRST_SPAN_NS INT64_C(1000000)
#define MAX_APART_NS (INT64_C(1) << 52) /* 52 days: what a double holds to the nanosecond */
#define ENOUGH 3                        /* bounds in all; fewer prove nothing */
#define WORTH_NS 10000 /* a drift must make the bounds fit by so much better, and have many */

/* ---- adding ---- */

static bool is_closer(enum tsm_bound kind, int64_t a, int64_t b)
{
    return kind == TSM_BOUND_UPPER ? a < b : a > b;
}

static void insert(struct tsm_bounds *bounds, unsigned span, enum tsm_bound kind,
                   struct tsm_bound_at bound)
{
    struct tsm_bound_at *at = bounds->spans[span].at[kind];
    uint8_t *n = &bounds->spans[span].n[kind];
    unsigned i = *n;

    while (i > 0 && is_closer(kind, bound.apart_ns, at[i - 1].apart_ns)) {
        if (i < TSM_BOUND_LEVELS) {
            at[i] = at[i - 1];
        }
        i--;
    }
    if (i < TSM_BOUND_LEVELS) {
        at[i] = bound;
        *n = (uint8_t)(*n + (*n < TSM_BOUND_LEVELS));
    }
}

/* Two spans become one each; those that are free now are at the end. */
static void widen(struct tsm_bounds *bounds)
{
    struct tsm_bounds wider = {
        bounds->start_ns, bounds->span_ns * 2, bounds->count, {{{{{0}}}, {0}}}};

    for (unsigned i = 0; i < TSM_BOUND_SPANS; i++) {
        for (unsigned kind = 0; kind < 2; kind++) {
            for (unsigned k = 0; k < bounds->spans[i].n[kind]; k++) {
                insert(&wider, i / 2, (enum tsm_bound)kind, bounds->spans[i].at[kind][k]);
            }
        }
    }
    *bounds = wider;
}

void tsm_bounds_add(struct tsm_bounds *bounds, enum tsm_bound kind, int64_t ns, int64_t apart_ns)
{
    const struct tsm_bound_at bound = {ns, apart_ns};

    if (apart_ns > MAX_APART_NS || apart_ns < -MAX_APART_NS) {
        return;
    }
    if (bounds->span_ns == 0) {
        bounds->start_ns = ns;
        bounds->span_ns = FIRST_SPAN_NS;
    }
    const int64_t since_ns = ns > bounds->start_ns ? ns - bounds->start_ns : 0;
    while (since_ns / bounds->span_ns >= TSM_BOUND_SPANS) {
        widen(bounds);
    }
    insert(bounds, (unsigned)(since_ns / bounds->span_ns), kind, bound);
    bounds->count += bounds->count < UINT32_MAX;
}

/* ---- finding ---- */

/* How far the bounds are apart for a drift (nanoseconds in a nanosecond), and the middle between
 * them at start_ns. Negative: none lies between. Of each span the closest `level` bounds are left
 * out, but for its last. */
static double gap(const struct tsm_bounds *bounds, unsigned level, double drift, double *middle)
{
    double least = 1e300;
    double most = -1e300;

    for (unsigned i = 0; i < TSM_BOUND_SPANS; i++) {
        for (unsigned kind = 0; kind < 2; kind++) {
            const unsigned n = bounds->spans[i].n[kind];
            if (n <= level) {
                continue;
            }
            const struct tsm_bound_at *at = &bounds->spans[i].at[kind][level];
            const double apart = (double)at->apart_ns - drift * (double)(at->ns - bounds->start_ns);
            if (kind == TSM_BOUND_UPPER) {
                least = apart < least ? apart : least;
            } else {
                most = apart > most ? apart : most;
            }
        }
    }
    if (least > 1e299 || most < -1e299) {
        return -1e300;
    }
    *middle = (least + most) / 2;
    return least - most;
}

/* The drift for which the bounds are farthest apart: the gap is a concave function of it. */
static double best_drift(const struct tsm_bounds *bounds, unsigned level)
{
    double low = -TSM_MAX_DRIFT_PPB * 1e-9;
    double high = TSM_MAX_DRIFT_PPB * 1e-9;
    double middle;

    for (int i = 0; i < 100; i++) {
        const double a = low + (high - low) / 3;
        const double b = high - (high - low) / 3;
        if (gap(bounds, level, a, &middle) < gap(bounds, level, b, &middle)) {
            low = a;
        } else {
            high = b;
        }
    }
    return (low + high) / 2;
}

struct tsm_clock tsm_bounds_clock(const struct tsm_bounds *bounds)
{
    struct tsm_clock clock = {.basis = TSM_CLOCK_UNKNOWN, .base_ns = bounds->start_ns};

    clock.bounds = bounds->count;
    for (unsigned level = 0; level < TSM_BOUND_LEVELS; level++) {
        double middle = 0;
        double drift = 0;
        double found = gap(bounds, level, 0, &middle);
        if (found < -1e299 || bounds->count < ENOUGH) {
            return clock;
        }
        clock.basis = TSM_CLOCK_DISAGREES;
        const double other = best_drift(bounds, level);
        double there = 0;
        const double wider = gap(bounds, level, other, &there);
        if (bounds->count >= TSM_CLOCK_MANY &&
            (wider > (found > 0 ? found : 0) + WORTH_NS || (found < 0 && wider >= 0))) {
            drift = other;
            found = wider;
            middle = there;
        }
        if (found >= 0) {
            clock.offset_ns = (int64_t)middle;
            clock.width_ns = (int64_t)found;
            clock.drift_ppb = (int32_t)(drift * 1e9);
            clock.basis = TSM_CLOCK_BY_ANSWERS;
            return clock;
        }
    }
    return clock;
}
