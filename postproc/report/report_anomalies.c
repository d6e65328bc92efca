/* report_anomalies.c - the report's section on anomalies: the worst with evidence, cause and cure,
 * in few lines; the rest by name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "anomaly_print.h"
#include "report_parts.h"
#include "suppression.h"

#define MAX_KINDS 6

/* What somebody who is woken by it needs first. */
static const struct anomaly_layout layout = {
    .hits = 2,
    .frames = 3,
    .causes = 3,
    .checks = 2,
    .clock = TEXT_RELATIVE,
};

/* Of what no incident explains. */
static bool is_trouble(const Anomalies *anomalies, guint place, const void *data)
{
    const Incidents *incidents = data;

    return incidents->of_hit[place] == 0 && anomalies_at(anomalies, place)->severity > ANOMALY_INFO;
}

static bool is_info(const Anomalies *anomalies, guint place, const void *data)
{
    const Incidents *incidents = data;

    return incidents->of_hit[place] == 0 &&
           anomalies_at(anomalies, place)->severity == ANOMALY_INFO;
}

/* The most severe first, of these what befell most connections; the catalogue's order tells nothing
 * of how bad it is. */
static gint by_reach(gconstpointer a, gconstpointer b)
{
    const struct anomaly_kind *x = *(struct anomaly_kind *const *)a;
    const struct anomaly_kind *y = *(struct anomaly_kind *const *)b;

    if (x->severity != y->severity) {
        return x->severity > y->severity ? -1 : 1;
    }
    if (x->connections != y->connections) {
        return x->connections > y->connections ? -1 : 1;
    }
    return strcmp(x->rule->id, y->rule->id);
}

/* "A16 simultaneous_open (3), A24 connect_and_leave (12)" */
static void tell_names(struct report *r, GPtrArray *kinds, guint from)
{
    for (guint i = from; i < kinds->len; i++) {
        const struct anomaly_kind *kind = g_ptr_array_index(kinds, i);
        g_string_append_printf(r->text, "%s%s %s (", i > from ? ", " : "", kind->rule->id,
                               kind->rule->name);
        text_count(r->text, kind->connections);
        g_string_append_c(r->text, ')');
    }
    g_string_append_c(r->text, '\n');
}

/* "  Suppressed by the configuration: 12 findings (health checks 10, scanner 2)" */
static void tell_suppressed(struct report *r)
{
    g_autoptr(GString) what = g_string_new(NULL);

    if (suppressed_text(what, r->anomalies)) {
        g_string_append_printf(
            r->text, "  Suppressed by the configuration: %s; --no-config tells all\n", what->str);
        report_flush(r);
    }
}

void report_anomalies(struct report *r)
{
    g_autoptr(GPtrArray) troubles = anomaly_kinds(r->anomalies, is_trouble, r->incidents);
    g_autoptr(GPtrArray) infos = anomaly_kinds(r->anomalies, is_info, r->incidents);
    const guint told = MIN(troubles->len, MAX_KINDS);

    g_ptr_array_sort(troubles, by_reach);
    if (troubles->len + infos->len + r->anomalies->closed->len == 0) {
        tell_suppressed(r);
        return;
    }
    report_heading(r, r->incidents->found->len > 0 ? "Other anomalies" : "Anomalies");
    report_flush(r);
    for (guint i = 0; i < told; i++) {
        anomaly_print_kind(r->anomalies, g_ptr_array_index(troubles, i), &layout, r->out);
    }
    if (troubles->len > told) {
        g_string_append(r->text, "  and also: ");
        tell_names(r, troubles, told);
    }
    if (infos->len > 0) {
        g_string_append(r->text, "     info  ");
        tell_names(r, infos, 0);
    }
    if (troubles->len + infos->len > 0) {
        g_string_append(r->text, "  More: tcpstory anomalies CAPTURE; tcpstory explain A01\n");
    }
    report_flush(r);
    anomaly_print_gates(r->anomalies, r->out);
    tell_suppressed(r);
}
