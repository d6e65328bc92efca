/* table_members.c - a row for each connection of each anomaly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hits.h"
#include "tables.h"

/* A row. */
struct member_row {
    const Anomalies *anomalies;
    const struct anomaly *hit;
    const struct story_connection *connection;
};

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    const struct member_row *row = data;
    text_safe(cell, row->anomalies->story->name);
}

static void put_stream(const void *data, GString *cell)
{
    const struct member_row *row = data;
    text_number(cell, row->connection->stream);
}

static void put_id(const void *data, GString *cell)
{
    const struct member_row *row = data;
    g_string_append(cell, row->hit->rule->id);
}

static void put_name(const void *data, GString *cell)
{
    const struct member_row *row = data;
    g_string_append(cell, row->hit->rule->name);
}

static void put_severity(const void *data, GString *cell)
{
    const struct member_row *row = data;
    g_string_append(cell, anomaly_severity_word((enum anomaly_severity)row->hit->severity));
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file",     "the capture",                            1, false, put_file,     NULL, NULL},
    {"stream",   "number of the connection, as tcp.stream", 1, true, put_stream,   NULL, NULL},
    {"id",       "of the anomaly",                         1, false, put_id,       NULL, NULL},
    {"name",     "of the anomaly",                         1, false, put_name,     NULL, NULL},
    {"severity", "info, warning or error",                 1, false, put_severity, NULL, NULL},
    {NULL,       NULL,                                     0, false, NULL,         NULL, NULL},
};
// clang-format on

static void visit_hit(struct member_row *row, sheet_visit visit, void *data)
{
    for (guint i = 0; i < row->hit->members; i++) {
        const guint number = anomalies_member(row->anomalies, row->hit, i);
        row->connection = story_connection(row->anomalies->story, number);
        visit(row, data);
    }
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->captures.anomalies->len; i++) {
        struct member_row row = {.anomalies = g_ptr_array_index(run->captures.anomalies, i)};
        for (guint place = 0; place < row.anomalies->hits->len; place++) {
            row.hit = anomalies_at(row.anomalies, place);
            visit_hit(&row, visit, data);
        }
    }
}

const struct table table_members = {.columns = columns, .each = each_row};
