/* feed.h - an engine of our own between a reader of packets and a story.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FEED_H
#define FEED_H

#include "story.h"
#include "tsm_recorder.h"

/* Readers feed the recorder; what comes of it goes to the story. */
struct feed {
    struct tsm_recorder recorder;
    struct story *story;
};

/* Begins; the recorder tells what the story wants to know. */
void feed_init(struct feed *feed, struct story *story);

/* The end of the capture: the story gets its last records. `trouble` tells why not all of it could
 * be read, NULL = all was: the story is marked partial, or when there was no packet at all, this
 * fails with a copy of it. */
bool feed_finish(struct feed *feed, const GError *trouble, GError **error);

/* Frees what the feed holds. */
void feed_clear(struct feed *feed);

#endif
