/* reorder.h - headers in the order of their times, when those were corrected.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REORDER_H
#define REORDER_H

#include <glib.h>

#include "tsm_header.h"

/* Headers that wait for earlier ones that may still come. All zero = none. */
struct reorder {
    GPtrArray *heap; /* of struct held *, private: the earliest one first */
    guint64 n;       /* so many came: those of one time stay in order */
};

/* Takes a copy of a header, the bytes that it points to included. */
void reorder_push(struct reorder *reorder, const struct tsm_header *header);

/* Takes the earliest header out, when it is not later than that time, or too many wait. The caller
 * frees it with g_free(). NULL = none. */
struct tsm_header *reorder_pop(struct reorder *reorder, int64_t until_ns);

void reorder_clear(struct reorder *reorder);

#endif
