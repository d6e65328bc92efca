/* tsm_bytes.h - the data of one end of a connection, byte by byte: how each of them was captured.
 *
 * in_order + out_of_order is the data captured, each byte once, whichever order: what tcptrace
 * calls unique bytes. With repeated, it is all that was sent and captured, copies of packets and
 * probes left out; with tsm_bytes_lost(), it is all of the stream that was sent since the capture
 * saw it.
 *
 * Constant size, no memory of its own. Nothing here moves a state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_BYTES_H
#define TSM_BYTES_H

#include "tsm_segment.h"

/* So many holes are remembered. With more the oldest is given up: what fills it later counts as
 * repeated, and it stays lost. */
#define TSM_MAX_HOLES 6

struct tsm_bytes {
    uint64_t in_order;     /* public: each byte once, and none that was captured after later ones */
    uint64_t out_of_order; /* public: the first time, but after later ones */
    uint64_t repeated;     /* public: again */
    uint64_t given_up;     /* private, as all that follows: in holes that are not remembered */
    uint32_t next;         /* after the highest that was captured */
    uint32_t first;        /* the lowest that was captured */
    uint32_t origin;       /* where the capture began to see */
    uint32_t beyond;       /* numbers behind next that acknowledgments or empty segments tell of */
    uint32_t fin_next;     /* after the octet of the last FIN */
    uint8_t begun;         /* enum tsm_bytes_begun */
    uint8_t n_holes;
    bool fin; /* fin_next is valid */
    struct {
        uint32_t left, right;
    } holes[TSM_MAX_HOLES]; /* between first and next, not captured yet; ascending */
};

enum tsm_bytes_begun {
    TSM_BYTES_NOTHING,
    TSM_BYTES_ACKED, /* only the peer's acknowledgments were seen */
    TSM_BYTES_OWN,   /* a segment of the end itself */
};

/* Takes in the next segment of the end; neither a probe nor a copy, nor one that the receiver did
 * not take. */
void tsm_bytes_sent(struct tsm_bytes *bytes, const struct tsm_segment *seg);

/* The peer acknowledged up to that number. */
void tsm_bytes_acked(struct tsm_bytes *bytes, uint32_t ack);

/* Data of a segment that has neither SYN nor FIN nor RST and is not the first, the fast way when
 * all is simple. */
static inline void tsm_bytes_data(struct tsm_bytes *bytes, const struct tsm_segment *seg)
{
    if (seg->seq == bytes->next && (bytes->n_holes | bytes->beyond) == 0) {
        bytes->in_order += seg->payload;
        bytes->next += seg->payload;
    } else {
        tsm_bytes_sent(bytes, seg);
    }
}

/* Captured, each byte once. */
static inline uint64_t tsm_bytes_unique(const struct tsm_bytes *bytes)
{
    return bytes->in_order + bytes->out_of_order;
}

/* Sent, as the numbers tell, and never captured. One octet at the very end may be a FIN, and does
 * not count. */
uint64_t tsm_bytes_lost(const struct tsm_bytes *bytes);

#endif
