/* tsm_seq_test.c - serial arithmetic around 2^32 and at half the circle.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "tsm_seq.h"

/* Places on the circle from which everything must look the same. */
static const uint32_t origins[] = {0,          1,          0x7fffffff, 0x80000000,
                                   0x80000001, 0xfffffffe, 0xffffffff, 0xfffff000};

static void test_diff(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(origins); i++) {
        const uint32_t at = origins[i];
        g_assert_cmpint(tsm_seq_diff(at, at), ==, 0);
        g_assert_cmpint(tsm_seq_diff(at + 1, at), ==, 1);
        g_assert_cmpint(tsm_seq_diff(at - 1, at), ==, -1);
        g_assert_cmpint(tsm_seq_diff(at + 0x7fffffff, at), ==, INT32_MAX);
        g_assert_cmpint(tsm_seq_diff(at - 0x7fffffff, at), ==, -INT32_MAX);
    }
}

static void test_order(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(origins); i++) {
        const uint32_t at = origins[i];
        g_assert_false(tsm_seq_lt(at, at));
        g_assert_true(tsm_seq_le(at, at));
        g_assert_true(tsm_seq_lt(at, at + 1));
        g_assert_true(tsm_seq_le(at, at + 1));
        g_assert_false(tsm_seq_lt(at + 1, at));
        g_assert_false(tsm_seq_le(at + 1, at));
        g_assert_true(tsm_seq_lt(at, at + 0x7fffffff));
        g_assert_true(tsm_seq_lt(at - (1u << 30), at));
        g_assert_cmpuint(tsm_seq_max(at, at + 5), ==, at + 5);
        g_assert_cmpuint(tsm_seq_max(at + 5, at), ==, at + 5);
        g_assert_cmpuint(tsm_seq_max(at, at), ==, at);
    }
}

static void test_within(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(origins); i++) {
        const uint32_t low = origins[i];
        g_assert_true(tsm_seq_within(low, low, low));
        g_assert_true(tsm_seq_within(low, low, low + 10));
        g_assert_true(tsm_seq_within(low + 10, low, low + 10));
        g_assert_false(tsm_seq_within(low + 11, low, low + 10));
        g_assert_false(tsm_seq_within(low - 1, low, low + 10));
        g_assert_false(tsm_seq_within(low + 0x80000000, low, low + (1u << 30)));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/seq/diff", test_diff);
    g_test_add_func("/seq/order", test_order);
    g_test_add_func("/seq/within", test_within);
    return g_test_run();
}
