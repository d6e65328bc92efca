/* story_population_test.c - postproc/story/population.c: endpoints in each state after a frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "population.h"
#include "stories.h"

static uint32_t count(const Population *population, int64_t ns, enum tsm_state state)
{
    uint32_t n[TSM_N_STATES];

    population_at(population, ns, UINT32_MAX, n);
    return n[state];
}

static void test_changes(void)
{
    g_autoptr(Story) story = story_new("x", NULL);
    const struct tsm_tuple one = stories_tuple(1, 1000, 2, 80), two = stories_tuple(1, 1001, 2, 80);
    const guint first = stories_add(story, &one, 100), second = stories_add(story, &two, 200);

    stories_state(story, first, TSM_CLIENT, 100, TSM_SYN_SENT);
    stories_state(story, first, TSM_CLIENT, 300, TSM_ESTABLISHED);
    stories_state(story, second, TSM_SERVER, 250, TSM_ESTABLISHED);
    stories_state(story, second, TSM_SERVER, 400, TSM_CLOSE_WAIT);
    stories_capture(story, 100, 1000);
    g_autoptr(Population) population = population_new(story);

    g_assert_cmpuint(count(population, 99, TSM_SYN_SENT), ==, 0);
    g_assert_cmpuint(count(population, 100, TSM_SYN_SENT), ==, 1);
    g_assert_cmpuint(count(population, 250, TSM_ESTABLISHED), ==, 1);
    g_assert_cmpuint(count(population, 399, TSM_ESTABLISHED), ==, 2);
    g_assert_cmpuint(count(population, 400, TSM_ESTABLISHED), ==, 1);
    g_assert_cmpuint(count(population, 400, TSM_CLOSE_WAIT), ==, 1);
    g_assert_cmpuint(count(population, INT64_MAX, TSM_SYN_SENT), ==, 0);
}

/* More than a block of changes. */
static void test_many(void)
{
    g_autoptr(Story) story = story_new("x", NULL);

    for (guint16 i = 0; i < 1000; i++) {
        const struct tsm_tuple tuple = stories_tuple(1, i + 1, 2, 80);
        const guint stream = stories_add(story, &tuple, 10 * i);
        stories_state(story, stream, TSM_CLIENT, 10 * i, TSM_SYN_SENT);
        stories_state(story, stream, TSM_CLIENT, 10 * i + 1000, TSM_CLOSED);
    }
    g_autoptr(Population) population = population_new(story);
    for (guint ns = 0; ns < 12000; ns += 5) {
        const guint begun = MIN(ns / 10 + 1, 1000);
        const guint over = ns < 1000 ? 0 : MIN((ns - 1000) / 10 + 1, 1000);

        g_assert_cmpuint(count(population, ns, TSM_SYN_SENT), ==, begun - over);
        g_assert_cmpuint(count(population, ns, TSM_CLOSED), ==, over);
    }
}

static void test_nothing(void)
{
    g_autoptr(Story) story = story_new("x", NULL);
    g_autoptr(Population) population = population_new(story);

    g_assert_cmpuint(count(population, 0, TSM_ESTABLISHED), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/population/changes", test_changes);
    g_test_add_func("/population/many", test_many);
    g_test_add_func("/population/nothing", test_nothing);
    return g_test_run();
}
