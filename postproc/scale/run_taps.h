/* run_taps.h - which captures of a RUN are of one place, and follow each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_TAPS_H
#define RUN_TAPS_H

#include "totals.h"

/* What is known of a capture while totals are made. */
struct run_seen {
    guint32 n_interfaces;
    struct tsi_interface interfaces[TSM_SKEW_TAPS];
    struct syn_sample syns;
    guint64 items;
};

void run_seen_take(struct run_seen *seen, const struct tsi *tsi);

/* Sets the tap of each file, and by how much their clocks are apart, roughly, where packets that
 * two of them have tell it. `seen` is of struct run_seen *, one for each file. */
void run_taps_find(struct totals *totals, const struct plan *plan, const GPtrArray *seen);

#endif
