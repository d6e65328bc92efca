/* tsm_common.h - small steps that the slow and the fast path of a segment have in common.
 *
 * The slow path calls them where the matter belongs (tsm_receive.c, tsm_facts.c ...), the fast path
 * one after the other (tsm_steady.c). Inline, as the fast path is taken by most segments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_COMMON_H
#define TSM_COMMON_H

#include <string.h>

#include "tsm_internal.h"

/* ---- tsm_receive.c ---- */

/* How the window of a segment without SYN is scaled: when both SYNs offered it; without the SYNs
 * the largest shift is assumed (RFC 7323 2.2, 2.3). */
static inline uint8_t tsm_window_shift(const struct tsm_endpoint *ep,
                                       const struct tsm_endpoint *peer)
{
    const bool both = (ep->flags & EP_WSCALE) != 0 &&
                      ((peer->flags & EP_WSCALE) != 0 || (peer->flags & EP_ISS) == 0);

    if ((ep->flags & EP_ISS) == 0) {
        return 14;
    }
    return both ? ep->wscale : 0;
}

/* An acknowledgment without data whose own number lies one octet behind all that was captured of
 * its sender: SND.NXT counts a FIN (RFC 9293 3.4), or an octet of data. Not where it acknowledges
 * what was not captured either: both may come yet (tsm_late.c). */
static inline bool tsm_counts_fin(const struct tsm_endpoint *ep, const struct tsm_endpoint *peer,
                                  const struct tsm_segment *seg)
{
    return seg->payload == 0 && (seg->flags & (TSM_SYN | TSM_FIN | TSM_RST | TSM_ACK)) == TSM_ACK &&
           (ep->flags & (EP_SENT | EP_FIN | EP_DATA)) == (EP_SENT | EP_DATA) &&
           seg->seq == ep->snd_nxt + 1 && ep->snd_nxt == ep->contiguous &&
           (peer->flags & EP_FIN_GUESSED) == 0;
}

#define TSM_LEAST_MSS 536 /* every host takes segments of so many octets: RFC 9293 3.7.1 */

/* The window that it leaves is less than a segment, and than half of what it was (RFC 9293
 * 3.8.6.2.1). */
static inline bool tsm_is_silly(const struct tsm_endpoint *ep)
{
    return ep->window < TSM_LEAST_MSS && ep->window < ep->max_window / 2;
}

/* What it advertises, in bytes; of any segment but RST, and not the first. */
static inline void tsm_track_next_window(struct tsm_endpoint *ep, uint32_t window)
{
    ep->window = window;
    if (window > ep->max_window) {
        ep->max_window = window;
    }
}

/* The same, of the first as well, and its time stamp. */
static inline void tsm_track_window(struct tsm_endpoint *ep, const struct tsm_segment *seg,
                                    uint32_t window)
{
    if ((ep->flags & EP_WINDOW) == 0) {
        ep->max_window = window;
        ep->flags |= EP_WINDOW;
    }
    tsm_track_next_window(ep, window);
    if ((seg->known & TSM_HAS_TIMESTAMP) != 0) {
        ep->flags |= EP_TIMESTAMPS;
        ep->ts_val = seg->ts_val;
    }
}

/* Its first data, if that is what the segment has. */
static inline void tsm_note_first_data(const struct tsm_step *now, struct tsm_endpoint *ep)
{
    if (now->seg->payload > 0 && (ep->flags & EP_DATA) == 0) {
        ep->first_data_ns = now->ns;
        ep->first_data_frame = now->frame;
        ep->flags |= EP_DATA;
    }
}

/* ---- tsm_timer.c ---- */

/* The peer acknowledged up to snd_una. What was acknowledged whole may still be repeated, when the
 * ACK was lost: its back-off is kept. */
static inline void tsm_retry_acked(struct tsm_endpoint *ep, int64_t now_ns)
{
    ep->retry.running = tsm_seq_lt(ep->snd_una, ep->snd_nxt);
    if (ep->retry.running && ep->retry.seq != ep->snd_una) {
        ep->retry.count = 0;
        ep->retry.gap_ns = ep->retry.prev_gap_ns = 0;
        ep->retry.last_ns = now_ns;
        ep->retry.seq = ep->snd_una;
    }
}

/* How long after data they are repeated first. */
static inline int64_t tsm_first_retry_ns(const struct tsm_endpoint *ep)
{
    return tsm_later(TSM_MIN_RTO_NS, ep->reaction_ns > 0 ? ep->reaction_ns : 0);
}

/* What is unacknowledged first: its timer begins. */
static inline void tsm_retry_begin(const struct tsm_step *now, struct tsm_endpoint *ep)
{
    ep->retry.running = 1;
    ep->retry.seq = now->seg->seq;
    ep->retry.count = 0;
    ep->retry.gap_ns = ep->retry.prev_gap_ns = 0;
    ep->retry.last_ns = now->ns;
    if ((ep->flags & EP_STALLED) == 0) {
        tsm_note_run(now, (enum tsm_side)(ep - now->conn->ep));
    }
}

/* A time before data are repeated that are unacknowledged, and sent once; see next_due(). The sum
 * needs no care: last_ns is a segment's time, see TSM_MAX_TIME_S. */
static inline int64_t tsm_before_retry_ns(const struct tsm_endpoint *ep)
{
    return ep->retry.running ? ep->retry.last_ns + TSM_MIN_RTO_NS : TSM_NEVER_NS;
}

/* ---- tsm_facts.c ---- */

/* Widens the range of what was seen; 0 is unknown. */
static inline void tsm_note_ttl(uint8_t *least, uint8_t *most, uint8_t ttl)
{
    if ((ttl == *least && ttl == *most) || ttl == 0) {
        return;
    }
    *least = *least == 0 || ttl < *least ? ttl : *least;
    *most = ttl > *most ? ttl : *most;
}

/* The peer acknowledges what the endpoint sent. */
static inline void tsm_note_acked(struct tsm_facts *facts, uint32_t ack)
{
    if (facts->largest > facts->largest_acked && tsm_seq_le(facts->largest_end, ack)) {
        facts->largest_acked = facts->largest;
    }
}

/* A delayed ACK comes no earlier (Linux: 40 ms, others up to 200 ms; RFC 9293 3.8.6.3: 500 ms),
 * and what is larger fills segments of any path. */
#define TSM_MIN_DELAYED_NS (30 * TSM_MS)
#define TSM_MAX_DELAYED_NS (550 * TSM_MS)
#define TSM_MAX_SMALL 1000

/* The time from the capture to an end and back, as its quickest answer shows. */
static inline int64_t tsm_trip_ns(const struct tsm_conn *conn, enum tsm_side side)
{
    const int64_t least_ns = conn->ep[side].reaction_ns;

    return tsm_at_least(least_ns >= 0 ? least_ns : conn->setup_ns, 0);
}

/* What comes no later upon an acknowledgment, beyond the way, comes at once; assumed. */
#define TSM_AT_ONCE_NS (15 * TSM_MS)

/* New data follows data of the same end. It was held back by Nagle's algorithm (RFC 9293 3.7.4)
 * when it comes at once upon the acknowledgment of all before, which was late by more than the way
 * to the receiver explains: a delayed ACK. */
static inline void tsm_note_held(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_conn *conn = now->conn;
    struct tsm_facts *facts = &now->conn->facts[sender];
    const int64_t acked_ns = conn->ep[tsm_other(sender)].last_ns;
    const int64_t late_ns = acked_ns - facts->last_data_ns - tsm_trip_ns(conn, tsm_other(sender));

    if (now->seg->seq != conn->ep[sender].snd_una || late_ns < TSM_MIN_DELAYED_NS ||
        late_ns > TSM_MAX_DELAYED_NS ||
        now->ns - acked_ns > tsm_trip_ns(conn, sender) + TSM_AT_ONCE_NS ||
        facts->last_payload > TSM_MAX_SMALL || now->seg->payload > TSM_MAX_SMALL) {
        return;
    }
    facts->held_frame = facts->held == 0 ? now->frame : facts->held_frame;
    facts->held++;
    facts->held_ns = tsm_later(facts->held_ns, late_ns);
}

/* Data that was not sent before. */
static inline void tsm_note_new_data(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_facts *facts = &now->conn->facts[sender];
    struct tsm_facts *peer = &now->conn->facts[tsm_other(sender)];

    if (facts->talks) {
        tsm_note_held(now, sender);
    }
    facts->last_payload = now->seg->payload;
    facts->last_data_ns = now->ns;
    facts->last_data_frame = now->frame;
    if (!facts->talks) {
        facts->turns++;
        peer->talks = false;
        facts->talks = true;
    }
    if (now->seg->payload > facts->largest) {
        facts->largest = now->seg->payload;
        facts->largest_end = tsm_segment_end(now->seg);
    }
}

/* ---- tsm_conn.c ---- */

/* Linux and others number the packets of a connection one by one, from the SYN on (taken so
 * only where three in a row show it; super-segments and answers without a socket break it). */
static inline void tsm_count_ip_ids(struct tsm_endpoint *ep, const struct tsm_seen *last,
                                    const struct tsm_segment *seg)
{
    if (ep->segments == 0 || seg->ip_id != (uint16_t)(last->ip_id + 1)) {
        ep->ip_id_run = 0;
    } else if (ep->ip_id_run < UINT8_MAX) {
        ep->ip_id_run++;
    }
}

/* Fills it from the segment. Its first members are those of a segment. */
static inline void tsm_see(struct tsm_seen *seen, const struct tsm_segment *seg)
{
    memcpy(&seen->seq, &seg->seq, TSM_SEEN_BYTES);
    seen->ticks = (uint32_t)(seg->time_ns >> 10);
}

/* The sender's last segment. */
static inline void tsm_remember_last(const struct tsm_step *now, struct tsm_endpoint *ep,
                                     struct tsm_seen *recent)
{
    tsm_count_ip_ids(ep, &recent[ep->newest], now->seg);
    ep->newest = (uint8_t)((ep->newest + 1u) % TSM_RECENT);
    tsm_see(&recent[ep->newest], now->seg);
    ep->segments++;
    ep->last_ns = now->ns;
    ep->last_frame = now->frame;
    ep->unanswered = 0;
    ep->probed = false;
}

#endif
