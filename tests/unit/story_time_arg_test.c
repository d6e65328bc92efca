/* story_time_arg_test.c - postproc/story/time_arg.c: points in time as users write them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "../../postproc/base/errors.c"
#include "../../postproc/story/marks.c"
#include "../../postproc/story/story.c"
#include "../../postproc/story/time_arg.c"

static const struct {
    const char *text;
    enum time_arg_kind kind;
    int64_t ns;
} readable[] = {
    {"0", TIME_ARG_EPOCH, 0},
    {"1795328916", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795328916000000000)},
    {"1795328916.269103216", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795328916269103216)},
    {"1.0000000019", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1000000001)},
    {"+1.5", TIME_ARG_AFTER_START, G_GINT64_CONSTANT(1500000000)},
    {"+.25", TIME_ARG_AFTER_START, G_GINT64_CONSTANT(250000000)},
    {"+0", TIME_ARG_AFTER_START, 0},
    {"2026-11-22T06:28:36.269103216Z", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795328916269103216)},
    {"2026-11-22 06:28:36", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795328916000000000)},
    {"2026-11-22T07:28:36.5+01:00", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795328916500000000)},
    {"2026-11-22", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795305600000000000)},
    {"#123", TIME_ARG_AFTER_FRAME, 0},
    {"end", TIME_ARG_END, 0},
    {"+1m30s", TIME_ARG_AFTER_START, G_GINT64_CONSTANT(90000000000)},
    {"+1h2min3.5s", TIME_ARG_AFTER_START, G_GINT64_CONSTANT(3723500000000)},
    {"+250ms", TIME_ARG_AFTER_START, G_GINT64_CONSTANT(250000000)},
    {"+7us", TIME_ARG_AFTER_START, 7000},
    {"-5s", TIME_ARG_BEFORE_END, G_GINT64_CONSTANT(5000000000)},
    {"-5", TIME_ARG_BEFORE_END, G_GINT64_CONSTANT(5000000000)},
    {"06:28", TIME_ARG_CLOCK, G_GINT64_CONSTANT(23280000000000)},
    {"6:28:36.5", TIME_ARG_CLOCK, G_GINT64_CONSTANT(23316500000000)},
    {"2026-11-22 06:28", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795328880000000000)},
    {"2026-11-22T06:28Z", TIME_ARG_EPOCH, G_GINT64_CONSTANT(1795328880000000000)},
};

static const char *const unreadable[] = {
    "",
    "+",
    "+1x",
    "+s",
    "+1s2",
    "24:00",
    "12:60",
    "12:5",
    "12:00:60",
    "12:",
    ".",
    "1.5.2",
    "-",
    "#",
    "#0",
    "#-1",
    "#4294967296",
    "END",
    "2026-13-22",
    "2026-11-22T25:00:00Z",
    "+ 1",
    "1e9",
    "99999999999999999999",
    "2026-11-22T06",
    "9300000000",
    "3000-01-01",
};

static void test_readable(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(readable); i++) {
        struct time_arg moment;
        GError *error = NULL;
        g_assert_true(time_arg_read(&moment, "at", readable[i].text, true, &error));
        g_assert_no_error(error);
        g_assert_cmpint(moment.kind, ==, readable[i].kind);
        g_assert_cmpint(moment.ns, ==, readable[i].ns);
    }
}

static void test_unreadable(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(unreadable); i++) {
        struct time_arg moment;
        g_autoptr(GError) error = NULL;
        g_test_message("%s", unreadable[i]);
        g_assert_false(time_arg_read(&moment, "at", unreadable[i], true, &error));
        g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
    }
}

static int64_t when(const struct story *story, const char *text)
{
    struct time_arg moment;
    int64_t ns = 0;

    g_assert_true(time_arg_read(&moment, "at", text, true, NULL));
    g_assert_true(time_arg_in(&moment, story, &ns, NULL));
    return ns;
}

static void add(struct story *story, uint32_t frame, int64_t ns)
{
    struct tsm_record record = {
        .type = TSM_RECORD_SEGMENT,
        .u.segment = {.frame = frame, .time_ns = ns},
    };

    g_assert_true(story_add(story, &record, NULL));
}

static void test_in_a_capture(void)
{
    struct story_wants wants = {.segments_of = TSM_NO_STREAM};
    const struct tsm_record start = {.type = TSM_RECORD_START};
    struct time_arg moment;
    int64_t ns;
    g_autoptr(GError) error = NULL;

    story_want_frame(&wants, 7);
    story_want_frame(&wants, 0);
    g_autoptr(Story) story = story_new("x", &wants);
    g_assert_true(story_wants_segments(story));
    g_assert_true(story_add(story, &start, NULL));
    add(story, 2, 100);
    add(story, 6, 300);
    add(story, 9, 900);
    story->has_capture = true;
    story->capture = (struct tsm_record_capture){.start_ns = 50, .end_ns = 1000, .frames = 10};
    g_assert_cmpint(when(story, "+0.000000005"), ==, 55);
    g_assert_cmpint(when(story, "end"), ==, 1000);
    g_assert_cmpint(when(story, "-0.0000001"), ==, 900);
    g_assert_cmpint(when(story, "#7"), ==, 300);
    g_assert_true(time_arg_read(&moment, "at", "#11", true, NULL));
    g_assert_false(time_arg_in(&moment, story, &ns, &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
}

/* A capture from 23:00 to 1:00 of the next day, UTC. */
static void test_clock(void)
{
    const int64_t day_ns = G_GINT64_CONSTANT(86400000000000);
    const int64_t hour_ns = day_ns / 24;
    g_autoptr(Story) story = story_new("x", NULL);

    story->has_capture = true;
    story->capture = (struct tsm_record_capture){
        .start_ns = 10 * day_ns + 23 * hour_ns, .end_ns = 11 * day_ns + hour_ns, .frames = 10};
    g_assert_cmpint(when(story, "23:30"), ==, 10 * day_ns + 23 * hour_ns + hour_ns / 2);
    g_assert_cmpint(when(story, "0:30"), ==, 11 * day_ns + hour_ns / 2);
    g_assert_cmpint(when(story, "22:00"), ==, 10 * day_ns + 22 * hour_ns); /* before it */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/moment/readable", test_readable);
    g_test_add_func("/moment/unreadable", test_unreadable);
    g_test_add_func("/moment/in_a_capture", test_in_a_capture);
    g_test_add_func("/moment/clock", test_clock);
    return g_test_run();
}
