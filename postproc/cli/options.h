/* options.h - the options of the command line, shared by all verbs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <glib.h>
#include <stdbool.h>

#include "story.h"

/* Which options a verb takes: bits. */
enum option_group {
    OPTIONS_COMMON = 1,   /* every verb: -o, --color, -n, --utc */
    OPTIONS_VIEW = 2,     /* --live */
    OPTIONS_ENDS = 4,     /* --port, --host, --state, --stream, --filter, --not */
    OPTIONS_TABLE = 8,    /* --columns, --top */
    OPTIONS_SORT = 16,    /* --sort, --follow */
    OPTIONS_FORMAT = 64,  /* --format, --schema */
    OPTIONS_PROJECT = 32, /* no option: the verb looks beyond the capture's end */
    OPTIONS_LADDER = 128, /* --every */
    OPTIONS_PERIOD = 256, /* --since, --until */
    OPTIONS_OUTCOME = 512,
    OPTIONS_AT = 1024, /* --at, --counts */
    OPTIONS_INTERVAL = 2048,
    OPTIONS_ROWS = 4096,       /* no option: the period bounds rows and not connections */
    OPTIONS_RULES = 1 << 13,   /* --set, --config, --no-config, --fail-on: the verb judges */
    OPTIONS_ANOMALY = 1 << 14, /* --anomaly */
    OPTIONS_WORST = 1 << 15,   /* --min-severity; --help lists the thresholds */
    OPTIONS_OUTPUT = 1 << 16,  /* of OPTIONS_COMMON only -o, --color, --no-pager */
    OPTIONS_NAMES =
        1 << 17,            /* --markdown; what remains are names, perhaps none, and not captures */
    OPTIONS_JOIN = 1 << 18, /* --join, --separate */
    OPTIONS_WRITE = 1 << 19,     /* -w: the verb writes a capture */
    OPTIONS_SOCKETS = 1 << 20,   /* --ss */
    OPTIONS_PLAN = 1 << 21,      /* -o RUN, --shards, --mem */
    OPTIONS_RUN = 1 << 22,       /* no option: what remains are a RUN and perhaps a number */
    OPTIONS_ANONYMIZE = 1 << 23, /* --anonymize, --anonymize-key */
    OPTIONS_LIVE = 1 << 24,      /* -i, --capture-filter, --plain, --prometheus */
    OPTIONS_SELECT = OPTIONS_ENDS | OPTIONS_PERIOD | OPTIONS_OUTCOME,
};

/* What was said. Strings are NULL when the option was not given. */
struct options {
    char *format;
    char *output;
    char *color;
    char *columns;
    char *sort;
    char *filter;
    char *since;
    char *until;
    char *at;
    char *interval;
    char *anomaly;
    char *min_severity;
    char *config;
    char *fail_on;
    char *max_connections;
    char *max_memory;
    char *jobs;
    char *join;
    char *anonymize_key; /* a file; implies anonymize */
    char *ss;            /* a list of sockets; NULL = this host's */
    char *capture_filter;
    char *shards;
    char *memory;
    char **set;
    char **interface; /* to capture on; NULL = a capture is read */
    char **prometheus;
    char **read; /* captures, for habit's sake; moved to files */
    char **host; /* these may be given again; "!" before a value: --not was before the option */
    char **port;
    char **state;
    char **stream;
    char **outcome;
    int top; /* at most that many rows; 0 = all */
    gboolean follow;
    gboolean utc;
    gboolean live;
    gboolean numeric;
    gboolean schema;
    gboolean separate;
    gboolean habit; /* said for habit's sake */
    gboolean local;
    gboolean no_header;
    gboolean no_pager;
    gboolean no_config;
    gboolean anonymize;
    gboolean quiet;
    gboolean every;
    gboolean counts;
    gboolean plot;
    gboolean markdown;
    bool any_ends; /* diff: two captures of both ends, in any order */
    gboolean plain;
    bool judges;     /* the verb wants to know the anomalies */
    unsigned writes; /* what the verb can write: enum format_kind bits */
    bool project;    /* the verb also tells what will be after the capture's end */
    bool joins;      /* several files may be one capture */
    bool needs_any;  /* a capture without a connection that is wanted is a mistake */
    bool rows;       /* the period bounds rows; connections are selected whatever it is */
    char *operand;   /* what the verb wants before the captures; NULL when it wants nothing */
    char **files;    /* at least one, but for --schema and names; the last entry is NULL */
};

/* What a verb takes. */
struct options_usage {
    const char *verb;
    const char *operand; /* the first argument, for messages: "STREAM"; NULL = none */
    unsigned groups;     /* enum option_group bits */
    unsigned writes;     /* enum format_kind bits */
    const char *about;   /* follows the options in --help; NULL allowed */
};

/* Reads the arguments of a verb; `argv` is not changed. Sets *help to the text when --help was
 * among them, to be freed by the caller. Fails with EXIT_USAGE. Free with options_clear(). */
bool options_parse(struct options *options, const struct options_usage *usage, char **argv,
                   char **help, GError **error);
void options_clear(struct options *options);

/* Whether only the list of columns is wanted: --columns help. */
bool options_want_columns(const struct options *options);

/* Whether standard input is something that was meant to be read: a pipe, a file or a socket. */
bool options_have_input(void);

/* Calls visit() for each option of the groups. `letter` is 0, `argument` NULL, when there is none.
 */
void options_each(unsigned groups,
                  void (*visit)(const char *name, char letter, const char *argument,
                                const char *meaning, void *data),
                  void *data);

/* Whether that word of a command line is a whole option by itself: --name of one without a value,
 * or --name=VALUE. */
bool options_is_whole(const char *word);

static inline enum story_view options_view(const struct options *options)
{
    return options->live ? STORY_LIVE : STORY_HINDSIGHT;
}

#endif
