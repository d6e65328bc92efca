/* tsm_rest.c - streams that have been idle or are over rest: their connections are packed.
 *
 * A connection takes kilobytes while it is fed, and of most the last segment has been. So only the
 * freshest of each queue are awake; the others are what tsm_pack.c makes of them, until they get
 * another segment or somebody asks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "tsm_table_internal.h"

/* So many may be awake: enough that streams which take turns stay awake, and some megabytes. What
 * is over gets next to nothing more. */
static const uint32_t usual_awake[TSM_N_QUEUES] = {
    [TSM_QUEUE_OVER] = 64,
    [TSM_QUEUE_OPEN] = 4096,
};

/* ---- queues ---- */

void tsm_queue_leave(struct tsm_table *table, struct tsm_stream *stream)
{
    struct tsm_queue *queue = &table->queues[stream->queue];

    if (stream->awake) {
        queue->n_awake--;
        if (queue->stalest_awake == stream) {
            queue->stalest_awake = stream->fresher;
        }
    }
    *(stream->staler != NULL ? &stream->staler->fresher : &queue->stalest) = stream->fresher;
    *(stream->fresher != NULL ? &stream->fresher->staler : &queue->freshest) = stream->staler;
}

void tsm_queue_join(struct tsm_table *table, struct tsm_stream *stream, enum tsm_queue_kind kind)
{
    struct tsm_queue *queue = &table->queues[kind];

    stream->queue = (uint8_t)kind;
    stream->awake = true;
    stream->staler = queue->freshest;
    stream->fresher = NULL;
    *(queue->freshest != NULL ? &queue->freshest->fresher : &queue->stalest) = stream;
    queue->freshest = stream;
    queue->n_awake++;
    if (queue->stalest_awake == NULL) {
        queue->stalest_awake = stream;
    }
}

/* ---- room ---- */

static size_t room_bytes(const struct tsm_stream *stream)
{
    const unsigned extras = stream->extras;

    return sizeof(struct tsm_conn) +
           ((extras & TSM_EXTRA_SPENT) != 0 ? sizeof(struct tsm_spender) : 0) +
           ((extras & TSM_EXTRA_FLOWS) != 0 ? sizeof(struct tsm_flow) : 0) +
           ((extras & TSM_EXTRA_METRICS) != 0 ? sizeof(struct tsm_metrics) : 0);
}

_Static_assert(sizeof(struct tsm_conn) + sizeof(struct tsm_spender) + sizeof(struct tsm_flow) +
                       sizeof(struct tsm_metrics) <=
                   TSM_IMAGE_BYTES,
               "all that a stream may have is packed");
_Static_assert(sizeof(struct tsm_conn) % 8 == 0 && sizeof(struct tsm_spender) % 8 == 0 &&
                   sizeof(struct tsm_flow) % 8 == 0,
               "one behind the other");

/* Rooms are never given back, so that they do not lie between what is packed. */
static bool take_room(struct tsm_table *table, struct tsm_stream *stream)
{
    struct tsm_room **rooms = &table->rooms[stream->extras];
    struct tsm_room *room = *rooms;

    if (room != NULL) {
        *rooms = room->next;
    } else {
        room = malloc(room_bytes(stream));
    }
    stream->conn = (struct tsm_conn *)room;
    return room != NULL;
}

static void leave_room(struct tsm_table *table, struct tsm_stream *stream)
{
    struct tsm_room *room = (struct tsm_room *)stream->conn;

    room->next = table->rooms[stream->extras];
    table->rooms[stream->extras] = room;
    stream->conn = NULL;
}

bool tsm_rest_make_room(struct tsm_table *table, struct tsm_stream *stream)
{
    if (!take_room(table, stream)) {
        return false;
    }
    memset(stream->conn, 0, room_bytes(stream));
    return true;
}

/* ---- resting and waking ---- */

bool tsm_rest_begin(struct tsm_table *table)
{
    memcpy(table->most_awake, usual_awake, sizeof table->most_awake);
    table->packer = tsm_packer_new();
    return table->packer != NULL;
}

void tsm_rest_end(struct tsm_table *table)
{
    for (uint32_t n = 0; n < table->by_number.count; n++) {
        struct tsm_stream *stream = tsm_numbers_get(&table->by_number, n);
        if (stream != NULL) {
            free(stream->conn);
            free(stream->packed);
        }
    }
    free(table->copy.conn);
    for (unsigned extras = 0; extras < TSM_N_ROOMS; extras++) {
        while (table->rooms[extras] != NULL) {
            struct tsm_room *room = table->rooms[extras];
            table->rooms[extras] = room->next;
            free(room);
        }
    }
    tsm_packer_free(table->packer);
}

/* Streams of the same kind have come to the same point in the same way. */
static uint32_t kind_of(const struct tsm_stream *stream)
{
    const struct tsm_conn *conn = stream->conn;
    uint32_t kind = conn->flags | (uint32_t)conn->closed_by << 8 | (uint32_t)conn->steady << 10 |
                    (uint32_t)conn->syn_tries << 11 | (uint32_t)conn->close_steps_seen << 19;

    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_endpoint *ep = &conn->ep[side];
        const uint32_t segments = ep->segments < 16 ? ep->segments : 16;
        kind = kind * 31 + (conn->belief[side].state | segments << 4 | ep->flags << 9);
    }
    return kind;
}

/* The stream, which is awake, rests. Returns false when out of memory: it stays as it is. */
static bool rest(struct tsm_table *table, struct tsm_stream *stream)
{
    size_t size;
    const uint8_t *packed =
        tsm_pack(table->packer, kind_of(stream), stream->conn, room_bytes(stream), &size);
    uint8_t *kept = malloc(size);

    if (kept == NULL) {
        return false;
    }
    memcpy(kept, packed, size);
    stream->packed = kept;
    leave_room(table, stream);
    return true;
}

/* Whether the stream has its connection again. */
static bool unpack(struct tsm_table *table, struct tsm_stream *stream)
{
    if (!take_room(table, stream)) {
        table->refused++; /* whoever asked does without it, and is not to be silent on that */
        return false;
    }
    tsm_unpack(table->packer, stream->packed, stream->conn, room_bytes(stream));
    return true;
}

static bool wake(struct tsm_table *table, struct tsm_stream *stream)
{
    if (!unpack(table, stream)) {
        return false;
    }
    free(stream->packed);
    stream->packed = NULL;
    return true;
}

bool tsm_rest_wake(struct tsm_table *table, struct tsm_stream *stream)
{
    if (stream->awake) {
        return true;
    }
    if (stream->conn == NULL && !wake(table, stream)) {
        return false;
    }
    table->visitor = table->visitor == stream ? NULL : table->visitor;
    tsm_queue_leave(table, stream);
    tsm_queue_join(table, stream, (enum tsm_queue_kind)stream->queue);
    return true;
}

/* The visitor goes; where there is no memory for that it stays awake as if it had been fed. */
static void end_visit(struct tsm_table *table)
{
    struct tsm_stream *visitor = table->visitor;

    table->visitor = NULL;
    if (visitor != NULL && !rest(table, visitor)) {
        tsm_queue_leave(table, visitor);
        tsm_queue_join(table, visitor, (enum tsm_queue_kind)visitor->queue);
    }
}

bool tsm_rest_visit(struct tsm_table *table, struct tsm_stream *stream)
{
    if (stream->conn != NULL) {
        return true;
    }
    end_visit(table);
    if (!wake(table, stream)) {
        return false;
    }
    table->visitor = stream;
    return true;
}

void tsm_rest_all(struct tsm_table *table, const uint32_t most_awake[TSM_N_QUEUES])
{
    end_visit(table);
    for (unsigned kind = 0; kind < TSM_N_QUEUES; kind++) {
        struct tsm_queue *queue = &table->queues[kind];
        while (queue->n_awake > most_awake[kind] && rest(table, queue->stalest_awake)) {
            queue->stalest_awake->awake = false;
            queue->stalest_awake = queue->stalest_awake->fresher;
            queue->n_awake--;
        }
    }
}

void tsm_table_pack(struct tsm_table *table)
{
    static const uint32_t none[TSM_N_QUEUES];

    tsm_rest_all(table, none);
}

void tsm_table_keep_open_awake(struct tsm_table *table)
{
    table->most_awake[TSM_QUEUE_OPEN] = UINT32_MAX;
}

struct tsm_stream *tsm_table_copy(struct tsm_table *table, uint32_t number)
{
    const struct tsm_stream *stream = tsm_numbers_get(&table->by_number, number);
    struct tsm_stream *copy = &table->copy;

    if (copy->conn != NULL) {
        leave_room(table, copy);
    }
    if (stream == NULL || !stream->fed) {
        return NULL;
    }
    *copy = *stream;
    copy->conn = NULL;
    if (stream->conn == NULL) {
        return unpack(table, copy) ? copy : NULL;
    }
    if (!take_room(table, copy)) {
        table->refused++;
        return NULL;
    }
    memcpy(copy->conn, stream->conn, room_bytes(stream));
    return copy;
}

void tsm_rest_forget(struct tsm_table *table, struct tsm_stream *stream)
{
    table->visitor = table->visitor == stream ? NULL : table->visitor;
    free(stream->packed);
    if (stream->conn != NULL) {
        leave_room(table, stream);
    }
}

void tsm_table_drop(struct tsm_table *table, uint32_t number)
{
    struct tsm_stream *stream = tsm_numbers_get(&table->by_number, number);

    if (stream != NULL) {
        tsm_numbers_forget(&table->by_number, number);
        free(stream->packed);
        free(stream->conn);
        free(stream);
    }
}
