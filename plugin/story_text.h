/* story_text.h - a connection's story as the text of a window: ladder, anomalies with causes and
 * what to check, RFC 9293's diagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STORY_TEXT_H
#define STORY_TEXT_H

#include "story.h"

/* The text, as HTML of which all is preformatted; g_free(). The story has kept facts, and the
 * segments of that connection. */
char *story_text(const struct story *story, const struct story_connection *connection);

/* The same for a text without a story; g_free(). */
char *story_text_plain(const char *text);

#endif
