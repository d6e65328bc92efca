/* tsm_late.c - segments that were captured after those that answer them.
 *
 * A network card with several queues hands over the segments of a connection in another order than
 * they came, by some microseconds. So an acknowledgment is captured before what it acknowledges,
 * and at first that looks as if it were not captured at all (tsm_hidden.c). It is no retransmission
 * then, and of a SYN-ACK or FIN everything that follows from it has been told already: where both
 * ends are is told by the numbers of all segments, in whatever order they came.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

/* Queues differ by less, and no TCP sends again so soon (RFC 6298 2.4: one second; Linux 200 ms);
 * assumed. */
#define LATE_TICKS 977 /* 1 ms */

/* As tsm_seen has them: 1024 ns each. */
static uint32_t ticks_of(const struct tsm_step *now)
{
    return (uint32_t)(now->ns / 1024);
}

void tsm_note_unseen(struct tsm_step *now, enum tsm_side side, uint32_t from, uint32_t to)
{
    struct tsm_claim *unseen = &now->conn->claim[side];

    if (unseen->sent || unseen->acked) {
        return; /* a gap of the capture goes before */
    }
    if (!unseen->unseen || ticks_of(now) - unseen->ack > LATE_TICKS || unseen->end != from) {
        unseen->seq = from;
        unseen->ack = ticks_of(now);
    }
    unseen->end = to;
    unseen->unseen = true;
}

bool tsm_is_captured_late(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_claim *unseen = &now->conn->claim[sender];
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;
    const uint32_t end = tsm_segment_end(seg);

    if (!unseen->unseen || ticks_of(now) - unseen->ack > LATE_TICKS || tsm_has(seg, TSM_RST) ||
        !tsm_has(seg, TSM_ACK)) {
        return false;
    }
    if (tsm_has(seg, TSM_SYN)) {
        return (ep->flags & EP_ISS) == 0 && end == unseen->seq;
    }
    /* A segment of before its FIN, captured in between, had made that look as if never sent. */
    const bool sent = tsm_has(seg, TSM_FIN) || tsm_seq_le(end, ep->snd_nxt);
    return sent && end != seg->seq && tsm_seq_le(unseen->seq, seg->seq) &&
           tsm_seq_le(end, unseen->end);
}

void tsm_forget_unseen(struct tsm_step *now, enum tsm_side sender)
{
    uint32_t *octets = &now->conn->facts[sender].unseen;
    struct tsm_claim *unseen = &now->conn->claim[sender];
    const uint32_t end = tsm_segment_end(now->seg);
    const uint32_t span = end - now->seg->seq;

    /* Nobody counts SYNs; nor, any more, what was thought never to have been sent. */
    if (!tsm_has(now->seg, TSM_SYN) && tsm_seq_le(end, now->conn->ep[sender].snd_nxt)) {
        *octets -= *octets < span ? *octets : span;
    }
    if (now->seg->seq == unseen->seq) {
        unseen->seq = end;
    } else {
        unseen->end = now->seg->seq;
    }
}

/* What its FIN acknowledged, when that is among its last segments; or else its own number, which
 * says nothing. */
static uint32_t acked_by_fin(const struct tsm_conn *conn, enum tsm_side side, uint32_t fallback)
{
    for (unsigned i = 0; i < TSM_RECENT; i++) {
        const struct tsm_seen *seen = &conn->recent[side][i];
        if ((seen->flags & TSM_FIN) != 0 && seen->seq + seen->payload == conn->ep[side].fin_seq) {
            return seen->ack;
        }
    }
    return fallback;
}

/* The endpoint has acknowledged its peer's FIN. */
static bool has_acked_fin(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *peer = tsm_peer(now, side);

    return (peer->flags & EP_FIN) != 0 && tsm_seq_lt(peer->fin_seq, now->conn->ep[side].ack_sent);
}

/* The state that its own segments show, and what is presumed to have reached it beyond. `before`:
 * its FIN was sent before it had received its peer's. */
static void place(struct tsm_step *now, enum tsm_side side, bool before, bool after)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const bool sent = (ep->flags & EP_FIN) != 0;
    const bool received = has_acked_fin(now, side);
    enum tsm_state state = received ? TSM_CLOSE_WAIT : TSM_ESTABLISHED;

    if (sent) {
        state = !received ? TSM_FIN_WAIT_1
                : after   ? TSM_LAST_ACK
                : before  ? TSM_TIME_WAIT
                          : TSM_CLOSING;
    }
    ep->base = tsm_known(state, TSM_PROVEN, now->ns, now->frame);
    tsm_rewrite(now, side, now->ns, now->frame, sent ? TSM_SND_FIN : TSM_RCV_FIN);
    if (sent && has_acked_fin(now, tsm_other(side))) {
        tsm_presume(now, side, TSM_RCV_ACK_OF_FIN, false, 0);
    }
    if (!received && (tsm_peer(now, side)->flags & EP_FIN) != 0) {
        tsm_presume(now, side, TSM_RCV_FIN, true, tsm_peer(now, side)->fin_seq + 1);
    }
}

/* What was believed of it since the FIN was guessed, or else since now, is void. */
static void clear(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    if (ep->guess_ns != 0) {
        ep->base = tsm_known((enum tsm_state)ep->guess_before, TSM_PRESUMED, ep->guess_ns,
                             ep->guess_frame);
    }
    ep->n_pending = 0;
    ep->undo.possible = 0;
    ep->undo_pending = 0;
    ep->undo_event = false;
    ep->extra = 0;
    ep->retry.running = 0;
    if (ep->guess_ns != 0) {
        tsm_rewrite(now, side, ep->guess_ns, ep->guess_frame, TSM_CAUSE_CONFIRMED);
        ep->guess_ns = 0;
    }
}

void tsm_take_late_fin(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    const enum tsm_side receiver = tsm_other(sender);
    struct tsm_endpoint *ep = &conn->ep[sender];
    struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    ep->fin_seq = tsm_segment_end(seg) - 1;
    ep->fin_ts_val = (seg->known & TSM_HAS_TIMESTAMP) != 0 ? seg->ts_val : 0;
    ep->flags = (ep->flags | EP_FIN) & ~(uint32_t)(EP_FIN_GUESSED | EP_FIN_HELD | EP_FIN_AGAIN);
    ep->fin_acked = true;
    if ((ep->flags & EP_ACKS) == 0 || tsm_seq_lt(ep->ack_sent, seg->ack)) {
        ep->ack_sent = seg->ack;
        ep->flags |= EP_ACKS;
    }
    if (tsm_seq_le(peer->ack_sent, ep->fin_seq)) {
        peer->ack_sent = ep->fin_seq + 1;
    }
    const bool both = (peer->flags & EP_FIN) != 0;
    const bool answers = both && tsm_seq_lt(peer->fin_seq, seg->ack);
    const bool answered =
        both && tsm_seq_lt(ep->fin_seq, acked_by_fin(conn, receiver, ep->fin_seq));

    clear(now, sender);
    clear(now, receiver);
    now->seg = NULL; /* what is presumed here was carried by others */
    place(now, sender, answered, answers);
    place(now, receiver, answers, answered);
    now->seg = seg;
    conn->first_fin = conn->closed_by = (uint8_t)(1 + (answers ? receiver : sender));
}
