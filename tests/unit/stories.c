/* stories.c - see stories.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stories.h"

void stories_record(struct story *story, const struct tsm_record *record)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(story_add(story, record, &error));
    g_assert_no_error(error);
}

struct tsm_tuple stories_tuple(uint8_t client, uint16_t cport, uint8_t server, uint16_t sport)
{
    struct tsm_tuple tuple;

    memset(&tuple, g_test_rand_int_range(0, 256), sizeof tuple);
    memcpy(tuple.src, (const uint8_t[]){10, 0, 0, client}, 4);
    memcpy(tuple.dst, (const uint8_t[]){10, 0, 0, server}, 4);
    tuple.sport = cport;
    tuple.dport = sport;
    tuple.addr_len = 4;
    return tuple;
}

guint stories_add(struct story *story, const struct tsm_tuple *tuple, int64_t ns)
{
    const guint stream = story->connections->len;
    const struct tsm_record record = {
        .type = TSM_RECORD_START,
        .u.start = {.time_ns = ns,
                    .stream = stream,
                    .frame = stream + 1,
                    .previous_stream = TSM_NO_STREAM,
                    .tuple = *tuple},
    };

    stories_record(story, &record);
    return stream;
}

void stories_state(struct story *story, guint stream, enum tsm_side side, int64_t ns,
                   enum tsm_state state)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_CHANGE,
        .u.change = {stream,
                     {.at_ns = ns,
                      .from_ns = ns,
                      .possible = tsm_only(state),
                      .state = (uint8_t)state,
                      .side = (uint8_t)side,
                      .cause = TSM_SND_SEGMENT}},
    };

    stories_record(story, &record);
}

void stories_end(struct story *story, guint stream, int64_t ns, const uint32_t segments[2])
{
    const struct story_connection *connection = story_connection(story, stream);
    const struct tsm_record record = {
        .type = TSM_RECORD_TOTALS,
        .u.totals = {.stream = stream,
                     .start_ns = connection->start_ns,
                     .end_ns = ns,
                     .setup_ns = -1,
                     .side = {{.segments = segments[0]}, {.segments = segments[1]}}},
    };

    stories_record(story, &record);
}

void stories_capture(struct story *story, int64_t start_ns, int64_t end_ns)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_CAPTURE,
        .u.capture = {.start_ns = start_ns, .end_ns = end_ns, .frames = 1},
    };

    stories_record(story, &record);
}
