/* verb_incidents.c - the verb incidents: what broke, and what it explains.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "follow.h"
#include "incident_json.h"
#include "session.h"
#include "tables.h"
#include "verb_table.h"
#include "write_json.h"

static json_t *schema(void)
{
    return write_json_schema(
        "incidents",
        json_pack("[o, o]", write_json_reference("incident"), write_json_array_of("incident")),
        json_pack("{s:o}", "incident", json_members_schema(incident_json_members)));
}

static bool run(const struct options *options, int *status, GError **error)
{
    return options->follow ? follow_print_table(&table_incidents, options, status, error)
                           : session_print_table(&table_incidents, NULL, options, status, error);
}

const struct verb verb_incidents = {
    .name = "incidents",
    .summary = "what broke: causes, since when, where, how sure, what they explain",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_SELECT | OPTIONS_WORST |
               OPTIONS_RULES | OPTIONS_FORMAT | OPTIONS_TABLE | OPTIONS_SORT,
    .table = &table_incidents,
    .schema = schema,
    .about = "An incident is a cause at one place and time, with all anomalies that it explains.\n"
             "The capture's own quality comes first, then the one that hurts most. Examples:\n"
             "  tcpstory incidents trouble.pcap\n"
             "  tcpstory incidents --min-severity warning --format json trouble.pcap\n"
             "  tcpstory explain D01\n",
    .run = run,
};
