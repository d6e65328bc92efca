/* story_text_test.c - postproc/base/text.c: numbers, times, addresses and words as people read
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "../../postproc/base/text.c"

#define MS 1000000LL

static void check(GString *got, const char *want)
{
    g_assert_cmpstr(got->str, ==, want);
    g_string_truncate(got, 0);
}

static void test_numbers(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    text_number(s, 0);
    check(s, "0");
    text_number(s, UINT64_MAX);
    check(s, "18446744073709551615");
    text_count(s, 999);
    check(s, "999");
    text_count(s, 1234567);
    check(s, "1,234,567");
    text_counted(s, 1, "frame", "frames");
    check(s, "1 frame");
    text_counted(s, 0, "frame", "frames");
    check(s, "0 frames");
}

static void test_seconds(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    text_seconds(s, 1795328916269103216);
    check(s, "1795328916.269103216");
    text_seconds(s, 5);
    check(s, "0.000000005");
    text_seconds(s, -1);
    check(s, "-0.000000001");
    text_seconds_short(s, 1999999999, 6);
    check(s, "1.999999");
    text_seconds_short(s, 7 * S_NS, 0);
    check(s, "7");
    text_seconds_short(s, -1500 * MS, 3);
    check(s, "-1.500");
}

static void test_moments(void)
{
    const int64_t ns = 1795328916269103216;
    g_autoptr(GString) s = g_string_new(NULL);

    text_time(s, ns, TEXT_UTC, 0);
    check(s, "2026-11-22 06:28:36.269103");
    text_time(s, ns, TEXT_LOCAL, 0);
    check(s, "2026-11-22 06:28:36.269103");
    text_time(s, ns, TEXT_EPOCH, 0);
    check(s, "1795328916.269103216");
    text_time(s, ns, TEXT_RELATIVE, ns - 12345678900);
    check(s, "12.345678");
    text_time(s, -1, TEXT_UTC, 0);
    check(s, "1969-12-31 23:59:59.999999");
    text_zone(s, ns, TEXT_UTC);
    check(s, "UTC");
}

/* In a sentence, a time before the origin has one sign only. */
static void test_moments_in_sentences(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    text_moment(s, 1500 * MS, TEXT_RELATIVE, 0);
    check(s, "+1.500000 s");
    text_moment(s, 0, TEXT_RELATIVE, 0);
    check(s, "+0.000000 s");
    text_moment(s, -1, TEXT_RELATIVE, 0);
    check(s, "-0.000001 s");
    text_moment(s, 1500 * MS, TEXT_UTC, 0);
    check(s, "1970-01-01 00:00:01.500000");
}

/* A time before the epoch is no reason to print a wrong one, a huge one no reason to fail. */
static void test_extreme_moments(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    text_time(s, INT64_MAX, TEXT_UTC, 0);
    check(s, "2262-04-11 23:47:16.854775");
    text_time(s, INT64_MIN, TEXT_UTC, 0);
    check(s, "1677-09-21 00:12:43.145224");
    text_seconds(s, INT64_MIN);
    check(s, "-9223372036.854775808");
    text_time(s, INT64_MAX, TEXT_RELATIVE, INT64_MIN);
    check(s, "9223372036.854775");
    g_assert_cmpint(duration(INT64_MAX, INT64_MIN), ==, INT64_MIN);
    g_assert_cmpint(duration(-5, 7), ==, 12);
    g_assert_cmpint(duration_forward(7, -5), ==, 0);
    g_assert_cmpint(duration_sum(INT64_MAX, 1), ==, INT64_MAX);
}

static void test_durations(void)
{
    static const struct {
        int64_t ns;
        const char *want;
    } rows[] = {
        {0, "0 s"},
        {1, "1 ns"},
        {14000, "14 us"},
        {14040, "14 us"},
        {1350 * 1000LL, "1.35 ms"},
        {31736872, "31.7 ms"},
        {999 * MS, "999 ms"},
        {999600 * 1000LL, "1 s"},
        {S_NS, "1 s"},
        {3060 * MS, "3.06 s"},
        {99900 * MS, "99.9 s"},
        {99990 * MS, "1 min 40 s"},
        {125 * S_NS, "2 min 5 s"},
        {7200 * S_NS, "2 h"},
        {12000 * S_NS, "3 h 20 min"},
        {360000 * S_NS, "4 d 4 h"},
        {-5 * MS, "-5 ms"},
    };
    g_autoptr(GString) s = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        text_duration(s, rows[i].ns);
        check(s, rows[i].want);
    }
}

static void test_bytes(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    text_bytes(s, 0);
    check(s, "0 B");
    text_bytes(s, 25);
    check(s, "25 B");
    text_bytes(s, 1400);
    check(s, "1.4 kB");
    text_bytes(s, 3200000000);
    check(s, "3.2 GB");
    text_bytes(s, UINT64_MAX);
    check(s, "18.4 EB");
}

static void test_addresses(void)
{
    static const struct tsm_tuple v4 = {.src = {10, 9, 0, 1},
                                        .dst = {255, 255, 255, 255},
                                        .sport = 39870,
                                        .dport = 9502,
                                        .addr_len = 4};
    static const struct tsm_tuple v6 = {.src = {0xfd, 0, 0, 9, [15] = 1},
                                        .dst = {[15] = 1},
                                        .sport = 1,
                                        .dport = 65535,
                                        .addr_len = 16};
    static const struct tsm_tuple mapped = {.src = {[10] = 0xff, 0xff, 192, 0, 2, 1},
                                            .addr_len = 16};
    g_autoptr(GString) s = g_string_new(NULL);

    text_endpoint(s, &v4, TSM_CLIENT);
    check(s, "10.9.0.1:39870");
    text_endpoint(s, &v4, TSM_SERVER);
    check(s, "255.255.255.255:9502");
    text_endpoint(s, &v6, TSM_CLIENT);
    check(s, "[fd00:9::1]:1");
    text_endpoint(s, &v6, TSM_SERVER);
    check(s, "[::1]:65535");
    text_host(s, mapped.src, 16);
    check(s, "::ffff:192.0.2.1");
}

static void test_safe(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    text_safe(s, "a\tb\nc\033[31md\x7f");
    check(s, "a?b?c?[31md?");
    text_safe(s, "caf\xc3\xa9");
    check(s, "caf\xc3\xa9");
    text_safe(s, "\xc2\x9b"
                 "31m"); /* CSI in eight bits */
    check(s, "?31m");
    text_safe(s, "\xff");
    check(s, "\xef\xbf\xbd");
}

static void test_wrap(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    text_wrap(s, "short\n\nlines\n", 10, 4);
    check(s, "short\n\nlines\n");
    text_wrap(s, "  one two three four\n", 10, 4);
    check(s, "  one two\n    three\n    four\n");
    text_wrap(s, "  unbreakableword x", 10, 4);
    check(s, "  unbreakableword\n    x");
    text_wrap(s, "\033[1maa\033[0m bb cc", 8, 2);
    check(s, "\033[1maa\033[0m bb cc");
}

static void test_nearest(void)
{
    static const char *const words[] = {"report", "list", "timeline", "tsv", NULL};

    g_assert_cmpstr(text_nearest("lst", words), ==, "list");
    g_assert_cmpstr(text_nearest("timelien", words), ==, "timeline");
    g_assert_cmpstr(text_nearest("tvs", words), ==, "tsv");
    g_assert_cmpstr(text_nearest("rep", words), ==, "report");
    g_assert_cmpstr(text_nearest("reports", words), ==, "report");
    g_assert_null(text_nearest("netstat", words));
    g_assert_null(text_nearest("", words));
    g_assert_null(text_nearest("a-word-of-more-than-thirty-one-letters", words));
}

int main(int argc, char **argv)
{
    g_setenv("TZ", "UTC", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/numbers", test_numbers);
    g_test_add_func("/text/seconds", test_seconds);
    g_test_add_func("/text/moments", test_moments);
    g_test_add_func("/text/moments_in_sentences", test_moments_in_sentences);
    g_test_add_func("/text/moments/extreme", test_extreme_moments);
    g_test_add_func("/text/durations", test_durations);
    g_test_add_func("/text/bytes", test_bytes);
    g_test_add_func("/text/addresses", test_addresses);
    g_test_add_func("/text/safe", test_safe);
    g_test_add_func("/text/wrap", test_wrap);
    g_test_add_func("/text/nearest", test_nearest);
    return g_test_run();
}
