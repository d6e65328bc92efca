/* formats_table.h - the formats of output, as a table: a format is a row in formats_table.c and a
 * file write_NAME.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FORMATS_TABLE_H
#define FORMATS_TABLE_H

#include "format.h"

/* The format of that name; when `name` is NULL the one whose extension `path` has, otherwise text.
 * `path` is where the output goes; NULL = standard output. Fails with EXIT_USAGE when the format
 * can write none of `kinds` (enum format_kind bits), and names those that can. */
const struct format *formats_choose(const char *name, const char *path, unsigned kinds,
                                    GError **error);

/* Appends the names of the formats that can write one of `kinds`, a line each. */
void formats_names(unsigned kinds, GString *text);

/* Appends a line for each format, name and meaning, that can write one of `kinds`. */
void formats_help(unsigned kinds, GString *text);

#endif
