/* duration.h - the length of time between two points, which a hostile capture may put anywhere.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DURATION_H
#define DURATION_H

#include <stdint.h>

/* to - from in nanoseconds; the nearest number that can be represented when it cannot be. */
static inline int64_t duration(int64_t from_ns, int64_t to_ns)
{
    if (from_ns < 0 && to_ns > INT64_MAX + from_ns) {
        return INT64_MAX;
    }
    if (from_ns > 0 && to_ns < INT64_MIN + from_ns) {
        return INT64_MIN;
    }
    return to_ns - from_ns;
}

/* The same, but not below 0: the capture's clock may have gone back. */
static inline int64_t duration_forward(int64_t from_ns, int64_t to_ns)
{
    return to_ns > from_ns ? duration(from_ns, to_ns) : 0;
}

/* The sum of two lengths, neither below 0. */
static inline int64_t duration_sum(int64_t a_ns, int64_t b_ns)
{
    return duration(-a_ns, b_ns);
}

/* A length, not below 0, so many times. */
static inline int64_t duration_times(int64_t ns, int64_t times)
{
    return times > 0 && ns > INT64_MAX / times ? INT64_MAX : ns * times;
}

#endif
