/* timeline.h - the hindsight view of an endpoint, put together from the changes of its beliefs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "script.h"

/* The beliefs of one endpoint in hindsight, in order of time; since_ns is when each begins.
 * An array of struct tsm_belief, empty at first. Free with g_array_unref(). */
GArray *timeline_new(void);

/* Applies a change: what was believed of the time since its from_ns is void. */
void timeline_add(GArray *timeline, const struct tsm_change *change);

/* Compares with what a hindsight line expects; intervals that differ only in basis or possible set
 * count as one, proven if one of them is. Appends a sentence to `faults` (char *, owned) for each
 * difference. */
void timeline_compare(GArray *timeline, const struct line *line, GPtrArray *faults);

/* "SYN_SENT@0 ESTABLISHED@0.01", times from the scenario's start. Free with g_free(). */
char *timeline_text(GArray *timeline);

#endif
