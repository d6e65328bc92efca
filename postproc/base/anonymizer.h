/* anonymizer.h - addresses that stand for others: the same for the same, and as near to each other.
 *
 * Two addresses that have their first n bits in common, and no more, have as much in common when
 * they are mapped; so networks stay networks. Bit i is turned round or not by a keyed function of
 * the i bits before it. Source: Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address
 * Anonymization" (2002), Crypto-PAn; in the place of AES stands SipHash-2-4 (tsm_hash.h), which is
 * a keyed pseudorandom function, too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ANONYMIZER_H
#define ANONYMIZER_H

#include <glib.h>
#include <stdbool.h>

#include "tsm_hash.h"

/* All zero: nothing is mapped. */
struct anonymizer {
    bool on;
    struct tsm_hash_key key;
};

/* On, with the key that a file holds, or with one that nobody knows and that is gone with this run
 * (path NULL). Fails with EXIT_USAGE when the file is no plain file, or has fewer than 16 bytes;
 * with EXIT_INPUT when the system has no source of chance. */
bool anonymizer_begin(struct anonymizer *anonymizer, const char *path, GError **error);

/* Maps an address of `len` bytes, 4 or 16, in place; only when it is on. */
void anonymizer_map(const struct anonymizer *anonymizer, uint8_t *address, unsigned len);

/* What stands for the name of a capture: "capture-1f00c2d3"; a copy of it when it is not on. The
 * caller frees it. */
char *anonymizer_name(const struct anonymizer *anonymizer, const char *name);

/* Said at the top. */
#define ANONYMIZED "Anonymized: addresses stand for others, prefixes kept; names are left out"

#endif
