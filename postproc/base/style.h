/* style.h - colours of a terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STYLE_H
#define STYLE_H

#include <glib.h>
#include <stdbool.h>

/* What a piece of text is, for those who see colours. */
enum out_style {
    OUT_PLAIN,
    OUT_HEADING,
    OUT_GOOD,
    OUT_DOUBT, /* presumed, not proven */
    OUT_BAD,
    OUT_DIM, /* as before: need not be read again */
};

/* Appends text in a style; without `color` the bare text. */
void style_append(GString *to, bool color, enum out_style style, const char *text);

/* When `text` begins with what style_append() puts around a style, returns what follows and sets
 * *style to the one that is on from there; otherwise NULL. */
const char *style_read(const char *text, enum out_style *style);

/* Appends the text without styles. */
void style_strip(GString *to, const char *text);

#endif
