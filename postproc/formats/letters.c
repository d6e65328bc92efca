/* letters.c - numbers as text; see letters.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "letters.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void letters_put(GString *text, uint64_t number)
{
    do {
        const uint64_t rest = number >> 5;
        g_string_append_c(text, alphabet[(number & 31) | (rest > 0 ? 32 : 0)]);
        number = rest;
    } while (number > 0);
}

uint64_t letters_fold(int64_t number)
{
    const uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;

    return (size << 1) - (number < 0 ? 1 : 0);
}

void letters_put_signed(GString *text, int64_t number)
{
    letters_put(text, letters_fold(number));
}

static void put_runs(GString *text, const uint64_t *numbers, size_t n)
{
    g_string_append_c(text, '*');
    for (size_t i = 0; i < n; i++) {
        letters_put(text, numbers[i]);
        if (i == 0 || numbers[i] != numbers[i - 1]) {
            continue;
        }
        const size_t second = i;
        while (i + 1 < n && numbers[i + 1] == numbers[i]) {
            i++;
        }
        letters_put(text, i - second);
    }
}

void letters_put_all(GString *text, const uint64_t *numbers, size_t n)
{
    const gsize before = text->len;
    g_autoptr(GString) runs = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        letters_put(text, numbers[i]);
    }
    put_runs(runs, numbers, n);
    if (runs->len < text->len - before) {
        g_string_truncate(text, before);
        g_string_append_len(text, runs->str, (gssize)runs->len);
    }
}
