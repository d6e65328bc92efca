/* manual.c - the man page and the words for completion; see manual.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "manual.h"

#include <string.h>

#include "formats_table.h"
#include "outcome.h"
#include "rules.h"
#include "time_arg.h"
#include "verb_table.h"

const char manual_exit_status[] =
    "  0  done\n"
    "  1  an anomaly or incident at or above the --fail-on severity\n"
    "  2  usage: an unknown verb, option, column, state, stream\n"
    "  3  input unreadable or cut short: what could be read is reported, marked partial\n"
    "  4  tshark or the plugin missing, or of the wrong version\n"
    "  5  output cannot be written\n"
    "One capture that cannot be read does not keep others from being reported: then it is the\n"
    "greatest of theirs.\n";

/* Each line can be typed, with a capture called trouble.pcap; a test does so. */
const char manual_examples[] = "  tcpstory trouble.pcap\n"
                               "  tcpstory list --state CLOSE_WAIT --sort -duration trouble.pcap\n"
                               "  tcpstory show 0 trouble.pcap\n"
                               "  tcpstory anomalies --min-severity warning trouble.pcap\n"
                               "  tcpstory netstat -nat --at +1 trouble.pcap\n"
                               "  tcpstory timeline --format tsv --stream 0 trouble.pcap\n"
                               "  cat trouble.pcap | tcpstory\n"
                               "  tcpstory explain RST CLOSE_WAIT\n";

/* ---- the man page ---- */

/* Text as roff takes it: no line is a request, a hyphen stays one that can be copied. */
static void put_text(GString *page, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n')) {
            g_string_append(page, "\\&");
        }
        if (*c == '-' || *c == '\\') {
            g_string_append(page, *c == '-' ? "\\-" : "\\e");
        } else {
            g_string_append_c(page, *c);
        }
    }
}

/* Lines that stay as they are. */
static void put_lines(GString *page, const char *lines)
{
    g_string_append(page, ".nf\n");
    put_text(page, lines);
    g_string_append(page, g_str_has_suffix(lines, "\n") ? ".fi\n" : "\n.fi\n");
}

static void put_option(const char *name, char letter, const char *argument, const char *meaning,
                       void *data)
{
    GString *page = data;

    g_string_append(page, ".TP\n.B ");
    if (letter != 0) {
        g_string_append_printf(page, "\\-%c, ", letter);
    }
    g_string_append(page, "\\-\\-");
    put_text(page, name);
    if (argument != NULL) {
        g_string_append_printf(page, " %s", argument);
    }
    g_string_append_c(page, '\n');
    put_text(page, meaning);
    g_string_append_c(page, '\n');
}

static void put_verb(GString *page, const struct verb *verb)
{
    g_autoptr(GString) about = g_string_new(NULL);

    g_string_append_printf(page, ".SS %s%s%s\n", verb->name, verb->operand != NULL ? " " : "",
                           verb->operand != NULL ? verb->operand : "");
    put_text(page, verb->summary);
    g_string_append(page, ".\n");
    options_each(verb->options & ~(unsigned)OPTIONS_COMMON, put_option, page);
    if (verb->table != NULL) {
        g_string_append(page, ".PP\nColumns:\n");
        sheet_help(verb->table->columns, about);
        put_lines(page, about->str);
    }
    if ((verb->options & OPTIONS_WORST) != 0) {
        g_string_append(page, ".PP\nThresholds, their bounds and what they mean, for --set:\n");
        g_string_truncate(about, 0);
        rules_help(about);
        put_lines(page, about->str);
    }
    g_string_append(page, ".PP\n");
    put_lines(page, verb->about);
}

static void put_formats(GString *page)
{
    g_autoptr(GString) formats = g_string_new(NULL);

    formats_help(FORMAT_TABLE | FORMAT_CAPTURES | FORMAT_PICTURE, formats);
    put_lines(page, formats->str);
}

void manual_page(GString *page)
{
    g_string_append(
        page, ".TH TCPSTORY 1 \"\" \"tcpstory " TCPSTORY_VERSION "\" \"User Commands\"\n"
              ".SH NAME\n"
              "tcpstory \\- the states and the story of every TCP connection in a capture\n"
              ".SH SYNOPSIS\n"
              ".B tcpstory\n[VERB] [OPTIONS] CAPTURE...\n.br\n"
              ".B tshark \\-q \\-z tcpstate,records \\-r\nCAPTURE |\n"
              ".B tcpstory\n[VERB] [OPTIONS] \\-\n"
              ".SH DESCRIPTION\n"
              "Infers the states of both ends of every TCP connection in a capture, and tells\n"
              "who opened, who closed, what was refused, reset or left behind. A capture is\n"
              "a file in any format that Wireshark reads, several files that are parts of\n"
              "one, a folder of them, what tshark printed, or standard input, for which \\-\n"
              "stands. tcpstory reads the frames itself; those that need dissectors go to a\n"
              "tshark with the plugin tcpstate. A state with a ? is not certain.\n"
              ".SH VERBS\n");
    for (guint i = 0; verbs_at(i) != NULL; i++) {
        put_verb(page, verbs_at(i));
    }
    g_string_append(page, ".SH OPTIONS OF EVERY VERB\n");
    options_each(OPTIONS_COMMON, put_option, page);
    put_option("help", 'h', NULL, "what the verb does, its options, columns and examples", page);
    g_string_append(page, ".SH TIME\n");
    put_lines(page, time_arg_help);
    g_string_append(page, ".SH FORMATS\n");
    put_formats(page);
    g_string_append(page, ".SH EXIT STATUS\n");
    put_lines(page, manual_exit_status);
    g_string_append(
        page, ".SH ENVIRONMENT\n"
              ".TP\n.B TSHARK\nanother tshark than that in PATH\n"
              ".TP\n.B WIRESHARK_PLUGIN_DIR\n"
              "another folder with the plugin: X.Y/epan/tcpstate.so below it\n"
              ".TP\n.B COLUMNS\nhow wide the terminal is\n"
              ".TP\n.B NO_COLOR, CLICOLOR=0, TERM=dumb\nno colours on a terminal\n"
              ".TP\n.B TCPSTORY_PAGER, PAGER\n"
              "what a terminal is shown the output with, \\fBless\\fR if neither is set;\n"
              "empty or cat: nothing, as \\-\\-no\\-pager\n"
              ".TP\n.B TZ\nthe time zone of dates without \\-\\-utc\n"
              ".SH FILES\n"
              ".TP\n.I /etc/tcpstory.conf\n"
              "for everybody: thresholds, a section [RULE] with lines NAME=VALUE; findings\n"
              "that are harmless, a section [suppress NAME] with finding, host, port, reason\n"
              ".TP\n.I ~/.config/tcpstory/config\n"
              "your own, read after it; \\-\\-config names another instead of both\n"
              ".SH EXAMPLES\n");
    put_lines(page, manual_examples);
    g_string_append(page, ".SH SEE ALSO\n.BR tshark (1),\n.BR netstat (8),\n.BR sar (1)\n");
}

/* ---- words ---- */

static void add_word(GString *text, const char *word)
{
    g_string_append_printf(text, "%s\n", word);
}

static void add_option(const char *name, char letter, const char *argument, const char *meaning,
                       void *data)
{
    (void)letter;
    (void)argument;
    (void)meaning;
    g_string_append_printf(data, "--%s\n", name);
}

static void tell_option(const char *name, char letter, const char *argument, const char *meaning,
                        void *data)
{
    (void)letter;
    (void)argument;
    g_string_append_printf(data, "--%s\t%s\n", name, meaning);
}

static void add_words_of_verb(const char *kind, const struct verb *verb, GString *text)
{
    if (strcmp(kind, "options") == 0) {
        options_each(verb->options, add_option, text);
        add_word(text, "--help");
    } else if (strcmp(kind, "options-told") == 0) {
        options_each(verb->options, tell_option, text);
        add_word(text, "--help\tthis text");
    } else if (strcmp(kind, "columns") == 0) {
        const struct sheet_column *c = verb->table != NULL ? verb->table->columns : NULL;
        for (; c != NULL && c->name != NULL; c++) {
            add_word(text, c->name);
        }
    } else if (strcmp(kind, "formats") == 0) {
        formats_names(verb->writes | (verb->table != NULL ? FORMAT_TABLE : 0), text);
    }
}

static void add_outcomes(GString *text)
{
    for (guint i = 0; i < N_OPENINGS; i++) {
        add_word(text, outcome_opening_word((enum outcome_opening)i));
    }
    for (guint i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        add_word(text, outcome_ending_word((enum outcome_ending)i));
    }
}

static void add_thresholds(GString *text)
{
    for (guint i = 0; i < rules_count(); i++) {
        const struct anomaly_rule *rule = rules_at(i);
        for (guint k = 0; k < ANOMALY_MAX_LIMITS && rule->limits[k].name != NULL; k++) {
            g_string_append_printf(text, "%s.%s=\n", rule->id, rule->limits[k].name);
        }
    }
}

/* The words of a kind that stand for themselves. */
static void add_words(const char *kind, GString *text)
{
    if (strcmp(kind, "verbs") == 0) {
        for (guint i = 0; verbs_at(i) != NULL; i++) {
            add_word(text, verbs_at(i)->name);
        }
    } else if (strcmp(kind, "states") == 0) {
        for (unsigned i = 0; i < TSM_N_STATES; i++) {
            add_word(text, tsm_state_name((enum tsm_state)i));
        }
    } else if (strcmp(kind, "outcomes") == 0) {
        add_outcomes(text);
    } else if (strcmp(kind, "anomalies") == 0) {
        for (guint i = 0; i < rules_count(); i++) {
            add_word(text, rules_at(i)->name);
        }
    } else if (strcmp(kind, "thresholds") == 0) {
        add_thresholds(text);
    } else if (strcmp(kind, "verbs-told") == 0) {
        for (guint i = 0; verbs_at(i) != NULL; i++) {
            g_string_append_printf(text, "%s\t%s\n", verbs_at(i)->name, verbs_at(i)->summary);
        }
    }
}

/* What may follow an option, or a verb: words of a kind, or these. */
static const struct {
    const char *before;
    const char *kind;
    const char *words;
} followers[] = {
    {"--columns", "columns", ""},
    {"--sort", "columns", ""},
    {"--format", "formats", ""},
    {"--state", "states", ""},
    {"--outcome", "outcomes", ""},
    {"--set", "thresholds", ""},
    {"--anomaly", "anomalies", ""},
    {"--min-severity", NULL, "info\nwarning\nerror\n"},
    {"--fail-on", NULL, "info\nwarning\nerror\n"},
    {"--join", NULL, "auto\nsequence\nseparate\ntaps\n"},
    {"--color", NULL, "auto\nalways\nnever\n"},
    {"explain", "anomalies", ""},
    {"explain", "states", ""},
    {"explain", "outcomes", ""},
    {"help", "verbs", ""},
};

static void add_followers(const char *before, const struct verb *verb, GString *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(followers); i++) {
        if (strcmp(followers[i].before, before) != 0) {
            continue;
        }
        g_string_append(text, followers[i].words);
        if (followers[i].kind != NULL) {
            add_words(followers[i].kind, text);
        }
        if (followers[i].kind != NULL && verb != NULL) {
            add_words_of_verb(followers[i].kind, verb, text);
        }
    }
}

void manual_words(char *const *what, GString *text)
{
    const char *kind = what[0];
    const char *name = kind != NULL ? what[1] : NULL;
    const char *verb = name != NULL ? what[2] : NULL;

    if (kind == NULL) {
        return;
    }
    if (strcmp(kind, "values") == 0 && name != NULL) {
        add_followers(name, verb != NULL ? verbs_find(verb) : NULL, text);
        return;
    }
    add_words(kind, text);
    if (name != NULL && verbs_find(name) != NULL) {
        add_words_of_verb(kind, verbs_find(name), text);
    }
}
