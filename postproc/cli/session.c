/* session.c - loading captures and printing tables for verbs; see session.h.
 *
 * The idea: verbs differ in what they want of a capture and in their rows, and in nothing else.
 * What they want is put together before reading begins, from the options, the table and the format,
 * as a story keeps only what somebody wants: a list needs no segments, a format that has all of a
 * capture does. Then captures are loaded and printed one after the other, so that memory is that of
 * the largest. One that cannot be read does not keep others from being reported: what went wrong is
 * told on standard error at once, and of several exit statuses the greatest remains.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "session.h"

#include <stdio.h>

#include "both_ends.h"
#include "cpu_limit.h"
#include "errors.h"
#include "interrupts.h"
#include "join.h"
#include "judge.h"
#include "rules.h"
#include "selection_options.h"
#include "series.h"
#include "site_config.h"
#include "workers.h"

#define USUAL_MAX_CONNECTIONS 1000000 /* some 2 GB: docs/user/scale.md */

bool session_max_connections(uint32_t *most, const char *text, GError **error)
{
    guint64 number = USUAL_MAX_CONNECTIONS;

    if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &number, NULL)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--max-connections: '%s' is not a number of connections, 0 (any number) to %u",
                    text, UINT32_MAX);
        return false;
    }
    *most = (uint32_t)number;
    return true;
}

bool session_read_at(struct time_arg *at, const struct options *options, GError **error)
{
    return time_arg_read(at, "at", options->at != NULL ? options->at : "end", options->utc, error);
}

bool session_wants(struct input_wants *wants, const struct options *options, GError **error)
{
    *wants = (struct input_wants){
        .story = {.view = options_view(options),
                  .projects = options->project,
                  .keeps_facts = options->judges,
                  .segments_of = TSM_NO_STREAM},
        .filter = options->filter,
    };
    if (!cpu_limit(options->jobs, error) ||
        !session_max_connections(&wants->story.max_connections, options->max_connections, error) ||
        !selection_read(&wants->selection, options, error) ||
        !session_read_at(&wants->at, options, error) ||
        ((options->anonymize || options->anonymize_key != NULL) &&
         !anonymizer_begin(&wants->story.anonymizer, options->anonymize_key, error))) {
        return false;
    }
    selection_anonymize(&wants->selection, &wants->story.anonymizer);
    return true;
}

void session_forget(struct input_wants *wants)
{
    selection_clear(&wants->selection);
}

/* "20 files are one capture: a.pcap to t.pcap; --separate tells of each" */
static void say_joined(char **files)
{
    const guint n = g_strv_length(files);
    g_autofree char *last = g_path_get_basename(files[n - 1]);
    g_autofree char *what = g_strdup_printf(
        "and %u more files are one capture, up to %s; --separate tells of each", n - 1, last);

    if (n > 1) {
        session_say(files[0], "", what);
    }
}

static enum join_how read_join(const struct options *options)
{
    if (options->separate || g_strcmp0(options->join, "separate") == 0 ||
        both_ends_are_wanted(options)) {
        return JOIN_SEPARATE;
    }
    return g_strcmp0(options->join, "sequence") == 0 ? JOIN_SEQUENCE : JOIN_AUTO;
}

GPtrArray *session_captures(const struct options *options)
{
    const bool joins = options->joins && !options->follow;
    GPtrArray *captures = join_files(options->files, joins ? read_join(options) : JOIN_SEPARATE);

    for (guint i = 0; i < captures->len && !options->quiet; i++) {
        say_joined(g_ptr_array_index(captures, i));
    }
    return captures;
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
    if (left_out > 0) {
        fprintf(stderr, "tcpstory: no connection matches the options (%u in the input)\n",
                left_out);
    }
}

/* Whether there is in it what the verb cannot do without. */
static bool check_needed(const struct story *story, const struct options *options, int *status)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = text_safe_copy(story->name);

    if (!options->needs_any || story->connections->len > 0) {
        return true;
    }
    if (story->left_out == 0) {
        g_set_error(&failure, TCPSTORY_ERROR, EXIT_USAGE, "%s has no TCP connection", name);
    } else {
        g_set_error(&failure, TCPSTORY_ERROR, EXIT_USAGE,
                    "%s has no stream %s: it has %u streams (tcpstory list)", name,
                    options->stream[0], story->left_out);
    }
    session_tell(failure, status);
    return false;
}

/* Loads every capture that can be read into `stories`. */
static void load_all(const struct options *options, const struct input_wants *wants,
                     struct judged_captures *to, int *status)
{
    g_autoptr(GPtrArray) captures = session_captures(options);
    GPtrArray *stories = to->stories;

    to->named = captures->len;
    if (both_ends_are_wanted(options)) {
        both_ends_load(options, wants, captures, stories, status);
        to->named = stories->len;
        return;
    }
    for (guint i = 0; i < captures->len && !interrupts_were_taken(); i++) {
        g_autoptr(Story) story =
            session_load(g_ptr_array_index(captures, i), wants, options, status);
        if (story != NULL && check_needed(story, options, status)) {
            g_ptr_array_add(stories, g_steal_pointer(&story));
        }
    }
    if (!options->quiet) {
        say_when_empty(stories);
    }
}

/* ---- anomalies ---- */

/* Finds what is wrong in each of the stories, and what explains it. */
static void judge_all(struct judged_captures *captures, const struct site_config *site)
{
    captures->anomalies = g_ptr_array_new_with_free_func((GDestroyNotify)anomalies_free);
    captures->incidents = g_ptr_array_new_with_free_func((GDestroyNotify)incidents_free);
    for (guint i = 0; i < captures->stories->len; i++) {
        Anomalies *found =
            anomalies_find(g_ptr_array_index(captures->stories, i), site->thresholds);
        anomalies_suppress(found, site->suppressions);
        Incidents *incidents = incidents_find(found);
        incidents_suppress(incidents, found, site->suppressions);
        g_ptr_array_add(captures->anomalies, found);
        g_ptr_array_add(captures->incidents, incidents);
    }
}

/* What no row tells. */
static void say_suppressed(const struct judged_captures *captures, const struct options *options)
{
    for (guint i = 0; i < captures->anomalies->len && !options->quiet; i++) {
        const Anomalies *found = g_ptr_array_index(captures->anomalies, i);
        g_autoptr(GString) what = g_string_new(NULL);
        if (suppressed_text(what, found)) {
            g_string_append(what, " suppressed by the configuration; --no-config tells all");
            session_say(found->story->name, "", what->str);
        }
    }
}

/* Whether any of them has an anomaly or an incident of that severity, or a worse one. */
static bool judged_reach(const struct judged_captures *captures, enum anomaly_severity severity)
{
    for (guint i = 0; captures->incidents != NULL && i < captures->incidents->len; i++) {
        const Incidents *found = g_ptr_array_index(captures->incidents, i);
        if (anomalies_reach(found->anomalies, severity) || incidents_reach(found, severity)) {
            return true;
        }
    }
    return false;
}

void session_clear(struct judged_captures *captures)
{
    g_clear_pointer(&captures->incidents, g_ptr_array_unref);
    g_clear_pointer(&captures->anomalies, g_ptr_array_unref);
    g_clear_pointer(&captures->stories, g_ptr_array_unref);
}

bool session_load_all(const struct options *options, const struct input_wants *wants,
                      struct judged_captures *captures, int *status, GError **error)
{
    enum anomaly_severity limit = ANOMALY_ERROR;
    g_auto(SiteConfig) site = {NULL, NULL};

    workers_use(g_get_num_processors()); /* --jobs says how many those are */
    captures->stories = g_ptr_array_new_with_free_func((GDestroyNotify)story_free);
    if ((options->judges && !site_config_read(&site, options, &wants->story.anonymizer, error)) ||
        (options->fail_on != NULL &&
         !anomaly_severity_parse(options->fail_on, "fail-on", &limit, error))) {
        return false;
    }
    load_all(options, wants, captures, status);
    series_link(captures->stories);
    if (options->judges) {
        judge_all(captures, &site);
        say_suppressed(captures, options);
    }
    if (options->fail_on != NULL && *status == EXIT_DONE && judged_reach(captures, limit)) {
        *status = EXIT_FOUND;
    }
    return true;
}

/* ---- tables ---- */

static bool read_order(struct table_wants *wants, const struct sheet_column *columns,
                       const char *name, GError **error)
{
    if (name == NULL) {
        return true;
    }
    wants->descending = name[0] == '-';
    wants->order = sheet_find(columns, name + (wants->descending ? 1 : 0), error);
    return wants->order != NULL;
}

static bool read_rule(const struct anomaly_rule **rule, const char *name, GError **error)
{
    guint number;

    if (name == NULL) {
        return true;
    }
    if (!rules_find(name, &number, error)) {
        return false;
    }
    *rule = rules_at(number);
    return true;
}

static bool read_rows(struct session *session, GError **error)
{
    const struct options *options = session->options;
    struct table_wants *wants = &session->run.wants;

    wants->selection = &session->wants.selection;
    wants->top = (guint)options->top;
    wants->columns = options->columns != NULL;
    return read_rule(&wants->rule, options->anomaly, error) &&
           (options->min_severity == NULL ||
            anomaly_severity_parse(options->min_severity, "min-severity", &wants->severity,
                                   error)) &&
           read_order(wants, session->run.table->columns, options->sort, error);
}

/* The column "file" is of use only when there are several. */
static bool choose_columns(struct session *session, GError **error)
{
    const struct options *options = session->options;
    const struct table *table = session->run.table;
    struct sheet *sheet = &session->sheet;

    if (!sheet_choose(sheet, table->columns, options->columns, session->run.people, error)) {
        return false;
    }
    sheet->kept = options->utc || options->local ? table->time_columns : NULL;
    sheet->sorted = session->run.wants.order;
    sheet->bare = options->no_header;
    sheet->note = session->wants.story.anonymizer.on ? ANONYMIZED : NULL;
    if (options->columns == NULL) {
        sheet->mark = sheet->note != NULL ? "anonymized" : NULL;
        sheet->object = table->object;
    }
    return true;
}

static bool choose_format(struct session *session, GError **error)
{
    const struct options *options = session->options;

    session->format = formats_choose(options->format, options->output, options->writes, error);
    if (session->format == NULL) {
        return false;
    }
    session->run.people = session->format->people;
    if (session->format->table == NULL && (options->columns != NULL || options->sort != NULL)) {
        g_set_error(
            error, TCPSTORY_ERROR, EXIT_USAGE,
            "--format %s has columns and an order of its own: leave out --columns and --sort",
            session->format->name);
        return false;
    }
    return true;
}

/* Whether one of the columns has one of those names, or rows are sorted by one; NULL = no names. */
static bool has_column(const struct session *session, const char *const *names)
{
    const struct sheet_column *order = session->run.wants.order;

    if (names == NULL) {
        return false;
    }
    for (guint i = 0; i < session->sheet.columns->len; i++) {
        if (g_strv_contains(names, sheet_column_at(&session->sheet, i)->name)) {
            return true;
        }
    }
    return order != NULL && g_strv_contains(names, order->name);
}

/* Whether the rows, or an object for each, tell of flows. */
static bool tells_flows(const struct session *session)
{
    const struct format *format = session->format;
    const bool whole = format->table == NULL || session->sheet.object != NULL;

    return (format->flows && whole && session->run.table->flow_columns != NULL) ||
           has_column(session, session->run.table->flow_columns);
}

bool session_begin(struct session *session, const struct table *table,
                   const struct options *options, GError **error)
{
    *session = (struct session){
        .options = options,
        .run = {.table = table, .captures = {.utc = options->utc, .local = options->local}},
    };
    const bool ok = choose_format(session, error) &&
                    session_wants(&session->wants, options, error) && read_rows(session, error) &&
                    choose_columns(session, error);

    session->wants.story.keeps_flows = ok && tells_flows(session);
    session->wants.story.keeps_metrics =
        ok && ((session->format->metrics && session->format->table == NULL) ||
               has_column(session, table->metric_columns));
    session->wants.story.keeps_servers =
        ok && has_column(session, table->server_columns) && !session->wants.story.anonymizer.on;
    session->wants.story.keeps_interfaces = ok && has_column(session, table->interface_columns);
    return ok;
}

void session_end(struct session *session)
{
    session_clear(&session->run.captures);
    table_end(&session->run);
    session_forget(&session->wants);
    sheet_clear(&session->sheet);
}

/* The table, or the captures whole where the format has no tables. */
static bool write_out(struct session *session, struct out *out, GError **error)
{
    struct table_run *run = &session->run;
    const struct table *table = run->table;
    const struct format *format = session->format;
    const struct sheet_rows rows = table_rows(run);

    if (format->picture) {
        g_autoptr(GString) svg = g_string_new(NULL);
        table->picture(run, false, svg);
        out_write(out, svg);
        return true;
    }
    if (format->table == NULL) {
        return format->captures(&run->captures, out, error);
    }
    if (table->prepare != NULL) {
        table->prepare(run);
    }
    if (table->text_form != NULL && !run->wants.columns && format->table == sheet_print_text) {
        if (session->sheet.note != NULL) {
            fprintf(out->file, "%s\n", session->sheet.note);
        }
        table->text_form(run, out);
        return true;
    }
    if (!run->wants.columns) {
        table_drop_idle(run, &session->sheet);
    }
    if (table->trim != NULL && !run->wants.columns && run->people) {
        table->trim(run, &session->sheet);
    }
    format->table(&session->sheet, &rows, out);
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

/* What a page says of the table: whose it is, and columns that only pages have. */
static void describe_page(struct session *session, GPtrArray *names, GString *picture)
{
    struct table_run *run = &session->run;
    const char *const *more = run->table->page_columns;

    for (guint i = 0; i < run->captures.stories->len; i++) {
        g_ptr_array_add(names, table_story(run, i)->name);
    }
    session->sheet.title = run->table->title;
    session->sheet.names = names;
    if (run->table->picture != NULL) {
        run->table->picture(run, true, picture);
        session->sheet.picture = picture->str;
    }
    for (; more != NULL && *more != NULL && !run->wants.columns; more++) {
        const struct sheet_column *column = sheet_find(run->table->columns, *more, NULL);
        if (!g_ptr_array_find(session->sheet.columns, column, NULL)) {
            g_ptr_array_add(session->sheet.columns, (gpointer)column);
        }
    }
}

static bool print_table(struct session *session, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GString) picture = g_string_new(NULL);
    struct out out;

    if (!out_open(&out, session->options->output, session->options->color, error)) {
        return false;
    }
    if (session->format->page) {
        describe_page(session, names, picture);
    }
    return close_output(&out, write_out(session, &out, error), error);
}

bool session_print_table(const struct table *table, const void *own, const struct options *options,
                         int *status, GError **error)
{
    struct session session;
    bool ok = session_begin(&session, table, options, error);

    session.run.wants.own = own;
    ok = ok && session_load_all(options, &session.wants, &session.run.captures, status, error) &&
         (session.run.captures.stories->len == 0 || print_table(&session, error));
    session_end(&session);
    return ok;
}

bool session_print_captures(const struct options *options, const struct input_wants *wants,
                            int *status, GError **error)
{
    const struct format *format =
        formats_choose(options->format, options->output, options->writes, error);
    struct input_wants wanted = *wants;
    struct judged_captures captures = {.utc = options->utc, .local = options->local};
    struct out out;

    wanted.story.keeps_flows = format != NULL && format->flows;
    wanted.story.keeps_metrics = format != NULL && format->metrics;
    if (format != NULL && format->steps) {
        wanted.story.steps_of = G_MAXUINT;
    }
    bool ok = format != NULL && session_load_all(options, &wanted, &captures, status, error);
    if (ok && captures.stories->len > 0) {
        ok = out_open(&out, options->output, options->color, error) &&
             close_output(&out, format->captures(&captures, &out, error), error);
    }
    session_clear(&captures);
    return ok;
}
