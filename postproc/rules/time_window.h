/* time_window.h - windows of time over connections in the order in which they began: linear in
 * their number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TIME_WINDOW_H
#define TIME_WINDOW_H

#include "capture_case.h"

/* When the connection numbers[i] began. */
int64_t window_start(const struct anomaly_survey *survey, const GArray *numbers, guint i);

/* The burst of connections around the fullest window of `window_ns`: as long as neighbours are not
 * further apart than that. `numbers` (of guint) are in the order in which they began. Returns how
 * many the fullest window holds; *from and *to (not included) bound the burst. */
guint window_find(const struct anomaly_survey *survey, const GArray *numbers, int64_t window_ns,
                  guint *from, guint *to);

/* How many different clients, servers or ports n connections have, by the parts of `scope`. */
guint window_different(const struct anomaly_survey *survey, const guint *numbers, guint n,
                       unsigned scope);

/* The numbers from that place on. */
static inline const guint *window_numbers(const GArray *numbers, guint from)
{
    return &g_array_index(numbers, guint, from);
}

#endif
