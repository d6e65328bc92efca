/* hits.c - what the rules found, and of which connection; see hits.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hits.h"

#include <string.h>

const struct anomaly *anomalies_at(const Anomalies *anomalies, guint place)
{
    return &g_array_index(anomalies->hits, struct anomaly, place);
}

guint anomalies_member(const Anomalies *anomalies, const struct anomaly *hit, guint i)
{
    return g_array_index(anomalies->members, guint, hit->first_member + i);
}

const guint *anomalies_of(const Anomalies *anomalies, guint connection, guint *n)
{
    *n = anomalies->first_of[connection + 1] - anomalies->first_of[connection];
    return *n > 0 ? anomalies->hits_of + anomalies->first_of[connection] : NULL;
}

bool anomalies_have(const Anomalies *anomalies, guint connection, const struct anomaly_rule *rule)
{
    guint n;
    const guint *places = anomalies_of(anomalies, connection, &n);

    for (guint i = 0; i < n; i++) {
        if (anomalies_at(anomalies, places[i])->rule == rule) {
            return true;
        }
    }
    return false;
}

bool anomalies_reach(const Anomalies *anomalies, enum anomaly_severity severity)
{
    return anomalies->hits->len > 0 && anomalies_at(anomalies, 0)->severity >= severity;
}

void anomalies_free(Anomalies *anomalies)
{
    if (anomalies != NULL) {
        g_array_unref(anomalies->hits);
        g_array_unref(anomalies->members);
        g_array_unref(anomalies->closed);
        g_clear_pointer(&anomalies->suppressed, g_array_unref);
        tuple_numbers_free(anomalies->numbers);
        g_free(anomalies->opening);
        g_free(anomalies->ending);
        hosts_free(anomalies->hosts);
        g_free(anomalies->hits_of);
        g_free(anomalies->first_of);
        g_free(anomalies);
    }
}

/* ---- order ---- */

static gint compare_hits(gconstpointer a, gconstpointer b)
{
    const struct anomaly *x = a;
    const struct anomaly *y = b;

    if (x->severity != y->severity) {
        return x->severity > y->severity ? -1 : 1;
    }
    if (x->rule != y->rule) {
        return strcmp(x->rule->id, y->rule->id);
    }
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return (x->connection > y->connection) - (x->connection < y->connection);
}

/* Which hits each connection is a member of: first count, then place. */
static void index_hits(Anomalies *found, guint connections)
{
    guint *next = g_new0(guint, (gsize)connections + 1);

    found->first_of = g_new0(guint, (gsize)connections + 1);
    found->hits_of = g_new(guint, found->members->len);
    for (guint i = 0; i < found->members->len; i++) {
        found->first_of[g_array_index(found->members, guint, i) + 1]++;
    }
    for (guint i = 0; i < connections; i++) {
        found->first_of[i + 1] += found->first_of[i];
        next[i] = found->first_of[i];
    }
    for (guint place = 0; place < found->hits->len; place++) {
        const struct anomaly *hit = anomalies_at(found, place);
        for (guint i = 0; i < hit->members; i++) {
            found->hits_of[next[anomalies_member(found, hit, i)]++] = place;
        }
    }
    g_free(next);
}

void hits_order(Anomalies *found, guint connections)
{
    g_array_sort(found->hits, compare_hits);
    index_hits(found, connections);
}
