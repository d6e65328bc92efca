/* tsm_internal.h - what the files of the engine share with each other and with nobody else.
 *
 * The way of a segment: tsm_conn.c lets time pass (tsm_timer.c), asks what the segment proves of
 * its sender (tsm_evidence.c) and what it presumes of its receiver (tsm_receive.c), and names the
 * step (tsm_step.c). Beliefs change in tsm_belief.c, and in
 * tsm_doubt.c where segments were not captured or not the endpoint's own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_INTERNAL_H
#define TSM_INTERNAL_H

#include "tsm_conn.h"
#include "tsm_seq.h"
#include "tsm_system.h"

#define TSM_NEVER_NS INT64_MAX
#define TSM_MS 1000000LL
#define TSM_S 1000000000LL

/* Sums of times and spans saturate, at TSM_NEVER_NS: a capture may claim gaps of a century (its
 * times are within TSM_MAX_TIME_S), and a timer that would run out later does not run out. */
static inline int64_t tsm_later(int64_t ns, int64_t span_ns)
{
    return span_ns > 0 && ns > TSM_NEVER_NS - span_ns ? TSM_NEVER_NS : ns + span_ns;
}

#define TSM_MIN_RTO_NS (200 * TSM_MS)    /* TCP_RTO_MIN of Linux */
#define TSM_DELAYED_ACK_NS (40 * TSM_MS) /* TCP_DELACK_MIN of Linux; RFC 9293 3.8.6.3: <= 0.5 s */
#define TSM_NEAR_DELAY_NS (1 * TSM_MS)   /* a host answers its own tap faster than this; assumed */
/* Administrators shorten FIN_WAIT_2 (tcp_fin_timeout of Linux), to no less than this; assumed. */
#define TSM_MIN_FIN_WAIT_2_NS (2 * TSM_S)

/* tsm_endpoint.flags */
enum {
    EP_SENT = 0x0001,         /* snd_nxt and contiguous are valid */
    EP_ISS = 0x0002,          /* iss is valid: its SYN was captured */
    EP_ACKED = 0x0004,        /* snd_una is valid */
    EP_ACKS = 0x0008,         /* ack_sent is valid */
    EP_FIN = 0x0010,          /* fin_seq is valid */
    EP_FIN_HELD = 0x0020,     /* its FIN lies beyond a hole */
    EP_FIN_AGAIN = 0x0040,    /* its FIN was repeated and not yet acknowledged again */
    EP_HALF_CLOSE = 0x0080,   /* it accepted data after its own FIN: shutdown(SHUT_WR) */
    EP_CHALLENGED = 0x0100,   /* it is expected to send a challenge ACK */
    EP_TIMESTAMPS = 0x0200,   /* it sends the time stamps option */
    EP_SACK = 0x0400,         /* it offered SACK */
    EP_WSCALE = 0x0800,       /* it offered window scaling: wscale is valid */
    EP_ACTIVE = 0x1000,       /* it sent a SYN without ACK */
    EP_RST = 0x2000,          /* it sent a RST that ended its side */
    EP_BAD_ACKED = 0x4000,    /* the peer's last segment acknowledged what it never sent */
    EP_WINDOW = 0x8000,       /* window and max_window are valid */
    EP_SYN_ACK = 0x10000,     /* it sent a SYN-ACK */
    EP_DATA = 0x20000,        /* first_data_ns is valid */
    EP_FIN_GUESSED = 0x80000, /* its FIN was not captured: the peer acknowledges one octet more */
    EP_UNSEEN = 0x100000,     /* unseen_from is valid */
    EP_SHUT = 0x200000,       /* with EP_STALLED: shut_ns is valid */
    EP_FIN_COPY = 0x400000,   /* its FIN may be a copy: it was not heard since extra_ns */
    EP_STALLED = 0x40000,     /* stall_ns is valid: something holds it back since then */
};

/* tsm_conn.flags */
enum {
    CONN_SELF = 0x01,     /* both ends have the same address and port: one socket */
    CONN_FASTOPEN = 0x02, /* data in the SYN */
    CONN_SIMULTANEOUS = 0x04,
    CONN_GAPS_KNOWN = 0x08, /* the handshake told where the capture was made */
    CONN_NO_FACTS = 0x10,   /* nobody will ask for facts and bytes */
};

/* States of an endpoint that has sent its FIN; that has received its peer's. */
#define TSM_SENT_FIN                                                               \
    (tsm_only(TSM_FIN_WAIT_1) | tsm_only(TSM_FIN_WAIT_2) | tsm_only(TSM_CLOSING) | \
     tsm_only(TSM_LAST_ACK) | tsm_only(TSM_TIME_WAIT))
#define TSM_RECEIVED_FIN                                                         \
    (tsm_only(TSM_CLOSE_WAIT) | tsm_only(TSM_CLOSING) | tsm_only(TSM_LAST_ACK) | \
     tsm_only(TSM_TIME_WAIT))

/* tsm_pending.flags */
enum {
    PENDING_COVER = 1,  /* cover is valid */
    PENDING_TS = 2,     /* ts is valid */
    PENDING_TS_NEW = 8, /* no segment before had that time stamp: an echo proves delivery */
    PENDING_LATER = 4,  /* the endpoint denied it once: it came a reaction time after it was sent */
};

/* One step of a connection: the segment, or the timer, that is being applied. */
struct tsm_step {
    struct tsm_conn *conn;
    const struct tsm_model *model;
    struct tsm_verdict *out;
    const struct tsm_segment *seg; /* NULL when a timer runs out */
    int64_t ns;
    uint32_t frame;               /* 0 when a timer runs out */
    bool is_probe;                /* the segment is a keep-alive or a zero-window probe */
    bool beyond;                  /* past the end of the capture: see tsm_conn_project() */
    bool fills_hole;              /* it brings data from before what was sent last, first time */
    bool is_late;                 /* tsm_is_captured_late() */
    struct tsm_endpoint *peer[2]; /* see tsm_peer() */
};

/* The endpoint's last segment; all zero when there was none. */
static inline const struct tsm_seen *tsm_last(const struct tsm_conn *conn, enum tsm_side side)
{
    return &conn->recent[side][conn->ep[side].newest];
}

/* The other endpoint; of a socket that is connected to itself, the same. */
static inline struct tsm_endpoint *tsm_peer(const struct tsm_step *now, enum tsm_side side)
{
    return now->peer[side];
}

/* ---- tsm_conn.c ---- */

/* A step at that time; clears what the verdict says of a segment. */
struct tsm_step tsm_step_begin(struct tsm_conn *conn, const struct tsm_model *model,
                               struct tsm_verdict *verdict, int64_t ns, uint32_t frame);

/* For tests: feeds as tsm_conn_feed() does, but never the fast path of a plain segment. */
void tsm_conn_feed_slow(struct tsm_conn *conn, const struct tsm_model *model,
                        const struct tsm_segment *seg, unsigned end, struct tsm_verdict *verdict);

/* ---- tsm_origin.c ---- */

/* The gaps of the handshake: how long after a segment to an endpoint its answer was captured. */
void tsm_measure_reaction(struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_belief.c ---- */

/* The state after all pending events. */
static inline enum tsm_state tsm_state_of(const struct tsm_endpoint *ep)
{
    enum tsm_state state = (enum tsm_state)ep->base.state;

    for (unsigned i = 0; i < ep->n_pending; i++) {
        state = tsm_fsm_next(state, (enum tsm_event)ep->pending[i].event);
    }
    return state;
}

/* The capture was made on this endpoint's own host: what was captured on its way to it arrived. */
static inline bool tsm_is_near(const struct tsm_conn *conn, enum tsm_side side)
{
    return (conn->flags & CONN_SELF) != 0 ||
           conn->vantage == (side == TSM_CLIENT ? TSM_AT_CLIENT : TSM_AT_SERVER);
}

#define TSM_REFUTATIONS_ENOUGH 3 /* assumed */

/* The endpoint repeated its SYN-ACK or FIN again and again although every copy was acknowledged:
 * the acknowledgments do not reach it. */
static inline bool tsm_acks_not_arriving(const struct tsm_endpoint *ep)
{
    return ep->refutations >= TSM_REFUTATIONS_ENOUGH;
}

/* The states that the endpoint may be in instead of the one named: not everything was captured. */
static inline tsm_state_set tsm_others_of(const struct tsm_belief *belief)
{
    return belief->possible & (tsm_state_set)~tsm_only((enum tsm_state)belief->state);
}

/* It has not closed, and its program may do so. */
static inline bool tsm_may_close(enum tsm_state state)
{
    return state == TSM_ESTABLISHED || state == TSM_CLOSE_WAIT;
}

/* The belief that it is in this state, and in no other. */
static inline struct tsm_belief tsm_known(enum tsm_state state, enum tsm_basis basis,
                                          int64_t since_ns, uint32_t since_frame)
{
    return (struct tsm_belief){
        .state = (uint8_t)state,
        .basis = (uint8_t)basis,
        .possible = tsm_only(state),
        .since_ns = since_ns,
        .since_frame = since_frame,
    };
}

/* A certain event, now. Returns false and does nothing when it cannot happen in the base state. */
bool tsm_move(struct tsm_step *now, enum tsm_side side, enum tsm_event event, enum tsm_basis basis);

/* A step that was taken some time ago, as is known only now. */
struct tsm_earlier {
    enum tsm_event event;
    unsigned cause; /* to publish: the event, or why it is known */
    enum tsm_basis basis;
    int64_t from_ns;
    uint32_t from_frame; /* 0 = a timer */
    tsm_state_set doubt; /* possible as well since then */
};

/* Takes it. Nothing pending reached the endpoint, unless tsm_undo() takes it all back. Returns
 * false and does nothing when the base state has no such edge. */
bool tsm_move_earlier(struct tsm_step *now, enum tsm_side side, const struct tsm_earlier *move);

/* An event that is presumed to reach the endpoint. `ack` is what the endpoint's own acknowledgment
 * must reach to prove it (ignored without `has_ack`). Repeats of a pending event are noted. */
void tsm_presume(struct tsm_step *now, enum tsm_side side, enum tsm_event event, bool has_ack,
                 uint32_t ack);

/* The first pending event has happened. `again`: not when first captured, but when repeated. */
void tsm_confirm_first(struct tsm_step *now, enum tsm_side side, enum tsm_basis basis, bool again,
                       enum tsm_cause cause);

/* The endpoint speaks itself: what was assumed of it only because its peer spoke is void. */
void tsm_forget_guess(struct tsm_step *now, enum tsm_side side);

/* Pending events from number k on did not happen. */
void tsm_refute(struct tsm_step *now, enum tsm_side side, unsigned k);

/* Pending event k had not happened when the endpoint sent what is captured now; it still may. */
void tsm_postpone(struct tsm_step *now, enum tsm_side side, unsigned k);

/* The last step of the base did not happen. Returns false when there is nothing to take back. */
bool tsm_undo(struct tsm_step *now, enum tsm_side side);

/* Hindsight: the last step of the base was taken at from_ns already; unless `certain`, only
 * probably, and certainly by now. */
void tsm_backdate(struct tsm_step *now, enum tsm_side side, int64_t from_ns, uint32_t from_frame,
                  bool certain);

/* Sets the base without an event: evidence contradicts all that was believed. */
void tsm_adopt(struct tsm_step *now, enum tsm_side side, enum tsm_state state);

/* Makes more states possible, from `from_ns` on in hindsight. */
void tsm_widen(struct tsm_step *now, enum tsm_side side, tsm_state_set more, int64_t from_ns,
               uint32_t from_frame, unsigned cause);

/* The endpoint speaks: what time and silence had made possible (extra) was not so, back to when it
 * became possible. */
void tsm_narrow(struct tsm_step *now, enum tsm_side side);

/* The same as hindsight has it: `more` is possible from `from_ns` until now, and not any more. */
void tsm_doubt_until_now(struct tsm_step *now, enum tsm_side side, tsm_state_set more,
                         int64_t from_ns, uint32_t from_frame);

/* The third ACK has come to it, its next SYN-ACK was due and did not come, and the client has sent
 * no data: the accept queue took the connection, or it is deferred until data come (Linux,
 * TCP_DEFER_ACCEPT: a SYN-ACK that was acknowledged is not repeated meanwhile). */
static inline bool tsm_is_deferred(const struct tsm_endpoint *ep)
{
    return ep->pending[0].deadline_ns == TSM_NEVER_NS && ep->n_pending == 1 &&
           ep->pending[0].event == TSM_RCV_ACK_OF_SYN;
}

/* The endpoint, which was not heard for a while, speaks with a FIN (before tsm_narrow()): copies of
 * it may have been lost before the capture, which EP_FIN_COPY tells. */
void tsm_note_fin_copy(struct tsm_step *now, enum tsm_side sender);

/* The same when what is pending was settled: the state behind the FIN was possible meanwhile. */
void tsm_doubt_fin_copy(struct tsm_step *now, enum tsm_side sender);

/* Publishes the belief as it stands, if it differs from the last one published. */
void tsm_publish(struct tsm_step *now, enum tsm_side side, unsigned cause);

/* Hindsight: publishes from that time on (but not before the base holds) what the base and each
 * pending event in its turn say. */
void tsm_rewrite(struct tsm_step *now, enum tsm_side side, int64_t from_ns, uint32_t from_frame,
                 unsigned cause);

/* Of the queue stays what can still happen to the base; silence has to confirm it anew. */
void tsm_renew_pending(struct tsm_step *now, enum tsm_side side);

/* ---- tsm_doubt.c ---- */

/* It has no ACK (RFC 9293 3.10.7.4: all segments of a connection have it), or no time stamp though
 * both ends send them (RFC 7323 3.2: all but RSTs have it then). Whoever sent this, it was not the
 * end in whose name it comes; its receiver may take it. */
bool tsm_is_strange(const struct tsm_step *now, enum tsm_side sender);

/* Its sender, which has closed, never sent that number, or is in TIME_WAIT, where a RST answers
 * what was received, and nothing was (RFC 9293 3.10.7.1). */
bool tsm_is_strange_reset(const struct tsm_step *now, enum tsm_side sender);

/* A segment that was sent long before it was captured, or a copy made by the network: its sender
 * has moved on, as other segments of its own have proven. */
bool tsm_is_stale(const struct tsm_step *now, enum tsm_side sender);

/* Its SYN again, with the same number, behind a RST in its name: a new attempt has another number
 * (RFC 9293 3.4.1), and no copy made by the network is stamped later, or comes as late as what a
 * timer repeats. */
bool tsm_repeats_attempt(const struct tsm_step *now, enum tsm_side sender);

/* It is in SYN_SENT (RFC 9293 3.8.1). Where the RST came upon that, it was somebody else's, and
 * hindsight takes it back; where it answered a SYN-ACK, there was no socket then, and may be none
 * now: who scans sends SYNs without one. */
void tsm_reopen(struct tsm_step *now, enum tsm_side sender);

/* The FIN that was captured in the name of the endpoint was not its own: it is in the state without
 * it, in hindsight since then, and what is pending of it did not happen. */
void tsm_disown_fin(struct tsm_step *now, enum tsm_side side);

/* Takes back a FIN that the sender goes on behind, and octets that it was thought to have sent. */
void tsm_withdraw(struct tsm_step *now, enum tsm_side sender);

/* The peer acknowledges one octet more than was captured of the sender: probably its FIN. Both ends
 * move by presumption, and where they were stays possible. */
void tsm_guess_fin(struct tsm_step *now, enum tsm_side sender);

/* It was no FIN: the states that only the guess had led to are left, in hindsight too. */
void tsm_withdraw_fin(struct tsm_step *now, enum tsm_side sender);

/* The endpoint may have been in one of these states instead of that named, since its last step. */
void tsm_doubt(struct tsm_step *now, enum tsm_side side, tsm_state_set others);

/* Hindsight: it has closed now, by the last step of its base, and may have since `from_ns`. */
void tsm_doubt_closed(struct tsm_step *now, enum tsm_side side, int64_t from_ns,
                      uint32_t from_frame);

/* The endpoint is surely in none of the states of `set`, and has not been since its last step. The
 * state that is named stays. */
void tsm_rule_out(struct tsm_step *now, enum tsm_side side, tsm_state_set set);

/* The receiver has not answered for long: it may be gone. Where it cannot be heard it may have
 * closed, too, before or after its peer's FIN came, and repeat its own in vain. */
void tsm_doubt_silent(struct tsm_step *now, enum tsm_side receiver);

/* A segment proves its sender's state at that moment. Since then it may have gone on without a
 * sign: its host vanished; on another host its RST was lost on its way to the capture, which
 * nothing repeats, or its FIN with all that repeat it. How often: docs/user/inference.md. So it is
 * no longer proven when it is silent for this long; in hindsight, as long as it is not heard again,
 * from soon after its last word on. */
#define TSM_UNHEARD_NS (3 * TSM_S)
#define TSM_FRESH_NS (1 * TSM_S) /* for so long its last word is taken to hold; assumed */

/* When that becomes possible; TSM_NEVER_NS = it is already, or something else tells. */
int64_t tsm_unheard_ns(const struct tsm_step *now, enum tsm_side side);

/* It has. */
void tsm_doubt_unheard(struct tsm_step *now, enum tsm_side side);

/* The endpoint has a connection from before the first segment, in any synchronized state or in
 * SYN_RCVD: nothing that was believed of it holds. Its own segment, next, publishes what does. */
void tsm_adopt_older(struct tsm_step *now, enum tsm_side side);

/* ---- tsm_evidence.c ---- */

/* What the segment proves of its sender. */
void tsm_prove(struct tsm_step *now, enum tsm_side sender);

/* A RST that only answers a stray segment and leaves its sender where it is: to a SYN-ACK or ACK
 * that does not acknowledge its SYN, or what it never sent. Source: RFC 9293 3.10.7.3, 3.5.2. */
bool tsm_is_reset_reply(const struct tsm_step *now, enum tsm_side sender);

/* Whether something captured at `since_ns` on its way to the endpoint must have shown in what it
 * sends now. */
bool tsm_is_late(const struct tsm_step *now, enum tsm_side side, int64_t since_ns);

/* The segment is a copy of the sender's SYN, SYN-ACK or FIN made by the network, not a
 * retransmission by the host: a host would have stamped it anew (RFC 7323 4.1). */
bool tsm_is_network_copy(const struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_hidden.c ---- */

/* Nothing that the endpoint sent was captured. */
static inline bool tsm_is_hidden(const struct tsm_conn *conn, enum tsm_side side)
{
    return conn->ep[side].segments == 0 && (conn->flags & CONN_SELF) == 0;
}

/* What the segment shows of its sender's peer that was not captured. Call it before tsm_prove(). */
void tsm_reveal(struct tsm_step *now, enum tsm_side sender);

/* The FIN that was guessed of the endpoint was none. */
void tsm_forget_fin(struct tsm_step *now, enum tsm_side side);

/* What the endpoint sent was not repeated in time, or not any more, and the answers of its peer are
 * not captured: it was acknowledged. */
void tsm_acked_hidden(struct tsm_step *now, enum tsm_side side);

/* All has been quiet for a while, and nothing of the endpoint is captured: its last data may have
 * had its FIN with it, and a RST may have ended both ends. */
void tsm_doubt_hidden(struct tsm_step *now, enum tsm_side hidden);

/* What the endpoint has sent may be acknowledged since, where that would not be captured. */
void tsm_doubt_acked(struct tsm_step *now, enum tsm_side side);

/* ---- tsm_request.c ---- */

/* A listener answers with another initial sequence number: what it had in SYN_RCVD was gone by
 * then, or a SYN cookie stood for it and there was nothing (RFC 4987 3.6). When is not known; of
 * the time between, LISTEN is named for the second half. */
void tsm_drop_request(struct tsm_step *now, enum tsm_side side);

/* The ACK of a SYN-ACK makes a server ESTABLISHED only when the accept queue has room, and with
 * TCP_DEFER_ACCEPT only when data comes. Both leave no trace if they pass soon, so until the first
 * data either state is possible, even in hindsight. Where the SYN-ACK was a cookie (RFC 4987 3.6)
 * there was nothing before them: LISTEN. */
void tsm_keep_request_in_doubt(struct tsm_step *now, enum tsm_side side, int64_t from_ns,
                               uint32_t from_frame);

/* A server that was in SYN_RCVD, or thought so, speaks as only a connection does: the client's ACK
 * was taken by now. */
void tsm_accept_at_last(struct tsm_step *now, enum tsm_side side);

/* ---- tsm_lost.c ---- */

/* A FIN whose first copies were lost before the capture, as the numbers of its sender's packets
 * show: it was sent earlier, nobody knows when. */
void tsm_note_lost_fins(struct tsm_step *now, enum tsm_side sender);

/* Its acknowledgment, which tsm_counts_fin(), shows that it has closed. */
void tsm_note_own_number(struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_stall.c ---- */

/* Where it may be instead, as long as EP_STALLED is set: its FIN waits. */
tsm_state_set tsm_held_states(const struct tsm_endpoint *ep);

/* Begins and ends what holds an endpoint back from sending. Call it between tsm_prove() and
 * tsm_retry_note(). */
void tsm_note_stall(struct tsm_step *now, enum tsm_side sender);

/* It sends where nothing of it was unacknowledged. A segment that its peer's ACK called forth goes
 * on with what it sent before; another begins anew. */
void tsm_note_run(const struct tsm_step *now, enum tsm_side sender);

/* When a FIN that the endpoint held back would have been captured; TSM_NEVER_NS = not yet known. */
int64_t tsm_stall_over_ns(const struct tsm_step *now, enum tsm_side side);

/* It was not captured: it held none back. */
void tsm_stall_over(struct tsm_step *now, enum tsm_side side);

/* ---- tsm_gap.c ---- */

/* Takes up the numbers of a stream again behind a gap of the capture that is larger than any
 * window, as soon as both ends agree on them. Call it before tsm_is_outside(). */
void tsm_resync(struct tsm_step *now, enum tsm_side sender);

/* The segment, which is outside, is of its sender as far as its acknowledgment tells: its
 * receiver's answer will show whether it lies behind a gap. */
bool tsm_may_follow_gap(const struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_late.c ---- */

/* The peer acknowledges these octets of the endpoint, which were not captured yet. */
void tsm_note_unseen(struct tsm_step *now, enum tsm_side side, uint32_t from, uint32_t to);

/* The segment, SYN-ACK, data or FIN, was acknowledged just before it was captured: it is no
 * retransmission, and in the capture at the wrong place. */
bool tsm_is_captured_late(const struct tsm_step *now, enum tsm_side sender);

/* It was captured after all. */
void tsm_forget_unseen(struct tsm_step *now, enum tsm_side sender);

/* Such a FIN: both ends are where all that was captured of them by now shows them to be. */
void tsm_take_late_fin(struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_paws.c ---- */

/* Its receiver has accepted a later time stamp, and refuses the segment: it moves neither end, and
 * proves nothing. It is acknowledged, as RFC 7323 5.3 R1 wants; a RST is exempt. */
bool tsm_is_too_old(const struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_pause.c ---- */

/* The next blank that is over by then and that the connection was not led through; NULL = none. */
const struct tsm_blank *tsm_next_blank(const struct tsm_step *now, int64_t until_ns);

/* Leads the connection through it: whatever was not captured may have happened, and what silence
 * would have shown it did not. Timers were run until it began. */
void tsm_pass_blank(struct tsm_step *now, const struct tsm_blank *blank);

/* Since when silence counts that began at `ns`: not before the last blank was over. */
static inline int64_t tsm_heard_ns(const struct tsm_step *now, int64_t ns)
{
    return now->conn->blank_ns != 0 && ns < now->conn->blank_ns ? now->conn->blank_ns : ns;
}

/* Since that time there was a blank: how long it was quiet since then is unknown. */
static inline bool tsm_was_cut_off(const struct tsm_step *now, int64_t ns)
{
    return now->conn->blank_ns != 0 && ns <= now->conn->blank_ns;
}

/* The endpoint speaks, after a blank in which it may have gone on: what became possible there. */
void tsm_leave_blank(struct tsm_step *now, enum tsm_side side);

/* ---- tsm_receive.c ---- */

/* What the segment presumes of its receiver. */
void tsm_deliver(struct tsm_step *now, enum tsm_side receiver);

/* The acknowledgment field alone. Returns false when it makes the segment unacceptable. */
bool tsm_deliver_ack(struct tsm_step *now, enum tsm_side receiver);

/* An ICMP error about a segment of the endpoint that has its first number ends its attempt: one
 * about its SYN in SYN_SENT; one about its SYN-ACK drops the request on Linux (RFC 5461 4.1), but
 * for unreachable ports and what was forbidden (ICMP 3 with a code above 1; 3 of ICMPv6 has none).
 */
bool tsm_icmp_ends_attempt(const struct tsm_endpoint *ep, const struct tsm_icmp_error *error);

/* The segment lies so far outside the windows that it is not the sender's own, or ages old. */
bool tsm_is_outside(const struct tsm_step *now, enum tsm_side sender);

/* Sequence numbers: what the sender has sent, and the holes in it. Returns notes. */
uint32_t tsm_track(struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_retry.c ---- */

static inline int64_t tsm_at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t tsm_at_least(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When the next retransmission is due, counted from the last: likely, and at the latest. */
struct tsm_due {
    int64_t likely_ns;
    int64_t latest_ns;
};

/* When the endpoint repeats what is unacknowledged, from its back-off so far. */
struct tsm_due tsm_next_due(const struct tsm_step *now, enum tsm_side side);

/* 20 % late: it will not come any more. */
int64_t tsm_overdue(int64_t ns);

/* Bookkeeping of what the sender repeats; call before tsm_track(). */
void tsm_retry_note(struct tsm_step *now, enum tsm_side sender);

/* Until when silence leaves a just presumed event in doubt. */
int64_t tsm_silence_deadline(const struct tsm_step *now, enum tsm_side side, enum tsm_event event);

/* ---- tsm_timer.c ---- */

/* How long its states last by themselves: as the model says where that is not Linux's, or else by
 * what its host is. */
struct tsm_lingers tsm_lingers_of(const struct tsm_step *now, enum tsm_side side);

/* The endpoint had given up by now: in hindsight when its next retransmission was due. */
void tsm_expire(struct tsm_step *now, enum tsm_side side);

/* Applies the first timer that runs out by then, and sets the step to its time. It takes away the
 * reason for the timer, or else there would be no end. Returns false when there is none. */
bool tsm_run_timer(struct tsm_step *now, int64_t until_ns);

/* Applies all timers up to now. */
void tsm_run_timers(struct tsm_step *now);

/* Sets next_timer_ns: to the next timer or, where that is cheaper, to a time before it. */
void tsm_set_timer(struct tsm_step *now);

/* ---- tsm_facts.c ---- */

/* Which system the segment's host has is asked for whatever else is wanted: its time to live. */
void tsm_facts_host(const struct tsm_step *now, enum tsm_side sender);

/* Takes the segment into the facts; call it when its notes are complete, and before what the sender
 * sent last is replaced by it. */
void tsm_facts_note(const struct tsm_step *now, enum tsm_side sender);

/* An ICMP error quoted a segment with sequence number `seq` that the endpoint had sent. */
void tsm_facts_icmp(struct tsm_conn *conn, enum tsm_side side, uint32_t frame, uint32_t seq,
                    const struct tsm_icmp_error *error);

/* ---- tsm_steady.c ---- */

#define TSM_SILENT_PROBES 2 /* unanswered repeats before the peer may be gone; assumed */

/* Both ends are ESTABLISHED and nothing is in doubt or awaited. Remains true while all segments are
 * plain and no timer runs out. */
bool tsm_is_steady(const struct tsm_conn *conn);

/* The segment does nothing to a steady connection but move its sequence numbers on, unless it is a
 * duplicate capture: it has no note, proves and presumes nothing new, and no timer ran out before
 * it. */
bool tsm_is_plain(const struct tsm_step *now, enum tsm_side sender);

/* Takes a plain segment that is no duplicate capture. */
void tsm_take_plain(struct tsm_step *now, enum tsm_side sender);

/* ---- tsm_step.c ---- */

/* The action of a segment without data, SYN, FIN or RST, and which is no probe or repeat. */
enum tsm_action tsm_name_ack(struct tsm_step *now, enum tsm_side sender);

/* The FIN of that endpoint was none, or not its own: call it when it is not known of any more. The
 * steps of the close seen are those of its peer's FIN, if that has closed. */
void tsm_unmark_fin(struct tsm_step *now, enum tsm_side side);

/* Fills step, action and call of the verdict; call after all beliefs have moved. */
void tsm_name_step(struct tsm_step *now, enum tsm_side sender);

#endif
