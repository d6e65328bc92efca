/* replay.h - a capture read once more, for tables and windows: the whole story, as tcpstory tells
 * it.
 *
 * The fields of a frame show what an observer knew then. Who wants to know how it all came out
 * starts a replay and lets Wireshark dissect the capture again: the same engine is fed with the
 * same headers, and its records make the model of postproc/. Nothing is kept while nobody asks.
 *
 * Frames are taken in their order, each once, whoever has them dissected: a click on a frame in
 * between is no harm. One replay goes on at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "story.h"

/* Begins anew at the first frame. */
void replay_start(void);

/* From the next start on the story keeps the segments of that stream; TSM_NO_STREAM = of none. */
void replay_keep_segments(uint32_t stream);

/* The capture is closed, or about to be dissected anew: who still waits for the story gets the one
 * of what is read next; a finished one is forgotten. */
void replay_capture_closed(void);

/* --- by the hook ------------------------------------------------------------------------------ */

/* Whether the frame is the next one. `visited`: it was dissected before. */
bool replay_takes(uint32_t frame, bool visited);

/* As the functions of capture.h, for frames that replay_takes(). */
void replay_segment(const struct tsm_tuple *tuple, const struct tsm_segment *seg);
void replay_quote(const struct tsm_tuple *tuple, const struct tsm_segment *quoted, size_t captured,
                  const struct tsm_icmp_error *error);
void replay_unread(const struct tsm_tuple *tuple, const struct tsm_segment *seg, size_t captured);
const struct tsm_record_capture *replay_totals(void);
void replay_frame(uint32_t frame, int64_t time_ns, bool has_time);

/* --- afterwards ------------------------------------------------------------------------------- */

/* The story, when all frames were taken that were read so far; otherwise NULL. It takes no frame
 * any more, and is valid until the next start, or until the capture is closed. */
const struct story *replay_story(void);

#endif
