/* story_selection_test.c - postproc/story/selection.c: which connections are wanted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"
#include "selection.h"
#include "stories.h"

/* Three connections: 0 begins at 100 and ends at 200, 1 at 200 to 300, 2 at 300 to 400. */
static Story *three(void)
{
    Story *story = story_new("x", STORY_HINDSIGHT);
    const uint32_t segments[2] = {2, 1};

    for (guint i = 0; i < 3; i++) {
        const struct tsm_tuple tuple =
            stories_tuple((uint8_t)(1 + i), (uint16_t)(1000 + i), 9, i == 2 ? 1000 : 80);
        stories_add(story, &tuple, 100 * (1 + (int64_t)i));
        stories_state(story, i, TSM_CLIENT, 100 * (1 + (int64_t)i), TSM_SYN_SENT);
        stories_end(story, i, 100 * (2 + (int64_t)i), segments);
    }
    stories_state(story, 1, TSM_CLIENT, 250, TSM_ESTABLISHED);
    stories_state(story, 1, TSM_SERVER, 250, TSM_CLOSE_WAIT);
    stories_capture(story, 50, 500);
    return story;
}

/* The streams that are left, as digits. */
static void check(const struct selection *selection, const char *want)
{
    g_autoptr(Story) story = three();
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(selection_apply(selection, story, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < story->connections->len; i++) {
        g_string_append_printf(got, "%u", story_connection(story, i)->stream);
    }
    g_assert_cmpstr(got->str, ==, want);
}

static void test_nothing(void)
{
    check(&(struct selection){0}, "012");
}

static void test_port(void)
{
    check(&(struct selection){.by_port = true, .port = 80}, "01");
    check(&(struct selection){.by_port = true, .port = 1000}, "02"); /* at either end */
    check(&(struct selection){.by_port = true, .port = 0}, "");
    check(&(struct selection){.port = 80}, "012"); /* not asked for */
}

static void test_host(void)
{
    struct selection selection = {.by_host = true, .host = {10, 0, 0, 2}, .host_len = 4};

    check(&selection, "1");
    selection.host[3] = 9;
    check(&selection, "012");
    selection.host_len = 16; /* an IPv6 address that begins alike */
    check(&selection, "");
}

/* The last state of either end; one that it was in before does not count. */
static void test_state(void)
{
    check(&(struct selection){.by_state = true, .state = TSM_SYN_SENT}, "02");
    check(&(struct selection){.by_state = true, .state = TSM_CLOSE_WAIT}, "1");
    check(&(struct selection){.by_state = true, .state = TSM_UNKNOWN}, "");
}

static void test_outcome(void)
{
    check(&(struct selection){.by_opening = true, .opening = OPENING_MIDSTREAM}, "012");
    check(&(struct selection){.by_opening = true, .opening = OPENING_REFUSED}, "");
    check(&(struct selection){.by_ending = true, .ending = ENDING_OPEN}, "012");
    check(&(struct selection){.by_ending = true, .ending = ENDING_SILENT}, "");
    check(&(struct selection){.by_opening = true,
                              .opening = OPENING_MIDSTREAM,
                              .by_ending = true,
                              .ending = ENDING_CLEAN},
          "");
}

static struct selection between(int64_t since, int64_t until)
{
    return (struct selection){.by_since = true,
                              .since = {.kind = TIME_ARG_EPOCH, .ns = since},
                              .by_until = true,
                              .until = {.kind = TIME_ARG_EPOCH, .ns = until}};
}

/* A connection has a segment at its first and last instant. */
static void test_time(void)
{
    struct selection selection = between(200, 200);

    check(&selection, "01");
    selection = between(201, 299);
    check(&selection, "1");
    selection = between(401, 500);
    check(&selection, "");
    selection = between(0, 99);
    check(&selection, "");
    selection = between(300, 100); /* the wrong way round */
    check(&selection, "");
    selection.any_time = true;
    check(&selection, "012");
    check(&(struct selection){.by_since = true, .since = {.kind = TIME_ARG_AFTER_START, .ns = 251}},
          "2");
    check(&(struct selection){.by_until = true, .until = {.kind = TIME_ARG_END}}, "012");
}

static void test_no_such_frame(void)
{
    const struct selection selection = {.by_since = true,
                                        .since = {.kind = TIME_ARG_AFTER_FRAME, .frame = 99}};
    g_autoptr(Story) story = three();
    g_autoptr(GError) error = NULL;

    g_assert_false(selection_apply(&selection, story, &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
    g_assert_cmpuint(story->connections->len, ==, 3);
}

/* One by one, as for --follow: times do not count. */
static void test_matches(void)
{
    g_autoptr(Story) story = three();
    struct selection selection = between(401, 500);

    selection.by_port = true;
    selection.port = 1001;
    g_assert_true(selection_matches(&selection, story, story_connection(story, 1)));
    g_assert_false(selection_matches(&selection, story, story_connection(story, 0)));
}

/* Of a host's ends only its own. */
static void test_local(void)
{
    const struct selection selection = {.by_host = true, .host = {10, 0, 0, 1}, .host_len = 4};
    const struct tsm_tuple tuple = stories_tuple(1, 1000, 9, 80);

    g_assert_true(selection_has_local(&selection, &tuple, TSM_CLIENT));
    g_assert_false(selection_has_local(&selection, &tuple, TSM_SERVER));
    g_assert_true(selection_has_local(&(struct selection){0}, &tuple, TSM_SERVER));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/selection/nothing", test_nothing);
    g_test_add_func("/selection/port", test_port);
    g_test_add_func("/selection/host", test_host);
    g_test_add_func("/selection/state", test_state);
    g_test_add_func("/selection/outcome", test_outcome);
    g_test_add_func("/selection/time", test_time);
    g_test_add_func("/selection/no-such-frame", test_no_such_frame);
    g_test_add_func("/selection/matches", test_matches);
    g_test_add_func("/selection/local", test_local);
    return g_test_run();
}
