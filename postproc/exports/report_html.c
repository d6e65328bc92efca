/* report_html.c - the page of the report; see report_html.h.
 *
 * The sentences are those of report.c, so that the two never say different things: its lines are
 * taken as for a coloured terminal, and styles become tags.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "report_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "report.h"
#include "tables.h"
#include "write_html.h"

/* A page with more rows is slow in browsers; `list -o FILE.html` has them all. */
#define MAX_ROWS 1000

typedef bool (*text_writer)(const struct judged_captures *captures, struct out *out,
                            GError **error);

/* Text for a terminal with colours. The caller frees it with free(). */
static char *text_of(const struct judged_captures *captures, text_writer writer, GError **error)
{
    char *text = NULL;
    size_t size = 0;
    struct out out = {.name = "memory", .color = true, .width = 100};
    bool ok;

    out.file = open_memstream(&text, &size);
    ok = out.file != NULL && writer(captures, &out, error);
    ok = (out.file == NULL || fclose(out.file) == 0) && ok;
    if (!ok) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "no memory for the report: %s",
                    g_strerror(errno));
        free(text);
        return NULL;
    }
    return text;
}

/* ---- lines ---- */

/* The words of a line that is a heading and nothing else; NULL when it is not. */
static char *heading_of(const char *line)
{
    enum out_style style = OUT_PLAIN;
    const char *words = style_read(line, &style);
    const bool is_heading = words != NULL && style == OUT_HEADING;
    const char *end = words != NULL ? strchr(words, '\033') : NULL;
    const char *rest = end != NULL ? style_read(end, &style) : NULL;

    return rest != NULL && *rest == '\0' && is_heading ? g_strndup(words, (gsize)(end - words))
                                                       : NULL;
}

/* The first heading is the capture's name. */
static void put_heading(GString *html, const char *words, bool first)
{
    g_string_append(html, first ? "<h1>" : "<h2>");
    write_html_text(html, words);
    g_string_append(html, first ? "</h1>\n" : "</h2>\n");
}

/* Lines between headings stay as they are laid out. `first`: a capture begins. */
static void put_lines(GString *html, const char *text, bool first)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool open = false;

    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *heading = heading_of(*line);
        if (heading != NULL) {
            g_string_append(html, open ? "</pre>\n" : "");
            open = false;
            put_heading(html, heading, first);
            first = false;
        } else if (**line != '\0') {
            g_string_append(html, open ? "" : "<pre>");
            open = true;
            write_html_styled(html, *line);
            g_string_append_c(html, '\n');
        }
    }
    g_string_append(html, open ? "</pre>\n" : "");
}

/* ---- connections ---- */

struct page {
    GString *html;
    struct out *out;
};

/* Rows on their way to the page. */
struct limited {
    const struct sheet_rows *rows;
    sheet_visit visit;
    void *data;
    guint n;
};

static void visit_limited(const void *row, void *data)
{
    struct limited *limited = data;

    if (limited->n++ < MAX_ROWS) {
        limited->visit(row, limited->data);
    }
}

static void each_limited(void *context, sheet_visit visit, void *data)
{
    struct limited *limited = context;

    limited->visit = visit;
    limited->data = data;
    limited->rows->each(limited->rows->context, visit_limited, limited);
}

static void put_connections(const struct sheet *sheet, const struct sheet_rows *rows, void *data)
{
    struct page *page = data;
    struct limited limited = {.rows = rows};
    const struct sheet_rows first_rows = {each_limited, &limited};

    put_heading(page->html, "Connections", false);
    write_html_table(page->html, sheet, &first_rows, page->out);
    if (limited.n > MAX_ROWS) {
        g_string_append_printf(page->html,
                               "<p>... and %u more: tcpstory list -o connections.html</p>\n",
                               limited.n - MAX_ROWS);
    }
}

/* ---- all ---- */

static bool put_capture(const struct judged_captures *capture, struct page *page, GError **error)
{
    const struct story *story = g_ptr_array_index(capture->stories, 0);
    char *text = text_of(capture, report_write, error);

    if (text == NULL) {
        return false;
    }
    put_lines(page->html, text, true);
    free(text);
    if (story->connections->len > 0) {
        tables_visit(&table_connections, capture, true, put_connections, page);
    }
    return true;
}

/* What several captures amount to. */
static bool put_sum(const struct judged_captures *captures, struct page *page, GError **error)
{
    char *text = text_of(captures, report_write_sum, error);

    if (text != NULL) {
        put_lines(page->html, text, false);
        free(text);
    }
    return text != NULL;
}

bool report_html_write(const struct judged_captures *captures, struct out *out, GError **error)
{
    g_autoptr(GString) html = g_string_new(NULL);
    const struct story *only = g_ptr_array_index(captures->stories, 0);
    struct page page = {html, out};
    bool ok = true;

    write_html_begin(html, captures->stories->len == 1 ? only->name : "tcpstory");
    for (guint i = 0; ok && i < captures->stories->len; i++) {
        g_autoptr(GPtrArray) story = g_ptr_array_new();
        g_autoptr(GPtrArray) anomalies = g_ptr_array_new();
        g_autoptr(GPtrArray) incidents = g_ptr_array_new();
        const struct judged_captures one = {.stories = story,
                                            .anomalies = anomalies,
                                            .incidents = incidents,
                                            .named = 1,
                                            .utc = captures->utc};
        g_ptr_array_add(story, g_ptr_array_index(captures->stories, i));
        g_ptr_array_add(anomalies, g_ptr_array_index(captures->anomalies, i));
        g_ptr_array_add(incidents, g_ptr_array_index(captures->incidents, i));
        ok = put_capture(&one, &page, error);
    }
    ok = ok && (captures->stories->len == 1 || put_sum(captures, &page, error));
    write_html_end(html);
    out_write(out, html);
    return ok;
}
