/* incidents.h - explains what the rules found by the fewest causes.
 *
 * A cause is weighed at every place of its scope: the logarithms of likelihoods that its evidence
 * adds up to. The best explanation is taken, what it explains is taken away, and so on (greedy set
 * cover); what explained nearly the same but less well is its runner-up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef INCIDENTS_H
#define INCIDENTS_H

#include "cause.h"

/* An incident: a cause, where, when, and how sure. */
struct incident {
    const struct cause *cause;
    const char *check;     /* the cause's, for that place; static storage */
    struct anomaly about;  /* scope, tuple, times, figures, severity, confidence, fault; its members
                              are the connections that it is about; it has no rule */
    guint first_explained; /* all that it explains, those included: members[first_explained ...] */
    guint explained;
    int points;                      /* decibans */
    uint32_t counting;               /* bit i: evidence[i] of the cause counts there */
    const struct cause *alternative; /* the runner-up; NULL = nothing else comes near */
    int margin;                      /* decibans by which that is less likely */
};

/* All incidents of one story, which must outlive them, as must its anomalies. */
typedef struct incidents {
    const Anomalies *anomalies;
    GArray *found;   /* of struct incident: the capture's quality first, then by harm */
    GArray *members; /* of guint: numbers of connections */
    guint *of_hit;   /* by place in the anomalies' hits: the incident that explains it + 1; 0 = none
                      */
} Incidents;

/* Finds them. Free with incidents_free(). */
Incidents *incidents_find(const Anomalies *anomalies);
void incidents_free(Incidents *incidents);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Incidents, incidents_free)

/* Takes those out that belong to one of the suppressions (struct suppression *), and counts them in
 * the anomalies, which are its own; anomalies_suppress() comes first. */
void incidents_suppress(Incidents *incidents, Anomalies *anomalies, const GPtrArray *all);

/* The incident at a place of `found`. */
const struct incident *incidents_at(const Incidents *incidents, guint place);

/* Whether one of that severity or a worse one was found. */
bool incidents_reach(const Incidents *incidents, enum anomaly_severity severity);

#endif
