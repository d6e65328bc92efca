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

void letters_put_signed(GString *text, int64_t number)
{
    const uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;

    letters_put(text, (size << 1) - (number < 0 ? 1 : 0));
}
