/* report_captures.c - what several captures amount to: a row for each, and their sum.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "judged_summary.h"
#include "report.h"
#include "report_parts.h"
#include "sheet.h"

/* A row; sums stand in the last one. */
struct capture_row {
    const struct story *story; /* NULL = the sum */
    guint connections, failed, open;
    guint hits[N_ANOMALY_SEVERITIES];
};

/* ---- cells ---- */

static void put_capture(const void *data, GString *cell)
{
    const struct capture_row *row = data;
    text_safe(cell, row->story != NULL ? row->story->name : "all");
}

#define COUNT(name, value)                                  \
    static void put_##name(const void *data, GString *cell) \
    {                                                       \
        const struct capture_row *row = data;               \
        text_count(cell, value);                            \
    }

COUNT(connections, row->connections)
COUNT(failed, row->failed)
COUNT(open, row->open)
COUNT(errors, row->hits[ANOMALY_ERROR])
COUNT(warnings, row->hits[ANOMALY_WARNING])

// clang-format off
static const struct sheet_column columns[] = {
    {"capture",     "its name",                         1, false, put_capture,     NULL, NULL},
    {"connections", "that are told of",                 1, true,  put_connections, NULL, NULL},
    {"failed",      "opens that failed",                1, true,  put_failed,      NULL, NULL},
    {"open",        "not over when the capture ended",  1, true,  put_open,        NULL, NULL},
    {"errors",      "anomalies of that severity",       1, true,  put_errors,      NULL, NULL},
    {"warnings",    "anomalies of that severity",       1, true,  put_warnings,    NULL, NULL},
    {NULL,          NULL,                               0, false, NULL,            NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static struct capture_row make_row(const struct story *story, const Anomalies *anomalies)
{
    g_autoptr(Summary) summary = judged_summary(anomalies);
    struct capture_row row = {
        .story = story,
        .connections = story->connections->len,
        .failed = summary_failed_opens(summary),
        .open = summary->endings[ENDING_OPEN].n,
    };

    for (guint i = 0; i < anomalies->hits->len; i++) {
        row.hits[anomalies_at(anomalies, i)->severity]++;
    }
    return row;
}

static void add(struct capture_row *sum, const struct capture_row *row)
{
    sum->connections += row->connections;
    sum->failed += row->failed;
    sum->open += row->open;
    for (guint i = 0; i < N_ANOMALY_SEVERITIES; i++) {
        sum->hits[i] += row->hits[i];
    }
}

static void each_row(void *context, sheet_visit visit, void *data)
{
    const struct judged_captures *captures = context;
    struct capture_row sum = {.story = NULL};

    for (guint i = 0; i < captures->stories->len; i++) {
        const struct capture_row row = make_row(g_ptr_array_index(captures->stories, i),
                                                g_ptr_array_index(captures->anomalies, i));
        add(&sum, &row);
        visit(&row, data);
    }
    visit(&sum, data);
}

bool report_write_sum(const struct judged_captures *captures, struct out *out, GError **error)
{
    g_autoptr(GString) title = g_string_new("\n");
    g_autofree char *words = g_strdup_printf("All %u captures", captures->stories->len);
    const struct sheet_rows rows = {each_row, (void *)captures};
    struct sheet sheet;

    (void)error;
    out_append(out, title, OUT_HEADING, words);
    g_string_append_c(title, '\n');
    out_write(out, title);
    sheet_choose(&sheet, columns, NULL, true, NULL);
    sheet.indent = 2;
    sheet_print_text(&sheet, &rows, out);
    sheet_clear(&sheet);
    return true;
}
