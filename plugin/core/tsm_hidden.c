/* tsm_hidden.c - what was not captured, told by what was.
 *
 * A segment acknowledges what its sender has received: where that was not captured, something of
 * the peer is missing, one segment or all of them (asymmetric routing, a filter on one direction).
 * What the missing segment was is guessed from its length alone; so what follows from it is
 * presumed, and where the ends were before stays possible until something rules it out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

/* It has sent what is acknowledged by a change of its state. */
static bool is_awaiting(const struct tsm_endpoint *ep)
{
    const unsigned state = ep->base.state;

    return state == TSM_SYN_RCVD || state == TSM_FIN_WAIT_1 || state == TSM_CLOSING ||
           state == TSM_LAST_ACK;
}

static enum tsm_event awaited(const struct tsm_endpoint *ep)
{
    return ep->base.state == TSM_SYN_RCVD ? TSM_RCV_ACK_OF_SYN : TSM_RCV_ACK_OF_FIN;
}

/* The third ACK: no request of a connection sends anything but SYN-ACKs before it. As no SYN-ACK
 * was repeated, it came a round trip after the last one, at any rate some time until now. */
static void reveal_third_ack(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_belief *base = &now->conn->ep[sender].base;
    const int64_t since_ns = base->since_ns;
    const uint32_t since_frame = base->since_frame;

    if (base->state == TSM_SYN_RCVD && now->conn->ep[sender].n_pending == 0 &&
        (now->conn->flags & (CONN_FASTOPEN | CONN_SIMULTANEOUS)) == 0) {
        tsm_move(now, sender, TSM_RCV_ACK_OF_SYN, TSM_PROVEN);
        tsm_backdate(now, sender, since_ns, since_frame, false);
    }
}

/* Its FIN may have come with the last of its data: an acknowledgment of more than one octet does
 * not tell. Asked when its peer closes, too. */
static void doubt_order(struct tsm_step *now, enum tsm_side hidden)
{
    const enum tsm_side sender = tsm_other(hidden);

    if (now->conn->ep[hidden].unseen_last > 1 && (now->conn->ep[hidden].flags & EP_FIN) == 0 &&
        (now->conn->ep[sender].flags & EP_FIN) == 0) {
        tsm_doubt(now, sender, tsm_only(TSM_CLOSE_WAIT));
        tsm_doubt(now, hidden, tsm_only(TSM_FIN_WAIT_2));
    }
}

/* Its SYN, which a SYN-ACK answers. */
static void reveal_syn(struct tsm_step *now, enum tsm_side hidden)
{
    if (now->conn->ep[hidden].base.state == TSM_UNKNOWN) {
        tsm_move(now, hidden, TSM_SND_SYN, TSM_PRESUMED);
    }
}

/* It speaks, so it has got what opens its side. */
static void reveal_open(struct tsm_step *now, enum tsm_side hidden)
{
    struct tsm_endpoint *ep = &now->conn->ep[hidden];

    while (ep->n_pending > 0 && tsm_state_of(ep) >= TSM_ESTABLISHED &&
           ep->base.state < TSM_ESTABLISHED && ep->base.state != TSM_UNKNOWN) {
        tsm_confirm_first(now, hidden, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
    }
}

void tsm_forget_fin(struct tsm_step *now, enum tsm_side hidden)
{
    struct tsm_endpoint *ep = &now->conn->ep[hidden];

    ep->flags &= ~(uint32_t)(EP_FIN | EP_FIN_GUESSED);
    ep->fin_acked = false;
    tsm_unmark_fin(now, hidden);
    tsm_withdraw_fin(now, hidden);
}

static void reveal_fin(struct tsm_step *now, enum tsm_side hidden)
{
    struct tsm_conn *conn = now->conn;
    struct tsm_endpoint *ep = &conn->ep[hidden];

    ep->fin_seq = now->seg->ack - 1;
    ep->flags |= EP_FIN | EP_FIN_GUESSED;
    tsm_guess_fin(now, hidden);
    if (conn->first_fin == 0) {
        conn->first_fin = conn->closed_by = (uint8_t)(1 + hidden);
    }
}

/* Its own number counted its FIN, which was not captured: tsm_note_own_number(). */
static bool counted_fin(const struct tsm_endpoint *ep)
{
    return (ep->flags & EP_FIN) == 0 &&
           (tsm_only((enum tsm_state)ep->base.state) & TSM_SENT_FIN) != 0;
}

/* One octet: an end that sends data and no FIN sends more of them, most of the time. */
static bool may_be_fin(const struct tsm_conn *conn, enum tsm_side hidden, uint32_t unseen)
{
    const struct tsm_endpoint *ep = &conn->ep[hidden];
    const enum tsm_state state = tsm_state_of(ep);
    const bool talked = (ep->flags & EP_DATA) != 0 || tsm_is_hidden(conn, hidden);

    return unseen == 1 && talked && (ep->flags & EP_FIN) == 0 &&
           (tsm_may_close(state) || counted_fin(ep));
}

/* What it sent last was acknowledged a round trip later, at the latest after a delayed
 * acknowledgment; until then either state is possible. */
static void date_ack(struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const int64_t sent_ns =
        tsm_at_least(ep->base.since_ns, ep->retry.count > 0 ? ep->retry.last_ns : 0);
    const int64_t round_trip_ns = tsm_at_least(now->conn->setup_ns, 0);
    const int64_t acked_ns = tsm_later(sent_ns, tsm_later(round_trip_ns, TSM_DELAYED_ACK_NS));
    const struct tsm_earlier acked = {
        .event = awaited(ep),
        .cause = awaited(ep),
        .basis = TSM_PRESUMED,
        .from_ns = tsm_at_most(now->ns, acked_ns),
    };

    tsm_widen(now, side, tsm_only(tsm_fsm_next((enum tsm_state)ep->base.state, acked.event)),
              sent_ns, ep->base.since_frame, acked.event);
    tsm_move_earlier(now, side, &acked);
}

/* Octets that it sent, as its peer acknowledges them now. */
static void reveal_octets(struct tsm_step *now, enum tsm_side hidden, uint32_t unseen)
{
    const enum tsm_side sender = tsm_other(hidden);
    struct tsm_endpoint *ep = &now->conn->ep[hidden];

    now->out->notes |= TSM_NOTE_UNSEEN;
    ep->unseen_from = ep->snd_nxt;
    ep->flags |= EP_UNSEEN;
    ep->snd_nxt = now->seg->ack;
    ep->unseen_last = unseen;
    if (tsm_is_hidden(now->conn, hidden)) {
        reveal_open(now, hidden);
    }
    if ((ep->flags & EP_FIN_GUESSED) != 0) {
        tsm_forget_fin(now, hidden);
    } else if (unseen > 1 || !counted_fin(ep)) {
        tsm_rule_out(now, hidden, TSM_SENT_FIN | tsm_only(TSM_CLOSED));
        tsm_rule_out(now, sender, TSM_RECEIVED_FIN | tsm_only(TSM_CLOSED));
    }
    if (tsm_is_hidden(now->conn, hidden) && now->conn->ep[sender].base.state == TSM_FIN_WAIT_1) {
        date_ack(now, sender);
        tsm_doubt(now, sender, tsm_only(TSM_FIN_WAIT_1));
    }
    if (may_be_fin(now->conn, hidden, unseen)) {
        reveal_fin(now, hidden);
    }
}

void tsm_reveal(struct tsm_step *now, enum tsm_side sender)
{
    const enum tsm_side hidden = tsm_other(sender);
    struct tsm_endpoint *ep = &now->conn->ep[hidden];
    const struct tsm_endpoint *s = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;

    if ((seg->flags & (TSM_ACK | TSM_RST)) != TSM_ACK || (now->conn->flags & CONN_SELF) != 0) {
        return;
    }
    if (tsm_has(seg, TSM_SYN)) {
        reveal_syn(now, hidden);
        return;
    }
    if (tsm_is_hidden(now->conn, hidden) || tsm_segment_span(seg) > 0) {
        reveal_third_ack(now, sender);
    }
    const uint32_t unseen = seg->ack - ep->snd_nxt;
    const uint32_t room = tsm_is_hidden(now->conn, hidden) ? INT32_MAX
                          : (s->flags & EP_WINDOW) != 0    ? s->max_window
                                                           : UINT16_MAX;
    const bool before =
        (ep->flags & EP_ACKS) != 0 && tsm_seq_lt(tsm_segment_end(seg), ep->ack_sent);
    const bool opening = tsm_state_of(ep) == TSM_SYN_RCVD || tsm_state_of(ep) == TSM_SYN_SENT;
    if ((ep->flags & EP_SENT) != 0 && tsm_seq_lt(ep->snd_nxt, seg->ack) && unseen <= room &&
        !before && !(opening && !tsm_is_hidden(now->conn, hidden))) {
        reveal_octets(now, hidden, unseen);
    }
    if (tsm_is_hidden(now->conn, hidden) && tsm_has(seg, TSM_FIN)) {
        doubt_order(now, hidden);
    }
}

void tsm_acked_hidden(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_endpoint *peer = tsm_peer(now, side);
    const enum tsm_side hidden = tsm_other(side);

    ep->retry.running = 0;
    if (is_awaiting(ep)) {
        date_ack(now, side);
    }
    while (peer->n_pending > 0) {
        tsm_confirm_first(now, hidden, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
    }
    if ((ep->flags & EP_FIN) != 0) {
        tsm_rule_out(now, side, tsm_only(TSM_FIN_WAIT_1) | tsm_only(TSM_CLOSING));
        tsm_rule_out(now, hidden, (tsm_state_set) ~(TSM_RECEIVED_FIN | tsm_only(TSM_CLOSED)));
    }
}

void tsm_doubt_hidden(struct tsm_step *now, enum tsm_side hidden)
{
    const struct tsm_endpoint *ep = &now->conn->ep[hidden];
    const struct tsm_endpoint *s = tsm_peer(now, hidden);
    const bool fin = ep->unseen_last > 1 && (ep->flags & EP_FIN) == 0 && (s->flags & EP_FIN) == 0;

    for (unsigned i = 0; i < 2; i++) {
        const enum tsm_side side = (enum tsm_side)i;
        const tsm_state_set closed =
            side == hidden ? tsm_only(TSM_FIN_WAIT_2) : tsm_only(TSM_CLOSE_WAIT);
        if (now->conn->ep[side].base.state >= TSM_ESTABLISHED &&
            tsm_state_of(&now->conn->ep[side]) != TSM_TIME_WAIT) {
            tsm_widen(now, side, (tsm_state_set)(tsm_only(TSM_CLOSED) | (fin ? closed : 0)),
                      s->last_ns, s->last_frame, TSM_CAUSE_SILENCE);
        }
    }
}

void tsm_doubt_acked(struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];

    if (ep->segments > 0 && is_awaiting(ep) && tsm_is_hidden(now->conn, tsm_other(side))) {
        tsm_doubt(now, side, tsm_fsm_image(ep->base.possible, awaited(ep)));
    }
}
