/* run_interfaces.h - on which interfaces the connections of a RUN were captured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_INTERFACES_H
#define RUN_INTERFACES_H

#include "story.h"
#include "totals.h"

/* Tells a story that has all its connections the interface of the first frame of each, where it
 * wants to keep that; it is in RUN/map alone. Fails with EXIT_INPUT when a file there is missing or
 * damaged. */
bool run_interfaces_read(const struct plan *plan, const struct totals *totals, struct story *story,
                         GError **error);

#endif
