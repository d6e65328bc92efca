/* dictionary.c - a column of texts; see dictionary.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dictionary.h"

#include "letters.h"
#include "write_json.h"

void dictionary_init(struct dictionary *dictionary)
{
    *dictionary = (struct dictionary){
        .numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .words = g_string_new(NULL),
        .rows = g_string_new(NULL),
    };
}

void dictionary_clear(struct dictionary *dictionary)
{
    g_hash_table_unref(dictionary->numbers);
    g_string_free(dictionary->words, TRUE);
    g_string_free(dictionary->rows, TRUE);
}

void dictionary_add(struct dictionary *dictionary, const char *text)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(dictionary->numbers, text));

    if (number == 0) {
        number = g_hash_table_size(dictionary->numbers) + 1;
        g_hash_table_insert(dictionary->numbers, g_strdup(text), GUINT_TO_POINTER(number));
        g_string_append(dictionary->words, number > 1 ? "," : "");
        write_json_string(dictionary->words, text);
    }
    letters_put(dictionary->rows, number - 1);
}

void dictionary_members(const struct dictionary *dictionary, const char *rows, const char *words,
                        GString *json)
{
    g_string_append_printf(json, "\"%s\":\"%s\",\"%s\":[%s]", rows, dictionary->rows->str, words,
                           dictionary->words->str);
}
