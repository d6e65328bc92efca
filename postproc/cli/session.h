/* session.h - what every verb does: load each capture the user named, say what went wrong, print.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SESSION_H
#define SESSION_H

#include "input.h"
#include "options.h"
#include "sheet.h"
#include "text.h"
#include "writer.h"

/* Reads from the options what a verb wants of a capture: the view, whether to project, which
 * connections. Fails with EXIT_USAGE. */
bool session_wants(struct input_wants *wants, const struct options *options, GError **error);

/* Loads a capture. What goes wrong is told on standard error and raises *status; NULL when there is
 * nothing to print. Sets error when it is no use to go on (EXIT_TSHARK, EXIT_USAGE). The caller
 * frees it. */
struct story *session_load(const char *name, const struct input_wants *wants, int *status,
                           GError **error);

/* A table that lists things of one or several captures. */
struct session_table {
    const struct sheet_column *columns; /* the first one is "file" */
    const char *const *flow_columns; /* names of those that tell of flows, then NULL; NULL = none */
    /* Called once, when all stories are loaded; NULL = nothing to prepare. */
    void (*prepare)(struct session_table *table);
    /* Calls visit() for each row of each story, in order. */
    void (*each)(const struct session_table *table, sheet_visit visit, void *data);
    /* For --follow: calls visit() for the row of one connection; NULL = there is no such row. */
    void (*one)(const struct session_table *table, const struct story *story,
                const struct story_connection *connection, sheet_visit visit, void *data);
    struct json_t *(*object)(const void *row); /* as in struct sheet; NULL = none */
    /* Prints the text in a form of its own; NULL = aligned columns, as the user chose them. */
    void (*text_form)(const struct session_table *table, struct out *out);
    /* Takes columns that say nothing out of the default ones for people; NULL = keeps them. */
    void (*trim)(const struct session_table *table, struct sheet *sheet);
    const struct options *options;
    struct input_wants wants;         /* read from the options */
    GPtrArray *stories;               /* of struct story * */
    GPtrArray *anomalies;             /* of Anomalies *, of each story; NULL = not asked for */
    const struct sheet_column *order; /* to sort by; NULL = as they come */
    bool descending;
    const struct writer *writer;
    bool text;    /* for people; false = for machines */
    GArray *rows; /* prepare() may put rows here; NULL before */
};

/* Sorts the rows by the column of --sort, if there is one; those that are equal there stay in
 * order.
 */
void session_sort(struct session_table *table);

/* How points in time are written in the table: epoch seconds for machines; for people seconds since
 * the capture began, or dates with --utc. */
enum text_clock session_clock(const struct session_table *table);

/* Fills table->writer, wants and order, and *sheet, by the options. Clear the sheet in any case. */
bool session_choose(struct session_table *table, struct sheet *sheet, GError **error);

/* Loads all captures and prints the table that `each` makes of them, in the format that the user
 * wants. The column "file" is printed when there are several, or when the user chose it. */
bool session_print_table(struct session_table *table, int *status, GError **error);

/* Loads all captures and writes all that is known of them. */
bool session_print_stories(const struct options *options, const struct input_wants *wants,
                           int *status, GError **error);

#endif
