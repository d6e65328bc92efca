/* content.h - what kind of file something is, by its first bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <glib.h>
#include <stdbool.h>

enum content_kind {
    CONTENT_UNKNOWN, /* perhaps a capture in one of tshark's rarer formats */
    CONTENT_RECORDS, /* the plugin's record stream */
    CONTENT_CAPTURE, /* surely a capture, or a compressed file that libwiretap unpacks */
    CONTENT_PACKED,  /* perhaps a capture, compressed in a way that tcpstory-frames unpacks */
    CONTENT_ARCHIVE, /* files in a file, which nobody here unpacks; `name` says which */
    CONTENT_FIELDS,  /* perhaps the header row of -T fields -E header=y */
    CONTENT_JSON,    /* perhaps -T json or -T ek */
};

struct content {
    enum content_kind kind;
    const char *name; /* "pcapng", "xz"; NULL when unknown; static */
};

/* How many first bytes content_of() looks at. */
#define CONTENT_BYTES 16

/* What the first bytes of an input, `n` of them, tell of it. */
struct content content_of(const char *bytes, gsize n);

/* Looks at the first bytes that can be read from an open file or pipe, and leaves them there. `n`
 * (up to CONTENT_BYTES) tells how many there are: 0 = it is empty. Waits for a pipe's writer.
 * Returns false when the descriptor is of a kind that cannot be looked into. */
bool content_peek(int fd, char *bytes, gsize *n);

#endif
