/* write_html.c - tables as pages; see write_html.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "write_html.h"

#include "dictionary.h"
#include "html_text.h"
#include "letters.h"
#include "page_frame.h"
#include "page_sources.h"
#include "text.h"
#include "write_json.h"

/* ---- tables ---- */

struct table {
    const struct sheet *sheet;
    GString *cell;
    GString *html;
    guint n; /* rows so far */
};

static void put_cell(struct table *t, const char *tag, const char *text, bool number,
                     enum out_style style)
{
    const char *class = html_text_class(style);

    g_string_append_printf(t->html, "<%s", tag);
    if (number || class[0] != '\0') {
        g_string_append_printf(t->html, " class=\"%s%s%s\"", number ? "number" : "",
                               number && class[0] != '\0' ? " " : "", class);
    }
    g_string_append_c(t->html, '>');
    html_text(t->html, text);
    g_string_append_printf(t->html, "</%s>", tag);
}

static void visit_row(const void *row, void *data)
{
    struct table *t = data;

    if (t->n++ >= WRITE_HTML_ROWS) {
        return;
    }
    g_string_append(t->html, "<tr>");
    for (guint i = 0; i < t->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(t->sheet, i);
        g_string_truncate(t->cell, 0);
        column->put(row, t->cell);
        put_cell(t, "td", t->cell->str, column->number,
                 column->style != NULL ? column->style(row) : OUT_PLAIN);
    }
    g_string_append(t->html, "</tr>\n");
}

void write_html_rows(GString *html, const struct sheet *sheet, const struct sheet_rows *rows)
{
    g_autoptr(GString) cell = g_string_new(NULL);
    struct table t = {sheet, cell, html, 0};

    g_string_append(html, "<table>\n<thead><tr>");
    for (guint i = 0; i < sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(sheet, i);
        put_cell(&t, "th", column->name, column->number, OUT_PLAIN);
    }
    g_string_append(html, "</tr></thead>\n<tbody>\n");
    rows->each(rows->context, visit_row, &t);
    g_string_append(html, "</tbody>\n</table>\n");
    if (t.n > WRITE_HTML_ROWS) {
        g_string_append_printf(html, "<p>... and %u more, which need scripts</p>\n",
                               t.n - WRITE_HTML_ROWS);
    }
}

/* ---- the page ---- */

/* A column on its way. */
struct column {
    struct dictionary cells;
    GString *keys, *styles; /* as letters; empty = it has none */
};

struct columns {
    const struct sheet *sheet;
    GString *cell;
    struct column *of;
};

static void visit_cells(const void *row, void *data)
{
    struct columns *c = data;

    for (guint i = 0; i < c->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(c->sheet, i);
        g_string_truncate(c->cell, 0);
        column->put(row, c->cell);
        dictionary_add(&c->of[i].cells, c->cell->str);
        if (column->key != NULL) {
            letters_put_signed(c->of[i].keys, column->key(row));
        }
        if (column->style != NULL) {
            letters_put(c->of[i].styles, column->style(row));
        }
    }
}

static void begin_columns(struct columns *c, const struct sheet *sheet, GString *cell)
{
    *c = (struct columns){sheet, cell, g_new0(struct column, sheet->columns->len)};
    for (guint i = 0; i < sheet->columns->len; i++) {
        dictionary_init(&c->of[i].cells);
        c->of[i].keys = g_string_new(NULL);
        c->of[i].styles = g_string_new(NULL);
    }
}

static void end_columns(struct columns *c)
{
    for (guint i = 0; i < c->sheet->columns->len; i++) {
        dictionary_clear(&c->of[i].cells);
        g_string_free(c->of[i].keys, TRUE);
        g_string_free(c->of[i].styles, TRUE);
    }
    g_free(c->of);
}

/* Writes a column and empties `json`. */
static void write_column(const struct columns *c, guint i, GString *json, struct out *out)
{
    const struct sheet_column *column = sheet_column_at(c->sheet, i);
    g_autoptr(GString) html = g_string_new(NULL);

    g_string_append_printf(json, "%s{\"name\":\"%s\",\"meaning\":", i > 0 ? "," : "", column->name);
    write_json_string(json, column->meaning);
    g_string_append_printf(json, ",\"number\":%s,\"keys\":\"%s\",\"styles\":\"%s\",",
                           column->number ? "true" : "false", c->of[i].keys->str,
                           c->of[i].styles->str);
    dictionary_members(&c->of[i].cells, "rows", "words", json);
    g_string_append_c(json, '}');
    page_frame_json(html, json->str);
    g_string_truncate(json, 0);
    out_write(out, html);
}

static void write_data(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    g_autoptr(GString) cell = g_string_new(NULL);
    g_autoptr(GString) json = g_string_new("{\"kind\":\"table\",\"title\":");
    struct columns c;

    begin_columns(&c, sheet, cell);
    rows->each(rows->context, visit_cells, &c);
    write_json_string(json, sheet->title != NULL ? sheet->title : "");
    g_string_append(json, ",\"classes\":[");
    for (unsigned style = OUT_PLAIN; style <= OUT_DIM; style++) {
        g_string_append_printf(json, "%s\"%s\"", style > 0 ? "," : "",
                               html_text_class((enum out_style)style));
    }
    g_string_append(json, "],\"columns\":[");
    for (guint i = 0; i < sheet->columns->len; i++) {
        write_column(&c, i, json, out);
    }
    g_string_append(json, "]}");
    out_write(out, json);
    end_columns(&c);
}

/* What it is, of which captures, and what its columns are. */
static void put_head(const struct sheet *sheet, GString *html)
{
    g_string_append(html, "<header>\n<h1>");
    html_text(html, sheet->title != NULL ? sheet->title : "tcpstory");
    g_string_append(html, "</h1>\n<ul class=\"names\">\n");
    for (guint i = 0; sheet->names != NULL && i < sheet->names->len; i++) {
        g_autofree char *name = text_safe_copy(g_ptr_array_index(sheet->names, i));
        g_string_append(html, "<li>");
        html_text(html, name);
        g_string_append(html, "</li>\n");
    }
    g_string_append(html, "</ul>\n<details><summary>Columns</summary><dl>\n");
    for (guint i = 0; i < sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(sheet, i);
        g_string_append_printf(html, "<div><dt>%s</dt><dd>", column->name);
        html_text(html, column->meaning);
        g_string_append(html, "</dd></div>\n");
    }
    g_string_append(html, "</dl><p>A ? behind a state: it is not certain.</p></details>\n"
                          "</header>\n");
}

void write_html(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    g_autoptr(GString) html = g_string_new(NULL);
    g_autoptr(GString) title = g_string_new(sheet->title != NULL ? sheet->title : "tcpstory");

    if (sheet->names != NULL && sheet->names->len == 1) {
        g_string_append(title, ": ");
        text_safe(title, g_ptr_array_index(sheet->names, 0));
    }
    page_frame_begin(html, title->str);
    if (sheet->note != NULL) {
        g_string_append_printf(html, "<p>%s</p>\n", sheet->note);
    }
    put_head(sheet, html);
    if (sheet->picture != NULL) {
        g_string_append_printf(
            html, "<section class=\"wide\" aria-label=\"Picture\">%s</section>\n", sheet->picture);
    }
    g_string_append(html, page_sources_table);
    if (!sheet->once) {
        g_string_append(html, "<noscript>\n");
        write_html_rows(html, sheet, rows);
        g_string_append(html, "</noscript>\n");
    }
    page_frame_begin_data(html);
    out_write(out, html);
    write_data(sheet, rows, out);
    page_frame_end(html);
    out_write(out, html);
}
