/* cli.c - finds the verb on the command line and runs it; see cli.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "formats_table.h"
#include "manual.h"
#include "memory_limit.h"
#include "pager.h"
#include "rules.h"
#include "text.h"
#include "time_arg.h"
#include "verb_table.h"
#include "write_json.h"

static int complain(const GError *error)
{
    errors_tell(error);
    return error->code;
}

static int print_help(void)
{
    const struct verb *verb;

    puts("tcpstory tells the story of every TCP connection in a capture: the states of both ends,\n"
         "who opened, who closed, what was refused, reset or left behind.\n"
         "\n"
         "usage: tcpstory [VERB] [OPTIONS] CAPTURE...\n"
         "       tshark -q -z tcpstate,records -r CAPTURE | tcpstory [VERB] [OPTIONS] -\n");
    for (guint i = 0; (verb = verbs_at(i)) != NULL; i++) {
        printf("  %-10s %s%s\n", verb->name, verb->summary, i == 0 ? " (default)" : "");
    }
    puts("\n"
         "tcpstory VERB --help lists the options of a verb. Examples:\n"
         "  tcpstory trouble.pcapng\n"
         "  tcpstory list --state CLOSE_WAIT trouble.pcapng\n"
         "  ssh host tcpdump -U -w - tcp | tcpstory -\n"
         "\n"
         "CAPTURE is a capture in any format that tshark reads, what tshark printed (record "
         "stream,\n"
         "-T fields -E header=y, -T json, -T ek), or - for standard input. The environment "
         "variable\n"
         "TSHARK names another tshark, WIRESHARK_PLUGIN_DIR another plugin folder.\n"
         "\n"
         "Exit status:");
    fputs(manual_exit_status, stdout);
    return EXIT_DONE;
}

/* A word that is neither verb nor file: perhaps a verb with a slip. */
static bool is_lost_word(const char *word, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *all = NULL;
    const struct verb *verb;
    const char *nearest;

    if (word[0] == '-' || strpbrk(word, "/.") != NULL || g_file_test(word, G_FILE_TEST_EXISTS)) {
        return false;
    }
    for (guint i = 0; (verb = verbs_at(i)) != NULL; i++) {
        g_ptr_array_add(names, (char *)verb->name);
    }
    g_ptr_array_add(names, NULL);
    all = g_strjoinv(", ", (char **)names->pdata);
    nearest = text_nearest(word, (const char *const *)names->pdata);
    if (nearest != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "'%s' is neither a verb nor a file; did you mean '%s'?", word, nearest);
    } else {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "'%s' is neither a verb nor a file; the verbs are: %s", word, all);
    }
    return true;
}

/* What --help says behind the options: columns, formats, examples. */
static void describe(const struct verb *verb, unsigned writes, GString *about)
{
    if (verb->table != NULL) {
        g_string_append(about, "Columns:\n");
        sheet_help(verb->table->columns, about);
        g_string_append_c(about, '\n');
    }
    if ((verb->options & OPTIONS_WORST) != 0) {
        g_string_append(about, "Thresholds, their bounds and what they mean, for --set:\n");
        rules_help(about);
        g_string_append_c(about, '\n');
    }
    if ((verb->options & OPTIONS_FORMAT) != 0) {
        g_string_append(about, "Formats:\n");
        formats_help(writes, about);
        g_string_append_c(about, '\n');
    }
    if ((verb->options & (OPTIONS_PERIOD | OPTIONS_AT)) != 0) {
        g_string_append(about, time_arg_help);
        g_string_append_c(about, '\n');
    }
    g_string_append(about, verb->about);
    g_string_append_printf(about, "\nExit status:\n%s", manual_exit_status);
}

/* A verb that stands behind options is taken for a file. */
static bool check_no_late_verb(char *const *files, GError **error)
{
    for (; files != NULL && *files != NULL; files++) {
        if (verbs_find(*files) != NULL && !g_file_test(*files, G_FILE_TEST_EXISTS)) {
            g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                        "'%s' is no file, and a verb comes first: tcpstory %s [OPTIONS] CAPTURE...",
                        *files, *files);
            return false;
        }
    }
    return true;
}

static bool print_schema(const struct verb *verb, const struct options *options, GError **error)
{
    json_t *schema = NULL;

    if (verb->schema != NULL && options->columns == NULL) {
        schema = verb->schema();
    } else if (verb->table != NULL) {
        schema = write_json_table_schema(verb->name, verb->table->columns);
    } else {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "%s prints no JSON", verb->name);
        return false;
    }
    json_dumpf(schema, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(schema);
    return true;
}

static void print_columns(const struct table *table)
{
    g_autoptr(GString) text = g_string_new(NULL);

    sheet_help(table->columns, text);
    fputs(text->str, stdout);
}

static int run_verb(const struct verb *verb, char **argv)
{
    const unsigned writes = verb->writes | (verb->table != NULL ? FORMAT_TABLE : 0);
    struct options options;
    g_autoptr(GString) about = g_string_new(NULL);
    g_autofree char *help = NULL;
    g_autoptr(GError) error = NULL;
    int status = EXIT_DONE;

    describe(verb, writes, about);
    const struct options_usage usage = {verb->name, verb->operand, verb->options, writes,
                                        about->str};
    const bool ok = options_parse(&options, &usage, argv, &help, &error);
    if (options.no_pager || options.follow || (verb->options & OPTIONS_LIVE) != 0) {
        pager_forbid();
    }
    if (help != NULL) {
        fputs(help, stdout);
    } else if (ok && options.schema) {
        print_schema(verb, &options, &error);
    } else if (ok && options_want_columns(&options) && verb->table != NULL) {
        print_columns(verb->table);
    } else if (ok && memory_limit(options.max_memory, &error) &&
               ((verb->options & (OPTIONS_NAMES | OPTIONS_RUN)) != 0 ||
                check_no_late_verb(options.files, &error))) {
        verb->run(&options, &status, &error);
    }
    options_clear(&options);
    return error != NULL ? complain(error) : status;
}

/* For the build and for completion: "--man", "--words KIND [VERB]", or "--words values OPTION
 * VERB".
 */
static int print_manual(char **argv)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (strcmp(argv[0], "--man") == 0) {
        manual_page(text);
    } else {
        manual_words(argv + 1, text);
    }
    fputs(text->str, stdout);
    return EXIT_DONE;
}

/* A message has lines of its own: no argument that it tells of may begin another. Names of files
 * are told without. */
static bool check_arguments(char **argv, GError **error)
{
    for (; *argv != NULL; argv++) {
        if (strchr(*argv, '\n') != NULL && !g_file_test(*argv, G_FILE_TEST_EXISTS)) {
            g_autofree char *safe = text_safe_copy(*argv);
            g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                        "'%s' has several lines, and is not the name of a file", safe);
            return false;
        }
    }
    return true;
}

/* What was printed by other ways than struct out, as --help is, may not have got there. */
static int finish_output(int status)
{
    if (status != EXIT_DONE || (fflush(stdout) == 0 && !ferror(stdout))) {
        return status;
    }
    g_autoptr(GError) error = g_error_new(
        TCPSTORY_ERROR, EXIT_OUTPUT, "cannot write all of standard output: %s", g_strerror(errno));
    return complain(error);
}

/* A file of that name may still be named ./help. */
static bool is_one_of(const char *word, const char *option, const char *letter, const char *name)
{
    return strcmp(word, option) == 0 || strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

/* `tcpstory help VERB` is `tcpstory VERB --help`; `name` NULL = help on all. */
static int print_help_on(const char *name)
{
    char help[] = "--help";
    char *const argv[] = {help, NULL};
    const struct verb *verb = name != NULL ? verbs_find(name) : NULL;
    g_autoptr(GError) error = NULL;

    if (verb != NULL) {
        return run_verb(verb, (char **)argv);
    }
    if (name != NULL && is_lost_word(name, &error)) {
        return complain(error);
    }
    return print_help();
}

/* As with git, whole options may stand before the verb: "--no-pager list x" becomes "list
 * --no-pager x". A file of the verb's name is a file. */
static void put_verb_first(char **argv)
{
    guint n = 0;

    while (argv[n] != NULL && options_is_whole(argv[n])) {
        n++;
    }
    if (n > 0 && argv[n] != NULL && verbs_find(argv[n]) != NULL &&
        !g_file_test(argv[n], G_FILE_TEST_EXISTS)) {
        char *const verb = argv[n];
        memmove(argv + 1, argv, n * sizeof(*argv));
        argv[0] = verb;
    }
}

int cli_main(char **argv)
{
    if (argv[0] != NULL) {
        put_verb_first(argv + 1);
    }
    const char *word = argv[0] != NULL ? argv[1] : NULL;
    const struct verb *verb = word != NULL ? verbs_find(word) : NULL;
    g_autoptr(GError) error = NULL;

    json_set_alloc_funcs(g_malloc, g_free); /* so it never leaves out what it cannot hold */
    if (word == NULL && options_have_input()) {
        return finish_output(run_verb(verbs_at(0), argv + 1));
    }
    if (word == NULL) {
        g_set_error_literal(&error, TCPSTORY_ERROR, EXIT_USAGE,
                            "no capture given\nusage: tcpstory [VERB] [OPTIONS] CAPTURE...");
        return complain(error);
    }
    if (!check_arguments(argv + 1, &error)) {
        return complain(error);
    }
    if (is_one_of(word, "--help", "-h", "help")) {
        return finish_output(print_help_on(strcmp(word, "help") == 0 ? argv[2] : NULL));
    }
    if (strcmp(word, "--man") == 0 || strcmp(word, "--words") == 0) {
        return finish_output(print_manual(argv + 1));
    }
    if (is_one_of(word, "--version", "-V", "version")) {
        printf("tcpstory %s, record stream %d\n", TCPSTORY_VERSION, TSM_RECORD_VERSION);
        return finish_output(EXIT_DONE);
    }
    if (verb != NULL) {
        return finish_output(run_verb(verb, argv + 2));
    }
    if (is_lost_word(word, &error)) {
        return complain(error);
    }
    return finish_output(run_verb(verbs_at(0), argv + 1));
}
