/* record_queue.c - see record_queue.h.
 *
 * A ring of blocks; each belongs to one of the two threads, and changes hands when it is full. To
 * wake the other thread costs as much as taking hundreds of records: it is done only once there are
 * several blocks for it, or nothing else will come.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "record_queue.h"

#include <stddef.h>

#include "memory.h"

#define BLOCKS 8u
#define BLOCK_BYTES (64u << 10)
#define WORTH_WAKING (BLOCKS / 2)

/* Records one behind the other, each as long as its type needs, at places where it may lie. */
struct block {
    gsize used;
    _Alignas(struct tsm_record) char bytes[BLOCK_BYTES];
};

struct record_queue {
    struct story *story;
    GThread *thread;
    guint written; /* the block that is being filled: the engine's */
    GMutex lock;   /* of what follows */
    GCond filled;  /* there are blocks for the story */
    GCond emptied; /* there are blocks for the engine */
    guint full;    /* blocks that wait for the story, or that it takes */
    bool story_waits;
    bool draining; /* the engine waits until none is full */
    bool ended;
    struct block blocks[BLOCKS];
};

static gsize size_of(const struct tsm_record *record)
{
    static const gsize sizes[] = {
        [TSM_RECORD_HEADER] = sizeof record->u.header,
        [TSM_RECORD_START] = sizeof record->u.start,
        [TSM_RECORD_CHANGE] = sizeof record->u.change,
        [TSM_RECORD_PROJECTED] = sizeof record->u.change,
        [TSM_RECORD_SEGMENT] = sizeof record->u.segment,
        [TSM_RECORD_FACTS] = sizeof record->u.facts,
        [TSM_RECORD_SPENT] = sizeof record->u.spent,
        [TSM_RECORD_METRICS] = sizeof record->u.metrics,
        [TSM_RECORD_TOTALS] = sizeof record->u.totals,
        [TSM_RECORD_FLOW] = sizeof record->u.flow,
        [TSM_RECORD_BLANK] = sizeof record->u.blank,
        [TSM_RECORD_CAPTURE] = sizeof record->u.capture,
        [TSM_RECORD_END] = 0,
    };
    const gsize size = offsetof(struct tsm_record, u) + sizes[record->type];

    return (size + _Alignof(struct tsm_record) - 1) & ~(_Alignof(struct tsm_record) - 1);
}

/* ---- the story's thread ---- */

static void take_block(struct story *story, const struct block *block)
{
    for (gsize at = 0; at < block->used;) {
        const struct tsm_record *record = (const struct tsm_record *)(block->bytes + at);
        at += size_of(record);
        story_add(story, record, NULL); /* the recorder does not contradict itself */
    }
}

/* Waits for a block; false when none will come. The lock is held. */
static bool wait_for_block(struct record_queue *queue)
{
    while (queue->full == 0 && !queue->ended) {
        queue->story_waits = true;
        g_cond_wait(&queue->filled, &queue->lock);
        queue->story_waits = false;
    }
    return queue->full > 0;
}

static gpointer take_all(gpointer data)
{
    struct record_queue *queue = data;
    struct memory_stack stack;
    guint at = 0;

    memory_watch_thread(&stack);
    g_mutex_lock(&queue->lock);
    while (wait_for_block(queue)) {
        g_mutex_unlock(&queue->lock);
        take_block(queue->story, &queue->blocks[at]);
        at = (at + 1) % BLOCKS;
        g_mutex_lock(&queue->lock);
        queue->full--;
        if (queue->draining ? queue->full == 0 : queue->full == BLOCKS - 1 - WORTH_WAKING) {
            g_cond_signal(&queue->emptied);
        }
    }
    g_mutex_unlock(&queue->lock);
    memory_unwatch_thread();
    return NULL;
}

/* ---- the engine's ---- */

static void free_queue(struct record_queue *queue)
{
    g_mutex_clear(&queue->lock);
    g_cond_clear(&queue->filled);
    g_cond_clear(&queue->emptied);
    g_free(queue);
}

struct record_queue *record_queue_new(struct story *story)
{
    struct record_queue *queue = g_new0(struct record_queue, 1); /* pages come with use */

    queue->story = story;
    g_mutex_init(&queue->lock);
    g_cond_init(&queue->filled);
    g_cond_init(&queue->emptied);
    queue->thread = g_thread_try_new("story", take_all, queue, NULL);
    if (queue->thread == NULL) {
        free_queue(queue);
        return NULL;
    }
    return queue;
}

/* Hands the block over that is being filled, and begins the next one, which the story has taken. */
static void hand_over(struct record_queue *queue)
{
    g_mutex_lock(&queue->lock);
    queue->full++;
    if (queue->story_waits && queue->full >= WORTH_WAKING) {
        g_cond_signal(&queue->filled);
    }
    while (queue->full == BLOCKS) {
        g_cond_wait(&queue->emptied, &queue->lock);
    }
    g_mutex_unlock(&queue->lock);
    queue->written = (queue->written + 1) % BLOCKS;
    queue->blocks[queue->written].used = 0;
}

void record_queue_put(void *context, const struct tsm_record *record)
{
    struct record_queue *queue = context;
    const gsize size = size_of(record);

    if (queue->blocks[queue->written].used + size > BLOCK_BYTES) {
        hand_over(queue);
    }
    struct block *block = &queue->blocks[queue->written];
    memcpy(block->bytes + block->used, record, size);
    block->used += size;
}

void record_queue_drain(struct record_queue *queue)
{
    if (queue->blocks[queue->written].used > 0) {
        hand_over(queue);
    }
    g_mutex_lock(&queue->lock);
    queue->draining = true;
    g_cond_signal(&queue->filled);
    while (queue->full > 0) {
        g_cond_wait(&queue->emptied, &queue->lock);
    }
    queue->draining = false;
    g_mutex_unlock(&queue->lock);
}

void record_queue_free(struct record_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    record_queue_drain(queue);
    g_mutex_lock(&queue->lock);
    queue->ended = true;
    g_cond_signal(&queue->filled);
    g_mutex_unlock(&queue->lock);
    g_thread_join(queue->thread);
    free_queue(queue);
}
