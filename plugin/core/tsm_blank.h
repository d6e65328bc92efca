/* tsm_blank.h - blanks: stretches of time in which nothing at all was captured, and which the
 * hosts' silence does not explain.
 *
 * A capture that was paused, of which a file is missing, or that was put together from captures of
 * different days, says nothing of the time between. But frames do not come either when all hosts
 * are quiet. What tells the two apart is what TCP owes: data are acknowledged within half a second
 * (RFC 1122 4.2.3.2) or sent again within some seconds (RFC 9293 3.8.1, RFC 6298).
 * Where several hosts owe that at once, each to a peer that was heard a moment ago, and nothing of
 * anybody comes for long although it goes on later, nobody was listening: one host, or one path,
 * that is gone does not silence the others. A day without a single frame is taken for that whatever
 * was owed. Where many connections stopped at once, and for much longer than ever before, it is
 * possible.
 *
 * Frames of any kind count, so all of this is decided from the times of frames and the headers of
 * segments, without an engine: where several processes read a capture, each tells its silences, and
 * whoever has all of them decides.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_BLANK_H
#define TSM_BLANK_H

#include <stdbool.h>
#include <stdint.h>

struct tsm_tuple;
struct tsm_segment;

/* How a blank is known, the surer ones first. */
enum tsm_blank_sign {
    TSM_BLANK_LONG = 1, /* a day without a frame */
    TSM_BLANK_OWED,     /* several hosts owed segments, and none came */
    TSM_BLANK_ABRUPT,   /* many connections fell silent at once: possible, not sure */
};

/* Between the last frame before it and the first one after it, nothing was captured. */
struct tsm_blank {
    int64_t from_ns, to_ns;
    uint8_t sign; /* enum tsm_blank_sign */
};

/* Whether clocks stop in it: hosts did what nobody saw. In one that is only possible, they may
 * have. */
static inline bool tsm_blank_is_sure(const struct tsm_blank *blank)
{
    return blank->sign != TSM_BLANK_ABRUPT;
}

#define TSM_SILENCE_NS INT64_C(30000000000) /* a shorter one is none; assumed */
#define TSM_TALK_NS INT64_C(10000000000)    /* what was said longer before it does not matter */
#define TSM_TALKS 32                        /* nor what more segments lie behind; a power of 2 */

/* A segment as far as it tells what is owed. */
struct tsm_talk {
    int64_t ns;
    uint32_t connection; /* a hash of both ends */
    uint32_t sender;     /* a hash of its address */
    uint8_t asks;        /* it has data: they are acknowledged or repeated. Not so a SYN-ACK, which
                            SYN cookies do not repeat, and a FIN: orphans are given up early */
};

/* A time without a frame, and what was captured before it. */
struct tsm_silence {
    int64_t from_ns, to_ns;
    int64_t longest_ns;               /* the longest one shorter than TSM_SILENCE_NS before it */
    uint32_t frames;                  /* how many there were before it */
    uint32_t n;                       /* of talks */
    struct tsm_talk talks[TSM_TALKS]; /* the last ones within TSM_TALK_NS, in their order */
};

/* Who watches the frames of a capture go by; all zero at first. Private. */
struct tsm_blank_watch {
    int64_t longest_ns, latest_ns;
    uint32_t frames, talks_seen;
    struct tsm_talk talks[TSM_TALKS];
};

/* A frame, or a segment of the next frame, has this time. True when it ends a silence of
 * TSM_SILENCE_NS or more: *silence is that. */
bool tsm_blank_time(struct tsm_blank_watch *watch, int64_t ns, struct tsm_silence *silence);

/* One more frame was seen; its time was told before, if it has one. */
static inline void tsm_blank_frame(struct tsm_blank_watch *watch)
{
    watch->frames++;
}

/* Time has passed without a frame, and somebody was there to see it: it is no silence. */
static inline void tsm_blank_passed(struct tsm_blank_watch *watch, int64_t ns)
{
    watch->latest_ns = ns > watch->latest_ns ? ns : watch->latest_ns;
}

/* A segment, whose time was told before. */
void tsm_blank_segment(struct tsm_blank_watch *watch, const struct tsm_tuple *tuple,
                       const struct tsm_segment *seg);

/* What was captured up to now, as if a silence began; its to_ns is its from_ns. */
void tsm_silence_now(const struct tsm_blank_watch *watch, struct tsm_silence *silence);

/* `silence` is one of a part of the capture: what the parts before had at their end, `before`,
 * comes before it. */
void tsm_silence_join(struct tsm_silence *silence, const struct tsm_silence *before);

/* Decides whether a silence is a blank. Asked for each silence in its turn; *longest_ns, 0 at
 * first, is kept by it: the longest silence that was none. False, with blank->sign 0: it is none.
 */
bool tsm_silence_is_blank(const struct tsm_silence *silence, int64_t *longest_ns,
                          struct tsm_blank *blank);

#endif
