/* suppressed_incidents.c - takes incidents out that are known to be harmless; see incidents.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "incidents.h"
#include "suppression.h"

/* Where the incident of each place has gone: its new place + 1; 0 = taken out. */
static guint *take_out(Incidents *incidents, Anomalies *anomalies, const GPtrArray *all)
{
    const guint n = incidents->found->len;
    guint *moved_to = g_new0(guint, n);
    guint kept = 0;

    for (guint i = 0; i < n; i++) {
        const struct incident incident = *incidents_at(incidents, i);
        const guint *members =
            (const guint *)incidents->members->data + incident.about.first_member;
        guint number;
        if (suppression_find(all, anomalies->story, incident.cause->id, members,
                             incident.about.members, &number)) {
            g_array_index(anomalies->suppressed, struct suppressed, number).incidents++;
        } else {
            g_array_index(incidents->found, struct incident, kept) = incident;
            moved_to[i] = ++kept;
        }
    }
    g_array_set_size(incidents->found, kept);
    return moved_to;
}

void incidents_suppress(Incidents *incidents, Anomalies *anomalies, const GPtrArray *all)
{
    g_autofree guint *moved_to = take_out(incidents, anomalies, all);

    for (guint i = 0; i < anomalies->hits->len; i++) {
        if (incidents->of_hit[i] > 0) {
            incidents->of_hit[i] = moved_to[incidents->of_hit[i] - 1];
        }
    }
}
