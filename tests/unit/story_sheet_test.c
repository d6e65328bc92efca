/* story_sheet_test.c - sheet.c: choosing columns, and text that fits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"
#include "sheet.h"

#include <glib/gstdio.h>
#include <string.h>

struct row {
    const char *name, *size, *note;
};

static void put_name(const void *row, GString *cell)
{
    g_string_append(cell, ((const struct row *)row)->name);
}

static void put_size(const void *row, GString *cell)
{
    g_string_append(cell, ((const struct row *)row)->size);
}

static void put_note(const void *row, GString *cell)
{
    g_string_append(cell, ((const struct row *)row)->note);
}

static const struct sheet_column columns[] = {
    {"name", "what it is called", 1, false, put_name, NULL, NULL},
    {"size", "how large it is", 2, true, put_size, NULL, NULL},
    {"note", "what else", 3, false, put_note, NULL, NULL},
    {"raw", "for machines", 0, true, put_size, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};

/* The names of what is chosen; "!" and the message when it is refused. */
static char *choose(const char *names, bool text)
{
    g_autoptr(GError) error = NULL;
    GString *got = g_string_new(NULL);
    struct sheet sheet;

    if (!sheet_choose(&sheet, columns, names, text, &error)) {
        g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
        g_string_printf(got, "!%s", error->message);
    } else {
        g_assert_true(sheet.fit == (names == NULL));
        for (guint i = 0; i < sheet.columns->len; i++) {
            g_string_append_printf(got, "%s ", sheet_column_at(&sheet, i)->name);
        }
    }
    sheet_clear(&sheet);
    sheet_clear(&sheet); /* twice is once */
    return g_string_free(got, FALSE);
}

#define CHECK_CHOICE(names, text, want)              \
    do {                                             \
        g_autofree char *got_ = choose(names, text); \
        g_assert_cmpstr(got_, ==, (want));           \
    } while (0)

static void test_choice(void)
{
    CHECK_CHOICE(NULL, true, "name size note ");
    CHECK_CHOICE(NULL, false, "name size note raw ");
    CHECK_CHOICE("raw", true, "raw ");
    CHECK_CHOICE("note, name,note", true, "note name note "); /* in that order, and twice */
    CHECK_CHOICE("nane", true, "!there is no column 'nane'; did you mean 'name'?");
    CHECK_CHOICE("x", true, "!there is no column 'x'; there are: name size note raw");
    CHECK_CHOICE("", true, "!there is no column ''; there are: name size note raw");
    CHECK_CHOICE("name,", true, "!--columns: 'name,' has an empty name");
    CHECK_CHOICE(",", true, "!--columns: ',' has an empty name");
}

static void test_missing(void)
{
    g_assert_true(sheet_is_missing("-"));
    g_assert_false(sheet_is_missing(""));
    g_assert_false(sheet_is_missing("--"));
    g_assert_false(sheet_is_missing("-1"));
}

/* ---- text ---- */

struct rows {
    const struct row *rows;
    gsize n;
};

static void each(void *context, sheet_visit visit, void *data)
{
    const struct rows *rows = context;

    for (gsize i = 0; i < rows->n; i++) {
        visit(&rows->rows[i], data);
    }
}

static char *print(struct rows rows, const char *names, unsigned width, bool once)
{
    g_autofree char *folder = g_dir_make_tmp("tcpstory-sheet-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "out", NULL);
    const struct sheet_rows source = {each, &rows};
    char *text = NULL;
    struct sheet sheet;
    struct out out;

    g_assert_true(sheet_choose(&sheet, columns, names, true, NULL));
    g_assert_true(out_open(&out, path, "never", NULL));
    out.width = width;
    sheet.once = once;
    sheet_print_text(&sheet, &source, &out);
    g_assert_true(out_close(&out, NULL));
    sheet_clear(&sheet);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_unlink(path);
    g_rmdir(folder);
    return text;
}

#define CHECK_TEXT(table, names, width, once, want)                               \
    do {                                                                          \
        g_autofree char *got_ =                                                   \
            print((struct rows){table, G_N_ELEMENTS(table)}, names, width, once); \
        g_assert_cmpstr(got_, ==, (want));                                        \
    } while (0)

static const struct row some[] = {{"a", "1", "-"}, {"longer", "12345", "n"}};

static void test_text(void)
{
    CHECK_TEXT(some, NULL, 80, false,
               "name     size  note\n"
               "a           1  -\n"
               "longer  12345  n\n");
}

/* The lines are as wide as they may be; by one less the column of the highest rank goes, and so
 * on, but never one of rank 1, and none that the user named. */
static void test_fit(void)
{
    CHECK_TEXT(some, NULL, 19, false, "name     size  note\na           1  -\nlonger  12345  n\n");
    CHECK_TEXT(some, NULL, 18, false, "name     size\na           1\nlonger  12345\n");
    CHECK_TEXT(some, NULL, 12, false, "name\na\nlonger\n");
    CHECK_TEXT(some, NULL, 1, false, "name\na\nlonger\n");
    CHECK_TEXT(some, "name,note", 1, false, "name    note\na       -\nlonger  n\n");
}

/* Characters count, not bytes. */
static void test_utf8(void)
{
    static const struct row rows[] = {{"\u00e4\u00f6\u00fc\u00df\u00e9", "1", "x"}};

    CHECK_TEXT(rows, "name,note", 80, false, "name   note\n\u00e4\u00f6\u00fc\u00df\u00e9  x\n");
}

/* Rows that come once: columns grow as they come; what did not fit at first stays out. */
static void test_growing(void)
{
    CHECK_TEXT(some, NULL, 80, true, "name  size  note\na        1  -\nlonger  12345  n\n");
    CHECK_TEXT(some, NULL, 15, true, "name  size\na        1\nlonger  12345\n");
}

static void test_no_rows(void)
{
    g_autofree char *all = print((struct rows){NULL, 0}, NULL, 80, false);
    g_autofree char *once = print((struct rows){NULL, 0}, NULL, 80, true);

    g_assert_cmpstr(all, ==, "name  size  note\n");
    g_assert_cmpstr(once, ==, ""); /* nobody knows yet which columns fit */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sheet/choice", test_choice);
    g_test_add_func("/sheet/missing", test_missing);
    g_test_add_func("/sheet/text", test_text);
    g_test_add_func("/sheet/fit", test_fit);
    g_test_add_func("/sheet/utf8", test_utf8);
    g_test_add_func("/sheet/growing", test_growing);
    g_test_add_func("/sheet/no-rows", test_no_rows);
    return g_test_run();
}
