/* live_metrics.c - families for Prometheus, and the file that they are written to; see
 * live_metrics.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "live_metrics.h"

#include <string.h>
#include <unistd.h>

#include "errors.h"
#include "metrics_http.h"
#include "out.h"

#define FILE_US 5000000 /* node_exporter reads it every 15 s or so */

/* ---- families ---- */

static void begin_family(GString *text, const char *name, const char *type, const char *help)
{
    g_string_append_printf(text, "# HELP tcpstory_live_%s %s\n# TYPE tcpstory_live_%s %s\n", name,
                           help, name, type);
}

static void add_single(GString *text, const char *name, const char *type, const char *help,
                       double value)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    begin_family(text, name, type, help);
    g_string_append_printf(text, "tcpstory_live_%s %s\n", name,
                           g_ascii_formatd(number, sizeof number, "%.17g", value));
}

static void add_sockets(const struct live_model *model, GString *text)
{
    begin_family(text, "sockets", "gauge", "Ends of connections that have a socket, by state.");
    for (unsigned state = TSM_SYN_SENT; state < TSM_N_STATES; state++) {
        g_string_append_printf(text, "tcpstory_live_sockets{state=\"%s\"} %u\n",
                               tsm_state_name((enum tsm_state)state), model->sockets[state]);
    }
}

static void add_outcomes(const struct live_model *model, GString *text)
{
    begin_family(text, "ended_total", "counter",
                 "Connections that ended, by ending, or by opening when they were never open.");
    for (guint i = 0; i < N_OPENINGS + N_ENDINGS; i++) {
        if (i != OPENING_CONNECTED && i != OPENING_MIDSTREAM && i != N_OPENINGS + ENDING_NONE) {
            g_string_append_printf(
                text, "tcpstory_live_ended_total{outcome=\"%s\"} %" G_GUINT64_FORMAT "\n",
                live_outcome_word(i), model->outcomes[i]);
        }
    }
}

/* How many of the last look's incidents have a cause: a series for each. */
static void add_incidents(const Incidents *newest, GString *text)
{
    begin_family(text, "incidents", "gauge", "Incidents at the last look, by cause.");
    for (guint i = 0; newest != NULL && i < newest->found->len; i++) {
        const struct incident *incident = incidents_at(newest, i);
        guint n = 0;
        bool first = true;
        for (guint k = 0; k < newest->found->len; k++) {
            const bool same = incidents_at(newest, k)->cause == incident->cause;
            n += same;
            first = first && !(same && k < i);
        }
        if (first) {
            g_string_append_printf(text, "tcpstory_live_incidents{cause=\"%s\",name=\"%s\"} %u\n",
                                   incident->cause->id, incident->cause->name, n);
        }
    }
}

static double resident_bytes(void)
{
    g_autofree char *statm = NULL;
    const char *second;

    if (!g_file_get_contents("/proc/self/statm", &statm, NULL, NULL) ||
        (second = strchr(statm, ' ')) == NULL) {
        return 0;
    }
    return (double)g_ascii_strtoull(second, NULL, 10) * (double)sysconf(_SC_PAGESIZE);
}

void live_metrics_text(const struct live_model *model, const Watch *watch, GString *text)
{
    const struct tsm_record_capture *totals = &model->totals;

    add_sockets(model, text);
    add_single(text, "open", "gauge", "Connections that have not ended.", model->open);
    add_single(text, "begun_total", "counter", "Connections that began.", (double)model->begun);
    add_outcomes(model, text);
    add_single(text, "segments_total", "counter", "TCP segments followed.", totals->segments);
    add_single(text, "frames_total", "counter", "Frames of any kind.", totals->frames);
    add_single(text, "evicted_total", "counter",
               "Connections that were evicted to follow at most --max-connections.",
               totals->closed_out);
    add_incidents(watch_newest(watch), text);
    add_single(text, "anomalies_told_total", "counter", "Anomalies that were told.",
               (double)watch_anomalies_told(watch));
    add_single(text, "capture_time_seconds", "gauge", "The capture's time.",
               (double)(model->now_ns / 1000000) / 1000);
    add_single(text, "resident_memory_bytes", "gauge", "Memory of tcpstory.", resident_bytes());
}

/* ---- where ---- */

struct live_metrics {
    char *path;         /* NULL = a port */
    MetricsHttp *http;  /* NULL = a file */
    int64_t written_us; /* when the file was written last */
};

/* "FILE": no colon and port at its end, or a slash in it. */
static bool is_port(const char *where)
{
    const char *colon = strrchr(where, ':');

    return strchr(where, '/') == NULL && colon != NULL && colon[1] != '\0' &&
           colon[1 + strspn(colon + 1, "0123456789")] == '\0';
}

LiveMetrics *live_metrics_open(const char *where, GError **error)
{
    LiveMetrics *metrics = g_new0(LiveMetrics, 1);

    if (!is_port(where)) {
        metrics->path = g_strdup(where);
    } else if ((metrics->http = metrics_http_open(where, error)) == NULL) {
        live_metrics_free(metrics);
        return NULL;
    }
    return metrics;
}

void live_metrics_free(LiveMetrics *metrics)
{
    if (metrics != NULL) {
        metrics_http_free(metrics->http);
        g_free(metrics->path);
        g_free(metrics);
    }
}

/* It is there whole or not at all. */
static bool write_file(const char *path, GString *text, GError **error)
{
    struct out out;

    if (!out_open(&out, path, "never", error)) {
        return false;
    }
    out_write(&out, text);
    return out_close(&out, error);
}

bool live_metrics_serve(LiveMetrics *metrics, const struct live_model *model, const Watch *watch,
                        bool last, GError **error)
{
    const int64_t now_us = g_get_monotonic_time();
    const bool due = metrics->path != NULL &&
                     (last || metrics->written_us == 0 || now_us - metrics->written_us >= FILE_US);

    if (!due && (metrics->http == NULL || !metrics_http_is_asked(metrics->http))) {
        return true;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    live_metrics_text(model, watch, text);
    if (metrics->http != NULL) {
        metrics_http_answer(metrics->http, text->str, text->len);
        return true;
    }
    metrics->written_us = now_us;
    return write_file(metrics->path, text, error);
}
