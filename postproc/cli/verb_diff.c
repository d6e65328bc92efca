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

static void put_number(uint32_t number, GString *cell)
{
    text_number(cell, number);
}

static void put_way(int64_t ns, GString *cell)
{
    if (ns == PAIR_NO_WAY) {
        g_string_append_c(cell, '-');
    } else {
        text_seconds(cell, ns);
    }
}

static void put_changes(uint32_t changes, GString *cell)
{
    g_autoptr(GString) text = g_string_new(NULL);

    pair_tell_changes(changes, text);
    g_string_append(cell, text->len > 0 ? text->str : "-");
}

/* Columns of the segments of either end. */
#define SENT(name, member, put, side)                         \
    static void put_##name(const void *data, GString *cell)   \
    {                                                         \
        put(((const struct pair *)data)->member[side], cell); \
    }
SENT(added_to_server, added, put_number, TSM_CLIENT)
SENT(added_to_client, added, put_number, TSM_SERVER)
SENT(client_in_vain, in_vain, put_number, TSM_CLIENT)
SENT(server_in_vain, in_vain, put_number, TSM_SERVER)
SENT(way_to_server, way_ns, put_way, TSM_CLIENT)
SENT(way_to_client, way_ns, put_way, TSM_SERVER)
SENT(client_changed, changes, put_changes, TSM_CLIENT)
SENT(server_changed, changes, put_changes, TSM_SERVER)

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
    {"added_to_server", "segments in the client's name that only the server got",
     0, true, put_added_to_server, NULL, NULL},
    {"added_to_client", "segments in the server's name that only the client got",
     0, true, put_added_to_client, NULL, NULL},
    {"client_in_vain", "what the client sent again although the first one had arrived",
     0, true, put_client_in_vain, NULL, NULL},
    {"server_in_vain", "what the server sent again although the first one had arrived",
     0, true, put_server_in_vain, NULL, NULL},
    {"way_to_server", "seconds that a segment takes, clocks being aligned; - = not known",
     0, true, put_way_to_server, NULL, NULL},
    {"way_to_client", "the same of the server's segments",
     0, true, put_way_to_client, NULL, NULL},
    {"client_changed", "what of the client's segments arrived otherwise: address, MSS, ...",
     0, false, put_client_changed, NULL, NULL},
    {"server_changed", "the same of the server's segments",
     0, false, put_server_changed, NULL, NULL},
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

/* ---- text: a summary, and what differs ---- */

/* A number of the segments that either end sent, over all connections. */
struct total {
    uint64_t segments[2]; /* by enum tsm_side, as struct pair */
    guint connections[2];
};

struct summary {
    guint pairs, same, alone;
    struct total lost, added, in_vain;
    guint changed[2][32]; /* connections, by enum pair_change_bit */
    GArray *ways[2];      /* of int64_t */
};

static void add_total(struct total *total, const uint32_t count[2])
{
    for (unsigned side = 0; side < 2; side++) {
        total->segments[side] += count[side];
        total->connections[side] += count[side] > 0;
    }
}

static void add_pair(const void *row, void *data)
{
    const struct pair *pair = row;
    struct summary *sum = data;

    sum->pairs++;
    sum->same += pair_is_same(pair);
    if (pair->connection[TSM_CLIENT] == NULL || pair->connection[TSM_SERVER] == NULL) {
        sum->alone++;
        return;
    }
    add_total(&sum->lost, pair->lost);
    add_total(&sum->added, pair->added);
    add_total(&sum->in_vain, pair->in_vain);
    for (unsigned side = 0; side < 2; side++) {
        for (guint bit = 0; bit < 32; bit++) {
            sum->changed[side][bit] += pair->changes[side] >> bit & 1;
        }
        if (pair->way_ns[side] != PAIR_NO_WAY) {
            g_array_append_val(sum->ways[side], pair->way_ns[side]);
        }
    }
}

static gint compare_ns(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void tell_total(GString *text, const char *what, const char *const where[2],
                       const struct total *total)
{
    for (unsigned side = 0; side < 2; side++) {
        if (total->segments[side] > 0) {
            g_string_append_printf(text, "  %s %s: ", what, where[side]);
            text_counted(text, total->segments[side], "segment", "segments");
            g_string_append(text, " of ");
            text_counted(text, total->connections[side], "connection", "connections");
            g_string_append_c(text, '\n');
        }
    }
}

static void tell_ways(GString *text, GArray *ways, const char *where)
{
    if (ways->len == 0) {
        return;
    }
    g_array_sort(ways, compare_ns);
    const int64_t least = g_array_index(ways, int64_t, 0);
    const int64_t median = g_array_index(ways, int64_t, ways->len / 2);
    const int64_t most = g_array_index(ways, int64_t, ways->len - 1);
    g_string_append_printf(text, "  on the way %s: ", where);
    if (least < 0) {
        g_string_append(text, "not known, as the clocks are not aligned\n");
        return;
    }
    text_duration(text, least);
    g_string_append(text, " to ");
    text_duration(text, most);
    g_string_append(text, ", median ");
    text_duration(text, median);
    g_string_append_c(text, '\n');
}

static void tell_changed(GString *text, const guint changed[32], const char *whose)
{
    for (guint bit = 0; bit < 32; bit++) {
        g_autoptr(GString) word = g_string_new(NULL);
        pair_tell_changes(1u << bit, word);
        if (changed[bit] > 0) {
            g_string_append_printf(text, "  changed between, of %s: %s, in ", whose, word->str);
            text_counted(text, changed[bit], "connection", "connections");
            g_string_append_c(text, '\n');
        }
    }
}

static void tell_summary(const struct table_run *run, const struct summary *sum, GString *text)
{
    static const char *const to[] = {"to the server", "to the client"};
    static const char *const by[] = {"by the client", "by the server"};

    text_safe(text, table_story(run, 0)->name);
    g_string_append(text, " (at the client), ");
    text_safe(text, table_story(run, 1)->name);
    g_string_append(text, " (at the server)\n  ");
    text_counted(text, sum->pairs, "connection", "connections");
    g_string_append_printf(text, ": %u the same at both ends, %u captured at one end only\n",
                           sum->same, sum->alone);
    tell_total(text, "lost", to, &sum->lost);
    tell_total(text, "added between, on the way", to, &sum->added);
    tell_total(text, "sent again in vain", by, &sum->in_vain);
    tell_ways(text, sum->ways[TSM_CLIENT], to[TSM_CLIENT]);
    tell_ways(text, sum->ways[TSM_SERVER], to[TSM_SERVER]);
    tell_changed(text, sum->changed[TSM_CLIENT], "the client");
    tell_changed(text, sum->changed[TSM_SERVER], "the server");
}

/* Rows that differ, for a writer of sheets. */
struct differing {
    const struct table_run *run;
    sheet_visit visit;
    void *data;
};

static void visit_differing(const void *row, void *data)
{
    const struct differing *d = data;

    if (!pair_is_same(row)) {
        d->visit(row, d->data);
    }
}

static void each_differing(void *context, sheet_visit visit, void *data)
{
    struct differing d = {context, visit, data};

    each_pair(context, visit_differing, &d);
}

static void tell(const struct table_run *run, struct out *out)
{
    struct summary sum = {.pairs = 0};
    struct sheet sheet;
    g_autoptr(GString) text = g_string_new(NULL);

    if (run->captures.stories->len < 2) {
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        sum.ways[side] = g_array_new(FALSE, FALSE, sizeof(int64_t));
    }
    each_pair(run, add_pair, &sum);
    tell_summary(run, &sum, text);
    for (unsigned side = 0; side < 2; side++) {
        g_array_unref(sum.ways[side]);
    }
    g_string_append(text, sum.same < sum.pairs ? "\n" : "");
    out_write(out, text);
    if (sum.same < sum.pairs && sheet_choose(&sheet, columns, NULL, true, NULL)) {
        const struct sheet_rows rows = {each_differing, (void *)run};
        sheet_print_text(&sheet, &rows, out);
        sheet_clear(&sheet);
    }
}

static const struct table table = {.title = "Both ends' captures compared",
                                   .columns = columns,
                                   .each = each_pair,
                                   .text_form = tell};

static bool run(const struct options *options, int *status, GError **error)
{
    struct options judging = *options;

    if (g_strv_length(options->files) != 2) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "diff wants two captures: one made at the client, one at the server");
        return false;
    }
    judging.judges = true; /* for the facts */
    judging.any_ends = true;
    return session_print_table(&table, NULL, &judging, status, error);
}

const struct verb verb_diff = {
    .name = "diff",
    .summary = "two captures of the same connections, made at the client and at the server",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_SELECT | OPTIONS_FORMAT | OPTIONS_TABLE,
    .table = &table,
    .about =
        "One capture was made at the client, the other at the server: which is which the packets\n"
        "tell that both have; if they do not, the first is the client's. Clocks are aligned.\n"
        "Each capture is believed about its own end. Connections belong together when the\n"
        "client's initial sequence number is the same, so that a NAT between does not matter; or\n"
        "else their addresses and ports. A conflict (anomaly A54) is an end that counts on the\n"
        "other although that one is gone, or not there yet.\n"
        "Text is a summary and a row for each connection that is not the same at both ends; other\n"
        "formats, and --columns, tell of all. Examples:\n"
        "  tcpstory diff client.pcap server.pcap\n"
        "  tcpstory diff --format tsv client.pcap server.pcap | grep -w conflict\n",
    .run = run,
};
