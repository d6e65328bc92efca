/* verb_explain.c - the verb explain: what a state, a step, an outcome, an anomaly or a cause means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "explain.h"

#include "errors.h"
#include "verb_table.h"

/* --markdown takes one name, of a page: "incidents". */
static bool print_causes(struct out *out, char **names, GError **error)
{
    if (!g_str_equal(names[0], "incidents") || names[1] != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--markdown goes alone, or with 'incidents'");
        out_cancel(out);
        return false;
    }
    explain_causes_markdown(out);
    return out_close(out, error);
}

static bool run(const struct options *options, int *status, GError **error)
{
    struct out out;
    bool ok = true;

    (void)status;
    if (!out_open(&out, options->output, options->color, error)) {
        return false;
    }
    if (options->markdown && options->files != NULL) {
        return print_causes(&out, options->files, error);
    }
    if (options->markdown) {
        explain_markdown(&out);
    } else if (options->files == NULL) {
        explain_list(&out);
    }
    for (char **name = options->files; ok && name != NULL && *name != NULL; name++) {
        fputs(name > options->files ? "\n" : "", out.file);
        ok = explain(*name, &out, error);
    }
    if (!ok) {
        out_cancel(&out);
        return false;
    }
    return out_close(&out, error);
}

const struct verb verb_explain = {
    .name = "explain",
    .summary = "what a state, a step, an outcome or an anomaly means, and what to check",
    .options = OPTIONS_OUTPUT | OPTIONS_NAMES,
    .about =
        "NAME is a state, a step, an outcome, or an anomaly or cause by id or name; without one\n"
        "all names are listed. Examples:\n"
        "  tcpstory explain CLOSE_WAIT\n"
        "  tcpstory explain 'close 2/4' refused A09\n"
        "  tcpstory explain D01\n"
        "  tcpstory explain --markdown > anomalies.md\n"
        "  tcpstory explain --markdown incidents > diagnosis.md\n",
    .run = run,
};
