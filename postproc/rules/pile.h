/* pile.h - how many of many stays there were at once, and whether they became more and more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PILE_H
#define PILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A stay of one of them: from_ns <= to_ns. */
struct pile_stay {
    int64_t from_ns, to_ns;
};

struct pile {
    guint peak;      /* most at once */
    int64_t peak_ns; /* since when */
    bool grows;      /* at the end of each window there are more than at that of the one before, and
                        the windows are PILE_LEAST_NS long or more */
};

/* So many windows of equal length divide the time from the first beginning to `end_ns`. */
#define PILE_WINDOWS 4
#define PILE_LEAST_NS G_GINT64_CONSTANT(1000000000)

/* Of an array of struct pile_stay; nobody stays beyond `end_ns`. Time n log n. */
struct pile pile_of(const GArray *stays, int64_t end_ns);

#endif
