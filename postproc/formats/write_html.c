/* write_html.c - HTML pages and tables; see write_html.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "write_html.h"

#include <string.h>

static const char page_begin[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<style>\n"
    "body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 90em;"
    " padding: 0 1em; color: #1b1f24; background: #fff; }\n"
    "h1 { font-size: 1.5em; } h2 { font-size: 1.2em; margin-top: 1.8em; }\n"
    "h1, h2, p, summary { overflow-wrap: anywhere; }\n"
    "table { border-collapse: collapse; display: block; overflow-x: auto; }\n"
    "th, td { padding: .2em .7em; text-align: left; vertical-align: top;"
    " border-bottom: 1px solid #d9dee3; white-space: nowrap; }\n"
    "thead th { border-bottom: 2px solid #8a939c; }\n"
    ".number { text-align: right; font-variant-numeric: tabular-nums; }\n"
    ".heading { font-weight: bold; } .dim { color: #6b7480; }\n"
    "pre { font: 13px/1.4 ui-monospace, monospace; margin: 0; overflow-x: auto; }\n"
    ".good { color: #116329; } .doubt { color: #8a5a00; } .bad { color: #b3261e; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  body { color: #e6e8ea; background: #16191d; } th, td { border-color: #3a4148; }\n"
    "  .good { color: #6fce8b; } .doubt { color: #e0b05a; } .bad { color: #ff8f85; }\n"
    "}\n"
    "</style>\n";

/* Classes of the page's style. */
static const char *const style_classes[] = {
    [OUT_PLAIN] = "",      [OUT_HEADING] = "heading", [OUT_GOOD] = "good",
    [OUT_DOUBT] = "doubt", [OUT_BAD] = "bad",         [OUT_DIM] = "dim",
};

/* ---- pieces ---- */

void write_html_text(GString *html, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *escaped = g_markup_escape_text(valid, -1);

    g_string_append(html, escaped);
}

void write_html_styled(GString *html, const char *text)
{
    enum out_style style = OUT_PLAIN;
    bool on = false;

    while (*text != '\0') {
        const gsize plain = strcspn(text, "\033");
        g_autofree char *piece = g_strndup(text, plain);
        const char *next;
        write_html_text(html, piece);
        text += plain;
        next = style_read(text, &style);
        if (next != NULL) {
            g_string_append(html, on ? "</span>" : "");
            on = style != OUT_PLAIN;
            if (on) {
                g_string_append_printf(html, "<span class=\"%s\">", style_classes[style]);
            }
            text = next;
        } else if (*text != '\0') {
            text++;
        }
    }
    g_string_append(html, on ? "</span>" : "");
}

void write_html_begin(GString *html, const char *title)
{
    g_string_append(html, page_begin);
    g_string_append(html, "<title>");
    write_html_text(html, title);
    g_string_append(html, "</title>\n</head>\n<body>\n");
}

void write_html_end(GString *html)
{
    g_string_append(html, "</body>\n</html>\n");
}

/* ---- tables ---- */

struct table {
    const struct sheet *sheet;
    struct out *out;
    GString *cell;
    GString *html;
};

static void put_cell(struct table *t, const char *tag, const char *text, bool number,
                     enum out_style style)
{
    const char *class = style_classes[style];

    g_string_append_printf(t->html, "<%s", tag);
    if (number || class[0] != '\0') {
        g_string_append_printf(t->html, " class=\"%s%s%s\"", number ? "number" : "",
                               number && class[0] != '\0' ? " " : "", class);
    }
    g_string_append_c(t->html, '>');
    write_html_text(t->html, text);
    g_string_append_printf(t->html, "</%s>", tag);
}

static void visit_row(const void *row, void *data)
{
    struct table *t = data;

    g_string_append(t->html, "<tr>");
    for (guint i = 0; i < t->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(t->sheet, i);
        g_string_truncate(t->cell, 0);
        column->put(row, t->cell);
        put_cell(t, "td", t->cell->str, column->number,
                 column->style != NULL ? column->style(row) : OUT_PLAIN);
    }
    g_string_append(t->html, "</tr>\n");
    out_write_full(t->out, t->html);
}

void write_html_table(GString *html, const struct sheet *sheet, const struct sheet_rows *rows,
                      struct out *out)
{
    g_autoptr(GString) cell = g_string_new(NULL);
    struct table t = {sheet, out, cell, html};

    g_string_append(html, "<table>\n<thead><tr>");
    for (guint i = 0; i < sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(sheet, i);
        put_cell(&t, "th", column->name, column->number, OUT_PLAIN);
    }
    g_string_append(html, "</tr></thead>\n<tbody>\n");
    rows->each(rows->context, visit_row, &t);
    g_string_append(html, "</tbody>\n</table>\n");
    out_write(out, html);
}

void write_html(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    g_autoptr(GString) html = g_string_new(NULL);

    write_html_begin(html, "tcpstory");
    write_html_table(html, sheet, rows, out);
    write_html_end(html);
    out_write(out, html);
}
