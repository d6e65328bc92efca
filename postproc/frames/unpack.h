/* unpack.h - captures that are packed by xz or bzip2, which libwiretap does not unpack.
 *
 * A thread unpacks, and what it makes of the file comes through a pipe: so memory does not depend
 * on what is packed, and no file is made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <glib.h>
#include <stdbool.h>

/* A capture that is being unpacked; all zero = none. */
struct unpacking {
    GThread *thread;
    int from, to;        /* the packed file, and the pipe's end for what is in it */
    const char *trouble; /* what went wrong, a sentence; NULL = nothing. Once it has ended */
};

/* Begins to unpack what `fd` holds, from where it stands. Returns a descriptor to read from, which
 * is the caller's to close, or -1: it is not packed, or cannot be looked into and `surely` does not
 * say that it is; then nothing was read. `fd` must stay open until unpack_end(). */
int unpack_begin(struct unpacking *unpacking, int fd, bool surely);

/* Ends it, whether all was unpacked or not. Whoever read from the descriptor has closed it. */
void unpack_end(struct unpacking *unpacking);

#endif
