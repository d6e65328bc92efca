/* verb_map.c - the verb map: the TCP headers of one capture of a RUN (scale.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>

#include "errors.h"
#include "map_capture.h"
#include "run_words.h"
#include "text.h"
#include "verb_table.h"

static bool run(const struct options *options, int *status, GError **error)
{
    guint number;
    g_autoptr(Plan) plan = run_words_numbered(options, "map RUN N", false, &number, error);
    g_autofree char *trouble = NULL;

    if (plan == NULL) {
        return false;
    }
    if (map_is_done(plan, number)) {
        return true;
    }
    if (!map_capture(plan, number, &trouble, error)) {
        return false;
    }
    if (trouble != NULL) {
        g_autofree char *name = text_safe_copy(plan_file_at(plan, number)->name);
        g_autofree char *what = text_safe_copy(trouble);
        fprintf(stderr, "tcpstory: %s: partial: %s\n", name, what);
        *status = EXIT_INPUT;
    }
    return true;
}

const struct verb verb_map = {
    .name = "map",
    .operand = "RUN N",
    .summary = "the TCP headers of file N of a RUN",
    .options = OPTIONS_RUN,
    .about = "Writes RUN/map/N.tsi: headers, and never a byte of what was said. One that is there\n"
             "already, whole and of this plan, is left as it is. Example:\n"
             "  tcpstory map run 0\n",
    .run = run,
};
