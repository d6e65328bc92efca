/* report_parts.h - what the files of the report share: a report in progress and its phrases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "incidents.h"
#include "out.h"
#include "story.h"
#include "summary.h"
#include "text.h"

/* Time of one kind, and the place that has most of it. */
struct report_share {
    int64_t total_ns;
    int64_t most_ns;
    guint first;  /* a connection of that place */
    guint n;      /* connections of that place that have some */
    guint places; /* how many there are */
};

#define REPORT_SHARES 6

/* A report in progress. */
struct report {
    const struct story *story;
    Summary *summary;
    struct report_share shares[REPORT_SHARES];
    const Anomalies *anomalies;
    const Incidents *incidents;
    enum text_clock clock;
    struct out *out;
    GString *text; /* waits to be written */
};

/* ---- report.c: phrases, appended to the text ---- */

/* Writes the text, with lines broken where they are too long. */
void report_flush(struct report *r);

/* An empty line and a title. */
void report_heading(struct report *r, const char *title);

/* "    1,994  ", the beginning of a line. */
void report_count(struct report *r, guint n);

/* "stream 12 (10.9.0.1:40000 -> 10.9.0.2:80)" */
void report_connection(struct report *r, guint number);

/* The addresses that were counted most: "10.9.0.2:80 (3), 10.9.0.2:81 (2) and 4 others". A single
 * address and single counts go without a number. */
void report_addresses(struct report *r, const struct places *places);

/* ---- sections; each prints nothing when it has nothing to say ---- */

/* report_outcomes.c */
void report_openings(struct report *r);
void report_failed_opens(struct report *r);
void report_endings(struct report *r);

/* report_incidents.c: writes the text that waits, too */
void report_incidents(struct report *r);

/* report_anomalies.c: those that no incident explains; writes the text that waits, too */
void report_anomalies(struct report *r);

/* report_states.c */
void report_last_states(struct report *r);
void report_waiting(struct report *r);

void report_handshakes(struct report *r);

/* report_time.c; the shares were measured before, each by itself: there is a connection. */
void report_measure_share(struct report *r, guint i);
void report_time(struct report *r);

#endif
