/* tsm_steady.c - the fast path of a plain segment through a steady connection.
 *
 * Most segments are data in order, or an acknowledgment, on a connection of which both ends are
 * known to be ESTABLISHED. Such a segment proves and presumes nothing new: it counts, and moves the
 * sequence numbers on. What it need not pass through is told apart here, in two parts: what holds
 * of the connection since its last other segment, and what is asked of the segment itself. Each
 * condition names what would have to be done where it does not hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

#include <string.h>

/* Flags of an endpoint without which sequence numbers cannot be compared ... */
#define STEADY_NEEDS (EP_SENT | EP_ACKED | EP_ACKS | EP_WINDOW)

/* ... and those that call for an answer, an end or a correction. */
#define STEADY_FORBIDS                                                               \
    (EP_FIN | EP_FIN_HELD | EP_FIN_AGAIN | EP_FIN_GUESSED | EP_RST | EP_CHALLENGED | \
     EP_BAD_ACKED | EP_UNSEEN | EP_STALLED | EP_SHUT)

/* Its state is proven, nothing is pending or possible besides (tsm_evidence.c, tsm_belief.c), and
 * what was published of it is just that. */
static bool is_certain(const struct tsm_conn *conn, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &conn->ep[side];

    return ep->base.basis == TSM_PROVEN && ep->base.possible == tsm_only(TSM_ESTABLISHED) &&
           ep->n_pending == 0 && ep->extra == 0 &&
           memcmp(&ep->base, &conn->belief[side], sizeof ep->base) == 0;
}

/* What it sent has no hole (tsm_track), acknowledgments stay within it (tsm_deliver,
 * tsm_is_outside), and its window holds nobody back (tsm_stall.c). */
static bool is_whole(const struct tsm_endpoint *ep, const struct tsm_endpoint *peer)
{
    return (ep->flags & (STEADY_NEEDS | STEADY_FORBIDS)) == STEADY_NEEDS && ep->segments > 0 &&
           ep->n_ranges == 0 && ep->contiguous == ep->snd_nxt &&
           tsm_seq_le(ep->snd_una, ep->snd_nxt) && tsm_seq_le(peer->ack_sent, ep->snd_nxt) &&
           ep->window >= TSM_LEAST_MSS;
}

/* No answer is awaited of its peer: see note_answer(), end_stall() and note_window() of
 * tsm_facts.c. */
static bool is_answered(const struct tsm_facts *facts)
{
    return facts->repeats.count == 0 && facts->stuck.count == 0 && facts->unanswered.ns == 0 &&
           facts->closed_since_ns == 0;
}

static bool is_steady_end(const struct tsm_conn *conn, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &conn->ep[side];

    return is_certain(conn, side) && is_whole(ep, &conn->ep[tsm_other(side)]) &&
           is_answered(&conn->facts[side]) && ep->unanswered < TSM_SILENT_PROBES;
}

bool tsm_is_steady(const struct tsm_conn *conn)
{
    const bool third_awaited = (conn->open_steps_seen & 6) == 2;

    return conn->ep[TSM_CLIENT].base.state == TSM_ESTABLISHED &&
           conn->ep[TSM_SERVER].base.state == TSM_ESTABLISHED && !third_awaited &&
           (conn->flags & CONN_SELF) == 0 && is_steady_end(conn, TSM_CLIENT) &&
           is_steady_end(conn, TSM_SERVER);
}

#define MAX_PLAIN (1u << 30) /* the largest window: RFC 7323 2.3 */

/* It acknowledges what the peer sent, and no less than was acknowledged before. */
static bool acks_in_order(const struct tsm_endpoint *peer, const struct tsm_segment *seg)
{
    const uint32_t acked = seg->ack - peer->snd_una;

    return acked <= peer->snd_nxt - peer->snd_una && acked <= MAX_PLAIN;
}

/* Time goes on, and not by a pause that the segment would end: see note_pause(). */
static bool is_timely(const struct tsm_step *now, const struct tsm_endpoint *ep,
                      const struct tsm_endpoint *peer)
{
    const int64_t last_ns = ep->last_ns > peer->last_ns ? ep->last_ns : peer->last_ns;

    return (uint64_t)(now->ns - last_ns) < TSM_PAUSE_NS; /* a negative number is a large one */
}

bool tsm_is_plain(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    return now->conn->steady && (seg->flags & (TSM_SYN | TSM_FIN | TSM_RST | TSM_ACK)) == TSM_ACK &&
           seg->seq == ep->snd_nxt && seg->payload <= MAX_PLAIN &&
           seg->window >= ep->least_window &&
           (seg->known & (TSM_OPTIONS_CUT | TSM_HAS_SACK | TSM_HAS_TIMESTAMP)) == ep->stamps &&
           tsm_seq_le(ep->ts_val, seg->ts_val) && acks_in_order(peer, seg) &&
           is_timely(now, ep, peer);
}

/* ---- what it does ---- */

/* As tsm_retry_note(), which is left to do what is not simple: something is repeated. */
static void start_retry(struct tsm_step *now, enum tsm_side sender, struct tsm_endpoint *ep)
{
    if (!ep->retry.running) {
        tsm_retry_begin(now, ep);
    } else if (ep->retry.count == 0) {
        ep->retry.last_ns = now->ns;
    } else {
        tsm_retry_note(now, sender);
        return;
    }
    ep->due_ns = tsm_later(now->ns, tsm_first_retry_ns(ep));
}

/* What was sent and acknowledged: as tsm_track() and tsm_deliver(). */
static void move_numbers(struct tsm_step *now, enum tsm_side sender, struct tsm_endpoint *ep,
                         struct tsm_endpoint *peer)
{
    const struct tsm_segment *seg = now->seg;

    if (seg->payload > 0) {
        start_retry(now, sender, ep);
        tsm_note_first_data(now, ep);
        ep->snd_nxt = ep->contiguous = seg->seq + seg->payload;
    }
    tsm_track_next_window(ep, (uint32_t)seg->window << ep->shift);
    ep->ts_val = seg->ts_val;
    peer->snd_una = seg->ack;
    tsm_retry_acked(peer, now->ns);
}

/* As tsm_facts_note(), and count_bytes() of tsm_conn.c. */
static void note_facts(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_facts *peer = &now->conn->facts[tsm_other(sender)];

    tsm_note_acked(peer, now->seg->ack);
    if (now->seg->payload > 0) {
        tsm_note_new_data(now, sender);
        tsm_bytes_data(&now->conn->bytes[sender], now->seg);
    }
}

/* As remember(), of tsm_conn.c. */
static void remember(const struct tsm_step *now, struct tsm_seen *recent, struct tsm_endpoint *ep,
                     struct tsm_endpoint *peer)
{
    tsm_remember_last(now, ep, recent);
    peer->probed = false;
    if (tsm_seq_lt(ep->ack_sent, now->seg->ack)) {
        ep->ack_sent = now->seg->ack;
    }
    if (now->ns > now->conn->clock_ns) {
        now->conn->clock_ns = now->ns;
    }
}

/* As tsm_set_timer(), which is left to do what is not simple: nothing is pending. */
static void set_timer(struct tsm_step *now, const struct tsm_endpoint *ep,
                      const struct tsm_endpoint *peer)
{
    if ((ep->retry.count | peer->retry.count) == 0) {
        const int64_t own_ns = tsm_before_retry_ns(ep), peers_ns = tsm_before_retry_ns(peer);
        const int64_t unheard_ns = peer->last_ns + TSM_UNHEARD_NS; /* before its own */
        now->conn->next_timer_ns = tsm_at_most(tsm_at_most(own_ns, peers_ns), unheard_ns);
    } else {
        tsm_set_timer(now);
    }
}

void tsm_take_plain(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    struct tsm_endpoint *ep = &conn->ep[sender], *peer = tsm_peer(now, sender);

    move_numbers(now, sender, ep, peer);
    if (now->seg->payload > 0) {
        now->out->action = TSM_ACT_DATA;
        now->out->call = TSM_CALL_WRITE;
    } else {
        now->out->action = (uint8_t)tsm_name_ack(now, sender);
    }
    tsm_note_ttl(&conn->facts[sender].ttl_least, &conn->facts[sender].ttl_most, now->seg->ttl);
    if ((conn->flags & CONN_NO_FACTS) == 0) {
        note_facts(now, sender);
    }
    remember(now, conn->recent[sender], ep, peer);
    set_timer(now, ep, peer);
    memcpy(now->out->after, now->out->before, sizeof now->out->after);
}
