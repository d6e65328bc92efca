/* session.c - loading captures and printing tables for verbs; see session.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "session.h"

#include <stdio.h>

#include "anomalies.h"
#include "fault.h"
#include "jobs.h"
#include "series.h"

static void say(const char *name, const char *kind, const char *what)
{
    g_autoptr(GString) text = g_string_new("tcpstory: ");

    text_safe(text, name);
    g_string_append_printf(text, ": %s%s\n", kind, what);
    fputs(text->str, stderr);
}

#define USUAL_MAX_CONNECTIONS 1000000 /* some 2 GB: docs/user/scale.md */

static bool read_max_connections(uint32_t *most, const char *text, GError **error)
{
    guint64 number = USUAL_MAX_CONNECTIONS;

    if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &number, NULL)) {
        g_set_error(error, FAULT, EXIT_USAGE,
                    "--max-connections: '%s' is not a number of connections, 0 (any number) to %u",
                    text, UINT32_MAX);
        return false;
    }
    *most = (uint32_t)number;
    return true;
}

bool session_wants(struct input_wants *wants, const struct options *options, GError **error)
{
    *wants = (struct input_wants){
        .view = options_view(options),
        .projects = options->project,
        .keeps_facts = options->judges,
        .segments_of = TSM_NO_STREAM,
    };
    return jobs_limit(options->jobs, error) &&
           read_max_connections(&wants->max_connections, options->max_connections, error) &&
           selection_read(&wants->selection, options, error) &&
           moment_read(&wants->at, "at", options->at != NULL ? options->at : "end", options->utc,
                       error);
}

struct story *session_load(const char *name, const struct input_wants *wants, int *status,
                           GError **error)
{
    g_autoptr(GError) failure = NULL;
    struct story *story = input_load(name, wants, &failure);

    if (story == NULL && failure->code != EXIT_INPUT) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (story == NULL) {
        fprintf(stderr, "tcpstory: %s\n", failure->message);
        *status = EXIT_INPUT;
        return NULL;
    }
    for (guint i = 0; i < story->warnings->len; i++) {
        say(story->name,
            story->partial ? "partial: " : "warning: ", g_ptr_array_index(story->warnings, i));
    }
    if (story->partial) {
        *status = EXIT_INPUT;
    }
    return story;
}

/* Says so when the options have left nothing of anything. */
static void say_when_empty(GPtrArray *stories)
{
    guint left_out = 0;

    for (guint i = 0; i < stories->len; i++) {
        const struct story *story = g_ptr_array_index(stories, i);
        if (story->connections->len > 0) {
            return;
        }
        left_out += story->left_out;
    }
    if (left_out == 1) {
        fputs("tcpstory: the only connection is not as the options want it\n", stderr);
    } else if (left_out > 1) {
        fprintf(stderr, "tcpstory: none of the %u connections is as the options want it\n",
                left_out);
    }
}

/* Loads every capture that can be read into `stories`. */
static bool load_all(const struct options *options, const struct input_wants *wants,
                     GPtrArray *stories, int *status, GError **error)
{
    for (char **name = options->files; *name != NULL; name++) {
        g_autoptr(GError) failure = NULL;
        struct story *story = session_load(*name, wants, status, &failure);
        if (story != NULL) {
            g_ptr_array_add(stories, story);
        } else if (failure != NULL) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
    }
    say_when_empty(stories);
    return true;
}

/* ---- anomalies ---- */

/* The thresholds that the user wants; NULL and error (EXIT_USAGE). */
static Settings *read_settings(const struct options *options, GError **error)
{
    g_autoptr(Settings) settings = settings_new();
    bool ok = settings_read(settings, options->config, error);

    for (char **set = options->set; ok && set != NULL && *set != NULL; set++) {
        ok = settings_set(settings, *set, error);
    }
    return ok ? g_steal_pointer(&settings) : NULL;
}

/* Loads, and judges when the verb wants that: the anomalies of each story into *anomalies, which
 * stays NULL otherwise. --fail-on raises *status. */
static bool load_and_judge(const struct options *options, const struct input_wants *wants,
                           GPtrArray *stories, GPtrArray **anomalies, int *status, GError **error)
{
    g_autoptr(Settings) settings = options->judges ? read_settings(options, error) : NULL;
    enum anomaly_severity limit = ANOMALY_ERROR;

    if ((options->judges && settings == NULL) ||
        (options->fail_on != NULL &&
         !anomaly_severity_parse(options->fail_on, "fail-on", &limit, error)) ||
        !load_all(options, wants, stories, status, error)) {
        return false;
    }
    series_link(stories);
    if (options->judges) {
        *anomalies = g_ptr_array_new_with_free_func((GDestroyNotify)anomalies_free);
    }
    for (guint i = 0; options->judges && i < stories->len; i++) {
        Anomalies *found = anomalies_find(g_ptr_array_index(stories, i), settings);
        g_ptr_array_add(*anomalies, found);
        if (options->fail_on != NULL && *status == EXIT_DONE && anomalies_reach(found, limit)) {
            *status = EXIT_FOUND;
        }
    }
    return true;
}

/* ---- tables ---- */

static bool read_order(struct session_table *table, GError **error)
{
    const char *name = table->options->sort;

    if (name == NULL) {
        return true;
    }
    table->descending = name[0] == '-';
    table->order = sheet_find(table->columns, name + (table->descending ? 1 : 0), error);
    return table->order != NULL;
}

static gint compare_rows(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct session_table *table = data;
    const struct sheet_column *order = table->order;
    int64_t sign;

    if (order->key != NULL) {
        const int64_t x = order->key(a);
        const int64_t y = order->key(b);
        sign = (x > y) - (x < y);
    } else {
        g_autoptr(GString) x = g_string_new(NULL);
        g_autoptr(GString) y = g_string_new(NULL);
        order->put(a, x);
        order->put(b, y);
        sign = g_strcmp0(x->str, y->str);
    }
    return (gint)(table->descending ? -sign : sign);
}

void session_sort(struct session_table *table)
{
    if (table->order != NULL) {
        g_array_sort_with_data(table->rows, compare_rows, table);
    }
}

/* Rows on their way to a writer that wants only the first ones. */
struct limited {
    sheet_visit visit;
    void *data;
    guint left;
};

static void visit_limited(const void *row, void *data)
{
    struct limited *limited = data;

    if (limited->left > 0) {
        limited->left--;
        limited->visit(row, limited->data);
    }
}

static void visit_rows(void *context, sheet_visit visit, void *data)
{
    const struct session_table *table = context;
    struct limited limited = {visit, data, (guint)table->options->top};

    if (limited.left > 0) {
        table->each(table, visit_limited, &limited);
    } else {
        table->each(table, visit, data);
    }
}

enum text_clock session_clock(const struct session_table *table)
{
    if (!table->text) {
        return TEXT_EPOCH;
    }
    return table->options->utc ? TEXT_UTC : TEXT_RELATIVE;
}

/* The column "file" is of use only when there are several. */
static bool choose(struct session_table *table, struct sheet *sheet, GError **error)
{
    const bool several = table->options->files[1] != NULL;
    const struct sheet_column *columns = table->columns;

    if (!sheet_choose(sheet, columns, table->options->columns, table->text, error)) {
        return false;
    }
    if (table->options->columns == NULL) {
        sheet->object = table->object;
        if (!several) {
            g_ptr_array_remove(sheet->columns, (gpointer)&columns[0]);
        }
    }
    return true;
}

static bool choose_writer(struct session_table *table, GError **error)
{
    table->writer = writer_choose(table->options, error);
    if (table->writer == NULL) {
        return false;
    }
    table->text = table->writer->people;
    if (table->writer->table == NULL &&
        (table->options->columns != NULL || table->options->sort != NULL)) {
        g_set_error(
            error, FAULT, EXIT_USAGE,
            "--format %s has columns and an order of its own: leave out --columns and --sort",
            table->writer->name);
        return false;
    }
    return true;
}

/* The table, or the captures whole where the format has no tables. */
static bool write_out(struct session_table *table, struct sheet *sheet, struct out *out,
                      GError **error)
{
    const struct sheet_rows rows = {visit_rows, table};
    const struct writer_stories stories = {
        .stories = table->stories,
        .anomalies = table->anomalies,
        .options = table->options,
    };

    if (table->writer->table == NULL) {
        return table->writer->stories(&stories, out, error);
    }
    if (table->prepare != NULL) {
        table->prepare(table);
    }
    if (table->text_form != NULL && table->options->columns == NULL &&
        table->writer->table == sheet_print_text) {
        table->text_form(table, out);
        return true;
    }
    if (table->trim != NULL && table->options->columns == NULL && table->text) {
        table->trim(table, sheet);
    }
    table->writer->table(sheet, &rows, out);
    return true;
}

static bool close_output(struct out *out, bool ok, GError **error)
{
    if (!ok) {
        out_cancel(out);
        return false;
    }
    return out_close(out, error);
}

static bool print_table(struct session_table *table, struct sheet *sheet, GError **error)
{
    struct out out;
    bool ok;

    if (!out_open(&out, table->options->output, table->options->color, error)) {
        return false;
    }
    ok = write_out(table, sheet, &out, error);
    return close_output(&out, ok, error);
}

/* Whether the rows, or an object for each, tell of flows. */
static bool tells_flows(const struct session_table *table, const struct sheet *sheet)
{
    if (table->flow_columns == NULL) {
        return false;
    }
    if (table->writer->flows && (table->writer->table == NULL || sheet->object != NULL)) {
        return true;
    }
    for (guint i = 0; i < sheet->columns->len; i++) {
        if (g_strv_contains(table->flow_columns, sheet_column_at(sheet, i)->name)) {
            return true;
        }
    }
    return table->order != NULL && g_strv_contains(table->flow_columns, table->order->name);
}

bool session_choose(struct session_table *table, struct sheet *sheet, GError **error)
{
    bool ok = choose_writer(table, error) && session_wants(&table->wants, table->options, error) &&
              read_order(table, error) && choose(table, sheet, error);

    table->wants.keeps_flows = ok && tells_flows(table, sheet);
    return ok;
}

bool session_print_table(struct session_table *table, int *status, GError **error)
{
    struct sheet sheet = {0};
    bool ok = session_choose(table, &sheet, error);

    table->stories = g_ptr_array_new_with_free_func((GDestroyNotify)story_free);
    ok = ok &&
         load_and_judge(table->options, &table->wants, table->stories, &table->anomalies, status,
                        error) &&
         (table->stories->len == 0 || print_table(table, &sheet, error));
    g_clear_pointer(&table->anomalies, g_ptr_array_unref);
    g_ptr_array_unref(table->stories);
    if (table->rows != NULL) {
        g_array_unref(table->rows);
    }
    sheet_clear(&sheet);
    return ok;
}

bool session_print_stories(const struct options *options, const struct input_wants *wants,
                           int *status, GError **error)
{
    const struct writer *writer = writer_choose(options, error);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)story_free);
    g_autoptr(GPtrArray) anomalies = NULL;
    struct input_wants wanted = *wants;
    struct out out;
    bool ok;

    wanted.keeps_flows = writer != NULL && writer->flows;
    if (writer == NULL || !load_and_judge(options, &wanted, list, &anomalies, status, error)) {
        return false;
    }
    const struct writer_stories stories = {
        .stories = list, .anomalies = anomalies, .options = options};
    if (list->len == 0) {
        return true;
    }
    if (!out_open(&out, options->output, options->color, error)) {
        return false;
    }
    ok = writer->stories(&stories, &out, error);
    return close_output(&out, ok, error);
}
