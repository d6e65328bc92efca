/* table_intervals.c - a row for each state that an endpoint was in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tables.h"

/* A row. */
struct interval_row {
    const struct story *story;
    const struct story_connection *connection;
    const struct story_interval *interval;
    const struct story_interval *next; /* NULL = it lasts beyond the capture */
    enum tsm_side side;
    int64_t since_ns, until_ns; /* rows that lie outside are not shown */
    enum text_clock clock;
    bool merges; /* neighbours that look the same become one row */
};

static void put_file(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    text_safe(cell, row->story->name);
}

static void put_stream(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    text_number(cell, row->connection->stream);
}

static void put_client(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    text_endpoint(cell, &row->connection->tuple, TSM_CLIENT);
}

static void put_server(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    text_endpoint(cell, &row->connection->tuple, TSM_SERVER);
}

static void put_endpoint(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    g_string_append(cell, tsm_side_name(row->side));
}

static void put_state(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    g_string_append(cell, tsm_state_name((enum tsm_state)row->interval->state));
}

static void put_basis(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    g_string_append(cell, tsm_basis_name((enum tsm_basis)row->interval->basis));
}

static void put_possible(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    char names[TSM_SET_TEXT];

    g_string_append(cell, tsm_set_text(row->interval->possible, names, sizeof names));
}

static void put_moment(const struct interval_row *row, int64_t ns, GString *cell)
{
    text_time(cell, ns, row->clock, story_start(row->story));
}

static void put_from(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    put_moment(row, row->interval->from_ns, cell);
}

static void put_to(const void *data, GString *cell)
{
    const struct interval_row *row = data;

    if (row->next != NULL) {
        put_moment(row, row->next->from_ns, cell);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_frame(const void *data, GString *cell)
{
    const struct interval_row *row = data;

    if (row->interval->frame != 0) {
        text_number(cell, row->interval->frame);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_cause(const void *data, GString *cell)
{
    const struct interval_row *row = data;
    g_string_append(cell, tsm_cause_name(row->interval->cause));
}

static enum out_style style_state(const void *data)
{
    const struct interval_row *row = data;
    return story_is_certain(row->interval) ? OUT_GOOD : OUT_DOUBT;
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file",     "the capture, when several are given",         1, false, put_file,     NULL, NULL},
    {"stream",   "number of the connection, as tcp.stream",     1, true,  put_stream,   NULL, NULL},
    {"client",   "address and port",                            2, false, put_client,   NULL, NULL},
    {"server",   "address and port",                            2, false, put_server,   NULL, NULL},
    {"endpoint", "client or server: whose state this is",       1, false, put_endpoint, NULL, NULL},
    {"state",    "as RFC 9293 names it",                        1, false, put_state,    NULL,
     style_state},
    {"basis",    "proven, presumed, timed or assumed",          3, false, put_basis,    NULL, NULL},
    {"possible", "all states that it may really have been in",  5, false, put_possible, NULL, NULL},
    {"from",     "when it began; epoch seconds in tsv",         1, true,  put_from,     NULL, NULL},
    {"to",       "when it ended; - = not within the capture",   4, true,  put_to,       NULL, NULL},
    {"frame",    "the frame that began it; - = a timer",        1, true,  put_frame,    NULL, NULL},
    {"cause",    "the event that began it",                     4, false, put_cause,    NULL, NULL},
    {NULL,       NULL,                                          0, false, NULL,         NULL, NULL},
};
// clang-format on

/* Rows that differ only in a column that people do not see by default. */
static bool looks_same(const struct story_interval *a, const struct story_interval *b)
{
    return a->state == b->state && a->basis == b->basis;
}

static void visit_endpoint(struct interval_row *row, GArray *scratch, sheet_visit visit, void *data)
{
    story_intervals(row->story, row->connection, row->side, scratch);
    for (guint i = 0, next; i < scratch->len; i = next) {
        row->interval = &g_array_index(scratch, struct story_interval, i);
        if (row->interval->from_ns > row->until_ns) {
            break;
        }
        next = i + 1;
        while (row->merges && next < scratch->len &&
               looks_same(row->interval, &g_array_index(scratch, struct story_interval, next))) {
            next++;
        }
        row->next =
            next < scratch->len ? &g_array_index(scratch, struct story_interval, next) : NULL;
        if (row->next == NULL || row->next->from_ns >= row->since_ns) {
            visit(row, data);
        }
    }
}

/* The time that the user wants to see of the row's story. */
static void read_period(struct interval_row *row, const struct selection *selection)
{
    row->since_ns = INT64_MIN;
    row->until_ns = INT64_MAX;
    if (selection != NULL && selection->by_since) {
        time_arg_in(&selection->since, row->story, &row->since_ns, NULL);
    }
    if (selection != NULL && selection->by_until) {
        time_arg_in(&selection->until, row->story, &row->until_ns, NULL);
    }
}

static void visit_story(struct interval_row *row, sheet_visit visit, void *data)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    for (guint c = 0; c < row->story->connections->len; c++) {
        row->connection = story_connection(row->story, c);
        for (unsigned side = 0; side < 2; side++) {
            row->side = (enum tsm_side)side;
            visit_endpoint(row, scratch, visit, data);
        }
    }
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    struct interval_row row = {
        .clock = table_clock(run),
        .merges = run->people && !run->wants.columns,
    };

    for (guint s = 0; s < run->captures.stories->len; s++) {
        row.story = table_story(run, s);
        read_period(&row, run->wants.selection);
        visit_story(&row, visit, data);
    }
}

static const char *const time_columns[] = {"from", "to", NULL};

const struct table table_intervals = {.title = "States of each end",
                                      .columns = columns,
                                      .time_columns = time_columns,
                                      .each = each_row};
