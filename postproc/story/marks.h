/* marks.h - what kinds of segments a story counts for each endpoint, with first and last frame.
 *
 * A kind is either a note of the engine (enum tsm_note_bit) or one of those below, which follow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MARKS_H
#define MARKS_H

#include "tsm_record.h"

/* X(name, what segments count; of their sender). */
// clang-format off
#define MARK_LIST(X)                                                                              \
    X(SYN,            "SYN without ACK, repeats included")                                        \
    X(SYN_ACK,        "SYN-ACK, repeats included")                                                \
    X(THIRD_ACK,      "the third segment of the handshake")                                       \
    X(ACK_FOR_SYN,    "ACK that does not acknowledge the SYN that its peer sent")                 \
    X(FIN,            "FIN, repeats included")                                                    \
    X(ACK_OF_FIN,     "the first acknowledgment of its peer's FIN, and the answers to repeats")   \
    X(RST,            "RST of any kind")                                                          \
    X(KEEP_ALIVE,     "keep-alive")                                                               \
    X(WINDOW_PROBE,   "zero-window probe")                                                        \
    X(BAD_RST,        "RST with SYN or FIN, which no TCP sends")
// clang-format on

enum mark_kind {
    MARK_FIRST = TSM_N_NOTES - 1, /* the notes come before */
#define X(name, meaning) MARK_##name,
    MARK_LIST(X)
#undef X
        N_MARKS
};

_Static_assert(N_MARKS <= 64, "a set of kinds has 64 bits");

/* The set of kinds that a segment counts for, bit n = kind n. */
uint64_t marks_of(const struct tsm_record_segment *segment);

#endif
