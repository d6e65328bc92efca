/* words.h - the smallest parts of the scenario language: words, numbers, times.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WORDS_H
#define WORDS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S G_GINT64_CONSTANT(1000000000)

/* Domain of all errors of this program; codes have no meaning, messages say file and line. */
#define SCENARIO_ERROR scenario_error_quark()
GQuark scenario_error_quark(void);

/* Sets "found ..., expected ...", to which the reader of lines adds file and line. `found` may be
 * NULL: the line ended. Always returns false. */
bool not_understood(GError **error, const char *found, const char *expected);

/* Cuts the next word, ended by white space, from *rest. NULL at the end. Free with g_free(). */
char *next_word(char **rest);

/* Reads a whole text as a decimal number, sign allowed, between low and high. */
bool number_parse(const char *text, int64_t low, int64_t high, int64_t *value);

/* Reads seconds with up to nine decimals, "12", ".010", exactly. Not negative. */
bool time_parse(const char *text, int64_t *ns);

/* The shortest text for a time in seconds: "0.011". Free with g_free(). */
char *time_text(int64_t ns);

#endif
