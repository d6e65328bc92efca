/* at_bounds.h - judges a scenario with every threshold of every rule at its borders.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef AT_BOUNDS_H
#define AT_BOUNDS_H

#include "script.h"

/* Judges the scenario anew for each threshold at 0, 1, its bounds and their neighbours, and the
 * largest number, as far as --set accepts them, with all others as they are. What is found is not
 * compared: nothing may crash, and each hit has members and words. Returns the number of faults, of
 * which each is a line on standard output. */
unsigned thresholds_run(const struct script *script);

#endif
