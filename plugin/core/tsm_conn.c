/* tsm_conn.c - the way of a segment through a connection, and how time passes for it.
 *
 * The idea: a connection is a value of constant size, and feeding it a segment is a function of
 * that value, the segment and the model alone: no memory is allocated, no clock is read, nothing
 * fails. Each segment takes the same steps, and their order matters. First time passes up to it, as
 * far as timers run out (tsm_timer.c), so that what follows meets the states of that moment. Then
 * it is decided whether the segment is a copy, out of date or impossible: such say nothing. Then
 * comes what it proves of its sender (tsm_evidence.c), and only then what it presumes of its
 * receiver (tsm_receive.c), as a reply is judged by what its sender knew. Last, what is remembered
 * of it for those that follow. Most segments of an open connection move nothing: tsm_steady.c
 * recognises them early and takes a fast path that leaves the same value, to the last bit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

#include <stddef.h>
#include <string.h>

/* ---- what kind of segment ---- */

/* Most segments of the end were captured twice. */
static bool is_mirrored(const struct tsm_endpoint *ep)
{
    return ep->segments > 0 && ep->copies >= ep->segments - ep->segments / 2;
}

#define COPY_TICKS 48828     /* 50 ms: a copy of a packet that is told by its IP id; assumed */
#define COPY_CLOSE_TICKS 976 /* 1 ms: any other; assumed */

/* A listener answers each SYN: as many SYN-ACKs as SYNs are no copies, unless SYNs were copied. */
static bool is_answer_due(const struct tsm_conn *conn, enum tsm_side sender,
                          const struct tsm_segment *seg)
{
    return tsm_has(seg, TSM_SYN | TSM_ACK) && conn->syn_tries > conn->ep[sender].segments &&
           conn->ep[tsm_other(sender)].copies == 0;
}

/* The packet `seen`, `back` segments before the last one of its sender, may be this one. Hosts send
 * data, SYN and FIN again only after a while, but ACKs and RSTs at once: one for each segment that
 * they answer (RFC 5681 4.2, RFC 9293 3.10.7.1). They are told apart by the IP identification only,
 * which IPv6 does not have, and with which Linux leaves 0 in SYN-ACKs and RSTs: then it takes more
 * copies to tell one. */
static bool is_copy_of(const struct tsm_conn *conn, enum tsm_side sender,
                       const struct tsm_segment *seg, uint32_t ticks, unsigned back)
{
    if (seg->ip_id != 0) {
        return ticks < COPY_TICKS;
    }
    if (ticks >= COPY_CLOSE_TICKS) {
        return false;
    }
    if (is_mirrored(&conn->ep[sender]) || is_mirrored(&conn->ep[tsm_other(sender)])) {
        return true;
    }
    return back == 0 && tsm_segment_span(seg) > 0 && !is_answer_due(conn, sender, seg);
}

/* It sends or acknowledges what none before it did: a plain segment that does is no copy. */
static bool goes_on(const struct tsm_endpoint *ep, const struct tsm_segment *seg)
{
    return seg->payload > 0 ? tsm_seq_lt(ep->snd_nxt, seg->seq + seg->payload)
                            : tsm_seq_lt(ep->ack_sent, seg->ack);
}

static bool is_same(const struct tsm_seen *a, const struct tsm_seen *b)
{
    return a->seq == b->seq && a->ack == b->ack && a->payload == b->payload &&
           a->ip_id == b->ip_id && a->flags == b->flags && a->window == b->window &&
           a->ts_val == b->ts_val;
}

/* The same packet captured again, by a mirror port or on another interface: nothing but the time,
 * the path and perhaps the time to live differs. Others may lie between. */
static bool is_duplicate(const struct tsm_conn *conn, enum tsm_side sender,
                         const struct tsm_segment *seg)
{
    const struct tsm_endpoint *ep = &conn->ep[sender];
    struct tsm_seen this;

    tsm_see(&this, seg);
    for (unsigned back = 0; back < TSM_RECENT && back < ep->segments; back++) {
        const struct tsm_seen *seen = &conn->recent[sender][(ep->newest - back) % TSM_RECENT];
        const int32_t ticks = tsm_seq_diff(this.ticks, seen->ticks);
        if (is_same(seen, &this) &&
            is_copy_of(conn, sender, seg, (uint32_t)(ticks < 0 ? -ticks : ticks), back)) {
            return true;
        }
    }
    return false;
}

/* Keep-alive or zero-window probe: one before the next sequence number, with no data or one byte
 * that was acknowledged before; or, into a closed window, one byte that is not acknowledged yet.
 * Source: RFC 9293 3.8.4, 3.8.6.1. */
static bool is_probe(const struct tsm_endpoint *ep, const struct tsm_endpoint *peer,
                     const struct tsm_segment *seg)
{
    if ((seg->flags & (TSM_SYN | TSM_FIN | TSM_RST)) != 0 || !tsm_has(seg, TSM_ACK) ||
        seg->payload > 1 || (ep->flags & (EP_SENT | EP_ACKED)) != (EP_SENT | EP_ACKED)) {
        return false;
    }
    if (seg->payload == 1 && (peer->flags & EP_WINDOW) != 0 && peer->window == 0) {
        return seg->seq == ep->snd_una - 1 || seg->seq == ep->snd_una;
    }
    return seg->seq == ep->snd_una - 1 && (seg->payload == 0 || ep->snd_una == ep->snd_nxt);
}

static void classify(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;
    const uint32_t end = tsm_segment_end(seg);

    now->is_late = tsm_is_captured_late(now, sender);
    now->is_probe = !now->is_late && is_probe(ep, tsm_peer(now, sender), seg);
    if (tsm_has(seg, TSM_SYN | TSM_ACK) && (ep->flags & EP_SYN_ACK) == 0) {
        return; /* the same sequence number as the SYN before it in a simultaneous open */
    }
    if (now->is_late) {
        now->fills_hole = true;
        return;
    }
    if (tsm_has(seg, TSM_SYN) && (ep->flags & EP_ISS) == 0) {
        return; /* captured after the segment that answers it */
    }
    if (now->is_probe || end == seg->seq || (ep->flags & EP_SENT) == 0 || tsm_has(seg, TSM_RST) ||
        tsm_seq_lt(ep->snd_nxt, end)) {
        return;
    }
    for (unsigned i = 0; i < ep->n_ranges; i++) {
        if (tsm_seq_within(seg->seq, ep->ranges[i].left, ep->ranges[i].right - 1)) {
            now->out->notes |= TSM_NOTE_RETRANSMISSION;
            return;
        }
    }
    if (tsm_seq_le(ep->contiguous, seg->seq)) {
        now->fills_hole = true;
    } else {
        now->out->notes |= TSM_NOTE_RETRANSMISSION;
    }
}

/* ---- bookkeeping around the inference ---- */

static void note_beginning(struct tsm_step *now)
{
    const struct tsm_conn *conn = now->conn;

    if (!tsm_has(now->seg, TSM_SYN)) {
        now->out->notes |= TSM_NOTE_GUESSED_START;
    }
    if (conn->previous_stream != TSM_NO_STREAM) {
        const unsigned state = conn->ep[TSM_SERVER].base.state;
        const bool alive = state >= TSM_ESTABLISHED && state != TSM_TIME_WAIT;
        now->out->notes |= alive ? TSM_NOTE_SYN_INSIDE : TSM_NOTE_PORT_REUSED;
    }
}

static void note_syn(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    const struct tsm_endpoint *ep = &conn->ep[sender];
    const struct tsm_segment *seg = now->seg;

    if (tsm_has(seg, TSM_ACK)) {
        if ((conn->open_steps_seen & 4) != 0 && (ep->flags & EP_ISS) != 0 && seg->seq == ep->iss) {
            now->out->notes |= TSM_NOTE_SYN_ACK_AGAIN;
        }
        return;
    }
    if (seg->payload > 0) {
        conn->flags |= CONN_FASTOPEN;
        now->out->notes |= TSM_NOTE_FASTOPEN;
    }
    if (conn->first_syn_ns == TSM_NEVER_NS) {
        conn->first_syn_ns = now->ns;
    }
    if (sender == TSM_CLIENT && conn->syn_tries < UINT8_MAX) {
        conn->syn_tries++;
    }
}

static uint32_t pause_ms(int64_t ns)
{
    return ns / TSM_MS < UINT32_MAX ? (uint32_t)(ns / TSM_MS) : UINT32_MAX;
}

static void remember(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    if (now->out->action == TSM_ACT_KEEP_ALIVE) {
        const int64_t last_ns = ep->last_ns > peer->last_ns ? ep->last_ns : peer->last_ns;
        if (!tsm_was_cut_off(now, last_ns)) {
            ep->keepalive_ms = now->ns > last_ns ? pause_ms(now->ns - last_ns) : 0;
        }
    }
    const uint8_t unanswered = ep->unanswered;

    tsm_remember_last(now, ep, now->conn->recent[sender]);
    if ((now->out->notes & TSM_NOTE_RST_IGNORED) != 0) {
        ep->unanswered = unanswered; /* it answers nothing of the connection */
    }
    if ((now->out->notes & TSM_NOTE_RETRANSMISSION) != 0) {
        ep->retransmissions++;
    }
    ep->flags &= ~(uint32_t)EP_CHALLENGED;
    peer->probed = now->is_probe;
    if ((now->is_probe || (now->out->notes & TSM_NOTE_RETRANSMISSION) != 0) &&
        peer->unanswered < UINT8_MAX) {
        peer->unanswered++;
    }
    if (tsm_has(seg, TSM_ACK) && !tsm_has(seg, TSM_RST) &&
        (now->out->notes & (TSM_NOTE_BAD_ACK | TSM_NOTE_OUT_OF_WINDOW)) == 0 &&
        ((ep->flags & EP_ACKS) == 0 || tsm_seq_lt(ep->ack_sent, seg->ack))) {
        ep->ack_sent = seg->ack;
        ep->flags |= EP_ACKS;
    }
}

/* Data that an endpoint acknowledges after its own FIN: it only closed its sending side. What is
 * answered in TIME_WAIT restarts 2MSL (RFC 9293 3.10.7.4; Linux: whatever it answers). */
static void note_lingering(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;
    const unsigned state = ep->base.state;

    if ((state != TSM_FIN_WAIT_2 && state != TSM_TIME_WAIT) ||
        now->out->before[sender].state != state || (seg->flags & (TSM_RST | TSM_ACK)) != TSM_ACK) {
        return;
    }
    if (state == TSM_FIN_WAIT_2 && (ep->flags & EP_ACKS) != 0 &&
        tsm_seq_lt(ep->ack_sent, seg->ack)) {
        ep->flags |= EP_HALF_CLOSE;
    }
    ep->linger_ns = now->ns;
}

/* Data on its way to an endpoint that is through with the connection. */
static void note_late(struct tsm_step *now, enum tsm_side sender)
{
    const unsigned state = now->out->before[tsm_other(sender)].state;

    if ((state == TSM_CLOSED || state == TSM_TIME_WAIT) && !tsm_has(now->seg, TSM_SYN) &&
        (now->conn->flags & CONN_SELF) == 0) {
        now->out->notes |= TSM_NOTE_LATE_DATA;
    }
}

static void note_closer(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;

    if (conn->closed_by == 0 && !(tsm_has(now->seg, TSM_RST) && tsm_is_reset_reply(now, sender)) &&
        (now->out->notes & (TSM_NOTE_RST_IGNORED | TSM_NOTE_OUT_OF_WINDOW)) == 0) {
        conn->closed_by = (uint8_t)(1 + sender);
    }
    if (tsm_has(now->seg, TSM_FIN) && tsm_peer(now, sender)->n_pending > 0 &&
        tsm_state_of(&conn->ep[sender]) == TSM_CLOSING) {
        now->out->notes |= TSM_NOTE_SIMULTANEOUS_CLOSE;
    }
}

/* ---- the way of a segment ---- */

/* The data of the segment, which no receiver takes without ACK (RFC 9293 3.10.7.4), and what it
 * acknowledges. */
static void count_bytes(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_bytes *bytes = now->conn->bytes;
    const bool taken = (now->seg->flags & (TSM_ACK | TSM_SYN)) != 0;
    const bool acks = (now->seg->flags & (TSM_ACK | TSM_RST)) == TSM_ACK &&
                      (now->out->notes & TSM_NOTE_BAD_ACK) == 0;

    if (taken && (!now->is_probe || tsm_seq_lt(bytes[sender].next, tsm_segment_end(now->seg)))) {
        tsm_bytes_sent(&bytes[sender], now->seg);
    }
    if (acks && (now->conn->flags & CONN_SELF) == 0) {
        tsm_bytes_acked(&bytes[tsm_other(sender)], now->seg->ack);
    }
}

/* It is where it belongs now: what it answers, and what answers it, was captured before. */
static void take_late(struct tsm_step *now, enum tsm_side sender)
{
    if (tsm_has(now->seg, TSM_FIN)) {
        tsm_deliver_ack(now, tsm_other(sender));
        tsm_take_late_fin(now, sender);
    }
    now->out->notes |= tsm_track(now, sender);
    if ((now->conn->flags & CONN_NO_FACTS) == 0) {
        count_bytes(now, sender);
    }
}

/* What it tells of its sender, which is its own. */
static void take_evidence(struct tsm_step *now, enum tsm_side sender)
{
    if (tsm_has(now->seg, TSM_ACK)) {
        tsm_reveal(now, sender);
    }
    tsm_prove(now, sender);
    tsm_note_stall(now, sender);
    if (tsm_has(now->seg, TSM_FIN)) {
        tsm_doubt_acked(now, sender);
        tsm_note_lost_fins(now, sender);
    } else if (tsm_counts_fin(&now->conn->ep[sender], tsm_peer(now, sender), now->seg)) {
        tsm_note_own_number(now, sender);
    }
    tsm_retry_note(now, sender);
}

static void infer(struct tsm_step *now, enum tsm_side sender)
{
    const enum tsm_side receiver = (now->conn->flags & CONN_SELF) != 0 ? sender : tsm_other(sender);

    classify(now, sender);
    if (now->conn->ep[TSM_CLIENT].segments + now->conn->ep[TSM_SERVER].segments == 0) {
        note_beginning(now);
    }
    if (tsm_has(now->seg, TSM_SYN)) {
        note_syn(now, sender);
    }
    if (now->conn->ep[sender].reaction_ns < 0) {
        tsm_measure_reaction(now, sender);
    }
    if (now->is_late) {
        tsm_forget_unseen(now, sender);
    }
    if (now->is_late && (now->seg->flags & (TSM_SYN | TSM_FIN)) != 0) {
        take_late(now, sender);
        return;
    }
    tsm_resync(now, sender);
    if (tsm_is_outside(now, sender)) {
        const bool reset = tsm_has(now->seg, TSM_RST);
        now->out->notes |= reset                             ? TSM_NOTE_RST_IGNORED
                           : tsm_may_follow_gap(now, sender) ? TSM_NOTE_HOLE
                                                             : TSM_NOTE_OUT_OF_WINDOW;
        return;
    }
    if (!tsm_is_strange(now, sender)) {
        take_evidence(now, sender);
    }
    now->out->notes |= tsm_track(now, sender);
    tsm_deliver(now, receiver);
    if ((now->conn->flags & CONN_NO_FACTS) == 0) {
        count_bytes(now, sender);
    }
    note_lingering(now, sender);
}

/* One socket is both endpoints: what holds for one holds for the other. */
static void mirror(struct tsm_step *now)
{
    struct tsm_verdict *out = now->out;
    const unsigned n = out->n_changes;

    for (unsigned i = 0; i < n && out->n_changes < TSM_MAX_CHANGES; i++) {
        out->changes[out->n_changes] = out->changes[i];
        out->changes[out->n_changes++].side = TSM_SERVER;
    }
    now->conn->belief[TSM_SERVER] = now->conn->belief[TSM_CLIENT];
}

struct tsm_step tsm_step_begin(struct tsm_conn *conn, const struct tsm_model *model,
                               struct tsm_verdict *verdict, int64_t ns, uint32_t frame)
{
    const unsigned self = (conn->flags & CONN_SELF) != 0;

    memset((char *)verdict + offsetof(struct tsm_verdict, notes), 0,
           offsetof(struct tsm_verdict, changes) - offsetof(struct tsm_verdict, notes));
    return (struct tsm_step){
        .conn = conn,
        .model = model,
        .out = verdict,
        .ns = ns,
        .frame = frame,
        .peer = {&conn->ep[1 - self], &conn->ep[self]},
    };
}

static void publish_start(struct tsm_step *now)
{
    if (now->conn->belief[TSM_CLIENT].possible == 0) {
        tsm_publish(now, TSM_CLIENT, TSM_CAUSE_START);
        tsm_publish(now, TSM_SERVER, TSM_CAUSE_START);
    }
}

static bool has_moved(const struct tsm_verdict *verdict)
{
    return verdict->before[TSM_CLIENT].state != verdict->after[TSM_CLIENT].state ||
           verdict->before[TSM_SERVER].state != verdict->after[TSM_SERVER].state ||
           (verdict->notes & (TSM_NOTE_REFUTED | TSM_NOTE_RESUMED)) != 0;
}

static uint8_t stamps_of(const struct tsm_endpoint *ep)
{
    return (ep->flags & EP_TIMESTAMPS) != 0 ? TSM_HAS_TIMESTAMP : 0;
}

/* What a plain segment of it is asked. */
static void note_plain(struct tsm_endpoint *ep, const struct tsm_endpoint *peer)
{
    ep->shift = tsm_window_shift(ep, peer);
    ep->stamps = stamps_of(ep);
    ep->least_window = (uint16_t)(1 + ((TSM_LEAST_MSS - 1) >> ep->shift));
}

static void note_steady(struct tsm_conn *conn)
{
    struct tsm_endpoint *ep = conn->ep;

    conn->steady = tsm_is_steady(conn);
    if (conn->steady) {
        note_plain(&ep[TSM_CLIENT], &ep[TSM_SERVER]);
        note_plain(&ep[TSM_SERVER], &ep[TSM_CLIENT]);
    }
}

static void finish(struct tsm_step *now)
{
    if ((now->conn->flags & CONN_SELF) != 0) {
        mirror(now);
    }
    if (now->ns > now->conn->clock_ns) {
        now->conn->clock_ns = now->ns;
    }
    memcpy(now->out->after, now->conn->belief, sizeof now->out->after);
    now->out->changed = has_moved(now->out);
    tsm_set_timer(now);
    note_steady(now->conn);
}

/* The slow path, for any segment. */
static void take(struct tsm_step *now, enum tsm_side sender)
{
    infer(now, sender);
    if ((now->seg->flags & (TSM_FIN | TSM_RST)) != 0) {
        note_closer(now, sender);
    }
    if (now->seg->payload > 0) {
        note_late(now, sender);
    }
    tsm_name_step(now, sender);
    tsm_facts_host(now, sender);
    if ((now->conn->flags & CONN_NO_FACTS) == 0) {
        tsm_facts_note(now, sender);
    }
    remember(now, sender);
    if (now->conn->ep[tsm_other(sender)].unanswered >= TSM_SILENT_PROBES) {
        tsm_doubt_silent(now, tsm_other(sender));
    }
    finish(now);
}

#define RIGHT_ENOUGH 2 /* right checksums of an end, before a wrong one tells; assumed */

/* The checksum of the segment is wrong although those of its sender's others are right: no receiver
 * takes it (RFC 9293 3.1, RFC 1122 3.2.1.2), and perhaps its sender never sent it. Where checksums
 * are left to a network card they say nothing. */
static bool is_damaged(const struct tsm_facts *facts, const struct tsm_segment *seg)
{
    const unsigned right = (unsigned)facts->checked - facts->wrong - facts->partial;

    return seg->checksum == TSM_CHECKSUM_WRONG && facts->partial == 0 && right >= RIGHT_ENOUGH &&
           right > facts->wrong;
}

/* Feeds a segment; unless `may_be_fast`, the slow path even when it is plain. */
static void feed_segment(struct tsm_step *now, const struct tsm_segment *seg, unsigned end,
                         bool may_be_fast)
{
    struct tsm_conn *conn = now->conn;
    struct tsm_verdict *verdict = now->out;
    const enum tsm_side sender = (enum tsm_side)(end ^ conn->client_end);

    if (now->model->vantage != TSM_AT_UNKNOWN) {
        conn->vantage = now->model->vantage;
    }
    publish_start(now);
    if (conn->next_timer_ns <= now->ns || conn->blanks < now->model->n_blanks) {
        tsm_run_timers(now);
    }
    now->seg = seg;
    verdict->sender = (uint8_t)sender;
    memcpy(verdict->before, conn->belief, sizeof verdict->before);
    tsm_facts_arrival(&conn->facts[sender], seg);
    if (is_damaged(&conn->facts[sender], seg)) {
        verdict->notes |= TSM_NOTE_DAMAGED;
        finish(now);
        return;
    }
    const bool plain = tsm_is_plain(now, sender);
    if (!(plain && goes_on(&conn->ep[sender], seg)) && is_duplicate(conn, sender, seg)) {
        verdict->notes |= TSM_NOTE_DUPLICATE;
        verdict->action = TSM_ACT_DUPLICATE;
        conn->ep[sender].copies++;
        finish(now);
        return;
    }
    if (!plain && tsm_is_too_old(now, sender)) {
        verdict->notes |= TSM_NOTE_TOO_OLD;
        tsm_peer(now, sender)->flags |= EP_CHALLENGED;
        finish(now);
        return;
    }
    verdict->plain = plain;
    if (plain && may_be_fast) {
        tsm_take_plain(now, sender);
    } else {
        take(now, sender);
    }
}

void tsm_conn_feed(struct tsm_conn *conn, const struct tsm_model *model,
                   const struct tsm_segment *seg, unsigned end, struct tsm_verdict *verdict)
{
    struct tsm_step now = tsm_step_begin(conn, model, verdict, seg->time_ns, seg->frame);

    feed_segment(&now, seg, end, true);
}

void tsm_conn_feed_slow(struct tsm_conn *conn, const struct tsm_model *model,
                        const struct tsm_segment *seg, unsigned end, struct tsm_verdict *verdict)
{
    struct tsm_step now = tsm_step_begin(conn, model, verdict, seg->time_ns, seg->frame);

    feed_segment(&now, seg, end, false);
}

void tsm_conn_icmp(struct tsm_conn *conn, const struct tsm_model *model,
                   const struct tsm_segment *quoted, unsigned end,
                   const struct tsm_icmp_error *error, struct tsm_verdict *verdict)
{
    struct tsm_step now = tsm_step_begin(conn, model, verdict, quoted->time_ns, quoted->frame);
    const enum tsm_side side = end == conn->client_end ? TSM_CLIENT : TSM_SERVER;
    const struct tsm_endpoint *ep = &conn->ep[side];

    publish_start(&now);
    tsm_run_timers(&now);
    memcpy(verdict->before, conn->belief, sizeof verdict->before);
    verdict->sender = (uint8_t)tsm_other(side);
    verdict->action = TSM_ACT_ICMP_ERROR;
    verdict->notes = TSM_NOTE_ICMP;
    tsm_facts_icmp(conn, side, quoted->frame, quoted->seq, error);
    if (tsm_icmp_ends_attempt(ep, error) && (ep->flags & EP_ISS) != 0 && quoted->seq == ep->iss) {
        tsm_presume(&now, side, TSM_RCV_ICMP_ERROR, false, 0);
        verdict->call = side == TSM_CLIENT ? TSM_CALL_UNREACHABLE : TSM_CALL_NONE;
    }
    finish(&now);
}

void tsm_conn_advance(struct tsm_conn *conn, const struct tsm_model *model, int64_t now_ns,
                      struct tsm_verdict *verdict)
{
    struct tsm_step now = tsm_step_begin(conn, model, verdict, now_ns, 0);

    publish_start(&now);
    memcpy(verdict->before, conn->belief, sizeof verdict->before);
    tsm_run_timers(&now);
    finish(&now);
}

void tsm_conn_project(struct tsm_conn *conn, const struct tsm_model *model,
                      struct tsm_verdict *verdict)
{
    struct tsm_step now = tsm_step_begin(conn, model, verdict, TSM_NEVER_NS - 1, 0);

    now.beyond = true;
    memcpy(verdict->before, conn->belief, sizeof verdict->before);
    tsm_run_timers(&now);
    finish(&now);
}
