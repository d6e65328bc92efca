/* dictionary.h - a column of texts for a page: each text once, and which of them each row has, as
 * letters (letters.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DICTIONARY_H
#define DICTIONARY_H

#include <glib.h>

struct dictionary {
    GHashTable *numbers; /* text (owned) -> number + 1 */
    GString *words;      /* the texts as JSON strings, a comma between, in the order they came */
    GString *rows;       /* the number of each row's text, as letters */
};

/* An empty one; release it with dictionary_clear(). */
void dictionary_init(struct dictionary *dictionary);
void dictionary_clear(struct dictionary *dictionary);

/* Adds the text of a row. */
void dictionary_add(struct dictionary *dictionary, const char *text);

/* Appends members of a JSON object: the rows by the name `rows`, the texts by the name `words`. */
void dictionary_members(const struct dictionary *dictionary, const char *rows, const char *words,
                        GString *json);

#endif
