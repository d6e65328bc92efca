/* tsm_recorder.c - feeds the table and makes records of its verdicts; see tsm_recorder.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_recorder.h"

#include <string.h>

void tsm_recorder_init(struct tsm_recorder *recorder, const struct tsm_model *model,
                       const struct tsm_hash_key *key)
{
    *recorder = (struct tsm_recorder){.table = tsm_table_new(model, key),
                                      .stream = TSM_NO_STREAM,
                                      .projects = true,
                                      .watches = true};
    tsm_recorder_want(recorder, TSM_EXTRA_SPENT);
}

void tsm_recorder_spare(struct tsm_recorder *recorder, unsigned extras)
{
    if (recorder->table != NULL) {
        tsm_table_spare(recorder->table, extras);
    }
}

void tsm_recorder_want(struct tsm_recorder *recorder, unsigned extras)
{
    if (recorder->table != NULL) {
        tsm_table_want(recorder->table, extras);
    }
}

void tsm_recorder_clear(struct tsm_recorder *recorder)
{
    tsm_table_free(recorder->table);
    recorder->table = NULL;
}

/* ---- telling ---- */

static void put(const struct tsm_recorder *recorder, const struct tsm_record *record)
{
    recorder->put(recorder->context, record);
}

static bool is_wanted(const struct tsm_recorder *recorder, const struct tsm_stream *stream)
{
    return recorder->detail != TSM_RECORD_NONE &&
           (recorder->stream == TSM_NO_STREAM || recorder->stream == stream->number);
}

static void emit_changes(const struct tsm_recorder *recorder, enum tsm_record_type type,
                         const struct tsm_stream *stream, const struct tsm_verdict *verdict)
{
    struct tsm_record record;

    for (unsigned i = 0; is_wanted(recorder, stream) && i < verdict->n_changes; i++) {
        tsm_record_of_change(&record, stream->number, &verdict->changes[i]);
        record.type = type;
        put(recorder, &record);
    }
}

/* Whether a segment is worth a record of its own even when not all are wanted. */
static bool did_something(const struct tsm_verdict *verdict)
{
    const unsigned action = verdict->action;

    return action == TSM_ACT_RST || action == TSM_ACT_KEEP_ALIVE ||
           action == TSM_ACT_ZERO_WINDOW_PROBE || verdict->changed || verdict->open_step ||
           verdict->close_steps || verdict->notes;
}

static bool is_live(const struct tsm_recorder *recorder)
{
    return recorder->detail == TSM_RECORD_LIVE;
}

static void emit_start(const struct tsm_recorder *recorder, const struct tsm_stream *stream)
{
    struct tsm_record record;

    tsm_record_of_start(&record, stream);
    put(recorder, &record);
}

static void emit_flow(const struct tsm_recorder *recorder, const struct tsm_stream *stream,
                      const struct tsm_flow *flow)
{
    struct tsm_record record;

    tsm_record_of_flow(&record, stream->number, flow);
    put(recorder, &record);
}

/* The last records of a stream; closed_out_ns 0 = it was followed to its end, or the capture's. */
static void emit_end(const struct tsm_recorder *recorder, const struct tsm_stream *stream,
                     int64_t closed_out_ns)
{
    const struct tsm_flow *flow = tsm_stream_flow(stream);
    const struct tsm_metrics *metrics = tsm_stream_metrics(stream);
    struct tsm_record record;

    if (flow != NULL) {
        emit_flow(recorder, stream, flow);
    }
    for (unsigned side = 0; side < 2; side++) {
        tsm_record_of_facts(&record, stream, (enum tsm_side)side);
        put(recorder, &record);
    }
    tsm_record_of_spent(&record, stream);
    put(recorder, &record);
    if (metrics != NULL) {
        tsm_record_of_metrics(&record, stream->number, metrics);
        put(recorder, &record);
    }
    tsm_record_of_totals(&record, stream);
    record.u.totals.closed_out_ns = closed_out_ns;
    put(recorder, &record);
}

/* ---- live: streams are told when they end ---- */

#define IDLE_NS INT64_C(7200000000000) /* two hours; see the header */
#define LOOK_NS INT64_C(1000000000)

static void watch_stream(struct tsm_recorder *recorder, struct tsm_stream *stream)
{
    stream->next_watched = recorder->watched;
    stream->watched_at = &recorder->watched;
    if (stream->next_watched != NULL) {
        stream->next_watched->watched_at = &stream->next_watched;
    }
    recorder->watched = stream;
}

static void unwatch_stream(struct tsm_stream *stream)
{
    *stream->watched_at = stream->next_watched;
    if (stream->next_watched != NULL) {
        stream->next_watched->watched_at = stream->watched_at;
    }
    stream->watched_at = NULL;
}

static void end_live(struct tsm_recorder *recorder, struct tsm_stream *stream)
{
    if (!stream->emitted) {
        emit_end(recorder, stream, 0);
        stream->emitted = true;
    }
}

/* The stream goes on although its end was told: it begins again, as it stands. */
static void begin_again(struct tsm_recorder *recorder, struct tsm_stream *stream,
                        const struct tsm_segment *seg)
{
    struct tsm_verdict standing = {.n_changes = 2};

    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_belief *belief = &stream->conn->belief[side];
        standing.changes[side] = (struct tsm_change){
            .at_ns = seg->time_ns,
            .from_ns = belief->since_ns,
            .at_frame = seg->frame,
            .from_frame = belief->since_frame,
            .possible = belief->possible,
            .state = belief->state,
            .basis = belief->basis,
            .side = (uint8_t)side,
            .cause = TSM_CAUSE_RESUMED,
        };
    }
    stream->emitted = false;
    emit_start(recorder, stream);
    emit_changes(recorder, TSM_RECORD_CHANGE, stream, &standing);
}

/* Before what a segment did is told: false when it concerns a stream that is over. */
static bool watch(struct tsm_recorder *recorder, struct tsm_stream *stream,
                  const struct tsm_segment *seg)
{
    if (stream->emitted && tsm_stream_is_over(stream)) {
        return false;
    }
    if (stream->emitted) {
        begin_again(recorder, stream, seg);
    }
    if (stream->watched_at == NULL) {
        watch_stream(recorder, stream);
    }
    return true;
}

static bool is_idle(const struct tsm_recorder *recorder, const struct tsm_stream *stream)
{
    const struct tsm_endpoint *ends = stream->conn->ep;
    const int64_t last_ns = ends[0].last_ns > ends[1].last_ns ? ends[0].last_ns : ends[1].last_ns;

    return recorder->totals.end_ns - last_ns > IDLE_NS;
}

/* Lets time pass for the streams that may end, and drops those from the list that have. */
static void look_at_timers(struct tsm_recorder *recorder)
{
    struct tsm_stream *next;

    recorder->next_look_ns = recorder->totals.end_ns + LOOK_NS;
    tsm_table_keep_open_awake(recorder->table);
    for (struct tsm_stream *stream = recorder->watched; stream != NULL; stream = next) {
        struct tsm_verdict verdict = {0};
        next = stream->next_watched;
        if (!stream->emitted && tsm_table_wake(recorder->table, stream)) {
            tsm_table_finish(recorder->table, stream, recorder->totals.end_ns, &verdict);
            emit_changes(recorder, TSM_RECORD_CHANGE, stream, &verdict);
        }
        if (stream->conn != NULL && (tsm_stream_is_over(stream) || is_idle(recorder, stream))) {
            end_live(recorder, stream);
        }
        if (stream->emitted) {
            unwatch_stream(stream);
        }
    }
}

/* ---- what a segment did ---- */

/* What the engine said of a segment or of a quote; `seg` as it was fed. */
static void emit_fed(struct tsm_recorder *recorder, const struct tsm_segment *seg,
                     const struct tsm_fed *fed)
{
    struct tsm_record record;

    if (recorder->detail == TSM_RECORD_NONE) {
        return;
    }
    if (fed->started) {
        emit_start(recorder, fed->stream);
    }
    if (fed->ended != NULL && !fed->ended->emitted) {
        emit_changes(recorder, TSM_RECORD_CHANGE, fed->ended, &fed->ended_verdict);
    }
    if (is_live(recorder) && !watch(recorder, fed->stream, seg)) {
        return;
    }
    if (fed->flow_ended) {
        emit_flow(recorder, fed->stream, &fed->flow);
    }
    emit_changes(recorder, TSM_RECORD_CHANGE, fed->stream, &fed->verdict);
    if (is_wanted(recorder, fed->stream) &&
        (recorder->detail == TSM_RECORD_ALL || did_something(&fed->verdict))) {
        tsm_record_of_segment(&record, fed->stream->number, seg, &fed->verdict);
        put(recorder, &record);
    }
    if (is_live(recorder) && tsm_stream_is_over(fed->stream)) {
        end_live(recorder, fed->stream);
    }
}

/* ---- closing out ---- */

static void tell_closed_out(struct tsm_recorder *recorder, struct tsm_stream *stream)
{
    struct tsm_verdict verdict;

    tsm_table_finish(recorder->table, stream, recorder->totals.end_ns, &verdict);
    emit_changes(recorder, TSM_RECORD_CHANGE, stream, &verdict);
    recorder->totals.closed_out++;
    recorder->totals.closed_open += !tsm_stream_is_over(stream);
    if (!is_live(recorder)) { /* who follows wants to know how it stands now */
        tsm_table_project(recorder->table, stream, &verdict);
        emit_changes(recorder, TSM_RECORD_CHANGE, stream, &verdict);
    }
    if (is_wanted(recorder, stream)) {
        emit_end(recorder, stream, recorder->totals.end_ns);
    }
}

static void make_room(struct tsm_recorder *recorder)
{
    const uint32_t most = recorder->max_connections;
    struct tsm_stream *stream;

    while (most > 0 && (stream = tsm_table_surplus(recorder->table, most)) != NULL) {
        if (tsm_stream_is_connection(stream) && !stream->emitted &&
            tsm_table_wake(recorder->table, stream)) {
            tell_closed_out(recorder, stream);
        }
        if (stream->watched_at != NULL) {
            unwatch_stream(stream);
        }
        tsm_table_forget(recorder->table, stream);
    }
}

/* ---- blanks ---- */

static void tell_blank(struct tsm_recorder *recorder, const struct tsm_blank *blank)
{
    const struct tsm_record record = {.type = TSM_RECORD_BLANK, .u.blank = *blank};

    if (recorder->table != NULL) {
        tsm_table_blank(recorder->table, blank);
    }
    if (recorder->detail != TSM_RECORD_NONE) {
        put(recorder, &record);
    }
}

void tsm_recorder_blank(struct tsm_recorder *recorder, const struct tsm_blank *blank)
{
    recorder->watches = false;
    tell_blank(recorder, blank);
}

static void see_other_time(struct tsm_recorder *recorder, int64_t ns)
{
    struct tsm_silence silence;
    struct tsm_blank blank;

    if (tsm_blank_time(&recorder->watch, ns, &silence) &&
        tsm_silence_is_blank(&silence, &recorder->longest_ns, &blank)) {
        tell_blank(recorder, &blank);
    }
}

/* A frame, or something in it, has this time; often its segment had it just now. */
static inline void see_time(struct tsm_recorder *recorder, int64_t ns)
{
    if (recorder->watches && ns != recorder->watch.latest_ns) {
        see_other_time(recorder, ns);
    }
}

/* ---- feeding ---- */

void tsm_recorder_segment(struct tsm_recorder *recorder, const struct tsm_tuple *tuple,
                          const struct tsm_segment *seg, struct tsm_fed *fed)
{
    see_time(recorder, seg->time_ns);
    make_room(recorder);
    tsm_table_feed(recorder->table, tuple, seg, fed);
    if (recorder->watches) {
        tsm_blank_segment(&recorder->watch, tuple, seg);
    }
    if (fed->stream == NULL) {
        return;
    }
    recorder->totals.segments++;
    if ((seg->known & TSM_NO_LENGTH) != 0) {
        recorder->totals.fragments++;
    }
    emit_fed(recorder, seg, fed);
}

void tsm_recorder_quote(struct tsm_recorder *recorder, const struct tsm_tuple *tuple,
                        const struct tsm_segment *quoted, size_t captured,
                        const struct tsm_icmp_error *error, struct tsm_fed *fed)
{
    recorder->totals.quoted++;
    see_time(recorder, quoted->time_ns);
    make_room(recorder);
    tsm_table_quote(recorder->table, tuple, quoted, captured >= TSM_HEADER_MIN, error, fed);
    if (fed->stream != NULL) {
        emit_fed(recorder, quoted, fed);
    }
}

void tsm_recorder_unread(struct tsm_recorder *recorder, const struct tsm_tuple *tuple,
                         const struct tsm_segment *seg, size_t captured)
{
    struct tsm_fed fed;

    recorder->totals.unread++;
    if (tuple != NULL &&
        captured >= TSM_HEADER_MIN) { /* Wireshark gives it a stream, as to a quote */
        make_room(recorder);
        tsm_table_quote(recorder->table, tuple, seg, true, NULL, &fed);
    }
}

void tsm_recorder_frame(struct tsm_recorder *recorder, int64_t time_ns, bool has_time)
{
    struct tsm_record_capture *totals = &recorder->totals;

    totals->frames++;
    if (has_time) {
        see_time(recorder, time_ns);
    }
    tsm_blank_frame(&recorder->watch);
    if (!has_time) {
        return;
    }
    if (totals->start_ns == 0 || time_ns < totals->start_ns) {
        totals->start_ns = time_ns;
    }
    if (totals->end_ns == 0 || time_ns > totals->end_ns) {
        totals->end_ns = time_ns;
    }
    if (is_live(recorder) && totals->end_ns >= recorder->next_look_ns) {
        look_at_timers(recorder);
    }
}

void tsm_recorder_pass(struct tsm_recorder *recorder, int64_t time_ns)
{
    struct tsm_record_capture *totals = &recorder->totals;

    if (totals->end_ns == 0 || time_ns <= totals->end_ns) {
        return;
    }
    totals->end_ns = time_ns;
    tsm_blank_passed(&recorder->watch, time_ns);
    if (is_live(recorder) && totals->end_ns >= recorder->next_look_ns) {
        look_at_timers(recorder);
    }
}

/* ---- the end ---- */

static void finish_stream(struct tsm_recorder *recorder, struct tsm_stream *stream)
{
    struct tsm_verdict verdict;

    tsm_table_finish(recorder->table, stream, recorder->totals.end_ns, &verdict);
    if (is_wanted(recorder, stream) && !stream->emitted) {
        emit_changes(recorder, TSM_RECORD_CHANGE, stream, &verdict);
        emit_end(recorder, stream, 0);
    }
}

static void project_stream(struct tsm_recorder *recorder, struct tsm_stream *stream)
{
    struct tsm_verdict verdict;

    tsm_table_finish(recorder->table, stream, recorder->totals.end_ns, &verdict);
    tsm_table_project(recorder->table, stream, &verdict);
    emit_changes(recorder, TSM_RECORD_PROJECTED, stream, &verdict);
}

/* Visits a copy of each stream, which is thrown away: to let the timers of one run twice costs less
 * than to pack it as it is then. */
static void each_stream(struct tsm_recorder *recorder,
                        void (*visit)(struct tsm_recorder *recorder, struct tsm_stream *stream))
{
    for (uint32_t n = 0; n < tsm_table_count(recorder->table); n++) {
        struct tsm_stream *copy = tsm_table_copy(recorder->table, n);
        if (copy != NULL) {
            visit(recorder, copy);
        }
    }
}

void tsm_recorder_finish(struct tsm_recorder *recorder)
{
    make_room(recorder);
    if (recorder->detail != TSM_RECORD_NONE) {
        each_stream(recorder, finish_stream);
    }
}

bool tsm_recorder_finish_some(struct tsm_recorder *recorder, uint32_t most)
{
    const uint32_t count = tsm_table_count(recorder->table);

    if (recorder->finished == 0) {
        make_room(recorder);
    }
    for (; most > 0 && recorder->finished < count; most--) {
        struct tsm_stream *copy = tsm_table_copy(recorder->table, recorder->finished);
        if (copy != NULL) {
            finish_stream(recorder, copy);
        }
        tsm_table_drop(recorder->table, recorder->finished++);
    }
    return recorder->finished < count;
}

/* The last records. */
static void emit_totals(struct tsm_recorder *recorder)
{
    struct tsm_record record = {.type = TSM_RECORD_CAPTURE, .u.capture = recorder->totals};

    record.u.capture.max_connections = recorder->max_connections;
    record.u.capture.refused = tsm_table_refused(recorder->table);
    put(recorder, &record);
    record.type = TSM_RECORD_END;
    put(recorder, &record);
}

void tsm_recorder_project(struct tsm_recorder *recorder)
{
    if (recorder->detail == TSM_RECORD_NONE) {
        return;
    }
    if (recorder->projects && !is_live(recorder)) { /* live, who reads it has forgotten the ended */
        each_stream(recorder, project_stream);
    }
    emit_totals(recorder);
}

static void conclude_stream(struct tsm_recorder *recorder, struct tsm_stream *stream)
{
    struct tsm_verdict verdict;

    finish_stream(recorder, stream);
    tsm_table_project(recorder->table, stream, &verdict);
    emit_changes(recorder, TSM_RECORD_PROJECTED, stream, &verdict);
}

void tsm_recorder_conclude(struct tsm_recorder *recorder)
{
    make_room(recorder);
    each_stream(recorder, conclude_stream);
    emit_totals(recorder);
}

/* When live, few of all streams that there ever were are still to be told. */
void tsm_recorder_foretell(struct tsm_recorder *recorder)
{
    if (!is_live(recorder)) {
        each_stream(recorder, finish_stream);
    }
    for (struct tsm_stream *s = recorder->watched; s != NULL; s = s->next_watched) {
        struct tsm_stream *copy = tsm_table_copy(recorder->table, s->number);
        if (copy != NULL) {
            finish_stream(recorder, copy);
        }
    }
    emit_totals(recorder);
}
