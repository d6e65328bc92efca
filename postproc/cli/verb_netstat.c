/* verb_netstat.c - the verb netstat: the state of every endpoint at a moment, as `netstat -nat`
 * prints it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "blanks.h"
#include "duration.h"
#include "listener.h"
#include "selection_options.h"
#include "session.h"
#include "text.h"
#include "verb_table.h"

/* A row: an endpoint, or a listening socket. */
struct netstat_row {
    const struct story *story;
    const struct tsm_tuple *tuple;
    const struct story_connection *connection; /* NULL = a listening socket */
    const struct story_interval *interval;     /* NULL = a listening socket */
    enum tsm_side side;                        /* which end of the tuple is local */
    int64_t ns;                                /* the moment */
};

/* Which rows the user wants. */
struct netstat_wants {
    struct time_arg at;
    struct selection local; /* --host and --state choose rows here, not connections */
    bool bare;              /* no header lines */
    bool counts;            /* only how many are in each state */
};

/* The states as net-tools spell them (statistics.c, tcp_state[]). */
static const char *const netstat_names[TSM_N_STATES] = {
    [TSM_UNKNOWN] = "UNKNOWN",       [TSM_CLOSED] = "CLOSE",
    [TSM_LISTEN] = "LISTEN",         [TSM_SYN_SENT] = "SYN_SENT",
    [TSM_SYN_RCVD] = "SYN_RECV",     [TSM_ESTABLISHED] = "ESTABLISHED",
    [TSM_FIN_WAIT_1] = "FIN_WAIT1",  [TSM_FIN_WAIT_2] = "FIN_WAIT2",
    [TSM_CLOSE_WAIT] = "CLOSE_WAIT", [TSM_CLOSING] = "CLOSING",
    [TSM_LAST_ACK] = "LAST_ACK",     [TSM_TIME_WAIT] = "TIME_WAIT",
};

static enum tsm_state state_of(const struct netstat_row *row)
{
    return row->interval != NULL ? (enum tsm_state)row->interval->state : TSM_LISTEN;
}

static bool is_certain(const struct netstat_row *row)
{
    return row->interval == NULL || story_is_certain(row->interval);
}

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    const struct netstat_row *row = data;
    text_safe(cell, row->story->name);
}

static void put_proto(const void *data, GString *cell)
{
    const struct netstat_row *row = data;
    g_string_append(cell, row->tuple->addr_len == 4 ? "tcp" : "tcp6");
}

/* A capture does not tell what an application has not read, or what waits to be sent. */
static void put_queue(const void *data, GString *cell)
{
    (void)data;
    g_string_append_c(cell, '-');
}

static void put_local(const void *data, GString *cell)
{
    const struct netstat_row *row = data;
    text_endpoint(cell, row->tuple, row->side);
}

static void put_foreign(const void *data, GString *cell)
{
    const struct netstat_row *row = data;

    if (row->connection != NULL) {
        text_endpoint(cell, row->tuple, tsm_other(row->side));
    } else {
        g_string_append(cell, row->tuple->addr_len == 4 ? "0.0.0.0:*" : "[::]:*");
    }
}

static void put_state(const void *data, GString *cell)
{
    g_string_append(cell, tsm_state_name(state_of(data)));
}

static enum out_style style_state(const void *data)
{
    return is_certain(data) ? OUT_GOOD : OUT_DOUBT;
}

static void put_basis(const void *data, GString *cell)
{
    const struct netstat_row *row = data;
    g_string_append(cell, row->interval != NULL
                              ? tsm_basis_name((enum tsm_basis)row->interval->basis)
                              : tsm_basis_name(TSM_PROVEN));
}

static void put_possible(const void *data, GString *cell)
{
    const struct netstat_row *row = data;
    char names[TSM_SET_TEXT];

    g_string_append(
        cell, tsm_set_text(row->interval != NULL ? row->interval->possible : tsm_only(TSM_LISTEN),
                           names, sizeof names));
}

static void put_stream(const void *data, GString *cell)
{
    const struct netstat_row *row = data;

    if (row->connection != NULL) {
        text_number(cell, row->connection->stream);
    } else {
        g_string_append_c(cell, '-');
    }
}

/* -1 = not known: it was heard after the moment, or it is a listening socket. */
static int64_t key_last_heard(const void *data)
{
    const struct netstat_row *row = data;
    return row->connection != NULL ? story_unheard_ns(row->connection, row->side, row->ns) : -1;
}

static void put_last_heard(const void *data, GString *cell)
{
    const int64_t ns = key_last_heard(data);

    if (ns >= 0) {
        text_seconds(cell, ns);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_endpoint(const void *data, GString *cell)
{
    const struct netstat_row *row = data;
    g_string_append(cell, tsm_side_name(row->side));
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file",     "the capture, when several are given",  1, false, put_file, NULL, NULL},
    {"proto",    "tcp or tcp6",                          1, false, put_proto, NULL, NULL},
    {"recv_q",   "always -: a capture does not tell it", 1, true,  put_queue, NULL, NULL},
    {"send_q",   "always -: a capture does not tell it", 1, true,  put_queue, NULL, NULL},
    {"local",    "address and port of this end",         1, false, put_local, NULL, NULL},
    {"foreign",  "address and port of the other end",    1, false, put_foreign, NULL, NULL},
    {"state",    "its state, as everywhere in tcpstory; in text as netstat spells it",
                                                         1, false, put_state, NULL, style_state},
    {"basis",    "proven, presumed, timed or assumed",   2, false, put_basis, NULL, NULL},
    {"possible", "states it may really be in",           0, false, put_possible, NULL, NULL},
    {"stream",   "number of the connection; - = a listening socket",
                                                         3, true,  put_stream, NULL, NULL},
    {"endpoint", "client or server",                     0, false, put_endpoint, NULL, NULL},
    {"last_heard", "seconds from its last segment to the moment; - = one came after it, or none",
                                                         0, true,  put_last_heard,
     key_last_heard, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static bool is_wanted(const struct netstat_wants *wants, const struct netstat_row *row)
{
    return selection_has_state(&wants->local, state_of(row)) &&
           selection_has_local(&wants->local, row->story, row->tuple, row->side);
}

static void visit_listeners(const struct netstat_wants *wants, const struct story *story,
                            int64_t ns, sheet_visit visit, void *data)
{
    g_autoptr(GArray) list = listeners_of(story);

    for (guint i = 0; i < list->len; i++) {
        const struct listener *listener = &g_array_index(list, struct listener, i);
        const struct netstat_row row = {
            .story = story, .tuple = listener->tuple, .side = TSM_SERVER, .ns = ns};
        if (listener_at(listener, ns) && is_wanted(wants, &row)) {
            visit(&row, data);
        }
    }
}

/* A socket exists where there is a state between CLOSED and LISTEN on one side and CLOSED on the
 * other; LISTEN is the listening socket's, which has a row of its own. */
static void visit_endpoints(const struct netstat_wants *wants, const struct story *story,
                            int64_t ns, sheet_visit visit, void *data)
{
    const struct time_arg *at = &wants->at;
    const uint32_t frame = at->kind == TIME_ARG_AFTER_FRAME ? at->frame : UINT32_MAX;

    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        struct netstat_row row = {
            .story = story, .tuple = &connection->tuple, .connection = connection, .ns = ns};
        for (unsigned side = 0; side < 2; side++) {
            row.side = (enum tsm_side)side;
            row.interval = story_interval_at(story, connection, row.side, ns, frame);
            if (row.interval != NULL && row.interval->state != TSM_CLOSED &&
                row.interval->state != TSM_LISTEN && is_wanted(wants, &row)) {
                visit(&row, data);
            }
        }
    }
}

static void visit_story(const struct netstat_wants *wants, const struct story *story,
                        sheet_visit visit, void *data)
{
    int64_t ns = 0;

    time_arg_in(&wants->at, story, &ns, NULL); /* input_load() has found that it can be */
    visit_listeners(wants, story, ns, visit, data);
    visit_endpoints(wants, story, ns, visit, data);
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint s = 0; s < run->captures.stories->len; s++) {
        visit_story(run->wants.own, table_story(run, s), visit, data);
    }
}

/* ---- text ---- */

/* netstat's width of an address, and that of its lines with our last column. */
#define ADDRESS_WIDTH 23
#define LINE_WIDTH 96

struct netstat_text {
    struct out *out;
    GString *lines;
    bool narrow;   /* such lines do not fit: addresses are as wide as they need be */
    guint address; /* columns of one */
    guint counts[TSM_N_STATES];
};

/* The endpoint as netstat writes it: IPv6 without brackets. The caller frees it. */
static GString *address_of(const struct netstat_row *row, void (*put)(const void *, GString *))
{
    GString *cell = g_string_new(NULL);

    put(row, cell);
    for (gsize i = 0; i < cell->len; i++) {
        if (cell->str[i] == '[' || cell->str[i] == ']') {
            g_string_erase(cell, (gssize)i--, 1);
        }
    }
    return cell;
}

static void append_address(const struct netstat_row *row, void (*put)(const void *, GString *),
                           const struct netstat_text *text)
{
    g_autoptr(GString) cell = address_of(row, put);

    g_string_append_printf(text->lines, " %-*s", (int)text->address, cell->str);
}

static void measure_row(const void *data, void *context)
{
    struct netstat_text *text = context;
    g_autoptr(GString) local = address_of(data, put_local);
    g_autoptr(GString) foreign = address_of(data, put_foreign);

    text->address = MAX(text->address, (guint)MAX(local->len, foreign->len));
}

/* How old the evidence is, behind netstat's own columns and the ? for doubt. */
static void append_last_heard(const struct netstat_row *row, const struct netstat_text *text)
{
    const int64_t ns = key_last_heard(row);

    if (ns >= 0) {
        g_string_append(text->lines, is_certain(row) ? "   " : " ");
        text_duration(text->lines, ns);
        g_string_append(text->lines, text->narrow ? "" : " before");
    }
}

static void print_row(const void *data, void *context)
{
    const struct netstat_row *row = data;
    struct netstat_text *text = context;
    g_autofree char *state = g_strdup_printf("%-11s", netstat_names[state_of(row)]);

    g_string_append_printf(text->lines, "%-5s %6s %6s", row->tuple->addr_len == 4 ? "tcp" : "tcp6",
                           "-", "-");
    append_address(row, put_local, text);
    append_address(row, put_foreign, text);
    g_string_append_c(text->lines, ' ');
    out_append(text->out, text->lines, style_state(row), state);
    g_string_append(text->lines, is_certain(row) ? "" : " ?");
    append_last_heard(row, text);
    g_string_append_c(text->lines, '\n');
    out_write_full(text->out, text->lines);
}

static void add_to_counts(const void *data, void *context)
{
    const struct netstat_row *row = data;
    struct netstat_text *text = context;

    text->counts[state_of(row)]++;
}

/* As `sort | uniq -c` prints them, the most first. */
static void print_counts(struct netstat_text *text)
{
    for (;;) {
        unsigned most = 0;
        for (unsigned state = 0; state < TSM_N_STATES; state++) {
            most = text->counts[state] > text->counts[most] ? state : most;
        }
        if (text->counts[most] == 0) {
            return;
        }
        g_string_append_printf(text->lines, "%7u %s\n", text->counts[most], netstat_names[most]);
        text->counts[most] = 0;
    }
}

/* Nothing was captured then: what stands below is of before. */
static void append_blank(const struct story *story, int64_t ns, GString *lines)
{
    const struct tsm_blank *blank = story_blank_at(story, ns);

    if (blank != NULL) {
        g_string_append(lines, "\nNothing was captured then, for ");
        text_duration(lines, duration_forward(blank->from_ns, blank->to_ns));
        g_string_append(lines, "; states of before");
    }
}

/* netstat's two header lines; the first also says when. Of several captures each has its name
 * above. */
static void print_header(const struct table_run *run, const struct story *story,
                         struct netstat_text *text)
{
    const struct netstat_wants *wants = run->wants.own;
    const enum text_clock clock = run->captures.utc ? TEXT_UTC : TEXT_LOCAL;
    int64_t ns = 0;

    time_arg_in(&wants->at, story, &ns, NULL);
    if (run->captures.stories->len > 1) {
        text_safe(text->lines, story->name);
        g_string_append_c(text->lines, '\n');
    }
    g_string_append_printf(text->lines, "Active Internet connections %sat ",
                           text->narrow ? "" : "(servers and established) ");
    text_time(text->lines, ns, clock, 0);
    g_string_append_c(text->lines, ' ');
    text_zone(text->lines, ns, clock);
    append_blank(story, ns, text->lines);
    g_string_append_printf(text->lines, "\n%-5s %6s %6s %-*s %-*s %-11s   %s\n", "Proto", "Recv-Q",
                           "Send-Q", (int)text->address, "Local Address", (int)text->address,
                           "Foreign Address", "State", "Last Heard");
}

static void print_text(const struct table_run *run, struct out *out)
{
    const struct netstat_wants *wants = run->wants.own;
    g_autoptr(GString) lines = g_string_new(NULL);

    for (guint s = 0; s < run->captures.stories->len; s++) {
        const struct story *story = table_story(run, s);
        struct netstat_text text = {.out = out,
                                    .lines = lines,
                                    .narrow = out->width < LINE_WIDTH,
                                    .address = ADDRESS_WIDTH};
        if (wants->counts) {
            visit_story(wants, story, add_to_counts, &text);
            print_counts(&text);
        } else {
            if (text.narrow) {
                text.address = (guint)strlen("Foreign Address");
                visit_story(wants, story, measure_row, &text);
            }
            if (!wants->bare) {
                print_header(run, story, &text);
            }
            visit_story(wants, story, print_row, &text);
        }
    }
    out_write(out, lines);
}

/* ---- counts, for formats other than text ---- */

struct count_row {
    const struct story *story;
    enum tsm_state state;
    guint n;
};

static void put_count_file(const void *data, GString *cell)
{
    const struct count_row *row = data;
    text_safe(cell, row->story->name);
}

static int64_t key_count(const void *data)
{
    const struct count_row *row = data;
    return row->n;
}

static void put_count(const void *data, GString *cell)
{
    text_number(cell, (uint64_t)key_count(data));
}

static void put_count_state(const void *data, GString *cell)
{
    const struct count_row *row = data;
    g_string_append(cell, tsm_state_name(row->state));
}

// clang-format off
static const struct sheet_column count_columns[] = {
    {"file",  "the capture, when several are given", 1, false, put_count_file, NULL, NULL},
    {"count", "sockets in that state",               1, true,  put_count, key_count, NULL},
    {"state", "as everywhere in tcpstory",           1, false, put_count_state, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

static void each_count(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint s = 0; s < run->captures.stories->len; s++) {
        struct netstat_text text = {.out = NULL};
        visit_story(run->wants.own, table_story(run, s), add_to_counts, &text);
        for (unsigned state = 0; state < TSM_N_STATES; state++) {
            const struct count_row row = {table_story(run, s), (enum tsm_state)state,
                                          text.counts[state]};
            if (row.n > 0) {
                visit(&row, data);
            }
        }
    }
}

static const struct table count_table = {
    .columns = count_columns,
    .each = each_count,
    .text_form = print_text,
};

/* ---- the verb ---- */

static const struct table table = {
    .title = "Sockets at a moment",
    .columns = columns,
    .each = each_row,
    .text_form = print_text,
};

static bool run(const struct options *options, int *status, GError **error)
{
    struct options wider = *options;
    struct netstat_wants wants = {.counts = options->counts, .bare = options->no_header};

    wider.state = NULL; /* of rows, not of connections when they ended */
    const bool ok =
        selection_read(&wants.local, options, error) &&
        session_read_at(&wants.at, options, error) &&
        session_print_table(options->counts ? &count_table : &table, &wants, &wider, status, error);
    selection_clear(&wants.local);
    return ok;
}

const struct verb verb_netstat = {
    .name = "netstat",
    .summary = "every endpoint's state at a moment, as netstat -nat prints it",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_VIEW | OPTIONS_ENDS |
               OPTIONS_OUTCOME | OPTIONS_AT | OPTIONS_FORMAT | OPTIONS_TABLE | OPTIONS_PROJECT,
    .table = &table,
    .about =
        "Both ends of each connection have a row, and each port that was proven to listen by\n"
        "then. With --host the rows are those of that host. Text is netstat's, so that what\n"
        "reads netstat can read it: states are spelled SYN_RECV, FIN_WAIT1, FIN_WAIT2 and the\n"
        "queues, which a capture does not tell, are -. A seventh column has a ? where the state\n"
        "is not certain. Behind it stands how long before that moment this end's last segment\n"
        "was captured: a state is as good as its evidence is new. Other formats, and --columns,\n"
        "spell states as the rest of tcpstory.\n"
        "Beyond the capture's end it is told what holds if nothing more was sent. Examples:\n"
        "  tcpstory netstat --at +10 trouble.pcap | awk '{print $6}' | sort | uniq -c\n"
        "  tcpstory netstat --at 2026-11-22T11:20:41Z --counts trouble.pcap\n"
        "  tcpstory netstat --at '#123' --state CLOSE_WAIT --format csv trouble.pcap\n",
    .run = run,
};
