/* make_totals.h - puts together what all captures of a RUN are: what `tcpstory merge` does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MAKE_TOTALS_H
#define MAKE_TOTALS_H

#include "totals.h"

/* Looks at the .tsi of every capture of the plan. What is missing or damaged is told in `trouble`.
 * NULL and error (EXIT_INPUT) when there are more frames than can have numbers. The caller frees
 * it. */
struct totals *totals_make(const struct plan *plan, GError **error);

#endif
