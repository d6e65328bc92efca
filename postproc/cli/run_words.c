/* run_words.c - see run_words.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_words.h"

#include "errors.h"

static struct plan *read_words(const struct options *options, const char *usage, guint n,
                               GError **error)
{
    if (options->files == NULL || g_strv_length(options->files) != n) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "wrong number of words\nusage: tcpstory %s",
                    usage);
        return NULL;
    }
    return plan_read(options->files[0], error);
}

struct plan *run_words_plan(const struct options *options, const char *usage, GError **error)
{
    return read_words(options, usage, 1, error);
}

struct plan *run_words_numbered(const struct options *options, const char *usage, bool of_shards,
                                guint *number, GError **error)
{
    g_autoptr(Plan) plan = read_words(options, usage, 2, error);
    guint64 value;

    if (plan == NULL) {
        return NULL;
    }
    const guint n = of_shards ? plan->shards : plan->files->len;
    if (!g_ascii_string_to_unsigned(options->files[1], 10, 0, n - 1, &value, NULL)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "'%s' is not the number of a %s: 0 to %u",
                    options->files[1], of_shards ? "shard" : "file", n - 1);
        return NULL;
    }
    *number = (guint)value;
    return g_steal_pointer(&plan);
}
