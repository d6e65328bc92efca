/* verb_reduce.c - the verb reduce: what became of the connections of one shard (scale.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reduce_shard.h"
#include "run_words.h"
#include "verb_table.h"

static bool run(const struct options *options, int *status, GError **error)
{
    guint shard;
    g_autoptr(Plan) plan = run_words_numbered(options, "reduce RUN N", true, &shard, error);
    g_autoptr(Totals) totals = plan != NULL ? totals_read(plan, error) : NULL;

    (void)status;
    return totals != NULL &&
           (reduce_is_done(plan, totals, shard) || reduce_shard(plan, totals, shard, error));
}

const struct verb verb_reduce = {
    .name = "reduce",
    .operand = "RUN N",
    .summary = "the states of the connections in shard N of a RUN",
    .options = OPTIONS_RUN,
    .about =
        "Writes RUN/reduce/N.tsr. One that is there already, whole and of this merge, is left\n"
        "as it is. Verbs that read a RUN without any infer by themselves. Example:\n"
        "  tcpstory reduce run 0\n",
    .run = run,
};
