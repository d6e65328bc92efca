/* replay.c - a capture read once more; see replay.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "replay.h"

#include "capture.h"
#include "hash.h"
#include "preferences.h"
#include "tsm_recorder.h"

static struct {
    struct tsm_recorder recorder;
    struct story *story; /* NULL = no replay */
    uint32_t last;       /* the frame that was taken last */
    bool finished;
} replay;

static uint32_t segments_of = TSM_NO_STREAM; /* whose segments are kept; outlives replays */

/* The engine's own records cannot contradict each other; were it so, the story lacks one. */
static void add_to_story(void *context, const struct tsm_record *record)
{
    story_add(context, record, NULL);
}

static void stop(void)
{
    if (replay.story) {
        tsm_recorder_clear(&replay.recorder);
        story_free(replay.story);
    }
    replay.story = NULL;
    replay.last = 0;
    replay.finished = false;
}

void replay_start(void)
{
    const struct tsm_model model = preferences_model();
    const struct story_wants wants = {.keeps_facts = true, .segments_of = segments_of};

    stop();
    replay.story = story_new("", &wants);
    tsm_recorder_init(&replay.recorder, &model, hash_key());
    replay.recorder.detail = segments_of == TSM_NO_STREAM ? TSM_RECORD_EVENTS : TSM_RECORD_ALL;
    replay.recorder.put = add_to_story;
    replay.recorder.context = replay.story;
}

void replay_capture_closed(void)
{
    if (replay.finished) {
        stop();
    } else if (replay.story) {
        replay_start();
    }
}

void replay_keep_segments(uint32_t stream)
{
    segments_of = stream;
}

bool replay_takes(uint32_t frame, bool visited)
{
    if (!replay.story || replay.finished || !replay.recorder.table) {
        return false;
    }
    /* With `tshark -2 -R` the first pass gives the number of a rejected frame to the next one. */
    return frame == replay.last + 1 || (frame == replay.last && !visited);
}

void replay_segment(const struct tsm_tuple *tuple, const struct tsm_segment *seg)
{
    struct tsm_fed fed;

    tsm_recorder_segment(&replay.recorder, tuple, seg, &fed);
}

void replay_quote(const struct tsm_tuple *tuple, const struct tsm_segment *quoted, size_t captured,
                  const struct tsm_icmp_error *error)
{
    struct tsm_fed fed;

    tsm_recorder_quote(&replay.recorder, tuple, quoted, captured, error, &fed);
}

void replay_unread(const struct tsm_tuple *tuple, const struct tsm_segment *seg, size_t captured)
{
    tsm_recorder_unread(&replay.recorder, tuple, seg, captured);
}

const struct tsm_record_capture *replay_totals(void)
{
    return &replay.recorder.totals;
}

void replay_frame(uint32_t frame, int64_t time_ns, bool has_time)
{
    tsm_recorder_frame(&replay.recorder, time_ns, has_time);
    replay.last = frame;
}

const struct story *replay_story(void)
{
    if (!replay.story || replay.recorder.totals.frames != capture_totals()->frames) {
        return NULL;
    }
    if (!replay.finished) {
        replay.finished = true;
        tsm_recorder_finish(&replay.recorder);
        tsm_recorder_project(&replay.recorder); /* has the last records */
    }
    return replay.story;
}
