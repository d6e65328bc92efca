/* sheet.c - prints tables; see sheet.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sheet.h"

#include <string.h>

#include "errors.h"
#include "text.h"

#define GAP "  "

/* ---- choosing ---- */

const struct sheet_column *sheet_find(const struct sheet_column *table, const char *name,
                                      GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *nearest;

    for (const struct sheet_column *column = table; column->name != NULL; column++) {
        if (g_str_equal(column->name, name)) {
            return column;
        }
        g_ptr_array_add(names, (char *)column->name);
    }
    g_ptr_array_add(names, NULL);
    nearest = text_nearest(name, (const char *const *)names->pdata);
    if (nearest != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "there is no column '%s'; did you mean '%s'?", name, nearest);
    } else {
        g_autofree char *all = g_strjoinv(" ", (char **)names->pdata);
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "there is no column '%s'; there are: %s",
                    name, all);
    }
    return NULL;
}

bool sheet_choose(struct sheet *sheet, const struct sheet_column *table, const char *names,
                  bool text, GError **error)
{
    g_auto(GStrv) list = names != NULL ? g_strsplit(names, ",", -1) : NULL;

    *sheet = (struct sheet){
        .table = table,
        .columns = g_ptr_array_new(),
        .fit = names == NULL,
    };
    for (const struct sheet_column *c = table; list == NULL && c->name != NULL; c++) {
        if (c->rank != SHEET_ON_DEMAND && (!text || c->rank > 0)) {
            g_ptr_array_add(sheet->columns, (gpointer)c);
        }
    }
    if (list != NULL && list[0] == NULL) {
        return sheet_find(table, "", error) != NULL;
    }
    for (char **name = list; list != NULL && *name != NULL; name++) {
        if (**name == '\0' && list[1] != NULL) {
            g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--columns: '%s' has an empty name",
                        names);
            return false;
        }
        const struct sheet_column *column = sheet_find(table, g_strstrip(*name), error);
        if (column == NULL) {
            return false;
        }
        g_ptr_array_add(sheet->columns, (gpointer)column);
    }
    return true;
}

void sheet_clear(struct sheet *sheet)
{
    if (sheet->columns != NULL) {
        g_ptr_array_unref(sheet->columns);
        sheet->columns = NULL;
    }
}

const struct sheet_column *sheet_column_at(const struct sheet *sheet, guint i)
{
    return g_ptr_array_index(sheet->columns, i);
}

bool sheet_is_missing(const char *cell)
{
    return strcmp(cell, "-") == 0;
}

void sheet_help(const struct sheet_column *table, GString *text)
{
    bool on_demand = false;

    for (; table->name != NULL; table++) {
        if (table->rank == SHEET_ON_DEMAND && !on_demand) {
            g_string_append(text, "Columns that are there only when they are named:\n");
            on_demand = true;
        }
        g_string_append_printf(text, "  %-16s %s\n", table->name, table->meaning);
    }
}

/* ---- printing ---- */

struct printing {
    const struct sheet *sheet;
    struct out *out;
    GString *cell;
    GString *lines;  /* waits to be written */
    unsigned *width; /* of each column; 0 = left out */
    bool begun;      /* the header is printed; of rows that come once only */
};

static void begin_printing(struct printing *p, const struct sheet *sheet, struct out *out)
{
    *p = (struct printing){
        .sheet = sheet,
        .out = out,
        .cell = g_string_new(NULL),
        .lines = g_string_new(NULL),
        .width = g_new0(unsigned, sheet->columns->len + 1),
    };
}

static void end_printing(struct printing *p)
{
    out_write(p->out, p->lines);
    g_string_free(p->cell, TRUE);
    g_string_free(p->lines, TRUE);
    g_free(p->width);
}

static void end_line(struct printing *p)
{
    g_string_append_c(p->lines, '\n');
    out_write_full(p->out, p->lines);
}

static void measure_row(const void *row, void *data)
{
    struct printing *p = data;

    for (guint i = 0; i < p->sheet->columns->len; i++) {
        g_string_truncate(p->cell, 0);
        sheet_column_at(p->sheet, i)->put(row, p->cell);
        p->width[i] = MAX(p->width[i], (unsigned)g_utf8_strlen(p->cell->str, -1));
    }
}

static unsigned total_width(const struct printing *p)
{
    unsigned total = p->sheet->indent;

    for (guint i = 0; i < p->sheet->columns->len; i++) {
        if (p->width[i] > 0) {
            total += p->width[i] + (total > p->sheet->indent ? (unsigned)sizeof GAP - 1 : 0);
        }
    }
    return total;
}

static bool is_kept(const struct sheet *sheet, const struct sheet_column *column)
{
    return column == sheet->sorted ||
           (sheet->kept != NULL && g_strv_contains(sheet->kept, column->name));
}

/* The last of the columns that may go first; -1 when all must stay: those of rank 1. */
static int find_droppable(const struct printing *p)
{
    int found = -1;
    unsigned rank = 1;

    for (guint i = 0; i < p->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(p->sheet, i);
        if (p->width[i] > 0 && column->rank > 1 && column->rank >= rank &&
            !is_kept(p->sheet, column)) {
            rank = column->rank;
            found = (int)i;
        }
    }
    return found;
}

/* Leaves out columns until the line fits. */
static void fit_width(struct printing *p)
{
    int column;

    while (p->sheet->fit && total_width(p) > p->out->width && (column = find_droppable(p)) >= 0) {
        p->width[column] = 0;
    }
}

static void begin_text_line(struct printing *p)
{
    for (unsigned i = 0; i < p->sheet->indent; i++) {
        g_string_append_c(p->lines, ' ');
    }
}

static void put_text_cell(struct printing *p, guint i, const char *text, enum out_style style)
{
    const unsigned length = (unsigned)g_utf8_strlen(text, -1);
    const unsigned pad = p->width[i] > length ? p->width[i] - length : 0;
    const bool right = sheet_column_at(p->sheet, i)->number;

    for (unsigned k = 0; right && k < pad; k++) {
        g_string_append_c(p->lines, ' ');
    }
    out_append(p->out, p->lines, style, text);
    for (unsigned k = 0; !right && k < pad; k++) {
        g_string_append_c(p->lines, ' ');
    }
    g_string_append(p->lines, GAP);
}

static void end_text_line(struct printing *p)
{
    while (p->lines->len > 0 && p->lines->str[p->lines->len - 1] == ' ') {
        g_string_truncate(p->lines, p->lines->len - 1);
    }
    end_line(p);
}

static void print_text_row(const void *row, void *data)
{
    struct printing *p = data;

    begin_text_line(p);
    for (guint i = 0; i < p->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(p->sheet, i);
        if (p->width[i] > 0) {
            g_string_truncate(p->cell, 0);
            column->put(row, p->cell);
            put_text_cell(p, i, p->cell->str,
                          column->style != NULL ? column->style(row) : OUT_PLAIN);
        }
    }
    end_text_line(p);
}

static void print_text_header(struct printing *p)
{
    if (p->sheet->bare) {
        return;
    }
    begin_text_line(p);
    for (guint i = 0; i < p->sheet->columns->len; i++) {
        if (p->width[i] > 0) {
            put_text_cell(p, i, sheet_column_at(p->sheet, i)->name, OUT_HEADING);
        }
    }
    end_text_line(p);
}

/* Of rows that come only once nobody knows how wide they will be: columns grow, and the first row
 * decides which fit. */
static void print_growing_row(const void *row, void *data)
{
    struct printing *p = data;
    g_autofree unsigned *before = g_memdup2(p->width, p->sheet->columns->len * sizeof(unsigned));

    measure_row(row, p);
    for (guint i = 0; p->begun && i < p->sheet->columns->len; i++) {
        p->width[i] = before[i] > 0 ? p->width[i] : 0;
    }
    if (!p->begun) {
        p->begun = true;
        fit_width(p);
        print_text_header(p);
    }
    print_text_row(row, p);
}

void sheet_print_text(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    struct printing p;

    if (sheet->note != NULL && !sheet->bare) {
        fprintf(out->file, "%s\n", sheet->note);
    }
    begin_printing(&p, sheet, out);
    for (guint i = 0; i < sheet->columns->len; i++) {
        p.width[i] = (unsigned)g_utf8_strlen(sheet_column_at(sheet, i)->name, -1);
    }
    if (sheet->once) {
        rows->each(rows->context, print_growing_row, &p);
    } else {
        rows->each(rows->context, measure_row, &p);
        fit_width(&p);
        print_text_header(&p);
        rows->each(rows->context, print_text_row, &p);
    }
    end_printing(&p);
}
