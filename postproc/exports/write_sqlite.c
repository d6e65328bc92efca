/* write_sqlite.c - tables into a database; see write_sqlite.h.
 *
 * Columns and cells come from the sheets of the verbs. A number's column has the affinity NUMERIC:
 * SQLite makes its text an integer or a real.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "write_sqlite.h"

#include <sqlite3.h>

#include "errors.h"
#include "tables.h"

/* Raise it when a column or a table changes its meaning or goes: it is the file's user_version. */
#define DATABASE_VERSION 1

struct database {
    sqlite3 *db;
    const char *table; /* that is being written */
    guint capture;     /* whose rows are written: its place among all, from 1 */
    sqlite3_stmt *insert;
    const struct sheet *sheet;
    GString *cell;
    int status; /* of SQLite: the first failure, otherwise SQLITE_OK */
};

static void note(struct database *d, int status)
{
    if (d->status == SQLITE_OK && status != SQLITE_DONE && status != SQLITE_ROW) {
        d->status = status;
    }
}

static void execute(struct database *d, const char *sql)
{
    note(d, sqlite3_exec(d->db, sql, NULL, NULL, NULL));
}

/* ---- a table ---- */

static void create_table(struct database *d)
{
    g_autoptr(GString) create = g_string_new(NULL);
    g_autoptr(GString) insert = g_string_new(NULL);

    g_string_append_printf(create, "CREATE TABLE %s (", d->table);
    g_string_append_printf(insert, "INSERT INTO %s VALUES (", d->table);
    for (guint i = 0; i < d->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(d->sheet, i);
        g_string_append_printf(create, "%s\"%s\" %s", i > 0 ? ", " : "", column->name,
                               column->number ? "NUMERIC" : "TEXT");
        g_string_append(insert, "?, ");
    }
    g_string_append(create, ", capture INTEGER)");
    g_string_append(insert, "?)");
    execute(d, create->str);
    note(d, sqlite3_prepare_v2(d->db, insert->str, -1, &d->insert, NULL));
}

static void insert_row(const void *row, void *data)
{
    struct database *d = data;

    for (guint i = 0; i < d->sheet->columns->len; i++) {
        const int place = (int)i + 1;
        g_string_truncate(d->cell, 0);
        sheet_column_at(d->sheet, i)->put(row, d->cell);
        note(d, sheet_is_missing(d->cell->str)
                    ? sqlite3_bind_null(d->insert, place)
                    : sqlite3_bind_text(d->insert, place, d->cell->str, -1, SQLITE_TRANSIENT));
    }
    note(d, sqlite3_bind_int64(d->insert, (int)d->sheet->columns->len + 1, d->capture));
    note(d, sqlite3_step(d->insert));
    note(d, sqlite3_reset(d->insert));
}

static void fill_table(const struct sheet *sheet, const struct sheet_rows *rows, void *data)
{
    struct database *d = data;

    d->sheet = sheet;
    if (d->insert == NULL) {
        create_table(d);
    }
    if (d->status == SQLITE_OK) {
        rows->each(rows->context, insert_row, d);
    }
}

/* ---- all ---- */

static const struct {
    const char *name;
    const struct table *table;
} tables[] = {
    {"captures", &table_captures},     {"connections", &table_connections},
    {"metrics", &table_metrics},       {"intervals", &table_intervals},
    {"anomalies", &table_anomalies},   {"anomaly_connections", &table_members},
    {"incidents", &table_incidents},   {"incident_connections", &table_incident_members},
    {"suppressed", &table_suppressed},
};

/* Two captures may have the same name, so their number tells whose a row is. */
static void fill_from(struct database *d, const struct table *table,
                      const struct judged_captures *captures)
{
    for (guint i = 0; i < captures->stories->len; i++) {
        g_autoptr(GPtrArray) stories = g_ptr_array_new();
        g_autoptr(GPtrArray) anomalies = g_ptr_array_new();
        g_autoptr(GPtrArray) incidents = g_ptr_array_new();
        const struct judged_captures one = {.stories = stories,
                                            .anomalies = anomalies,
                                            .incidents = incidents,
                                            .named = 1,
                                            .utc = captures->utc};
        g_ptr_array_add(stories, g_ptr_array_index(captures->stories, i));
        g_ptr_array_add(anomalies, g_ptr_array_index(captures->anomalies, i));
        g_ptr_array_add(incidents, g_ptr_array_index(captures->incidents, i));
        d->capture = i + 1;
        tables_visit(table, &one, false, fill_table, d);
    }
    sqlite3_finalize(d->insert);
    d->insert = NULL;
}

/* The file appears at once or not at all, so neither a journal nor waiting for the disk is of
 * use. */
static void fill(struct database *d, const struct judged_captures *captures)
{
    execute(d, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
               "PRAGMA user_version = " G_STRINGIFY(DATABASE_VERSION));
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        d->table = tables[i].name;
        fill_from(d, tables[i].table, captures);
    }
    execute(d,
            "CREATE INDEX connections_by_stream ON connections (stream, capture);"
            "CREATE INDEX metrics_by_stream ON metrics (stream, capture);"
            "CREATE INDEX intervals_by_stream ON intervals (stream, capture);"
            "CREATE INDEX anomaly_connections_by_stream ON anomaly_connections (stream, capture);"
            "CREATE INDEX incident_connections_by_stream ON incident_connections (stream, capture);"
            "COMMIT");
}

bool write_sqlite(const struct judged_captures *captures, struct out *out, GError **error)
{
    g_autoptr(GString) cell = g_string_new(NULL);
    struct database d = {.cell = cell, .status = SQLITE_OK};

    if (out->path == NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "'%s' is no plain file: SQLite needs one",
                    out->name);
        return false;
    }
    note(&d, sqlite3_open_v2(out->path, &d.db, SQLITE_OPEN_READWRITE, NULL));
    if (d.status == SQLITE_OK) {
        fill(&d, captures);
    }
    if (d.status != SQLITE_OK) {
        g_set_error(error, TCPSTORY_ERROR, d.status == SQLITE_NOMEM ? EXIT_INPUT : EXIT_OUTPUT,
                    "cannot write the database '%s': %s", out->name, sqlite3_errstr(d.status));
    }
    sqlite3_close(d.db);
    return d.status == SQLITE_OK;
}
