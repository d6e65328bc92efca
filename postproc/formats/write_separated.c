/* write_separated.c - tab- and comma-separated values; see write_separated.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "write_separated.h"

#include <string.h>

/* How values become lines. */
struct dialect {
    char separator;
    const char *line_end;
    void (*put)(const char *value, bool number, GString *line);
};

static void put_tsv(const char *value, bool number, GString *line)
{
    (void)number;
    g_string_append(line, value);
}

/* A spreadsheet takes a text that begins so for a formula, quotes or not, and computes it: names of
 * files come from outside. An apostrophe before it makes it text. */
static bool is_formula(const char *value, bool number)
{
    return !number && value[0] != '\0' && strchr("=+-@", value[0]) != NULL;
}

static void put_csv(const char *value, bool number, GString *line)
{
    g_autofree char *text = NULL;

    if (sheet_is_missing(value)) {
        return;
    }
    if (is_formula(value, number)) {
        value = text = g_strconcat("'", value, NULL);
    }
    if (value[strcspn(value, ",\"\r\n")] == '\0') {
        g_string_append(line, value);
        return;
    }
    g_string_append_c(line, '"');
    for (; *value != '\0'; value++) {
        g_string_append(line, *value == '"' ? "\"" : "");
        g_string_append_c(line, *value);
    }
    g_string_append_c(line, '"');
}

static const struct dialect tsv = {'\t', "\n", put_tsv};
static const struct dialect csv = {',', "\r\n", put_csv};

struct separated {
    const struct sheet *sheet;
    const struct dialect *dialect;
    struct out *out;
    GString *cell;
    GString *lines;
};

/* A line with the cells of a row; NULL = with the names of the columns. */
static void write_line(struct separated *s, const void *row)
{
    for (guint i = 0; i < s->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(s->sheet, i);
        if (i > 0) {
            g_string_append_c(s->lines, s->dialect->separator);
        }
        g_string_assign(s->cell, row == NULL ? column->name : "");
        if (row != NULL) {
            column->put(row, s->cell);
        }
        s->dialect->put(s->cell->str, column->number, s->lines);
    }
    if (s->sheet->mark != NULL) {
        g_string_append_printf(s->lines, "%c%s", s->dialect->separator,
                               row == NULL ? s->sheet->mark : "1");
    }
    g_string_append(s->lines, s->dialect->line_end);
    out_write_full(s->out, s->lines);
}

static void visit_row(const void *row, void *data)
{
    write_line(data, row);
}

static void write_all(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out,
                      const struct dialect *dialect)
{
    g_autoptr(GString) cell = g_string_new(NULL);
    g_autoptr(GString) lines = g_string_new(NULL);
    struct separated s = {sheet, dialect, out, cell, lines};

    if (!sheet->bare) {
        write_line(&s, NULL);
    }
    rows->each(rows->context, visit_row, &s);
    out_write(out, lines);
}

void write_tsv(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    write_all(sheet, rows, out, &tsv);
}

void write_csv(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    write_all(sheet, rows, out, &csv);
}
