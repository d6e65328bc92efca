/* tsm_hash_test.c - plugin/core/tsm_hash.h: SipHash-2-4 against its authors' test vectors, and what
 * tables rely on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_hash.h"

/* Key 00 01 .. 0f, message 00 01 .. (vectors.h of the authors' reference, the first octet of the
 * result first): those whose length is a multiple of eight. */
static const struct tsm_hash_key key = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

static const struct {
    gsize n_words;
    uint64_t result;
} vectors[] = {
    {0, 0x726fdb47dd0e0e31u}, {1, 0x93f5f5799a932462u}, {2, 0x3f2acc7f57c29bdbu},
    {3, 0xb8ad50c6f649af94u}, {4, 0x7127512f72f27cceu}, {5, 0x0e3ea96b5304a7d0u},
    {6, 0xe612a3cb9ecba951u}, {7, 0xb78dbfaf3a8d83bdu},
};

static void test_vectors(void)
{
    uint64_t words[8];

    for (unsigned i = 0; i < 64; i++) {
        ((uint8_t *)words)[i] = (uint8_t)i;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        words[i] = GUINT64_FROM_LE(words[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_assert_cmphex(tsm_siphash(&key, 2, 4, words, vectors[i].n_words), ==, vectors[i].result);
    }
}

static void test_key_matters(void)
{
    const struct tsm_hash_key other = {key.k0, key.k1 ^ 1};
    const uint64_t words[] = {1, 2};

    g_assert_cmphex(tsm_hash(&key, words, 2), !=, tsm_hash(&other, words, 2));
    g_assert_cmphex(tsm_hash(&key, words, 2), !=, tsm_hash(&key, words, 1));
    g_assert_cmphex(tsm_hash(&key, words, 2), ==, tsm_hash(&key, words, 2));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hash/vectors", test_vectors);
    g_test_add_func("/hash/key-matters", test_key_matters);
    return g_test_run();
}
