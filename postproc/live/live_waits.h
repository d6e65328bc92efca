/* live_waits.h - what each open connection waits for, and for how long.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LIVE_WAITS_H
#define LIVE_WAITS_H

#include "story.h"

/* A connection that has not ended. */
struct live_wait {
    const struct story_connection *connection;
    const struct story_interval *last[2]; /* never NULL */
    const char *what;                     /* "the server's application to close"; static */
    int64_t ns;                           /* for so long */
    bool idle;                            /* it waits for nothing but the next request */
};

/* X(name, word): by what rows are sorted; the first one is the default. */
// clang-format off
#define LIVE_SORT_LIST(X)  \
    X(WAIT,   "wait")      \
    X(AGE,    "age")       \
    X(BYTES,  "bytes")     \
    X(STREAM, "stream")
// clang-format on

enum live_sort {
#define X(name, word) LIVE_BY_##name,
    LIVE_SORT_LIST(X)
#undef X
        N_LIVE_SORTS
};

const char *live_sort_word(enum live_sort sort);

/* The open connections of a story (the last look of a watch) whose line has the filter in it (NULL
 * = all), as wanted: the longest wait first, the oldest, the most bytes, the newest. Array of
 * struct live_wait, valid as long as the story; the caller frees it. */
GArray *live_waits(const struct story *story, int64_t now_ns, enum live_sort sort,
                   const char *filter);

/* Appends the line of a row, columns as in live_wait_heading(), cut at `width`. */
void live_wait_text(const struct live_wait *row, GString *text);
extern const char live_wait_heading[];

#endif
