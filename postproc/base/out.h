/* out.h - where output goes, and whether it may be coloured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef OUT_H
#define OUT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "style.h"

struct out {
    FILE *file;
    const char *name; /* for messages */
    char *path;       /* where `file` really is until out_close(); NULL = not a plain file */
    char *target;     /* what it is renamed to then; NULL = it is there already */
    bool at_once;     /* each line is to be seen as soon as it is written; settable */
    bool color;
    unsigned width; /* columns of text that fit */
};

/* Opens `path` for writing; NULL is standard output. A plain file is replaced only when out_close()
 * succeeds, at once: nobody ever reads a part of it. `color` is "auto" (colours on a terminal),
 * "always" or "never". Fails with EXIT_OUTPUT. */
bool out_open(struct out *out, const char *path, const char *color, GError **error);

/* Writes text and empties it. */
void out_write(struct out *out, GString *text);

/* The same, its lines broken as text_wrap() does at the width of the output. */
void out_write_wrapped(struct out *out, GString *text, unsigned indent);

/* The same once the text is long: for those who write line after line. */
void out_write_full(struct out *out, GString *text);

/* Flushes and closes. Fails with EXIT_OUTPUT when not everything could be written. */
bool out_close(struct out *out, GError **error);

/* Closes after a failure: a file that would have been replaced stays as it was. */
void out_cancel(struct out *out);

/* Appends text in a style, to be written later with out_write(). */
void out_append(const struct out *out, GString *to, enum out_style style, const char *text);

#endif
