/* reader_engine.h - an engine of our own between a reader of packets and a story.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READER_ENGINE_H
#define READER_ENGINE_H

#include "story.h"
#include "tsm_header.h"

/* Readers feed the recorder; what comes of it goes to the story. */
struct reader_engine {
    struct tsm_recorder recorder;
    struct story *story;
    struct record_queue *queue; /* NULL = the story takes each record at once */
};

/* Begins; the recorder tells what the story wants to know. */
void reader_engine_init(struct reader_engine *feed, struct story *story);

/* From now on the story takes its records in a thread of its own, where there is a second processor
 * and nobody looks at it before the end. Until reader_engine_finish() returns, or
 * reader_engine_settle(), only what records do not touch may be changed: files, interfaces, packets
 * that were lost. */
void reader_engine_apart(struct reader_engine *feed);

/* Waits until the story has taken all records by now. */
void reader_engine_settle(struct reader_engine *feed);

/* A TCP header, for the engine. */
void reader_engine_header(struct reader_engine *feed, struct tsm_header *header);

/* The source of the tuple has a name. */
void reader_engine_name(struct reader_engine *feed, const struct tsm_tuple *tuple,
                        const char *name);

/* Adds to a clone of the story what is known by now of connections that have not ended; see struct
 * story_source. `feed` is a reader_engine. */
void reader_engine_tell(void *feed, struct story *to);

/* The end of the capture: the story gets its last records. `trouble` tells why not all of it could
 * be read, NULL = all was: the story is marked partial, or when there was no packet at all, this
 * fails with a copy of it. */
bool reader_engine_finish(struct reader_engine *feed, const GError *trouble, GError **error);

/* Frees what the feed holds. */
void reader_engine_clear(struct reader_engine *feed);

#endif
