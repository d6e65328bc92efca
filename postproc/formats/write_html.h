/* write_html.h - tables as pages for browsers, complete in one file.
 *
 * With scripts a page's rows can be searched and sorted, however many they are; without them it has
 * the first ones as plain HTML.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITE_HTML_H
#define WRITE_HTML_H

#include "sheet.h"

#define WRITE_HTML_ROWS 1000 /* without scripts */

/* A page with one table. */
void write_html(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);

/* Appends the first WRITE_HTML_ROWS rows as a table of HTML, and how many more there are. */
void write_html_rows(GString *html, const struct sheet *sheet, const struct sheet_rows *rows);

#endif
