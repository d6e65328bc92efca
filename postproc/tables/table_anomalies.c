/* table_anomalies.c - what is wrong: a row for each anomaly; its text has evidence, cause and cure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_json.h"
#include "anomaly_print.h"
#include "finding.h"
#include "tables.h"

#define TOP 5 /* hits of each kind in text, unless --top says otherwise */

/* ---- cells ---- */

static void put_id(const void *data, GString *cell)
{
    const struct finding *row = data;
    g_string_append(cell, row->about->rule->id);
}

static void put_name(const void *data, GString *cell)
{
    const struct finding *row = data;
    g_string_append(cell, row->about->rule->name);
}

static void put_censored(const void *data, GString *cell)
{
    const struct finding *row = data;
    g_string_append(cell, row->about->censored ? "yes" : "no");
}

/* The number of the connection when the hit is about one only. */
static void put_stream(const void *data, GString *cell)
{
    const struct finding *row = data;

    if (row->about->scope == TUPLE_CONNECTION) {
        text_number(cell, story_connection(row->story, row->about->connection)->stream);
    } else {
        g_string_append_c(cell, '-');
    }
}

static int64_t key_stream(const void *data)
{
    const struct finding *row = data;
    const guint number = row->about->connection;

    return number != G_MAXUINT ? (int64_t)story_connection(row->story, number)->stream : -1;
}

static void put_frames(const void *data, GString *cell)
{
    const struct finding *row = data;

    for (unsigned i = 0; i < row->about->n_frames; i++) {
        g_string_append_printf(cell, "%s%u", i > 0 ? "," : "", row->about->frames[i]);
    }
    g_string_append(cell, row->about->n_frames == 0 ? "-" : "");
}

static void put_first_file(const void *data, GString *cell)
{
    const struct finding *row = data;

    if (row->about->n_frames > 0) {
        table_put_file(row->story, row->about->frames[0], cell);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_file_frame(const void *data, GString *cell)
{
    const struct finding *row = data;

    if (row->about->n_frames > 0) {
        table_put_file_frame(row->story, row->about->frames[0], cell);
    } else {
        g_string_append_c(cell, '-');
    }
}

/* Sentences of the rule; "-" when it has none. */
static void put_sentences(const struct finding *row, const char *const *list, gsize most,
                          GString *cell)
{
    for (gsize i = 0; i < most && list[i] != NULL; i++) {
        g_string_append(cell, i > 0 ? "; " : "");
        finding_fill(row, list[i], cell);
    }
    g_string_append(cell, list[0] == NULL ? "-" : "");
}

static void put_causes(const void *data, GString *cell)
{
    const struct finding *row = data;
    put_sentences(row, row->about->rule->causes, G_N_ELEMENTS(row->about->rule->causes), cell);
}

static void put_checks(const void *data, GString *cell)
{
    const struct finding *row = data;
    put_sentences(row, row->about->rule->checks, G_N_ELEMENTS(row->about->rule->checks), cell);
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file", "the capture, when several are given", 1, false, finding_put_file, NULL, NULL},
    {"id", "id of the anomaly", 1, false, put_id, NULL, NULL},
    {"name", "name of the anomaly; tcpstory explain NAME says more",
     2, false, put_name, NULL, NULL},
    {"severity", "info, warning or error",
     1, false, finding_put_severity, finding_key_severity, finding_style_severity},
    {"confidence", "certain, inferred or presumed", 0, false, finding_put_confidence, NULL, NULL},
    {"censored", "yes: the capture ended too early to be sure", 0, false, put_censored, NULL, NULL},
    {"fault", "client, server, network, capture, nobody or unknown",
     3, false, finding_put_fault, NULL, NULL},
    {"connections", "number of connections that it is about",
     3, true, finding_put_connections, finding_key_connections, NULL},
    {"stream", "the connection, when it is about one only", 1, true, put_stream, key_stream, NULL},
    {"client", "address and port; * = any", 1, false, finding_put_client, NULL, NULL},
    {"server", "address and port; * = any", 1, false, finding_put_server, NULL, NULL},
    {"first", "when it began", 2, true, finding_put_first, finding_key_first, NULL},
    {"last", "when it was last seen", 0, true, finding_put_last, finding_key_last, NULL},
    {"frames", "evidence, at most eight", 4, false, put_frames, NULL, NULL},
    {"explanation", "what happened, in words", 0, false, finding_put_explanation, NULL, NULL},
    {"filter", "Wireshark display filter that shows it", 0, false, finding_put_filter, NULL, NULL},
    {"first_file", "the file of its first frame, when the capture is several files",
     4, false, put_first_file, NULL, NULL},
    {"file_frame", "the number of its first frame in that file",
     0, true, put_file_frame, NULL, NULL},
    {"causes", "what it may come from, the likeliest first", 0, false, put_causes, NULL, NULL},
    {"checks", "what to do or to look at", 0, false, put_checks, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static bool is_wanted(const Anomalies *anomalies, guint place, const void *data)
{
    const struct table_wants *wants = data;
    const struct anomaly *hit = anomalies_at(anomalies, place);

    return hit->severity >= wants->severity && (wants->rule == NULL || hit->rule == wants->rule);
}

static void prepare(struct table_run *run)
{
    run->rows = g_array_new(FALSE, FALSE, sizeof(struct finding));
    for (guint i = 0; i < run->captures.anomalies->len; i++) {
        const Anomalies *anomalies = g_ptr_array_index(run->captures.anomalies, i);
        for (guint place = 0; place < anomalies->hits->len; place++) {
            const struct finding row = {anomalies->story, anomalies_at(anomalies, place), run};
            if (is_wanted(anomalies, place, &run->wants)) {
                g_array_append_val(run->rows, row);
            }
        }
    }
    table_sort(run);
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->rows->len; i++) {
        visit(&g_array_index(run->rows, struct finding, i), data);
    }
}

/* ---- text ---- */

static struct anomaly_layout layout_of(const struct table_run *run)
{
    return (struct anomaly_layout){
        .hits = run->wants.top > 0 ? run->wants.top : TOP,
        .frames = ANOMALY_MAX_FRAMES,
        .causes = G_N_ELEMENTS(((struct anomaly_rule *)NULL)->causes),
        .checks = G_N_ELEMENTS(((struct anomaly_rule *)NULL)->checks),
        .filter = true,
        .clock = table_clock(run),
    };
}

static void tell_one(const struct table_run *run, const Anomalies *anomalies, struct out *out)
{
    const struct anomaly_layout layout = layout_of(run);
    g_autoptr(GPtrArray) kinds = anomaly_kinds(anomalies, is_wanted, &run->wants);

    if (kinds->len == 0 && run->captures.anomalies->len == 1) {
        fputs("No anomalies.\n", out->file);
    }
    for (guint i = 0; i < kinds->len; i++) {
        fputs(i > 0 ? "\n" : "", out->file);
        anomaly_print_kind(anomalies, g_ptr_array_index(kinds, i), &layout, out);
    }
    anomaly_print_gates(anomalies, out);
}

static bool has_something(const struct table_run *run, const Anomalies *anomalies)
{
    g_autoptr(GPtrArray) kinds = anomaly_kinds(anomalies, is_wanted, &run->wants);

    return kinds->len > 0;
}

/* "No anomalies in 36 captures: a.pcap, ..." */
static void tell_quiet_ones(const struct table_run *run, const GPtrArray *quiet, struct out *out)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (quiet->len == 0 || run->captures.anomalies->len == 1) {
        return;
    }
    g_string_append(text, quiet->len < run->captures.anomalies->len ? "\nNo" : "No");
    g_string_append(text, " anomalies in ");
    text_counted(text, quiet->len, "capture", "captures");
    for (guint i = 0; i < quiet->len; i++) {
        g_string_append(text, i == 0 ? ": " : ", ");
        text_safe(text, ((const struct story *)g_ptr_array_index(quiet, i))->name);
    }
    g_string_append_c(text, '\n');
    out_write_wrapped(out, text, 4);
}

/* Captures in which there is nothing are named together at the end. */
static void tell(const struct table_run *run, struct out *out)
{
    const bool several = run->captures.anomalies->len > 1;
    g_autoptr(GPtrArray) quiet = g_ptr_array_new();
    guint told = 0;

    for (guint i = 0; i < run->captures.anomalies->len; i++) {
        const Anomalies *anomalies = g_ptr_array_index(run->captures.anomalies, i);
        if (several && !has_something(run, anomalies)) {
            g_ptr_array_add(quiet, (gpointer)anomalies->story);
            continue;
        }
        if (several) {
            g_autoptr(GString) name = g_string_new(told++ > 0 ? "\n" : "");
            text_safe(name, anomalies->story->name);
            g_string_append_c(name, '\n');
            out_write(out, name);
        }
        tell_one(run, anomalies, out);
    }
    tell_quiet_ones(run, quiet, out);
}

static json_t *object_of(const void *data)
{
    const struct finding *row = data;
    return anomaly_json(row->story, row->about);
}

static const char *const file_columns[] = {"first_file", "file_frame", NULL};

static const char *const time_columns[] = {"first", NULL};

/* ---- as they are found ---- */

static void found_row(const struct table_run *run, const Incidents *found, guint place,
                      sheet_visit visit, void *data)
{
    const Anomalies *anomalies = found->anomalies;
    const struct finding row = {anomalies->story, anomalies_at(anomalies, place), run};

    if (is_wanted(anomalies, place, &run->wants)) {
        visit(&row, data);
    }
}

static bool is_the_one(const Anomalies *anomalies, guint place, const void *data)
{
    (void)anomalies;
    return place == *(const guint *)data;
}

static void found_text(const struct table_run *run, const Incidents *found, guint place,
                       struct out *out)
{
    const struct anomaly_layout layout = layout_of(run);
    const Anomalies *anomalies = found->anomalies;

    if (is_wanted(anomalies, place, &run->wants)) {
        g_autoptr(GPtrArray) kinds = anomaly_kinds(anomalies, is_the_one, &place);
        anomaly_print_kind(anomalies, g_ptr_array_index(kinds, 0), &layout, out);
        fputs("\n", out->file);
    }
}

static const struct table_findings findings = {false, found_row, found_text};

static const char *const page_columns[] = {"confidence", "explanation", "causes",
                                           "checks",     "filter",      NULL};

const struct table table_anomalies = {
    .title = "Anomalies",
    .page_columns = page_columns,
    .time_columns = time_columns,
    .file_columns = file_columns,
    .columns = columns,
    .prepare = prepare,
    .each = each_row,
    .findings = &findings,
    .object = object_of,
    .text_form = tell,
};
