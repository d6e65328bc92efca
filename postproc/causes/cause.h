/* cause.h - what may be behind the troubles of a capture: a cause, which is a row of a table, and
 * an incident, which is a cause at one place and time with all that it explains.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CAUSE_H
#define CAUSE_H

#include "clues.h"

/* How a clue bears on a cause. */
enum cause_bearing {
    CAUSE_END,         /* ends a list */
    CAUSE_NEEDS,       /* no such cause without; its connections are what the cause is about */
    CAUSE_NEEDS_ONE,   /* the same, but one of all that say so is enough */
    CAUSE_EXPECTS,     /* speaks for it, and its absence a little against it */
    CAUSE_ALLOWS,      /* says nothing, but connections that have it are explained, too */
    CAUSE_CONTRADICTS, /* speaks against it */
    CAUSE_EXCLUDES,    /* no such cause with it */
};

/* Where a cause is looked for, besides the sets of enum tuple_scope: in all of the capture. */
#define CAUSE_OF_CAPTURE 16u

/* A clue counts when `least` connections of the scope have it (0 = one), and `percent` of all. */
struct cause_evidence {
    enum cause_bearing bears;
    enum clue clue;
    uint16_t least;
    uint8_t percent;
    uint8_t weight; /* of EXPECTS and CONTRADICTS: decibans, ten times the logarithm of the odds */
};

#define CAUSE_MAX_EVIDENCE 18

/* A cause. Words have the places of anomaly_text.h: {members:connection:connections} are those that
 * it is about, {n0} is how many the scope has in all; further figures are the row's own. */
struct cause {
    const char *id;    /* "D01"; NULL ends a chapter */
    const char *name;  /* "accept_queue_full" */
    const char *title; /* a few words */
    enum anomaly_severity severity;
    enum anomaly_fault fault;
    unsigned scopes[3]; /* enum tuple_scope bits, or CAUSE_OF_CAPTURE; 0 ends it */
    bool quality;       /* the capture itself is at fault: it comes first */
    uint8_t prior;      /* decibans: how likely before any evidence, compared with others */
    const char *meaning;
    const char *text;     /* the sentence of an incident */
    const char *many;     /* likewise, of {n1} places of its first scope; NULL = each apart */
    const char *cure;     /* what ends it */
    const char *check;    /* what shows that it is so, and not the runner-up */
    const char *within;   /* the check where both ends are on one host, with no network between;
                             NULL = `check` */
    const char *explains; /* ids of anomalies: "A04 A07"; "none" */
    struct cause_evidence evidence[CAUSE_MAX_EVIDENCE];
    /* Fills in figures from 1 on; NULL = it has none. */
    void (*figures)(const struct clue_group *group, const struct cause *cause,
                    struct anomaly *about);
};

/* The number of causes, and the cause of a number below it. */
guint causes_count(void);
const struct cause *causes_at(guint number);

/* The cause by its id or name; NULL when there is none. */
const struct cause *causes_find(const char *name);

/* "needs", "expects" ...; static storage. */
const char *cause_bearing_word(enum cause_bearing bearing);

/* The chapters; each ends with a row whose id is NULL. */
extern const struct cause causes_capture[];
extern const struct cause causes_listener[];
extern const struct cause causes_network[];
extern const struct cause causes_client[];
extern const struct cause causes_application[];

#endif
