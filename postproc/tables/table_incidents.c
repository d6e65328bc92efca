/* table_incidents.c - what broke, since when, where, how sure: a row for each incident; and a row
 * for each connection of each incident.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_print.h"
#include "anomaly_text.h"
#include "incident_json.h"
#include "incident_print.h"
#include "tables.h"

/* A row. */
struct incident_row {
    const struct table_run *run;
    const Incidents *incidents;
    const struct incident *incident;
    guint place;
    const struct story_connection *connection; /* of a row for each connection */
};

static const struct story *story_of(const struct incident_row *row)
{
    return row->incidents->anomalies->story;
}

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    text_safe(cell, story_of(row)->name);
}

static void put_id(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    g_string_append(cell, row->incident->cause->id);
}

static void put_name(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    g_string_append(cell, row->incident->cause->name);
}

static int64_t key_severity(const void *data)
{
    const struct incident_row *row = data;
    return row->incident->about.severity;
}

static void put_severity(const void *data, GString *cell)
{
    g_string_append(cell, anomaly_severity_word((enum anomaly_severity)key_severity(data)));
}

static enum out_style style_severity(const void *data)
{
    return anomaly_style((enum anomaly_severity)key_severity(data));
}

static void put_confidence(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    const uint8_t confidence = row->incident->about.confidence;
    g_string_append(cell, anomaly_confidence_word((enum anomaly_confidence)confidence));
}

static void put_fault(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    g_string_append(cell, anomaly_fault_word((enum anomaly_fault)row->incident->about.fault));
}

static int64_t key_connections(const void *data)
{
    const struct incident_row *row = data;
    return row->incident->about.members;
}

static void put_connections(const void *data, GString *cell)
{
    text_number(cell, (uint64_t)key_connections(data));
}

static int64_t key_explained(const void *data)
{
    const struct incident_row *row = data;
    return row->incident->explained;
}

static void put_explained(const void *data, GString *cell)
{
    text_number(cell, (uint64_t)key_explained(data));
}

static void fill(const struct incident_row *row, const char *sentence, GString *cell)
{
    incident_text(cell, sentence, row->incidents, row->incident);
}

static void put_client(const void *data, GString *cell)
{
    fill(data, "{client}", cell);
}

static void put_server(const void *data, GString *cell)
{
    fill(data, "{server}", cell);
}

static int64_t key_first(const void *data)
{
    const struct incident_row *row = data;
    return row->incident->about.first_ns;
}

static int64_t key_last(const void *data)
{
    const struct incident_row *row = data;
    return row->incident->about.last_ns;
}

static void put_first(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    text_time(cell, key_first(data), table_clock(row->run), story_start(story_of(row)));
}

static void put_last(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    text_time(cell, key_last(data), table_clock(row->run), story_start(story_of(row)));
}

static void put_alternative(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    const struct cause *other = row->incident->alternative;
    g_string_append(cell, other != NULL ? other->name : "-");
}

static void put_anomalies(const void *data, GString *cell)
{
    const struct incident_row *row = data;

    if (incident_anomalies(cell, row->incidents, row->place) == 0) {
        g_string_append_c(cell, '-');
    }
}

static void put_explanation(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    fill(row, row->incident->about.text, cell);
}

static void put_cure(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    fill(row, row->incident->cause->cure, cell);
}

static void put_check(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    fill(row, row->incident->cause->check, cell);
}

static void put_filter(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    anomaly_text_filter(cell, &row->incident->about, story_of(row));
}

static void put_stream(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    text_number(cell, row->connection->stream);
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file", "the capture, when several are given", 1, false, put_file, NULL, NULL},
    {"id", "id of the cause", 1, false, put_id, NULL, NULL},
    {"name", "name of the cause; tcpstory explain NAME says more", 1, false, put_name, NULL, NULL},
    {"severity", "info, warning or error",
     1, false, put_severity, key_severity, style_severity},
    {"confidence", "certain, inferred or presumed", 2, false, put_confidence, NULL, NULL},
    {"fault", "client, server, network, capture, nobody or unknown",
     3, false, put_fault, NULL, NULL},
    {"connections", "number of connections that it is about",
     2, true, put_connections, key_connections, NULL},
    {"explained", "number of connections that it explains, those included",
     0, true, put_explained, key_explained, NULL},
    {"client", "address and port; * = any", 1, false, put_client, NULL, NULL},
    {"server", "address and port; * = any", 1, false, put_server, NULL, NULL},
    {"first", "when it began", 2, true, put_first, key_first, NULL},
    {"last", "when it was last seen", 3, true, put_last, key_last, NULL},
    {"alternative", "the next likely cause", 4, false, put_alternative, NULL, NULL},
    {"anomalies", "those that it explains, with their connections",
     0, false, put_anomalies, NULL, NULL},
    {"explanation", "what happened, in words", 0, false, put_explanation, NULL, NULL},
    {"cure", "what ends it", 0, false, put_cure, NULL, NULL},
    {"check", "what shows that it is so", 0, false, put_check, NULL, NULL},
    {"filter", "Wireshark display filter of its connections", 0, false, put_filter, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};

static const struct sheet_column member_columns[] = {
    {"file", "the capture", 1, false, put_file, NULL, NULL},
    {"stream", "number of the connection, as tcp.stream", 1, true, put_stream, NULL, NULL},
    {"id", "id of the cause", 1, false, put_id, NULL, NULL},
    {"name", "of the cause", 1, false, put_name, NULL, NULL},
    {"severity", "info, warning or error", 1, false, put_severity, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static void add_rows(struct table_run *run, const Incidents *incidents)
{
    for (guint place = 0; place < incidents->found->len; place++) {
        const struct incident_row row = {
            .run = run,
            .incidents = incidents,
            .incident = incidents_at(incidents, place),
            .place = place,
        };
        if (row.incident->about.severity >= run->wants.severity) {
            g_array_append_val(run->rows, row);
        }
    }
}

static void prepare(struct table_run *run)
{
    run->rows = g_array_new(FALSE, FALSE, sizeof(struct incident_row));
    for (guint i = 0; i < run->captures.incidents->len; i++) {
        add_rows(run, g_ptr_array_index(run->captures.incidents, i));
    }
    table_sort(run);
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->rows->len; i++) {
        visit(&g_array_index(run->rows, struct incident_row, i), data);
    }
}

static void each_member(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->rows->len; i++) {
        struct incident_row row = g_array_index(run->rows, struct incident_row, i);
        for (guint k = 0; k < row.incident->explained; k++) {
            const guint number =
                g_array_index(row.incidents->members, guint, row.incident->first_explained + k);
            row.connection = story_connection(story_of(&row), number);
            visit(&row, data);
        }
    }
}

static json_t *object_of(const void *data)
{
    const struct incident_row *row = data;
    return incident_json(row->incidents, row->place);
}

/* ---- text ---- */

static void tell(const struct table_run *run, struct out *out)
{
    const struct incident_layout layout = {
        .evidence = true, .filter = true, .clock = table_clock(run)};
    const struct story *last = NULL;
    guint n = 0;

    for (guint i = 0; i < run->rows->len; i++) {
        const struct incident_row *row = &g_array_index(run->rows, struct incident_row, i);
        if (run->wants.top > 0 && n++ == run->wants.top) {
            break;
        }
        if (run->captures.stories->len > 1 && story_of(row) != last) {
            g_autoptr(GString) name = g_string_new(NULL);
            text_safe(name, story_of(row)->name);
            g_string_append_c(name, '\n');
            out_write(out, name);
        }
        last = story_of(row);
        incident_print(row->incidents, row->place, &layout, out);
        fputs("\n", out->file);
    }
    if (run->rows->len == 0) {
        fputs("No incidents.\n", out->file);
    }
}

const struct table table_incidents = {
    .columns = columns,
    .prepare = prepare,
    .each = each_row,
    .object = object_of,
    .text_form = tell,
};

const struct table table_incident_members = {
    .columns = member_columns,
    .prepare = prepare,
    .each = each_member,
};
