/* fuzz.h - gives a reader of tcpstory the fuzzer's bytes, in pieces, and uses what it made of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <string.h>

#include "lines.h"
#include "summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
    size_t piece; /* at most so many at once */
};

static gssize fuzz_read(void *context, char *buf, gsize size, GError **error)
{
    struct fuzz_bytes *bytes = context;
    const size_t n = MIN(MIN(size, bytes->left), bytes->piece);

    (void)error;
    memcpy(buf, bytes->at, n);
    bytes->at += n;
    bytes->left -= n;
    return (gssize)n;
}

/* Intervals of an endpoint neither overlap nor leave a hole: they begin one after the other. */
static void fuzz_check(const struct story *story)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    g_autoptr(Summary) summary = summary_new(story, NULL);

    g_assert_nonnull(summary);
    for (guint i = 0; i < 2 * story->connections->len; i++) {
        story_intervals(story, story_connection(story, i / 2), (enum tsm_side)(i % 2), list);
        for (guint k = 1; k < list->len; k++) {
            g_assert_cmpint(g_array_index(list, struct story_interval, k - 1).from_ns, <=,
                            g_array_index(list, struct story_interval, k).from_ns);
        }
    }
}

/* A connection has ended: what --follow looks at is there. */
static void fuzz_ended(void *context, const struct story *story,
                       const struct story_connection *connection)
{
    (void)context;
    g_assert_true(story_of_stream(story, connection->stream) == connection);
    story_first_flow(story, connection);
}

/* Reads the bytes with a reader; every other one is followed. */
static inline void fuzz_reader(bool (*read)(struct story *story, const struct byte_source *source,
                                            GError **error),
                               const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size, 1 + (size > 0 ? data[size - 1] : 0)};
    const struct byte_source source = {fuzz_read, &bytes};
    const struct story_wants wants = {
        .segments_of = TSM_NO_STREAM,
        .follower.ended = size > 1 && data[size - 2] % 2 == 1 ? fuzz_ended : NULL,
    };
    g_autoptr(Story) story = story_new("fuzz", &wants);
    g_autoptr(GError) error = NULL;

    if (read(story, &source, &error)) {
        fuzz_check(story);
        story_emit_rest(story);
    } else {
        g_assert_nonnull(error);
    }
}

#endif
