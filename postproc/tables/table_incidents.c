/* table_incidents.c - what broke, since when, where, how sure: a row for each incident; and a row
 * for each connection of each incident.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "finding.h"
#include "incident_json.h"
#include "incident_print.h"
#include "tables.h"

/* A row. */
struct incident_row {
    struct finding is;
    const Incidents *incidents;
    const struct incident *incident;
    guint place;
    const struct story_connection *connection; /* of a row for each connection */
};

/* ---- cells ---- */

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

static int64_t key_explained(const void *data)
{
    const struct incident_row *row = data;
    return row->incident->explained;
}

static void put_explained(const void *data, GString *cell)
{
    text_number(cell, (uint64_t)key_explained(data));
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

static void put_cure(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    finding_fill(&row->is, row->incident->cause->cure, cell);
}

static void put_check(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    finding_fill(&row->is, row->incident->check, cell);
}

static void put_stream(const void *data, GString *cell)
{
    const struct incident_row *row = data;
    text_number(cell, row->connection->stream);
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file", "the capture, when several are given", 1, false, finding_put_file, NULL, NULL},
    {"id", "id of the cause", 1, false, put_id, NULL, NULL},
    {"name", "name of the cause; tcpstory explain NAME says more", 1, false, put_name, NULL, NULL},
    {"severity", "info, warning or error",
     1, false, finding_put_severity, finding_key_severity, finding_style_severity},
    {"confidence", "certain, inferred or presumed", 2, false, finding_put_confidence, NULL, NULL},
    {"fault", "client, server, network, capture, nobody or unknown",
     3, false, finding_put_fault, NULL, NULL},
    {"connections", "number of connections that it is about",
     2, true, finding_put_connections, finding_key_connections, NULL},
    {"explained", "number of connections that it explains, those included",
     0, true, put_explained, key_explained, NULL},
    {"client", "address and port; * = any", 1, false, finding_put_client, NULL, NULL},
    {"server", "address and port; * = any", 1, false, finding_put_server, NULL, NULL},
    {"first", "when it began", 2, true, finding_put_first, finding_key_first, NULL},
    {"last", "when it was last seen", 3, true, finding_put_last, finding_key_last, NULL},
    {"alternative", "the next likely cause", 4, false, put_alternative, NULL, NULL},
    {"anomalies", "those that it explains, with their connections",
     0, false, put_anomalies, NULL, NULL},
    {"explanation", "what happened, in words", 0, false, finding_put_explanation, NULL, NULL},
    {"cure", "what ends it", 0, false, put_cure, NULL, NULL},
    {"check", "what shows that it is so", 0, false, put_check, NULL, NULL},
    {"filter", "Wireshark display filter of its connections",
     0, false, finding_put_filter, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};

static const struct sheet_column member_columns[] = {
    {"file", "the capture", 1, false, finding_put_file, NULL, NULL},
    {"stream", "number of the connection, as tcp.stream", 1, true, put_stream, NULL, NULL},
    {"id", "id of the cause", 1, false, put_id, NULL, NULL},
    {"name", "of the cause", 1, false, put_name, NULL, NULL},
    {"severity", "info, warning or error", 1, false, finding_put_severity, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static struct incident_row row_of(const struct table_run *run, const Incidents *incidents,
                                  guint place)
{
    const struct incident *incident = incidents_at(incidents, place);

    return (struct incident_row){
        .is = {incidents->anomalies->story, &incident->about, run},
        .incidents = incidents,
        .incident = incident,
        .place = place,
    };
}

static bool is_wanted(const struct incident_row *row)
{
    return row->incident->about.severity >= row->is.run->wants.severity;
}

static void add_rows(struct table_run *run, const Incidents *incidents)
{
    for (guint place = 0; place < incidents->found->len; place++) {
        const struct incident_row row = row_of(run, incidents, place);
        if (is_wanted(&row)) {
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
            row.connection = story_connection(row.is.story, number);
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
        if (run->captures.stories->len > 1 && row->is.story != last) {
            g_autoptr(GString) name = g_string_new(NULL);
            text_safe(name, row->is.story->name);
            g_string_append_c(name, '\n');
            out_write(out, name);
        }
        last = row->is.story;
        incident_print(row->incidents, row->place, &layout, out);
        fputs("\n", out->file);
    }
    if (run->rows->len == 0) {
        fputs("No incidents.\n", out->file);
    }
}

/* ---- as they are found ---- */

static void found_row(const struct table_run *run, const Incidents *found, guint place,
                      sheet_visit visit, void *data)
{
    const struct incident_row row = row_of(run, found, place);

    if (is_wanted(&row)) {
        visit(&row, data);
    }
}

static void found_text(const struct table_run *run, const Incidents *found, guint place,
                       struct out *out)
{
    const struct incident_row row = row_of(run, found, place);
    const struct incident_layout layout = {
        .evidence = true, .filter = true, .clock = table_clock(run)};

    if (is_wanted(&row)) {
        incident_print(found, place, &layout, out);
        fputs("\n", out->file);
    }
}

static const struct table_findings findings = {true, found_row, found_text};

static const char *const page_columns[] = {"explanation", "cure", "check", "filter", NULL};

const struct table table_incidents = {
    .title = "Incidents",
    .page_columns = page_columns,
    .columns = columns,
    .prepare = prepare,
    .each = each_row,
    .findings = &findings,
    .object = object_of,
    .text_form = tell,
};

const struct table table_incident_members = {
    .columns = member_columns,
    .prepare = prepare,
    .each = each_member,
};
