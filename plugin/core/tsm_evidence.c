/* tsm_evidence.c - what a segment proves of the endpoint that sent it.
 *
 * A sender's own segment tells what it had received when it sent it: its acknowledgment covers the
 * peer's FIN or does not, its time stamp echoes the peer's segment or an older one, it repeats what
 * it would not repeat had the answer arrived. So pending events are confirmed or refuted here, then
 * the segment's own event moves the base.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

enum judgement { OPEN, NOT_YET, CONFIRMED, CONFIRMED_AGAIN, REFUTED };

#define UNKNOWN_REACTION_NS (200 * TSM_MS) /* round trip when no handshake was seen; assumed */

bool tsm_is_late(const struct tsm_step *now, enum tsm_side side, int64_t since_ns)
{
    const int64_t reaction = now->conn->ep[side].reaction_ns;
    int64_t slack = UNKNOWN_REACTION_NS;

    if (tsm_is_near(now->conn, side)) {
        slack = TSM_NEAR_DELAY_NS;
    } else if (reaction >= 0) {
        slack = tsm_later(tsm_later(reaction, reaction), 2 * TSM_MS);
    }
    return now->ns - since_ns > slack;
}

bool tsm_is_network_copy(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;
    const bool syn = tsm_has(seg, TSM_SYN);

    if ((seg->known & TSM_HAS_TIMESTAMP) == 0 || (ep->flags & EP_TIMESTAMPS) == 0 ||
        (ep->flags & (syn ? EP_ISS : EP_FIN)) == 0) {
        return false;
    }
    return seg->ts_val == (syn ? ep->syn_ts_val : ep->fin_ts_val) &&
           now->ns - ep->retry.last_ns > 10 * TSM_MS;
}

static bool acks(const struct tsm_segment *seg, uint32_t upto)
{
    return (seg->flags & TSM_ACK) != 0 && tsm_seq_le(upto, seg->ack);
}

/* The segment echoes the time stamp of the one that carried the event. It must be newer than what
 * the endpoint echoed before, or else it proves nothing. Source: RFC 7323 4.3. */
static bool echoes(const struct tsm_step *now, const struct tsm_pending *p, uint32_t ts)
{
    return (p->flags & PENDING_TS) != 0 && (now->seg->known & TSM_HAS_TIMESTAMP) != 0 &&
           tsm_seq_le(ts, now->seg->ts_ecr);
}

/* It echoes a time stamp that no segment before the one that carried the event had. */
static bool proves_delivery(const struct tsm_step *now, const struct tsm_pending *p)
{
    return (p->flags & PENDING_TS_NEW) != 0 && echoes(now, p, p->ts);
}

/* Which of the two deliveries was it, when the segment that carried the event was repeated? A
 * receiver that has the first answers the second with a DSACK (RFC 2883) and keeps echoing the
 * first one's time stamp; to one that lost the first, the second is new. */
static enum judgement which_delivery(const struct tsm_step *now, const struct tsm_pending *p)
{
    const struct tsm_segment *seg = now->seg;

    if (p->again_ns == 0) {
        return CONFIRMED;
    }
    if ((seg->known & TSM_HAS_SACK) != 0 && tsm_seq_lt(seg->sack_left, seg->ack)) {
        return CONFIRMED;
    }
    if ((seg->known & TSM_HAS_TIMESTAMP) != 0 && p->again_ts != p->ts) {
        return echoes(now, p, p->again_ts) ? CONFIRMED_AGAIN : CONFIRMED;
    }
    return CONFIRMED_AGAIN;
}

static enum judgement judge_contradiction(const struct tsm_step *now, enum tsm_side sender,
                                          const struct tsm_pending *p)
{
    return tsm_is_late(now, sender, p->sent_ns) ? REFUTED : NOT_YET;
}

/* The SYN-ACK, or in a simultaneous open the SYN, that the sender answers or still lacks. */
static enum judgement judge_open(const struct tsm_step *now, enum tsm_side sender,
                                 const struct tsm_pending *p)
{
    const struct tsm_segment *seg = now->seg;

    if ((seg->flags & (TSM_SYN | TSM_ACK)) == TSM_SYN) {
        return judge_contradiction(now, sender, p);
    }
    if (tsm_has(seg, TSM_SYN) && p->event == TSM_RCV_SYN_ACK) {
        return NOT_YET; /* simultaneous open: it answers the SYN, the SYN-ACK may be under way */
    }
    return acks(seg, p->cover) ? CONFIRMED : OPEN;
}

/* The ACK of its SYN-ACK. Fast Open data and FIN may go out before it (RFC 7413 4.2). */
static enum judgement judge_ack_of_syn(const struct tsm_step *now, enum tsm_side sender,
                                       const struct tsm_pending *p)
{
    const struct tsm_segment *seg = now->seg;

    if (tsm_has(seg, TSM_SYN)) {
        return tsm_is_network_copy(now, sender) ? OPEN : judge_contradiction(now, sender, p);
    }
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const bool progress =
        (ep->flags & EP_ACKS) != 0 && tsm_has(seg, TSM_ACK) && tsm_seq_lt(ep->ack_sent, seg->ack);

    if ((now->conn->flags & CONN_FASTOPEN) != 0 && !progress && !proves_delivery(now, p)) {
        return OPEN;
    }
    return CONFIRMED;
}

/* A receiver that acknowledges the data before the FIN, one segment after the other, has yet to get
 * there. */
static enum judgement judge_fin(const struct tsm_step *now, enum tsm_side sender,
                                const struct tsm_pending *p)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];

    if (acks(now->seg, p->cover)) {
        return which_delivery(now, p);
    }
    if ((now->seg->flags & TSM_ACK) == 0) {
        return OPEN;
    }
    return (ep->flags & EP_ACKS) != 0 && tsm_seq_lt(ep->ack_sent, now->seg->ack)
               ? NOT_YET
               : judge_contradiction(now, sender, p);
}

static enum judgement judge_ack_of_fin(const struct tsm_step *now, enum tsm_side sender,
                                       const struct tsm_pending *p)
{
    const struct tsm_segment *seg = now->seg;

    const bool again = (now->out->notes & TSM_NOTE_RETRANSMISSION) != 0 && seg->payload > 0;

    if (tsm_has(seg, TSM_FIN) || again) { /* the ACK of the FIN was one of all data, too */
        return tsm_is_network_copy(now, sender) ? OPEN : judge_contradiction(now, sender, p);
    }
    if ((p->flags & PENDING_COVER) != 0 && acks(seg, p->cover)) {
        return CONFIRMED;
    }
    return proves_delivery(now, p) ? CONFIRMED : OPEN;
}

/* A SYN-ACK of another connection than the one that the endpoint had: it has another initial
 * sequence number, or, where that was not captured, one that does not lie just before what was. */
static bool begins_anew(const struct tsm_endpoint *ep, const struct tsm_segment *seg)
{
    if ((ep->flags & EP_ISS) != 0) {
        return ep->iss != seg->seq;
    }
    return (ep->flags & EP_SENT) != 0 && ep->snd_nxt - (seg->seq + 1) > UINT16_MAX;
}

/* What ends a connection: who still speaks was not ended by it. But a SYN-ACK with a new initial
 * sequence number is of a new connection, for which the old one had to be gone. */
static enum judgement judge_end(const struct tsm_step *now, enum tsm_side sender,
                                const struct tsm_pending *p)
{
    if (tsm_has(now->seg, TSM_SYN | TSM_ACK) && begins_anew(&now->conn->ep[sender], now->seg)) {
        return CONFIRMED;
    }
    return judge_contradiction(now, sender, p);
}

/* What the sender's segment says of one pending event. */
static enum judgement judge(const struct tsm_step *now, enum tsm_side sender,
                            const struct tsm_pending *p)
{
    switch ((enum tsm_event)p->event) {
    case TSM_PASSIVE_OPEN:
        return CONFIRMED;
    case TSM_RCV_SYN:
    case TSM_RCV_SYN_ACK:
        return judge_open(now, sender, p);
    case TSM_RCV_ACK_OF_SYN:
        return judge_ack_of_syn(now, sender, p);
    case TSM_RCV_FIN:
        return judge_fin(now, sender, p);
    case TSM_RCV_ACK_OF_FIN:
        return judge_ack_of_fin(now, sender, p);
    default: /* resets and errors */
        return judge_end(now, sender, p);
    }
}

/* The segment that carried the ACK of its FIN carried a FIN, too, which arrived with its repeat. */
static bool came_again(const struct tsm_step *now, const struct tsm_pending *p)
{
    const struct tsm_pending *fin = p + 1;

    return fin->event == TSM_RCV_FIN && fin->sent_ns == p->sent_ns && acks(now->seg, fin->cover) &&
           which_delivery(now, fin) == CONFIRMED_AGAIN;
}

/* Confirms and refutes what was presumed of the sender. A segment that is older than another of the
 * same sender (captured out of order) refutes nothing. */
static void settle(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const bool stale = (ep->flags & EP_ACKS) != 0 && (now->seg->flags & TSM_ACK) != 0 &&
                       tsm_seq_lt(now->seg->ack, ep->ack_sent);

    for (unsigned k = 0; k < ep->n_pending;) {
        const enum judgement verdict = judge(now, sender, &ep->pending[k]);
        if (verdict == REFUTED) {
            if (!stale) {
                tsm_refute(now, sender, k);
            }
            return;
        }
        if (verdict == NOT_YET) {
            if (!stale) {
                tsm_postpone(now, sender, k);
            }
            return;
        }
        if (verdict == OPEN) {
            k++;
            continue;
        }
        for (; k > 0; k--) { /* TCP delivers in order: what came before it arrived too */
            tsm_confirm_first(now, sender, TSM_PROVEN, false, TSM_CAUSE_CONFIRMED);
        }
        const struct tsm_pending *p = &ep->pending[0];
        const bool again = verdict == CONFIRMED_AGAIN ||
                           (p->again_ns != 0 && ep->n_pending > 1 && came_again(now, p));
        tsm_confirm_first(now, sender, TSM_PROVEN, again, TSM_CAUSE_CONFIRMED);
    }
}

/* Which of several SYNs does the first captured SYN-ACK answer? A server keeps the time stamp of
 * the SYN that made the request (measured on Linux): when it echoes the first, an earlier SYN-ACK
 * was lost, and the request is as old as the first SYN. Where there was one SYN, and the SYN-ACK
 * comes as late as its first repeat does, that is what it is, probably. */
static void date_request(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *peer = tsm_peer(now, sender);

    if (now->conn->syn_tries > 1 && (now->seg->known & TSM_HAS_TIMESTAMP) != 0 &&
        (peer->flags & EP_TIMESTAMPS) != 0 && now->seg->ts_ecr == peer->syn_ts_val) {
        tsm_backdate(now, sender, now->conn->first_syn_ns, now->conn->start_frame, true);
    } else if (now->conn->syn_tries == 1 && !tsm_is_near(now->conn, sender) &&
               now->ns - now->conn->first_syn_ns >= now->model->first_rto_ns) {
        tsm_backdate(now, sender, now->conn->first_syn_ns, now->conn->start_frame, false);
    }
}

/* Which of several SYNs made the request is not known: the answers to the first may have been lost
 * before the capture. The time stamp that is echoed would tell. */
static void doubt_request(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_belief *base = &now->conn->ep[sender].base;
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const bool told = (now->seg->known & TSM_HAS_TIMESTAMP) != 0 &&
                      (peer->flags & EP_TIMESTAMPS) != 0 && now->seg->ts_ecr == peer->ts_val;

    if (now->conn->syn_tries > 1 && base->state == TSM_LISTEN && !told &&
        !tsm_is_near(now->conn, sender)) {
        base->possible |= tsm_only(TSM_SYN_RCVD);
        base->basis = TSM_PRESUMED;
        tsm_rewrite(now, sender, base->since_ns, base->since_frame, TSM_PASSIVE_OPEN);
    }
}

/* Events that were not captured, or not presumed, but which the segment shows to have happened. */
static void imply(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    const struct tsm_endpoint *ep = &conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    if ((seg->flags & (TSM_SYN | TSM_ACK)) == (TSM_SYN | TSM_ACK)) {
        if (ep->base.state >= TSM_ESTABLISHED && begins_anew(ep, seg)) {
            now->conn->ep[sender].n_pending = 0;
            tsm_move(now, sender, TSM_REPLACED, TSM_PROVEN);
        }
        if (ep->base.state == TSM_CLOSED) {
            tsm_move(now, sender, TSM_PASSIVE_OPEN, TSM_PROVEN);
        }
        if (ep->base.state == TSM_SYN_RCVD && begins_anew(ep, seg)) {
            tsm_drop_request(now, sender);
        }
        if (ep->base.state == TSM_LISTEN || ep->base.state == TSM_SYN_SENT) {
            doubt_request(now, sender);
            tsm_move(now, sender, TSM_RCV_SYN, TSM_PROVEN);
            date_request(now, sender);
        }
        return;
    }
    if ((seg->flags & (TSM_SYN | TSM_ACK)) != TSM_ACK) {
        return;
    }
    if (ep->base.state == TSM_SYN_SENT) {
        tsm_move(now, sender, TSM_RCV_SYN_ACK, TSM_PROVEN);
    }
    const bool beyond =
        (peer->flags & EP_ISS) != 0 && tsm_seq_lt(peer->iss + 1, seg->ack) &&
        (tsm_seq_le(seg->ack, peer->snd_nxt) || seg->ack - peer->snd_nxt <= ep->max_window);
    const bool sends = tsm_segment_span(seg) > 0;
    if (ep->base.state == TSM_SYN_RCVD && (conn->flags & CONN_FASTOPEN) == 0 &&
        (beyond || (sends && !tsm_has(seg, TSM_FIN)))) {
        tsm_accept_at_last(now, sender);
    }
    if ((peer->flags & (EP_FIN | EP_FIN_GUESSED)) == EP_FIN && acks(seg, peer->fin_seq + 1)) {
        tsm_move(now, sender, TSM_RCV_FIN, TSM_PROVEN);
    }
}

/* The state that fits a segment which nothing else explains. */
static enum tsm_state state_by_segment(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_segment *seg = now->seg;
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const bool fin_received = (peer->flags & EP_FIN) != 0 && acks(seg, peer->fin_seq + 1);

    if (tsm_has(seg, TSM_SYN)) {
        return (seg->flags & TSM_ACK) != 0 ? TSM_SYN_RCVD : TSM_SYN_SENT;
    }
    if (tsm_has(seg, TSM_FIN) || (ep->flags & EP_FIN) != 0) {
        return fin_received ? TSM_LAST_ACK : TSM_FIN_WAIT_1;
    }
    return fin_received ? TSM_CLOSE_WAIT : TSM_ESTABLISHED;
}

static enum tsm_event own_event(const struct tsm_segment *seg)
{
    if (tsm_has(seg, TSM_SYN)) {
        return (seg->flags & TSM_ACK) != 0 ? TSM_SND_SYN_ACK : TSM_SND_SYN;
    }
    return tsm_has(seg, TSM_FIN) ? TSM_SND_FIN : TSM_SND_SEGMENT;
}

/* A connection whose start was not captured is where its first segments fit, by assumption, unless
 * what was captured of the peer leaves nothing else. */
static enum tsm_basis own_basis(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_belief *base = &now->conn->ep[sender].base;
    const bool alone = tsm_peer(now, sender)->segments == 0 || tsm_has(now->seg, TSM_FIN) ||
                       base->possible != tsm_only(TSM_UNKNOWN);

    return base->state == TSM_UNKNOWN && !tsm_has(now->seg, TSM_SYN) && alone ? TSM_ASSUMED
                                                                              : TSM_PROVEN;
}

/* New data: it has not sent its FIN, and so its peer has not received it. */
static void rule_out_fin(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    if (seg->payload > 0 && !now->is_probe &&
        ((ep->flags & EP_SENT) == 0 || tsm_seq_lt(ep->snd_nxt, seg->seq + seg->payload))) {
        tsm_rule_out(now, sender, TSM_SENT_FIN);
        tsm_rule_out(now, tsm_other(sender), TSM_RECEIVED_FIN);
    } else if (tsm_has(seg, TSM_FIN | TSM_ACK) && (peer->flags & EP_ACKS) != 0 &&
               tsm_seq_le(peer->ack_sent, seg->seq)) { /* the peer had not received it */
        tsm_rule_out(now, sender, tsm_only(TSM_FIN_WAIT_2) | tsm_only(TSM_TIME_WAIT));
        tsm_rule_out(now, tsm_other(sender), TSM_RECEIVED_FIN);
    }
}

/* Of a connection whose start was not captured: where else its sender may be. */
static void doubt_first(struct tsm_step *now, enum tsm_side sender)
{
    const bool heard = tsm_peer(now, sender)->segments > 0;

    if (tsm_has(now->seg, TSM_FIN)) {
        tsm_doubt(now, sender, tsm_only(TSM_CLOSING) | tsm_only(TSM_LAST_ACK));
    } else if (!heard && !tsm_has(now->seg, TSM_SYN)) {
        tsm_doubt(now, sender, tsm_only(TSM_CLOSE_WAIT));
        if (now->seg->payload == 0) {
            tsm_doubt(now, sender, tsm_only(TSM_FIN_WAIT_2));
        }
    }
}

/* The answer to a SYN acknowledges what that client never sent: it is no listener that answers, but
 * an old connection, in which the SYN is not acceptable. Source: RFC 9293 3.5.1 (figure 10), RFC
 * 5961 4. */
static bool is_of_older(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const uint32_t ack = now->seg->ack;

    return (now->seg->flags & (TSM_SYN | TSM_ACK)) == TSM_ACK &&
           ep->pending[0].event == TSM_PASSIVE_OPEN && peer->base.state == TSM_SYN_SENT &&
           (peer->flags & EP_ISS) != 0 &&
           (tsm_seq_le(ack, peer->iss) || tsm_seq_lt(peer->snd_nxt, ack));
}

bool tsm_is_reset_reply(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const bool opening = ep->base.state == TSM_SYN_SENT || ep->base.state == TSM_SYN_RCVD;

    return opening && (now->seg->flags & TSM_ACK) == 0 && (ep->flags & EP_BAD_ACKED) != 0;
}

/* FIN_WAIT_2 of a closed socket ended by its timer, of whatever length, some time between its last
 * sign of life and now: more likely than not before the second half. */
static void date_timeout(struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const int64_t since_ns = tsm_at_least(ep->base.since_ns, ep->linger_ns);
    const struct tsm_earlier ended = {
        .event = TSM_TIMEOUT_FIN_WAIT_2,
        .cause = TSM_CAUSE_NO_SOCKET,
        .basis = TSM_PRESUMED,
        .from_ns = since_ns + (now->ns - since_ns) / 2,
        .doubt = tsm_only(TSM_FIN_WAIT_2),
    };

    if (now->ns - since_ns >= TSM_MIN_FIN_WAIT_2_NS) {
        tsm_move_earlier(now, side, &ended);
    }
}

/* A RST without ACK answers a segment for which there was no socket (RFC 9293 3.10.7.1): it was
 * gone already, nobody knows since when. */
static void note_missing_socket(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const bool was_open = ep->base.state >= TSM_ESTABLISHED;
    const bool was_thought_over = ep->base.state == TSM_CLOSED && ep->undo.state >= TSM_ESTABLISHED;

    if ((now->seg->flags & TSM_ACK) != 0 || (peer->flags & EP_ACKS) == 0 ||
        now->seg->seq != peer->ack_sent || !(was_open || was_thought_over)) {
        return;
    }
    now->out->notes |= TSM_NOTE_NO_SOCKET;
    if (!was_open) {
        return;
    }
    if (ep->retry.count > 0 && ep->retry.running && (ep->extra & tsm_only(TSM_CLOSED)) != 0) {
        tsm_expire(now, sender); /* what it still had to repeat it did not */
        return;
    }
    const struct tsm_earlier gone = {
        .event = TSM_SND_RST,
        .cause = TSM_CAUSE_NO_SOCKET,
        .basis = TSM_PRESUMED,
        .from_ns = ep->last_ns,
        .from_frame = ep->last_frame,
        .doubt = now->conn->belief[sender].possible,
    };
    if (ep->base.state == TSM_ESTABLISHED || ep->base.state == TSM_CLOSE_WAIT) {
        tsm_move_earlier(now, sender, &gone);
        return;
    }
    tsm_widen(now, sender, tsm_only(TSM_CLOSED), ep->last_ns, ep->last_frame, TSM_CAUSE_NO_SOCKET);
    if (ep->base.state == TSM_FIN_WAIT_2 && (ep->flags & EP_HALF_CLOSE) == 0) {
        date_timeout(now, sender);
    }
}

/* A RST without ACK from a server that never showed to be established: its request had expired,
 * when the next SYN-ACK was due and did not come. Linux: silently (docs/user/inference.md). */
static void note_expired_request(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];

    if ((now->seg->flags & TSM_ACK) != 0 || ep->base.state != TSM_SYN_RCVD || ep->n_pending == 0 ||
        ep->pending[0].event != TSM_RCV_ACK_OF_SYN) {
        return;
    }
    tsm_refute(now, sender, 0);
    tsm_expire(now, sender);
    now->out->notes |= TSM_NOTE_NO_SOCKET;
}

static void prove_reset(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];

    if (tsm_is_reset_reply(now, sender) || tsm_is_strange_reset(now, sender)) {
        return;
    }
    while (ep->n_pending > 0 && ep->pending[0].event == TSM_RCV_FIN &&
           acks(now->seg, ep->pending[0].cover)) {
        tsm_confirm_first(now, sender, TSM_PROVEN, false, TSM_CAUSE_CONFIRMED);
    }
    note_expired_request(now, sender);
    const enum tsm_state state = tsm_state_of(ep);
    if (ep->n_pending > 0 && ep->pending[0].event == TSM_PASSIVE_OPEN) {
        tsm_refute(now, sender, 0); /* nobody listens, nor ever did */
    } else if (state == TSM_CLOSED && ep->n_pending > 0) {
        while (ep->n_pending > 0) {
            tsm_confirm_first(now, sender, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
        }
    }
    note_missing_socket(now, sender);
    while (ep->n_pending > 0) {
        tsm_confirm_first(now, sender, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
    }
    tsm_move(now, sender, TSM_SND_RST, TSM_PROVEN);
    ep->flags |= EP_RST;
}

void tsm_prove(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const enum tsm_event event = own_event(now->seg);

    if (tsm_has(now->seg, TSM_RST)) {
        prove_reset(now, sender);
        return;
    }
    if (ep->base.state == TSM_UNKNOWN && (now->seg->flags & (TSM_SYN | TSM_ACK)) == 0) {
        return; /* all segments of a connection have ACK (RFC 9293 3.10.7.4): a scan, or noise */
    }
    if (ep->extra != 0) {
        tsm_leave_blank(now, sender);
        tsm_note_fin_copy(now, sender);
        tsm_narrow(now, sender);
    }
    tsm_withdraw(now, sender);
    const bool of_older = ep->n_pending > 0 && is_of_older(now, sender);
    if (of_older) {
        tsm_adopt_older(now, sender);
    } else if (ep->n_pending > 0) {
        tsm_forget_guess(now, sender);
        settle(now, sender);
    }
    if (tsm_is_stale(now, sender)) {
        return;
    }
    if (tsm_repeats_attempt(now, sender)) {
        tsm_reopen(now, sender);
        return;
    }
    if ((ep->flags & EP_FIN_COPY) != 0) {
        tsm_doubt_fin_copy(now, sender);
    }
    const bool first = ep->base.state == TSM_UNKNOWN;
    imply(now, sender);
    rule_out_fin(now, sender);
    if (tsm_move(now, sender, event, own_basis(now, sender))) {
        if (first) {
            doubt_first(now, sender);
        }
        if (of_older) {
            tsm_backdate(now, sender, now->conn->start_ns, now->conn->start_frame, true);
        }
        return;
    }
    if ((event == TSM_SND_SYN_ACK || event == TSM_SND_FIN) && tsm_is_network_copy(now, sender)) {
        return;
    }
    if (tsm_undo(now, sender)) {
        settle(now, sender);
        imply(now, sender);
        if (tsm_move(now, sender, event, TSM_PROVEN)) {
            return;
        }
    }
    now->out->notes |= TSM_NOTE_VIOLATION;
    tsm_adopt(now, sender, state_by_segment(now, sender));
}
