/* hash.h - hashes of what a capture chose: addresses, ports, numbers.
 *
 * They begin with a number of chance, so that nobody can make a capture whose addresses all meet in
 * one bucket. They differ from run to run: nothing that is printed may depend on them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HASH_H
#define HASH_H

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* What hashes of this run begin with. */
uint64_t hash_begin(void);

/* The hash with four bytes more. */
static inline uint64_t hash_word(uint64_t hash, uint32_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio */
    return hash ^ hash >> 29;
}

/* The hash with `size` bytes more, a multiple of four. */
static inline uint64_t hash_words(uint64_t hash, const void *bytes, gsize size)
{
    for (gsize i = 0; i < size; i += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, (const char *)bytes + i, sizeof word);
        hash = hash_word(hash, word);
    }
    return hash;
}

/* The hash for a table. */
static inline guint hash_end(uint64_t hash)
{
    return (guint)(hash ^ hash >> 32);
}

#endif
