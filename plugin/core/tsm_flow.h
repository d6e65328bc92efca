/* tsm_flow.h - a connection as Zeek would log it: flows, each with conn_state and history.
 *
 * A flow is what Zeek calls a connection: a row of its conn.log. Mostly it is a whole stream, but
 * Zeek forgets a connection after some silence and begins a new row with what comes then. Facts
 * about Zeek are from its source and documentation (src/packet_analysis/protocol/tcp,
 * scripts/base/protocols/conn/main.zeek); docs/user/zeek.md tells where this differs, and why.
 *
 * Constant size, no memory of its own. Nothing here moves a state of the engine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_FLOW_H
#define TSM_FLOW_H

#include "tsm_conn.h"

/* Zeek's conn_state. X(name, meaning) */
#define TSM_CONN_STATE_LIST(X)                                       \
    X(S0, "a SYN, and no answer")                                    \
    X(S1, "established, not ended")                                  \
    X(SF, "established, and closed by both")                         \
    X(REJ, "a SYN, refused by RST")                                  \
    X(S2, "established, closed by the client only")                  \
    X(S3, "established, closed by the server only")                  \
    X(RSTO, "established, reset by the client")                      \
    X(RSTR, "reset by the server")                                   \
    X(RSTOS0, "a SYN, then a RST by the client; no answer")          \
    X(RSTRH, "reset by the server; of the client no SYN was seen")   \
    X(SH, "closed by the client; of the server no SYN-ACK was seen") \
    X(SHR, "closed by the server; of the client no SYN was seen")    \
    X(OTH, "no beginning and no end was seen")

enum tsm_conn_state {
#define X(name, meaning) TSM_CONN_##name,
    TSM_CONN_STATE_LIST(X)
#undef X
        TSM_N_CONN_STATES
};

/* The most letters of a history, and the NUL. A longer one ends with 'X'. */
#define TSM_HISTORY_TEXT 64

#define TSM_FLOW_RANGES 6

/* What an end has shown: Zeek's endpoint states. */
enum tsm_shown {
    TSM_SHOWN_NOTHING,
    TSM_SHOWN_SYN,     /* the client sent a SYN */
    TSM_SHOWN_SYN_ACK, /* the client began with a SYN-ACK */
    TSM_SHOWN_TRAFFIC, /* segments, but no SYN */
    TSM_SHOWN_OPEN,    /* the handshake, as far as the server's SYN-ACK */
    TSM_SHOWN_FIN,
    TSM_SHOWN_RST,
};

/* What one end of a flow has sent. Sequence numbers are relative: the SYN is 0, data begin at 1.
 * Private but for the counters. What each segment changes comes first, in one cache line. */
struct tsm_flow_end {
    int64_t next;      /* after the highest that was sent */
    int64_t acked;     /* highest that the peer acknowledged */
    int64_t delivered; /* everything before it was captured whole, or is given up */
    uint64_t ip_bytes; /* public: of its IP packets, headers included */
    uint32_t packets;  /* public */
    uint32_t start;    /* sequence number of its SYN, or one before its first segment */
    uint8_t n_ranges;
    uint8_t letters; /* which letters the history has of it */
    uint8_t shown;   /* enum tsm_shown: what it has shown */
    uint8_t before;  /* what it had shown before that */
    bool closing;    /* it sent a FIN or RST */
    bool closed;     /* and all data before it was seen */
    int64_t fin_end; /* after its FIN; 0 = no FIN was seen */
    uint64_t missed; /* public: data bytes that were acknowledged but not captured */
    struct {
        int64_t left, right;
    } ranges[TSM_FLOW_RANGES]; /* captured beyond a hole, ascending, apart from each other */
    int64_t noted[3];          /* where its last SYN, FIN and RST in the history were */
    uint32_t repeats, zero_windows, gaps; /* counted for the history */
};

/* A flow. All zero before its first segment. */
struct tsm_flow {
    int64_t start_ns; /* public: first segment */
    int64_t last_ns;  /* public: last segment before both ends were closed */
    int64_t over_ns;  /* when Zeek forgets a flow that is closed; 0 = it is not */
    uint32_t frame;   /* public: first segment; 0 = there was none */
    bool open;        /* both ends have opened, and none has begun to close */
    uint8_t n_history;
    struct tsm_flow_end end[2];     /* by enum tsm_side */
    char history[TSM_HISTORY_TEXT]; /* public: letters, upper case = client */
};

/* Takes in the next segment of a stream, and what the engine says of it. When the segment begins a
 * new flow, the one before is copied to *ended and true is returned. */
bool tsm_flow_feed(struct tsm_flow *flow, const struct tsm_segment *seg,
                   const struct tsm_verdict *verdict, struct tsm_flow *ended);

/* For tests: the same, but never the fast path of a segment between two open ends. */
bool tsm_flow_feed_slow(struct tsm_flow *flow, const struct tsm_segment *seg,
                        const struct tsm_verdict *verdict, struct tsm_flow *ended);

enum tsm_conn_state tsm_flow_conn_state(const struct tsm_flow *flow);

/* Data bytes that an end sent, by its sequence numbers: lost ones included, repeated ones not. */
uint64_t tsm_flow_bytes(const struct tsm_flow *flow, enum tsm_side side);

/* "S0", "SF" ... Never NULL. */
const char *tsm_conn_state_name(enum tsm_conn_state state);

#endif
