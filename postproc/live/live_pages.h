/* live_pages.h - what a screen shows, as lines of text: the head, incidents, a ladder. No terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LIVE_PAGES_H
#define LIVE_PAGES_H

#include "live_model.h"

/* Each gives lines of at most `width` columns, as far as they can be broken: array of char *,
 * owned, which the caller frees with g_ptr_array_unref(). */

/* Two or more lines: input, time, rates; sockets by state. */
GPtrArray *live_page_head(const struct live_model *model, guint width);

/* A line for each incident, the worst first, at most `most`. */
GPtrArray *live_page_incidents_in_short(const Incidents *newest, guint most, guint width);

/* Incidents with evidence, cure and check. */
GPtrArray *live_page_incidents(const Incidents *newest, guint width);

/* A connection of the last look: how it began, its steps and states. */
GPtrArray *live_page_ladder(const Incidents *newest, uint32_t stream, guint width);

#endif
