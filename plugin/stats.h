/* stats.h - Statistics > TCP State in the GUI, and their twins `tshark -z tcpstate,NAME[,FILTER]`.
 *
 * The connections counted are those of which a frame passes the filter; what is said of them comes
 * from the whole story of the capture (replay.h), so it is what tcpstory says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STATS_H
#define STATS_H

#include "compat.h"
#include <epan/stat_tap_ui.h>

#include "story.h"

/* Registers the tables; the tap must be registered. With the dissector, so that sharkd has them. */
void stats_register(void);

/* --- between the tables' life (stats.c) and what they count (stats_tables.c) -------------------
 */

/* Rows on their way into a table of Wireshark. */
struct stats_rows;

/* The next row: as many cells as the table has columns. Strings are copied. */
void stats_add_row(struct stats_rows *rows, const stat_tap_table_item_type *cells);

/* The connections to count. */
struct stats_input {
    const struct story *story;
    const GByteArray *streams; /* bit n = stream n */
};

/* The connection at or after number *i that is to be counted, and *i behind it; NULL at the end. */
const struct story_connection *stats_next(const struct stats_input *input, guint *i);

/* What each title begins with. */
#define STATS_TITLE "TCP State: "

/* A table: its title, its option after "tcpstate,", its columns, and who fills it. */
struct stats_table {
    const char *title;
    const char *cli_string;
    const char *name; /* above the rows */
    stat_tap_table_item *columns;
    unsigned n_columns;
    void (*fill)(const struct stats_input *input, struct stats_rows *rows);
};

extern const struct stats_table stats_tables[];
extern const unsigned stats_n_tables;

#endif
