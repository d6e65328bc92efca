/* table_suppressed.c - a row for each suppression of the configuration: what was not told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "suppression.h"
#include "tables.h"

/* A row. */
struct suppressed_row {
    const struct story *story;
    const struct suppressed *suppressed;
};

static void put_file(const void *data, GString *cell)
{
    const struct suppressed_row *row = data;
    text_safe(cell, row->story->name);
}

static void put_name(const void *data, GString *cell)
{
    const struct suppressed_row *row = data;
    text_safe(cell, row->suppressed->name);
}

static void put_reason(const void *data, GString *cell)
{
    const struct suppressed_row *row = data;
    text_safe(cell, row->suppressed->reason != NULL ? row->suppressed->reason : "-");
}

static void put_anomalies(const void *data, GString *cell)
{
    const struct suppressed_row *row = data;
    text_number(cell, row->suppressed->anomalies);
}

static void put_incidents(const void *data, GString *cell)
{
    const struct suppressed_row *row = data;
    text_number(cell, row->suppressed->incidents);
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file",      "the capture",                              1, false, put_file, NULL, NULL},
    {"name",      "the suppression, as the configuration names it", 1, false, put_name, NULL, NULL},
    {"reason",    "why, as the configuration says",           1, false, put_reason, NULL, NULL},
    {"anomalies", "how many it took out",                     1, true, put_anomalies, NULL, NULL},
    {"incidents", "how many it took out",                     1, true, put_incidents, NULL, NULL},
    {NULL,        NULL,                                       0, false, NULL, NULL, NULL},
};
// clang-format on

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->captures.stories->len; i++) {
        const Anomalies *found = g_ptr_array_index(run->captures.anomalies, i);
        for (guint k = 0; found->suppressed != NULL && k < found->suppressed->len; k++) {
            const struct suppressed_row row = {
                table_story(run, i), &g_array_index(found->suppressed, struct suppressed, k)};
            visit(&row, data);
        }
    }
}

const struct table table_suppressed = {.columns = columns, .each = each_row};
