/* run_blanks.h - when nothing at all was captured, from what each capture of a RUN tells of itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_BLANKS_H
#define RUN_BLANKS_H

#include "totals.h"

/* Fills totals->blanks, once the captures' taps and clocks are known: the same that one reader of
 * all frames would find. Where there are several taps, nothing was captured where none has
 * captured. Where clocks have to be corrected there are none: what captures tell of their silences
 * is by clocks that were not. */
void run_blanks_find(struct totals *totals, const struct plan *plan);

#endif
