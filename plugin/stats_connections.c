/* stats_connections.c - the table of connections in Statistics > TCP State: a row for each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "judge.h"
#include "stats_cells.h"
#include "text.h"

/* A window with more rows is of no use to anybody; the filter chooses. */
#define MAX_ROWS 100000

#define WORD_COLUMN(title, width)                                \
    {                                                            \
        TABLE_ITEM_STRING, TAP_ALIGN_LEFT, title, "%-" width "s" \
    }

stat_tap_table_item stats_connection_columns[N_STATS_CONNECTION_COLUMNS] = {
    // clang-format off
    COUNT_COLUMN("   Stream", "9"),
    WORD_COLUMN("Client               ", "21"),
    WORD_COLUMN("Server               ", "21"),
    WORD_COLUMN("Opening           ", "18"),
    WORD_COLUMN("Ending         ", "15"),
    WORD_COLUMN("Closed first", "12"),
    WORD_COLUMN("Client at the end", "17"),
    WORD_COLUMN("Server at the end", "17"),
    SECONDS_COLUMN("Longest wait (s)", "16"),
    SECONDS_COLUMN("Last heard (s before the end)", "29"),
    TEXT_COLUMN("Anomalies"),
    // clang-format on
};

/* What rows are made of. */
struct filling {
    const struct stats_input *input;
    struct stats_rows *rows;
    Anomalies *anomalies;
    GArray *scratch;
};

/* The longest that it waited for an application, or for something to be sent again. */
static int64_t longest_wait_ns(const struct stats_input *input,
                               const struct story_connection *connection)
{
    const struct tsm_spent spent = story_spent(input->story, connection);
    int64_t longest_ns = 0;

    for (unsigned side = 0; side < 2; side++) {
        longest_ns = MAX(longest_ns, MAX(spent.end[side].longest_ns, spent.end[side].stall_ns));
    }
    return longest_ns;
}

static const char *last_state(const struct story *story, const struct story_connection *connection,
                              enum tsm_side side)
{
    const struct story_interval *last = story_last(story, connection, side);

    return last ? tsm_state_name((enum tsm_state)last->state) : "-";
}

static const struct anomaly_rule *rule_at(const Anomalies *anomalies, guint place)
{
    return anomalies_at(anomalies, place)->rule;
}

/* "A41 A33", the worst first, each once; `number` of the connection in its story. */
static void append_anomalies(GString *ids, const Anomalies *anomalies, guint number)
{
    guint n, k;
    const guint *places = anomalies_of(anomalies, number, &n);

    for (guint i = 0; i < n; i++) {
        const struct anomaly_rule *rule = rule_at(anomalies, places[i]);

        for (k = 0; k < i && rule_at(anomalies, places[k]) != rule; k++) {
        }
        if (k == i) {
            g_string_append_printf(ids, "%s%s", i > 0 ? " " : "", rule->id);
        }
    }
}

void stats_append_outcome(GString *text, const struct story *story, const Anomalies *anomalies,
                          const struct story_connection *connection)
{
    const struct stats_input input = {.story = story};
    GArray *scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    GString *ids = g_string_new(NULL);
    enum outcome_opening opening;
    enum outcome_ending ending;

    stats_outcome(&input, connection, scratch, &opening, &ending);
    append_anomalies(ids, anomalies, story_number(story, connection));
    g_string_append_printf(text, "%s, %s, %s / %s%s%s", outcome_opening_word(opening),
                           outcome_ending_word(ending), last_state(story, connection, TSM_CLIENT),
                           last_state(story, connection, TSM_SERVER), ids->len > 0 ? ", " : "",
                           ids->str);
    g_string_free(ids, TRUE);
    g_array_unref(scratch);
}

static void put_row(const struct filling *f, const struct story_connection *connection)
{
    GString *ends[2] = {g_string_new(NULL), g_string_new(NULL)}, *ids = g_string_new(NULL);
    enum outcome_opening opening;
    enum outcome_ending ending;
    unsigned closer;

    stats_outcome(f->input, connection, f->scratch, &opening, &ending);
    closer = ending == ENDING_NONE ? 0 : connection->closed_by;
    for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
        text_endpoint(ends[side], &connection->tuple, side);
    }
    append_anomalies(ids, f->anomalies, story_number(f->input->story, connection));
    const stat_tap_table_item_type cells[N_STATS_CONNECTION_COLUMNS] = {
        number(connection->stream),
        text(ends[TSM_CLIENT]->str),
        text(ends[TSM_SERVER]->str),
        text(outcome_opening_word(opening)),
        text(outcome_ending_word(ending)),
        text(closer > 0 ? tsm_side_name((enum tsm_side)(closer - 1)) : "-"),
        text(last_state(f->input->story, connection, TSM_CLIENT)),
        text(last_state(f->input->story, connection, TSM_SERVER)),
        seconds((double)longest_wait_ns(f->input, connection)),
        seconds((double)(story_end(f->input->story) - connection->end_ns)),
        text(ids->len > 0 ? ids->str : "-"),
    };
    stats_add_row(f->rows, cells);
    g_string_free(ends[TSM_CLIENT], TRUE);
    g_string_free(ends[TSM_SERVER], TRUE);
    g_string_free(ids, TRUE);
}

/* The last row of too many. */
static void put_more(struct stats_rows *rows, uint32_t stream)
{
    const stat_tap_table_item_type cells[N_STATS_CONNECTION_COLUMNS] = {
        number(stream), text("more: use a filter"),
        text(""),       text(""),
        text(""),       text(""),
        text(""),       text(""),
        seconds(0),     seconds(0),
        text(""),
    };

    stats_add_row(rows, cells);
}

void stats_fill_connections(const struct stats_input *input, struct stats_rows *rows)
{
    Thresholds *settings = thresholds_new();
    const struct filling filling = {
        .input = input,
        .rows = rows,
        .anomalies = anomalies_find(input->story, settings),
        .scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval)),
    };
    const struct story_connection *connection;
    guint n = 0;

    for (guint i = 0; (connection = stats_next(input, &i)) != NULL; n++) {
        if (n == MAX_ROWS) {
            put_more(rows, connection->stream);
            break;
        }
        put_row(&filling, connection);
    }
    g_array_unref(filling.scratch);
    anomalies_free(filling.anomalies);
    thresholds_free(settings);
}
