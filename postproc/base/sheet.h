/* sheet.h - rows and columns: from one table of columns come header, cells, --columns, --sort and
 * the help text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SHEET_H
#define SHEET_H

#include <glib.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "out.h"

struct json_t; /* of jansson.h */

/* The rank of a column that is only there when it is named. */
#define SHEET_ON_DEMAND UINT_MAX

/* A column. A table of columns ends with one whose name is NULL. A cell "-" is a missing value. */
struct sheet_column {
    const char *name;    /* in every header, and after --columns */
    const char *meaning; /* for --help */
    unsigned rank;       /* place in text by default: 1 = keep, higher = first to go; 0 = not */
    bool number;         /* for machines a decimal number; for people aligned to the right */
    void (*put)(const void *row, GString *cell);
    int64_t (*key)(const void *row);          /* to sort by; NULL = by the text */
    enum out_style (*style)(const void *row); /* NULL = plain */
};

/* The columns that were chosen, in order. */
struct sheet {
    const struct sheet_column *table;
    GPtrArray *columns;                /* of const struct sheet_column * */
    bool fit;                          /* text may leave out columns that do not fit */
    const char *const *kept;           /* names of columns that stay in any case; NULL = none */
    const struct sheet_column *sorted; /* this one, too; NULL = none */
    bool bare;                         /* text, csv and tsv have no row of names */
    const char *note;                  /* said above the rows for people; NULL = nothing is */
    const char *mark;                  /* csv and tsv have a last column of that name, 1 in every
                                        * row; NULL = none */
    unsigned indent;                   /* of each line of text */
    bool once;              /* rows come as time goes by: each() of them may be called once only */
    const char *title;      /* what it is a table of, for pages; NULL = nothing is said */
    const GPtrArray *names; /* of char *: of which captures; NULL = nothing is said */
    const char *picture;    /* SVG for a page, which stands above it; NULL = none */
    /* A row as an object that says more than its cells, for JSON; the caller owns it. NULL = the
     * cells are all. */
    struct json_t *(*object)(const void *row);
};

/* Calls visit(row, data) for every row in order. */
typedef void (*sheet_visit)(const void *row, void *data);
struct sheet_rows {
    void (*each)(void *context, sheet_visit visit, void *data);
    void *context;
};

/* Chooses columns by a comma list of names; NULL chooses the default ones: in text those with a
 * rank, otherwise all but those on demand. Fails with EXIT_USAGE and names the nearest column. Free
 * with sheet_clear(). */
bool sheet_choose(struct sheet *sheet, const struct sheet_column *table, const char *names,
                  bool text, GError **error);
void sheet_clear(struct sheet *sheet);

/* The column of that name; NULL and error (EXIT_USAGE) when there is none. */
const struct sheet_column *sheet_find(const struct sheet_column *table, const char *name,
                                      GError **error);

/* The chosen column number i, 0 <= i < sheet->columns->len. */
const struct sheet_column *sheet_column_at(const struct sheet *sheet, guint i);

/* Whether a cell says that there is no value. */
bool sheet_is_missing(const char *cell);

/* Prints header and rows aligned for people. Other forms are in write_*.h. */
void sheet_print_text(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);

/* Appends a line for each column, name and meaning. */
void sheet_help(const struct sheet_column *table, GString *text);

#endif
