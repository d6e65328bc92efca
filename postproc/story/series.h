/* series.h - captures that continue each other, as a ring buffer of files makes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SERIES_H
#define SERIES_H

#include "story.h"

/* Finds the neighbours of each story in the list: `before` is the one that ended last of those that
 * ended where it begins, `after` the other way round. Overlapping captures are none. The stories
 * must outlive each other. */
void series_link(GPtrArray *stories);

/* What identifies a connection whoever is taken for its client: the lower end goes first. Bytes
 * that do not count are zero. */
struct tsm_tuple series_key(const struct tsm_tuple *tuple);

#endif
