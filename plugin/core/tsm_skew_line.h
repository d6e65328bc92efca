/* tsm_skew_line.h - a line between bounds from above and from below: the difference of two clocks
 * over time. Used by tsm_skew.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_SKEW_LINE_H
#define TSM_SKEW_LINE_H

#include "tsm_clock.h"

#define TSM_BOUND_SPANS 64
#define TSM_BOUND_LEVELS 3

enum tsm_bound { TSM_BOUND_LOWER, TSM_BOUND_UPPER };

/* The difference is at most (upper), or at least (lower) that much at that time. */
struct tsm_bound_at {
    int64_t ns, apart_ns;
};

/* The closest bounds of each span of time. Spans grow as time goes on. All zero = none yet. */
struct tsm_bounds {
    int64_t start_ns, span_ns;
    uint32_t count;
    struct {
        struct tsm_bound_at at[2][TSM_BOUND_LEVELS]; /* by enum tsm_bound, the closest first */
        uint8_t n[2];
    } spans[TSM_BOUND_SPANS];
};

/* Adds a bound. */
void tsm_bounds_add(struct tsm_bounds *bounds, enum tsm_bound kind, int64_t ns, int64_t apart_ns);

/* The clock whose difference lies between the bounds; its basis is TSM_CLOCK_UNKNOWN when there are
 * not enough on each side, TSM_CLOCK_DISAGREES when none lies between them, even when the closest
 * two of each span and side are taken for mistakes, and else TSM_CLOCK_BY_ANSWERS. */
struct tsm_clock tsm_bounds_clock(const struct tsm_bounds *bounds);

#endif
