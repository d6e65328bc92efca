/* tsm_receive.c - what a segment presumes of the endpoint that is to receive it.
 *
 * Checks in the order of RFC 9293 3.10.7.4: sequence, RST, SYN, ACK, FIN. What fails a check is a
 * note and changes no state. tsm_track() keeps the sequence space as captured, with its holes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

/* Joins the captured ranges beyond the hole that has just been filled. */
static void absorb_ranges(struct tsm_endpoint *ep)
{
    for (unsigned i = 0; i < ep->n_ranges;) {
        if (tsm_seq_lt(ep->contiguous, ep->ranges[i].left)) {
            i++;
            continue;
        }
        ep->contiguous = tsm_seq_max(ep->contiguous, ep->ranges[i].right);
        ep->ranges[i] = ep->ranges[--ep->n_ranges];
        i = 0;
    }
}

/* Remembers a range beyond a hole. When there are too many, the nearest hole is forgotten. */
static void add_range(struct tsm_endpoint *ep, uint32_t left, uint32_t right)
{
    for (unsigned i = 0; i < ep->n_ranges; i++) {
        if (tsm_seq_le(left, ep->ranges[i].right) && tsm_seq_le(ep->ranges[i].left, right)) {
            ep->ranges[i].left = tsm_seq_lt(left, ep->ranges[i].left) ? left : ep->ranges[i].left;
            ep->ranges[i].right = tsm_seq_max(right, ep->ranges[i].right);
            return;
        }
    }
    if (ep->n_ranges == TSM_MAX_RANGES) {
        ep->contiguous = tsm_seq_max(ep->contiguous, ep->ranges[0].right);
        ep->ranges[0] = ep->ranges[--ep->n_ranges];
        absorb_ranges(ep);
    }
    ep->ranges[ep->n_ranges].left = left;
    ep->ranges[ep->n_ranges++].right = right;
}

/* The receiver's RCV.NXT, where only the segment that the RST answers tells it: its peer refused
 * that acknowledgment, as it counts from another initial sequence number. What the peer sends says
 * nothing of it then. Source: RFC 9293 3.10.7.1, 3.10.7.3 (SEQ = SEG.ACK). */
static bool is_told_by_refused(const struct tsm_step *now, enum tsm_side receiver)
{
    const struct tsm_endpoint *r = &now->conn->ep[receiver];
    const uint32_t told = tsm_last(now->conn, receiver)->ack;

    return (tsm_peer(now, receiver)->flags & EP_BAD_ACKED) != 0 &&
           ((r->flags & EP_ACKS) == 0 || tsm_seq_le(r->ack_sent, told)) &&
           (now->seg->seq == told || tsm_is_reset_reply(now, tsm_other(receiver)));
}

bool tsm_is_outside(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);

    if ((ep->flags & EP_SENT) == 0 ||
        (peer->flags & (EP_ACKS | EP_WINDOW)) != (EP_ACKS | EP_WINDOW)) {
        return false;
    }
    if (tsm_has(now->seg, TSM_RST) &&
        (now->seg->seq == peer->ack_sent || is_told_by_refused(now, tsm_other(sender)))) {
        return false; /* exact, whatever else the sender has sent: it answers that acknowledgment */
    }
    const int64_t room = (int64_t)peer->max_window + (1 << 16);
    const int64_t ahead = tsm_seq_diff(now->seg->seq, tsm_seq_max(ep->snd_nxt, peer->ack_sent));

    return ahead > room || -ahead > 2 * room + (1 << 20);
}

/* The first segment of a sender: its sequence space begins here. */
static void start_tracking(struct tsm_endpoint *ep, const struct tsm_segment *seg)
{
    if ((ep->flags & EP_SENT) == 0) {
        ep->contiguous = ep->snd_una = seg->seq;
        ep->snd_nxt = seg->seq;
        ep->flags |= EP_SENT;
    }
}

static void track_syn(struct tsm_endpoint *ep, const struct tsm_segment *seg, bool late)
{
    if (!tsm_has(seg, TSM_SYN)) {
        return;
    }
    if (late) {
        ep->iss = seg->seq;
        ep->syn_ts_val = (seg->known & TSM_HAS_TIMESTAMP) != 0 ? seg->ts_val : 0;
        ep->layout = seg->layout;
    } else if ((ep->flags & EP_ISS) == 0 || ep->iss != seg->seq) {
        ep->flags = 0; /* another incarnation: nothing of the old one holds */
        ep->fin_acked = ep->fin_ack_with_fin = false;
        ep->iss = seg->seq;
        ep->contiguous = ep->snd_una = ep->snd_nxt = seg->seq;
        ep->n_ranges = 0;
        ep->syn_ts_val = (seg->known & TSM_HAS_TIMESTAMP) != 0 ? seg->ts_val : 0;
        ep->layout = seg->layout;
    }
    ep->flags |= EP_ISS | EP_SENT;
    ep->flags |= (seg->flags & TSM_ACK) != 0 ? EP_SYN_ACK : EP_ACTIVE;
    if ((seg->known & TSM_HAS_WSCALE) != 0) {
        ep->flags |= EP_WSCALE;
        ep->wscale = seg->wscale;
    }
    if ((seg->known & TSM_HAS_SACK_PERM) != 0) {
        ep->flags |= EP_SACK;
    }
}

/* The sequence space [seq, end) of the sender, as captured. */
static uint32_t track_data(struct tsm_endpoint *ep, uint32_t seq, uint32_t end)
{
    ep->snd_nxt = tsm_seq_max(ep->snd_nxt, end);
    if (seq == end) {
        return 0;
    }
    if (tsm_seq_le(seq, ep->contiguous)) {
        ep->contiguous = tsm_seq_max(ep->contiguous, end);
        absorb_ranges(ep);
        return 0;
    }
    add_range(ep, seq, end);
    return TSM_NOTE_HOLE;
}

/* No receiver takes it, so it closes no hole: a segment without ACK, and data behind the FIN
 * (RFC 9293 3.10.7.4: fifth and seventh). */
static bool is_dropped(const struct tsm_endpoint *ep, const struct tsm_segment *seg)
{
    return (seg->flags & (TSM_ACK | TSM_SYN)) == 0 ||
           ((ep->flags & EP_FIN) != 0 && tsm_seq_lt(ep->fin_seq, seg->seq));
}

uint32_t tsm_track(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;
    const uint32_t end = tsm_segment_end(seg);

    if (tsm_has(seg, TSM_RST)) {
        return 0;
    }
    track_syn(ep, seg, now->is_late);
    start_tracking(ep, seg);
    /* The window of a SYN is never scaled (RFC 7323 2.2). */
    const unsigned shift = tsm_has(seg, TSM_SYN) ? 0 : tsm_window_shift(ep, peer);
    tsm_track_window(ep, seg, (uint32_t)seg->window << shift);
    if (tsm_has(seg, TSM_FIN | TSM_ACK) && (ep->flags & EP_FIN) == 0 &&
        tsm_seq_lt(ep->contiguous, end)) {
        ep->fin_seq = end - 1;
        ep->fin_ts_val = (seg->known & TSM_HAS_TIMESTAMP) != 0 ? seg->ts_val : 0;
        ep->flags |= EP_FIN;
    }
    tsm_note_first_data(now, ep);
    return is_dropped(ep, seg) || tsm_counts_fin(ep, peer, seg) ? 0 : track_data(ep, seg->seq, end);
}

/* Whether the receiver takes a RST with this sequence number, in a synchronized state. */
static bool reset_is_exact(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *receiver = &now->conn->ep[side];
    const struct tsm_endpoint *sender = tsm_peer(now, side);
    const uint32_t seq = now->seg->seq;

    if (is_told_by_refused(now, side)) {
        return seq == tsm_last(now->conn, side)->ack;
    }
    if (seq == sender->contiguous ||
        ((receiver->flags & EP_ACKS) != 0 && seq == receiver->ack_sent)) {
        return true;
    }
    for (unsigned i = 0; i < sender->n_ranges; i++) { /* Linux: the right edge of a SACK block */
        if (seq == sender->ranges[i].right) {
            return true;
        }
    }
    return (sender->flags & EP_SENT) == 0;
}

static bool in_window(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *receiver = &now->conn->ep[side];
    const uint32_t low = is_told_by_refused(now, side)      ? tsm_last(now->conn, side)->ack
                         : (receiver->flags & EP_ACKS) != 0 ? receiver->ack_sent
                                                            : tsm_peer(now, side)->contiguous;

    return (receiver->flags & EP_WINDOW) == 0 || now->seg->seq - low <= receiver->window;
}

/* RST. Sources: RFC 9293 3.10.7.3 (SYN_SENT), 3.10.7.4, RFC 5961 3.2 (exact or challenge). */
static void deliver_reset(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];
    const struct tsm_segment *seg = now->seg;
    const enum tsm_state state = tsm_state_of(r);
    const bool active = (r->flags & EP_ACTIVE) != 0;

    if (state <= TSM_LISTEN && state != TSM_UNKNOWN) {
        return;
    }
    if (r->base.state == TSM_SYN_SENT && state == TSM_SYN_SENT) {
        if (tsm_has(seg, TSM_ACK) && tsm_seq_lt(r->iss, seg->ack) &&
            tsm_seq_le(seg->ack, r->snd_nxt)) {
            tsm_presume(now, receiver, TSM_RCV_REFUSAL, false, 0);
        } else {
            now->out->notes |= TSM_NOTE_RST_IGNORED;
        }
        return;
    }
    if (state == TSM_SYN_RCVD) {
        if (in_window(now, receiver)) {
            tsm_presume(now, receiver, active ? TSM_RCV_REFUSAL : TSM_RCV_RST, false, 0);
        } else {
            now->out->notes |= TSM_NOTE_RST_IGNORED;
        }
        return;
    }
    if (reset_is_exact(now, receiver)) {
        tsm_presume(now, receiver, TSM_RCV_RST, false, 0);
    } else if (in_window(now, receiver)) {
        now->out->notes |= TSM_NOTE_RST_INEXACT;
        r->flags |= EP_CHALLENGED;
    } else {
        now->out->notes |= TSM_NOTE_RST_IGNORED;
    }
}

/* What an endpoint that was not seen to send has sent: as much as the peer acknowledges. */
static void begin_unseen(struct tsm_step *now, enum tsm_side receiver, uint32_t ack)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];

    if ((r->flags & EP_SENT) == 0) {
        r->snd_nxt = r->contiguous = r->snd_una = ack;
        r->flags |= EP_SENT;
        tsm_note_unseen(now, receiver, ack, ack);
    }
}

/* SYN and SYN-ACK. */
static void deliver_syn(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];
    const struct tsm_segment *seg = now->seg;
    const enum tsm_state state = tsm_state_of(r);

    if (!tsm_has(seg, TSM_ACK)) {
        if (state == TSM_SYN_SENT) {
            tsm_presume(now, receiver, TSM_RCV_SYN, true, seg->seq + 1);
            now->conn->flags |= CONN_SIMULTANEOUS;
            now->out->notes |= TSM_NOTE_SIMULTANEOUS_OPEN;
        } else if (state == TSM_LISTEN && !tsm_is_near(now->conn, receiver)) {
            tsm_widen(now, receiver, tsm_only(TSM_SYN_RCVD), now->ns, now->frame, TSM_RCV_SYN);
        } else if (state >= TSM_ESTABLISHED) {
            r->flags |= EP_CHALLENGED;
        }
        return;
    }
    if ((r->flags & EP_ISS) != 0 &&
        (tsm_seq_le(seg->ack, r->iss) || tsm_seq_lt(r->snd_nxt, seg->ack))) {
        now->out->notes |= TSM_NOTE_BAD_ACK;
        r->flags |= EP_BAD_ACKED;
        return;
    }
    begin_unseen(now, receiver, seg->ack);
    r->snd_una = seg->ack;
    r->flags |= EP_ACKED;
    tsm_retry_acked(r, now->ns);
    if (state == TSM_SYN_SENT || state == TSM_SYN_RCVD || state == TSM_UNKNOWN) {
        tsm_presume(now, receiver, TSM_RCV_SYN_ACK, true, seg->seq + 1);
    } else if (state >= TSM_ESTABLISHED) {
        r->flags |= EP_CHALLENGED;
    }
}

/* An acknowledgment from before everything that can still be under way. Source: RFC 5961 5.2. */
static bool is_too_old(const struct tsm_endpoint *r, const struct tsm_endpoint *s, uint32_t ack)
{
    return (r->flags & EP_ACKED) != 0 && (s->flags & EP_WINDOW) != 0 &&
           tsm_seq_lt(ack, r->snd_una - s->max_window);
}

/* Octets before `ack` that were not captured. */
static uint32_t unseen_before(const struct tsm_endpoint *ep, uint32_t ack)
{
    uint32_t unseen = ack - ep->contiguous;

    for (unsigned i = 0; i < ep->n_ranges; i++) {
        if (tsm_seq_lt(ep->ranges[i].left, ack)) {
            unseen -= tsm_seq_lt(ep->ranges[i].right, ack)
                          ? ep->ranges[i].right - ep->ranges[i].left
                          : ack - ep->ranges[i].left;
        }
    }
    return unseen;
}

/* The acknowledgment of what was outstanding explains why it was not repeated: what that silence
 * made possible, or named, is void before the acknowledgment itself is judged. */
static void withdraw_silence(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];

    if ((r->flags & EP_ACKED) == 0 || !tsm_seq_lt(r->snd_una, now->seg->ack)) {
        return;
    }
    if (r->base.basis == TSM_TIMED && r->base.since_ns > r->last_ns &&
        r->undo.state != TSM_TIME_WAIT && r->undo.state != TSM_FIN_WAIT_2) {
        tsm_undo(now, receiver);
        now->out->notes &= ~(uint32_t)TSM_NOTE_RESUMED; /* it has not spoken itself */
    }
    if (r->extra != 0 && r->extra_ns > r->last_ns) {
        tsm_narrow(now, receiver);
        if (tsm_unheard_ns(now, receiver) <= now->ns) {
            tsm_doubt_unheard(now, receiver); /* it has not spoken itself */
        }
    }
}

bool tsm_deliver_ack(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];
    struct tsm_endpoint *s = tsm_peer(now, receiver);
    const struct tsm_segment *seg = now->seg;
    const enum tsm_state state = tsm_state_of(r);
    const bool opening = state == TSM_SYN_RCVD || state == TSM_SYN_SENT;

    begin_unseen(now, receiver, seg->ack);
    if ((r->flags & EP_ACKS) != 0 && tsm_seq_lt(tsm_segment_end(seg), r->ack_sent)) {
        return false; /* before the window, as a keep-alive is: answered, and dropped with its ACK
                       */
    }
    if (tsm_seq_lt(r->snd_nxt, seg->ack)) {
        now->out->notes |= TSM_NOTE_BAD_ACK;
        r->flags |= EP_BAD_ACKED;
        return false;
    }
    if (is_too_old(r, s, seg->ack) ||
        (opening && (r->flags & EP_ISS) != 0 && tsm_seq_le(seg->ack, r->iss))) {
        now->out->notes |= TSM_NOTE_BAD_ACK;
        r->flags |= EP_BAD_ACKED;
        return false;
    }
    if ((r->flags & EP_ACKED) == 0 || tsm_seq_le(r->snd_una, seg->ack)) {
        withdraw_silence(now, receiver);
        r->snd_una = seg->ack;
        r->flags |= EP_ACKED;
        tsm_retry_acked(r, now->ns);
    }
    if (tsm_seq_lt(r->contiguous, seg->ack)) {
        now->conn->facts[receiver].unseen += unseen_before(r, seg->ack);
        tsm_note_unseen(now, receiver, r->contiguous, seg->ack);
        r->contiguous = seg->ack;
        absorb_ranges(r);
    }
    return true;
}

/* The client answers a SYN-ACK that was not captured, or acknowledges data of a server that was not
 * seen to speak: the server must have sent its SYN-ACK. */
static void imply_syn_ack(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];
    const struct tsm_endpoint *s = tsm_peer(now, receiver);

    if (receiver != TSM_SERVER || (r->flags & (EP_ACKS | EP_RST)) != 0 ||
        r->base.state == TSM_UNKNOWN || s->base.state < TSM_ESTABLISHED ||
        s->base.basis != TSM_PROVEN || tsm_state_of(r) > TSM_LISTEN) {
        return;
    }
    if (r->n_pending > 0) {
        tsm_confirm_first(now, receiver, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
    }
    tsm_move(now, receiver, TSM_PASSIVE_OPEN, TSM_PRESUMED);
    tsm_move(now, receiver, TSM_RCV_SYN, TSM_PRESUMED);
    now->out->notes |= TSM_NOTE_UNSEEN;
}

/* A later segment that takes sequence space carries the acknowledgment too: the receiver's own
 * acknowledgment of it will then prove that it got the acknowledgment of its SYN or FIN. */
static void cover_pending(struct tsm_endpoint *r, const struct tsm_segment *seg)
{
    for (unsigned i = 0; i < r->n_pending; i++) {
        struct tsm_pending *p = &r->pending[i];
        if (p->event == TSM_RCV_ACK_OF_FIN && (p->flags & PENDING_COVER) == 0) {
            p->cover = tsm_segment_end(seg);
            p->flags |= PENDING_COVER;
        }
    }
}

static void deliver_fin(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *s = tsm_peer(now, receiver);

    if ((s->flags & EP_FIN) == 0) {
        return;
    }
    if (tsm_seq_le(s->contiguous, s->fin_seq)) {
        s->flags |= EP_FIN_HELD;
        return;
    }
    if (tsm_has(now->seg, TSM_FIN) || (s->flags & EP_FIN_HELD) != 0) {
        s->flags &= ~(uint32_t)EP_FIN_HELD;
        tsm_presume(now, receiver, TSM_RCV_FIN, true, s->fin_seq + 1);
    }
}

/* What its acknowledgment brings to the receiver, and the FIN. */
static void deliver_accepted(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];
    const struct tsm_segment *seg = now->seg;
    const bool sends = tsm_segment_span(seg) > 0;

    imply_syn_ack(now, receiver);
    if (tsm_state_of(r) == TSM_SYN_RCVD) {
        const bool synced = (r->flags & EP_ISS) == 0 || tsm_seq_lt(r->iss, seg->ack);
        const bool fresh = (r->flags & EP_ACKS) == 0 || tsm_seq_le(r->ack_sent, seg->seq);
        if (synced && fresh) {
            tsm_presume(now, receiver, TSM_RCV_ACK_OF_SYN, false, 0);
        }
    }
    if ((r->flags & EP_FIN) != 0 && tsm_seq_lt(r->fin_seq, seg->ack)) {
        tsm_presume(now, receiver, TSM_RCV_ACK_OF_FIN, sends, tsm_segment_end(seg));
    }
    if (sends) {
        cover_pending(r, seg);
    }
    deliver_fin(now, receiver);
}

/* Nothing of the receiver was captured yet: it may have closed before. Its peer has not, when the
 * segment brings data or a FIN. */
static void doubt_unheard(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_belief *base = &now->conn->ep[receiver].base;

    base->possible |= tsm_only(TSM_FIN_WAIT_2);
    if (tsm_segment_span(now->seg) == 0) {
        base->possible |= tsm_only(TSM_CLOSE_WAIT);
    }
}

void tsm_deliver(struct tsm_step *now, enum tsm_side receiver)
{
    struct tsm_endpoint *r = &now->conn->ep[receiver];
    const struct tsm_segment *seg = now->seg;

    r->flags &= ~(uint32_t)EP_BAD_ACKED;
    if (r->base.state == TSM_UNKNOWN && r->n_pending == 0 &&
        (seg->flags & (TSM_SYN | TSM_RST | TSM_ACK)) == TSM_ACK) {
        doubt_unheard(now, receiver);
    }
    if (tsm_has(seg, TSM_RST)) {
        deliver_reset(now, receiver);
        return;
    }
    if (tsm_has(seg, TSM_SYN)) {
        deliver_syn(now, receiver);
        return;
    }
    if (tsm_has(seg, TSM_ACK)) { /* without ACK it is dropped, FIN and all: RFC 9293 3.10.7.4 */
        if (!tsm_deliver_ack(now, receiver)) {
            return;
        }
        deliver_accepted(now, receiver);
    }
    if (tsm_has(seg, TSM_ACK) && r->base.state == TSM_UNKNOWN && tsm_state_of(r) == TSM_UNKNOWN) {
        tsm_presume(now, receiver, TSM_RCV_SEGMENT, false, 0);
    }
}

bool tsm_icmp_ends_attempt(const struct tsm_endpoint *ep, const struct tsm_icmp_error *error)
{
    const bool request = ep->base.state == TSM_SYN_RCVD && (ep->flags & EP_ACTIVE) == 0 &&
                         !(error->type == 3 && error->code > 1);

    return error->fatal && (request || tsm_state_of(ep) == TSM_SYN_SENT);
}
