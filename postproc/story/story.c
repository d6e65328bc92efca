/* story.c - fills the model from records and keeps its intervals in order.
 *
 * All intervals lie in one array; those of an endpoint are a list from the newest to the oldest,
 * because a correction always takes back the newest ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_internal.h"

#include <string.h>

#include "duration.h"
#include "errors.h"
#include "text.h"

#define MAX_STEPS 1000000    /* of all connections: 32 MB */
#define MAX_OWN_STEPS 1000   /* of one: a capture may repeat the same step without end */
#define MAX_SEGMENTS 2000000 /* of one connection: 100 MB */

struct story *story_new(const char *name, enum story_view view)
{
    struct story *story = g_new0(struct story, 1);

    story->name = g_strdup(name);
    story->view = view;
    story->latest_ns = INT64_MIN;
    story->warnings = g_ptr_array_new_with_free_func(g_free);
    story->connections = g_array_new(FALSE, FALSE, sizeof(struct story_connection));
    story->intervals = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    story->facts = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    story->unpacked = g_new0(struct story_unpacked, 2);
    story->marks = g_array_new(FALSE, FALSE, sizeof(struct story_mark));
    story->flows = g_array_new(FALSE, FALSE, sizeof(struct story_flow));
    story->steps = g_array_new(FALSE, FALSE, sizeof(struct story_step));
    story->segments = g_array_new(FALSE, FALSE, sizeof(struct tsm_record_segment));
    story->keep_segments_of = TSM_NO_STREAM;
    story->first_ns = INT64_MAX;
    story->by_stream = g_hash_table_new(g_direct_hash, g_direct_equal);
    story->wanted_names = g_ptr_array_new();
    story->files = g_array_new(FALSE, FALSE, sizeof(struct story_file));
    story->named = g_array_new(FALSE, FALSE, sizeof(struct story_name));
    return story;
}

void story_free(struct story *story)
{
    if (story == NULL) {
        return;
    }
    g_free(story->name);
    g_ptr_array_unref(story->warnings);
    g_array_unref(story->connections);
    g_array_unref(story->intervals);
    g_array_unref(story->facts);
    g_free(story->unpacked);
    g_array_unref(story->marks);
    g_array_unref(story->flows);
    g_array_unref(story->steps);
    g_array_unref(story->segments);
    g_hash_table_unref(story->by_stream);
    g_ptr_array_unref(story->wanted_names);
    g_array_unref(story->named);
    for (guint i = 0; i < story->files->len; i++) {
        g_free(g_array_index(story->files, struct story_file, i).name);
    }
    g_array_unref(story->files);
    g_clear_pointer(&story->filtered, g_hash_table_unref);
    g_free(story);
}

void story_mark_partial(struct story *story, const char *why)
{
    story->partial = true;
    g_ptr_array_add(story->warnings, g_strdup(why));
}

void story_begin_file(struct story *story, const char *name, uint32_t before)
{
    const struct story_file file = {g_strdup(name), before};

    g_array_append_val(story->files, file);
}

bool story_is_set(const struct story *story)
{
    return story->files->len > 1;
}

const char *story_file_of(const struct story *story, uint32_t frame, uint32_t *in_file)
{
    const struct story_file *found = NULL;
    guint low = 0;
    guint high = story->files->len;

    while (low < high) { /* the last file that begins before the frame */
        const guint middle = (low + high) / 2;
        const struct story_file *file = &g_array_index(story->files, struct story_file, middle);
        if (file->before < frame) {
            found = file;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *in_file = found != NULL ? frame - found->before : frame;
    return found != NULL ? found->name : story->name;
}

void story_add_name(struct story *story, const uint8_t *address, unsigned len, const char *name)
{
    struct story_name named = {.len = len};

    memcpy(named.address, address, len);
    for (guint i = 0; i < story->wanted_names->len; i++) {
        named.name = g_ptr_array_index(story->wanted_names, i);
        const gsize n = strlen(named.name);
        if (g_ascii_strncasecmp(name, named.name, n) == 0 && (name[n] == '\0' || name[n] == '.')) {
            g_array_append_val(story->named, named);
        }
    }
}

/* ---- connections ---- */

const struct story_connection *story_connection(const struct story *story, guint i)
{
    return connection_at(story, i);
}

int64_t story_start(const struct story *story)
{
    if (story->has_capture) {
        return story->capture.start_ns;
    }
    return story->first_ns != INT64_MAX ? story->first_ns : 0;
}

int64_t story_end(const struct story *story)
{
    return story->has_capture ? story->capture.end_ns : story->latest_ns;
}

int64_t story_followed_to(const struct story *story, const struct story_connection *connection)
{
    return connection->closed_out_ns != 0 ? connection->closed_out_ns : story_end(story);
}

bool story_wants_segments(const struct story *story)
{
    return story->keep_segments_of != TSM_NO_STREAM || story->frames[0].wanted != 0;
}

void story_want_frame(struct story *story, uint32_t frame)
{
    for (guint i = 0; frame != 0 && i < STORY_MAX_FRAMES; i++) {
        if (story->frames[i].wanted == 0 || story->frames[i].wanted == frame) {
            story->frames[i].wanted = frame;
            return;
        }
    }
}

int64_t story_frame_time(const struct story *story, uint32_t frame)
{
    for (guint i = 0; i < STORY_MAX_FRAMES; i++) {
        if (story->frames[i].wanted == frame && story->frames[i].nearest != 0) {
            return story->frames[i].ns;
        }
    }
    return story_start(story);
}

/* A segment may be the nearest yet to a frame that somebody wants. */
static void note_frame(struct story *story, const struct tsm_record_segment *segment)
{
    for (guint i = 0; i < STORY_MAX_FRAMES; i++) {
        struct story_frame *frame = &story->frames[i];
        if (segment->frame <= frame->wanted && segment->frame >= frame->nearest) {
            frame->nearest = segment->frame;
            frame->ns = segment->time_ns;
        }
    }
}

/* Streams are numbered in the order in which they begin, mostly: then number and index agree. */
static struct story_connection *find(const struct story *story, uint32_t stream)
{
    gpointer index;

    if (stream < story->connections->len && connection_at(story, stream)->stream == stream) {
        return connection_at(story, stream);
    }
    if (g_hash_table_lookup_extended(story->by_stream, GUINT_TO_POINTER(stream), NULL, &index)) {
        return connection_at(story, GPOINTER_TO_UINT(index));
    }
    return NULL;
}

const struct story_connection *story_of_stream(const struct story *story, uint32_t stream)
{
    return find(story, stream);
}

static struct story_connection *find_or_fail(const struct story *story, uint32_t stream,
                                             GError **error)
{
    struct story_connection *connection = find(story, stream);

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
    for (guint i = 0; i < story->connections->len && !story->keeps_facts; i++) {
        connection_at(story, i)->kinds = 0; /* their totals are still to come */
    }
    g_array_set_size(story->facts, story->keeps_facts ? story->facts->len : 0);
    story->left_out -= story->emitted;
    story->emitted = 0;
}

/* The connection has ended: tells who follows. */
static void emit(struct story *story, struct story_connection *connection)
{
    if (story->follower.ended == NULL || connection->emitted) {
        return;
    }
    story->follower.ended(story->follower.context, story, connection);
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
    const struct story_chooser *chooser = &story->chooser;
    const bool keeps =
        story->step_keepers < story->keep_steps_of &&
        (chooser->may_be_wanted == NULL ||
         chooser->may_be_wanted(chooser->context, story, &start->tuple, start->stream));

    story->step_keepers += keeps;
    return keeps;
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

    if (story->emitted > 0 && is_emitted(find(story, start->stream))) {
        forget_emitted(story);
    }
    if (find(story, start->stream) != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "stream %u begins twice", start->stream);
        return false;
    }
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
    const bool live = story->view == STORY_LIVE;
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

void story_intervals(const struct story *story, const struct story_connection *connection,
                     enum tsm_side side, GArray *list)
{
    uint32_t place = connection->newest[side];
    guint n = 0;

    for (uint32_t p = place; p != 0; p = interval_at(story, p)->earlier) {
        n++;
    }
    g_array_set_size(list, n);
    for (; place != 0; place = interval_at(story, place)->earlier) {
        g_array_index(list, struct story_interval, --n) = *interval_at(story, place);
    }
}

const struct story_interval *
story_last(const struct story *story, const struct story_connection *connection, enum tsm_side side)
{
    const uint32_t place = connection->newest[side];

    return place != 0 ? interval_at(story, place) : NULL;
}

const struct story_interval *story_earlier(const struct story *story,
                                           const struct story_interval *interval)
{
    return interval->earlier != 0 ? interval_at(story, interval->earlier) : NULL;
}

const struct story_interval *story_interval_at(const struct story *story,
                                               const struct story_connection *connection,
                                               enum tsm_side side, int64_t ns, uint32_t frame)
{
    for (uint32_t p = connection->newest[side]; p != 0; p = interval_at(story, p)->earlier) {
        const struct story_interval *interval = interval_at(story, p);
        if (interval->from_ns < ns || (interval->from_ns == ns && interval->frame <= frame)) {
            return interval;
        }
    }
    return NULL;
}

int64_t story_unheard_ns(const struct story_connection *connection, enum tsm_side side, int64_t ns)
{
    const struct story_silence *heard = &connection->heard[side];

    return heard->last_frame != 0 && heard->last_ns <= ns ? duration(heard->last_ns, ns) : -1;
}

int64_t story_last_since(const struct story *story, const struct story_connection *connection,
                         enum tsm_side side)
{
    const struct story_interval *interval = interval_at(story, connection->newest[side]);

    while (interval->earlier != 0 &&
           interval_at(story, interval->earlier)->state == interval->state) {
        interval = interval_at(story, interval->earlier);
    }
    return interval->from_ns;
}

/* ---- facts and marks ---- */

guint story_number(const struct story *story, const struct story_connection *connection)
{
    return (guint)(connection - &g_array_index(story->connections, struct story_connection, 0));
}

/* Most of what facts tell never happened: it is zero. So of the words that make them up only the
 * others are kept, behind bits that tell which they are. */
#define WORDS_OF(type) (sizeof(type) / sizeof(uint32_t))
#define MASKS_OF(words) (((words) + 31) / 32)
#define MOST_WORDS 128

G_STATIC_ASSERT(sizeof(struct tsm_record_facts) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(sizeof(struct tsm_spent) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(WORDS_OF(struct tsm_record_facts) <= MOST_WORDS);
G_STATIC_ASSERT(sizeof(struct story_bytes) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(WORDS_OF(struct tsm_spent) <= MOST_WORDS);
G_STATIC_ASSERT(WORDS_OF(struct story_bytes) <= MOST_WORDS);

/* The place of `thing`, so many words long, once it is kept; 0 = all of it is zero. */
static uint32_t pack(struct story *story, const void *thing, guint words)
{
    uint32_t packed[MASKS_OF(MOST_WORDS) + MOST_WORDS] = {0};
    guint n = MASKS_OF(words);
    uint32_t word;

    for (guint i = 0; i < words; i++) {
        memcpy(&word, (const char *)thing + i * sizeof word, sizeof word);
        if (word != 0) {
            packed[i / 32] |= UINT32_C(1) << (i % 32);
            packed[n++] = word;
        }
    }
    if (n == MASKS_OF(words)) {
        return 0;
    }
    g_array_append_vals(story->facts, packed, n);
    return story->facts->len - n + 1;
}

static void unpack(const struct story *story, uint32_t place, void *thing, guint words)
{
    memset(thing, 0, words * sizeof(uint32_t));
    if (place == 0) {
        return;
    }
    const uint32_t *packed = &g_array_index(story->facts, uint32_t, place - 1);
    const uint32_t *word = packed + MASKS_OF(words);
    for (guint k = 0; k < MASKS_OF(words); k++) {
        for (uint32_t mask = packed[k]; mask != 0; mask &= mask - 1, word++) {
            const guint at = 32 * k + (guint)__builtin_ctz(mask);
            memcpy((char *)thing + at * sizeof *word, word, sizeof *word);
        }
    }
}

/* Its last act was to repeat: what came after is the rest of the same burst, at most. */
static bool ends_in_repeats(const struct tsm_record_facts *facts, int64_t repeated_ns)
{
    return duration_forward(facts->seen.repeats.last_ns, facts->last_ns) <= repeated_ns / 8;
}

static void note_silence(struct story_connection *connection, const struct tsm_record_facts *facts)
{
    const struct tsm_mark *repeats = &facts->seen.repeats;
    const int64_t repeated_ns = duration_forward(repeats->first_ns, repeats->last_ns);
    const bool repeating = ends_in_repeats(facts, repeated_ns);

    connection->heard[facts->side] = (struct story_silence){
        .last_ns = facts->last_ns,
        .repeated_ns = repeating ? repeated_ns : 0,
        .last_frame = facts->last_frame,
        .repeats = repeating ? repeats->count : 0,
        .unacked = facts->unacked,
    };
}

static void add_facts(struct story *story, struct story_connection *connection,
                      const struct tsm_record_facts *facts)
{
    struct tsm_record_facts kept = *facts;

    note_silence(connection, facts);
    kept.stream = 0; /* what the connection knows itself */
    kept.side = 0;
    if (story->keeps_facts) {
        connection->facts[facts->side] = pack(story, &kept, WORDS_OF(struct tsm_record_facts));
    }
}

struct story_bytes story_bytes(const struct story *story, const struct story_connection *connection)
{
    struct story_bytes bytes;

    unpack(story, connection->kinds, &bytes, WORDS_OF(struct story_bytes));
    return bytes;
}

struct tsm_spent story_spent(const struct story *story, const struct story_connection *connection)
{
    struct tsm_spent spent;

    unpack(story, connection->spent, &spent, WORDS_OF(struct tsm_spent));
    return spent;
}

const struct tsm_record_facts *story_facts(const struct story *story,
                                           const struct story_connection *connection,
                                           enum tsm_side side)
{
    static const struct tsm_record_facts none;
    struct story_unpacked *last = &story->unpacked[side];
    const uint32_t place = connection->facts[side];

    if (place == 0) {
        return &none;
    }
    if (last->place[0] != place && last->place[1] != place) {
        last->place[last->next] = place;
        unpack(story, place, &last->facts[last->next], WORDS_OF(struct tsm_record_facts));
        last->next = 1 - last->next;
    }
    return &last->facts[last->place[0] == place ? 0 : 1];
}

/* The place of a mark; 0 = there is none. */
static uint32_t find_mark(const struct story *story, const struct story_connection *connection,
                          unsigned side, unsigned kind)
{
    uint32_t place = (connection->mark_kinds >> kind & 1) != 0 ? connection->marks : 0;

    while (place != 0 &&
           (mark_at(story, place)->kind != kind || mark_at(story, place)->side != side)) {
        place = mark_at(story, place)->earlier;
    }
    return place;
}

const struct tsm_mark *story_mark(const struct story *story,
                                  const struct story_connection *connection, enum tsm_side side,
                                  unsigned kind)
{
    static const struct tsm_mark none;
    const uint32_t place = find_mark(story, connection, side, kind);

    return place != 0 ? &mark_at(story, place)->is : &none;
}

static void add_marks(struct story *story, struct story_connection *connection,
                      const struct tsm_record_segment *segment)
{
    for (uint64_t kinds = marks_of(segment); kinds != 0; kinds &= kinds - 1) {
        const unsigned kind = (unsigned)__builtin_ctzll(kinds);
        uint32_t place = find_mark(story, connection, segment->sender, kind);
        if (place == 0) {
            const struct story_mark mark = {
                .earlier = connection->marks, .kind = (uint8_t)kind, .side = segment->sender};
            g_array_append_val(story->marks, mark);
            place = connection->marks = story->marks->len;
            connection->mark_kinds |= UINT64_C(1) << kind;
        }
        tsm_mark_note(&mark_at(story, place)->is, segment->time_ns, segment->frame);
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
    if (segment->stream != story->keep_segments_of) {
        return;
    }
    if (story->segments->len < MAX_SEGMENTS) {
        g_array_append_vals(story->segments, segment, 1);
    } else {
        story->lost_segments++;
    }
}

static void add_segment(struct story *story, struct story_connection *connection,
                        const struct tsm_record_segment *segment)
{
    keep_step(story, connection, segment);
    if (story->keeps_facts) {
        add_marks(story, connection, segment);
    }
    keep_segment(story, segment);
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
    connection->close_steps |= (uint8_t)(totals->steps >> 4);
    for (unsigned side = 0; side < 2; side++) {
        connection->segments[side] = totals->side[side].segments;
        connection->retransmissions[side] = totals->side[side].retransmissions;
        connection->bytes[side] = totals->side[side].payload_bytes;
        bytes.out_of_order[side] = totals->side[side].out_of_order;
        bytes.retransmitted[side] = totals->side[side].repeated;
        bytes.lost[side] = totals->side[side].lost;
    }
    connection->kinds = pack(story, &bytes, WORDS_OF(struct story_bytes));
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

const struct story_flow *story_first_flow(const struct story *story,
                                          const struct story_connection *connection)
{
    return connection->flow != 0
               ? &g_array_index(story->flows, struct story_flow, connection->flow - 1)
               : NULL;
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
    for (guint i = 0; i < story->connections->len && !story->projects; i++) {
        for (unsigned side = 0; side < 2; side++) {
            drop_later(story, &connection_at(story, i)->newest[side]);
        }
    }
}

bool story_add(struct story *story, const struct tsm_record *record, GError **error)
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
        if (connection != NULL && (record->type == TSM_RECORD_CHANGE || story->projects)) {
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
            if (story->emitted >= FORGET_AT && 2 * story->emitted >= story->connections->len) {
                forget_emitted(story);
            }
        }
        return connection != NULL;
    case TSM_RECORD_FACTS:
        connection = find_or_fail(story, record->u.facts.stream, error);
        if (connection != NULL) {
            add_facts(story, connection, &record->u.facts);
        }
        return connection != NULL;
    case TSM_RECORD_SPENT:
        connection = find_or_fail(story, record->u.spent.stream, error);
        if (connection != NULL && story->keeps_facts) {
            connection->spent = pack(story, &record->u.spent.is, WORDS_OF(struct tsm_spent));
        }
        return connection != NULL;
    case TSM_RECORD_FLOW:
        connection = find_or_fail(story, record->u.flow.stream, error);
        if (connection != NULL && story->keeps_flows) {
            add_flow(story, connection, &record->u.flow);
        }
        return connection != NULL;
    case TSM_RECORD_CAPTURE:
        add_capture(story, &record->u.capture);
        return true;
    case TSM_RECORD_END:
        story->complete = true;
        return true;
    }
    return true;
}
