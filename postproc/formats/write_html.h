/* write_html.h - pages that any browser shows, complete in one file, without scripts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITE_HTML_H
#define WRITE_HTML_H

#include "sheet.h"

/* A page with one table. */
void write_html(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);

/* Pieces of a page, appended to text. The title is plain text, and so is all `text`: what means
 * something to HTML is escaped. */
void write_html_begin(GString *html, const char *title);
void write_html_end(GString *html);
void write_html_text(GString *html, const char *text);

/* The same of text with style_append()'s styles, which become classes. */
void write_html_styled(GString *html, const char *text);

/* A table, written behind `html`, which is emptied. */
void write_html_table(GString *html, const struct sheet *sheet, const struct sheet_rows *rows,
                      struct out *out);

#endif
