/* connection_view.h - one connection of a story as text, or as a picture: a title and a ladder. For
 * tcpstory show and for Wireshark's window.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONNECTION_VIEW_H
#define CONNECTION_VIEW_H

#include "out.h"
#include "story.h"
#include "text.h"

struct view_style {
    enum text_clock clock;
    bool every; /* a rung for every segment: nothing is gathered */
};

/* Appends the connection, of which the story has kept the segments. Of `out`, which need not be
 * open, width and color count. */
void connection_view(const struct story *story, const struct story_connection *connection,
                     const struct view_style *style, const struct out *out, GString *text);

/* Appends the same as a picture (ladder_picture.h); `inside`: it is part of a page. */
void connection_picture(const struct story *story, const struct story_connection *connection,
                        const struct view_style *style, bool inside, GString *svg);

/* The connection with that stream number; NULL when there is none. */
const struct story_connection *connection_find(const struct story *story, uint32_t stream);

#endif
