/* lines.h - bytes from somewhere, taken line by line and parsed in place.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LINES_H
#define LINES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Where bytes come from. read() puts up to `size` bytes (> 0) into buf and returns their number,
 * 0 at the end, or -1 and sets error. */
struct byte_source {
    gssize (*read)(void *context, char *buf, gsize size, GError **error);
    void *context;
};

/* The longest line with its newline. */
#define LINES_LONGEST (1u << 20)

/* How looking for the next line ended. */
enum lines_found {
    LINES_LINE,     /* here it is */
    LINES_END,      /* there is no more */
    LINES_CUT,      /* the rest has no newline: the last line may not be whole */
    LINES_TOO_LONG, /* longer than LINES_LONGEST */
    LINES_FAILED,   /* read() failed */
};

/* A reading in progress; private but for `number`. */
struct lines {
    const struct byte_source *source;
    char *buf;       /* LINES_LONGEST and a NUL */
    char *at, *end;  /* what is not used yet */
    uint64_t number; /* of the line found last, from 1 */
};

/* Begins; `source` must outlive the reading. Free with lines_clear(). */
void lines_init(struct lines *lines, const struct byte_source *source);
void lines_clear(struct lines *lines);

/* Finds the next line: *line ends with a NUL in place of its newline, *length is that of all
 * before. It may be changed, and is valid until the next call. What was found without a newline is
 * given too; at the end that is "". Fails with LINES_FAILED only: error is set, *line is not. */
enum lines_found lines_next(struct lines *lines, char **line, gsize *length, GError **error);

#endif
