/* moment.h - a point in time as the user names it: --at, --since, --until.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MOMENT_H
#define MOMENT_H

#include "story.h"

enum moment_kind { MOMENT_EPOCH, MOMENT_AFTER_START, MOMENT_AFTER_FRAME, MOMENT_END };

struct moment {
    enum moment_kind kind;
    int64_t ns;     /* since 1970-01-01 UTC, or since the capture's first frame */
    uint32_t frame; /* of MOMENT_AFTER_FRAME */
};

/* What a TIME can be, for --help: lines that end with a newline. */
extern const char moment_help[];

/* Reads a TIME: "1795328916.27" (epoch seconds), "+1.5" (since the capture's first frame),
 * "2026-11-22T11:20:41.5Z" (ISO 8601; without a zone it is local time, or UTC with `utc`), "#123"
 * (after that frame), "end". `option` is for the message. Fails with EXIT_USAGE. */
bool moment_read(struct moment *moment, const char *option, const char *text, bool utc,
                 GError **error);

/* Reads a length of time above zero: "0.5", in seconds. Fails with EXIT_USAGE. */
bool moment_read_span(int64_t *ns, const char *option, const char *text, GError **error);

/* When that is in a capture. The story was told of the frame before it was read, with
 * story_want_frame(). Fails with EXIT_USAGE when the capture has no such frame. */
bool moment_in(const struct moment *moment, const struct story *story, int64_t *ns, GError **error);

#endif
