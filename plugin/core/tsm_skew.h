/* tsm_skew.h - how far the clocks of several taps of one network are apart, from the segments that
 * they captured.
 *
 * A tap is a place where packets get their times: an interface of a capture, or a file. What causes
 * something comes before it, whatever clocks say: data before its acknowledgment, and a packet that
 * passes two taps passes one of them first. Each such pair on two taps bounds the difference of
 * their clocks from above or from below; the middle between the closest bounds is the estimate, as
 * it is of NTP (RFC 5905 8), with the same assumption: the quickest ways there and back take
 * equally long. Clocks that run differently are lines, and not points, between the bounds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_SKEW_H
#define TSM_SKEW_H

#include "tsm_clock.h"
#include "tsm_table.h"

#define TSM_SKEW_TAPS 16 /* at most; further ones are not looked at */

struct tsm_skew;

/* NULL when out of memory. Memory does not grow. Free with tsm_skew_free(). */
struct tsm_skew *tsm_skew_new(void);
void tsm_skew_free(struct tsm_skew *skew);

/* A segment that a tap has captured; of each tap in the order of its times, roughly. Times of taps
 * may be mixed in any way: what is compared is remembered for the newest segments of each of the
 * newest thousands of connections. */
void tsm_skew_segment(struct tsm_skew *skew, unsigned tap, const struct tsm_tuple *tuple,
                      const struct tsm_segment *seg);

/* Fills clocks[0 .. taps-1], taps <= TSM_SKEW_TAPS; tap 0 is right by definition. */
void tsm_skew_find(const struct tsm_skew *skew, struct tsm_clock *clocks, unsigned taps);

/* The same of one capture that does not tell its taps apart: 0 is who saw the clients' segments, 1
 * who saw the servers'. Both are TSM_CLOCK_UNKNOWN unless data comes behind its acknowledgment in
 * several connections, and a part of all: one clock is the rule. */
void tsm_skew_find_roles(const struct tsm_skew *skew, struct tsm_clock clocks[2]);

#endif
