/* verb_report.c - the verb report: what happened in each capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report.h"

#include "session.h"
#include "story_json.h"
#include "verb_table.h"

static bool run(const struct options *options, int *status, GError **error)
{
    struct input_wants wants;
    bool ok = session_wants(&wants, options, error);

    wants.story.steps_of = selection_is_early(&wants.selection) ? REPORT_LIVES : G_MAXUINT;
    ok = ok && session_print_captures(options, &wants, status, error);
    session_forget(&wants);
    return ok;
}

const struct verb verb_report = {
    .name = "report",
    .summary = "what happened: openings, endings, last states, what waits",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_SELECT | OPTIONS_FORMAT |
               OPTIONS_RULES,
    .writes = FORMAT_CAPTURES,
    .schema = story_json_schema,
    .about = "A capture of up to five connections is told step by step. Examples:\n"
             "  tcpstory trouble.pcap\n"
             "  tcpstory report --utc -o report.txt monday.pcap tuesday.pcap\n"
             "  tcpstory report -o trouble.html trouble.pcap\n"
             "  tshark -q -z tcpstate,records -r trouble.pcap | tcpstory report -\n",
    .run = run,
};
