/* verb_timeline.c - the verb timeline: a row for each state that an endpoint was in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "session.h"
#include "tables.h"
#include "verb_table.h"

static bool run(const struct options *options, int *status, GError **error)
{
    return session_print_table(&table_intervals, NULL, options, status, error);
}

const struct verb verb_timeline = {
    .name = "timeline",
    .summary = "a row for each state that an endpoint was in",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_VIEW | OPTIONS_SELECT |
               OPTIONS_FORMAT | OPTIONS_TABLE | OPTIONS_PROJECT | OPTIONS_ROWS,
    .table = &table_intervals,
    .about =
        "The rows of one endpoint follow each other without overlap and without a hole. By\n"
        "default later segments correct what was believed before; --live shows what was known\n"
        "at each moment. Rows that begin after the capture's last frame are a projection: they\n"
        "hold if nothing more was sent. Examples:\n"
        "  tcpstory timeline trouble.pcap\n"
        "  tcpstory timeline --format tsv trouble.pcap | awk -F'\\t' '$5 == \"CLOSE_WAIT\"'\n",
    .run = run,
};
