/* report_html.c - the page of the report; see report_html.h.
 *
 * The page has everything twice. Without scripts there is the report, whose sentences are those of
 * report.c (its lines are taken as for a coloured terminal, and styles become tags), a picture of
 * states over time and the first connections. With scripts there is what postproc/page makes of the
 * data behind it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "report_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "html_text.h"
#include "page_data.h"
#include "page_frame.h"
#include "page_sources.h"
#include "report.h"
#include "samples.h"
#include "states_picture.h"
#include "tables.h"
#include "text.h"
#include "write_html.h"

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

static void put_heading(GString *html, const char *words)
{
    g_string_append(html, "<h3>");
    html_text(html, words);
    g_string_append(html, "</h3>\n");
}

/* Lines between headings stay as they are laid out. */
static void put_lines(GString *html, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool open = false;

    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *heading = heading_of(*line);
        if (heading != NULL) {
            g_string_append(html, open ? "</pre>\n" : "");
            open = false;
            put_heading(html, heading);
        } else if (**line != '\0') {
            g_string_append(html, open ? "" : "<pre>");
            open = true;
            html_text_styled(html, *line);
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

static void put_connections(const struct sheet *sheet, const struct sheet_rows *rows, void *data)
{
    struct page *page = data;

    put_heading(page->html, "Connections");
    write_html_rows(page->html, sheet, rows);
}

/* ---- facts ---- */

/* The lines below the capture's name, without colours: its size, its time, its quality. */
static char **facts_of(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GStrvBuilder *facts = g_strv_builder_new();
    char **all;

    for (guint i = 1; lines[0] != NULL && lines[i] != NULL && lines[i][0] == ' '; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        style_strip(line, lines[i]);
        g_strv_builder_add(facts, g_strstrip(line->str));
    }
    all = g_strv_builder_end(facts);
    g_strv_builder_unref(facts);
    return all;
}

/* ---- all ---- */

static void put_picture(const struct story *story, enum text_clock clock, GString *html)
{
    const struct selection all = {0};
    g_autoptr(GPtrArray) stories = g_ptr_array_new();
    g_autoptr(GPtrArray) samples = g_ptr_array_new_with_free_func((GDestroyNotify)samples_free);

    g_ptr_array_add(stories, (gpointer)story);
    g_ptr_array_add(samples, samples_take(story, &all, 0, STATES_PICTURE_SAMPLES));
    states_picture(stories, samples, clock, true, html);
}

/* What there is without scripts besides the report. */
static void put_without_scripts(const struct judged_captures *capture, struct page *page)
{
    const struct story *story = g_ptr_array_index(capture->stories, 0);

    if (story->connections->len > 0) {
        g_string_append(page->html, "<noscript>\n");
        put_heading(page->html, "States over time");
        put_picture(story, capture->utc ? TEXT_UTC : TEXT_RELATIVE, page->html);
        tables_visit(&table_connections, capture, true, put_connections, page);
        g_string_append(page->html, "</noscript>\n");
    }
}

static bool put_capture(const struct judged_captures *capture, struct page *page, GPtrArray *facts,
                        GError **error)
{
    char *text = text_of(capture, report_write, error);

    if (text == NULL) {
        return false;
    }
    put_lines(page->html, text);
    g_ptr_array_add(facts, facts_of(text));
    free(text);
    put_without_scripts(capture, page);
    return true;
}

/* What several captures amount to. */
static bool put_sum(const struct judged_captures *captures, struct page *page, GError **error)
{
    char *text = text_of(captures, report_write_sum, error);

    if (text != NULL) {
        put_lines(page->html, text);
        free(text);
    }
    return text != NULL;
}

/* The report of each capture, and of all. */
static bool put_reports(const struct judged_captures *captures, struct page *page, GPtrArray *facts,
                        GError **error)
{
    bool ok = true;

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
        ok = put_capture(&one, page, facts, error);
    }
    return ok && (captures->stories->len == 1 || put_sum(captures, page, error));
}

bool report_html_write(const struct judged_captures *captures, struct out *out, GError **error)
{
    g_autoptr(GString) html = g_string_new(NULL);
    g_autoptr(GPtrArray) facts = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    const struct story *only = g_ptr_array_index(captures->stories, 0);
    struct page page = {html, out};
    const bool one = captures->stories->len == 1;
    g_autofree char *title =
        one ? text_safe_copy(only->name) : g_strdup_printf("%u captures", captures->stories->len);

    page_frame_begin(html, title);
    g_string_append(html, "<header>\n<h1>");
    html_text(html, title);
    g_string_append(html, "</h1>\n</header>\n");
    g_string_append(html, page_sources_report);
    g_string_append(html,
                    "<section id=\"text\" aria-label=\"The report as text\">\n<details open=\"\">"
                    "<summary><h2>The report as text</h2></summary>\n");
    const bool ok = put_reports(captures, &page, facts, error);
    g_string_append(html, "</details>\n</section>\n");
    page_frame_begin_data(html);
    out_write(out, html);
    if (ok) {
        page_data_write(captures, facts, out);
    }
    page_frame_end(html);
    out_write(out, html);
    return ok;
}
