/* tsm_retry.c - when an endpoint that gets no acknowledgment will repeat what it sent.
 *
 * The first source is the capture's own back-off: the gaps between the retransmissions seen so far
 * predict the next one; before the first gap, a model of the operating system is needed. Sources:
 * RFC 6298 (doubling, first RTO), Linux net/ipv4/tcp_timer.c as measured (docs/user/accuracy.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

#define MAX_RTO_NS (120 * TSM_S)      /* TCP_RTO_MAX of Linux; RFC 6298 2.5 asks for 60 s or more */
#define FIRST_DATA_RTO_NS (1 * TSM_S) /* RFC 6298 2.4: the lower bound, so the latest usual */

/* A SYN is repeated after the same time for a while, then with back-off (Linux 6.5 and later);
 * elsewhere it backs off at once. The gaps seen tell which, as soon as there are two. */
static struct tsm_due next_syn(const struct tsm_endpoint *ep, const struct tsm_model *model)
{
    const int64_t gap = ep->retry.gap_ns;
    const bool linear = ep->retry.count == 1
                            ? model->linear_syns > 1
                            : gap < tsm_later(ep->retry.prev_gap_ns, ep->retry.prev_gap_ns / 2);

    if (ep->retry.count == 1 && gap < model->first_rto_ns) {
        /* Linux repeats a SYN at once when a stray segment answered it: no back-off yet. */
        return (struct tsm_due){model->first_rto_ns, 3 * model->first_rto_ns};
    }
    if (linear && ep->retry.count <= model->linear_syns) {
        return (struct tsm_due){gap, tsm_later(gap, gap)};
    }
    return (struct tsm_due){tsm_later(gap, gap), tsm_later(gap, gap)};
}

/* Twice the gap, less what the host's timer slack has added to it (measured: 1 to 3 %). */
static int64_t twice(int64_t gap_ns)
{
    return tsm_later(gap_ns, gap_ns - gap_ns / 32);
}

/* Of what was sent once. */
static inline struct tsm_due first_due(const struct tsm_step *now, const struct tsm_endpoint *ep)
{
    const unsigned state = ep->base.state;

    if (state == TSM_SYN_SENT || state == TSM_SYN_RCVD) {
        return (struct tsm_due){now->model->first_rto_ns, 3 * now->model->first_rto_ns};
    }
    return (struct tsm_due){tsm_first_retry_ns(ep), 3 * FIRST_DATA_RTO_NS};
}

/* Of what was repeated. */
static struct tsm_due later_due(const struct tsm_step *now, const struct tsm_endpoint *ep)
{
    const int64_t gap = ep->retry.gap_ns;

    if (ep->base.state == TSM_SYN_SENT) {
        return next_syn(ep, now->model);
    }
    /* The first gap of data may be a tail loss probe (RFC 8985 7), shorter than the RTO. */
    const int64_t doubled = tsm_at_most(twice(gap), tsm_at_least(gap, MAX_RTO_NS));
    return (struct tsm_due){doubled,
                            tsm_at_least(doubled, ep->retry.count == 1 ? FIRST_DATA_RTO_NS : 0)};
}

static inline struct tsm_due next_due(const struct tsm_step *now, const struct tsm_endpoint *ep)
{
    return ep->retry.count == 0 ? first_due(now, ep) : later_due(now, ep);
}

struct tsm_due tsm_next_due(const struct tsm_step *now, enum tsm_side side)
{
    return next_due(now, &now->conn->ep[side]);
}

int64_t tsm_overdue(int64_t ns)
{
    return tsm_later(ns, ns / 5);
}

/* A SYN-ACK that answers a SYN, not its own timer, which begins anew with the same span (Linux). */
static bool answers_syn(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_seen *last = tsm_last(now->conn, tsm_other(sender));

    return tsm_has(now->seg, TSM_SYN | TSM_ACK) && now->conn->ep[sender].retry.running &&
           (last->flags & (TSM_SYN | TSM_ACK)) == TSM_SYN &&
           tsm_peer(now, sender)->last_ns >= now->conn->ep[sender].last_ns;
}

/* It is what was repeated before or, a retransmission time later, other data that the endpoint
 * still has to repeat. */
static bool is_repeat(const struct tsm_step *now, const struct tsm_endpoint *ep)
{
    return now->seg->seq == ep->retry.seq ||
           (ep->retry.running && now->ns - ep->retry.last_ns >= TSM_MIN_RTO_NS);
}

void tsm_retry_note(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;
    const uint32_t end = tsm_segment_end(seg);

    if (end == seg->seq || tsm_has(seg, TSM_RST)) {
        return;
    }
    const bool again = (ep->flags & EP_SENT) != 0 && tsm_seq_le(end, ep->snd_nxt);
    if (answers_syn(now, sender)) {
        ep->retry.last_ns = now->ns;
    } else if (again && ep->retry.last_ns != 0 && is_repeat(now, ep)) {
        if (now->ns >= ep->retry.last_ns) { /* a clock that was set back tells no gap */
            const int64_t expected_ns = next_due(now, ep).likely_ns;
            ep->retry.prev_gap_ns = ep->retry.gap_ns;
            ep->retry.gap_ns =
                tsm_was_cut_off(now, ep->retry.last_ns) ? expected_ns : now->ns - ep->retry.last_ns;
            ep->retry.count =
                (uint16_t)(ep->retry.count < UINT16_MAX ? ep->retry.count + 1 : UINT16_MAX);
        }
        ep->retry.last_ns = now->ns;
        ep->retry.seq = seg->seq;
        ep->retry.running = 1;
    } else if (again && ep->retry.running) {
        return; /* a later piece of the same burst */
    } else if (!ep->retry.running) {
        tsm_retry_begin(now, ep);
    } else if (ep->retry.count == 0) {
        ep->retry.last_ns = now->ns;
    }
    ep->due_ns = tsm_later(now->ns, next_due(now, ep).likely_ns);
}

int64_t tsm_silence_deadline(const struct tsm_step *now, enum tsm_side side, enum tsm_event event)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const int64_t due_ns = tsm_at_least(tsm_later(ep->due_ns, -now->ns), 0);
    const int64_t reaction_ns = tsm_at_least(ep->reaction_ns, 0);
    const int64_t round_trips = tsm_later(reaction_ns, reaction_ns);
    const bool lasting = event == TSM_RCV_ACK_OF_SYN || event == TSM_RCV_FIN;

    if (tsm_is_near(now->conn, side) && !lasting) {
        return now->ns + TSM_NEAR_DELAY_NS; /* its own host: it arrived */
    }
    if (event == TSM_RCV_RST && ep->base.state == TSM_TIME_WAIT) {
        return tsm_later(now->ns,
                         tsm_lingers_of(now, side).most); /* taken or not, it is over then */
    }
    switch (event) {
    case TSM_RCV_ACK_OF_SYN:
        return tsm_later(tsm_later(now->ns, tsm_overdue(due_ns)), round_trips);
    case TSM_RCV_ACK_OF_FIN:
        return tsm_later(tsm_later(now->ns, tsm_overdue(tsm_at_least(due_ns, FIRST_DATA_RTO_NS))),
                         round_trips);
    case TSM_RCV_RST:
    case TSM_RCV_REFUSAL:
    case TSM_RCV_ICMP_ERROR:
        return ep->retry.running
                   ? tsm_later(now->ns, tsm_overdue(tsm_next_due(now, side).latest_ns))
                   : TSM_NEVER_NS;
    default:
        return TSM_NEVER_NS;
    }
}
