/* verb_report.c - the verb report: what happened in each capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report.h"

#include "session.h"
#include "verbs.h"

/* Prints the report on a capture, if there is one. The output is opened for the first. */
static bool report_one(const struct options *options, const struct story *story, struct out *out,
                       GError **error)
{
    const bool first = out->file == NULL;
    g_autoptr(GString) gap = g_string_new(first ? "" : "\n");

    if (story == NULL) {
        return true;
    }
    if (first && !out_open(out, options->output, options->color, error)) {
        return false;
    }
    out_write(out, gap);
    report_print(story, options->utc ? TEXT_UTC : TEXT_LOCAL, out);
    return true;
}

static bool run(const struct options *options, int *status, GError **error)
{
    struct out out = {0};
    bool ok = true;

    for (char **name = options->files; ok && *name != NULL; name++) {
        g_autoptr(GError) failure = NULL;
        g_autoptr(Story) story = session_load(options, *name, REPORT_LIVES, status, &failure);
        ok = failure == NULL && report_one(options, story, &out, &failure);
        if (!ok) {
            g_propagate_error(error, g_steal_pointer(&failure));
        }
    }
    if (out.file != NULL) {
        ok = out_close(&out, ok ? error : NULL) && ok;
    }
    return ok;
}

const struct verb verb_report = {
    .name = "report",
    .summary = "what happened: openings, endings, last states, what waits",
    .options = OPTIONS_COMMON,
    .about = "A capture of up to five connections is told step by step. Examples:\n"
             "  tcpstory trouble.pcap\n"
             "  tcpstory report --utc -o report.txt monday.pcap tuesday.pcap\n"
             "  tshark -q -z tcpstate,records -r trouble.pcap | tcpstory report -\n",
    .run = run,
};
