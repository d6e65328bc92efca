/* json_words.h - lists of words that members of JSON objects may be: see struct json_member.
 *
 * Each function returns the word of a number, NULL beyond the last one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JSON_WORDS_H
#define JSON_WORDS_H

#include <glib.h>

const char *json_word_opening(guint i);
const char *json_word_ending(guint i);  /* without that of a connection that was never open */
const char *json_word_outcome(guint i); /* of either */
const char *json_word_side(guint i);
const char *json_word_state(guint i);
const char *json_word_basis(guint i);
const char *json_word_vantage(guint i);
const char *json_word_role_basis(guint i);
const char *json_word_conn_state(guint i);
const char *json_word_spending(guint i);
const char *json_word_severity(guint i);
const char *json_word_confidence(guint i);
const char *json_word_fault(guint i);

#endif
