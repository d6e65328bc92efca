/* page_columns.c - the figures of each connection as columns; see page_columns.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "page_columns.h"

#include <string.h>

#include "dictionary.h"
#include "duration.h"
#include "letters.h"
#include "spending.h"
#include "text.h"

/* A connection. */
struct column_row {
    const struct page_subject *page;
    const struct story_connection *connection;
    guint number;
};

/* ---- values ---- */

/* A length of time in the page's unit and 1; 0 = not known. */
static int64_t length_of(const struct column_row *row, int64_t ns)
{
    return ns < 0 ? 0 : ns / row->page->unit_ns + 1;
}

static int64_t value_stream(const struct column_row *row)
{
    return row->connection->stream;
}

static int64_t value_frame(const struct column_row *row)
{
    return row->connection->frame;
}

static int64_t value_start(const struct column_row *row)
{
    return duration(story_start(row->page->story), row->connection->start_ns) / row->page->unit_ns;
}

static int64_t value_duration(const struct column_row *row)
{
    return duration_forward(row->connection->start_ns, row->connection->end_ns) /
           row->page->unit_ns;
}

static int64_t value_opening(const struct column_row *row)
{
    return row->page->summary->opening_of[row->number];
}

static int64_t value_ending(const struct column_row *row)
{
    return row->page->summary->ending_of[row->number];
}

static int64_t value_first(const struct column_row *row)
{
    return value_ending(row) == ENDING_NONE ? 0 : row->connection->closed_by;
}

static int64_t value_setup(const struct column_row *row)
{
    return length_of(row, row->connection->setup_ns);
}

static int64_t value_syns(const struct column_row *row)
{
    return row->connection->syn_tries;
}

static int64_t value_client_port(const struct column_row *row)
{
    return row->connection->tuple.sport;
}

/* Of both sides. */
#define SIDES(name, expression)                                      \
    static int64_t value_client_##name(const struct column_row *row) \
    {                                                                \
        const enum tsm_side side = TSM_CLIENT;                       \
        return (int64_t)(expression);                                \
    }                                                                \
    static int64_t value_server_##name(const struct column_row *row) \
    {                                                                \
        const enum tsm_side side = TSM_SERVER;                       \
        return (int64_t)(expression);                                \
    }

static int64_t unheard(const struct column_row *row, enum tsm_side side)
{
    const struct story *story = row->page->story;
    const struct story_connection *connection = row->connection;

    return length_of(row, story_unheard_ns(connection, side, story_followed_to(story, connection)));
}

SIDES(bytes, row->connection->bytes[side])
SIDES(segments, row->connection->segments[side])
SIDES(retrans, row->connection->retransmissions[side])
SIDES(last_heard, unheard(row, side))
/* The mean of the round trips from a segment of that end to its acknowledgment. */
static int64_t rtt(const struct column_row *row, enum tsm_side side)
{
    const struct tsm_metrics_of_end is = story_metrics(row->page->story, row->connection).end[side];

    return length_of(row, is.rtts > 0 ? is.rtt_sum_ns / is.rtts : -1);
}

SIDES(rtt_mean, rtt(row, side))
SIDES(retrans_bytes, story_bytes(row->page->story, row->connection).retransmitted[side])
SIDES(out_of_order_bytes, story_bytes(row->page->story, row->connection).out_of_order[side])
SIDES(lost_bytes, story_bytes(row->page->story, row->connection).lost[side])

#define X(name, word, phrase, member)                                                  \
    static int64_t value_time_##name(const struct column_row *row)                     \
    {                                                                                  \
        const struct tsm_spent spent = story_spent(row->page->story, row->connection); \
        return spending_total_ns(&spent) > 0                                           \
                   ? length_of(row, spending_ns(&spent, SPENDING_##name))              \
                   : 0;                                                                \
    }
SPENDING_LIST(X)
#undef X

/* ---- what lengths are near to ---- */

/* Since the connection's last segment: the end that sent it was last heard then. */
static int64_t near_since_end(const struct column_row *row)
{
    const struct page_subject *page = row->page;
    const int64_t all = duration_forward(story_start(page->story), story_end(page->story));

    return all / page->unit_ns - value_start(row) - value_duration(row) + 1;
}

/* What is left of the connection's time. */
static int64_t near_rest(const struct column_row *row)
{
    const struct tsm_spent spent = story_spent(row->page->story, row->connection);
    int64_t rest = value_duration(row) + 1;

    for (int i = 0; i < N_SPENDINGS; i++) {
        if (i != SPENDING_TRANSFER) {
            rest -= MAX(length_of(row, spending_ns(&spent, (enum spending)i)) - 1, 0);
        }
    }
    return rest;
}

/* Until the handshake was done, or all the time. */
static int64_t near_setup(const struct column_row *row)
{
    return value_setup(row) > 0 ? value_setup(row) : value_duration(row) + 1;
}

/* ---- columns ---- */

/* A column. Of one that grows only the difference to the connection before is written; of one that
 * is near to something, 0 where it is 0, else the difference to that, folded, and 1. */
struct page_column {
    const char *name;
    int64_t (*value)(const struct column_row *row);
    bool grows;
    int64_t (*near)(const struct column_row *row);
};

// clang-format off
static const struct page_column columns[] = {
    {"stream", value_stream, true, NULL},
    {"frame", value_frame, true, NULL},
    {"start", value_start, true, NULL},
    {"duration", value_duration, false, NULL},
    {"opening", value_opening, false, NULL},
    {"ending", value_ending, false, NULL},
    {"first", value_first, false, NULL},
    {"setup", value_setup, false, NULL},
    {"syns", value_syns, false, NULL},
    {"client_port", value_client_port, true, NULL},
    {"client_bytes", value_client_bytes, false, NULL},
    {"server_bytes", value_server_bytes, false, NULL},
    {"client_segments", value_client_segments, false, NULL},
    {"server_segments", value_server_segments, false, NULL},
    {"client_retrans", value_client_retrans, false, NULL},
    {"server_retrans", value_server_retrans, false, NULL},
    {"client_last_heard", value_client_last_heard, false, near_since_end},
    {"server_last_heard", value_server_last_heard, false, near_since_end},
    {"client_rtt_mean", value_client_rtt_mean, false, NULL},
    {"server_rtt_mean", value_server_rtt_mean, false, NULL},
    {"time_setup", value_time_SETUP, false, near_setup},
    {"time_server", value_time_SERVER, false, NULL},
    {"time_client", value_time_CLIENT, false, NULL},
    {"time_server_resend", value_time_SERVER_RESEND, false, NULL},
    {"time_client_resend", value_time_CLIENT_RESEND, false, NULL},
    {"time_server_window", value_time_SERVER_WINDOW, false, NULL},
    {"time_client_window", value_time_CLIENT_WINDOW, false, NULL},
    {"time_transfer", value_time_TRANSFER, false, near_rest},
    {"time_close", value_time_CLOSE, false, NULL},
    {"client_retrans_bytes", value_client_retrans_bytes, false, NULL},
    {"server_retrans_bytes", value_server_retrans_bytes, false, NULL},
    {"client_out_of_order_bytes", value_client_out_of_order_bytes, false, NULL},
    {"server_out_of_order_bytes", value_server_out_of_order_bytes, false, NULL},
    {"client_lost_bytes", value_client_lost_bytes, false, NULL},
    {"server_lost_bytes", value_server_lost_bytes, false, NULL},
};
// clang-format on

/* A number as it is written of a connection; `before` is that of the one before. */
static uint64_t code_of(const struct page_column *column, const struct column_row *row,
                        int64_t *before)
{
    const int64_t value = column->value(row);
    const int64_t last = *before;

    *before = value;
    if (column->grows) {
        return letters_fold(duration(last, value));
    }
    if (column->near != NULL && value > 0) {
        return letters_fold(duration(column->near(row), value)) + 1;
    }
    return (uint64_t)MAX(value, 0);
}

/* The column as a string; as a number when all its letters say the same. */
static void put_column(const struct page_subject *page, const struct page_column *column,
                       GString *json)
{
    g_autofree uint64_t *codes = g_new(uint64_t, page->n + 1);
    struct column_row row = {.page = page};
    int64_t before = 0;
    bool same = true;

    for (row.number = 0; row.number < page->n; row.number++) {
        row.connection = story_connection(page->story, row.number);
        codes[row.number] = code_of(column, &row, &before);
        same = same && codes[row.number] == codes[0];
    }
    g_string_append_printf(json, "\"%s\":", column->name);
    if (same) {
        g_string_append_printf(json, "%" G_GUINT64_FORMAT, page->n > 0 ? codes[0] : 0);
        return;
    }
    g_string_append_c(json, '"');
    letters_put_all(json, codes, page->n);
    g_string_append_c(json, '"');
}

/* ---- dictionaries ---- */

static void put_hosts(const struct page_subject *page, enum tsm_side side, GString *json)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct dictionary words;

    dictionary_init(&words);
    for (guint i = 0; i < page->n; i++) {
        const struct tsm_tuple *tuple = &story_connection(page->story, i)->tuple;
        g_string_truncate(text, 0);
        if (side == TSM_CLIENT) {
            text_host(text, tuple->src, tuple->addr_len);
        } else {
            text_endpoint(text, tuple, TSM_SERVER);
        }
        dictionary_add(&words, text->str);
    }
    g_string_append_c(json, ',');
    dictionary_members(&words, side == TSM_CLIENT ? "client_host" : "server",
                       side == TSM_CLIENT ? "hosts" : "servers", json);
    dictionary_clear(&words);
}

/* Ids of anomalies, the worst first, as the column of list has them. */
static void put_findings(const struct page_subject *page, GString *json)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct dictionary words;

    dictionary_init(&words);
    for (guint i = 0; i < page->n; i++) {
        guint n = 0;
        const guint *places = anomalies_of(page->anomalies, i, &n);
        g_string_truncate(text, 0);
        for (guint k = 0; k < n; k++) {
            g_string_append_printf(text, "%s%s", k > 0 ? "," : "",
                                   anomalies_at(page->anomalies, places[k])->rule->id);
        }
        dictionary_add(&words, text->str);
    }
    g_string_append_c(json, ',');
    dictionary_members(&words, "anomalies", "findings", json);
    dictionary_clear(&words);
}

void page_columns(const struct page_subject *page, GString *json)
{
    g_string_append(json, "\"columns\":{");
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        g_string_append(json, i > 0 ? "," : "");
        put_column(page, &columns[i], json);
    }
    put_hosts(page, TSM_CLIENT, json);
    put_hosts(page, TSM_SERVER, json);
    put_findings(page, json);
    g_string_append_c(json, '}');
}
