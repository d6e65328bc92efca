/* record_queue.h - records on their way from the engine to a story, which takes them in another
 * thread while the engine goes on.
 *
 * The order stays, so the story becomes the same as without. What waits is bounded: an engine that
 * is faster than the story waits for it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RECORD_QUEUE_H
#define RECORD_QUEUE_H

#include "story.h"

struct record_queue;

/* Begins to take records into a story, which nobody else may touch but between record_queue_drain()
 * and the next record. NULL when no thread can be started. */
struct record_queue *record_queue_new(struct story *story);

/* Adds a record; see the member put of struct tsm_recorder. `context` is a record_queue. */
void record_queue_put(void *context, const struct tsm_record *record);

/* Waits until the story has taken all. */
void record_queue_drain(struct record_queue *queue);

/* The same, and ends the thread; NULL is allowed. */
void record_queue_free(struct record_queue *queue);

#endif
