/* tsm_gap.c - gaps of the capture that are larger than any window.
 *
 * A segment with numbers far ahead of those captured is damaged, forged, or the first one behind a
 * gap. Its receiver tells: it refuses the segment, and acknowledges what it did before (RFC 9293
 * 3.10.7.4), or acknowledges the segment. Who forges segments does not see the answers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

/* Beyond what the receiver may have room for, as far as its windows were captured. */
static bool is_far(const struct tsm_endpoint *ep, const struct tsm_endpoint *receiver, uint32_t to)
{
    const int64_t room = (receiver->flags & EP_WINDOW) != 0 ? receiver->max_window : UINT16_MAX;

    return (ep->flags & EP_SENT) != 0 && tsm_seq_diff(to, ep->snd_nxt) > room;
}

/* What the endpoint sends far ahead, and what its peer acknowledges far ahead, are the same. */
static bool agree(const struct tsm_claim *claim)
{
    return claim->sent && claim->acked && tsm_seq_within(claim->ack, claim->seq, claim->end);
}

static void take_up(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    struct tsm_claim *claim = &now->conn->claim[side];

    now->conn->facts[side].unseen += claim->seq - ep->contiguous;
    ep->snd_nxt = claim->ack;
    ep->contiguous = claim->ack;
    ep->unseen_last = claim->seq - ep->snd_una;
    ep->snd_una = claim->seq;
    ep->flags = (ep->flags | EP_ACKED) & ~(uint32_t)(EP_UNSEEN | EP_BAD_ACKED | EP_FIN_HELD);
    ep->n_ranges = 0;
    ep->retry.running = 0;
    claim->sent = claim->acked = false;
    now->out->notes |= TSM_NOTE_CAPTURE_GAP;
    if (ep->extra != 0) {
        tsm_narrow(now, side); /* what it sent behind the gap shows that it is there */
    }
}

/* Its own segment is far ahead. */
static void claim_segment(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_claim *claim = &now->conn->claim[sender];
    const struct tsm_segment *seg = now->seg;

    if (!claim->sent || claim->end != seg->seq) {
        claim->seq = seg->seq;
    }
    claim->end = seg->seq + seg->payload;
    claim->sent = true;
    claim->unseen = false;
}

void tsm_resync(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    const enum tsm_side other = tsm_other(sender);
    const struct tsm_endpoint *ep = &conn->ep[sender], *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    if ((seg->flags & (TSM_SYN | TSM_RST | TSM_ACK)) != TSM_ACK || (conn->flags & CONN_SELF) != 0) {
        return;
    }
    if (is_far(ep, peer, seg->seq)) {
        claim_segment(now, sender);
        if (agree(&conn->claim[sender])) {
            take_up(now, sender);
        }
    }
    if (is_far(peer, ep, seg->ack)) {
        conn->claim[other].ack = seg->ack;
        conn->claim[other].acked = true;
        conn->claim[other].unseen = false;
        if (agree(&conn->claim[other])) {
            take_up(now, other);
        }
    }
}

bool tsm_may_follow_gap(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender], *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    return (seg->flags & (TSM_SYN | TSM_RST | TSM_ACK)) == TSM_ACK && is_far(ep, peer, seg->seq) &&
           (ep->flags & EP_ACKS) != 0 && tsm_seq_within(seg->ack, ep->ack_sent, peer->snd_nxt);
}
