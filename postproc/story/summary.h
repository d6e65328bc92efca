/* summary.h - what a story amounts to: the numbers behind the report. It counts and does not print.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "outcome.h"
#include "places.h"
#include "story.h"

/* Connections with something in common. */
struct summary_group {
    guint n;
    guint first[3];        /* of them closed first by nobody, the client, the server */
    struct places servers; /* none of what went well, and of last states */
    guint *counts;         /* private: while it is counted, by number of the server */
    guint longest;         /* number of the connection that lasted longest in it */
    int64_t longest_ns;    /* how long */
};

/* An endpoint that was long in something. */
struct summary_long {
    guint connection; /* its number */
    enum tsm_side side;
    int64_t ns;
};

/* A minute: the shortest time after which a host gives up a state by itself (FIN_WAIT_2). */
#define SUMMARY_UNHEARD_NS G_GINT64_CONSTANT(60000000000)

struct summary {
    uint8_t *opening_of; /* enum outcome_opening, by number of the connection */
    uint8_t *ending_of;  /* enum outcome_ending */
    struct summary_group openings[N_OPENINGS];
    struct summary_group endings[N_ENDINGS];
    struct summary_group last[2]
                             [TSM_N_STATES]; /* by side and last state; longest = in that state */
    guint uncertain[2][TSM_N_STATES];        /* of them not certain */
    struct summary_group retried;            /* connected after more than one SYN */
    struct summary_group synack_again;       /* connected, then the SYN-ACK was repeated */
    struct summary_group unanswered;         /* open, but an end has stopped answering */
    struct summary_group one_sided;          /* open at one end only */
    GArray *setups;                          /* int64_t, sorted: SYN to third ACK */
    GArray *handshakes;                      /* struct summary_long, the longest first: a second
                                                   or more in SYN_SENT or SYN_RCVD */
    struct places failing_clients;           /* of opens that failed, by address */
    struct places failing_servers;
    guint unheard;                       /* ends, with a socket at last, that were last heard
                                            SUMMARY_UNHEARD_NS before the end, or more */
    struct summary_long longest_unheard; /* of these */
    guint one_way;                       /* open, but captured in one direction only */
    uint64_t bytes[2];
    uint64_t retransmissions[2];
    uint64_t lost_bytes[2];
};

/* What is known of a story's connections already. */
struct summary_known {
    const uint8_t *opening; /* enum outcome_opening, by number of the connection */
    const uint8_t *ending;  /* enum outcome_ending */
    TupleNumbers *numbers;
};

/* Counts. What is known (NULL = nothing) is not found out once more. Free with summary_free(). */
typedef struct summary Summary;
Summary *summary_new(const struct story *story, const struct summary_known *known);
void summary_free(Summary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Summary, summary_free)

/* How many opens were seen, and how many of them failed. */
guint summary_opens(const Summary *summary);
guint summary_failed_opens(const Summary *summary);

/* How many connections were open at some time. */
guint summary_open_connections(const Summary *summary);

#endif
