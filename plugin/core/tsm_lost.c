/* tsm_lost.c - a FIN that was lost before the capture, told by numbers of its sender.
 *
 * The idea: what a sender numbers one by one shows what is missing. Its sequence number counts its
 * FIN (RFC 9293 3.4) in all that it sends afterwards, and the IP identification counts its packets,
 * whatever they were (RFC 6864 leaves the choice; Linux counts for each connection).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

#define IP_ID_ROW 2 /* one more than the last, as often, before a missing number tells; assumed */
#define MAX_LOST 6  /* copies of a FIN: beyond, the numbers are somebody else's; assumed */

/* Its peer has sent nothing since its last word that wants an answer: no more than an
 * acknowledgment, and of what it had said. */
static bool had_nothing_to_answer(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_seen *last = tsm_last(now->conn, tsm_other(side));

    return tsm_peer(now, side)->last_ns <= ep->last_ns ||
           (last->payload == 0 && (last->flags & (TSM_SYN | TSM_FIN | TSM_RST)) == 0 &&
            !ep->probed && (ep->flags & EP_ACKS) != 0 && now->seg->ack == ep->ack_sent);
}

/* Numbers are missing: packets that it sent since its last word. Where it had nothing to answer
 * they were copies of the FIN, a retransmission time apart, doubling (RFC 6298 5.5); the time may
 * be longer than is known here. */
void tsm_note_lost_fins(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const unsigned lost = (uint16_t)(now->seg->ip_id - tsm_last(now->conn, sender)->ip_id - 1);
    int64_t rto_ns = tsm_later(TSM_MIN_RTO_NS, ep->reaction_ns > 0 ? ep->reaction_ns : 0);

    if (ep->base.since_frame != now->frame || lost < 1 || lost > MAX_LOST ||
        ep->ip_id_run < IP_ID_ROW || now->seg->seq != ep->contiguous ||
        !had_nothing_to_answer(now, sender)) {
        return;
    }
    int64_t from_ns = now->ns;
    for (unsigned i = 0; i < lost && from_ns > ep->last_ns; i++) {
        from_ns -= rto_ns;
        rto_ns = tsm_later(rto_ns, rto_ns);
    }
    tsm_doubt_closed(now, sender, ep->last_ns, ep->last_frame);
    if (!tsm_is_near(now->conn, sender)) {
        tsm_backdate(now, sender, from_ns > ep->last_ns ? from_ns : ep->last_ns, 0, false);
    }
}

/* The FIN went out between its last word and this, and was lost before the capture, or on its way
 * to the peer as well. Data of one octet would have been counted alike: data behind them, or in
 * their place, take it back (tsm_withdraw()). */
void tsm_note_own_number(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_belief before = ep->base;
    const int64_t last_ns = ep->last_ns;

    if (now->is_probe || !tsm_may_close((enum tsm_state)before.state) || ep->n_pending > 0 ||
        !tsm_move(now, sender, TSM_SND_FIN, TSM_PRESUMED)) {
        return;
    }
    tsm_doubt(now, sender, before.possible);
    if (before.state == TSM_CLOSE_WAIT && before.since_ns >= last_ns) {
        tsm_doubt(now, sender, tsm_only(TSM_CLOSING)); /* closed before the peer's FIN came */
    }
    tsm_doubt_closed(now, sender, last_ns, ep->last_frame);
}
