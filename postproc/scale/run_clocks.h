/* run_clocks.h - how far the clocks of the taps of a RUN are apart.
 *
 * Each capture is mapped by itself, and what tells clocks apart are packets of two of them. But all
 * headers of a connection are in the same section of every .tsi, and which section that is, a keyed
 * hash tells: so a section is a fair sample of connections, seen from all taps. Of as many sections
 * as are worth it, tsm_skew.h gets all segments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_CLOCKS_H
#define RUN_CLOCKS_H

#include "run_taps.h"

/* Compares the clocks; sets them, and right times. `seen` as in run_taps.h. Fails with EXIT_INPUT
 * when a .tsi is damaged. */
bool run_clocks_find(struct totals *totals, const struct plan *plan, const GPtrArray *seen,
                     GError **error);

/* Appends what was corrected, as clocks_tell() does; nothing when nothing was. */
void run_clocks_tell(const struct totals *totals, const struct plan *plan, GString *text);

#endif
