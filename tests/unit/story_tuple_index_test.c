/* story_tuple_index_test.c - postproc/story/tuple_index.c and tuple_numbers.c: what connections
 * have in common.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stories.h"
#include "tuple_numbers.h"

/* Four connections of two clients to two listeners, and one of IPv6 with the same first bytes. */
static Story *some_story(void)
{
    Story *story = story_new("x", NULL);
    const struct tsm_tuple tuples[] = {
        stories_tuple(1, 1000, 9, 80),
        stories_tuple(2, 1000, 9, 80),
        stories_tuple(1, 1001, 9, 443),
        stories_tuple(1, 1000, 9, 80),
    };
    struct tsm_tuple v6 = tuples[0];

    v6.addr_len = 16;
    for (gsize i = 0; i < G_N_ELEMENTS(tuples); i++) {
        stories_add(story, &tuples[i], 10);
    }
    stories_add(story, &v6, 10);
    return story;
}

/* The numbers that a scope gives the five, as letters. */
static void check_scope(unsigned scope, const char *want)
{
    g_autoptr(Story) story = some_story();
    g_autoptr(TupleIndex) index = tuple_index_new(story, scope);
    char got[6] = {0};

    g_assert_cmpuint(tuple_index_size(index), ==, 0);
    for (guint i = 0; i < 5; i++) {
        const guint n = tuple_index_add(index, i);
        g_assert_cmpuint(n, <, tuple_index_size(index));
        g_assert_cmpuint(tuple_index_first(index, n), <=, i);
        got[i] = (char)('a' + n);
    }
    g_assert_cmpstr(got, ==, want);
}

/* Bytes behind an IPv4 address do not count, nor do parts outside the scope; the family does. */
static void test_scopes(void)
{
    check_scope(TUPLE_ANY, "aaaab");
    check_scope(TUPLE_CLIENT_HOST, "abaac");
    check_scope(TUPLE_CLIENT_PORT, "aabac");
    check_scope(TUPLE_SERVER_HOST, "aaaab");
    check_scope(TUPLE_SERVER_PORT, "aabac");
    check_scope(TUPLE_LISTENER, "aabac");
    check_scope(TUPLE_HOSTS, "abaac");
    check_scope(TUPLE_CONNECTION, "abcad");
}

/* It grows, and still knows all that it met, and where first. */
static void test_growth(void)
{
    enum { N = 5000 };
    g_autoptr(Story) story = story_new("x", NULL);
    g_autoptr(TupleIndex) index = tuple_index_new(story, TUPLE_CONNECTION);

    for (guint i = 0; i < 2 * N; i++) {
        const struct tsm_tuple tuple = stories_tuple(1, (uint16_t)(i % N), 9, 80);
        stories_add(story, &tuple, 10);
    }
    for (guint i = 0; i < 2 * N; i++) {
        g_assert_cmpuint(tuple_index_add(index, i), ==, i % N);
    }
    g_assert_cmpuint(tuple_index_size(index), ==, N);
    g_assert_cmpuint(tuple_index_first(index, N - 1), ==, N - 1);
    tuple_index_free(NULL);
}

/* Chosen ones, in another order, into an index that grows on the way. */
static void test_many(void)
{
    enum { N = 5000, STEP = 7 };
    g_autoptr(Story) story = story_new("x", NULL);
    g_autoptr(TupleIndex) index = tuple_index_new(story, TUPLE_CLIENT_PORT);
    g_autoptr(TupleIndex) other = tuple_index_new(story, TUPLE_CLIENT_PORT);
    guint chosen[N];
    guint numbers[N];

    for (guint i = 0; i < N; i++) {
        const struct tsm_tuple tuple = stories_tuple(1, (uint16_t)(i % 3000), 9, 80);
        stories_add(story, &tuple, 10);
        chosen[i] = i * STEP % N;
    }
    tuple_index_add_many(index, chosen, N, numbers);
    for (guint i = 0; i < N; i++) {
        g_assert_cmpuint(numbers[i], ==, tuple_index_add(other, chosen[i]));
    }
    tuple_index_add_many(index, chosen, 0, NULL);
    tuple_index_add_many(index, NULL, N, NULL);
    g_assert_cmpuint(tuple_index_size(index), ==, 3000);
}

/* Every scope, twice, with as few kept as may be and with all: the numbers of an index. */
static void check_numbers(guint connections)
{
    g_autoptr(Story) story = story_new("x", NULL);
    TupleNumbers *numbers = tuple_numbers_new(story);

    for (guint i = 0; i < connections; i++) {
        const struct tsm_tuple tuple =
            stories_tuple(1 + i % 7, (uint16_t)(i % 5000), 9, (uint16_t)(80 + i % 3));
        stories_add(story, &tuple, 10);
    }
    for (unsigned turn = 0; turn < 2 * (TUPLE_CONNECTION + 1); turn++) {
        const unsigned scope = turn % (TUPLE_CONNECTION + 1);
        g_autoptr(TupleIndex) index = tuple_index_new(story, scope);
        const struct tuple_numbering *numbering = tuple_numbers_take(numbers, scope);
        for (guint i = 0; i < connections; i++) {
            g_assert_cmpuint(numbering->of[i], ==, tuple_index_add(index, i));
        }
        g_assert_cmpuint(numbering->n, ==, tuple_index_size(index));
        tuple_numbers_drop(numbers, numbering);
    }
    tuple_numbers_free(numbers);
    tuple_numbers_free(NULL);
}

static void test_numbers(void)
{
    check_numbers(0);
    check_numbers(500);
}

/* So many that most are made anew whenever they are asked for. */
static void test_many_numbers(void)
{
    check_numbers(600000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tuple-index/scopes", test_scopes);
    g_test_add_func("/tuple-index/growth", test_growth);
    g_test_add_func("/tuple-index/many", test_many);
    g_test_add_func("/tuple-numbers/all", test_numbers);
    g_test_add_func("/tuple-numbers/many", test_many_numbers);
    return g_test_run();
}
