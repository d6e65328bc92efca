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

/* Appends words, a line each: those of the kind what[0]. verbs, states, outcomes, anomalies and
 * thresholds stand for themselves; options, columns and formats are those of the verb what[1];
 * "values" is what may follow the option what[1] of the verb what[2]. verbs-told and options-told
 * have a tab and a meaning behind each word. Nothing for other words; what[] ends with NULL. */
void manual_words(char *const *what, GString *text);

#endif
