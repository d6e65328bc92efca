/* capture.c - feeds the engine once, in capture order, and keeps what it said; see capture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture.h"

#include "compat.h"
#include <epan/wmem_scopes.h>

#include "chunked.h"
#include "hash.h"
#include "preferences.h"
#include "records.h"

/* The state last counted for each endpoint of a stream, plus 1; 0 = none yet. */
struct counted {
    uint8_t state[2];
};

static struct capture {
    struct tsm_recorder recorder;
    struct store *store;
    struct state_counts counts;
    struct chunked counted; /* of struct counted, by stream number */
    struct links_table links;
    struct story *story; /* what the records make; NULL = it is not gathered */
    int64_t looked_ns;   /* when timers were looked at last, for the counts */
    bool in_frame;       /* a TCP layer of the current frame was met */
    bool finished;
    bool decided;     /* what is kept */
    bool asked;       /* capture_ask() was called */
    bool idle;        /* nobody asks */
    bool counts_only; /* nobody asks for frames */
    bool told;        /* the story has its end */
} * capture;          /* file scope memory; NULL = no capture is open */

static struct records_wanted wanted = {.stream = TSM_NO_STREAM}; /* outlives captures */

/* Without records there is no bound: fields and tables want every stream. */
static void want_records(void)
{
    capture->recorder.detail = wanted.detail;
    capture->recorder.stream = wanted.stream;
    capture->recorder.max_connections = wanted.max_connections;
    if (wanted.detail != TSM_RECORD_NONE) {
        tsm_recorder_want(&capture->recorder, TSM_EXTRA_FLOWS | TSM_EXTRA_SPENT);
    } else {
        tsm_recorder_spare(&capture->recorder, TSM_EXTRA_SPENT);
    }
    if (wanted.metrics) {
        tsm_recorder_want(&capture->recorder, TSM_EXTRA_METRICS);
    }
}

void capture_want_records(const struct records_wanted *records)
{
    wanted = *records;
    if (capture) {
        want_records();
    }
}

void capture_open(void)
{
    struct tsm_model model = preferences_model();

    capture_close();
    capture = wmem_new0(wmem_file_scope(), struct capture);
    tsm_recorder_init(&capture->recorder, &model, hash_key());
    want_records();
    capture->recorder.put = records_add;
    capture->store = store_new();
    capture->counted.element_bytes = sizeof(struct counted);
    links_init(&capture->links);
    records_begin();
}

void capture_close(void)
{
    if (capture) {
        story_free(capture->story);
        tsm_recorder_clear(&capture->recorder);
        capture = NULL;
    }
}

/* --- the story -------------------------------------------------------------------------------- */

/* The engine's own records cannot contradict each other; were it so, the story lacks one. */
static void add_to_story(void *context, const struct tsm_record *record)
{
    story_add(context, record, NULL);
}

static void end_story(void)
{
    capture->recorder.detail = TSM_RECORD_NONE;
    capture->told = true;
}

static void begin_story(void)
{
    const struct story_wants wants = {.keeps_facts = true, .segments_of = TSM_NO_STREAM};

    capture->story = story_new("", &wants);
    tsm_recorder_want(&capture->recorder, TSM_EXTRA_SPENT);
    capture->recorder.detail = TSM_RECORD_EVENTS;
    capture->recorder.put = add_to_story;
    capture->recorder.context = capture->story;
}

bool capture_is_undecided(void)
{
    return capture && !capture->decided && capture->recorder.table;
}

void capture_decide(const struct keeping *keeping)
{
    capture->decided = true;
    if (keeping->story && wanted.detail == TSM_RECORD_NONE) {
        begin_story();
    }
    if (!keeping->frames) {
        store_let_pass(capture->store);
        capture->links.passing = true;
    }
}

bool capture_wants_to_ask(void)
{
    return capture && capture->decided && !capture->asked && capture->links.passing;
}

void capture_ask(enum asking what)
{
    capture->asked = true;
    capture->idle = what == ASKING_NOTHING;
    capture->counts_only = what == ASKING_TOTALS;
}

bool capture_has_frames(void)
{
    return capture && !capture->counts_only;
}

bool capture_is_idle(void)
{
    return capture && capture->idle;
}

bool capture_gathers(void)
{
    return capture && capture->story;
}

const struct story *capture_story(void)
{
    if (!capture || !capture->story) {
        return NULL;
    }
    if (!capture->told) {
        tsm_recorder_foretell(&capture->recorder);
        story_compact(capture->story);
        end_story();
    }
    return capture->story->capture.frames == capture->recorder.totals.frames ? capture->story
                                                                             : NULL;
}

/* --- feeding ---------------------------------------------------------------------------------- */

/* The first TCP layer of a frame: its number may have been used before; see store_clear(). */
static void enter_frame(uint32_t frame)
{
    if (!capture->in_frame) {
        capture->in_frame = true;
        store_clear(capture->store, frame);
    }
}

static void count_state(uint8_t *last, enum tsm_side side, enum tsm_state state)
{
    if (*last == state + 1) {
        return;
    }
    if (*last != 0) {
        capture->counts.now[side][*last - 1]--;
    }
    capture->counts.now[side][state]++;
    capture->counts.visits[side][state]++;
    *last = (uint8_t)(state + 1);
}

/* Counts the states that the endpoints of a stream have reached in the live view. `verdict` NULL:
 * time has passed, nothing else. What they were in before the first segment is no visit. */
static void count_states(const struct tsm_stream *stream, const struct tsm_verdict *verdict)
{
    struct counted *counted = chunked_make(&capture->counted, stream->number);

    for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
        uint8_t *last = &counted->state[side];

        if (verdict && *last != 0) {
            count_state(last, side, verdict->before[side].state);
        }
        count_state(last, side, stream->conn->belief[side].state);
    }
}

/* Keeps what the engine said of a segment or quote. No state moves without a change. */
static void keep(const struct tsm_segment *seg, const struct tsm_fed *fed)
{
    const struct tsm_conn *conn = fed->stream->conn;

    if (!capture->counts_only) {
        store_add(capture->store, seg->frame, seg->time_ns, conn, &fed->verdict);
        links_add(&capture->links, seg->frame, conn->stream, &fed->verdict);
    }
    if (fed->ended) {
        count_states(fed->ended, NULL);
    }
    if (fed->verdict.n_changes > 0) {
        count_states(fed->stream, &fed->verdict);
    }
}

bool capture_tells_facts(void)
{
    return capture && capture->recorder.detail != TSM_RECORD_NONE;
}

void capture_segment(const struct tsm_tuple *tuple, const struct tsm_segment *seg)
{
    struct tsm_fed fed;

    if (!capture || !capture->recorder.table) {
        return;
    }
    enter_frame(seg->frame);
    tsm_recorder_segment(&capture->recorder, tuple, seg, &fed);
    if (fed.stream) {
        keep(seg, &fed);
    }
}

void capture_quote(const struct tsm_tuple *tuple, const struct tsm_segment *quoted, size_t captured,
                   const struct tsm_icmp_error *error)
{
    struct tsm_fed fed;

    if (!capture || !capture->recorder.table) {
        return;
    }
    enter_frame(quoted->frame);
    tsm_recorder_quote(&capture->recorder, tuple, quoted, captured, error, &fed);
    if (fed.stream) {
        keep(quoted, &fed);
    }
}

void capture_unread(const struct tsm_tuple *tuple, const struct tsm_segment *seg, size_t captured)
{
    if (!capture || !capture->recorder.table) {
        return;
    }
    enter_frame(seg->frame);
    tsm_recorder_unread(&capture->recorder, tuple, seg, captured);
}

void capture_frame(uint32_t frame, int64_t time_ns, bool has_time)
{
    if (!capture) {
        return;
    }
    if (!capture->in_frame) {
        store_clear(capture->store, frame);
    }
    capture->in_frame = false;
    tsm_recorder_frame(&capture->recorder, time_ns, has_time);
}

/* --- reading ---------------------------------------------------------------------------------- */

bool capture_annotation(uint32_t frame, unsigned layer, struct annotation *annotation)
{
    return capture && store_get(capture->store, frame, layer, annotation);
}

bool capture_has_notes(uint32_t frame)
{
    return capture && store_has_notes(capture->store, frame);
}

struct links capture_links(uint32_t frame, const struct annotation *annotation)
{
    return capture ? links_of(&capture->links, frame, annotation) : (struct links){0, 0, 0};
}

const struct tsm_stream *capture_stream(uint32_t number)
{
    return capture && capture->recorder.table ? tsm_table_stream(capture->recorder.table, number)
                                              : NULL;
}

/* Lets time pass for a copy of the stream, as it is not to show what segments did not. */
static void count_at(uint32_t number, int64_t now_ns)
{
    struct tsm_stream *copy = tsm_table_copy(capture->recorder.table, number);
    struct tsm_verdict verdict;

    if (copy) {
        tsm_table_finish(capture->recorder.table, copy, now_ns, &verdict);
        count_states(copy, NULL);
    }
}

void capture_finish(void)
{
    if (!capture || !capture->recorder.table || capture->finished) {
        return;
    }
    capture->finished = true;
    tsm_recorder_finish(&capture->recorder);
    for (uint32_t n = 0; n < tsm_table_count(capture->recorder.table); n++) {
        count_at(n, capture->recorder.totals.end_ns);
    }
    tsm_recorder_project(&capture->recorder);
}

const struct tsm_record_capture *capture_totals(void)
{
    static const struct tsm_record_capture none;

    return capture ? &capture->recorder.totals : &none;
}

const struct state_counts *capture_state_counts(void)
{
    static const struct state_counts none;

    return capture ? &capture->counts : &none;
}

static bool may_move_by_timer(unsigned counted)
{
    const unsigned state = counted - 1;

    return counted != 0 && state != TSM_UNKNOWN && state != TSM_CLOSED && state != TSM_LISTEN;
}

static void count_timers(uint32_t number, int64_t now_ns)
{
    const struct counted *counted = chunked_find(&capture->counted, number);

    if (counted && (may_move_by_timer(counted->state[TSM_CLIENT]) ||
                    may_move_by_timer(counted->state[TSM_SERVER]))) {
        count_at(number, now_ns);
    }
}

const struct state_counts *capture_state_counts_at(int64_t now_ns)
{
    const int64_t second = 1000000000;

    if (capture && capture->recorder.table && now_ns - capture->looked_ns >= second) {
        capture->looked_ns = now_ns;
        for (uint32_t n = 0; n < tsm_table_count(capture->recorder.table); n++) {
            count_timers(n, now_ns);
        }
    }
    return capture_state_counts();
}
