/* tsm_clock.h - the clock of a tap, compared with another one: tsm_skew.h finds it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_CLOCK_H
#define TSM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* What is known of a tap's clock, compared with that of tap 0. */
enum tsm_clock_basis {
    TSM_CLOCK_UNKNOWN,    /* nothing bounds it from both sides */
    TSM_CLOCK_DISAGREES,  /* bounds contradict each other: no one offset and drift explain them */
    TSM_CLOCK_BY_ANSWERS, /* acknowledgments on one tap of what is on the other */
    TSM_CLOCK_BY_COPIES,  /* packets that both have */
};

struct tsm_clock {
    int64_t offset_ns; /* how far it is ahead at base_ns, by its own time */
    int64_t base_ns;
    int64_t width_ns;  /* how far the bounds are apart there: the error is half of it at most */
    int32_t drift_ppb; /* by how much it runs faster; at most TSM_MAX_DRIFT_PPB */
    uint32_t bounds;   /* how many there were */
    int32_t nearer;    /* so many more copies show tap 0 nearer to clients; negative: this tap */
    uint8_t basis;     /* enum tsm_clock_basis */
};

/* Quartz clocks without a reference are up to some 100 ppm off; adjtimex(2) slews by 500 ppm. */
#define TSM_MAX_DRIFT_PPB 500000

/* The time of a tap, as tap 0 would have told it. */
static inline int64_t tsm_clock_correct(const struct tsm_clock *clock, int64_t ns)
{
    const int64_t since_ms = (ns - clock->base_ns) / 1000000;

    return ns - clock->offset_ns - since_ms * clock->drift_ppb / 1000;
}

/* So many bounds come close to what the quickest ways allow. */
#define TSM_CLOCK_MANY 200
/* Two interfaces of a host seem to differ by less, as their cards do not take equally long. */
#define TSM_CLOCK_LEAST_NS 10000

/* Whether it is to be corrected: equal clocks are out of the question, or so many packets that both
 * taps have tell how far they are apart that chance does not. Answers alone cannot tell an offset
 * from ways of different lengths when none would explain them, too. */
static inline bool tsm_clock_is_off(const struct tsm_clock *clock)
{
    const bool many = clock->basis == TSM_CLOCK_BY_COPIES && clock->bounds >= TSM_CLOCK_MANY;
    const int64_t least_ns = many ? TSM_CLOCK_LEAST_NS : 1000 + clock->width_ns / 2;
    const int64_t size_ns = clock->offset_ns < 0 ? -clock->offset_ns : clock->offset_ns;

    return clock->basis > TSM_CLOCK_DISAGREES && (clock->drift_ppb != 0 || size_ns >= least_ns);
}

#endif
