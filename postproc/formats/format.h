/* format.h - what a format of output is. The table of all is exports/formats_table.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FORMAT_H
#define FORMAT_H

#include "sheet.h"

/* What can be written: bits. */
enum format_kind {
    FORMAT_TABLE = 1,    /* rows and columns */
    FORMAT_CAPTURES = 2, /* all that is known of captures */
    FORMAT_PICTURE = 4,  /* a picture, which the verb draws */
    FORMAT_LINES = 8,    /* lines while it goes on, which the verb writes */
};

struct judged_captures; /* of judged_captures.h */

struct format {
    const char *name;      /* after --format */
    const char *extension; /* of a FILE after -o that chooses it; NULL = none */
    const char *meaning;   /* for messages and --help */
    bool people;           /* for people: cells have units, what is not certain a "?" */
    bool file_only;        /* is not text: needs -o */
    bool picture;          /* is a picture; the two below are NULL then */
    bool lines;            /* can be lines while it goes on */
    bool page;             /* says what it is a table of, and has what pages have */
    bool flows;            /* its captures tell of flows */
    bool metrics;          /* its captures tell of metrics */
    bool steps;            /* its captures tell the steps of every connection */
    /* Write to `out`; NULL = has no such form. */
    void (*table)(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);
    bool (*captures)(const struct judged_captures *captures, struct out *out, GError **error);
};

#endif
