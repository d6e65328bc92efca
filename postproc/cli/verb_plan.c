/* verb_plan.c - the verb plan: a RUN folder, for captures that many machines read (scale.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "errors.h"
#include "plan_files.h"
#include "session.h"
#include "size.h"
#include "verb_table.h"

#define GB G_GUINT64_CONSTANT(1000000000)
#define USUAL_SHARD (4 * GB)  /* of captures */
#define MAX_USUAL_SHARDS 1024 /* a verb that reads a RUN opens so many files */
#define CONNECTION_BYTES 4000 /* what an engine takes for one, and some room */

static bool fail(GError **error, const char *option, const char *text, const char *wanted)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--%s: '%s' is not %s", option, text, wanted);
    return false;
}

static guint64 size_of_all(const struct plan *plan)
{
    guint64 all = 0;

    for (guint i = 0; i < plan->files->len; i++) {
        all += plan_file_at(plan, i)->size;
    }
    return all;
}

/* How many shards, and how many connections each may follow at once. */
static bool choose_sizes(struct plan *plan, const struct options *options, GError **error)
{
    guint64 memory = USUAL_SHARD, shards;

    if (!session_max_connections(&plan->max_connections, options->max_connections, error) ||
        (options->memory != NULL && !size_read(&memory, "mem", options->memory, error))) {
        return false;
    }
    if (options->memory != NULL && options->max_connections == NULL) {
        plan->max_connections = (guint32)MIN(memory / CONNECTION_BYTES, UINT32_MAX);
    }
    shards = CLAMP((size_of_all(plan) + memory - 1) / memory, 1, MAX_USUAL_SHARDS);
    if (options->shards != NULL &&
        !g_ascii_string_to_unsigned(options->shards, 10, 1, PLAN_MAX_SHARDS, &shards, NULL)) {
        return fail(error, "shards", options->shards, "a number of shards, 1 to 4096");
    }
    plan->shards = (guint32)shards;
    return true;
}

static void tell(const struct plan *plan)
{
    g_autoptr(GString) size = g_string_new(NULL);
    g_autofree char *folder = text_safe_copy(plan->folder);

    text_bytes(size, size_of_all(plan));
    printf("%s: %u %s, %s, %u %s\n", folder, plan->files->len,
           plan->files->len == 1 ? "file" : "files", size->str, plan->shards,
           plan->shards == 1 ? "shard" : "shards");
    printf("  tcpstory map %s N       for N = 0 to %u, anywhere, in any order\n"
           "  tcpstory merge %s\n"
           "  tcpstory reduce %s N    for N = 0 to %u\n"
           "  tcpstory report %s      and every other verb\n",
           folder, plan->files->len - 1, folder, folder, plan->shards - 1, folder);
}

static void say_all(const GPtrArray *names, const char *what)
{
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *safe = text_safe_copy(g_ptr_array_index(names, i));
        fprintf(stderr, "tcpstory: %s%s\n", safe, what);
    }
}

static bool run(const struct options *options, int *status, GError **error)
{
    g_autoptr(GPtrArray) twice = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Plan) plan = NULL;

    if (options->output == NULL) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "no folder for the plan given: tcpstory plan -o RUN CAPTURE...");
        return false;
    }
    plan = plan_new(options->output);
    plan_add_files(plan, options->files, twice);
    if (!options->quiet) {
        say_all(twice, ": named twice, read once");
    }
    say_all(plan->left_out, "");
    if (plan->left_out->len > 0) {
        *status = EXIT_INPUT;
    }
    if (plan->files->len == 0 || plan->files->len > PLAN_MAX_FILES) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%u captures: there is nothing to plan",
                    plan->files->len);
        return false;
    }
    plan_arrange(plan);
    if (!choose_sizes(plan, options, error) || !plan_write(plan, error)) {
        return false;
    }
    if (!options->quiet) {
        tell(plan);
    }
    return true;
}

const struct verb verb_plan = {
    .name = "plan",
    .summary = "a RUN folder: captures that many machines read, as one",
    .options = OPTIONS_PLAN,
    .about =
        "Writes RUN/plan.json: the files in the order in which they were captured, and in how\n"
        "many shards their connections are dealt. Only the beginnings of files are read.\n"
        "Examples:\n"
        "  tcpstory plan -o run /taps/ring_*.pcapng\n"
        "  tcpstory plan -o run --mem 4G --shards 64 /taps/a /taps/b\n",
    .run = run,
};
