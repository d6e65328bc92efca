/* tsm_metrics.h - figures of a connection that people know from tcptrace, argus and ss: round
 * trips, duplicate ACKs, what made an end send again, windows.
 *
 * Kept only when somebody asks for them. Constant size, no memory of its own. Nothing here moves a
 * state of the engine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_METRICS_H
#define TSM_METRICS_H

#include "tsm_conn.h"

/* What is told of one end: X(member). Lengths and times are nanoseconds; 0 = there was none. */
#define TSM_METRIC_TIMES(X)                                                                        \
    X(rtt_least_ns) /* of the round trips of its segments with data or FIN: from the segment to */ \
    X(rtt_most_ns)  /* the first acknowledgment that ends with it, both where the capture was */   \
    X(rtt_sum_ns)   /* made; of segments that were sent once, and none before them later */        \
    X(handshake_ns) /* the same of its SYN or SYN-ACK */                                           \
    X(first_data_ns) /* when it first sent data */                                                 \
    X(last_data_ns)  /* and last, repeated data included */
#define TSM_METRIC_COUNTS(X)                                                                      \
    X(rtts)         /* round trips that were measured, but for the handshake's */                 \
    X(syn_window)   /* window of its SYN, which is never scaled (RFC 7323 2.2) */                 \
    X(most_window)  /* the largest of the others, as it is in the header */                       \
    X(zero_windows) /* segments with a window of 0, but SYN, FIN and RST */                       \
    X(dup_acks)     /* duplicate acknowledgments (RFC 5681 2) */                                  \
    X(fast)         /* sent again after three of those, or what SACK showed missing (RFC 6675) */ \
    X(timeouts)     /* sent again without such a sign: a timer ran out (RFC 6298, RFC 8985) */    \
    X(ece)     /* segments with ECE, but SYNs: its peer's packets met congestion (RFC 3168) */    \
    X(ecn_syn) /* ECE and CWR of its SYN or SYN-ACK, as bits TSM_ECE and TSM_CWR; and */          \
               /* TSM_SYN when it sent one */

enum { TSM_ECE = 0x40, TSM_CWR = 0x80 };

struct tsm_metrics_of_end {
#define X(member) int64_t member;
    TSM_METRIC_TIMES(X)
#undef X
#define X(member) uint32_t member;
    TSM_METRIC_COUNTS(X)
#undef X
    uint32_t unused; /* 0 */
};

/* So many segments on their way are remembered; of what is sent beyond them no round trip is
 * measured. */
#define TSM_METRIC_FLIGHTS 64

/* Private: one end while its figures are being gathered. */
struct tsm_metrics_end {
    struct tsm_metrics_of_end is; /* public */
    int64_t syn_ns;               /* its only SYN, until something is acknowledged; 0 = none */
    uint64_t again;               /* bit i = flight i was sent again */
    uint32_t syn_left, syn_right; /* an acknowledgment of that SYN is between these */
    uint32_t next;                /* after the highest that it sent */
    uint32_t acked;               /* highest acknowledgment that it sent */
    uint32_t sacked;              /* after the highest block that it reported beyond that */
    uint16_t window;              /* of its last segment */
    uint8_t run;                  /* duplicate ACKs in a row; up to 255 */
    uint8_t syns;                 /* SYNs; up to 255 */
    uint8_t n_flights;
    bool begun;   /* next is known */
    bool acks;    /* acked is known */
    bool reports; /* sacked is known */
    struct {
        int64_t sent_ns; /* the last time */
        uint32_t left, right;
    } flights[TSM_METRIC_FLIGHTS]; /* segments that are not acknowledged, by their numbers */
};

/* All zero before the first segment. */
struct tsm_metrics {
    struct tsm_metrics_end end[2]; /* by enum tsm_side */
};

/* Takes in the next segment of a connection, and what the engine says of it. */
void tsm_metrics_feed(struct tsm_metrics *metrics, const struct tsm_segment *seg,
                      const struct tsm_verdict *verdict);

#endif
