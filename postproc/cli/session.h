/* session.h - what every verb does: load each capture the user named, say what went wrong, print.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SESSION_H
#define SESSION_H

#include "formats_table.h"
#include "input.h"
#include "options.h"
#include "session_load.h"
#include "table.h"

/* Reads from the options what a verb wants of a capture: the view, whether to project, which
 * connections. Fails with EXIT_USAGE. Call session_forget() in any case. */
bool session_wants(struct input_wants *wants, const struct options *options, GError **error);

void session_forget(struct input_wants *wants);

/* Reads --max-connections; `text` NULL = the usual number. Fails with EXIT_USAGE. */
bool session_max_connections(uint32_t *most, const char *text, GError **error);

/* Reads --at, or the end. Fails with EXIT_USAGE. */
bool session_read_at(struct time_arg *at, const struct options *options, GError **error);

/* The captures that the user named: a list of char **, each ending with NULL, the files of one
 * capture. What was decided is told on standard error. The caller frees it. */
GPtrArray *session_captures(const struct options *options);

/* Loads every capture that can be read, and judges them when the options want that, into
 * `captures`, which the caller empties with session_clear() in any case. --fail-on raises *status.
 */
bool session_load_all(const struct options *options, const struct input_wants *wants,
                      struct judged_captures *captures, int *status, GError **error);

/* Releases what session_load_all() has made. */
void session_clear(struct judged_captures *captures);

/* A table on its way to the user. */
struct session {
    const struct options *options;
    const struct format *format;
    struct input_wants wants; /* read from the options */
    struct sheet sheet;
    struct table_run run;
};

/* Reads from the options, which must outlive the session, what is wanted of the table. Fails with
 * EXIT_USAGE. Call session_end() in any case. */
bool session_begin(struct session *session, const struct table *table,
                   const struct options *options, GError **error);
void session_end(struct session *session);

/* Loads all captures and prints the table of them in the format that the user wants. The column
 * "file" is printed when there are several, or when the user chose it. `own` is what only the table
 * knows of (struct table_wants), NULL = nothing. */
bool session_print_table(const struct table *table, const void *own, const struct options *options,
                         int *status, GError **error);

/* Loads all captures and writes all that is known of them. */
bool session_print_captures(const struct options *options, const struct input_wants *wants,
                            int *status, GError **error);

#endif
