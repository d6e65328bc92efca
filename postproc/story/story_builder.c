/* story_builder.c - fills the model from records and keeps its intervals in order.
 *
 * All intervals lie in one array; those of an endpoint are a list from the newest to the oldest,
 * because a correction always takes back the newest ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"
#include "story_internal.h"
#include "text.h"

#define MAX_STEPS 1000000    /* of all connections: 32 MB */
#define MAX_OWN_STEPS 1000   /* of one: a capture may repeat the same step without end */
#define MAX_SEGMENTS 2000000 /* of one connection: 100 MB */

void story_mark_partial(struct story *story, const char *why)
{
    story->partial = true;
    g_ptr_array_add(story->warnings, g_strdup(why));
}

/* A segment may be the nearest yet to a frame that somebody wants. */
static void note_frame(struct story *story, const struct tsm_record_segment *segment)
{
    for (guint i = 0; i < STORY_MAX_FRAMES; i++) {
        struct story_frame *frame = &story->frames[i];
        if (segment->frame <= story->wants->frames[i] && segment->frame >= frame->nearest) {
            frame->nearest = segment->frame;
            frame->ns = segment->time_ns;
        }
    }
}

static struct story_connection *find_or_fail(const struct story *story, uint32_t stream,
                                             GError **error)
{
    struct story_connection *connection = story_find(story, stream);

    if (connection == NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "stream %u was not begun by a record of type S", stream);
    }
    return connection;
}

/* ---- followers ---- */

#define FORGET_AT 1000 /* so many connections at once: each time the others are moved */

static bool is_emitted(const struct story_connection *connection)
{
    return connection != NULL && connection->emitted;
}

static bool is_not_emitted(const struct story *story, const struct story_connection *connection,
                           void *data)
{
    (void)story;
    (void)data;
    return !connection->emitted;
}

static void forget_emitted(struct story *story)
{
    story_filter(story, is_not_emitted, NULL);
    for (guint i = 0; i < story->connections->len && !story->wants->keeps_facts; i++) {
        connection_at(story, i)->kinds = 0; /* their totals are still to come */
        connection_at(story, i)->repeats = 0;
    }
    g_array_set_size(story->facts, story->wants->keeps_facts ? story->facts->len : 0);
    story->left_out -= story->emitted;
    story->emitted = 0;
}

/* Forgets those that have ended once they are half of all. */
static void forget_many(struct story *story)
{
    if (!story->wants->lasting && story->emitted >= FORGET_AT &&
        2 * story->emitted >= story->connections->len) {
        forget_emitted(story);
    }
}

/* The connection has ended: tells who follows. */
static void emit(struct story *story, struct story_connection *connection)
{
    if (story->wants->follower.ended == NULL || connection->emitted) {
        return;
    }
    story->wants->follower.ended(story->wants->follower.context, story, connection);
    connection->emitted = true;
    story->emitted++;
}

void story_emit_rest(struct story *story)
{
    for (guint i = 0; i < story->connections->len; i++) {
        emit(story, connection_at(story, i));
    }
}

/* Whether the steps of a connection that begins are to be kept. */
static bool will_keep_steps(struct story *story, const struct tsm_record_start *start)
{
    const struct story_chooser *chooser = &story->wants->chooser;
    const bool keeps =
        story->step_keepers < story->wants->steps_of &&
        (chooser->may_be_wanted == NULL ||
         chooser->may_be_wanted(chooser->context, story, &start->tuple, start->stream));

    story->step_keepers += keeps;
    return keeps;
}

/* A connection that has ended goes on after all: all that was told of it is void. */
static void begin_again(struct story *story, struct story_connection *connection,
                        const struct story_connection *fresh)
{
    for (unsigned side = 0; side < 2; side++) {
        while (connection->newest[side] != 0) {
            drop_newest(story, &connection->newest[side]);
        }
    }
    story->emitted--;
    *connection = *fresh;
}

static bool add_start(struct story *story, const struct tsm_record_start *start, GError **error)
{
    struct story_connection connection = {
        .tuple = start->tuple,
        .stream = start->stream,
        .start_ns = start->time_ns,
        .end_ns = start->time_ns,
        .setup_ns = -1,
        .frame = start->frame,
        .previous_stream = start->previous_stream,
        .role_basis = start->role_basis,
    };

    if (story->emitted > 0 && is_emitted(story_find(story, start->stream))) {
        if (story->wants->lasting) {
            begin_again(story, story_find(story, start->stream), &connection);
            return true;
        }
        forget_emitted(story);
    }
    if (story_find(story, start->stream) != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "stream %u begins twice", start->stream);
        return false;
    }
    story->begun++;
    connection.keeps_steps = will_keep_steps(story, start);
    if (start->stream != story->connections->len) {
        g_hash_table_insert(story->by_stream, GUINT_TO_POINTER(start->stream),
                            GUINT_TO_POINTER(story->connections->len));
    }
    g_array_append_val(story->connections, connection);
    story->latest_ns = MAX(story->latest_ns, start->time_ns);
    if (story->first_ns == INT64_MAX) {
        story->first_ns = start->time_ns;
    }
    return true;
}

/* ---- intervals ---- */

static void append_interval(struct story *story, uint32_t *newest, struct story_interval interval)
{
    uint32_t place = story->unused;

    interval.earlier = *newest;
    if (place != 0) {
        story->unused = interval_at(story, place)->earlier;
        *interval_at(story, place) = interval;
    } else {
        g_array_append_val(story->intervals, interval);
        place = story->intervals->len;
    }
    *newest = place;
}

static bool same_belief(const struct story_interval *a, const struct story_interval *b)
{
    return a->state == b->state && a->basis == b->basis && a->possible == b->possible;
}

/* The belief holds from then on. A correction takes back what is later; anything else does not,
 * even when the capture's clock went backwards. An interval without length vanishes; what put the
 * endpoint into the state remains its cause, however much more becomes known of it. */
static void believe(struct story *story, uint32_t *newest, struct story_interval belief,
                    bool correction)
{
    if (!correction && *newest != 0) {
        belief.from_ns = MAX(belief.from_ns, interval_at(story, *newest)->from_ns);
    }
    while (*newest != 0 && interval_at(story, *newest)->from_ns >= belief.from_ns) {
        const struct story_interval *dropped = interval_at(story, *newest);
        if (dropped->from_ns == belief.from_ns && dropped->state == belief.state) {
            belief.cause = dropped->cause;
        }
        drop_newest(story, newest);
    }
    if (*newest == 0 || !same_belief(interval_at(story, *newest), &belief)) {
        append_interval(story, newest, belief);
    }
}

static void add_change(struct story *story, struct story_connection *connection,
                       const struct tsm_change *change)
{
    const bool live = story->wants->view == STORY_LIVE;
    uint32_t *newest = &connection->newest[change->side];
    const struct story_interval belief = {
        .from_ns = *newest == 0 ? connection->start_ns
                   : live       ? change->at_ns
                                : change->from_ns,
        .frame = live ? change->at_frame : change->from_frame,
        .possible = change->possible,
        .state = change->state,
        .basis = change->basis,
        .cause = change->cause,
    };

    believe(story, newest, belief, !live && change->from_ns < change->at_ns);
    if (interval_at(story, *newest)->earlier == 0) {
        interval_at(story, *newest)->from_ns = connection->start_ns;
    }
}

/* ---- records ---- */

/* Whether a segment is worth telling in the life of its connection. */
static bool is_step(const struct tsm_record_segment *segment)
{
    return segment->open_step != 0 || segment->close_steps != 0 || segment->action == TSM_ACT_RST ||
           segment->action == TSM_ACT_ICMP_ERROR || segment->action == TSM_ACT_CHALLENGE_ACK;
}

static void keep_step(struct story *story, struct story_connection *connection,
                      const struct tsm_record_segment *segment)
{
    const guint number = story_number(story, connection);
    const struct story_step step = {
        .time_ns = segment->time_ns,
        .frame = segment->frame,
        .connection = number,
        .sender = segment->sender,
        .action = segment->action,
        .call = segment->call,
        .open_step = segment->open_step,
        .close_steps = segment->close_steps,
    };

    if (!connection->keeps_steps || !is_step(segment) || connection->steps >= MAX_OWN_STEPS) {
        return;
    }
    if (story->steps->len < MAX_STEPS) {
        g_array_append_val(story->steps, step);
        connection->steps++;
    } else {
        story->lost_steps = true;
    }
}

static void keep_segment(struct story *story, const struct tsm_record_segment *segment)
{
    if (segment->stream != story->wants->segments_of) {
        return;
    }
    if (story->segments->len < MAX_SEGMENTS) {
        g_array_append_vals(story->segments, segment, 1);
    } else {
        story->lost_segments++;
    }
}

static void keep_packet(struct story *story, const struct story_connection *connection,
                        uint32_t frame)
{
    const struct story_packet packet = {frame, story_number(story, connection)};

    if (story->wants->keeps_packets) {
        g_array_append_val(story->packets, packet);
    }
}

static void add_segment(struct story *story, struct story_connection *connection,
                        const struct tsm_record_segment *segment)
{
    keep_step(story, connection, segment);
    if (story->wants->keeps_facts) {
        story_add_marks(story, connection, segment);
    }
    keep_segment(story, segment);
    keep_packet(story, connection, segment->frame);
    note_frame(story, segment);
    connection->notes |= segment->notes;
    connection->end_ns = MAX(connection->end_ns, segment->time_ns);
    story->latest_ns = MAX(story->latest_ns, segment->time_ns);
    if (segment->open_step > 0) {
        connection->open_steps |= (uint8_t)(1u << (segment->open_step - 1));
    }
    connection->close_steps |= segment->close_steps;
    if (connection->closed_by == 0 && (segment->close_steps & TSM_CLOSE_1) != 0) {
        connection->closed_by = (uint8_t)(1 + segment->sender);
    }
}

static void add_totals(struct story *story, struct story_connection *connection,
                       const struct tsm_record_totals *totals)
{
    struct story_bytes bytes;

    story->latest_ns = MAX(story->latest_ns, totals->end_ns);
    connection->end_ns = totals->end_ns;
    connection->setup_ns = totals->setup_ns;
    connection->closed_out_ns = totals->closed_out_ns;
    connection->closed_by = totals->closed_by;
    connection->syn_tries = totals->syn_tries;
    connection->vantage = totals->vantage;
    connection->open_steps |= totals->steps & 7;
    connection->close_steps = (uint8_t)(totals->steps >> 4); /* a FIN may be taken back */
    for (unsigned side = 0; side < 2; side++) {
        connection->segments[side] = totals->side[side].segments;
        connection->retransmissions[side] = totals->side[side].retransmissions;
        connection->bytes[side] = totals->side[side].payload_bytes;
        bytes.out_of_order[side] = totals->side[side].out_of_order;
        bytes.retransmitted[side] = totals->side[side].repeated;
        bytes.lost[side] = totals->side[side].lost;
    }
    connection->kinds = story_pack(story, &bytes, WORDS_OF(struct story_bytes));
    connection->counted = true;
}

static void add_flow(struct story *story, struct story_connection *connection,
                     const struct tsm_record_flow *row)
{
    const struct story_flow flow = {.row = *row, .connection = story_number(story, connection)};

    g_array_append_val(story->flows, flow);
    if (connection->flow == 0) {
        connection->flow = story->flows->len;
    }
}

/* Of connections that were evicted, timers were told that run out after the capture. */
static void drop_later(struct story *story, uint32_t *newest)
{
    while (*newest != 0 && interval_at(story, *newest)->earlier != 0 &&
           interval_at(story, *newest)->from_ns > story->capture.end_ns) {
        drop_newest(story, newest);
    }
}

static void warn_of_closed_out(struct story *story)
{
    const struct tsm_record_capture *capture = &story->capture;
    g_autoptr(GString) text = g_string_new(NULL);

    text_counted(text, capture->closed_out, "connection was", "connections were");
    g_string_append(text, " evicted early, ");
    text_count(text, capture->closed_open);
    g_string_append(text, " of them not over, to follow at most ");
    text_count(text, capture->max_connections);
    g_string_append(text, " at once: --max-connections");
    g_ptr_array_add(story->warnings, g_string_free(g_steal_pointer(&text), FALSE));
}

static void mark_refused(struct story *story, uint32_t n)
{
    g_autoptr(GString) text = g_string_new("memory ran out: ");

    text_counted(text, n, "TCP header was not followed", "TCP headers were not followed");
    story_mark_partial(story, text->str);
}

static void add_capture(struct story *story, const struct tsm_record_capture *capture)
{
    story->capture = *capture;
    story->has_capture = true;
    if (capture->refused > 0) {
        mark_refused(story, capture->refused);
    }
    if (capture->closed_out == 0) {
        return;
    }
    warn_of_closed_out(story);
    for (guint i = 0; i < story->connections->len && !story->wants->projects; i++) {
        for (unsigned side = 0; side < 2; side++) {
            drop_later(story, &connection_at(story, i)->newest[side]);
        }
    }
}

/* What follows the totals of a connection. */
static bool add_figures(struct story *story, const struct tsm_record *record, GError **error)
{
    struct story_connection *connection;

    switch (record->type) {
    case TSM_RECORD_FACTS:
        connection = find_or_fail(story, record->u.facts.stream, error);
        if (connection != NULL) {
            story_add_facts(story, connection, &record->u.facts);
        }
        return connection != NULL;
    case TSM_RECORD_SPENT:
        connection = find_or_fail(story, record->u.spent.stream, error);
        if (connection != NULL && story->wants->keeps_facts) {
            connection->spent = story_pack(story, &record->u.spent.is, WORDS_OF(struct tsm_spent));
        }
        return connection != NULL;
    case TSM_RECORD_METRICS:
        connection = find_or_fail(story, record->u.metrics.stream, error);
        if (connection != NULL && story->wants->keeps_metrics) {
            connection->metrics =
                story_pack(story, record->u.metrics.end, WORDS_OF(record->u.metrics.end));
        }
        return connection != NULL;
    case TSM_RECORD_FLOW:
        connection = find_or_fail(story, record->u.flow.stream, error);
        if (connection != NULL && story->wants->keeps_flows) {
            add_flow(story, connection, &record->u.flow);
        }
        return connection != NULL;
    default:
        return true;
    }
}

static bool take_in(struct story *story, const struct tsm_record *record, GError **error)
{
    struct story_connection *connection;

    switch (record->type) {
    case TSM_RECORD_HEADER:
        story->header = record->u.header;
        story->has_header = true;
        return true;
    case TSM_RECORD_START:
        return add_start(story, &record->u.start, error);
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        connection = find_or_fail(story, record->u.change.stream, error);
        if (connection != NULL && (record->type == TSM_RECORD_CHANGE || story->wants->projects)) {
            add_change(story, connection, &record->u.change.change);
        }
        return connection != NULL;
    case TSM_RECORD_SEGMENT:
        connection = find_or_fail(story, record->u.segment.stream, error);
        if (connection != NULL) {
            add_segment(story, connection, &record->u.segment);
        }
        return connection != NULL;
    case TSM_RECORD_TOTALS:
        connection = find_or_fail(story, record->u.totals.stream, error);
        if (connection != NULL) {
            add_totals(story, connection, &record->u.totals);
            emit(story, connection);
            forget_many(story);
        }
        return connection != NULL;
    case TSM_RECORD_FACTS:
    case TSM_RECORD_SPENT:
    case TSM_RECORD_METRICS:
    case TSM_RECORD_FLOW:
        return add_figures(story, record, error);
    case TSM_RECORD_BLANK:
        g_array_append_val(story->blanks, record->u.blank);
        return true;
    case TSM_RECORD_CAPTURE:
        add_capture(story, &record->u.capture);
        return true;
    case TSM_RECORD_END:
        story->complete = true;
        return true;
    }
    return true;
}

bool story_add(struct story *story, const struct tsm_record *record, GError **error)
{
    struct tsm_record mapped;

    if (record->type == TSM_RECORD_START && story->wants->anonymizer.on) {
        struct tsm_tuple *tuple = &mapped.u.start.tuple;
        mapped = *record;
        anonymizer_map(&story->wants->anonymizer, tuple->src, tuple->addr_len);
        anonymizer_map(&story->wants->anonymizer, tuple->dst, tuple->addr_len);
        record = &mapped;
    }
    if (!take_in(story, record, error)) {
        return false;
    }
    if (story->wants->tee.put != NULL) {
        story->wants->tee.put(story->wants->tee.context, record);
    }
    return true;
}
