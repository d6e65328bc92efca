/* lines.c - big blocks, cut at newlines; see lines.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "lines.h"

#include <string.h>

#define BLOCK_BYTES (128u << 10) /* at most read at once: what the processor's cache can keep */

void lines_init(struct lines *lines, const struct byte_source *source)
{
    char *buf = g_malloc(LINES_LONGEST + 1);

    *lines = (struct lines){.source = source, .buf = buf, .at = buf, .end = buf};
}

void lines_clear(struct lines *lines)
{
    g_free(lines->buf);
    lines->buf = NULL;
}

/* The unfinished line goes to the front, and more behind it. Returns what read() does. */
static gssize read_more(struct lines *lines, GError **error)
{
    const gsize rest = (gsize)(lines->end - lines->at);
    gssize n;

    memmove(lines->buf, lines->at, rest);
    lines->at = lines->buf;
    lines->end = lines->buf + rest;
    n = lines->source->read(lines->source->context, lines->end,
                            MIN(BLOCK_BYTES, LINES_LONGEST - rest), error);
    lines->end += MAX(n, 0);
    return n;
}

static void take(struct lines *lines, char *end, char **line, gsize *length)
{
    *end = '\0';
    *line = lines->at;
    *length = (gsize)(end - lines->at);
    lines->number++;
}

enum lines_found lines_next(struct lines *lines, char **line, gsize *length, GError **error)
{
    gsize searched = 0;
    char *newline;
    gssize n;

    while ((newline = memchr(lines->at + searched, '\n',
                             (gsize)(lines->end - lines->at) - searched)) == NULL) {
        searched = (gsize)(lines->end - lines->at);
        if (searched == LINES_LONGEST) {
            take(lines, lines->end, line, length);
            return LINES_TOO_LONG;
        }
        n = read_more(lines, error);
        if (n < 0) {
            return LINES_FAILED;
        }
        if (n == 0) {
            take(lines, lines->end, line, length);
            lines->at = lines->end;
            return searched == 0 ? LINES_END : LINES_CUT;
        }
    }
    take(lines, newline, line, length);
    lines->at = newline + 1;
    return LINES_LINE;
}
