/* hash.c - see hash.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _DEFAULT_SOURCE /* getentropy() */

#include "hash.h"

#include <string.h>
#include <unistd.h>

/* What else differs from run to run, where the system has nothing better: g_random_int() has only
 * 32 bits in it then, of the time and the process. */
static void fall_back(struct tsm_hash_key *key)
{
    key->k0 = (uint64_t)g_random_int() << 32 | g_random_int();
    key->k1 = (uint64_t)g_random_int() << 32 | g_random_int();
}

bool hash_make_key(struct tsm_hash_key *key)
{
    return getentropy(key, sizeof *key) == 0;
}

const struct tsm_hash_key *hash_key(void)
{
    static struct tsm_hash_key key;
    static gsize known;

    if (g_once_init_enter(&known)) {
        if (!hash_make_key(&key)) {
            fall_back(&key);
        }
        g_once_init_leave(&known, 1);
    }
    return &key;
}

guint hash_bytes(gconstpointer bytes, gsize size)
{
    uint64_t words[HASH_MAX_BYTES / sizeof(uint64_t)];
    const gsize n = (size + sizeof words[0] - 1) / sizeof words[0];

    g_assert(size <= HASH_MAX_BYTES);
    if (n > 0) {
        words[n - 1] = 0;
    }
    memcpy(words, bytes, size);
    return (guint)tsm_hash(hash_key(), words, n);
}
