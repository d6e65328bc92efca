/* hash.h - the key of this run, and hashes for tables of what a capture chose (tsm_hash.h).
 *
 * They differ from run to run: nothing that is printed may depend on them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HASH_H
#define HASH_H

#include <glib.h>
#include <stdbool.h>

#include "tsm_hash.h"

/* Makes a key by the system's source of chance; false when it has none. */
bool hash_make_key(struct tsm_hash_key *key);

/* The key of this run, made by the system's source of chance when it is first asked for. */
const struct tsm_hash_key *hash_key(void);

#define HASH_MAX_BYTES 96

/* The hash of `size` bytes, at most HASH_MAX_BYTES. */
guint hash_bytes(gconstpointer bytes, gsize size);

#endif
