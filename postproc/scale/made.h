/* made.h - a file that is there whole or not at all: written beside its name and renamed.
 *
 * Tasks may be killed anywhere and may run twice at a time, on several machines: each writes a file
 * of its own, NAME.XXXXXX.tmp. Whoever renames last wins, with the same bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MADE_H
#define MADE_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

struct made {
    char *name; /* what it will be; owned */
    char *path; /* where it is until then; owned */
    FILE *file;
    guint64 size; /* bytes that were written */
    bool failed;  /* some could not be written; `why` has the error number */
    int why;
};

/* Begins a file, and makes the folder that it is in. Fails with EXIT_OUTPUT. */
bool made_begin(struct made *made, const char *name, GError **error);

/* Appends bytes. What fails is told by made_end(). */
void made_write(struct made *made, const void *bytes, gsize size);

/* Gives the file its name, when all is on the disk. Otherwise nothing is left of it, and this fails
 * with EXIT_OUTPUT. */
bool made_end(struct made *made, GError **error);

/* Gives it up: nothing is left of it. Nothing happens when it has ended. */
void made_cancel(struct made *made);

/* Writes a whole file. Fails with EXIT_OUTPUT. */
bool made_whole(const char *name, const void *bytes, gsize size, GError **error);

#endif
