/* page_frame.h - what every page has: its head with the style, and its end with the script, which
 * are those of the folder postproc/page, embedded at build time.
 *
 * A page is one file that asks for nothing from elsewhere. Its Content-Security-Policy allows this
 * style and this script by their hashes and nothing else. What a capture says gets into it as text
 * only: escaped, or as JSON in a block that no browser runs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PAGE_FRAME_H
#define PAGE_FRAME_H

#include <glib.h>

/* Appends everything up to the body's begin. The title is plain text. */
void page_frame_begin(GString *html, const char *title);

/* Appends what follows the body: begin the data, write JSON whose "<" are escaped
 * (page_frame_json()), end the page. */
void page_frame_begin_data(GString *html);
void page_frame_end(GString *html);

/* Appends JSON text so that it can stand in a block of HTML. */
void page_frame_json(GString *html, const char *json);

#endif
