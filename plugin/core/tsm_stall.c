/* tsm_stall.c - a FIN that waits behind what cannot be sent.
 *
 * The idea: close() moves an endpoint at once, whatever its FIN has to wait for (RFC 9293 3.10.4:
 * "in any case, enter FIN-WAIT-1 state"). While its peer's window is shut, or so small that it is
 * filled at once, or what it sent is not acknowledged and has to be repeated (RFC 5681 3.1: then it
 * may send one segment), it may have been closed, and nothing shows it. So from then on the state
 * behind a FIN is possible beside the one named, until it sends as only an endpoint does that was
 * held back by nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

/* A longer pause after all was acknowledged, and no FIN was waiting; assumed. */
#define APP_PAUSE_NS (20 * TSM_MS)

/* The peer's last segment was but an acknowledgment of what it had sent. */
static bool is_clocked(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_seen *last = tsm_last(now->conn, tsm_other(side));

    return last->payload == 0 && (last->flags & (TSM_SYN | TSM_FIN)) == 0;
}

tsm_state_set tsm_held_states(const struct tsm_endpoint *ep)
{
    const tsm_state_set open = tsm_only(TSM_ESTABLISHED) | tsm_only(TSM_CLOSE_WAIT);
    tsm_state_set held = tsm_fsm_image(ep->base.possible & open, TSM_SND_FIN);

    if (ep->base.state == TSM_CLOSE_WAIT && ep->base.since_ns > ep->stall_ns) {
        held |= tsm_only(TSM_CLOSING); /* closed before the peer's FIN came */
    }
    return held;
}

/* Its last segment filled the window that its peer leaves: it may have more to send, which waits
 * for a larger window, or goes out by and by (RFC 9293 3.8.6.2.1: silly windows are not filled at
 * once).
 */
static bool fills_window(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *peer = tsm_peer(now, sender);

    return now->seg->payload > 0 && tsm_is_silly(peer) && (peer->flags & EP_ACKS) != 0 &&
           now->seg->seq + now->seg->payload == peer->ack_sent + peer->window;
}

/* Its peer's window holds it back. */
static bool is_shut(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *peer = tsm_peer(now, side);

    return peer->window == 0 || ((now->conn->ep[side].flags & EP_SHUT) != 0 && tsm_is_silly(peer));
}

/* Something holds the endpoint back since then. */
static void begin(struct tsm_step *now, enum tsm_side side, int64_t from_ns, uint32_t from_frame)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    if ((ep->flags & EP_STALLED) != 0 || !tsm_may_close(tsm_state_of(ep))) {
        return;
    }
    ep->stall_ns = from_ns;
    ep->stall_frame = from_frame;
    ep->flags |= EP_STALLED;
    tsm_rewrite(now, side, from_ns, from_frame, TSM_CAUSE_OVERDUE);
}

/* Nothing does any more, and no FIN was held back: it was not closed, in hindsight either. */
static void end(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    ep->flags &= ~(uint32_t)(EP_STALLED | EP_SHUT);
    tsm_rewrite(now, side, ep->stall_ns, ep->stall_frame, TSM_CAUSE_CONFIRMED);
}

/* How long after a segment to it what it answers is captured, at the latest. */
static int64_t reaction_ns(const struct tsm_step *now, enum tsm_side side)
{
    const int64_t own_ns = tsm_at_least(now->conn->ep[side].reaction_ns, 0);

    return tsm_later(APP_PAUSE_NS, tsm_later(own_ns, own_ns));
}

/* How long after a segment to it what it was waiting to send is captured, at the latest: it may
 * send its segments a round trip apart. */
static int64_t patience_ns(const struct tsm_step *now, enum tsm_side side)
{
    return tsm_later(reaction_ns(now, side), tsm_at_least(tsm_peer(now, side)->reaction_ns, 0));
}

/* A FIN at the end of what was held back, or of what it sent without a break: close() was called
 * meanwhile, nobody knows when. Since a window was shut, half of the time is named before it: the
 * rest may still have been written then, or long been there. */
static void note_fin(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const uint32_t flags = ep->flags;

    ep->flags &= ~(uint32_t)(EP_STALLED | EP_SHUT);
    if (ep->base.since_frame != now->frame) {
        return;
    }
    if ((flags & EP_STALLED) != 0 || ep->retry.running) {
        tsm_doubt_closed(now, sender, ep->stall_ns, ep->stall_frame);
    }
    if ((flags & EP_SHUT) != 0) {
        tsm_backdate(now, sender, ep->shut_ns + (now->ns - ep->shut_ns) / 2, 0, false);
    }
}

/* It sends. New data that nothing called for: nothing held it back. */
static void note_sending(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];

    if (now->is_probe || tsm_segment_span(now->seg) == 0 ||
        (now->out->notes & TSM_NOTE_RETRANSMISSION) != 0) {
        return;
    }
    const int64_t quiet_ns = now->ns - tsm_peer(now, sender)->last_ns;

    if (quiet_ns > reaction_ns(now, sender)) {
        ep->flags &= ~(uint32_t)EP_SHUT; /* it is not the window that it waited for */
    }
    if (quiet_ns <= patience_ns(now, sender)) {
        if (tsm_has(now->seg, TSM_FIN)) {
            note_fin(now, sender);
        }
    } else if ((ep->flags & EP_STALLED) != 0) {
        end(now, sender);
    }
}

/* It repeats data. On its own host a FIN would have been captured until then; elsewhere it may have
 * been lost as the data was. */
static void note_repeat(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];

    if (now->seg->payload == 0 || now->is_probe || ep->retry.last_ns == 0 ||
        (now->out->notes & TSM_NOTE_RETRANSMISSION) == 0 ||
        tsm_is_hidden(now->conn, tsm_other(sender))) {
        return;
    }
    if (tsm_is_near(now->conn, sender)) {
        begin(now, sender, now->ns, now->frame);
    } else {
        begin(now, sender, ep->retry.last_ns, ep->last_frame);
    }
}

/* Its peer's window is shut, or filled: from the first such segment on. */
static void note_shut(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    begin(now, side, now->ns, now->frame);
    if ((ep->flags & EP_SHUT) == 0 || !is_shut(now, side)) {
        ep->flags |= EP_SHUT;
        ep->shut_ns = now->ns;
    }
}

void tsm_note_run(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const int64_t quiet_ns = now->ns - tsm_peer(now, sender)->last_ns;

    if (!is_clocked(now, sender) || quiet_ns > patience_ns(now, sender)) {
        ep->stall_ns = now->ns;
        ep->stall_frame = now->frame;
    }
}

void tsm_note_stall(struct tsm_step *now, enum tsm_side sender)
{
    const enum tsm_side peer = tsm_other(sender);

    if ((now->seg->flags & (TSM_SYN | TSM_RST)) != 0 || (now->conn->flags & CONN_SELF) != 0) {
        return;
    }
    if (now->seg->window == 0) {
        note_shut(now, peer);
    }
    if (fills_window(now, sender)) {
        note_shut(now, sender);
    } else {
        note_sending(now, sender);
    }
    note_repeat(now, sender);
}

int64_t tsm_stall_over_ns(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_endpoint *peer = tsm_peer(now, side);

    if ((ep->flags & EP_STALLED) == 0 || !tsm_may_close((enum tsm_state)ep->base.state) ||
        ep->retry.running || is_shut(now, side)) {
        return TSM_NEVER_NS;
    }
    /* Elsewhere the acknowledgment may be lost behind the tap: it would repeat its data first. */
    const int64_t again_ns =
        tsm_is_near(now->conn, side) ? 0 : tsm_overdue(tsm_next_due(now, side).likely_ns);
    return tsm_later(tsm_heard_ns(now, peer->last_ns),
                     tsm_at_least(patience_ns(now, side), again_ns));
}

void tsm_stall_over(struct tsm_step *now, enum tsm_side side)
{
    end(now, side);
}
