/* raw_frames.h - frames as the targets of the fuzzers get them: for each the step of time before
 * it, link layer and what the capture has cut off, how many bytes, and these.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RAW_FRAMES_H
#define RAW_FRAMES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tsm_frame.h"
#include "tsm_seq.h"

#define RAW_FRAME_HEAD 3u
#define RAW_FRAME_MOST 255u /* bytes of a frame */
#define RAW_CUT_BYTES 40u   /* in such steps a frame is longer than what was captured */
#define RAW_START_NS INT64_C(1700000000000000000)

struct raw_frames {
    const uint8_t *at, *end;
    int64_t time_ns;
};

struct raw_frame {
    enum tsm_link link;
    const uint8_t *bytes;
    uint32_t captured, length;
};

/* Most steps are those of a network; the last ones are those of clocks that are wrong. */
static const int64_t raw_steps_ns[16] = {
    0,          1000,        1000000,      50000000,          200000000,   1000000000,
    3000000000, 20000000000, 61000000000,  125000000000,      90000000000, 7300000000000,
    -1000000,   -5000000000, 100000000000, 30000000000000000,
};

static inline void raw_frames_pass(struct raw_frames *frames, uint8_t step)
{
    const int64_t most_ns = TSM_MAX_TIME_S * INT64_C(1000000000);

    frames->time_ns += raw_steps_ns[step % 16];
    if (step == 255) {
        frames->time_ns = -frames->time_ns;
    }
    frames->time_ns = CLAMP(frames->time_ns, -most_ns, most_ns);
}

/* The next frame, of frames->time_ns; false at the end. */
static inline bool raw_frames_next(struct raw_frames *frames, struct raw_frame *frame)
{
    const size_t left = (size_t)(frames->end - frames->at);
    const uint8_t *head = frames->at;

    if (left < RAW_FRAME_HEAD) {
        return false;
    }
    raw_frames_pass(frames, head[0]);
    frame->link = (enum tsm_link)(head[1] % (TSM_LINK_IPV6 + 1));
    frame->bytes = head + RAW_FRAME_HEAD;
    frame->captured = (uint32_t)MIN(head[2], left - RAW_FRAME_HEAD);
    frame->length = frame->captured + (head[1] >> 3) * RAW_CUT_BYTES;
    frames->at += RAW_FRAME_HEAD + frame->captured;
    return true;
}

#endif
