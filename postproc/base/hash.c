/* hash.c - what hashes begin with; see hash.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hash.h"

uint64_t hash_begin(void)
{
    static uint64_t seed;

    while (seed == 0) {
        seed = (uint64_t)g_random_int() << 32 | g_random_int();
    }
    return seed;
}
