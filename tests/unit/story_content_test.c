/* story_content_test.c - postproc/readers/content.c: what a file is, by its first bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "content.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// clang-format off
static const struct {
    const char *bytes;
    gsize n;
    enum content_kind kind;
    const char *name;
} rows[] = {
    {"",                            0, CONTENT_UNKNOWN, NULL},
    {"\xd4\xc3\xb2\xa1",            4, CONTENT_CAPTURE, "pcap"},
    {"\xd4\xc3\xb2",                3, CONTENT_UNKNOWN, NULL}, /* cut short */
    {"\xd4\xc3\xb2\xa2",            4, CONTENT_UNKNOWN, NULL},
    {"\x4d\x3c\xb2\xa1\2\0\4\0",    8, CONTENT_CAPTURE, "pcap"},
    {"\x0a\x0d\x0d\x0a",            4, CONTENT_CAPTURE, "pcapng"},
    {"snoop\0\0\0",                 8, CONTENT_CAPTURE, "snoop"},
    {"snoop\0\0",                   7, CONTENT_UNKNOWN, NULL},
    {"snoop...",                    8, CONTENT_UNKNOWN, NULL},
    {"TRSNIFF data    ",           16, CONTENT_CAPTURE, "Sniffer"},
    {"TRSNIFF data   ",            15, CONTENT_UNKNOWN, NULL},
    {"\x1f\x8b",                    2, CONTENT_CAPTURE, "gzip"},
    {"\x1f",                        1, CONTENT_UNKNOWN, NULL},
    {"\xfd" "7zXZ\0",               6, CONTENT_PACKED,  "xz"},
    {"BZh9",                        4, CONTENT_PACKED,  "bzip2"},
    {"PK\3\4",                      4, CONTENT_ARCHIVE, "zip"},
    {"PK\5\6",                      4, CONTENT_UNKNOWN, NULL}, /* an empty one */
    {"[",                           1, CONTENT_JSON,    "JSON"},
    {"{\"index\"",                  8, CONTENT_JSON,    "JSON"},
    {" [",                          2, CONTENT_UNKNOWN, NULL},
    {"H\ttcpstate\t4\t0.1",        16, CONTENT_RECORDS, "record stream"},
    {"H\tt",                        3, CONTENT_RECORDS, "record stream"}, /* as far as it goes */
    {"H\t",                         2, CONTENT_UNKNOWN, NULL},
    {"H\ttcpstats\t3",             12, CONTENT_UNKNOWN, NULL},
    {"frame.number\tip",           15, CONTENT_FIELDS,  "-T fields"},
    {"\"frame.number\"",           14, CONTENT_FIELDS,  "-T fields"},
    {"\xef\xbb\xbf" "ip.src",       9, CONTENT_FIELDS,  "-T fields"},
    {"_ws.col.info",               12, CONTENT_FIELDS,  "-T fields"},
    {"frame",                       5, CONTENT_UNKNOWN, NULL},
    {"frame.",                      6, CONTENT_UNKNOWN, NULL},
    {"Frame.number",               12, CONTENT_UNKNOWN, NULL},
    {"\0\0\0\0",                    4, CONTENT_UNKNOWN, NULL},
};
// clang-format on

static void test_kinds(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        /* No byte behind the last one is read: a sanitizer would tell. */
        g_autofree char *bytes = g_malloc(MAX(rows[i].n, 1));
        memcpy(bytes, rows[i].bytes, rows[i].n);
        const struct content got = content_of(bytes, rows[i].n);
        g_test_message("row %u, %s", (unsigned)i, rows[i].name != NULL ? rows[i].name : "unknown");
        g_assert_cmpint(got.kind, ==, rows[i].kind);
        g_assert_cmpstr(got.name, ==, rows[i].name);
    }
}

/* What was looked at is still there to be read. */
static void check_peek(int fd, const char *want)
{
    char bytes[CONTENT_BYTES], again[64] = {0};
    gsize n = 99;

    g_assert_true(content_peek(fd, bytes, &n));
    g_assert_cmpmem(bytes, n, want, MIN(strlen(want), CONTENT_BYTES));
    g_assert_cmpint(read(fd, again, sizeof again - 1), ==, strlen(want));
    g_assert_cmpstr(again, ==, want);
    close(fd);
}

static const char *const texts[] = {"", "[", "fifteen bytes..", "sixteen bytes...",
                                    "more than sixteen bytes"};

static void test_peek_file(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = NULL;
        const int fd = g_file_open_tmp("tcpstory-content-XXXXXX", &path, NULL);
        g_assert_cmpint(write(fd, "skipped", 7), ==, 7);
        g_assert_cmpint(write(fd, texts[i], strlen(texts[i])), ==, strlen(texts[i]));
        lseek(fd, 7, SEEK_SET); /* it looks from where it stands */
        check_peek(fd, texts[i]);
        unlink(path);
    }
}

static gpointer write_slowly(gpointer data)
{
    const int fd = GPOINTER_TO_INT(data);

    for (const char *c = texts[4]; *c != '\0'; c++) {
        g_assert_cmpint(write(fd, c, 1), ==, 1);
        g_usleep(500);
    }
    close(fd);
    return NULL;
}

static void test_peek_pipe(void)
{
    int ends[2];

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_cmpint(pipe(ends), ==, 0);
        g_assert_cmpint(write(ends[1], texts[i], strlen(texts[i])), ==, strlen(texts[i]));
        close(ends[1]);
        check_peek(ends[0], texts[i]);
    }
}

/* A writer that takes its time is waited for. */
static void test_peek_slow_pipe(void)
{
    char bytes[CONTENT_BYTES];
    gsize n = 0;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    GThread *thread = g_thread_new("writer", write_slowly, GINT_TO_POINTER(ends[1]));
    g_assert_true(content_peek(ends[0], bytes, &n));
    g_assert_cmpmem(bytes, n, texts[4], CONTENT_BYTES);
    g_thread_join(thread);
    close(ends[0]);
}

static void test_peek_nothing(void)
{
    char bytes[CONTENT_BYTES];
    gsize n;

    g_assert_false(content_peek(-1, bytes, &n));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/content/kinds", test_kinds);
    g_test_add_func("/content/peek/file", test_peek_file);
    g_test_add_func("/content/peek/pipe", test_peek_pipe);
    g_test_add_func("/content/peek/slow-pipe", test_peek_slow_pipe);
    g_test_add_func("/content/peek/nothing", test_peek_nothing);
    return g_test_run();
}
