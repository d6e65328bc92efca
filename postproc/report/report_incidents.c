/* report_incidents.c - how the report begins: what broke, since when, where, how sure, what next.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "incident_print.h"
#include "report_parts.h"

#define MAX_INCIDENTS 5

void report_incidents(struct report *r)
{
    const Incidents *incidents = r->incidents;
    const guint told = MIN(incidents->found->len, MAX_INCIDENTS);
    const struct incident_layout layout = {.clock = TEXT_RELATIVE};

    if (told == 0) {
        return;
    }
    report_heading(r, "What happened");
    report_flush(r);
    for (guint i = 0; i < told; i++) {
        incident_print(incidents, i, &layout, r->out);
    }
    g_string_append(r->text, "  More: ");
    if (incidents->found->len > told) {
        text_counted(r->text, incidents->found->len - told, "other incident", "other incidents");
        g_string_append(r->text, ": ");
    }
    g_string_append_printf(r->text, "tcpstory incidents CAPTURE; tcpstory explain %s\n",
                           incidents_at(incidents, 0)->cause->id);
    report_flush(r);
}
