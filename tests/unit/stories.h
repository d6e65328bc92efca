/* stories.h - small stories for tests of what reads them. A helper of the unit tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STORIES_H
#define STORIES_H

#include "story.h"

/* 10.0.0.CLIENT:cport -> 10.0.0.SERVER:sport; what does not count is filled with rubbish. */
struct tsm_tuple stories_tuple(uint8_t client, uint16_t cport, uint8_t server, uint16_t sport);

/* Adds a connection, the stream of the next number, and returns that. It begins at `ns` and ends
 * there until stories_end() says more. */
guint stories_add(struct story *story, const struct tsm_tuple *tuple, int64_t ns);

/* An end is in a state from then on. */
void stories_state(struct story *story, guint stream, enum tsm_side side, int64_t ns,
                   enum tsm_state state);

/* The totals of a connection: when it ended, and how many segments each end sent. */
void stories_end(struct story *story, guint stream, int64_t ns, const uint32_t segments[2]);

/* The totals of the capture, which has one frame or more. */
void stories_capture(struct story *story, int64_t start_ns, int64_t end_ns);

/* Adds any record; it must be accepted. */
void stories_record(struct story *story, const struct tsm_record *record);

#endif
