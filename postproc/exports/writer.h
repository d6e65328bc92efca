/* writer.h - the formats of output, as a table: a format is a row in writer.c and a file
 * write_NAME.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITER_H
#define WRITER_H

#include "options.h"
#include "out.h"
#include "sheet.h"

/* What can be written: bits. */
enum writer_kind {
    WRITER_TABLE = 1,   /* rows and columns */
    WRITER_STORIES = 2, /* all that is known of captures */
};

/* Captures to be written whole. */
struct writer_stories {
    GPtrArray *stories;   /* of struct story * */
    GPtrArray *anomalies; /* of Anomalies *, of each story; NULL = not asked for */
    const struct options *options;
};

struct writer {
    const char *name;      /* after --format */
    const char *extension; /* of a FILE after -o that chooses it; NULL = none */
    const char *meaning;   /* for messages and --help */
    bool people;           /* for people: cells have units, what is not certain a "?" */
    bool file_only;        /* is not text: needs -o */
    bool flows;            /* its stories tell of flows */
    /* Write to `out`; NULL = has no such form. */
    void (*table)(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);
    bool (*stories)(const struct writer_stories *stories, struct out *out, GError **error);
};

/* The writer that --format names or -o's extension, otherwise text. Fails with EXIT_USAGE when it
 * can write nothing of what the verb has (options->writes), and names those that can. */
const struct writer *writer_choose(const struct options *options, GError **error);

/* Appends the names of the formats that can write one of `kinds`, a line each. */
void writer_names(unsigned kinds, GString *text);

/* Appends a line for each format, name and meaning, that can write one of `kinds`. */
void writer_help(unsigned kinds, GString *text);

#endif
