/* tsm_table_internal.h - the table as its two files see it: tsm_table.c, which finds streams, and
 * tsm_rest.c, which lets them rest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_TABLE_INTERNAL_H
#define TSM_TABLE_INTERNAL_H

#include "tsm_numbers.h"
#include "tsm_pack.h"
#include "tsm_table.h"

/* Most segments belong to a stream that had one a moment ago; these are found without the hash. */
#define TSM_N_RECENT 1024u

/* Streams wait in one of two queues to be given up, in the order of their last segments. */
enum tsm_queue_kind { TSM_QUEUE_OVER, TSM_QUEUE_OPEN, TSM_N_QUEUES };

/* Those that are awake because they had a segment are the freshest of their queue. */
struct tsm_queue {
    struct tsm_stream *stalest, *freshest; /* NULL = it is empty */
    struct tsm_stream *stalest_awake;      /* NULL = all rest */
    uint32_t n_awake;
};

/* Room for the connection and the extras of a stream, when no stream has it. */
struct tsm_room {
    struct tsm_room *next;
};

#define TSM_N_ROOMS (TSM_ALL_EXTRAS + 1) /* one kind for each set of extras */

struct tsm_table {
    struct tsm_model model;
    struct tsm_blank *blanks; /* those of the model */
    struct tsm_queue queues[TSM_N_QUEUES];
    uint32_t most_awake[TSM_N_QUEUES];
    struct tsm_packer *packer;
    struct tsm_room *rooms[TSM_N_ROOMS]; /* free ones */
    struct tsm_stream *visitor;          /* awake as it was asked for; NULL = none */
    struct tsm_stream copy;              /* the newest of tsm_table_copy() */
    struct tsm_stream **buckets;         /* newest stream of each tuple, chained by next */
    struct tsm_numbers by_number;
    size_t n_buckets; /* a power of two */
    size_t n_tuples;
    uint32_t kept;    /* streams that were not forgotten */
    uint32_t refused; /* headers for which there was no memory */
    struct tsm_hash_key key;
    unsigned extras;                         /* enum tsm_extra */
    struct tsm_stream *recent[TSM_N_RECENT]; /* the newest of their tuples; NULL = free */
};

/* ---- tsm_rest.c: queues ---- */

/* A new stream, which is awake, joins a queue as its freshest; or one that has left its own. */
void tsm_queue_join(struct tsm_table *table, struct tsm_stream *stream, enum tsm_queue_kind kind);

void tsm_queue_leave(struct tsm_table *table, struct tsm_stream *stream);

/* ---- tsm_rest.c: rest ---- */

/* What rest needs; false when out of memory. */
bool tsm_rest_begin(struct tsm_table *table);

void tsm_rest_end(struct tsm_table *table);

/* Room for the connection and the extras of a new stream, all zero; false when out of memory. */
bool tsm_rest_make_room(struct tsm_table *table, struct tsm_stream *stream);

/* Frees what a stream has, awake or not. */
void tsm_rest_forget(struct tsm_table *table, struct tsm_stream *stream);

/* The stream is to be fed: it is awake, and becomes the freshest of its queue, if it was not.
 * Returns false when out of memory. */
bool tsm_rest_wake(struct tsm_table *table, struct tsm_stream *stream);

/* The stream is to be looked at: it is awake until the next one is, or something is fed. Returns
 * false when out of memory. */
bool tsm_rest_visit(struct tsm_table *table, struct tsm_stream *stream);

/* Lets those rest that are awake and too many. Nobody is to be in use. */
void tsm_rest_all(struct tsm_table *table, const uint32_t most_awake[TSM_N_QUEUES]);

/* The same, where it is often nothing. */
static inline void tsm_rest_some(struct tsm_table *table)
{
    if (table->visitor != NULL ||
        table->queues[TSM_QUEUE_OVER].n_awake > table->most_awake[TSM_QUEUE_OVER] ||
        table->queues[TSM_QUEUE_OPEN].n_awake > table->most_awake[TSM_QUEUE_OPEN]) {
        tsm_rest_all(table, table->most_awake);
    }
}

#endif
