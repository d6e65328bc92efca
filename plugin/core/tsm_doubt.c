/* tsm_doubt.c - what is believed in spite of the capture, or against it.
 *
 * The idea: the capture misses segments, and holds some that the endpoint in whose name they come
 * never sent. Where acknowledgments tell of a FIN that was not captured, both ends move by
 * presumption, and where they were stays possible; where the sender goes on as if it had not
 * closed, the FIN is taken back, guessed or captured. Other states that the wire cannot tell from
 * the one named are kept beside it, until something rules them out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

/* One of its last segments behind its SYN has a time stamp. */
static bool stamps(const struct tsm_conn *conn, enum tsm_side side)
{
    for (unsigned i = 0; i < TSM_RECENT; i++) {
        if (conn->recent[side][i].ts_val != 0 && (conn->recent[side][i].flags & TSM_SYN) == 0) {
            return true;
        }
    }
    return false;
}

bool tsm_is_strange(const struct tsm_step *now, enum tsm_side sender)
{
    const uint32_t both = now->conn->ep[sender].flags & tsm_peer(now, sender)->flags;

    if ((now->seg->flags & (TSM_SYN | TSM_RST)) != 0 || (both & EP_ACKS) == 0) {
        return false;
    }
    return !tsm_has(now->seg, TSM_ACK) ||
           ((now->seg->known & (TSM_HAS_TIMESTAMP | TSM_OPTIONS_CUT)) == 0 &&
            (both & EP_TIMESTAMPS) != 0 && stamps(now->conn, sender));
}

bool tsm_is_strange_reset(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const uint32_t seq = now->seg->seq;
    const bool unacked = seq == 0 && tsm_has(now->seg, TSM_ACK); /* answers what has no ACK */

    if (unacked || ep->base.state < TSM_ESTABLISHED || (ep->flags & EP_ISS) == 0) {
        return false;
    }
    if (tsm_seq_le(seq, ep->iss) && (ep->flags & EP_BAD_ACKED) == 0) {
        return true;
    }
    if (ep->n_pending > 0 || (ep->flags & (EP_FIN | EP_FIN_GUESSED)) != EP_FIN) {
        return false;
    }
    return tsm_seq_lt(ep->fin_seq + 1, seq) ||
           (ep->base.state == TSM_TIME_WAIT && peer->last_ns <= ep->last_ns);
}

/* The state of an endpoint that has not closed, though it was thought to have. */
static enum tsm_state unclosed(enum tsm_state state)
{
    if (state == TSM_FIN_WAIT_1 || state == TSM_FIN_WAIT_2) {
        return TSM_ESTABLISHED;
    }
    return state == TSM_CLOSING || state == TSM_LAST_ACK || state == TSM_TIME_WAIT ? TSM_CLOSE_WAIT
                                                                                   : state;
}

/* Takes its last step back, or the last two: the FIN, and the ACK of it. */
static void unclose(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const enum tsm_state state = unclosed((enum tsm_state)ep->base.state);
    const enum tsm_state before = (enum tsm_state)ep->undo.state;

    if (state == (enum tsm_state)ep->base.state) {
        return;
    }
    if (ep->undo.possible != 0 && before == state) {
        tsm_undo(now, side);
        return;
    }
    const bool acknowledged = ep->undo.possible != 0 && unclosed(before) == state;
    const struct tsm_belief *fin = acknowledged ? &ep->undo : &ep->base;

    ep->base = tsm_known(state, TSM_PROVEN, fin->since_ns, fin->since_frame);
    ep->undo.possible = 0;
    ep->extra = 0;
    tsm_renew_pending(now, side);
    tsm_rewrite(now, side, ep->base.since_ns, ep->base.since_frame, TSM_CAUSE_RESUMED);
    now->out->notes |= TSM_NOTE_RESUMED;
}

void tsm_disown_fin(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_endpoint *peer = tsm_peer(now, side);

    if ((ep->flags & EP_FIN) != 0 && ep->snd_nxt == ep->fin_seq + 1) {
        ep->snd_nxt = ep->fin_seq;
        ep->contiguous = tsm_seq_lt(ep->fin_seq, ep->contiguous) ? ep->fin_seq : ep->contiguous;
    }
    ep->flags &= ~(uint32_t)(EP_FIN | EP_FIN_HELD | EP_FIN_AGAIN);
    ep->fin_acked = ep->fin_ack_with_fin = false;
    tsm_unmark_fin(now, side);
    unclose(now, side);
    for (unsigned k = 0; k < peer->n_pending; k++) {
        if (peer->pending[k].event == TSM_RCV_FIN) {
            tsm_refute(now, tsm_other(side), k);
            return;
        }
    }
}

static bool has_closed(const struct tsm_endpoint *ep)
{
    return (tsm_only((enum tsm_state)ep->base.state) & TSM_SENT_FIN) != 0;
}

/* Data behind a FIN that was only guessed: what was not captured was an octet of data. Data in the
 * place of a FIN that was captured: somebody else sent that, as a RST may be forged, too. It is
 * taken back, with what followed from it, unless the receiver has shown that it accepted it. A FIN
 * without ACK, which no receiver takes, has no place: any new data take it back. */
static void withdraw_fin(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;

    if (seg->payload == 0) {
        return;
    }
    if ((ep->flags & EP_FIN) == 0) {
        if (has_closed(ep) && tsm_seq_lt(ep->snd_nxt, seg->seq + seg->payload)) {
            tsm_disown_fin(now, sender);
        }
    } else if ((ep->flags & EP_FIN_GUESSED) != 0) {
        if (tsm_seq_lt(ep->fin_seq, seg->seq)) {
            tsm_forget_fin(now, sender);
        }
    } else if (tsm_seq_le(seg->seq, ep->fin_seq) &&
               tsm_seq_lt(ep->fin_seq, seg->seq + seg->payload)) {
        tsm_disown_fin(now, sender);
    }
}

/* Octets counted as not captured when more was acknowledged. */
static uint32_t unseen_since(const struct tsm_conn *conn, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &conn->ep[side];
    const uint32_t octets = ep->contiguous - ep->unseen_from;
    const uint32_t counted = conn->facts[side].unseen;

    return tsm_seq_le(ep->contiguous, ep->unseen_from) ? 0 : octets < counted ? octets : counted;
}

/* The peer acknowledged more than was captured: a gap in the capture, it was thought. But now the
 * sender shows that it has sent no more: the segment was not acceptable, and this answers it
 * (RFC 9293 3.10.7.4: if the ACK acks something not yet sent, send an ACK and drop the segment). */
static void withdraw_unseen(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    struct tsm_endpoint *peer = tsm_peer(now, sender);

    if ((ep->flags & EP_UNSEEN) == 0) {
        return;
    }
    ep->flags &= ~(uint32_t)EP_UNSEEN;
    if (tsm_segment_span(now->seg) > 0 || now->seg->seq != ep->unseen_from) {
        return;
    }
    now->conn->facts[sender].unseen -= unseen_since(now->conn, sender);
    ep->snd_nxt = ep->contiguous = ep->snd_una = ep->unseen_from;
    peer->ack_sent = ep->unseen_from;
    for (unsigned k = 0; k < ep->n_pending; k++) {
        if (ep->pending[k].frame == peer->last_frame) {
            tsm_refute(now, sender, k);
        }
    }
}

void tsm_withdraw(struct tsm_step *now, enum tsm_side sender)
{
    withdraw_fin(now, sender);
    withdraw_unseen(now, sender);
}

/* What was presumed of it up to now is taken as so, and everything that was possible stays so. */
static tsm_state_set take_as_known(struct tsm_step *now, enum tsm_side side)
{
    const tsm_state_set possible = now->conn->belief[side].possible;

    while (now->conn->ep[side].n_pending > 0) {
        tsm_confirm_first(now, side, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
    }
    return possible & (tsm_state_set)~tsm_only(TSM_UNKNOWN);
}

/* One end of a guessed FIN: it sent it, or received it. */
static void guess_at(struct tsm_step *now, enum tsm_side side, enum tsm_event event)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    tsm_state_set others = take_as_known(now, side);

    const struct tsm_endpoint *acker = event == TSM_SND_FIN ? tsm_peer(now, side) : ep;
    ep->guess_ns =
        tsm_at_least(tsm_at_least(acker->last_ns, now->ns - TSM_DELAYED_ACK_NS), ep->base.since_ns);
    ep->guess_frame = acker->last_frame;
    ep->guess_before = ep->base.state;
    if (event == TSM_RCV_FIN && tsm_move(now, side, TSM_RCV_ACK_OF_FIN, TSM_PRESUMED)) {
        others |= tsm_fsm_image(others, TSM_RCV_ACK_OF_FIN);
    }
    if (tsm_move(now, side, event, TSM_PRESUMED)) {
        others |= tsm_fsm_image(others, event);
    }
    ep->base.basis = TSM_PRESUMED;
    ep->base.possible |= others;
    ep->base.since_ns = ep->guess_ns;
    tsm_rewrite(now, side, ep->guess_ns, ep->guess_frame, event);
}

void tsm_guess_fin(struct tsm_step *now, enum tsm_side sender)
{
    guess_at(now, sender, TSM_SND_FIN);
    guess_at(now, tsm_other(sender), TSM_RCV_FIN);
}

/* The state of the set that comes first in the life of a connection; where one is ESTABLISHED
 * beside others, it has not closed. */
static enum tsm_state first_of(tsm_state_set set)
{
    unsigned s = 0;

    while (s + 1 < TSM_N_STATES && !tsm_contains(set, (enum tsm_state)s)) {
        s++;
    }
    return (enum tsm_state)s;
}

static void withdraw_at(struct tsm_step *now, enum tsm_side side, tsm_state_set void_states)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const tsm_state_set left =
        now->conn->belief[side].possible & (tsm_state_set) ~(void_states | tsm_only(TSM_CLOSED));
    const int64_t since_ns = ep->base.since_ns;
    const uint32_t since_frame = ep->base.since_frame;

    if (left == 0 || ep->guess_ns == 0) {
        return;
    }
    ep->n_pending = 0;
    ep->undo.possible = 0;
    ep->base =
        tsm_known((enum tsm_state)ep->guess_before, TSM_PRESUMED, ep->guess_ns, ep->guess_frame);
    tsm_rewrite(now, side, ep->guess_ns, ep->guess_frame, TSM_CAUSE_REFUTED);
    if (!tsm_contains(left, (enum tsm_state)ep->guess_before)) {
        ep->base = tsm_known(first_of(left), TSM_PRESUMED, since_ns, since_frame);
        tsm_rewrite(now, side, since_ns, since_frame, TSM_CAUSE_REFUTED);
    }
    ep->base.possible |= left;
    now->out->notes |= TSM_NOTE_REFUTED;
}

void tsm_withdraw_fin(struct tsm_step *now, enum tsm_side sender)
{
    withdraw_at(now, sender, TSM_SENT_FIN);
    withdraw_at(now, tsm_other(sender), TSM_RECEIVED_FIN);
}

void tsm_doubt(struct tsm_step *now, enum tsm_side side, tsm_state_set others)
{
    struct tsm_belief *base = &now->conn->ep[side].base;

    if ((base->possible | others) != base->possible) {
        base->possible |= others;
        base->basis = base->basis == TSM_PROVEN ? TSM_PRESUMED : base->basis;
        tsm_publish(now, side, TSM_CAUSE_SILENCE);
    }
}

void tsm_doubt_closed(struct tsm_step *now, enum tsm_side side, int64_t from_ns,
                      uint32_t from_frame)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_belief base = ep->base;

    if (ep->undo.possible == 0 || !tsm_may_close((enum tsm_state)ep->undo.state)) {
        return;
    }
    ep->base = ep->undo;
    ep->base.possible |= tsm_only((enum tsm_state)base.state);
    tsm_rewrite(now, side, from_ns, from_frame, TSM_CAUSE_OVERDUE);
    ep->base = base;
    tsm_rewrite(now, side, now->ns, now->frame, TSM_SND_FIN);
}

void tsm_rule_out(struct tsm_step *now, enum tsm_side side, tsm_state_set set)
{
    struct tsm_belief *base = &now->conn->ep[side].base;
    const tsm_state_set before = base->possible;

    base->possible &= (tsm_state_set) ~(set & tsm_others_of(base));
    if (base->possible != before && base->state != TSM_UNKNOWN) {
        tsm_rewrite(now, side, base->since_ns, base->since_frame, TSM_CAUSE_CONFIRMED);
    }
}

#define OPEN_STATES (tsm_only(TSM_ESTABLISHED) | tsm_only(TSM_CLOSE_WAIT))
#define UNACKED_FIN (tsm_only(TSM_FIN_WAIT_1) | tsm_only(TSM_CLOSING) | tsm_only(TSM_LAST_ACK))

void tsm_doubt_silent(struct tsm_step *now, enum tsm_side receiver)
{
    const struct tsm_endpoint *ep = &now->conn->ep[receiver];
    const enum tsm_state state = tsm_state_of(ep);
    tsm_state_set more = tsm_only(TSM_CLOSED);

    if (state < TSM_ESTABLISHED) {
        return;
    }
    if (tsm_contains(OPEN_STATES, state) && !tsm_is_near(now->conn, receiver)) {
        more |= tsm_fsm_image(now->conn->belief[receiver].possible & OPEN_STATES, TSM_SND_FIN);
        more |= state == TSM_CLOSE_WAIT ? tsm_fsm_image(more, TSM_RCV_FIN) : 0;
    }
    tsm_widen(now, receiver, more, ep->last_ns, ep->last_frame, TSM_CAUSE_SILENCE);
}

void tsm_note_fin_copy(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];

    if (tsm_has(now->seg, TSM_FIN | TSM_ACK) && (ep->flags & EP_FIN) == 0 &&
        (ep->extra & UNACKED_FIN) != 0 && !tsm_is_near(now->conn, sender)) {
        ep->flags |= EP_FIN_COPY;
    }
}

void tsm_doubt_fin_copy(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];

    ep->flags &= ~(uint32_t)EP_FIN_COPY;
    tsm_doubt_until_now(now, sender, tsm_fsm_image(ep->base.possible & OPEN_STATES, TSM_SND_FIN),
                        ep->extra_ns, ep->extra_frame);
}

/* Its last word left it open, and nothing is on its way to it that silence would confirm. */
static inline bool is_open(const struct tsm_endpoint *ep)
{
    if (ep->n_pending > 0) {
        return ep->base.state == TSM_SYN_RCVD && tsm_is_deferred(ep);
    }
    return ep->base.basis == TSM_PROVEN &&
           tsm_contains(OPEN_STATES, (enum tsm_state)ep->base.state);
}

int64_t tsm_unheard_ns(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];

    if (ep->retry.running || !is_open(ep) || ep->segments == 0 ||
        (ep->extra & tsm_only(TSM_CLOSED)) != 0) {
        return TSM_NEVER_NS;
    }
    return tsm_later(tsm_heard_ns(now, ep->last_ns), TSM_UNHEARD_NS);
}

void tsm_doubt_unheard(struct tsm_step *now, enum tsm_side side)
{
    const tsm_state_set open = now->conn->belief[side].possible & OPEN_STATES;
    const bool placed =
        now->conn->vantage != TSM_AT_UNKNOWN || (now->conn->flags & CONN_GAPS_KNOWN) != 0;
    const bool far = placed && !tsm_is_near(now->conn, side);
    const tsm_state_set closed = far ? tsm_fsm_image(open, TSM_SND_FIN) : 0;

    tsm_widen(now, side, tsm_only(TSM_CLOSED) | closed,
              tsm_heard_ns(now, now->conn->ep[side].last_ns) + TSM_FRESH_NS, 0, TSM_CAUSE_SILENCE);
}

void tsm_adopt_older(struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_conn *conn = now->conn;
    struct tsm_endpoint *ep = &now->conn->ep[side];

    ep->base = tsm_known(TSM_UNKNOWN, TSM_ASSUMED, conn->start_ns, conn->start_frame);
    ep->base.possible |=
        tsm_only(TSM_SYN_RCVD) | tsm_only(TSM_ESTABLISHED) | TSM_SENT_FIN | TSM_RECEIVED_FIN;
    ep->n_pending = 0;
    ep->extra = 0;
}

/* It sends or acknowledges what its sender had not before, or is stamped later (RFC 7323 4.1). */
static bool says_new(const struct tsm_endpoint *ep, const struct tsm_segment *seg)
{
    const bool stamped = (seg->known & TSM_HAS_TIMESTAMP) != 0 && (ep->flags & EP_TIMESTAMPS) != 0;
    const bool acks_more =
        tsm_has(seg, TSM_ACK) && ((ep->flags & EP_ACKS) == 0 || tsm_seq_lt(ep->ack_sent, seg->ack));

    return acks_more || (ep->flags & EP_SENT) == 0 ||
           tsm_seq_lt(ep->snd_nxt, tsm_segment_end(seg)) ||
           (stamped && tsm_seq_lt(ep->ts_val, seg->ts_val));
}

bool tsm_repeats_attempt(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];

    return (now->seg->flags & (TSM_SYN | TSM_ACK)) == TSM_SYN && now->seg->seq == ep->iss &&
           (ep->flags & (EP_RST | EP_ISS)) == (EP_RST | EP_ISS) && ep->base.state == TSM_CLOSED &&
           (says_new(ep, now->seg) || now->ns - ep->retry.last_ns >= TSM_MIN_RTO_NS);
}

void tsm_reopen(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];

    ep->flags &= ~(uint32_t)EP_RST;
    if (ep->undo.state == TSM_SYN_SENT && tsm_undo(now, sender)) {
        return;
    }
    tsm_move(now, sender, TSM_SND_SYN, TSM_PROVEN);
    if (!says_new(ep, now->seg)) {
        tsm_doubt(now, sender, tsm_only(TSM_CLOSED));
    }
}

bool tsm_is_stale(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;

    if ((ep->flags & EP_RST) != 0 && ep->base.state == TSM_CLOSED) {
        return !says_new(ep, seg) && !tsm_repeats_attempt(now, sender);
    }
    if (tsm_has(seg, TSM_SYN) && (ep->flags & EP_ISS) != 0 && seg->seq == ep->iss) {
        return ep->base.state >= TSM_ESTABLISHED && ep->base.basis == TSM_PROVEN;
    }
    return tsm_has(seg, TSM_FIN) && ep->base.basis == TSM_PROVEN &&
           (ep->base.state == TSM_FIN_WAIT_2 || ep->base.state == TSM_TIME_WAIT) &&
           (ep->flags & EP_FIN) != 0;
}
