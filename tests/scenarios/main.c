/* main.c - the program scenario: runs scenario files, or writes one as a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "ask_rules.h"
#include "at_bounds.h"
#include "capture.h"
#include "replay.h"
#include "script.h"

enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct options {
    char *pcap;
    gboolean verbose, table, thresholds, rest;
    char **files;
};

/* Where the same segments can be looked at with the plugin. */
static void print_repeat(const char *program, const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *name = g_strndup(base, strcspn(base, "."));

    printf("repeat: %s --pcap /tmp/%s.pcap %s && tshark -r /tmp/%s.pcap -T fields "
           "-e frame.number -e tcpstate.client -e tcpstate.server -e tcpstate.step "
           "-e tcpstate.event\n",
           program, name, path, name);
}

static bool run(const char *program, const struct script *script, const struct options *options)
{
    const bool verbose = options->verbose && !options->table;
    const enum talk talk = options->table ? TALK_TABLE : verbose ? TALK_LINES : TALK_FAULTS;

    if (verbose) {
        printf("%s: %s\n", script->path, script->title);
    }
    const unsigned faults =
        replay_run(script, talk) + (options->table ? 0 : judge_run(script, verbose));
    if (verbose) {
        print_repeat(program, script->path);
    }
    if (verbose || (faults > 0 && !options->table)) {
        printf("%s: %s\n", script->path, faults > 0 ? "FAILED" : "passed");
    }
    return faults == 0;
}

/* Reads and runs, or writes, one file. */
static int handle(const char *program, const struct options *options, const char *path)
{
    g_autoptr(GError) error = NULL;
    struct script *script = script_read(path, &error);
    int status = EXIT_USAGE;

    if (script != NULL) {
        script->rests = options->rest;
    }
    if (script != NULL && options->pcap != NULL) {
        status = capture_write(script, options->pcap, &error) ? EXIT_PASSED : EXIT_USAGE;
    } else if (script != NULL && options->thresholds) {
        status = thresholds_run(script) == 0 ? EXIT_PASSED : EXIT_FAILED;
    } else if (script != NULL) {
        status = run(program, script, options) ? EXIT_PASSED : EXIT_FAILED;
    }
    if (error != NULL) {
        fprintf(stderr, "%s\n", error->message);
    }
    script_free(script);
    return status;
}

static int run_all(const char *program, const struct options *options)
{
    unsigned failed = 0, n = 0;
    int worst = EXIT_PASSED;

    for (; options->files[n] != NULL; n++) {
        const int status = handle(program, options, options->files[n]);
        failed += status != EXIT_PASSED;
        worst = MAX(worst, status);
    }
    if (n > 1) {
        printf("%u passed, %u failed\n", n - failed, failed);
    }
    return worst;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    // clang-format off
    const GOptionEntry entries[] = {
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose,
         "Show what the engine says of each line", NULL},
        {"pcap", 'w', 0, G_OPTION_ARG_FILENAME, &options.pcap,
         "Write the segments as a capture instead (one FILE); - is standard output", "OUT"},
        {"table", 't', 0, G_OPTION_ARG_NONE, &options.table,
         "Print a row for each segment instead: frame, stream, client, server, step, event", NULL},
        {"thresholds", 0, 0, G_OPTION_ARG_NONE, &options.thresholds,
         "Judge by the rules with every threshold at its bounds instead", NULL},
        {"rest", 0, 0, G_OPTION_ARG_NONE, &options.rest,
         "All connections rest after each line: they are packed, and unpacked for the next", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, "FILE..."},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    // clang-format on
    g_autoptr(GOptionContext) context = g_option_context_new("- run TCP scenarios");
    g_autoptr(GError) error = NULL;
    int status = EXIT_USAGE;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, "The language: docs/develop/scenarios.md.");
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
    } else if (options.files == NULL || (options.pcap != NULL && options.files[1] != NULL)) {
        fprintf(stderr, "usage: scenario [-v | --table | --thresholds] [--rest] FILE... | "
                        "scenario --pcap OUT FILE\n");
    } else {
        status = run_all(argv[0], &options);
    }
    g_strfreev(options.files);
    g_free(options.pcap);
    return status;
}
