/* follow.h - a table whose rows are printed while the input goes on: --follow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "session.h"

/* Prints a row for each connection when it ends, and at the end of the input for those that have
 * not; of a table of findings, a row (or a paragraph) for each when it is known. Memory grows with
 * the connections that are open, not with those that have ended. Fails with EXIT_USAGE when an
 * option or the format needs all rows at once. */
bool follow_print_table(const struct table *table, const struct options *options, int *status,
                        GError **error);

#endif
