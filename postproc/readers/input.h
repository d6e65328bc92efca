/* input.h - from what the user named, a file or standard input, to a filled model.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef INPUT_H
#define INPUT_H

#include "selection.h"

struct clocks;

/* What of a capture is to be read and kept. */
struct input_wants {
    struct story_wants story;    /* but for what the members below ask of it */
    struct selection selection;  /* the connections that are kept */
    const char *filter;          /* a display filter that a frame must match; NULL = none */
    struct time_arg at;          /* a moment that the verb wants to know of */
    const struct clocks *clocks; /* of files, of which the capture is one: */
    guint tap;                   /* that one; NULL = find out by itself */
};

/* Reads a capture, or a record stream, recognised by content; "-" is standard input; or a RUN
 * folder (plan.h). `files` ends
 * with NULL; several are one capture, in that order (join.h). Progress is shown on standard error
 * when that is a terminal. Returns NULL and sets error (EXIT_INPUT, EXIT_TSHARK) when nothing could
 * be read, EXIT_USAGE as selection_apply() does; when only a part could, the story is marked
 * partial. The caller frees it. */
struct story *input_load(const char *const *files, const struct input_wants *wants, GError **error);

#endif
