/* story_ladder_test.c - postproc/report/ladder.c: rungs, runs and waits of one connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "../../postproc/base/style.c"
#include "../../postproc/base/text.c"
#include "../../postproc/report/ladder.c"

#define MS 1000000LL

static struct ladder_row rung(int64_t ms, uint32_t frame, enum tsm_side sender, unsigned flags,
                              uint32_t payload)
{
    struct ladder_row row = {
        .segment = {.time_ns = ms * MS,
                    .frame = frame,
                    .payload = payload,
                    .flags = (uint16_t)flags,
                    .window = 1000,
                    .sender = (uint8_t)sender,
                    .action = payload > 0 ? TSM_ACT_DATA : TSM_ACT_ACK,
                    .state = {TSM_ESTABLISHED, TSM_ESTABLISHED}},
        .certain = {true, true},
    };

    return row;
}

static char *print(const struct ladder_row *rows, guint n, bool every)
{
    const struct ladder ladder = {
        .rows = rows, .n = n, .end_ns = INT64_MIN, .width = 100, .every = every};
    GString *text = g_string_new(NULL);

    ladder_print(&ladder, text);
    return g_string_free(text, FALSE);
}

static guint count(const char *text, const char *what)
{
    guint n = 0;

    while ((text = strstr(text, what)) != NULL) {
        text += strlen(what);
        n++;
    }
    return n;
}

static void test_nothing(void)
{
    g_autofree char *text = print(NULL, 0, false);

    g_assert_cmpstr(text, ==, "");
}

/* Six plain segments are one line, unless every one is wanted; a moved state is a line of its own.
 */
static void test_runs(void)
{
    struct ladder_row rows[8];

    for (guint i = 0; i < 8; i++) {
        rows[i] = rung((int64_t)i, i + 1, i % 2 == 0 ? TSM_CLIENT : TSM_SERVER, TSM_ACK,
                       i % 2 == 0 ? 100 : 0);
    }
    rows[5].segment.notes = TSM_NOTE_RETRANSMISSION;
    rows[7].certain[TSM_SERVER] = false;
    g_autofree char *brief = print(rows, 8, false);
    g_autofree char *all = print(rows, 8, true);
    g_assert_cmpuint(count(brief, "\n"), ==, 5); /* the remark on the run takes two lines */
    g_assert_nonnull(strstr(brief, "-> 300 B  <- ACK"));
    g_assert_nonnull(strstr(brief, "6 segments to 7 in 5 ms"));
    g_assert_nonnull(strstr(brief, "retransmission"));
    g_assert_nonnull(strstr(brief, "ESTABLISHED?"));
    g_assert_cmpuint(count(all, "\n"), ==, 9);
}

/* What must be told by itself never goes into a run. */
static void test_loud_segments(void)
{
    struct ladder_row rows[12];

    for (guint i = 0; i < 12; i++) {
        rows[i] = rung((int64_t)i, i + 1, TSM_CLIENT, TSM_ACK, 0);
    }
    rows[4].segment.notes = TSM_NOTE_RST_IGNORED;
    rows[4].segment.flags = TSM_RST;
    rows[4].segment.call = TSM_CALL_ABORT;
    rows[8].segment.notes = TSM_NOTE_CHALLENGE;
    g_autofree char *text = print(rows, 12, false);
    g_assert_nonnull(strstr(text, "reset ignored\n"));
    g_assert_nonnull(strstr(text, "challenge ack\n"));
}

/* A wait is marked from 0.2 s on, or from a fiftieth of a long connection; it ends a run. */
static void test_waits(void)
{
    struct ladder_row rows[10];

    for (guint i = 0; i < 10; i++) {
        rows[i] = rung((int64_t)i + (i >= 5 ? 250 : 0), i + 1, TSM_CLIENT, TSM_ACK, 10);
    }
    rows[5].segment.sender = TSM_SERVER;
    g_autofree char *brief = print(rows, 10, false);
    g_assert_cmpuint(count(brief, ". . . 251 ms until the server answers . . ."), ==, 1);
    rows[9].segment.time_ns = 100000 * MS;
    g_autofree char *lengthy = print(rows, 10, false);
    g_assert_null(strstr(lengthy, "251 ms until"));
    g_assert_nonnull(strstr(lengthy, "longest pause 251 ms"));
    g_assert_nonnull(strstr(lengthy, "99.7 s until the client sends"));
}

static void test_time_passes(void)
{
    struct ladder_row rows[2] = {rung(0, 1, TSM_CLIENT, TSM_ACK, 0), rung(60000, 0, 0, 0, 0)};
    g_autofree char *text = NULL;

    rows[1].segment.state[TSM_CLIENT] = TSM_CLOSED;
    rows[1].reason = "2MSL have passed";
    text = print(rows, 2, false);
    g_assert_nonnull(strstr(text, ". . . 60 s . . .\n"));
    g_assert_nonnull(strstr(text, "CLOSED "));
    g_assert_nonnull(strstr(text, "2MSL have passed\n"));
}

/* Whatever a capture says, lines fit: all flags, great numbers, every note. */
static void test_hostile(void)
{
    struct ladder_row rows[3] = {rung(0, UINT32_MAX, TSM_SERVER, 0xffff, UINT32_MAX),
                                 rung(INT64_MAX / MS, 1, TSM_CLIENT, 0, 0),
                                 rung(INT64_MIN / MS, 2, TSM_CLIENT, 0xff, 9)};
    g_auto(GStrv) lines = NULL;

    rows[0].segment.notes = UINT32_MAX;
    rows[1].segment.action = 255;
    rows[1].segment.call = 255;
    rows[2].segment.close_steps = 255;
    g_autofree char *text = print(rows, 3, true);
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_assert_cmpuint(strlen(*line), <=, 100);
    }
    g_assert_nonnull(strstr(text, "no flags"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ladder/nothing", test_nothing);
    g_test_add_func("/ladder/runs", test_runs);
    g_test_add_func("/ladder/loud_segments", test_loud_segments);
    g_test_add_func("/ladder/waits", test_waits);
    g_test_add_func("/ladder/time_passes", test_time_passes);
    g_test_add_func("/ladder/hostile", test_hostile);
    return g_test_run();
}
