/* story_time_window_test.c - postproc/rules/time_window.c: the fullest window of time over
 * connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stories.h"
#include "time_window.h"
#include "tuple_index.h"

/* Connections that begin at these times, ascending; looks for the burst. */
static char *find(const int64_t *starts, guint n, int64_t window_ns)
{
    g_autoptr(Story) story = story_new("x", NULL);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint));
    const struct anomaly_survey survey = {.story = story};
    const struct tsm_tuple tuple = stories_tuple(1, 1000, 9, 80);
    guint from = 99, to = 99;

    for (guint i = 0; i < n; i++) {
        const guint number = stories_add(story, &tuple, starts[i]);
        g_array_append_val(numbers, number);
    }
    const guint most = window_find(&survey, numbers, window_ns, &from, &to);
    return g_strdup_printf("%u in %u-%u", most, from, to);
}

#define CHECK(want, window_ns, ...)                                              \
    do {                                                                         \
        const int64_t starts_[] = {__VA_ARGS__};                                 \
        g_autofree char *got_ = find(starts_, G_N_ELEMENTS(starts_), window_ns); \
        g_assert_cmpstr(got_, ==, (want));                                       \
    } while (0)

static void test_window(void)
{
    g_autofree char *none = find(NULL, 0, 10);

    g_assert_cmpstr(none, ==, "0 in 0-0");
    CHECK("1 in 0-1", 10, 5);
    CHECK("2 in 0-2", 10, 0, 10); /* as long as the window */
    CHECK("1 in 0-1", 10, 0, 11); /* longer by one */
    CHECK("3 in 1-4", 10, 0, 20, 25, 30, 50);
    CHECK("2 in 0-2", 10, 0, 5, 20, 25); /* of equal ones the first */
    CHECK("3 in 0-3", 0, 7, 7, 7, 8);    /* no length: what is of the same instant */
}

/* The burst goes on beyond its fullest window as long as neighbours are near. */
static void test_neighbours(void)
{
    CHECK("4 in 0-7", 10, 0, 10, 20, 22, 24, 26, 36);
    CHECK("4 in 1-6", 10, 0, 11, 20, 22, 24, 26, 37);
}

/* A capture's clock may go anywhere. */
static void test_clock(void)
{
    CHECK("1 in 0-1", INT64_MAX - 1, INT64_MIN, INT64_MAX);
    CHECK("2 in 0-2", INT64_MAX, INT64_MIN, INT64_MAX);
    CHECK("2 in 0-2", 10, 20, 0); /* back: as if at once */
}

static void test_different(void)
{
    g_autoptr(Story) story = story_new("x", NULL);
    const struct anomaly_survey survey = {.story = story};
    const guint numbers[] = {0, 1, 2, 2};
    const struct tsm_tuple tuples[] = {stories_tuple(1, 10, 9, 80), stories_tuple(2, 10, 9, 80),
                                       stories_tuple(1, 11, 9, 81)};

    for (gsize i = 0; i < G_N_ELEMENTS(tuples); i++) {
        stories_add(story, &tuples[i], 10);
    }
    g_assert_cmpuint(window_different(&survey, numbers, 4, TUPLE_CLIENT_HOST), ==, 2);
    g_assert_cmpuint(window_different(&survey, numbers, 4, TUPLE_CONNECTION), ==, 3);
    g_assert_cmpuint(window_different(&survey, numbers, 1, TUPLE_CONNECTION), ==, 1);
    g_assert_cmpuint(window_different(&survey, numbers, 0, TUPLE_CONNECTION), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/burst/window", test_window);
    g_test_add_func("/burst/neighbours", test_neighbours);
    g_test_add_func("/burst/clock", test_clock);
    g_test_add_func("/burst/different", test_different);
    return g_test_run();
}
