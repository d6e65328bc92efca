/* verb_diff.c - the verb diff: two captures of the same connections, made at the client and at the
 * server, side by side.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"
#include "pair.h"
#include "session.h"
#include "verb_table.h"

static void put_file(const void *data, GString *cell)
{
    const struct pair *pair = data;

    text_safe(cell, pair->story[TSM_CLIENT]->name);
    g_string_append(cell, " | ");
    text_safe(cell, pair->story[TSM_SERVER]->name);
}

static int64_t stream_at(const struct pair *pair, enum tsm_side at)
{
    return pair->connection[at] != NULL ? (int64_t)pair->connection[at]->stream : -1;
}

static void put_stream(const struct pair *pair, enum tsm_side at, GString *cell)
{
    if (stream_at(pair, at) >= 0) {
        text_number(cell, (uint64_t)stream_at(pair, at));
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_stream_at_client(const void *data, GString *cell)
{
    put_stream(data, TSM_CLIENT, cell);
}

static int64_t key_stream_at_client(const void *data)
{
    return stream_at(data, TSM_CLIENT);
}

static void put_stream_at_server(const void *data, GString *cell)
{
    put_stream(data, TSM_SERVER, cell);
}

static int64_t key_stream_at_server(const void *data)
{
    return stream_at(data, TSM_SERVER);
}

/* An end as the capture made there has it; as the other one has it, when there is none. */
static void put_end(const struct pair *pair, enum tsm_side side, GString *cell)
{
    const struct story_connection *own = pair->connection[side];

    text_endpoint(cell, own != NULL ? &own->tuple : &pair->connection[1 - side]->tuple, side);
}

static void put_client(const void *data, GString *cell)
{
    put_end(data, TSM_CLIENT, cell);
}

static void put_server(const void *data, GString *cell)
{
    put_end(data, TSM_SERVER, cell);
}

static void put_state(const struct pair *pair, enum tsm_side side, GString *cell)
{
    g_string_append(cell, pair->connection[side] != NULL ? tsm_state_name(pair->state[side]) : "-");
}

static void put_client_state(const void *data, GString *cell)
{
    put_state(data, TSM_CLIENT, cell);
}

static void put_server_state(const void *data, GString *cell)
{
    put_state(data, TSM_SERVER, cell);
}

static void put_lost_to_server(const void *data, GString *cell)
{
    text_number(cell, ((const struct pair *)data)->lost[TSM_CLIENT]);
}

static int64_t key_lost_to_server(const void *data)
{
    return ((const struct pair *)data)->lost[TSM_CLIENT];
}

static void put_lost_to_client(const void *data, GString *cell)
{
    text_number(cell, ((const struct pair *)data)->lost[TSM_SERVER]);
}

static int64_t key_lost_to_client(const void *data)
{
    return ((const struct pair *)data)->lost[TSM_SERVER];
}

static void put_verdict(const void *data, GString *cell)
{
    g_string_append(cell, pair_verdict_word(((const struct pair *)data)->verdict));
}

static enum out_style style_verdict(const void *data)
{
    const struct pair *pair = data;

    return pair->verdict == PAIR_AGREE      ? OUT_GOOD
           : pair->verdict == PAIR_CONFLICT ? OUT_BAD
                                            : OUT_DOUBT;
}

static void put_cause(const void *data, GString *cell)
{
    const struct pair *pair = data;

    g_string_append(cell, pair->cause[0] != '\0' ? pair->cause : "-");
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file", "both captures", 0, false, put_file, NULL, NULL},
    {"stream", "stream of the client's capture; - = not there",
     1, true, put_stream_at_client, key_stream_at_client, NULL},
    {"other", "stream of the server's capture; - = not there",
     2, true, put_stream_at_server, key_stream_at_server, NULL},
    {"client", "address and port, as captured at the client", 1, false, put_client, NULL, NULL},
    {"server", "address and port, as captured at the server", 1, false, put_server, NULL, NULL},
    {"client_state", "its last state, by the client's capture",
     1, false, put_client_state, NULL, NULL},
    {"server_state", "its last state, by the server's capture",
     1, false, put_server_state, NULL, NULL},
    {"to_server", "the client's segments that did not arrive",
     3, true, put_lost_to_server, key_lost_to_server, NULL},
    {"to_client", "the server's segments that did not arrive",
     3, true, put_lost_to_client, key_lost_to_client, NULL},
    {"verdict", "agree, conflict, client_only or server_only",
     1, false, put_verdict, NULL, style_verdict},
    {"cause", "what explains the difference best", 1, false, put_cause, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

static void each_pair(const struct table_run *run, sheet_visit visit, void *data)
{
    if (run->captures.stories->len < 2) {
        return; /* one could not be read: that has been said */
    }
    g_autoptr(GArray) pairs = pairs_of(table_story(run, 0), table_story(run, 1));

    for (guint i = 0; i < pairs->len; i++) {
        visit(&g_array_index(pairs, struct pair, i), data);
    }
}

static const struct table table = {
    .title = "Both ends' captures compared", .columns = columns, .each = each_pair};

static bool run(const struct options *options, int *status, GError **error)
{
    struct options judging = *options;

    if (g_strv_length(options->files) != 2) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "diff wants two captures: the client's, then the server's");
        return false;
    }
    judging.judges = true; /* for the facts */
    return session_print_table(&table, NULL, &judging, status, error);
}

const struct verb verb_diff = {
    .name = "diff",
    .summary = "two captures of the same connections, made at the client and at the server",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_SELECT | OPTIONS_FORMAT | OPTIONS_TABLE,
    .table = &table,
    .about =
        "The first capture was made at the client, the second at the server; each is believed\n"
        "about its own end. Connections belong together when the client's initial sequence number\n"
        "is the same, so that a NAT between does not matter. A conflict (anomaly A54) is an end\n"
        "that counts on the other although that one is gone, or not there yet. Examples:\n"
        "  tcpstory diff client.pcap server.pcap\n"
        "  tcpstory diff --format tsv client.pcap server.pcap | grep -w conflict\n",
    .run = run,
};
