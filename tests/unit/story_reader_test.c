/* story_reader_test.c - postproc/readers/read_records.c: record streams whole, in crumbs, cut and
 * broken.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define TCPSTORY_VERSION "test"
#include "../../postproc/base/text.c"

#include "../../postproc/base/errors.c"
#include "../../postproc/readers/lines.c"
#include "../../postproc/readers/read_records.c"
#include "../../postproc/story/marks.c"
#include "../../postproc/story/story.c"

#define HEADER "H\ttcpstate\t4\t0.1.0\t4.0.17\n"
#define START "S\t0\t1000\t1\t0a090001\t44346\t0a090002\t8080\t1\t-\n"
#define CHANGE "C\t0\t0\t1000\t1\t1000\t1\t3\t0\t8\t1\n"
#define CAPTURE "Q\t11\t1000\t2000\t11\t0\t0\t0\t0\t0\t0\n"
#define END "Z\n"
#define WHOLE HEADER START CHANGE CAPTURE END

/* Text that is read in pieces of a given size. */
struct pieces {
    const char *rest;
    gsize size;
    bool fails; /* at the end, instead of ending */
};

static gssize read_piece(void *context, char *buf, gsize size, GError **error)
{
    struct pieces *pieces = context;
    const gsize n = MIN(MIN(pieces->size, size), strlen(pieces->rest));

    if (n == 0 && pieces->fails) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, "the disk is on fire");
        return -1;
    }
    memcpy(buf, pieces->rest, n);
    pieces->rest += n;
    return (gssize)n;
}

static struct story *read_text(const char *text, gsize size, bool fails, GError **error)
{
    struct pieces pieces = {text, size, fails};
    const struct byte_source source = {read_piece, &pieces};
    g_autoptr(Story) story = story_new("x", NULL);

    return read_records(story, &source, error) ? g_steal_pointer(&story) : NULL;
}

static void test_pieces(void)
{
    static const gsize sizes[] = {1, 2, 7, 64, LINES_LONGEST};

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Story) story = read_text(WHOLE, sizes[i], false, &error);
        g_assert_no_error(error);
        g_assert_true(story->complete);
        g_assert_false(story->partial);
        g_assert_cmpuint(story->connections->len, ==, 1);
        g_assert_cmpuint(story->capture.frames, ==, 11);
        g_assert_cmpstr(story->header.wireshark, ==, "4.0.17");
    }
}

/* Something of it could be read: the story is partial and says why. */
static void check_partial(const char *text, guint connections, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Story) story = read_text(text, 16, false, &error);

    g_assert_no_error(error);
    g_assert_true(story->partial);
    g_assert_cmpuint(story->warnings->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(story->warnings, 0), ==, why);
    g_assert_cmpuint(story->connections->len, ==, connections);
}

static void test_partial(void)
{
    static const char cut[] = "the record stream was cut short: its last record is missing";

    check_partial(HEADER START CHANGE CAPTURE, 1, cut);
    check_partial(HEADER START "C\t0\t0\t10", 1, cut);
    check_partial(HEADER START CHANGE CAPTURE "Z", 1, cut); /* a line ends with a newline */
    check_partial(HEADER, 0, cut);
    check_partial(HEADER START "C\t0\tx\n" CHANGE CAPTURE END, 1,
                  "line 3 of the record stream: not a record: \"C?0?x\"");
    check_partial(HEADER "\n" CAPTURE END, 0, "line 2 of the record stream: not a record: \"\"");
    check_partial(HEADER CHANGE END, 0,
                  "line 2 of the record stream: stream 0 was not begun by a record of type S");
    check_partial(HEADER START START END, 1, "line 3 of the record stream: stream 0 begins twice");
    check_partial(HEADER START HEADER, 1, "line 3 of the record stream: a second header");
    check_partial(WHOLE CHANGE, 1,
                  "line 6 of the record stream: something follows the last record: "
                  "\"C?0?0?1000?1?1000?1?3?0?8?1\"");
}

static void check_failure(const char *text, int code, const char *start)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Story) story = read_text(text, 16, false, &error);

    g_assert_null(story);
    g_assert_error(error, TCPSTORY_ERROR, code);
    g_assert_true(g_str_has_prefix(error->message, start));
}

static void test_failures(void)
{
    check_failure("", EXIT_INPUT, "not a record stream");
    check_failure("hello\n", EXIT_INPUT, "not a record stream");
    check_failure("H\tother\t1\n", EXIT_INPUT, "not a record stream");
    check_failure("H\ttcpst", EXIT_INPUT, "the record stream ends in its first line");
    check_failure("H\ttcpstate\t99\t9.9\t4.0.17\tnew\n", EXIT_TSHARK,
                  "the plugin writes version 99 of the record stream");
}

static void test_read_error(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Story) late = read_text(HEADER START, 16, true, &error);
    g_autoptr(Story) early = NULL;

    g_assert_no_error(error);
    g_assert_true(late->partial);
    g_assert_cmpstr(g_ptr_array_index(late->warnings, 0), ==, "the disk is on fire");
    early = read_text("", 16, true, &error);
    g_assert_null(early);
    g_assert_error(error, TCPSTORY_ERROR, EXIT_INPUT);
}

/* A line that never ends must neither fill the memory nor loop. */
static void test_endless_line(void)
{
    g_autofree char *text = g_malloc0(3 * LINES_LONGEST);
    g_autoptr(GError) error = NULL;
    g_autoptr(Story) story = NULL;
    g_autoptr(Story) headless = NULL;

    strcpy(text, HEADER);
    memset(text + strlen(HEADER), 'C', 2 * LINES_LONGEST);
    story = read_text(text, 100000, false, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(g_ptr_array_index(story->warnings, 0), ==,
                    "line 2 of the record stream: longer than any record");

    memset(text, 'H', 2 * LINES_LONGEST);
    headless = read_text(text, 100000, false, &error);
    g_assert_null(headless);
    g_assert_error(error, TCPSTORY_ERROR, EXIT_INPUT);
}

static void test_recognition(void)
{
    g_assert_true(is_record_stream(WHOLE, 16));
    g_assert_true(is_record_stream("H\ttc", 4));
    g_assert_false(is_record_stream("H\ttx", 4));
    g_assert_false(is_record_stream("", 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader/pieces", test_pieces);
    g_test_add_func("/reader/partial", test_partial);
    g_test_add_func("/reader/failures", test_failures);
    g_test_add_func("/reader/read-error", test_read_error);
    g_test_add_func("/reader/endless-line", test_endless_line);
    g_test_add_func("/reader/recognition", test_recognition);
    return g_test_run();
}
