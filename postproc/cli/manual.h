/* manual.h - what else the tables of verbs, options, columns and words are good for: the man page,
 * and the words that the shell completes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MANUAL_H
#define MANUAL_H

#include <glib.h>

/* The exit statuses, for --help and the man page: lines that end with a newline. */
extern const char manual_exit_status[];

/* Command lines for the man page. */
extern const char manual_examples[];

/* Appends the man page tcpstory(1) in roff. */
void manual_page(GString *text);

/* Appends words, a line each: `kind` is verbs, options, columns or formats (of `verb`), states,
 * outcomes or anomalies; nothing for other words. NULL is allowed for both. */
void manual_words(const char *kind, const char *verb, GString *text);

#endif
