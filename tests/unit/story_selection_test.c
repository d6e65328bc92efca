/* story_selection_test.c - postproc/story/selection.c: which connections are wanted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"
#include "selection.h"
#include "stories.h"

/* Three connections: 0 begins at 100 and ends at 200, 1 at 200 to 300, 2 at 300 to 400. */
static Story *three(const struct story_wants *wants)
{
    Story *story = story_new("x", wants);
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
    g_autoptr(Story) story = three(NULL);
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
    check(&(struct selection){.any_time = false}, "012");
}

/* check() of a selection, which is emptied then. */
static void check_and_clear(struct selection *selection, const char *want)
{
    check(selection, want);
    selection_clear(selection);
}

static void test_port(void)
{
    struct selection selection = {.any_time = false};

    selection_add_ports(&selection.wanted, 80, 80);
    check_and_clear(&selection, "01");
    selection_add_ports(&selection.wanted, 1000, 1000); /* at either end */
    check_and_clear(&selection, "02");
    selection_add_ports(&selection.wanted, 0, 0);
    check_and_clear(&selection, "");
    selection_add_ports(&selection.wanted, 1001, 1002); /* a range */
    check_and_clear(&selection, "12");
    selection_add_ports(&selection.wanted, 1001, 1001); /* either */
    selection_add_ports(&selection.wanted, 1002, 1002);
    check_and_clear(&selection, "12");
    selection_add_ports(&selection.wanted, 80, 80);
    selection_add_ports(&selection.unwanted, 1000, 1000); /* and not */
    check_and_clear(&selection, "1");
}

static void test_stream(void)
{
    struct selection selection = {.any_time = false};

    selection_add_streams(&selection.wanted, 1, 7);
    check_and_clear(&selection, "12");
    selection_add_streams(&selection.unwanted, 1, 1);
    check_and_clear(&selection, "02");
}

static void test_host(void)
{
    struct selection selection = {.any_time = false};

    selection_add_net(&selection.wanted, &(struct selection_net){{10, 0, 0, 2}, 4, 32});
    check_and_clear(&selection, "1");
    selection_add_net(&selection.wanted, &(struct selection_net){{10, 0, 0, 9}, 4, 32});
    check_and_clear(&selection, "012");
    selection_add_net(&selection.wanted, &(struct selection_net){{10, 0, 0, 2}, 16, 32});
    check_and_clear(&selection, ""); /* an IPv6 address that begins alike */
    selection_add_net(&selection.wanted, &(struct selection_net){{10, 0, 0, 3}, 4, 31});
    check_and_clear(&selection, "12"); /* 10.0.0.2 and .3 */
    selection_add_net(&selection.wanted, &(struct selection_net){{0}, 4, 0});
    check_and_clear(&selection, "012");
    selection_add_net(&selection.unwanted, &(struct selection_net){{10, 0, 0, 2}, 4, 31});
    check_and_clear(&selection, "0");
}

/* Names that the capture tells. */
static void test_name(void)
{
    static const uint8_t address[4] = {10, 0, 0, 2};
    struct story_wants wants = {.segments_of = TSM_NO_STREAM};
    struct selection selection = {.any_time = false};

    selection_add_name(&selection.wanted, "Web");
    selection_add_name(&selection.wanted, "unknown");
    selection_prepare(&selection, &wants);
    g_autoptr(Story) story = three(&wants);
    story_add_name(story, address, 4, "web.example.net");
    story_add_name(story, address, 4, "webmail"); /* another */
    g_assert_true(selection_apply(&selection, story, NULL));
    g_assert_cmpuint(story->connections->len, ==, 1);
    g_assert_cmpuint(story_connection(story, 0)->stream, ==, 1);
    g_assert_cmpuint(story->warnings->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(story->warnings, 0), ==,
                    "it tells of no address with the name 'unknown'");
    selection_clear(&selection);
}

#define BIT(number) (UINT32_C(1) << (number))

/* The last state of either end; one that it was in before does not count. */
static void test_state(void)
{
    check(&(struct selection){.wanted.states = BIT(TSM_SYN_SENT)}, "02");
    check(&(struct selection){.wanted.states = BIT(TSM_CLOSE_WAIT)}, "1");
    check(&(struct selection){.wanted.states = BIT(TSM_UNKNOWN)}, "");
    check(&(struct selection){.wanted.states = BIT(TSM_SYN_SENT) | BIT(TSM_CLOSE_WAIT)}, "012");
    check(&(struct selection){.unwanted.states = BIT(TSM_CLOSE_WAIT)}, "02");
}

static void test_outcome(void)
{
    check(&(struct selection){.wanted.openings = BIT(OPENING_MIDSTREAM)}, "012");
    check(&(struct selection){.wanted.openings = BIT(OPENING_REFUSED)}, "");
    check(&(struct selection){.wanted.endings = BIT(ENDING_OPEN)}, "012");
    check(&(struct selection){.wanted.endings = BIT(ENDING_SILENT)}, "");
    check(&(struct selection){.wanted.openings = BIT(OPENING_MIDSTREAM),
                              .wanted.endings = BIT(ENDING_CLEAN)},
          "012"); /* either */
    check(&(struct selection){.unwanted.openings = BIT(OPENING_MIDSTREAM)}, "");
}

/* What can be said when a connection begins, and what cannot. */
static void test_early(void)
{
    struct selection selection = {.any_time = false};

    selection_add_ports(&selection.wanted, 80, 80);
    g_assert_true(selection_is_early(&selection));
    selection.wanted.states = BIT(TSM_SYN_SENT);
    g_assert_false(selection_is_early(&selection));
    selection.wanted.states = 0;
    selection.by_since = true;
    g_assert_false(selection_is_early(&selection));
    selection_clear(&selection);
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
    g_autoptr(Story) story = three(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_false(selection_apply(&selection, story, &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
    g_assert_cmpuint(story->connections->len, ==, 3);
}

/* One by one, as for --follow: times do not count. */
static void test_matches(void)
{
    g_autoptr(Story) story = three(NULL);
    struct selection selection = between(401, 500);

    selection_add_ports(&selection.wanted, 1001, 1001);
    g_assert_true(selection_matches(&selection, story, story_connection(story, 1)));
    g_assert_false(selection_matches(&selection, story, story_connection(story, 0)));
    selection_clear(&selection);
}

/* Of a host's ends only its own. */
static void test_local(void)
{
    g_autoptr(Story) story = three(NULL);
    struct selection selection = {.any_time = false};
    const struct tsm_tuple tuple = stories_tuple(1, 1000, 9, 80);

    g_assert_true(selection_has_local(&selection, story, &tuple, TSM_SERVER));
    selection_add_net(&selection.wanted, &(struct selection_net){{10, 0, 0, 1}, 4, 32});
    g_assert_true(selection_has_local(&selection, story, &tuple, TSM_CLIENT));
    g_assert_false(selection_has_local(&selection, story, &tuple, TSM_SERVER));
    selection_clear(&selection);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/selection/nothing", test_nothing);
    g_test_add_func("/selection/port", test_port);
    g_test_add_func("/selection/stream", test_stream);
    g_test_add_func("/selection/host", test_host);
    g_test_add_func("/selection/name", test_name);
    g_test_add_func("/selection/early", test_early);
    g_test_add_func("/selection/state", test_state);
    g_test_add_func("/selection/outcome", test_outcome);
    g_test_add_func("/selection/time", test_time);
    g_test_add_func("/selection/no-such-frame", test_no_such_frame);
    g_test_add_func("/selection/matches", test_matches);
    g_test_add_func("/selection/local", test_local);
    return g_test_run();
}
