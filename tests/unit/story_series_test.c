/* story_series_test.c - postproc/story/series.c: captures that continue each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "series.h"
#include "stories.h"

#define MS(ms) ((int64_t)(ms)*G_GINT64_CONSTANT(1000000))

static void add(GPtrArray *stories, int64_t start_ms, int64_t end_ms)
{
    Story *story = story_new("x", NULL);

    stories_capture(story, MS(start_ms), MS(end_ms));
    g_ptr_array_add(stories, story);
}

/* Whether a capture of 1 to 2 s is continued by one with these borders. */
static bool follows(int64_t start_ms, int64_t end_ms)
{
    g_autoptr(GPtrArray) stories = g_ptr_array_new_with_free_func((GDestroyNotify)story_free);

    add(stories, 1000, 2000);
    add(stories, start_ms, end_ms);
    series_link(stories);
    const Story *a = stories->pdata[0], *b = stories->pdata[1];
    g_assert_true((a->after == b) == (b->before == a));
    return a->after == b;
}

static void test_borders(void)
{
    g_assert_true(follows(2000, 3000));
    g_assert_true(follows(12000, 13000)); /* ten seconds without a frame */
    g_assert_true(follows(1900, 3000));   /* a tenth of a second out of order */
    g_assert_false(follows(1899, 3000));
    g_assert_false(follows(12001, 13000));
    g_assert_false(follows(1950, 2000)); /* ends no later: it lies within */
    g_assert_false(follows(1000, 3000)); /* begins no later */
    g_assert_false(follows(1000, 2000)); /* the same once more */
    g_assert_false(follows(0, 500));     /* earlier */
}

/* The order of the arguments does not count; of several the nearest is the neighbour. */
static void test_nearest(void)
{
    g_autoptr(GPtrArray) stories = g_ptr_array_new_with_free_func((GDestroyNotify)story_free);

    add(stories, 4000, 5000);
    add(stories, 1000, 2000);
    add(stories, 2500, 3900);
    series_link(stories);
    const Story *third = stories->pdata[0], *first = stories->pdata[1], *second = stories->pdata[2];
    g_assert_true(first->before == NULL && first->after == second);
    g_assert_true(second->before == first && second->after == third);
    g_assert_true(third->before == second && third->after == NULL);
}

/* Nothing is known of a capture without its totals, or without frames. */
static void test_unknown(void)
{
    g_autoptr(GPtrArray) stories = g_ptr_array_new_with_free_func((GDestroyNotify)story_free);
    const struct tsm_record empty = {.type = TSM_RECORD_CAPTURE,
                                     .u.capture = {.start_ns = MS(2000), .end_ns = MS(3000)}};
    Story *none = story_new("x", NULL);

    add(stories, 1000, 2000);
    g_ptr_array_add(stories, story_new("x", NULL));
    stories_record(none, &empty);
    g_ptr_array_add(stories, none);
    series_link(stories);
    for (guint i = 0; i < stories->len; i++) {
        const Story *story = stories->pdata[i];
        g_assert_true(story->before == NULL && story->after == NULL);
    }
}

static void check_key(const struct tsm_tuple *a, const struct tsm_tuple *b, bool same)
{
    const struct tsm_tuple x = series_key(a), y = series_key(b);

    g_assert_true((memcmp(&x, &y, sizeof x) == 0) == same);
}

static void test_key(void)
{
    const struct tsm_tuple there = stories_tuple(1, 1000, 9, 80);
    const struct tsm_tuple back = stories_tuple(9, 80, 1, 1000);
    const struct tsm_tuple own = stories_tuple(1, 80, 1, 1000),
                           own_back = stories_tuple(1, 1000, 1, 80);
    const struct tsm_tuple crossed = stories_tuple(1, 80, 9, 1000);

    check_key(&there, &there, true);
    check_key(&there, &back, true);
    check_key(&own, &own_back, true); /* of one host the ports decide */
    check_key(&there, &crossed, false);
    check_key(&there, &own, false);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/series/borders", test_borders);
    g_test_add_func("/series/nearest", test_nearest);
    g_test_add_func("/series/unknown", test_unknown);
    g_test_add_func("/series/key", test_key);
    return g_test_run();
}
