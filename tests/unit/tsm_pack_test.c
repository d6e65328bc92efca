/* tsm_pack_test.c - images come back to the last bit, and those that are alike are small.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_pack.h"

#define N_WORDS 600
#define BYTES (N_WORDS * sizeof(uint32_t))

/* Packs and unpacks. Returns the packed size. */
static size_t there_and_back(struct tsm_packer *packer, uint32_t kind, const void *image,
                             size_t bytes)
{
    g_autofree uint8_t *again = g_malloc(TSM_IMAGE_BYTES);
    g_autofree uint8_t *kept = NULL;
    size_t size;
    const uint8_t *packed = tsm_pack(packer, kind, image, bytes, &size);

    g_assert_cmpuint(size, <=, TSM_PACKED_BYTES);
    kept = g_memdup2(packed, size);
    memset(again, 0xa5, TSM_IMAGE_BYTES);
    tsm_unpack(packer, kept, again, bytes);
    g_assert_cmpmem(again, bytes, image, bytes);
    for (size_t at = bytes; at < TSM_IMAGE_BYTES; at++) {
        g_assert_cmphex(again[at], ==, 0xa5);
    }
    return size;
}

/* As a connection has: a time, a frame and a number at many places, and some counts. */
static void make_image(uint32_t *words, uint32_t time, uint32_t frame, uint32_t number)
{
    memset(words, 0, BYTES);
    for (unsigned i = 0; i < 30; i++) {
        words[i * 11 + 1] = time;
        words[i * 13 + 2] = frame;
        words[i * 17 + 3] = number + i % 3;
        words[500 + i] = i % 5;
    }
}

/* The second of two that are alike takes its three words and little more. */
static void test_alike(void)
{
    struct tsm_packer *packer = tsm_packer_new();
    uint32_t words[N_WORDS];

    make_image(words, 0x12345678, 70000, 0xfedcba98);
    there_and_back(packer, 1, words, BYTES);
    make_image(words, 0x32145678, 70100, 0x1edcba98);
    g_assert_cmpuint(there_and_back(packer, 1, words, BYTES), <, 24);
    words[77]++; /* an exception, which may be next to nothing or far from what was */
    words[78] = 0xdeadbeef;
    g_assert_cmpuint(there_and_back(packer, 1, words, BYTES), <, 36);
    tsm_packer_free(packer);
}

/* More patterns than are learnt, of every density; and what was packed before can still be read. */
static void test_any(void)
{
    struct tsm_packer *packer = tsm_packer_new();
    GRand *rand = g_rand_new_with_seed(20);
    uint32_t first[N_WORDS], again[N_WORDS], words[TSM_IMAGE_WORDS];
    g_autofree uint8_t *kept = NULL;
    size_t size;

    make_image(first, 1, 2, 3);
    const uint8_t *packed = tsm_pack(packer, 7, first, BYTES, &size);
    kept = g_memdup2(packed, size);
    for (unsigned round = 0; round < 3000; round++) {
        const uint32_t density = (uint32_t)g_rand_int_range(rand, 0, 101);
        const size_t n = g_rand_boolean(rand) ? N_WORDS : TSM_IMAGE_WORDS;
        for (size_t i = 0; i < n; i++) {
            const bool is_set = (uint32_t)g_rand_int_range(rand, 0, 100) < density;
            words[i] = is_set ? g_rand_int(rand) >> g_rand_int_range(rand, 0, 32) : 0;
        }
        there_and_back(packer, round % 5, words, n * sizeof words[0]);
    }
    tsm_unpack(packer, kept, again, BYTES);
    g_assert_cmpmem(again, BYTES, first, BYTES);
    g_rand_free(rand);
    tsm_packer_free(packer);
}

/* Images of two sizes whose patterns lie together: none is told by a pattern of the other size. */
static void test_two_sizes(void)
{
    static const size_t large = BYTES, small = BYTES / 2;
    struct tsm_packer *packer = tsm_packer_new();
    uint32_t words[N_WORDS];

    make_image(words, 0x12345678, 70000, 0xfedcba98);
    for (unsigned round = 0; round < 4; round++) {
        there_and_back(packer, 1, words, large);
        there_and_back(packer, 1 ^ (uint32_t)(large ^ small), words, small);
    }
    tsm_packer_free(packer);
}

/* All bits set, and none. */
static void test_extremes(void)
{
    struct tsm_packer *packer = tsm_packer_new();
    static uint8_t image[TSM_IMAGE_BYTES];

    there_and_back(packer, 0, image, sizeof image);
    memset(image, 0xff, sizeof image);
    there_and_back(packer, 0, image, sizeof image);
    memset(image, 0x80, sizeof image);
    there_and_back(packer, 0, image, sizeof image);
    there_and_back(packer, 0, image, 4);
    tsm_packer_free(packer);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pack/alike", test_alike);
    g_test_add_func("/pack/any", test_any);
    g_test_add_func("/pack/two_sizes", test_two_sizes);
    g_test_add_func("/pack/extremes", test_extremes);
    return g_test_run();
}
