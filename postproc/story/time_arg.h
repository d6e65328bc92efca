/* time_arg.h - a point in time as the user names it: --at, --since, --until.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TIME_ARG_H
#define TIME_ARG_H

#include "story.h"

enum time_arg_kind {
    TIME_ARG_EPOCH,
    TIME_ARG_AFTER_START,
    TIME_ARG_BEFORE_END,
    TIME_ARG_CLOCK, /* a time of the day */
    TIME_ARG_AFTER_FRAME,
    TIME_ARG_END
};

struct time_arg {
    enum time_arg_kind kind;
    int64_t ns;     /* since 1970-01-01 UTC, or since the capture's first frame, to its last one, or
                       since midnight */
    uint32_t frame; /* of TIME_ARG_AFTER_FRAME */
    bool utc;       /* of TIME_ARG_CLOCK: the day is one of UTC; otherwise of TZ */
};

/* What a TIME can be, for --help: lines that end with a newline. */
extern const char time_arg_help[];

/* Reads a TIME: "1795328916.27" (epoch seconds), "+1.5", "+1m30s" (since the capture's first
 * frame),
 * "-5s" (before its last one), "2026-11-22T11:20:41.5Z", "2026-11-22 11:20" (ISO 8601; without a
 * zone it is local time, or UTC with `utc`), "11:20" (the first time of that day from the capture's
 * start on, or on the day on which it began), "#123" (after that frame), "now", "end". `option` is
 * for the message. Fails with EXIT_USAGE. */
bool time_arg_read(struct time_arg *moment, const char *option, const char *text, bool utc,
                   GError **error);

/* Reads a length of time above zero: "0.5", in seconds, or "1m30s". Fails with EXIT_USAGE. */
bool time_arg_read_length(int64_t *ns, const char *option, const char *text, GError **error);

/* When that is in a capture. The story was told of the frame before it was read, with
 * story_want_frame(). Fails with EXIT_USAGE when the capture has no such frame. */
bool time_arg_in(const struct time_arg *moment, const struct story *story, int64_t *ns,
                 GError **error);

#endif
