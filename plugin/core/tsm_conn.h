/* tsm_conn.h - one TCP connection as an observer sees it: feed it segments, read two states.
 *
 * The observer's two rules (docs/user/inference.md): a segment proves its sender's state and only
 * presumes its receiver's. So an endpoint is a base state, which is known, and a short queue of
 * pending events, which are presumed to have reached it. TCP delivers in order, so the endpoint is
 * really in the base state or in one that a prefix of the queue leads to: that is the possible set.
 * Its own later segments confirm or refute the queue.
 *
 * A connection has constant size, owns no memory and knows nobody: plain values in, plain values
 * out. Bad input is a value too (notes of the verdict), never an error.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_CONN_H
#define TSM_CONN_H

#include <stddef.h>

#include "tsm_blank.h"
#include "tsm_bytes.h"
#include "tsm_facts.h"
#include "tsm_fsm.h"
#include "tsm_segment.h"

/* What is assumed of the hosts and of the place of the capture. Times in nanoseconds. */
struct tsm_model {
    int64_t time_wait_ns;  /* length of TIME_WAIT (2MSL); 60 s: as the host's system has it */
    int64_t fin_wait_2_ns; /* FIN_WAIT_2 of a closed socket; the same */
    int64_t first_rto_ns;  /* first retransmission of a SYN or SYN-ACK; RFC 6298 2.1: 1 s */
    uint8_t linear_syns;   /* SYN retries before back-off doubles; Linux 6.5 and later: 4 */
    uint8_t vantage;       /* enum tsm_vantage; TSM_AT_UNKNOWN = judge each connection by itself */
    uint16_t n_blanks;
    const struct tsm_blank *blanks; /* those known of, by time; whoever has the model owns them */
};

/* Linux defaults, vantage unknown. */
extern const struct tsm_model tsm_model_default;

/* What is believed of one endpoint. */
struct tsm_belief {
    uint8_t state;          /* enum tsm_state: the one named when only one can be */
    uint8_t basis;          /* enum tsm_basis of it */
    tsm_state_set possible; /* all states it may really be in; contains state */
    uint32_t since_frame;   /* the frame that put it there; 0 = a timer, or before the capture */
    int64_t since_ns;       /* when it got there */
};

/* Why a belief changed: an event of the table, or one of these. */
enum tsm_cause {
    TSM_CAUSE_START = TSM_N_EVENTS, /* the first belief */
    TSM_CAUSE_CONFIRMED,            /* what was presumed is now known to have happened */
    TSM_CAUSE_REFUTED,              /* what was presumed did not happen */
    TSM_CAUSE_OVERDUE,              /* a retransmission should have come: more is possible */
    TSM_CAUSE_SILENCE,              /* unanswered for long: more is possible */
    TSM_CAUSE_NO_SOCKET,            /* a RST shows that the socket was gone some time before */
    TSM_CAUSE_RESUMED,              /* the endpoint speaks although it was thought gone */
    TSM_CAUSE_BLANK,                /* nothing at all was captured for a while: more is possible */
    TSM_N_CAUSES
};

/* One step of the two views. Live: from at_ns on, the belief is this. Hindsight: from from_ns on
 * (never later than at_ns) it was this, and what was believed of the time since from_ns is void. */
struct tsm_change {
    int64_t at_ns;
    int64_t from_ns;
    uint32_t at_frame;      /* 0 = a timer */
    uint32_t from_frame;    /* 0 = a timer */
    uint8_t state;          /* enum tsm_state */
    uint8_t basis;          /* enum tsm_basis */
    tsm_state_set possible; /* this and the two before it as in tsm_belief */
    uint8_t side;           /* enum tsm_side */
    uint8_t cause;          /* enum tsm_event or tsm_cause */
};

/* What a segment did, in one word: the field tcpstate.event. */
#define TSM_ACTION_LIST(X)                    \
    X(OTHER, "other")                         \
    X(SYN, "SYN")                             \
    X(SYN_ACK, "SYN-ACK")                     \
    X(ESTABLISHED, "established")             \
    X(DATA, "data")                           \
    X(ACK, "ack")                             \
    X(DUPLICATE_ACK, "duplicate ack")         \
    X(WINDOW_UPDATE, "window update")         \
    X(KEEP_ALIVE, "keep-alive")               \
    X(KEEP_ALIVE_ACK, "keep-alive ack")       \
    X(ZERO_WINDOW_PROBE, "zero-window probe") \
    X(RETRANSMISSION, "retransmission")       \
    X(OUT_OF_ORDER, "out-of-order")           \
    X(CHALLENGE_ACK, "challenge ack")         \
    X(FIN, "FIN")                             \
    X(ACK_OF_FIN, "ack of FIN")               \
    X(RST, "RST")                             \
    X(DUPLICATE, "duplicate capture")         \
    X(ICMP_ERROR, "ICMP error")

enum tsm_action {
#define X(name, text) TSM_ACT_##name,
    TSM_ACTION_LIST(X)
#undef X
        TSM_N_ACTIONS
};

/* The socket call that a segment implies (founding article, sections 3 and 4): tcpstate.call. */
#define TSM_CALL_LIST(X)                                                                      \
    X(NONE, "")                                                                               \
    X(CONNECT, "connect()")                                                                   \
    X(LISTENING, "a listening socket: bind(), listen()")                                      \
    X(CONNECTED, "connect() returns; the connection waits for accept()")                      \
    X(WRITE, "write() or send()")                                                             \
    X(CLOSE, "close() or shutdown(SHUT_WR)")                                                  \
    X(WRITE_CLOSE, "write(), then close() or shutdown(SHUT_WR)")                              \
    X(END_OF_FILE, "read() will return 0")                                                    \
    X(REFUSED, "no socket listens: connect() fails with ECONNREFUSED")                        \
    X(ABORT, "probably close() with unread data, SO_LINGER 0, or the process was killed")     \
    X(NO_SOCKET, "no such socket any more: the next read() or write() fails with ECONNRESET") \
    X(UNREACHABLE, "connect() fails with EHOSTUNREACH, ENETUNREACH or ECONNREFUSED")          \
    X(ACCEPT_LATE, "probably accept() too slow, TCP_DEFER_ACCEPT, or the ACK was lost")       \
    X(BROKEN_PIPE, "no such socket any more: read() returns 0, write() fails with EPIPE")

enum tsm_call {
#define X(name, text) TSM_CALL_##name,
    TSM_CALL_LIST(X)
#undef X
        TSM_N_CALLS
};

/* Verdicts on a segment: bits of tsm_verdict.notes, and the fields tcpstate.analysis.NAME.
 * X(bit name, field name, severity, summary); severities are Wireshark's. */
#define TSM_NOTE_LIST(X)                                                                           \
    X(RETRANSMISSION, "retransmission", NOTE, "Retransmission: no state change")                   \
    X(DUPLICATE, "duplicate_capture", NOTE, "Packet captured twice: counted once")                 \
    X(GUESSED_START, "midstream", NOTE, "The start of this connection was not captured")           \
    X(UNSEEN, "acked_unseen", WARN, "ACK of data that was not captured")                           \
    X(HOLE, "hole", NOTE, "Segment beyond a hole: it counts when the hole is filled")              \
    X(OUT_OF_WINDOW, "out_of_window", WARN, "Segment outside the receiver's window: not accepted") \
    X(BAD_ACK, "unacceptable_ack", WARN, "ACK of what was never sent: not accepted")               \
    X(RST_IGNORED, "reset_ignored", WARN,                                                          \
      "RST outside the window, or acknowledging nothing: it resets nothing")                       \
    X(RST_INEXACT, "reset_inexact", WARN,                                                          \
      "RST in the window but not exact: a challenge ACK is expected (RFC 5961 3)")                 \
    X(CHALLENGE, "challenge_ack", NOTE,                                                            \
      "Challenge ACK: repeats the old acknowledgment (RFC 5961)")                                  \
    X(REFUTED, "presumption_refuted", NOTE,                                                        \
      "Segment shows that an earlier one did not have the presumed effect")                        \
    X(SYN_ACK_AGAIN, "synack_after_ack", WARN,                                                     \
      "SYN-ACK again although the third ACK was captured: accept queue full, "                     \
      "TCP_DEFER_ACCEPT, or the ACK was lost")                                                     \
    X(SYN_INSIDE, "syn_in_connection", WARN, "SYN inside a live connection")                       \
    X(PORT_REUSED, "port_reuse", NOTE, "The same addresses and ports were used before")            \
    X(SIMULTANEOUS_OPEN, "simultaneous_open", NOTE, "SYN crosses SYN")                             \
    X(SIMULTANEOUS_CLOSE, "simultaneous_close", NOTE, "FIN crosses FIN")                           \
    X(NO_SOCKET, "no_socket", WARN,                                                                \
      "RST without ACK answers this peer: there was no socket any more")                           \
    X(RESUMED, "resumed", WARN, "This endpoint was thought gone and speaks again")                 \
    X(VIOLATION, "violation", WARN, "This segment cannot come from the state its sender was in")   \
    X(FASTOPEN, "fast_open", CHAT, "Data in the SYN (TCP Fast Open, RFC 7413)")                    \
    X(ICMP, "icmp_error", WARN, "ICMP error for this connection")                                  \
    X(LATE_DATA, "late_data", WARN, "Data for an endpoint whose connection is over")               \
    X(DAMAGED, "bad_checksum", WARN,                                                               \
      "Segment with a wrong TCP or IP checksum, its sender's others are right: not accepted")      \
    X(CAPTURE_GAP, "capture_gap", NOTE,                                                            \
      "Both ends agree on numbers far ahead: what lies before was not captured")                   \
    X(TOO_OLD, "paws", WARN,                                                                       \
      "Older time stamp than its receiver has: not accepted (PAWS, RFC 7323 5.3)")

enum tsm_note_bit {
#define X(name, field, severity, text) TSM_NOTE_BIT_##name,
    TSM_NOTE_LIST(X)
#undef X
        TSM_N_NOTES
};

enum tsm_note {
#define X(name, field, severity, text) TSM_NOTE_##name = 1u << TSM_NOTE_BIT_##name,
    TSM_NOTE_LIST(X)
#undef X
};

/* Steps of the close by meaning, not by arrival: bit n-1 of tsm_verdict.close_steps is step n. */
enum { TSM_CLOSE_1 = 1, TSM_CLOSE_2 = 2, TSM_CLOSE_3 = 4, TSM_CLOSE_4 = 8 };

#define TSM_MAX_CHANGES 24

/* What one segment (or the passing of time) did. Arrays are indexed by enum tsm_side; of `changes`
 * only the first n_changes are set. */
struct tsm_verdict {
    struct tsm_belief before[2]; /* just before the segment, timers included */
    struct tsm_belief after[2];
    uint32_t notes;           /* TSM_NOTE_... */
    uint8_t sender;           /* enum tsm_side */
    uint8_t action;           /* enum tsm_action */
    uint8_t call;             /* enum tsm_call */
    uint8_t open_step;        /* 1..3; 0 = none */
    uint8_t close_steps;      /* TSM_CLOSE_1 ...; several bits may be set */
    bool changed;             /* a state moved or was corrected */
    bool completes_handshake; /* step 3, the first time: setup_ns of the connection is set */
    bool plain;               /* it moved sequence numbers on and did nothing else: tsm_steady.c */
    uint8_t n_changes;
    struct tsm_change changes[TSM_MAX_CHANGES];
};

#define TSM_MAX_PENDING 4
#define TSM_MAX_RANGES 4

/* An event presumed to have reached an endpoint. Private to core. */
struct tsm_pending {
    int64_t sent_ns;  /* when the segment that carried it was captured */
    int64_t time_ns;  /* from when on it may have happened: not before the endpoint's last denial */
    int64_t again_ns; /* when the segment that carried it was last repeated; 0 = never */
    int64_t deadline_ns; /* silence until then confirms it; INT64_MAX = silence says nothing */
    uint32_t frame;
    uint32_t again_frame;
    uint32_t cover;    /* the endpoint's ack at or beyond this proves delivery; see flags */
    uint32_t ts;       /* the endpoint's TSecr at or beyond this proves delivery; see flags */
    uint32_t again_ts; /* the same for the repeated segment */
    uint8_t event;     /* enum tsm_event */
    uint8_t flags;     /* private */
};

/* A segment as far as its copies are told by it: first what tsm_segment has in the same order, so
 * that two moves copy it. 32 bytes, found by a shift. Private to core. */
struct tsm_seen {
    uint32_t seq, ack, payload, ts_val;
    uint16_t window, flags, ip_id, mss;
    uint32_t ts_ecr;
    uint32_t ticks; /* capture time, in 1024 ns */
};

#define TSM_SEEN_BYTES offsetof(struct tsm_seen, ticks)

_Static_assert(TSM_SEEN_BYTES ==
                   offsetof(struct tsm_segment, ip_bytes) - offsetof(struct tsm_segment, seq),
               "the same members");

#define TSM_RECENT \
    4 /* copies have fewer others of the same end before them; assumed; a power of 2 */

/* What one endpoint has sent and said. Private to core but for the counters. What each segment
 * looks at or changes comes first, in as few cache lines as it takes. */
struct tsm_endpoint {
    /* sequence numbers raw */
    uint32_t flags;      /* private */
    uint32_t snd_nxt;    /* after the highest that it was seen to send */
    uint32_t snd_una;    /* highest the peer was seen to acknowledge */
    uint32_t contiguous; /* everything before this was captured, or acknowledged */
    uint32_t ack_sent;   /* highest acknowledgment it was seen to send */
    uint32_t window;     /* last advertised, scaled, bytes */
    uint32_t max_window;
    uint32_t ts_val; /* time stamp last sent */
    /* retransmission */
    struct {
        int64_t last_ns; /* last time the oldest unacknowledged was sent */
        int64_t gap_ns;  /* between the last two; 0 = sent once */
        int64_t prev_gap_ns;
        uint32_t seq;
        uint16_t count;   /* retransmissions so far */
        uint16_t running; /* something is unacknowledged */
    } retry;
    /* the last segment */
    int64_t last_ns;
    uint32_t last_frame;
    uint8_t ip_id_run;  /* segments in a row whose IP identification was one more than the last */
    uint8_t unanswered; /* keep-alives and retransmissions of the peer since its last word */
    bool probed;        /* the peer's last segment was a probe */
    uint8_t n_pending;
    uint8_t n_ranges;
    uint8_t wscale;
    uint8_t newest; /* which of tsm_conn.recent is its last segment */
    /* counters for reports */
    uint32_t segments;
    uint32_t retransmissions;
    int64_t due_ns;      /* when what it sent last would be repeated */
    int64_t reaction_ns; /* least time seen from a segment to it to its answer; -1 = unknown */
    /* state */
    struct tsm_belief base; /* known; possible holds what no pending event explains */
    struct tsm_belief undo; /* the base before the last step that a later segment may refute */
    struct tsm_pending pending[TSM_MAX_PENDING];
    int64_t extra_ns; /* since when time or silence has made `extra` possible */
    uint32_t extra_frame;
    tsm_state_set extra;
    uint8_t refutations;  /* what was presumed of it and refuted, since one was confirmed */
    uint8_t undo_pending; /* of the queue, what comes back with undo */
    /* what happens once or seldom */
    int64_t linger_ns;     /* when 2MSL or the FIN_WAIT_2 timer last began anew; 0 = never */
    int64_t first_data_ns; /* its first data */
    int64_t stall_ns; /* since when what it sent is unacknowledged, or something holds it back */
    uint32_t first_data_frame;
    uint32_t stall_frame;
    uint32_t keepalive_ms; /* how long all was quiet before it probed; 0 = it sent no keep-alive */
    uint32_t unseen_from;  /* what it had sent when the peer acknowledged more than was captured */
    uint32_t iss;
    uint32_t fin_seq;
    uint32_t syn_ts_val; /* time stamp of its first SYN or SYN-ACK */
    uint32_t fin_ts_val; /* of its first FIN */
    struct {
        uint32_t left, right;
    } ranges[TSM_MAX_RANGES]; /* captured beyond a hole */
    bool fin_acked;           /* the step of the ACK of its FIN was given */
    bool fin_ack_with_fin;    /* that ACK was on the peer's FIN */
    uint8_t guess_before;     /* enum tsm_state: where it was before guess_ns */
    uint32_t copies;          /* segments that were captured twice */
    uint32_t unseen_last;     /* octets of it that were not captured, as last acknowledged */
    uint16_t least_window;    /* in the header, of a window that holds nobody back: tsm_stall.c */
    int64_t guess_ns;         /* when a FIN was guessed that was not captured */
    int64_t shut_ns;          /* when the peer's window last shut on it */
    uint32_t guess_frame;     /* with guess_ns */
    bool undo_event;          /* the event behind the queue comes back with undo */
    uint8_t shift;            /* tsm_window_shift(), as long as the connection is steady */
    uint8_t stamps;           /* the same: TSM_HAS_TIMESTAMP where it sends time stamps, or 0 */
    uint8_t layout;           /* enum tsm_layout of its SYN */
};

/* Found by a shift, which saves 5 % of all instructions. */
_Static_assert(sizeof(struct tsm_endpoint) == 512, "fill it up");

/* Numbers of an endpoint's stream far ahead of those captured: its own segments [seq, end), and
 * what its peer acknowledges. Private to core. */
struct tsm_claim {
    uint32_t seq, end, ack;
    bool sent, acked; /* which of them are valid */
    bool unseen; /* if none: [seq, end) was acknowledged before it was captured; see tsm_late.c.
                  * `ack` is when, in 1024 ns */
};

/* A connection. Everything but the members named public below is private to core. */
struct tsm_conn {
    struct tsm_belief belief[2]; /* public: the live view as it stands; by enum tsm_side */
    int64_t clock_ns;            /* the latest time that was applied */
    int64_t next_timer_ns;       /* nothing can happen by itself before; INT64_MAX = never */
    uint32_t stream;             /* public: number of the stream, as tcp.stream */
    uint8_t client_end;          /* public: which end of the address pair is the client: 0 or 1 */
    uint8_t role_basis;          /* public: enum tsm_role_basis */
    uint8_t closed_by;           /* public: 0 none yet, 1 + enum tsm_side: first FIN or RST */
    uint8_t first_fin;           /* 0 none yet, 1 + enum tsm_side */
    uint8_t vantage;             /* public: enum tsm_vantage, as guessed or as the model says */
    uint8_t flags;               /* private */
    uint8_t syn_tries;           /* public: SYNs of the client, the first included; up to 255 */
    uint8_t open_steps_seen;
    uint8_t close_steps_seen;
    bool steady;                           /* nothing is in doubt or awaited: see tsm_steady.c */
    uint16_t blanks;                       /* how many of the model's it has been through */
    struct tsm_endpoint ep[2];             /* by enum tsm_side */
    struct tsm_seen recent[2][TSM_RECENT]; /* by enum tsm_side: its last segments, but copies */
    struct tsm_bytes bytes[2];             /* public: by enum tsm_side */
    struct tsm_facts facts[2];             /* public: by enum tsm_side */
    int64_t start_ns;                      /* public: first segment */
    int64_t setup_ns;                      /* public: SYN to third ACK; -1 = not seen */
    int64_t first_syn_ns;
    int64_t blank_ns;          /* when the last blank ended in which clocks stop; 0 = none yet */
    struct tsm_claim claim[2]; /* by enum tsm_side; see tsm_gap.c */
    uint32_t start_frame;      /* public */
    uint32_t previous_stream;  /* public: earlier stream on the 4-tuple; TSM_NO_STREAM = none */
};

#define TSM_NO_STREAM UINT32_MAX

/* Starts a connection with its first segment, which is not fed yet. `end` (0 or 1) is the end of
 * the address pair that sent it; `sport` and `dport` help to guess roles when no SYN is there. */
void tsm_conn_init(struct tsm_conn *conn, uint32_t stream, const struct tsm_segment *first,
                   unsigned end, uint16_t sport, uint16_t dport);

/* A projection: what timers will do after the end of the capture if nothing more is sent, once
 * tsm_conn_advance() was called for that end. TIME_WAIT runs out, retransmissions that had begun
 * come to their end. Changes have at_ns beyond the end. The last call for a connection. */
void tsm_conn_project(struct tsm_conn *conn, const struct tsm_model *model,
                      struct tsm_verdict *verdict);

/* Both ends have the same address and port: one socket talks to itself. Call it after init. */
void tsm_conn_set_self(struct tsm_conn *conn);

/* Whether anybody will ask for facts and bytes of the connection. If not they are not gathered, and
 * nothing else becomes another for it. Call it after init; until then they are wanted. */
void tsm_conn_want_facts(struct tsm_conn *conn, bool wanted);

/* Feeds the next segment in capture order, sent by address end `end`. Fills *verdict wholly. */
void tsm_conn_feed(struct tsm_conn *conn, const struct tsm_model *model,
                   const struct tsm_segment *seg, unsigned end, struct tsm_verdict *verdict);

/* An ICMP error quoted a segment that end `end` had sent. `quoted` has its sequence number, and
 * frame and time of the error. Source: RFC 9293 3.9.2.2, RFC 5461. */
void tsm_conn_icmp(struct tsm_conn *conn, const struct tsm_model *model,
                   const struct tsm_segment *quoted, unsigned end,
                   const struct tsm_icmp_error *error, struct tsm_verdict *verdict);

/* Lets time pass until `now_ns`: timers that run out before are applied. Feeding does this by
 * itself; call it for the end of the capture. Only the changes of *verdict are of interest. */
void tsm_conn_advance(struct tsm_conn *conn, const struct tsm_model *model, int64_t now_ns,
                      struct tsm_verdict *verdict);

/* Begins a new stream whose SYN came while an older one on the same tuple was not over: the
 * receiver of the SYN is still what it was there (RFC 9293 3.10.7.4, RFC 5961 4) until its answer
 * tells. `conn` was just initialised with the SYN. */
void tsm_conn_inherit(struct tsm_conn *conn, const struct tsm_conn *older);

/* Whether the connection, begun by a SYN of address end `end`, has not got beyond that SYN. */
bool tsm_conn_is_claim(const struct tsm_conn *conn, unsigned end);

/* Whether the segment, sent by address end `end`, belongs to the older connection and not to this
 * one, which began with a SYN inside it and never got anywhere. */
bool tsm_conn_is_older(const struct tsm_conn *conn, const struct tsm_conn *older,
                       const struct tsm_segment *seg, unsigned end);

/* The older connection goes on under the number of `conn`; hindsight is corrected back to the start
 * of `conn`. Feed the segment that showed it afterwards. Adds to *verdict. */
void tsm_conn_resume(struct tsm_conn *conn, const struct tsm_conn *older, int64_t now_ns,
                     uint32_t frame, struct tsm_verdict *verdict);

/* Puts the changes of tsm_conn_resume() in front of those of the segment that showed it. */
void tsm_conn_tell_resumed(struct tsm_verdict *verdict, const struct tsm_verdict *resumed);

/* The connection is over, as both endpoints go on in a newer stream from now on. */
void tsm_conn_replaced(struct tsm_conn *conn, const struct tsm_model *model, int64_t now_ns,
                       uint32_t frame, struct tsm_verdict *verdict);

/* Names for people and machines. Never NULL; static storage. */
const char *tsm_action_name(enum tsm_action action);
const char *tsm_call_name(enum tsm_call call);
const char *tsm_cause_name(unsigned cause);

/* Writes the step as columns show it: "open 2/3", "close 2+3/4", "" when there is none. `size` at
 * least TSM_STEP_TEXT. Returns buf. */
#define TSM_STEP_TEXT 32
char *tsm_step_text(unsigned open_step, unsigned close_steps, char *buf, unsigned size);

#endif
