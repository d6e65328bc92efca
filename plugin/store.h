/* store.h - what the engine said of each segment, kept so that any frame can be shown again.
 *
 * Inference runs once, in capture order; showing a frame later, in any order, only reads this.
 * A frame takes 12 bytes, and 16 more when it has notes or the other end was heard long ago; a view
 * of 16 bytes is added only when a belief about the stream changed, and 12 bytes for a moment since
 * when. Where nobody sees a frame again after the next one was read, only the last one is kept. All
 * memory is file scope: it goes when the capture is closed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STORE_H
#define STORE_H

#include "tsm_conn.h"

/* Everything that is shown of one TCP layer of one frame. Arrays are indexed by enum tsm_side. */
struct annotation {
    struct tsm_belief before[2];
    struct tsm_belief after[2];
    uint32_t stream;
    uint32_t notes;      /* TSM_NOTE_... */
    int64_t peer_ago_ns; /* the last segment of the end that did not send this one: how long ago, */
    uint32_t peer_frame; /* and its frame; 0 = there is none */
    uint8_t sender;      /* enum tsm_side */
    uint8_t action;      /* enum tsm_action */
    uint8_t call;        /* enum tsm_call */
    uint8_t open_step;   /* 0..3 */
    uint8_t close_steps; /* TSM_CLOSE_1 ... */
    uint8_t closed_by;   /* as tsm_conn.closed_by, after the segment */
    uint8_t role_basis;  /* enum tsm_role_basis */
    bool changed;
    bool completes_handshake;
    bool news; /* one of its notes is the first of its kind in the stream */
};

/* Whether the segment ended the client's attempt to connect. */
static inline bool annotation_is_refusal(const struct annotation *a)
{
    return a->before[TSM_CLIENT].state == TSM_SYN_SENT &&
           a->after[TSM_CLIENT].state == TSM_CLOSED &&
           (a->action == TSM_ACT_RST || (a->notes & TSM_NOTE_ICMP) != 0);
}

struct store;

/* A new, empty store in file scope; nothing frees it but the end of the scope. */
struct store *store_new(void);

/* Before the first frame: from now on only the frame that was added last is kept. */
void store_let_pass(struct store *store);

/* Forgets what is kept of a frame number, which may be used again: with `tshark -2 -R`, frames that
 * the filter rejects do not count, and the next one gets their number. */
void store_clear(struct store *store, uint32_t frame);

/* Adds the next TCP layer of a frame, with its time: the verdict on it, and the connection as it
 * stands. Frames in any order, a stream's segments in theirs. */
void store_add(struct store *store, uint32_t frame, int64_t time_ns, const struct tsm_conn *conn,
               const struct tsm_verdict *verdict);

/* Whether a TCP layer of a frame may have notes; false only when none has. */
bool store_has_notes(const struct store *store, uint32_t frame);

/* Fills *annotation with the n-th TCP layer of a frame, from 0; false when there is none. */
bool store_get(const struct store *store, uint32_t frame, unsigned layer,
               struct annotation *annotation);

#endif
