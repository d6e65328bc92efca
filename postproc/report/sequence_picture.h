/* sequence_picture.h - sequence numbers over time, as tcptrace draws them: what each end sent, what
 * was acknowledged of it, in order and by SACK, and how far its peer's window reached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SEQUENCE_PICTURE_H
#define SEQUENCE_PICTURE_H

#include "story.h"
#include "text.h"

/* About so many segments are drawn at most; of longer connections each second, third ... one. */
#define SEQUENCE_PICTURE_SEGMENTS 20000

/* Appends the picture of a connection of which the story has kept the segments: a panel for the
 * data of each end. `inside`: it is part of a page. */
void sequence_picture(const struct story *story, const struct story_connection *connection,
                      enum text_clock clock, bool inside, GString *svg);

#endif
