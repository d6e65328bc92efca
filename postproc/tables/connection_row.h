/* connection_row.h - a row of the tables of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONNECTION_ROW_H
#define CONNECTION_ROW_H

#include "hits.h"
#include "outcome.h"
#include "table.h"
#include "text.h"

/* A row. */
struct connection_row {
    const struct table_run *run;
    const struct story *story;
    const struct story_connection *connection;
    const struct story_flow *flow; /* its first; NULL = none */
    const Anomalies *anomalies;    /* NULL = not looked for, as with --follow */
    guint number;                  /* of the connection */
    enum outcome_opening opening;
    enum outcome_ending ending;
};

/* Nanoseconds as a cell: for people with a unit, for machines seconds. -1 = not known. */
static inline void connection_put_length(const struct connection_row *row, int64_t ns,
                                         GString *cell)
{
    if (ns < 0) {
        g_string_append_c(cell, '-');
    } else if (row->run->people) {
        text_duration(cell, ns);
    } else {
        text_seconds(cell, ns);
    }
}

#endif
