/* options.c - one table of options for all verbs; see options.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "options.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "join.h"
#include "memory.h"
#include "text.h"

#define FIELD(name) offsetof(struct options, name)
#define NO_FIELD G_MAXSIZE /* options_parse() takes it out before */

// clang-format off
static const struct {
    unsigned group;
    const char *name;
    char letter;
    GOptionArg type;
    gsize field;
    const char *meaning;
    const char *argument;
} rows[] = {
    {OPTIONS_FORMAT, "format",  0,   G_OPTION_ARG_STRING,   FIELD(format),
     "text (default), json, ... as below; else by the extension of -o's FILE", "FORMAT"},
    {OPTIONS_FORMAT, "schema",  0,   G_OPTION_ARG_NONE,     FIELD(schema),
     "print the JSON schema of json and ndjson", NULL},
    {OPTIONS_TABLE,  "columns", 0,   G_OPTION_ARG_STRING,   FIELD(columns),
     "columns to print, in this order; help: lists them", "A,B,..."},
    {OPTIONS_TABLE,  "no-header", 0, G_OPTION_ARG_NONE,     FIELD(no_header),
     "text, csv and tsv without the row of names", NULL},
    {OPTIONS_SORT | OPTIONS_SOCKETS, "sort", 0,  G_OPTION_ARG_STRING,   FIELD(sort),
     "column to sort by; -COLUMN: the greatest first", "COLUMN"},
    {OPTIONS_SORT,   "follow",  0,   G_OPTION_ARG_NONE,     FIELD(follow),
     "print each connection when it ends, each finding when it is known, while the input goes on",
     NULL},
    {OPTIONS_ENDS,   "port",    0,   G_OPTION_ARG_STRING_ARRAY, FIELD(port),
     "only connections with one of these ports at either end: 80,443,8000-8999", "PORT,..."},
    {OPTIONS_ENDS,   "host",    0,   G_OPTION_ARG_STRING_ARRAY, FIELD(host),
     "... with an address at either end: 10.9.0.2,fd00::/8, or a name that the capture tells",
     "ADDRESS,..."},
    {OPTIONS_ENDS,   "state",   0,   G_OPTION_ARG_STRING_ARRAY, FIELD(state),
     "... with an end last in one of these states", "STATE,..."},
    {OPTIONS_ENDS,   "stream",  0,   G_OPTION_ARG_STRING_ARRAY, FIELD(stream),
     "... of these numbers: 3,7-9", "N,..."},
    {OPTIONS_OUTCOME, "outcome", 0,  G_OPTION_ARG_STRING_ARRAY, FIELD(outcome),
     "... with this opening or ending: refused,clean", "OUTCOME,..."},
    {OPTIONS_ENDS,   "not",     0,   G_OPTION_ARG_NONE,     NO_FIELD,
     "turns the option behind it round: --not --port 22", NULL},
    {OPTIONS_ENDS,   "filter",  0,   G_OPTION_ARG_STRING,   FIELD(filter),
     "... with a frame that Wireshark's display filter finds; tshark reads the file for it",
     "EXPR"},
    {OPTIONS_PERIOD, "since",   0,   G_OPTION_ARG_STRING,   FIELD(since),
     "only connections with a segment at that time or later", "TIME"},
    {OPTIONS_PERIOD, "until",   0,   G_OPTION_ARG_STRING,   FIELD(until),
     "only connections that began at that time or earlier", "TIME"},
    {OPTIONS_LIVE,   "interface", 'i', G_OPTION_ARG_STRING_ARRAY, FIELD(interface),
     "capture there: eth0, any, lo; may be given again", "NAME"},
    {OPTIONS_LIVE,   "capture-filter", 'f', G_OPTION_ARG_STRING, FIELD(capture_filter),
     "what to capture, as tcpdump's filters; default: tcp or icmp or icmp6", "EXPR"},
    {OPTIONS_LIVE,   "plain",   0,   G_OPTION_ARG_NONE,     FIELD(plain),
     "lines on a terminal, too", NULL},
    {OPTIONS_LIVE,   "prometheus", 0, G_OPTION_ARG_STRING_ARRAY, FIELD(prometheus),
     "to be scraped: FILE for node_exporter, or :PORT on the loopback, or ADDRESS:PORT", "WHERE"},
    {OPTIONS_SOCKETS, "ss",     0,   G_OPTION_ARG_FILENAME, FIELD(ss),
     "the host's sockets, as ss, netstat or /proc/net/tcp lists them; default: this host's",
     "FILE"},
    {OPTIONS_AT | OPTIONS_SOCKETS, "at",       0,   G_OPTION_ARG_STRING,   FIELD(at),
     "the moment; default: end", "TIME"},
    {OPTIONS_AT,     "counts",  'c', G_OPTION_ARG_NONE,     FIELD(counts),
     "only how many sockets are in each state", NULL},
    {OPTIONS_AT,     "all",     'a', G_OPTION_ARG_NONE,     FIELD(habit),
     "every socket (always so; -a and -t for habit's sake)", NULL},
    {OPTIONS_AT,     "tcp",     't', G_OPTION_ARG_NONE,     FIELD(habit),
     "TCP only (always so)", NULL},
    {OPTIONS_INTERVAL, "interval", 0, G_OPTION_ARG_STRING,  FIELD(interval),
     "seconds from row to row; default: such that there are few rows", "S"},
    {OPTIONS_TABLE,  "top",     0,   G_OPTION_ARG_INT,      FIELD(top),
     "only the first N rows", "N"},
    {OPTIONS_ANOMALY, "anomaly", 0,  G_OPTION_ARG_STRING,   FIELD(anomaly),
     "only connections with this anomaly, by id or name", "NAME"},
    {OPTIONS_WORST,  "min-severity", 0, G_OPTION_ARG_STRING, FIELD(min_severity),
     "info (default), warning or error, and worse", "SEVERITY"},
    {OPTIONS_RULES,  "set",     0,   G_OPTION_ARG_STRING_ARRAY, FIELD(set),
     "threshold of an anomaly: A01.silence=5; may be given again", "RULE.NAME=VALUE"},
    {OPTIONS_RULES,  "config",  0,   G_OPTION_ARG_FILENAME, FIELD(config),
     "thresholds, and what is to be suppressed, from FILE: not from /etc/tcpstory.conf and "
     "~/.config/tcpstory/config", "FILE"},
    {OPTIONS_ANONYMIZE, "anonymize", 0, G_OPTION_ARG_NONE,  FIELD(anonymize),
     "addresses that stand for others, networks kept, and no names; another mapping in each run",
     NULL},
    {OPTIONS_ANONYMIZE, "anonymize-key", 0, G_OPTION_ARG_FILENAME, FIELD(anonymize_key),
     "... the same mapping in each run with this FILE, which is secret", "FILE"},
    {OPTIONS_RULES,  "no-config", 0, G_OPTION_ARG_NONE,     FIELD(no_config),
     "no thresholds from files, and nothing suppressed", NULL},
    {OPTIONS_RULES,  "fail-on", 0,   G_OPTION_ARG_STRING,   FIELD(fail_on),
     "exit status 1 when there is an anomaly or incident of this severity or worse", "SEVERITY"},
    {OPTIONS_VIEW,   "live",    0,   G_OPTION_ARG_NONE,     FIELD(live),
     "what was known at each moment, not corrected in hindsight", NULL},
    {OPTIONS_LADDER, "every",   0,   G_OPTION_ARG_NONE,     FIELD(every),
     "one line per segment; do not merge runs of data", NULL},
    {OPTIONS_LADDER, "plot",    0,   G_OPTION_ARG_NONE,     FIELD(plot),
     "no ladder, but sequence numbers over time as a picture (SVG), as tcptrace draws them", NULL},
    {OPTIONS_JOIN,   "join",    0,   G_OPTION_ARG_STRING,   FIELD(join),
     "files that go on one another are one capture (auto), all are (sequence), none (separate); "
     "two are, of both ends (taps)",
     "HOW"},
    {OPTIONS_JOIN,   "separate", 0,  G_OPTION_ARG_NONE,     FIELD(separate),
     "--join=separate: each file is a capture of its own", NULL},
    {OPTIONS_COMMON, "read",    'r', G_OPTION_ARG_FILENAME_ARRAY, FIELD(read),
     "a capture (for habit's sake: the name alone will do)", "FILE"},
    {OPTIONS_PLAN,   "output",  'o', G_OPTION_ARG_FILENAME, FIELD(output),
     "the RUN folder that is made; its old plan is replaced", "RUN"},
    {OPTIONS_PLAN,   "shards",  0,   G_OPTION_ARG_STRING,   FIELD(shards),
     "deal connections to K shards; default: one for each 4 GB of captures", "K"},
    {OPTIONS_PLAN,   "mem",     0,   G_OPTION_ARG_STRING,   FIELD(memory),
     "memory of a reduce task, as 4G: bounds the connections that it tracks at once", "SIZE"},
    {OPTIONS_COMMON | OPTIONS_PLAN | OPTIONS_RUN, "quiet", 'q', G_OPTION_ARG_NONE,     FIELD(quiet),
     "no remarks on standard error; errors only", NULL},
    {OPTIONS_COMMON | OPTIONS_PLAN, "max-connections", 0, G_OPTION_ARG_STRING,
     FIELD(max_connections),
     "track at most N connections at once, evict the idlest (default 1000000; 0 = any number)",
     "N"},
    {OPTIONS_COMMON | OPTIONS_PLAN | OPTIONS_RUN, "max-memory", 0, G_OPTION_ARG_STRING,
     FIELD(max_memory),
     "stop reading before all processes together use more, as 2G, and tell what was read", "SIZE"},
    {OPTIONS_COMMON, "jobs",    'j', G_OPTION_ARG_STRING,   FIELD(jobs),
     "use at most N processors; default: all", "N"},
    {OPTIONS_COMMON, "utc",     0,   G_OPTION_ARG_NONE,     FIELD(utc),
     "points in time as dates in UTC", NULL},
    {OPTIONS_COMMON, "local",   0,   G_OPTION_ARG_NONE,     FIELD(local),
     "points in time as dates in the time zone of TZ", NULL},
    {OPTIONS_COMMON, "numeric", 'n', G_OPTION_ARG_NONE,     FIELD(numeric),
     "accepted for compatibility; output is always numeric", NULL},
    {OPTIONS_NAMES,  "markdown", 0,  G_OPTION_ARG_NONE,     FIELD(markdown),
     "all anomalies (incidents: their causes), as in docs/user", NULL},
    {OPTIONS_COMMON | OPTIONS_OUTPUT, "output",  'o', G_OPTION_ARG_FILENAME, FIELD(output),
     "write to FILE, not to standard output", "FILE"},
    {OPTIONS_WRITE,  "write",   'w', G_OPTION_ARG_FILENAME, FIELD(output),
     "the same", "FILE"},
    {OPTIONS_COMMON | OPTIONS_OUTPUT, "color",   0,   G_OPTION_ARG_STRING,   FIELD(color),
     "auto (default: on a terminal), always or never", "WHEN"},
    {OPTIONS_COMMON | OPTIONS_OUTPUT, "no-pager", 0, G_OPTION_ARG_NONE,      FIELD(no_pager),
     "a terminal gets all at once, not through $PAGER or less", NULL},
};
// clang-format on

void options_each(unsigned groups,
                  void (*visit)(const char *name, char letter, const char *argument,
                                const char *meaning, void *data),
                  void *data)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((rows[i].group & groups) != 0) {
            visit(rows[i].name, rows[i].letter, rows[i].argument, rows[i].meaning, data);
        }
    }
}

bool options_is_whole(const char *word)
{
    if (!g_str_has_prefix(word, "--")) {
        return false;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(word + 2, rows[i].name) == 0) {
            return rows[i].argument == NULL;
        }
    }
    return strchr(word, '=') != NULL;
}

#define MAX_ENTRIES (G_N_ELEMENTS(rows) + 3)

/* The entries of the groups, over *options and *help. */
static void make_entries(GOptionEntry *entries, unsigned groups, struct options *options,
                         gboolean *help)
{
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((rows[i].group & groups) != 0) {
            entries[n++] = (GOptionEntry){
                .long_name = rows[i].name,
                .short_name = rows[i].letter,
                .arg = rows[i].type,
                .arg_data = rows[i].field != NO_FIELD ? (char *)options + rows[i].field : NULL,
                .description = rows[i].meaning,
                .arg_description = rows[i].argument,
            };
        }
    }
    entries[n++] = (GOptionEntry){"help", 'h', 0, G_OPTION_ARG_NONE, help, "this text", NULL};
    entries[n++] = (GOptionEntry){G_OPTION_REMAINING,
                                  0,
                                  G_OPTION_FLAG_NONE,
                                  G_OPTION_ARG_FILENAME_ARRAY,
                                  &options->files,
                                  NULL,
                                  NULL};
    entries[n] = (GOptionEntry){NULL, 0, 0, 0, NULL, NULL, NULL};
}

/* GLib's message names only the unknown option; ours also names the one that was meant. */
static bool check_names(const GOptionEntry *entries, char **argv, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (const GOptionEntry *e = entries; e->long_name != NULL; e++) {
        if (e->long_name[0] != '\0') { /* not the entry of what remains */
            g_ptr_array_add(names, (char *)e->long_name);
        }
    }
    g_ptr_array_add(names, NULL);
    for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
        g_autofree char *name = g_strdup(*argv + (g_str_has_prefix(*argv, "--") ? 2 : 0));
        const char *nearest;
        name[strcspn(name, "=")] = '\0';
        if (!g_str_has_prefix(*argv, "--") ||
            g_strv_contains((const char *const *)names->pdata, name)) {
            continue;
        }
        nearest = text_nearest(name, (const char *const *)names->pdata);
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "there is no option --%s%s%s%s", name,
                    nearest != NULL ? "; did you mean --" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "?" : "");
        return false;
    }
    return true;
}

/* ---- --not ---- */

/* Which option of the list a word is, with *value what follows its "="; NULL = none, or it is one
 * that cannot be turned round. */
static const char *find_turnable(const char *word, const char **value)
{
    const gsize length = strcspn(word, "=");

    *value = word[length] == '=' ? word + length + 1 : NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].type == G_OPTION_ARG_STRING_ARRAY && rows[i].group != OPTIONS_RULES &&
            length == strlen(rows[i].name) + 2 && g_str_has_prefix(word, "--") &&
            strncmp(word + 2, rows[i].name, length - 2) == 0) {
            return rows[i].name;
        }
    }
    return NULL;
}

/* Copies the arguments; "--not --port 22" becomes "--port !22", which says the same. */
static bool turn_round(GPtrArray *to, char **argv, GError **error)
{
    for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
        const char *value = NULL;
        if (strcmp(*argv, "--not") != 0) {
            g_ptr_array_add(to, g_strdup(*argv));
            continue;
        }
        const char *name = argv[1] != NULL ? find_turnable(*++argv, &value) : NULL;
        if (value == NULL && name != NULL && argv[1] != NULL) {
            value = *++argv;
        }
        if (value == NULL) {
            g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                                "--not wants an option that chooses connections behind it, as in "
                                "--not --port 22; a filter has its own: --filter '!(EXPR)'");
            return false;
        }
        g_ptr_array_add(to, g_strdup_printf("--%s=!%s", name, value));
    }
    for (; *argv != NULL; argv++) {
        g_ptr_array_add(to, g_strdup(*argv));
    }
    return true;
}

static GOptionContext *make_context(const GOptionEntry *entries, const struct options_usage *usage)
{
    g_autofree char *arguments =
        g_strjoin(" ", usage->operand != NULL ? usage->operand : "CAPTURE...",
                  usage->operand != NULL ? "CAPTURE..." : NULL, NULL);
    GOptionContext *context =
        g_option_context_new((usage->groups & OPTIONS_NAMES) != 0 ? "[NAME...]"
                             : (usage->groups & OPTIONS_RUN) != 0 ? usage->operand
                                                                  : arguments);

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, usage->about);
    return context;
}

static bool check_choice(const char *what, const char *value, const char *const *choices,
                         GError **error)
{
    g_autofree char *all = g_strjoinv(", ", (char **)choices);
    const char *nearest;

    if (g_strv_contains(choices, value)) {
        return true;
    }
    nearest = text_nearest(value, choices);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--%s can be %s, not '%s'%s%s%s", what, all,
                value, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "");
    return false;
}

/* Opening the output empties it. */
static bool check_output(const struct options *options, GError **error)
{
    GStatBuf output;
    GStatBuf input;

    if (options->output == NULL || g_stat(options->output, &output) != 0 ||
        !S_ISREG(output.st_mode)) {
        return true;
    }
    for (char **file = options->files; *file != NULL; file++) {
        if (g_stat(*file, &input) == 0 && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino) {
            g_autofree char *name = text_safe_copy(*file);
            g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "'%s' would be overwritten by --output",
                        name);
            return false;
        }
    }
    return true;
}

static bool fail_without(const char *what, const struct options_usage *usage, GError **error)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                "no %s given\nusage: tcpstory %s [OPTIONS]%s%s CAPTURE...", what, usage->verb,
                usage->operand != NULL ? " " : "", usage->operand != NULL ? usage->operand : "");
    return false;
}

bool options_have_input(void)
{
    struct stat info;

    return fstat(STDIN_FILENO, &info) == 0 &&
           (S_ISFIFO(info.st_mode) || S_ISREG(info.st_mode) || S_ISSOCK(info.st_mode));
}

/* What -r named comes first; when no capture was named, standard input is one if it can be. */
static void gather_files(struct options *options)
{
    GPtrArray *all = g_ptr_array_new();

    for (char **file = options->read; file != NULL && *file != NULL; file++) {
        g_ptr_array_add(all, g_strdup(*file));
    }
    for (char **file = options->files; file != NULL && *file != NULL; file++) {
        g_ptr_array_add(all, g_strdup(*file));
    }
    if (all->len == 0 && options_have_input()) {
        g_ptr_array_add(all, g_strdup("-"));
    }
    g_strfreev(options->files);
    g_ptr_array_add(all, NULL);
    options->files = (char **)g_ptr_array_free(all, FALSE);
}

/* The first of what remains on the command line is the operand, if the verb wants one. */
static bool take_operand(struct options *options, const struct options_usage *usage, GError **error)
{
    if (usage->operand != NULL && options->files == NULL) {
        return fail_without(usage->operand, usage, error);
    }
    if (usage->operand != NULL) {
        options->operand = options->files[0];
        memmove(options->files, options->files + 1,
                g_strv_length(options->files) * sizeof *options->files);
    }
    if (options->interface != NULL) {
        options->files = options->files != NULL ? options->files : g_new0(char *, 1);
        return true;
    }
    gather_files(options);
    return options->files[0] != NULL ||
           fail_without((usage->groups & OPTIONS_LIVE) != 0 ? "interface (-i NAME) and no capture"
                                                            : "capture",
                        usage, error);
}

/* A folder stands for the captures in it. One without any is left, to be complained of. */
static void expand_folders(struct options *options)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    for (char **file = options->files; *file != NULL; file++) {
        g_auto(GStrv) inside = join_folder(*file);
        for (char **name = inside; *name != NULL; name++) {
            g_ptr_array_add(all, g_strdup(*name));
        }
        if (inside[0] == NULL) {
            g_ptr_array_add(all, g_strdup(*file));
        }
    }
    g_ptr_array_add(all, NULL);
    g_strfreev(options->files);
    options->files = (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

/* Standard input can be read once, and "-o -" is standard output. */
static bool check_streams(struct options *options, GError **error)
{
    guint n = 0;

    if (options->output != NULL && strcmp(options->output, "-") == 0) {
        g_clear_pointer(&options->output, g_free);
    }
    for (char **file = options->files; *file != NULL; file++) {
        n += strcmp(*file, "-") == 0;
    }
    if (n > 1) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "'-' can be given once: there is only one standard input");
    }
    return n <= 1;
}

bool options_want_columns(const struct options *options)
{
    return g_strcmp0(options->columns, "help") == 0;
}

static bool check_values(struct options *options, const struct options_usage *usage, GError **error)
{
    static const char *const colors[] = {"auto", "always", "never", NULL};
    static const char *const joins[] = {"auto", "sequence", "separate", "taps", NULL};

    if (options->color == NULL) {
        options->color = g_strdup("auto");
    }
    if (!check_choice("color", options->color, colors, error) ||
        (options->join != NULL && !check_choice("join", options->join, joins, error))) {
        return false;
    }
    if (options->utc && options->local) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE, "--utc or --local, not both");
        return false;
    }
    if (options->top < 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--top must be a number of rows, not %d",
                    options->top);
        return false;
    }
    if (options->schema || options_want_columns(options) ||
        (usage->groups & (OPTIONS_NAMES | OPTIONS_RUN)) != 0) {
        return true;
    }
    if (!take_operand(options, usage, error)) {
        return false;
    }
    expand_folders(options);
    return check_streams(options, error) && check_output(options, error);
}

bool options_parse(struct options *options, const struct options_usage *usage, char **argv,
                   char **help, GError **error)
{
    GOptionEntry entries[MAX_ENTRIES];
    g_autoptr(GOptionContext) context = NULL;
    g_autofree char *program = g_strdup_printf("tcpstory %s", usage->verb);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) arguments = NULL;
    g_autoptr(GError) cause = NULL;
    gboolean wants_help = FALSE;

    *options = (struct options){
        .judges = (usage->groups & OPTIONS_RULES) != 0,
        .writes = usage->writes,
        .project = (usage->groups & OPTIONS_PROJECT) != 0,
        .joins = (usage->groups & OPTIONS_JOIN) != 0,
        .rows = (usage->groups & OPTIONS_ROWS) != 0,
    };
    make_entries(entries, usage->groups, options, &wants_help);
    g_ptr_array_add(all, g_strdup(program));
    if (!check_names(entries, argv, error) || !turn_round(all, argv, error)) {
        return false;
    }
    g_ptr_array_add(all, NULL);
    arguments = g_strdupv((char **)all->pdata);
    context = make_context(entries, usage);
    if (!g_option_context_parse_strv(context, &arguments, &cause)) {
        if (g_error_matches(cause, G_CONVERT_ERROR, G_CONVERT_ERROR_FAILED)) {
            g_error(MEMORY_RAN_OUT); /* there was none for a converter of characters */
        }
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE, cause->message);
        return false;
    }
    if (wants_help) {
        g_set_prgname(program);
        *help = g_option_context_get_help(context, TRUE, NULL);
        return true;
    }
    return check_values(options, usage, error);
}

void options_clear(struct options *options)
{
    g_free(options->format);
    g_free(options->output);
    g_free(options->color);
    g_free(options->columns);
    g_free(options->sort);
    g_free(options->filter);
    g_free(options->since);
    g_free(options->until);
    g_free(options->at);
    g_free(options->interval);
    g_free(options->anomaly);
    g_free(options->min_severity);
    g_free(options->config);
    g_free(options->fail_on);
    g_free(options->max_connections);
    g_free(options->max_memory);
    g_free(options->jobs);
    g_free(options->join);
    g_free(options->anonymize_key);
    g_free(options->ss);
    g_free(options->capture_filter);
    g_free(options->shards);
    g_free(options->memory);
    g_strfreev(options->set);
    g_strfreev(options->interface);
    g_strfreev(options->prometheus);
    g_strfreev(options->read);
    g_strfreev(options->host);
    g_strfreev(options->port);
    g_strfreev(options->state);
    g_strfreev(options->stream);
    g_strfreev(options->outcome);
    g_free(options->operand);
    g_strfreev(options->files);
    *options = (struct options){0};
}
