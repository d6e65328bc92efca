/* tsm_spent.h - where the time of a connection went: setup, waits for either application, stalls,
 * transfer, close; and what speaks of loss in either direction.
 *
 * The time between two segments is given to one of them when the second one tells what it was spent
 * on. All together make up the time from the first segment to the last. A wait for an application
 * is told without the round trip to it, which is transfer, so it is the same wherever the capture
 * was made.
 *
 * Constant size, no memory of its own. Nothing here moves a state of the engine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_SPENT_H
#define TSM_SPENT_H

#include "tsm_conn.h"

/* What one end spent. Lengths are nanoseconds, 0 = none. */
struct tsm_spent_end {
    int64_t wait_ns;    /* its peer waited for its application: thinking, silence */
    int64_t longest_ns; /* the longest of these waits */
    int64_t resend_ns;  /* nothing went on until it sent again */
    int64_t window_ns;  /* its window was closed, and its peer had to wait */
    int64_t acked_ns;   /* when its first data was acknowledged; 0 = it was not */
    int64_t gave_up_ns; /* how long it had waited for its peer when it sent its FIN or RST */
    int64_t stall_ns;   /* the longest of the stalls that its sending again ended, and when */
    int64_t stall_end_ns;
    int64_t quiet_ns; /* the longest time between two of its segments, and when it ended */
    int64_t quiet_end_ns;
    int64_t trip_ns; /* from the capture to it and back, as the handshake shows, or, when that had
                        to be repeated, its quickest acknowledgment; 0 = unknown */
    uint32_t longest_frame; /* that ended the longest wait */
    uint32_t data;          /* its segments with new data */
    uint32_t resent;        /* with data that were captured before */
    uint32_t filled;        /* with data that were missing for longer than reordering takes */
    uint32_t reordered; /* with data that came a little late, here or, as its peer says, there */
    uint32_t needless;  /* of those sent again: its peer had them already (RFC 2883) */
    uint32_t missing;   /* 1 = data before its last was not captured in the end */
};

struct tsm_spent {
    struct tsm_spent_end end[2]; /* by enum tsm_side */
    int64_t setup_ns;            /* until the third ACK */
    int64_t transfer_ns;         /* data and acknowledgments on their way */
    int64_t close_ns;            /* from the first FIN on, but for data that still came */
    uint32_t owing;              /* whose application the other waited for at last: 1 + enum
                                    tsm_side; 0 = none */
};

/* A connection whose time is being told. All zero before its first segment; private but `is`. */
struct tsm_spender {
    struct tsm_spent is;
    int64_t last_ns;        /* its newest segment; 0 = none yet */
    int64_t waiting_ns;     /* since its newest data, stalls left out */
    int64_t hole_ns[2];     /* when data went missing; 0 = none is */
    int64_t report_ns[2];   /* when its peer said that data was missing (SACK); 0 = none is */
    int64_t syn_ns;         /* its first SYN, when there was one only, and its SYN-ACK */
    int64_t syn_ack_ns;     /* likewise */
    int64_t heard_ns[2];    /* the newest segment of each end; 0 = none yet */
    int64_t data_ns[2];     /* its newest data */
    uint32_t first_end[2];  /* sequence number behind its first data */
    uint32_t next[2];       /* after the highest that it sent */
    uint32_t report_end[2]; /* after what was missing then */
    uint32_t mended[2];     /* what was sent again, or came late, by then */
    bool steady;            /* nothing is awaited or missing: see is_steady() */
    bool open;              /* the third ACK was seen, or data */
    bool closing;           /* a FIN was */
    bool retried;           /* more than one SYN or SYN-ACK */
    bool closed[2];         /* its window is */
    bool known[2];          /* first_end is */
    bool acked[2];          /* all that it sent is acknowledged */
    uint16_t blanks;        /* how many of the model's it has been through */
};

/* Time in which nothing was captured was spent on nothing that is known: leaves out the blanks that
 * were over by then. */
void tsm_spent_skip(struct tsm_spender *spender, const struct tsm_model *model, int64_t now_ns);

/* Takes in the next segment of a connection, and what the engine says of it. */
void tsm_spent_feed(struct tsm_spender *spender, const struct tsm_segment *seg,
                    const struct tsm_verdict *verdict);

/* For tests: the same, but never the fast path of a plain segment. */
void tsm_spent_feed_slow(struct tsm_spender *spender, const struct tsm_segment *seg,
                         const struct tsm_verdict *verdict);

#endif
