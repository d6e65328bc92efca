/* listener.h - server ports: which were proven to listen and how their accept queues did.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "outcome.h"
#include "story.h"

enum listener_health {
    LISTENER_OK,
    LISTENER_QUEUE, /* repeated a SYN-ACK although the third ACK was captured */
    LISTENER_SLOW,  /* listens, but SYNs went unanswered */
    LISTENER_SILENT,
    LISTENER_REFUSED
};

/* An address and port that clients tried to connect to. */
struct listener {
    const struct tsm_tuple *tuple; /* the listener is its destination */
    int64_t proven_ns;             /* since when it is known to listen; INT64_MAX = never */
    int64_t gone_ns;               /* refused then, and did not answer again; INT64_MAX = no */
    guint opens[N_OPENINGS];       /* connections by opening, midstream left out */
    guint attempts;                /* the sum of these */
    guint retried;                 /* connected after more than one SYN */
    guint again;                   /* SYN-ACK again after the third ACK */
    GArray *setups_ns;             /* int64_t, sorted: SYN to third ACK */
};

/* The listeners of a story by address and port; an array of struct listener, which the caller frees
 * with g_array_unref() before the story. */
GArray *listeners_of(const struct story *story);

/* Whether it is known to listen at that time. */
bool listener_at(const struct listener *listener, int64_t ns);

enum listener_health listener_health(const struct listener *listener);

/* "ok", "queue_full" ...; static storage. */
const char *listener_health_word(enum listener_health health);

#endif
