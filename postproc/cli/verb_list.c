/* verb_list.c - the verb list: a row for each connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "follow.h"
#include "session.h"
#include "story_json.h"
#include "tables.h"
#include "verb_table.h"

static bool run(const struct options *options, int *status, GError **error)
{
    return options->follow ? follow_print_table(&table_connections, options, status, error)
                           : session_print_table(&table_connections, NULL, options, status, error);
}

const struct verb verb_list = {
    .name = "list",
    .summary = "a row for each connection",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_SELECT | OPTIONS_FORMAT |
               OPTIONS_TABLE | OPTIONS_SORT | OPTIONS_ANOMALY | OPTIONS_RULES,
    .table = &table_connections,
    .writes = FORMAT_CAPTURES,
    .schema = story_json_schema,
    .about = "Text shows the columns that fit; tsv shows all. Examples:\n"
             "  tcpstory list --port 9502 trouble.pcap\n"
             "  tcpstory list --state CLOSE_WAIT --sort -duration trouble.pcap\n"
             "  tcpstory list --anomaly syn_unanswered trouble.pcap\n"
             "  tcpstory list --columns stream,client,setup,syns --sort -setup trouble.pcap\n"
             "  tshark -i any -q -l -z tcpstate,records,live | tcpstory list --follow -\n"
             "  tcpstory list --format zeek trouble.pcap | zeek-cut id.orig_h conn_state history\n",
    .run = run,
};
