/* stats_cells.h - cells and columns of the tables of Statistics > TCP State.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STATS_CELLS_H
#define STATS_CELLS_H

#include "hits.h"
#include "outcome.h"
#include "stats.h"

static inline stat_tap_table_item_type number(uint64_t value)
{
    return (stat_tap_table_item_type){
        .type = TABLE_ITEM_UINT,
        .value.uint_value = (unsigned)MIN(value, UINT_MAX),
    };
}

static inline stat_tap_table_item_type text(const char *value)
{
    return (stat_tap_table_item_type){.type = TABLE_ITEM_STRING, .value.string_value = value};
}

static inline stat_tap_table_item_type seconds(double ns)
{
    return (stat_tap_table_item_type){.type = TABLE_ITEM_FLOAT, .value.float_value = ns / 1e9};
}

/* Titles are as wide as tshark prints the cells, so that both stand in columns. */
#define NAME_COLUMN(title)                                \
    {                                                     \
        TABLE_ITEM_STRING, TAP_ALIGN_LEFT, title, "%-26s" \
    }
#define COUNT_COLUMN(title, width)                             \
    {                                                          \
        TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, title, "%" width "u" \
    }
#define SECONDS_COLUMN(title, width)                              \
    {                                                             \
        TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, title, "%" width ".6f" \
    }
#define TEXT_COLUMN(title)                             \
    {                                                  \
        TABLE_ITEM_STRING, TAP_ALIGN_LEFT, title, "%s" \
    }

/* How a connection was opened and how it ended; `scratch` as for outcome_facts(). */
static inline void stats_outcome(const struct stats_input *input,
                                 const struct story_connection *connection, GArray *scratch,
                                 enum outcome_opening *opening, enum outcome_ending *ending)
{
    struct outcome_facts facts;

    outcome_facts(input->story, connection, scratch, &facts);
    *opening = outcome_opening(&facts);
    *ending = outcome_ending(&facts, *opening);
}

/* The table of connections: stats_connections.c. */
#define N_STATS_CONNECTION_COLUMNS 11
extern stat_tap_table_item stats_connection_columns[N_STATS_CONNECTION_COLUMNS];

/* Appends how it came out, as that table's row has it: "handshake, reset_by_server, CLOSED /
 * CLOSED, A41 A33". */
void stats_append_outcome(GString *text, const struct story *story, const Anomalies *anomalies,
                          const struct story_connection *connection);

void stats_fill_connections(const struct stats_input *input, struct stats_rows *rows);

#endif
