/* html_text.h - text as HTML: what means something there is escaped, styles become classes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HTML_TEXT_H
#define HTML_TEXT_H

#include "style.h"

/* Appends plain text. */
void html_text(GString *html, const char *text);

/* Appends text that has style_append()'s styles. */
void html_text_styled(GString *html, const char *text);

/* The class of a style in postproc/page/page.css; "" = none. Static storage. */
const char *html_text_class(enum out_style style);

#endif
