/* table_connections.c - a row for each connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "community_id.h"
#include "connection_json.h"
#include "connection_metrics.h"
#include "connection_row.h"
#include "duration.h"
#include "hits.h"
#include "outcome.h"
#include "spending.h"
#include "tables.h"
#include "text.h"

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    text_safe(cell, row->story->name);
}

static void put_stream(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    text_number(cell, row->connection->stream);
}

static int64_t key_stream(const void *data)
{
    const struct connection_row *row = data;
    return row->connection->stream;
}

static void put_start(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    text_time(cell, row->connection->start_ns, table_clock(row->run), story_start(row->story));
}

static int64_t key_start(const void *data)
{
    const struct connection_row *row = data;
    return row->connection->start_ns;
}

static void put_client(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    text_endpoint(cell, &row->connection->tuple, TSM_CLIENT);
}

static void put_server(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    text_endpoint(cell, &row->connection->tuple, TSM_SERVER);
}

static void put_outcome(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    g_string_append(cell, outcome_word(row->opening, row->ending));
}

static enum out_style style_outcome(const void *data)
{
    const struct connection_row *row = data;

    if (row->ending == ENDING_CLEAN) {
        return OUT_GOOD;
    }
    if (row->ending == ENDING_SILENT) {
        return OUT_DOUBT;
    }
    return row->ending == ENDING_OPEN || row->ending == ENDING_CLOSING ? OUT_PLAIN : OUT_BAD;
}

static void put_opening(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    g_string_append(cell, outcome_opening_word(row->opening));
}

static void put_ending(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    g_string_append(cell, outcome_ending_word(row->ending));
}

/* A refusal closes nothing that was open. */
static void put_closed_by(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    const uint8_t by = row->ending == ENDING_NONE ? 0 : row->connection->closed_by;

    g_string_append(cell, by > 0 ? tsm_side_name((enum tsm_side)(by - 1)) : "-");
}

/* For people a "?" marks what is not certain; machines have the column of the basis. */
static void put_state(const struct connection_row *row, enum tsm_side side, GString *cell)
{
    const struct story_interval *last = story_last(row->story, row->connection, side);

    if (last == NULL) {
        g_string_append_c(cell, '-');
        return;
    }
    g_string_append(cell, tsm_state_name((enum tsm_state)last->state));
    if (row->run->people && !story_is_certain(last)) {
        g_string_append_c(cell, '?');
    }
}

static void put_basis(const struct connection_row *row, enum tsm_side side, GString *cell)
{
    const struct story_interval *last = story_last(row->story, row->connection, side);

    g_string_append(cell, last != NULL ? tsm_basis_name((enum tsm_basis)last->basis) : "-");
}

static enum out_style style_state(const struct connection_row *row, enum tsm_side side)
{
    const struct story_interval *last = story_last(row->story, row->connection, side);

    return last != NULL && story_is_certain(last) ? OUT_GOOD : OUT_DOUBT;
}

static int64_t key_duration(const void *data)
{
    const struct connection_row *row = data;
    return duration_forward(row->connection->start_ns, row->connection->end_ns);
}

static void put_duration(const void *data, GString *cell)
{
    connection_put_length(data, key_duration(data), cell);
}

static int64_t key_setup(const void *data)
{
    const struct connection_row *row = data;
    return row->connection->setup_ns;
}

static void put_setup(const void *data, GString *cell)
{
    connection_put_length(data, key_setup(data), cell);
}

static int64_t key_bytes(const void *data)
{
    const struct connection_row *row = data;
    return (int64_t)(row->connection->bytes[TSM_CLIENT] + row->connection->bytes[TSM_SERVER]);
}

static void put_bytes(const void *data, GString *cell)
{
    const struct connection_row *row = data;

    if (row->run->people) {
        text_bytes(cell, (uint64_t)key_bytes(data));
    } else {
        text_number(cell, (uint64_t)key_bytes(data));
    }
}

/* Columns that exist for either side: a number of the connection. */
#define SIDE_NUMBER(name, member, side)                     \
    static int64_t key_##name(const void *data)             \
    {                                                       \
        const struct connection_row *row = data;            \
        return (int64_t)row->connection->member[side];      \
    }                                                       \
    static void put_##name(const void *data, GString *cell) \
    {                                                       \
        text_number(cell, (uint64_t)key_##name(data));      \
    }

SIDE_NUMBER(client_bytes, bytes, TSM_CLIENT)
SIDE_NUMBER(server_bytes, bytes, TSM_SERVER)
SIDE_NUMBER(client_segments, segments, TSM_CLIENT)
SIDE_NUMBER(server_segments, segments, TSM_SERVER)
SIDE_NUMBER(client_retrans, retransmissions, TSM_CLIENT)
SIDE_NUMBER(server_retrans, retransmissions, TSM_SERVER)

/* Columns that exist for either side: bytes of payload of a kind. */
#define SIDE_BYTES(name, member, side)                                         \
    static int64_t key_##name(const void *data)                                \
    {                                                                          \
        const struct connection_row *row = data;                               \
        return (int64_t)story_bytes(row->story, row->connection).member[side]; \
    }                                                                          \
    static void put_##name(const void *data, GString *cell)                    \
    {                                                                          \
        text_number(cell, (uint64_t)key_##name(data));                         \
    }

SIDE_BYTES(client_retrans_bytes, retransmitted, TSM_CLIENT)
SIDE_BYTES(server_retrans_bytes, retransmitted, TSM_SERVER)
SIDE_BYTES(client_out_of_order_bytes, out_of_order, TSM_CLIENT)
SIDE_BYTES(server_out_of_order_bytes, out_of_order, TSM_SERVER)
SIDE_BYTES(client_lost_bytes, lost, TSM_CLIENT)
SIDE_BYTES(server_lost_bytes, lost, TSM_SERVER)

/* Columns that exist for either side: its last state. */
#define SIDE_STATE(name, side)                                      \
    static void put_##name##_state(const void *data, GString *cell) \
    {                                                               \
        put_state(data, side, cell);                                \
    }                                                               \
    static void put_##name##_basis(const void *data, GString *cell) \
    {                                                               \
        put_basis(data, side, cell);                                \
    }                                                               \
    static enum out_style style_##name##_state(const void *data)    \
    {                                                               \
        return style_state(data, side);                             \
    }

SIDE_STATE(client, TSM_CLIENT)
SIDE_STATE(server, TSM_SERVER)

/* Columns that exist for either side: how long before the end it was last heard. */
#define SIDE_HEARD(name, side)                                                   \
    static int64_t key_##name##_last_heard(const void *data)                     \
    {                                                                            \
        const struct connection_row *row = data;                                 \
        return story_unheard_ns(row->connection, side,                           \
                                story_followed_to(row->story, row->connection)); \
    }                                                                            \
    static void put_##name##_last_heard(const void *data, GString *cell)         \
    {                                                                            \
        connection_put_length(data, key_##name##_last_heard(data), cell);        \
    }

SIDE_HEARD(client, TSM_CLIENT)
SIDE_HEARD(server, TSM_SERVER)

static void put_community_id(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    community_id(cell, &row->connection->tuple);
}

static void put_conn_state(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    g_string_append(cell, row->flow != NULL
                              ? tsm_conn_state_name((enum tsm_conn_state)row->flow->row.conn_state)
                              : "-");
}

static void put_history(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    g_string_append(cell, row->flow != NULL ? row->flow->row.history : "-");
}

static int64_t key_syns(const void *data)
{
    const struct connection_row *row = data;
    return row->connection->syn_tries;
}

static void put_syns(const void *data, GString *cell)
{
    text_number(cell, (uint64_t)key_syns(data));
}

static void put_anomalies(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    guint n = 0;
    const guint *places =
        row->anomalies != NULL ? anomalies_of(row->anomalies, row->number, &n) : NULL;

    for (guint i = 0; i < n; i++) {
        g_string_append_printf(cell, "%s%s", i > 0 ? "," : "",
                               anomalies_at(row->anomalies, places[i])->rule->id);
    }
    g_string_append(cell, n == 0 ? "-" : "");
}

/* On what its time was spent. */
static int64_t spent_ns(const void *data, enum spending kind)
{
    const struct connection_row *row = data;
    const struct tsm_spent spent = story_spent(row->story, row->connection);

    return spending_total_ns(&spent) > 0 ? spending_ns(&spent, kind) : -1;
}

#define X(name, word, phrase, member)                             \
    static int64_t key_time_##name(const void *data)              \
    {                                                             \
        return spent_ns(data, SPENDING_##name);                   \
    }                                                             \
                                                                  \
    static void put_time_##name(const void *data, GString *cell)  \
    {                                                             \
        connection_put_length(data, key_time_##name(data), cell); \
    }
SPENDING_LIST(X)
#undef X

static void put_first_file(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    table_put_file(row->story, row->connection->frame, cell);
}

static void put_file_frame(const void *data, GString *cell)
{
    const struct connection_row *row = data;
    table_put_file_frame(row->story, row->connection->frame, cell);
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file", "the capture, when several are given",
     1, false, put_file, NULL, NULL},
    {"stream", "number of the connection, as tcp.stream",
     1, true, put_stream, key_stream, NULL},
    {"start", "first segment, seconds since the capture began",
     3, true, put_start, key_start, NULL},
    {"client", "address and port",
     1, false, put_client, NULL, NULL},
    {"server", "address and port",
     1, false, put_server, NULL, NULL},
    {"outcome", "its ending; its opening if it was never open",
     1, false, put_outcome, NULL, style_outcome},
    {"opening", "connected, refused, unanswered, icmp_rejected, reset_in_handshake,\n"
                "                   incomplete or midstream",
     0, false, put_opening, NULL, NULL},
    {"ending", "clean, closing, half_closed, reset_by_client, reset_by_server,\n"
               "                   timed_out, silent, replaced, open or - (never open)",
     0, false, put_ending, NULL, NULL},
    {"first", "who closed first, by FIN or RST",
     5, false, put_closed_by, NULL, NULL},
    {"client_state", "its last state; ? = not certain",
     1, false, put_client_state, NULL, style_client_state},
    {"server_state", "its last state; ? = not certain",
     1, false, put_server_state, NULL, style_server_state},
    {"client_basis", "proven, presumed, timed or assumed",
     0, false, put_client_basis, NULL, NULL},
    {"server_basis", "proven, presumed, timed or assumed",
     0, false, put_server_basis, NULL, NULL},
    {"duration", "from the first to the last segment",
     2, true, put_duration, key_duration, NULL},
    {"setup", "from the first SYN to the third ACK",
     0, true, put_setup, key_setup, NULL},
    {"bytes", "payload both ways, each byte once",
     4, true, put_bytes, key_bytes, NULL},
    {"client_bytes", "payload that the client sent",
     0, true, put_client_bytes, key_client_bytes, NULL},
    {"server_bytes", "payload that the server sent",
     0, true, put_server_bytes, key_server_bytes, NULL},
    {"client_segments", "segments that the client sent",
     0, true, put_client_segments, key_client_segments, NULL},
    {"server_segments", "segments that the server sent",
     0, true, put_server_segments, key_server_segments, NULL},
    {"client_retrans", "retransmissions that the client sent",
     0, true, put_client_retrans, key_client_retrans, NULL},
    {"server_retrans", "retransmissions that the server sent",
     0, true, put_server_retrans, key_server_retrans, NULL},
    {"syns", "SYNs that the client sent",
     0, true, put_syns, key_syns, NULL},
    {"conn_state", "state as Zeek names it; of the first if Zeek makes several",
     0, false, put_conn_state, NULL, NULL},
    {"history", "Zeek's letters for it; upper case: sent by the client",
     0, false, put_history, NULL, NULL},
    {"community_id", "Community ID version 1: the same in Zeek and Suricata",
     0, false, put_community_id, NULL, NULL},
    {"anomalies", "ids of anomalies that it is part of, the worst first; - with --follow",
     0, false, put_anomalies, NULL, NULL},
    {"client_last_heard", "time from its last segment to the capture's end; - = never",
     0, true, put_client_last_heard, key_client_last_heard, NULL},
    {"server_last_heard", "time from its last segment to the capture's end; - = never",
     0, true, put_server_last_heard, key_server_last_heard, NULL},
#define X(name, word, phrase, member) \
    {"time_" word, "time spent " phrase, 0, true, put_time_##name, key_time_##name, NULL},
    SPENDING_LIST(X)
#undef X
    {"first_file", "the file of its first segment, when the capture is several files",
     2, false, put_first_file, NULL, NULL},
    {"file_frame", "the number of its first frame in that file",
     0, true, put_file_frame, NULL, NULL},
    {"client_retrans_bytes", "payload that the client sent again; not among its bytes",
     0, true, put_client_retrans_bytes, key_client_retrans_bytes, NULL},
    {"server_retrans_bytes", "payload that the server sent again; not among its bytes",
     0, true, put_server_retrans_bytes, key_server_retrans_bytes, NULL},
    {"client_out_of_order_bytes", "bytes of the client captured after later ones",
     0, true, put_client_out_of_order_bytes, key_client_out_of_order_bytes, NULL},
    {"server_out_of_order_bytes", "bytes of the server captured after later ones",
     0, true, put_server_out_of_order_bytes, key_server_out_of_order_bytes, NULL},
    {"client_lost_bytes", "payload that the client sent and that was never captured",
     0, true, put_client_lost_bytes, key_client_lost_bytes, NULL},
    {"server_lost_bytes", "payload that the server sent and that was never captured",
     0, true, put_server_lost_bytes, key_server_lost_bytes, NULL},
    {"server_name", "name of the server, in TLS (SNI) or HTTP: tshark reads the capture for it",
     SHEET_ON_DEMAND, false, connection_put_server_name, NULL, NULL},
    {"interface", "interface of the first segment, as a pcapng names it",
     SHEET_ON_DEMAND, false, connection_put_interface, NULL, NULL},
#define X(...) CONNECTION_METRIC_TEXT(SHEET_ON_DEMAND, __VA_ARGS__)
    CONNECTION_METRIC_TEXTS(X)
#undef X
#define X(...) CONNECTION_METRIC_ONE(SHEET_ON_DEMAND, __VA_ARGS__)
    CONNECTION_METRIC_WHOLE(X)
#undef X
#define X(...) CONNECTION_METRIC_SIDE(SHEET_ON_DEMAND, __VA_ARGS__)
    CONNECTION_METRIC_NUMBERS(X)
#undef X
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static struct connection_row make_row(const struct table_run *run, const struct story *story,
                                      const struct story_connection *connection, GArray *scratch)
{
    struct connection_row row = {.run = run, .story = story, .connection = connection};
    struct outcome_facts facts;

    outcome_facts(story, connection, scratch, &facts);
    row.opening = outcome_opening(&facts);
    row.ending = outcome_ending(&facts, row.opening);
    return row;
}

static void add_rows(struct table_run *run, guint number, GArray *scratch)
{
    const struct story *story = table_story(run, number);
    const Anomalies *anomalies = g_ptr_array_index(run->captures.anomalies, number);
    const struct anomaly_rule *anomaly = run->wants.rule;

    for (guint i = 0; i < story->connections->len; i++) {
        struct connection_row row;

        if (anomaly != NULL && !anomalies_have(anomalies, i, anomaly)) {
            continue;
        }
        row = make_row(run, story, story_connection(story, i), scratch);
        row.flow = story_first_flow(story, row.connection);
        row.anomalies = anomalies;
        row.number = i;
        g_array_append_val(run->rows, row);
    }
}

static void one_row(const struct table_run *run, const struct story *story,
                    const struct story_connection *connection, sheet_visit visit, void *data)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct connection_row row = make_row(run, story, connection, scratch);

    row.flow = story_first_flow(story, connection);
    visit(&row, data);
}

static void prepare(struct table_run *run)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    run->rows = g_array_new(FALSE, FALSE, sizeof(struct connection_row));
    for (guint i = 0; i < run->captures.stories->len; i++) {
        add_rows(run, i, scratch);
    }
    table_sort(run);
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->rows->len; i++) {
        visit(&g_array_index(run->rows, struct connection_row, i), data);
    }
}

static json_t *object_of(const void *data)
{
    const struct connection_row *row = data;
    const struct connection_json about = {
        .story = row->story,
        .connection = row->connection,
        .opening = row->opening,
        .ending = row->ending,
        .anomalies = row->anomalies,
        .number = row->number,
        .flow = row->flow,
    };

    return connection_json(&about);
}

static const char *const file_columns[] = {"first_file", "file_frame", NULL};
static const char *const flow_columns[] = {"conn_state", "history", NULL};

static const char *const server_columns[] = {"server_name", NULL};
static const char *const interface_columns[] = {"interface", NULL};
static const char *const time_columns[] = {"start", NULL};

const struct table table_connections = {
    .title = "Connections",
    .time_columns = time_columns,
    .columns = columns,
    .flow_columns = flow_columns,
    .metric_columns = connection_metric_names,
    .server_columns = server_columns,
    .interface_columns = interface_columns,
    .file_columns = file_columns,
    .prepare = prepare,
    .each = each_row,
    .one = one_row,
    .object = object_of,
};

/* ---- what is there on demand, as a table of its own ---- */

// clang-format off
static const struct sheet_column own_metrics[] = {
    {"file", "the capture",
     0, false, put_file, NULL, NULL},
    {"stream", "number of the connection, as tcp.stream",
     0, true, put_stream, key_stream, NULL},
#define X(...) CONNECTION_METRIC_TEXT(0, __VA_ARGS__)
    CONNECTION_METRIC_TEXTS(X)
#undef X
#define X(...) CONNECTION_METRIC_ONE(0, __VA_ARGS__)
    CONNECTION_METRIC_WHOLE(X)
#undef X
#define X(...) CONNECTION_METRIC_SIDE(0, __VA_ARGS__)
    CONNECTION_METRIC_NUMBERS(X)
#undef X
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

const struct table table_metrics = {
    .columns = own_metrics,
    .metric_columns = connection_metric_names,
    .prepare = prepare,
    .each = each_row,
};
