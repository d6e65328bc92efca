/* tsm_paws.c - protection against wrapped sequence numbers: what a receiver refuses as too old.
 *
 * A receiver keeps the time stamp that it accepted last, and echoes it in all that it sends (RFC
 * 7323 4.3). So its own last segment tells what it compares with, whatever was lost, reordered or
 * forged on the way to it. Whoever sent what it refuses, its claimed sender has stamped later.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

/* What was accepted so long ago is no measure any more. Source: RFC 7323 5.5. */
#define OUTDATED_NS (24LL * 24 * 3600 * TSM_S)

#define SAME_TICKS 1 /* Linux accepts what is one tick older: TCP_PAWS_WINDOW; RFC 7323: 0 */

static bool is_older(uint32_t stamp, uint32_t than)
{
    return tsm_seq_diff(than, stamp) > SAME_TICKS;
}

/* It takes or acknowledges sequence space that no segment before it did. What does not is a copy,
 * or was captured late: that moves nothing, however it is stamped. */
static bool brings_new(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    if (tsm_segment_span(seg) > 0) {
        return (peer->flags & EP_ACKS) == 0 || tsm_seq_lt(peer->ack_sent, tsm_segment_end(seg));
    }
    return (peer->flags & EP_ACKED) == 0 || tsm_seq_lt(peer->snd_una, seg->ack);
}

bool tsm_is_too_old(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;
    const uint32_t accepted = tsm_last(now->conn, tsm_other(sender))->ts_ecr;

    if ((seg->known & TSM_HAS_TIMESTAMP) == 0 || !is_older(seg->ts_val, ep->ts_val)) {
        return false; /* nearly always */
    }
    return (seg->flags & (TSM_SYN | TSM_RST)) == 0 && accepted != 0 &&
           is_older(seg->ts_val, accepted) && (ep->flags & peer->flags & EP_TIMESTAMPS) != 0 &&
           now->ns - ep->last_ns <= OUTDATED_NS && brings_new(now, sender) &&
           tsm_state_of(peer) >= TSM_SYN_RCVD;
}
