/* hits.h - what the rules found in a story, and which of it each connection is part of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HITS_H
#define HITS_H

#include "anomaly.h"
#include "tuple_numbers.h"

/* A gate that bad capture quality closed, and what that kept from being judged. */
struct anomaly_closed {
    guint rule;        /* number of the gate's rule */
    guint connections; /* for how many connections it is closed */
    guint unasked;     /* how often a rule was not asked about a connection because of it */
};

/* All hits of one story, which must outlive them. */
typedef struct anomalies {
    const struct story *story;
    GArray *hits;    /* of struct anomaly: the most severe first, then by rule, the worst first */
    GArray *members; /* of guint: numbers of connections; see struct anomaly */
    GArray *closed;  /* of struct anomaly_closed, in the order of the table */
    GArray *suppressed; /* of struct suppressed (suppression.h); NULL = nothing was to be */
    guint *hits_of;     /* private: places in `hits`, by connection */
    guint *first_of;    /* private: where those of a connection begin; one more than connections */
    TupleNumbers *numbers; /* of the story\'s connections */
    uint8_t *opening;      /* enum outcome_opening, by number of the connection */
    uint8_t *ending;       /* enum outcome_ending, likewise */
    Hosts *hosts;          /* servers that refused a connection */
} Anomalies;

/* NULL is allowed. */
void anomalies_free(Anomalies *anomalies);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Anomalies, anomalies_free)

/* The hit at a place of `hits`. */
const struct anomaly *anomalies_at(const Anomalies *anomalies, guint place);

/* The hits that a connection is a member of: *n places in `hits`, owned by anomalies. */
const guint *anomalies_of(const Anomalies *anomalies, guint connection, guint *n);

/* The number of the member i < hit->members. */
guint anomalies_member(const Anomalies *anomalies, const struct anomaly *hit, guint i);

/* Whether the connection is a member of a hit of the rule. */
bool anomalies_have(const Anomalies *anomalies, guint connection, const struct anomaly_rule *rule);

/* Whether a hit of that severity or a worse one was found. */
bool anomalies_reach(const Anomalies *anomalies, enum anomaly_severity severity);

/* For who finds them: puts the hits in their order and finds out which each of the connections is a
 * member of. */
void hits_order(Anomalies *found, guint connections);

#endif
