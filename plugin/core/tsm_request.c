/* tsm_request.c - what a listener has of a client that asks: a request, a connection, or nothing.
 *
 * The idea: a SYN-ACK is sent for a request, which is repeated until it is answered, or instead of
 * one, as a SYN cookie is (RFC 4987 3.6); and the answer makes a connection only when the accept
 * queue has room. Which of them it was, what comes later tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

void tsm_drop_request(struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const int64_t since_ns = ep->base.since_ns;
    const struct tsm_earlier gone = {
        .event = TSM_GIVE_UP,
        .cause = TSM_GIVE_UP,
        .basis = TSM_PRESUMED,
        .from_ns = since_ns + (now->ns - since_ns) / 2,
        .doubt = tsm_only(TSM_SYN_RCVD),
    };

    if (ep->n_pending == 0 && (ep->flags & EP_ACTIVE) == 0) {
        tsm_doubt_until_now(now, side, tsm_only(TSM_LISTEN), since_ns, ep->base.since_frame);
        tsm_move_earlier(now, side, &gone);
    }
}

/* What it had to repeat it never did: its SYN-ACK was a cookie. (One that waits for data repeats
 * none either, but data had come.) */
static bool sent_cookie(const struct tsm_step *now, enum tsm_side side, int64_t since_ns)
{
    return now->conn->ep[side].retry.count == 0 &&
           now->ns - since_ns > tsm_overdue(now->model->first_rto_ns);
}

/* What its client has sent is repeated by its timer: it was lost, or not taken. */
static bool is_ignored(const struct tsm_endpoint *client)
{
    return client->retry.running && client->retry.count > 0 &&
           client->retry.gap_ns >= TSM_MIN_RTO_NS;
}

void tsm_keep_request_in_doubt(struct tsm_step *now, enum tsm_side side, int64_t from_ns,
                               uint32_t from_frame)
{
    const struct tsm_endpoint *peer = tsm_peer(now, side);
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const bool ignored = is_ignored(peer); /* until it came again */
    const bool arrived = now->conn->facts[tsm_other(side)].icmp_frame == 0;
    const bool data = (peer->flags & EP_DATA) != 0 && peer->first_data_ns <= now->ns;
    const bool cookie = ignored && sent_cookie(now, side, from_ns);
    const int64_t until_ns = data && !ignored ? peer->first_data_ns : now->ns;

    if (ep->base.state != TSM_ESTABLISHED || until_ns <= from_ns) {
        return;
    }
    ep->base.possible |= tsm_only(TSM_SYN_RCVD) | (cookie ? tsm_only(TSM_LISTEN) : 0);
    if (ignored && arrived && tsm_is_near(now->conn, side)) {
        /* Its own host had the data all the time. */
        ep->base.state = cookie ? TSM_LISTEN : TSM_SYN_RCVD;
        tsm_rewrite(now, side, from_ns, from_frame, TSM_RCV_ACK_OF_SYN);
        ep->base.state = TSM_ESTABLISHED;
    } else {
        tsm_rewrite(now, side, from_ns, from_frame, TSM_RCV_ACK_OF_SYN);
    }
    ep->base.possible = tsm_only(TSM_ESTABLISHED);
    tsm_rewrite(now, side, ignored ? peer->retry.last_ns : until_ns,
                data && !ignored ? peer->first_data_frame : now->frame, TSM_CAUSE_CONFIRMED);
}

void tsm_accept_at_last(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_belief request = ep->base;

    if (tsm_move(now, side, TSM_RCV_ACK_OF_SYN, TSM_PROVEN) && is_ignored(tsm_peer(now, side))) {
        const struct tsm_belief taken = ep->base;
        ep->base.since_ns = request.since_ns;
        tsm_keep_request_in_doubt(now, side, request.since_ns, request.since_frame);
        ep->base = taken;
    }
}
