/* verb_table.c - the verbs, the default one first; see verb_table.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "verb_table.h"

#include <string.h>

static const struct verb *const verbs[] = {
    &verb_report,    &verb_incidents, &verb_list,  &verb_show,    &verb_timeline,
    &verb_anomalies, &verb_explain,   &verb_live,  &verb_netstat, &verb_sockets,
    &verb_sockstat,  &verb_listeners, &verb_diff,  &verb_extract, &verb_records,
    &verb_plan,      &verb_map,       &verb_merge, &verb_reduce,
};

const struct verb *verbs_at(guint i)
{
    return i < G_N_ELEMENTS(verbs) ? verbs[i] : NULL;
}

const struct verb *verbs_find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i]->name, name) == 0) {
            return verbs[i];
        }
    }
    return NULL;
}
