/* story_concurrency_test.c - postproc/rules/concurrency.c: how many at once, and whether more and
 * more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "concurrency.h"

#define S(seconds) ((int64_t)(seconds)*G_GINT64_CONSTANT(1000000000))

static struct concurrency pile(const struct concurrency_stay *stays, guint n, int64_t end_ns)
{
    g_autoptr(GArray) array = g_array_new(FALSE, FALSE, sizeof *stays);

    g_array_append_vals(array, stays, n);
    return concurrency_of(array, end_ns);
}

#define PILE(end_ns, ...)                                                                    \
    pile((const struct concurrency_stay[]){__VA_ARGS__},                                     \
         sizeof((struct concurrency_stay[]){__VA_ARGS__}) / sizeof(struct concurrency_stay), \
         end_ns)

static void test_peak(void)
{
    struct concurrency got = PILE(S(10), {S(1), S(5)}, {S(2), S(3)}, {S(4), S(6)});

    g_assert_cmpuint(got.peak, ==, 2);
    g_assert_cmpint(got.peak_ns, ==, S(2)); /* the first time that there were as many */
    got = pile(NULL, 0, S(10));
    g_assert_cmpuint(got.peak, ==, 0);
    g_assert_false(got.grows);
}

/* One goes when another comes: both were there, if only for an instant. */
static void test_relay(void)
{
    g_assert_cmpuint(PILE(S(10), {S(1), S(2)}, {S(2), S(3)}, {S(3), S(4)}).peak, ==, 2);
    g_assert_cmpuint(PILE(S(10), {S(1), S(2)}, {S(2) + 1, S(3)}).peak, ==, 1);
    g_assert_cmpuint(PILE(S(10), {S(1), S(1)}, {S(1), S(1)}).peak, ==, 2); /* no length at all */
}

/* At the end of each of four windows there are more: the first ends a quarter after the first
 * beginning. */
static void test_growth(void)
{
    g_assert_true(PILE(S(8), {S(0), S(8)}, {S(3), S(8)}, {S(5), S(8)}, {S(7), S(8)}).grows);
    g_assert_false(PILE(S(8), {S(0), S(8)}, {S(3), S(8)}, {S(5), S(8)}).grows); /* last: as many */
    g_assert_false(
        PILE(S(8), {S(0), S(1)}, {S(3), S(8)}, {S(5), S(8)}, {S(5), S(6)}, {S(7), S(7)}).grows);
    /* All at once at the beginning. */
    g_assert_false(PILE(S(8), {S(0), S(8)}, {S(0), S(8)}, {S(0), S(8)}, {S(0), S(8)}).grows);
}

/* What comes at the very end of a window counts for it. */
static void test_border_of_windows(void)
{
    g_assert_true(PILE(S(8), {S(0), S(8)}, {S(4), S(8)}, {S(6), S(8)}, {S(8), S(8)}).grows);
    g_assert_false(PILE(S(8), {S(0), S(8)}, {S(4) + 1, S(8)}, {S(6), S(8)}, {S(8), S(8)}).grows);
}

/* Windows shorter than a second tell nothing. */
static void test_short(void)
{
    g_assert_true(PILE(S(4), {S(0), S(4)}, {S(2), S(4)}, {S(3), S(4)}, {S(4), S(4)}).grows);
    g_assert_false(PILE(S(4) - 1, {S(0), S(4) - 1}, {S(2) - 1, S(4) - 1}, {S(3) - 1, S(4) - 1},
                        {S(4) - 1, S(4) - 1})
                       .grows);
}

/* A clock may be anything. */
static void test_extremes(void)
{
    const struct concurrency got = PILE(INT64_MAX, {INT64_MIN, INT64_MAX}, {0, INT64_MAX}, {-1, 0});

    g_assert_cmpuint(got.peak, ==, 3);
    g_assert_cmpuint(PILE(S(1), {S(2), S(3)}).peak, ==, 1); /* begun after the end */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pile/peak", test_peak);
    g_test_add_func("/pile/relay", test_relay);
    g_test_add_func("/pile/growth", test_growth);
    g_test_add_func("/pile/windows", test_border_of_windows);
    g_test_add_func("/pile/short", test_short);
    g_test_add_func("/pile/extremes", test_extremes);
    return g_test_run();
}
