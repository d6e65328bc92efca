/* verb_merge.c - the verb merge: what all captures of a RUN are together (scale.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>

#include "errors.h"
#include "make_totals.h"
#include "run_clocks.h"
#include "run_words.h"
#include "text.h"
#include "verb_table.h"

static void say_all(const GPtrArray *texts, const char *kind)
{
    for (guint i = 0; i < texts->len; i++) {
        g_autofree char *safe = text_safe_copy(g_ptr_array_index(texts, i));
        fprintf(stderr, "tcpstory: %s%s\n", kind, safe);
    }
}

static void say_clocks(const struct totals *totals, const struct plan *plan)
{
    g_autoptr(GString) text = g_string_new(NULL);

    run_clocks_tell(totals, plan, text);
    if (text->len > 0) {
        fprintf(stderr, "tcpstory: %s\n", text->str);
    }
}

static bool run(const struct options *options, int *status, GError **error)
{
    g_autoptr(Plan) plan = run_words_plan(options, "merge RUN", error);
    g_autoptr(Totals) totals = plan != NULL ? totals_make(plan, error) : NULL;

    if (totals == NULL) {
        return false;
    }
    if (!options->quiet) {
        say_clocks(totals, plan);
        say_all(totals->notes, "");
    }
    say_all(totals->trouble, "partial: ");
    if (totals->trouble->len > 0) {
        *status = EXIT_INPUT;
    }
    return totals_write(totals, plan, error);
}

const struct verb verb_merge = {
    .name = "merge",
    .operand = "RUN",
    .summary = "what all files of a RUN are together, once they are mapped",
    .options = OPTIONS_RUN,
    .about = "Writes RUN/totals.json: the numbers of first frames, first and last time, what is\n"
             "missing or damaged. Without some of the files it says which, and exits with 3; what\n"
             "is there can be reduced. Example:\n"
             "  tcpstory merge run\n",
    .run = run,
};
