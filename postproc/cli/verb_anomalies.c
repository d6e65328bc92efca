/* verb_anomalies.c - the verb anomalies: what is wrong, with evidence, cause and cure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_json.h"
#include "follow.h"
#include "session.h"
#include "tables.h"
#include "verb_table.h"
#include "write_json.h"

static json_t *schema(void)
{
    return write_json_schema(
        "anomalies",
        json_pack("[o, o]", write_json_reference("anomaly"), write_json_array_of("anomaly")),
        json_pack("{s:o}", "anomaly", json_members_schema(anomaly_json_members)));
}

static bool run(const struct options *options, int *status, GError **error)
{
    return options->follow ? follow_print_table(&table_anomalies, options, status, error)
                           : session_print_table(&table_anomalies, NULL, options, status, error);
}

const struct verb verb_anomalies = {
    .name = "anomalies",
    .summary = "what is wrong, with evidence, likely causes and what to check",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_SELECT |
               OPTIONS_ANOMALY | OPTIONS_WORST | OPTIONS_RULES | OPTIONS_FORMAT | OPTIONS_TABLE |
               OPTIONS_SORT,
    .table = &table_anomalies,
    .schema = schema,
    .about =
        "Text puts anomalies of one kind together, the worst first, and says how many more\n"
        "there are (--top N shows N of each); with --columns it has a row for each. Examples:\n"
        "  tcpstory anomalies trouble.pcap\n"
        "  tcpstory anomalies --min-severity warning --fail-on error trouble.pcap\n"
        "  tcpdump -i any -U -w - tcp | tcpstory anomalies --follow -\n"
        "  tcpstory anomalies --set A01.silence=10 --format json trouble.pcap\n",
    .run = run,
};
