/* concurrency.h - how many of many stays there were at once, and whether they became more and more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONCURRENCY_H
#define CONCURRENCY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A stay of one of them: from_ns <= to_ns. */
struct concurrency_stay {
    int64_t from_ns, to_ns;
};

struct concurrency {
    guint peak;      /* most at once */
    int64_t peak_ns; /* since when */
    bool grows;      /* at the end of each window there are more than at that of the one before, and
                        the windows are CONCURRENCY_LEAST_NS long or more */
};

/* So many windows of equal length divide the time from the first beginning to `end_ns`. */
#define CONCURRENCY_WINDOWS 4
#define CONCURRENCY_LEAST_NS G_GINT64_CONSTANT(1000000000)

/* Of an array of struct concurrency_stay; nobody stays beyond `end_ns`. Time n log n. */
struct concurrency concurrency_of(const GArray *stays, int64_t end_ns);

#endif
