/* incident_print.h - incidents as words for people: what broke, since when, where, how sure, what
 * next.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef INCIDENT_PRINT_H
#define INCIDENT_PRINT_H

#include "incidents.h"
#include "out.h"
#include "text.h"

/* Appends the anomalies that it explains, the ones of many connections first: "A33 fake_established
 * (22), A04 slow_open (7)". Returns how many kinds there are. */
guint incident_anomalies(GString *out, const Incidents *incidents, guint place);

/* How much is printed of an incident. */
struct incident_layout {
    bool evidence; /* the clues that speak for it and against it */
    bool filter;   /* the display filter */
    enum text_clock clock;
};

/* Prints the incident at a place: a line, and below it cure, check, what else it may be, and what
 * it explains. */
void incident_print(const Incidents *incidents, guint place, const struct incident_layout *layout,
                    struct out *out);

#endif
