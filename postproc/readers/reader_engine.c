/* reader_engine.c - joins a recorder to a story; see reader_engine.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reader_engine.h"

#include <malloc.h>

#include "hash.h"
#include "memory.h"
#include "record_queue.h"
#include "workers.h"

static void add_record(void *story, const struct tsm_record *record)
{
    story_add(story, record, NULL); /* the recorder does not contradict itself */
}

void reader_engine_init(struct reader_engine *feed, struct story *story)
{
    struct tsm_record record = {.type = TSM_RECORD_HEADER, .u.header.version = TSM_RECORD_VERSION};

    struct tsm_model model = tsm_model_default;

    *feed = (struct reader_engine){.story = story};
    model.vantage = (uint8_t)story->wants->vantage;
    tsm_recorder_init(&feed->recorder, &model, hash_key());
    if (feed->recorder.table == NULL) {
        g_error(MEMORY_RAN_OUT);
    }
    feed->recorder.detail = story->wants->follower.ended != NULL ? TSM_RECORD_LIVE
                            : story_wants_segments(story)        ? TSM_RECORD_ALL
                                                                 : TSM_RECORD_EVENTS;
    feed->recorder.stream = story->wants->segments_of;
    feed->recorder.max_connections = story->wants->max_connections;
    feed->recorder.projects = story->wants->projects;
    tsm_recorder_want(&feed->recorder, (story->wants->keeps_flows ? TSM_EXTRA_FLOWS : 0u) |
                                           (story->wants->keeps_metrics ? TSM_EXTRA_METRICS : 0u));
    feed->recorder.put = add_record;
    feed->recorder.context = story;
    add_record(story, &record);
}

void reader_engine_apart(struct reader_engine *feed)
{
    const struct story_wants *wants = feed->story->wants;

    if (workers_count() == 1 || wants->follower.ended != NULL || wants->follower.tick != NULL ||
        wants->taker.header != NULL || wants->tee.put != NULL ||
        (feed->queue = record_queue_new(feed->story)) == NULL) {
        return;
    }
    feed->recorder.put = record_queue_put;
    feed->recorder.context = feed->queue;
}

void reader_engine_settle(struct reader_engine *feed)
{
    if (feed->queue != NULL) {
        record_queue_drain(feed->queue);
    }
}

void reader_engine_header(struct reader_engine *feed, struct tsm_header *header)
{
    tsm_recorder_header(&feed->recorder, header);
}

void reader_engine_name(struct reader_engine *feed, const struct tsm_tuple *tuple, const char *name)
{
    const struct story_taker *taker = &feed->story->wants->taker;

    if (taker->header != NULL) {
        taker->name(taker->context, tuple->src, tuple->addr_len, name);
    } else {
        reader_engine_settle(feed); /* whether a connection is wanted depends on names */
        story_add_name(feed->story, tuple->src, tuple->addr_len, name);
    }
}

void reader_engine_tell(void *feed, struct story *to)
{
    struct tsm_recorder *recorder = &((struct reader_engine *)feed)->recorder;
    void *const story = recorder->context;

    recorder->context = to;
    tsm_recorder_foretell(recorder);
    recorder->context = story;
}

#define STEPS 16 /* giving memory back takes a look at all that is free */

/* What the engine knows goes to the story, which grows, while the engine shrinks. */
static void hand_over_all(struct tsm_recorder *recorder)
{
    const uint32_t most = tsm_table_count(recorder->table) / STEPS + 1;

    while (tsm_recorder_finish_some(recorder, most)) {
        malloc_trim(0);
    }
}

bool reader_engine_finish(struct reader_engine *feed, const GError *trouble, GError **error)
{
    if (trouble != NULL && feed->recorder.totals.frames == 0) {
        g_propagate_error(error, g_error_copy(trouble));
        return false;
    }
    if (trouble != NULL) {
        story_mark_partial(feed->story, trouble->message);
    }
    if (feed->recorder.projects) {
        tsm_recorder_finish(&feed->recorder);
    } else {
        hand_over_all(&feed->recorder);
    }
    tsm_recorder_project(&feed->recorder);
    reader_engine_settle(feed);
    return true;
}

void reader_engine_clear(struct reader_engine *feed)
{
    record_queue_free(feed->queue);
    feed->queue = NULL;
    tsm_recorder_clear(&feed->recorder);
    malloc_trim(0); /* what rules need next is of other sizes */
}
