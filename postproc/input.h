/* input.h - from what the user named, a file or standard input, to a filled model.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef INPUT_H
#define INPUT_H

#include "story.h"

/* Reads a capture, or a record stream, recognised by content; "-" is standard input. The steps
 * of the first `steps_of` connections are kept; `projects` as in struct story. Progress is shown on
 * standard error when that is a terminal. Returns NULL and sets error (EXIT_INPUT, EXIT_TSHARK)
 * when nothing could be read; when only a part could, the story is marked partial. The caller frees
 * it. */
struct story *input_load(const char *name, enum story_view view, guint steps_of, bool projects,
                         GError **error);

#endif
