/* tsm_numbers_test.c - plugin/core/tsm_numbers.c: pages of streams, given back once all are gone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "../../plugin/core/tsm_numbers.c"

#include <glib.h>

/* Any memory that free() takes. */
static struct tsm_stream *make(struct tsm_numbers *numbers)
{
    struct tsm_stream *stream = malloc(1);

    g_assert_true(tsm_numbers_reserve(numbers));
    tsm_numbers_add(numbers, stream);
    return stream;
}

static void forget(struct tsm_numbers *numbers, uint32_t number)
{
    free(tsm_numbers_get(numbers, number));
    tsm_numbers_forget(numbers, number);
}

static void test_numbers(void)
{
    struct tsm_numbers numbers = {0};
    struct tsm_stream *first = make(&numbers);

    g_assert_null(tsm_numbers_get(&numbers, 1));
    g_assert_null(tsm_numbers_get(&numbers, UINT32_MAX));
    for (uint32_t i = 1; i < 3 * PAGE; i++) {
        g_assert_true(make(&numbers) == tsm_numbers_get(&numbers, i));
    }
    g_assert_true(tsm_numbers_get(&numbers, 0) == first);
    g_assert_cmpuint(numbers.count, ==, 3 * PAGE);
    tsm_numbers_clear(&numbers);
    g_assert_cmpuint(numbers.count, ==, 0);
}

/* One that lives on keeps its own page only. */
static void test_pages(void)
{
    struct tsm_numbers numbers = {0};

    make(&numbers);
    for (uint32_t i = 1; i < 100 * PAGE; i++) {
        make(&numbers);
        if (i > 10) {
            forget(&numbers, i - 10);
        }
    }
    guint pages = 0;
    for (uint32_t i = 0; i < numbers.room; i++) {
        pages += numbers.pages[i] != NULL;
    }
    g_assert_cmpuint(pages, ==, 2);
    g_assert_nonnull(tsm_numbers_get(&numbers, 0));
    g_assert_null(tsm_numbers_get(&numbers, 1));
    g_assert_null(tsm_numbers_get(&numbers, 50 * PAGE));
    g_assert_nonnull(tsm_numbers_get(&numbers, 100 * PAGE - 1));
    tsm_numbers_clear(&numbers);
}

static void test_no_numbers_left(void)
{
    struct tsm_numbers numbers = {.count = UINT32_MAX};

    g_assert_false(tsm_numbers_reserve(&numbers));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/numbers/one_after_the_other", test_numbers);
    g_test_add_func("/numbers/pages", test_pages);
    g_test_add_func("/numbers/no_numbers_left", test_no_numbers_left);
    return g_test_run();
}
