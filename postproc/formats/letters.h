/* letters.h - numbers as text, a letter for each five bits, so that small ones are short: columns
 * of pages (postproc/page/numbers.js reads them).
 *
 * A number is one or more letters of the alphabet of base64url (RFC 4648 section 5), the lowest
 * five bits first; 32 is added to all but the last, as in source maps. None of the letters means
 * anything to HTML or JSON.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LETTERS_H
#define LETTERS_H

#include <glib.h>
#include <stdint.h>

/* Appends a number. */
void letters_put(GString *text, uint64_t number);

/* The same of one that may be below 0: twice its size, one less when it is below 0. */
void letters_put_signed(GString *text, int64_t number);
uint64_t letters_fold(int64_t number);

/* Appends n numbers. Where that is shorter, a "*" comes first, and behind two that are the same is
 * told how many more of them follow. */
void letters_put_all(GString *text, const uint64_t *numbers, size_t n);

#endif
