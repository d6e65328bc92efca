/* reduce_shard.h - infers the connections of one shard of a RUN, as a .tsr file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REDUCE_SHARD_H
#define REDUCE_SHARD_H

#include "totals.h"

/* Whether the shard was reduced already: the file is there, of these totals, and as it was written.
 */
bool reduce_is_done(const struct plan *plan, const struct totals *totals, guint shard);

/* Infers and writes. Fails with EXIT_INPUT when a .tsi is damaged, EXIT_OUTPUT. */
bool reduce_shard(const struct plan *plan, const struct totals *totals, guint shard,
                  GError **error);

#endif
