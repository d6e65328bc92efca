/* run_records.h - the records of all shards of a RUN, put together as one engine would have told
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_RECORDS_H
#define RUN_RECORDS_H

#include "story.h"
#include "totals.h"

/* Whether none of the shards was reduced. */
bool run_records_are_missing(const struct plan *plan);

/* Asked for everything that is taken: whether there is memory for more. Every 4096th time that is
 * measured, and when there is none, the story is marked partial. `asked` counts, from 0 on. */
bool run_has_room(struct story *story, guint *asked);

/* Adds them to the story, but for the header. Fails with EXIT_INPUT when one is missing, damaged,
 * or of another RUN. */
bool run_records_read(const struct plan *plan, const struct totals *totals, struct story *story,
                      GError **error);

#endif
