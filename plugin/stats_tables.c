/* stats_tables.c - what the tables of Statistics > TCP State count; see stats.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "outcome.h"
#include "stats_cells.h"
#include "text.h"

/* --- states and dwell times ------------------------------------------------------------------- */

static stat_tap_table_item state_columns[] = {
    // clang-format off
    NAME_COLUMN("State                     "),
    COUNT_COLUMN("Clients", "7"),
    COUNT_COLUMN("at the end", "10"),
    SECONDS_COLUMN("Mean (s)    ", "12"),
    SECONDS_COLUMN("Longest (s) ", "12"),
    COUNT_COLUMN("Servers", "7"),
    COUNT_COLUMN("at the end", "10"),
    SECONDS_COLUMN("Mean (s)    ", "12"),
    SECONDS_COLUMN("Longest (s) ", "12"),
    // clang-format on
};

/* How endpoints of one side fared in one state. */
struct dwell {
    uint64_t visits;
    uint64_t now;
    double total_ns;
    int64_t longest_ns;
};

static void add_visit(struct dwell *dwell, int64_t ns, bool last)
{
    dwell->visits++;
    dwell->now += last;
    dwell->total_ns += (double)MAX(ns, 0);
    dwell->longest_ns = MAX(dwell->longest_ns, ns);
}

/* Intervals in a row with the same state are one visit; the last one is until the capture's end. */
static void add_intervals(struct dwell *dwells, const GArray *intervals, int64_t end_ns)
{
    for (guint i = 0, next; i < intervals->len; i = next) {
        const struct story_interval *here = &g_array_index(intervals, struct story_interval, i);
        int64_t until = end_ns;

        for (next = i + 1; next < intervals->len; next++) {
            const struct story_interval *after =
                &g_array_index(intervals, struct story_interval, next);
            if (after->state != here->state) {
                until = after->from_ns;
                break;
            }
        }
        add_visit(&dwells[here->state], until - here->from_ns, next == intervals->len);
    }
}

static void put_dwell(stat_tap_table_item_type *cells, const struct dwell *dwell)
{
    cells[0] = number(dwell->visits);
    cells[1] = number(dwell->now);
    cells[2] = seconds(dwell->visits > 0 ? dwell->total_ns / (double)dwell->visits : 0);
    cells[3] = seconds((double)dwell->longest_ns);
}

static void fill_states(const struct stats_input *input, struct stats_rows *rows)
{
    struct dwell dwells[2][TSM_N_STATES] = {0};
    GArray *intervals = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    const struct story_connection *connection;
    stat_tap_table_item_type cells[G_N_ELEMENTS(state_columns)];

    for (guint i = 0; (connection = stats_next(input, &i)) != NULL;) {
        for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
            story_intervals(input->story, connection, side, intervals);
            add_intervals(dwells[side], intervals, input->story->capture.end_ns);
        }
    }
    g_array_unref(intervals);
    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        cells[0] = text(tsm_state_name(state));
        put_dwell(&cells[1], &dwells[TSM_CLIENT][state]);
        put_dwell(&cells[5], &dwells[TSM_SERVER][state]);
        stats_add_row(rows, cells);
    }
}

/* --- outcomes and endings --------------------------------------------------------------------- */

static stat_tap_table_item outcome_columns[] = {
    // clang-format off
    NAME_COLUMN("Outcome                   "),
    COUNT_COLUMN("Connections", "11"),
    COUNT_COLUMN("Client closed first", "19"),
    COUNT_COLUMN("Server closed first", "19"),
    TEXT_COLUMN("Meaning"),
    // clang-format on
};

/* Connections with an outcome, by who closed first: nobody, client, server. */
struct outcomes {
    uint64_t openings[N_OPENINGS][3];
    uint64_t endings[N_ENDINGS][3];
};

static void put_outcome(struct stats_rows *rows, const char *kind, const char *word,
                        const char *meaning, const uint64_t by_closer[3])
{
    char *name = g_strdup_printf("%s: %s", kind, word);
    const stat_tap_table_item_type cells[] = {
        text(name),           number(by_closer[0] + by_closer[1] + by_closer[2]),
        number(by_closer[1]), number(by_closer[2]),
        text(meaning),
    };

    stats_add_row(rows, cells);
    g_free(name);
}

static void put_outcomes(struct stats_rows *rows, const struct outcomes *outcomes)
{
    for (unsigned i = 0; i < N_OPENINGS; i++) {
        put_outcome(rows, "opened", outcome_opening_word(i), outcome_opening_meaning(i),
                    outcomes->openings[i]);
    }
    for (unsigned i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        put_outcome(rows, "ended", outcome_ending_word(i), outcome_ending_meaning(i),
                    outcomes->endings[i]);
    }
}

static void fill_outcomes(const struct stats_input *input, struct stats_rows *rows)
{
    struct outcomes outcomes = {0};
    GArray *scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    const struct story_connection *connection;

    for (guint i = 0; (connection = stats_next(input, &i)) != NULL;) {
        enum outcome_opening opening;
        enum outcome_ending ending;

        stats_outcome(input, connection, scratch, &opening, &ending);
        outcomes.openings[opening][connection->closed_by]++;
        outcomes.endings[ending][connection->closed_by]++;
    }
    g_array_unref(scratch);
    put_outcomes(rows, &outcomes);
}

/* --- listeners -------------------------------------------------------------------------------- */

static stat_tap_table_item listener_columns[] = {
    // clang-format off
    NAME_COLUMN("Server                    "),
    COUNT_COLUMN("Connections", "11"),
    COUNT_COLUMN("Connected", "9"),
    COUNT_COLUMN("Refused", "7"),
    COUNT_COLUMN("Unanswered", "10"),
    COUNT_COLUMN("Otherwise failed", "16"),
    COUNT_COLUMN("SYN-ACK repeated", "16"),
    COUNT_COLUMN("Clean", "5"),
    COUNT_COLUMN("Reset", "5"),
    COUNT_COLUMN("Timed out", "9"),
    COUNT_COLUMN("Silent", "6"),
    COUNT_COLUMN("Not over", "8"),
    SECONDS_COLUMN("Longest setup (s)", "17"),
    // clang-format on
};

/* More are counted together: a table in a window does not get better by a million rows. */
#define MAX_LISTENERS 10000

struct served {
    char *name; /* "10.9.0.2:80" */
    uint64_t connections, connected, refused, unanswered, failed, again, clean, reset, timed_out;
    uint64_t silent, not_over;
    int64_t longest_setup_ns;
};

static void served_free(gpointer data)
{
    struct served *served = data;

    g_free(served->name);
    g_free(served);
}

static void count_opening(struct served *served, enum outcome_opening opening)
{
    served->connected += opening == OPENING_CONNECTED;
    served->refused += opening == OPENING_REFUSED;
    served->unanswered += opening == OPENING_UNANSWERED;
    served->failed += opening == OPENING_ICMP_REJECTED || opening == OPENING_RESET ||
                      opening == OPENING_INCOMPLETE;
}

static void count_ending(struct served *served, enum outcome_ending ending)
{
    served->clean += ending == ENDING_CLEAN;
    served->reset += ending == ENDING_RESET_BY_CLIENT || ending == ENDING_RESET_BY_SERVER;
    served->timed_out += ending == ENDING_TIMED_OUT;
    served->silent += ending == ENDING_SILENT;
    served->not_over +=
        ending == ENDING_OPEN || ending == ENDING_HALF_CLOSED || ending == ENDING_CLOSING;
}

/* The row of a server; that of all others when there are too many. */
static struct served *find_served(GHashTable *table, const struct story_connection *connection)
{
    GString *name = g_string_new(NULL);
    struct served *served;

    text_endpoint(name, &connection->tuple, TSM_SERVER);
    served = g_hash_table_lookup(table, name->str);
    if (!served && g_hash_table_size(table) >= MAX_LISTENERS) {
        g_string_assign(name, "(all others)");
        served = g_hash_table_lookup(table, name->str);
    }
    if (!served) {
        served = g_new0(struct served, 1);
        served->name = g_strdup(name->str);
        g_hash_table_insert(table, served->name, served);
    }
    g_string_free(name, TRUE);
    return served;
}

static gint compare_served(gconstpointer a, gconstpointer b)
{
    const struct served *x = a, *y = b;

    if (x->connections != y->connections) {
        return x->connections > y->connections ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static void put_served(struct stats_rows *rows, const struct served *served)
{
    const stat_tap_table_item_type cells[] = {
        text(served->name),
        number(served->connections),
        number(served->connected),
        number(served->refused),
        number(served->unanswered),
        number(served->failed),
        number(served->again),
        number(served->clean),
        number(served->reset),
        number(served->timed_out),
        number(served->silent),
        number(served->not_over),
        seconds((double)served->longest_setup_ns),
    };

    stats_add_row(rows, cells);
}

static void fill_listeners(const struct stats_input *input, struct stats_rows *rows)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, served_free);
    GArray *scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    const struct story_connection *connection;
    GList *sorted;

    for (guint i = 0; (connection = stats_next(input, &i)) != NULL;) {
        struct served *served = find_served(table, connection);
        enum outcome_opening opening;
        enum outcome_ending ending;

        stats_outcome(input, connection, scratch, &opening, &ending);
        served->connections++;
        served->again += (connection->notes & TSM_NOTE_SYN_ACK_AGAIN) != 0;
        served->longest_setup_ns = MAX(served->longest_setup_ns, connection->setup_ns);
        count_opening(served, opening);
        count_ending(served, ending);
    }
    sorted = g_list_sort(g_hash_table_get_values(table), compare_served);
    for (const GList *at = sorted; at; at = at->next) {
        put_served(rows, at->data);
    }
    g_list_free(sorted);
    g_array_unref(scratch);
    g_hash_table_unref(table);
}

/* --- all of them ------------------------------------------------------------------------------ */

#define TABLE(title, option, name, columns, fill)                                         \
    {                                                                                     \
        STATS_TITLE title, "tcpstate," option, name, columns, G_N_ELEMENTS(columns), fill \
    }

const struct stats_table stats_tables[] = {
    {STATS_TITLE "Connections", "tcpstate,connections", "Connections", stats_connection_columns,
     N_STATS_CONNECTION_COLUMNS, stats_fill_connections},
    TABLE("States and Dwell Times", "states", "States", state_columns, fill_states),
    TABLE("Outcomes and Endings", "outcomes", "Outcomes and endings", outcome_columns,
          fill_outcomes),
    TABLE("Per Listener", "listeners", "Servers", listener_columns, fill_listeners),
};
const unsigned stats_n_tables = G_N_ELEMENTS(stats_tables);
