/* tsm_seq.h - serial arithmetic on sequence numbers (RFC 9293 3.4, RFC 1982).
 *
 * Sequence numbers are compared only through these functions. All of them hold as long as the two
 * numbers are less than 2^31 apart, which the window (at most 2^30, RFC 7323 2.3) ensures.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_SEQ_H
#define TSM_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* How far b is ahead of a; negative when it is behind. */
static inline int32_t tsm_seq_diff(uint32_t b, uint32_t a)
{
    return (int32_t)(b - a);
}

static inline bool tsm_seq_lt(uint32_t a, uint32_t b)
{
    return tsm_seq_diff(a, b) < 0;
}

static inline bool tsm_seq_le(uint32_t a, uint32_t b)
{
    return tsm_seq_diff(a, b) <= 0;
}

static inline uint32_t tsm_seq_max(uint32_t a, uint32_t b)
{
    return tsm_seq_lt(a, b) ? b : a;
}

/* low <= x <= high on the circle. */
static inline bool tsm_seq_within(uint32_t x, uint32_t low, uint32_t high)
{
    return x - low <= high - low;
}

#endif
