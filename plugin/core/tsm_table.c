/* tsm_table.c - a hash of address pairs to streams, and Wireshark's rule for new streams.
 *
 * The only file of core that allocates memory, with tsm_rest.c, tsm_pack.c, tsm_numbers.c and
 * tsm_stream.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "tsm_table_internal.h"

#define FIRST_BUCKETS 1024u

struct tsm_table *tsm_table_new(const struct tsm_model *model, const struct tsm_hash_key *key)
{
    struct tsm_table *table = calloc(1, sizeof *table);

    if (table == NULL) {
        return NULL;
    }
    table->model = *model;
    table->n_buckets = FIRST_BUCKETS;
    table->buckets = calloc(table->n_buckets, sizeof(struct tsm_stream *));
    table->key = *key;
    if (!tsm_rest_begin(table) || table->buckets == NULL) {
        tsm_table_free(table);
        return NULL;
    }
    return table;
}

void tsm_table_spare(struct tsm_table *table, unsigned extras)
{
    table->extras &= ~extras;
}

void tsm_table_want(struct tsm_table *table, unsigned extras)
{
    table->extras |= extras;
}

void tsm_table_free(struct tsm_table *table)
{
    if (table == NULL) {
        return;
    }
    tsm_rest_end(table);
    tsm_numbers_clear(&table->by_number);
    free(table->blanks);
    free(table->buckets);
    free(table);
}

void tsm_table_blank(struct tsm_table *table, const struct tsm_blank *blank)
{
    tsm_model_blank(&table->model, &table->blanks, blank);
}

/* ---- the hash: inline, as it is asked for each segment ---- */

/* An IPv4 address as a number. */
static inline uint32_t number_of(const uint8_t *address)
{
    return (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 |
           address[3];
}

/* Which end of the pair sends: 0 for the lower address, or port where the addresses are equal. */
static inline unsigned sending_end(const struct tsm_tuple *tuple)
{
    if (tuple->addr_len == 4) {
        const uint32_t src = number_of(tuple->src), dst = number_of(tuple->dst);
        return src != dst ? src > dst : tuple->sport > tuple->dport;
    }
    const int order = memcmp(tuple->src, tuple->dst, 16);
    return order != 0 ? order > 0 : tuple->sport > tuple->dport;
}

#define MAX_TUPLE_WORDS 5

/* The pair as words for the hash: the same for both directions. Returns their number. */
static inline size_t tuple_words(const struct tsm_tuple *tuple, uint64_t words[MAX_TUPLE_WORDS])
{
    const bool forward = sending_end(tuple) == 0;
    const uint8_t *low = forward ? tuple->src : tuple->dst;
    const uint8_t *high = forward ? tuple->dst : tuple->src;
    const uint64_t low_port = forward ? tuple->sport : tuple->dport;
    const uint64_t high_port = forward ? tuple->dport : tuple->sport;

    words[0] = low_port << 16 | high_port | (uint64_t)tuple->addr_len << 32;
    if (tuple->addr_len == 4) {
        words[1] = (uint64_t)number_of(low) << 32 | number_of(high);
        return 2;
    }
    memcpy(&words[1], low, 16);
    memcpy(&words[3], high, 16);
    return MAX_TUPLE_WORDS;
}

static inline size_t bucket_of(const struct tsm_table *table, const struct tsm_tuple *tuple)
{
    uint64_t words[MAX_TUPLE_WORDS];
    const size_t n = tuple_words(tuple, words);

    return (size_t)tsm_hash(&table->key, words, n) & (table->n_buckets - 1);
}

/* memcmp() of a length that the compiler knows. */
static inline bool same_address(const uint8_t *a, const uint8_t *b, size_t addr_len)
{
    return addr_len == 4 ? memcmp(a, b, 4) == 0 : memcmp(a, b, 16) == 0;
}

static inline bool same_pair(const struct tsm_tuple *a, const struct tsm_tuple *b)
{
    if (a->addr_len != b->addr_len) {
        return false;
    }
    const size_t n = a->addr_len;
    const bool forward = a->sport == b->sport && a->dport == b->dport &&
                         same_address(a->src, b->src, n) && same_address(a->dst, b->dst, n);
    const bool back = a->sport == b->dport && a->dport == b->sport &&
                      same_address(a->src, b->dst, n) && same_address(a->dst, b->src, n);
    return forward || back;
}

/* Where `recent` keeps a stream of the pair, if it has one: without a hash. */
static inline struct tsm_stream **recent_place(struct tsm_table *table,
                                               const struct tsm_tuple *tuple)
{
    const unsigned last = tuple->addr_len - 1u;
    const unsigned hosts = (unsigned)(tuple->src[last] ^ tuple->dst[last]) << 4;

    return &table->recent[(tuple->sport ^ tuple->dport ^ hosts) % TSM_N_RECENT];
}

/* Where the newest stream of the pair hangs, or where it would. */
static inline struct tsm_stream **find(struct tsm_table *table, const struct tsm_tuple *tuple)
{
    struct tsm_stream **at = &table->buckets[bucket_of(table, tuple)];

    while (*at != NULL && !same_pair(&(*at)->tuple, tuple)) {
        at = &(*at)->next;
    }
    return at;
}

/* Twice as many buckets; on failure the old ones go on to serve. */
static void grow_buckets(struct tsm_table *table)
{
    const size_t n_old = table->n_buckets;
    struct tsm_stream **old = table->buckets;
    struct tsm_stream **buckets = calloc(n_old * 2, sizeof(struct tsm_stream *));

    if (buckets == NULL) {
        return;
    }
    table->buckets = buckets;
    table->n_buckets = n_old * 2;
    for (size_t i = 0; i < n_old; i++) {
        while (old[i] != NULL) {
            struct tsm_stream *stream = old[i];
            struct tsm_stream **to = &buckets[bucket_of(table, &stream->tuple)];
            old[i] = stream->next;
            stream->next = *to;
            *to = stream;
        }
    }
    free(old);
}

/* The stream, which is awake and not the freshest of its queue, becomes that. */
static inline void move_up(struct tsm_queue *queue, struct tsm_stream *stream)
{
    if (queue->stalest_awake == stream) {
        queue->stalest_awake = stream->fresher;
    }
    *(stream->staler != NULL ? &stream->staler->fresher : &queue->stalest) = stream->fresher;
    stream->fresher->staler = stream->staler;
    stream->staler = queue->freshest;
    stream->fresher = NULL;
    queue->freshest->fresher = stream;
    queue->freshest = stream;
}

/* The stream had a segment just now: nobody has been idle for less time. */
static inline void refresh(struct tsm_table *table, struct tsm_stream *stream)
{
    const bool open = stream->conn->steady && !stream->over; /* the cheap question first */
    const enum tsm_queue_kind number =
        !open && tsm_stream_is_over(stream) ? TSM_QUEUE_OVER : TSM_QUEUE_OPEN;
    struct tsm_queue *queue = &table->queues[number];

    if (queue->freshest != stream && stream->queue == number) {
        move_up(queue, stream);
    } else if (queue->freshest != stream) {
        tsm_queue_leave(table, stream);
        tsm_queue_join(table, stream, number);
    }
}

struct tsm_stream *tsm_table_surplus(const struct tsm_table *table, uint32_t most)
{
    if (table->kept <= most) {
        return NULL;
    }
    return table->queues[TSM_QUEUE_OVER].stalest != NULL ? table->queues[TSM_QUEUE_OVER].stalest
                                                         : table->queues[TSM_QUEUE_OPEN].stalest;
}

/* ---- streams ---- */

static struct tsm_stream *new_stream(struct tsm_table *table)
{
    struct tsm_stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL) {
        return NULL;
    }
    stream->extras = (uint8_t)table->extras;
    if (!tsm_rest_make_room(table, stream)) {
        free(stream);
        return NULL;
    }
    return stream;
}

/* A new stream in place of the one at *at, which becomes its `older`. NULL when out of memory. */
static struct tsm_stream *add_stream(struct tsm_table *table, struct tsm_stream **at,
                                     const struct tsm_tuple *tuple)
{
    struct tsm_stream *stream = tsm_numbers_reserve(&table->by_number) ? new_stream(table) : NULL;
    struct tsm_stream *older = *at;

    if (stream == NULL) {
        table->refused++;
        return NULL;
    }
    stream->tuple = *tuple;
    stream->older = older;
    stream->number = tsm_numbers_add(&table->by_number, stream);
    if (older != NULL) {
        stream->next = older->next;
        older->next = NULL;
        older->newer = stream;
        *at = stream;
    } else {
        *at = stream;
        if (++table->n_tuples > table->n_buckets) {
            grow_buckets(table);
        }
    }
    table->kept++;
    tsm_queue_join(table, stream, TSM_QUEUE_OVER); /* until it is fed */
    return stream;
}

/* Takes the stream out of the chain of its bucket; an older one on its tuple goes in its place. */
static void leave_bucket(struct tsm_table *table, const struct tsm_stream *stream)
{
    struct tsm_stream **at = find(table, &stream->tuple);
    struct tsm_stream *older = stream->older;

    if (older != NULL) {
        older->next = stream->next;
        *at = older;
    } else {
        *at = stream->next;
        table->n_tuples--;
    }
}

void tsm_table_forget(struct tsm_table *table, struct tsm_stream *stream)
{
    struct tsm_stream **recent = recent_place(table, &stream->tuple);

    if (*recent == stream) {
        *recent = NULL;
    }
    if (stream->newer == NULL) {
        leave_bucket(table, stream);
    } else {
        stream->newer->older = stream->older;
    }
    if (stream->older != NULL) {
        stream->older->newer = stream->newer;
    }
    tsm_queue_leave(table, stream);
    tsm_numbers_forget(&table->by_number, stream->number);
    table->kept--;
    tsm_rest_forget(table, stream);
    free(stream);
}

/* Wireshark 4.0 to 4.6, packet-tcp.c: a SYN without ACK begins a new stream when the sender's base
 * sequence number is known and another. */
static bool begins_stream(const struct tsm_stream *stream, const struct tsm_segment *seg,
                          unsigned end)
{
    return (seg->flags & (TSM_SYN | TSM_ACK)) == TSM_SYN && stream->base_known[end] &&
           stream->base_seq[end] != seg->seq;
}

/* Wireshark's base sequence numbers: of the SYN, or one before the first that was seen. */
static void learn_base(struct tsm_stream *stream, const struct tsm_segment *seg, unsigned end)
{
    if (tsm_has(seg, TSM_SYN | TSM_ACK) && stream->base_known[end]) {
        stream->base_seq[end] = seg->seq;
    }
    if ((stream->base_known[0] && stream->base_known[1]) || (seg->known & TSM_NO_LENGTH) != 0) {
        return;
    }
    if (!stream->base_known[end]) {
        stream->base_seq[end] = tsm_has(seg, TSM_SYN) ? seg->seq : seg->seq - 1;
        stream->base_known[end] = true;
    }
    if (!stream->base_known[1 - end] && tsm_has(seg, TSM_ACK)) {
        stream->base_seq[1 - end] = seg->ack - 1;
        stream->base_known[1 - end] = true;
    }
}

static bool is_over(const struct tsm_conn *conn)
{
    return conn->belief[TSM_CLIENT].state <= TSM_LISTEN &&
           conn->belief[TSM_SERVER].state <= TSM_LISTEN;
}

/* Starts the connection of a stream with its first segment. An older connection on the tuple that
 * was not over ends here, and its other endpoint goes on in the new one. */
static void start_conn(struct tsm_table *table, struct tsm_stream *stream,
                       const struct tsm_tuple *tuple, const struct tsm_segment *seg, unsigned end,
                       struct tsm_fed *fed)
{
    struct tsm_stream *older = stream->older;

    stream->tuple = *tuple;
    tsm_conn_init(stream->conn, stream->number, seg, end, tuple->sport, tuple->dport);
    stream->fed = true;
    fed->started = true;
    tsm_conn_want_facts(stream->conn, tsm_stream_spender(stream) != NULL);
    if (tuple->sport == tuple->dport && memcmp(tuple->src, tuple->dst, tuple->addr_len) == 0) {
        tsm_conn_set_self(stream->conn);
    }
    for (; older != NULL && !older->fed; older = older->older) {
    }
    if (older == NULL) {
        return;
    }
    stream->conn->previous_stream = older->number;
    if (!tsm_rest_wake(table, older)) {
        return;
    }
    tsm_conn_advance(older->conn, &table->model, seg->time_ns, &fed->ended_verdict);
    older->over = true;
    refresh(table, older); /* it may yet prove to be alive: living_older() */
    if (is_over(older->conn)) {
        fed->ended = fed->ended_verdict.n_changes > 0 ? older : NULL;
        return;
    }
    struct tsm_verdict timers = fed->ended_verdict;
    tsm_conn_inherit(stream->conn, older->conn);
    tsm_conn_replaced(older->conn, &table->model, seg->time_ns, seg->frame, &fed->ended_verdict);
    for (unsigned i = 0; i < fed->ended_verdict.n_changes && timers.n_changes < TSM_MAX_CHANGES;
         i++) {
        timers.changes[timers.n_changes++] = fed->ended_verdict.changes[i];
    }
    fed->ended_verdict = timers;
    fed->ended = older;
}

/* The stream that Wireshark would put the segment into; a new one where it would make one. */
static inline struct tsm_stream *stream_for(struct tsm_table *table, const struct tsm_tuple *tuple,
                                            const struct tsm_segment *seg, unsigned end)
{
    struct tsm_stream **recent = recent_place(table, tuple);

    if (*recent != NULL && same_pair(&(*recent)->tuple, tuple) &&
        !begins_stream(*recent, seg, end)) {
        return *recent;
    }
    struct tsm_stream **at = find(table, tuple);
    struct tsm_stream *stream = *at;
    if (stream == NULL || begins_stream(stream, seg, end)) {
        stream = add_stream(table, at, tuple);
    }
    *recent = stream;
    return stream;
}

/* The older stream that a segment shows to be alive inside the newest one, whose SYN (or several
 * SYNs, each a stream of its own) was stale or forged; NULL when there is none. */
static struct tsm_stream *living_older(struct tsm_table *table, const struct tsm_stream *stream,
                                       const struct tsm_segment *seg, unsigned end)
{
    struct tsm_stream *older = stream->older;

    if (!tsm_conn_is_claim(stream->conn, end)) {
        return NULL;
    }
    for (unsigned i = 0; older != NULL && older->fed && i < 8; older = older->older, i++) {
        if (!tsm_rest_visit(table, older)) {
            break;
        }
        if (tsm_conn_is_older(stream->conn, older->conn, seg, end)) {
            return older;
        }
        if (!tsm_conn_is_claim(older->conn, end)) {
            break;
        }
    }
    return NULL;
}

/* The stream goes on with the connection of an older one that a segment shows to be alive in it, if
 * there is one. What changes is kept as ended_verdict: a segment that begins no connection ends
 * none. Returns whether anything did. */
static bool resume(struct tsm_table *table, struct tsm_stream *stream,
                   const struct tsm_segment *seg, unsigned end, struct tsm_fed *fed)
{
    const struct tsm_stream *older = living_older(table, stream, seg, end);

    if (older == NULL) {
        return false;
    }
    tsm_conn_resume(stream->conn, older->conn, seg->time_ns, seg->frame, &fed->ended_verdict);
    return fed->ended_verdict.n_changes > 0;
}

/* Nothing was fed yet. The verdict comes with the stream. */
static void begin_fed(struct tsm_fed *fed)
{
    fed->stream = NULL;
    fed->ended = NULL;
    fed->started = false;
    fed->flow_ended = false;
    fed->ended_verdict.n_changes = 0;
}

/* What is fed beside the connection. */
static inline void feed_extras(const struct tsm_table *table, struct tsm_stream *stream,
                               const struct tsm_segment *seg, struct tsm_fed *fed)
{
    struct tsm_spender *spender = tsm_stream_spender(stream);
    struct tsm_metrics *metrics = tsm_stream_metrics(stream);
    struct tsm_flow *flow = tsm_stream_flow(stream);

    if (spender != NULL) {
        if (spender->blanks < table->model.n_blanks) {
            tsm_spent_skip(spender, &table->model, seg->time_ns);
        }
        tsm_spent_feed(spender, seg, &fed->verdict);
    }
    if (metrics != NULL) {
        tsm_metrics_feed(metrics, seg, &fed->verdict);
    }
    if (flow != NULL) {
        fed->flow_ended = tsm_flow_feed(flow, seg, &fed->verdict, &fed->flow);
    }
}

/* Whether there is a stream that is awake now, to be fed. */
static inline bool wake(struct tsm_table *table, struct tsm_stream *stream)
{
    if (stream == NULL || stream->awake) {
        return stream != NULL;
    }
    return tsm_rest_wake(table, stream);
}

void tsm_table_feed(struct tsm_table *table, const struct tsm_tuple *tuple,
                    const struct tsm_segment *seg, struct tsm_fed *fed)
{
    const unsigned end = sending_end(tuple);
    struct tsm_stream *stream;
    bool resumed = false;

    begin_fed(fed);
    tsm_rest_some(table);
    stream = stream_for(table, tuple, seg, end);
    if (!wake(table, stream)) {
        return;
    }
    fed->stream = stream;
    if (!stream->conn->steady || tsm_has(seg, TSM_SYN)) { /* or it began long ago */
        learn_base(stream, seg, end);
        if (!stream->fed) {
            start_conn(table, stream, tuple, seg, end, fed);
        } else if (!stream->conn->steady && stream->older != NULL) {
            resumed = resume(table, stream, seg, end, fed);
        }
    }
    tsm_conn_feed(stream->conn, &table->model, seg, end, &fed->verdict);
    if (stream->extras != 0) {
        feed_extras(table, stream, seg, fed);
    }
    if (resumed) {
        tsm_conn_tell_resumed(&fed->verdict, &fed->ended_verdict);
        fed->ended_verdict.n_changes = 0;
    }
    refresh(table, stream);
}

void tsm_table_quote(struct tsm_table *table, const struct tsm_tuple *tuple,
                     const struct tsm_segment *quoted, bool numbered,
                     const struct tsm_icmp_error *error, struct tsm_fed *fed)
{
    const unsigned end = sending_end(tuple);
    struct tsm_stream *stream;

    begin_fed(fed);
    tsm_rest_some(table);
    stream = numbered ? stream_for(table, tuple, quoted, end) : *find(table, tuple);
    if (stream == NULL) {
        return;
    }
    if (numbered && tsm_has(quoted, TSM_SYN | TSM_ACK) && stream->base_known[end]) {
        stream->base_seq[end] = quoted->seq;
    }
    if (!stream->fed || error == NULL || !wake(table, stream)) {
        return;
    }
    fed->stream = stream;
    tsm_conn_icmp(stream->conn, &table->model, quoted, end, error, &fed->verdict);
    refresh(table, stream);
}

void tsm_table_finish(struct tsm_table *table, struct tsm_stream *stream, int64_t end_ns,
                      struct tsm_verdict *verdict)
{
    if (stream->over) {
        verdict->n_changes = 0;
    } else {
        tsm_conn_advance(stream->conn, &table->model, end_ns, verdict);
    }
}

void tsm_table_project(struct tsm_table *table, struct tsm_stream *stream,
                       struct tsm_verdict *verdict)
{
    if (stream->over) {
        verdict->n_changes = 0;
    } else {
        tsm_conn_project(stream->conn, &table->model, verdict);
    }
}

struct tsm_tuple tsm_stream_tuple(const struct tsm_stream *stream)
{
    struct tsm_tuple tuple = stream->tuple;

    if (sending_end(&stream->tuple) != stream->conn->client_end) {
        memcpy(tuple.src, stream->tuple.dst, sizeof tuple.src);
        memcpy(tuple.dst, stream->tuple.src, sizeof tuple.dst);
        tuple.sport = stream->tuple.dport;
        tuple.dport = stream->tuple.sport;
    }
    return tuple;
}

uint32_t tsm_table_refused(const struct tsm_table *table)
{
    return table->refused;
}

uint32_t tsm_table_count(const struct tsm_table *table)
{
    return table->by_number.count;
}

bool tsm_table_wake(struct tsm_table *table, struct tsm_stream *stream)
{
    return tsm_rest_visit(table, stream);
}

struct tsm_stream *tsm_table_stream(struct tsm_table *table, uint32_t number)
{
    struct tsm_stream *stream = tsm_numbers_get(&table->by_number, number);

    return stream != NULL && stream->fed && tsm_rest_visit(table, stream) ? stream : NULL;
}
