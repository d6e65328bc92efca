/* verb_listeners.c - the verb listeners: a row for each server port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "listener.h"
#include "session.h"
#include "text.h"
#include "verb_table.h"

/* A row. */
struct listeners_row {
    const struct table_run *run;
    const struct story *story;
    const struct listener *listener;
};

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    const struct listeners_row *row = data;
    text_safe(cell, row->story->name);
}

static void put_address(const void *data, GString *cell)
{
    const struct listeners_row *row = data;
    text_endpoint(cell, row->listener->tuple, TSM_SERVER);
}

static void put_port(const void *data, GString *cell)
{
    const struct listeners_row *row = data;
    text_number(cell, row->listener->tuple->dport);
}

static void put_health(const void *data, GString *cell)
{
    const struct listeners_row *row = data;
    g_string_append(cell, listener_health_word(listener_health(row->listener)));
}

static enum out_style style_health(const void *data)
{
    const struct listeners_row *row = data;
    const enum listener_health health = listener_health(row->listener);

    return health == LISTENER_OK ? OUT_GOOD : health == LISTENER_REFUSED ? OUT_PLAIN : OUT_BAD;
}

static void put_since(const void *data, GString *cell)
{
    const struct listeners_row *row = data;

    if (row->listener->proven_ns != INT64_MAX) {
        text_time(cell, row->listener->proven_ns, table_clock(row->run), story_start(row->story));
    } else {
        g_string_append_c(cell, '-');
    }
}

/* A number of connections. */
#define COUNT(name, value)                                                                \
    static void put_##name(const void *data, GString *cell)                               \
    {                                                                                     \
        const struct listener *listener = ((const struct listeners_row *)data)->listener; \
        text_number(cell, value);                                                         \
    }

COUNT(attempts, listener->attempts)
COUNT(connected, listener->opens[OPENING_CONNECTED])
COUNT(refused, listener->opens[OPENING_REFUSED])
COUNT(unanswered, listener->opens[OPENING_UNANSWERED])
COUNT(other, listener->opens[OPENING_INCOMPLETE] + listener->opens[OPENING_RESET] +
                 listener->opens[OPENING_ICMP_REJECTED])
COUNT(retried, listener->retried)
COUNT(again, listener->again)

/* A setup time: the one after `part` of ten of the others. */
static void put_setup(const struct listeners_row *row, guint part, GString *cell)
{
    const GArray *setups = row->listener->setups_ns;

    if (setups->len == 0) {
        g_string_append_c(cell, '-');
        return;
    }
    const int64_t ns = g_array_index(setups, int64_t, (setups->len - 1) * part / 10);
    if (row->run->people) {
        text_duration(cell, ns);
    } else {
        text_seconds(cell, ns);
    }
}

static void put_median(const void *data, GString *cell)
{
    put_setup(data, 5, cell);
}

static void put_longest(const void *data, GString *cell)
{
    put_setup(data, 10, cell);
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file", "the capture, when several are given", 1, false, put_file, NULL, NULL},
    {"address", "address and port that clients tried", 1, false, put_address, NULL, NULL},
    {"port", "the port alone", 0, true, put_port, NULL, NULL},
    {"health", "ok, refused, silent (no SYN was answered), syns_lost (listens, but SYNs\n"
               "                   went unanswered: lost on their way, or dropped by the server),\n"
               "                   queue_full (sent its SYN-ACK again after the third ACK: accept\n"
               "                   queue full, TCP_DEFER_ACCEPT, or the ACK was lost)",
     1, false, put_health, NULL, style_health},
    {"since", "when its first SYN-ACK proves that it listens", 5, true, put_since, NULL, NULL},
    {"attempts", "connections that began with a SYN", 1, true, put_attempts, NULL, NULL},
    {"connected", "attempts whose handshake completed", 1, true, put_connected, NULL, NULL},
    {"refused", "RST answered the SYN", 1, true, put_refused, NULL, NULL},
    {"unanswered", "nothing answered", 1, true, put_unanswered, NULL, NULL},
    {"other", "incomplete, reset in the handshake, rejected by ICMP",
     6, true, put_other, NULL, NULL},
    {"retried", "connected after more than one SYN", 4, true, put_retried, NULL, NULL},
    {"synack_again", "SYN-ACK again after the third ACK", 2, true, put_again, NULL, NULL},
    {"median", "median time from SYN to third ACK", 7, true, put_median, NULL, NULL},
    {"longest", "longest time from SYN to third ACK", 3, true, put_longest, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint s = 0; s < run->captures.stories->len; s++) {
        struct listeners_row row = {.run = run, .story = table_story(run, s)};
        g_autoptr(GArray) list = listeners_of(row.story);
        for (guint i = 0; i < list->len; i++) {
            row.listener = &g_array_index(list, struct listener, i);
            visit(&row, data);
        }
    }
}

static const struct table table = {.title = "Listeners", .columns = columns, .each = each_row};

static bool run(const struct options *options, int *status, GError **error)
{
    return session_print_table(&table, NULL, options, status, error);
}

const struct verb verb_listeners = {
    .name = "listeners",
    .summary = "a row for each server port: listening, refused, accept queue",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_SELECT | OPTIONS_FORMAT |
               OPTIONS_TABLE,
    .table = &table,
    .about = "A port is proven to listen by its SYN-ACK. Examples:\n"
             "  tcpstory listeners trouble.pcap\n"
             "  tcpstory listeners --port 8080 --format json trouble.pcap\n",
    .run = run,
};
