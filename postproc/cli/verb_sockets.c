/* verb_sockets.c - the verb sockets: what a host says of its sockets, beside what a capture says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "selection_options.h"
#include "session.h"
#include "socket_join.h"
#include "socket_meaning.h"
#include "text.h"
#include "verb_table.h"

/* What the user wants. */
struct sockets_wants {
    struct time_arg at;
    struct selection chosen; /* chooses rows, not connections */
    SocketList *list;
    const char *list_name;
    bool names_host; /* --host says which host the list is of */
    bool outcome;    /* --outcome: rows without a connection have none */
    bool bare;
    bool quiet;
};

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    text_safe(cell, ((const struct socket_row *)data)->story->name);
}

static void put_ends(const struct socket_row *row, enum tsm_side side, GString *cell)
{
    const uint16_t port = side == TSM_CLIENT ? row->tuple.sport : row->tuple.dport;
    const bool any = row->socket != NULL && port == 0;

    if (row->socket != NULL && row->socket->both_families &&
        host_socket_is_any(row->socket, side)) {
        g_string_append_printf(cell, "*:%s", any ? "*" : "");
        if (!any) {
            text_number(cell, port);
        }
        return;
    }
    text_endpoint(cell, &row->tuple, side);
    if (any) {
        g_string_truncate(cell, cell->len - 1);
        g_string_append_c(cell, '*');
    }
}

static void put_local(const void *data, GString *cell)
{
    put_ends(data, TSM_CLIENT, cell);
}

static void put_foreign(const void *data, GString *cell)
{
    put_ends(data, TSM_SERVER, cell);
}

static void put_kernel(const void *data, GString *cell)
{
    const struct socket_row *row = data;

    g_string_append(cell,
                    row->socket != NULL ? tsm_state_name((enum tsm_state)row->socket->state) : "-");
}

static void put_state(const struct story_interval *interval, GString *cell)
{
    g_string_append(cell, interval != NULL ? tsm_state_name((enum tsm_state)interval->state) : "-");
}

/* A socket that listens is one by the capture when a SYN-ACK shows it. */
static void put_ours(const void *data, GString *cell)
{
    const struct socket_row *row = data;

    if ((row->facts & SOCKET_PROVEN) != 0) {
        g_string_append(cell, tsm_state_name(TSM_LISTEN));
    } else {
        put_state(row->own, cell);
    }
}

static void put_basis(const void *data, GString *cell)
{
    const struct story_interval *own = ((const struct socket_row *)data)->own;

    g_string_append(cell, own != NULL ? tsm_basis_name((enum tsm_basis)own->basis) : "-");
}

static void put_possible(const void *data, GString *cell)
{
    const struct story_interval *own = ((const struct socket_row *)data)->own;
    char names[TSM_SET_TEXT];

    g_string_append(cell, own != NULL ? tsm_set_text(own->possible, names, sizeof names) : "-");
}

static void put_peer(const void *data, GString *cell)
{
    put_state(((const struct socket_row *)data)->peer, cell);
}

static int64_t unheard(const struct socket_row *row, enum tsm_side side)
{
    return row->connection != NULL ? story_unheard_ns(row->connection, side, row->ns) : -1;
}

static int64_t key_last_heard(const void *data)
{
    const struct socket_row *row = data;
    return unheard(row, tsm_other(row->side));
}

static int64_t key_last_sent(const void *data)
{
    const struct socket_row *row = data;
    return unheard(row, row->side);
}

static void put_seconds(int64_t ns, GString *cell)
{
    if (ns >= 0) {
        text_seconds(cell, ns);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_last_heard(const void *data, GString *cell)
{
    put_seconds(key_last_heard(data), cell);
}

static void put_last_sent(const void *data, GString *cell)
{
    put_seconds(key_last_sent(data), cell);
}

static int64_t key_recv_q(const void *data)
{
    const struct socket_row *row = data;
    return row->socket != NULL ? (int64_t)row->socket->recv_q : -1;
}

static int64_t key_send_q(const void *data)
{
    const struct socket_row *row = data;
    return row->socket != NULL ? (int64_t)row->socket->send_q : -1;
}

static void put_queue(int64_t bytes, GString *cell)
{
    if (bytes >= 0) {
        text_number(cell, (uint64_t)bytes);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_recv_q(const void *data, GString *cell)
{
    put_queue(key_recv_q(data), cell);
}

static void put_send_q(const void *data, GString *cell)
{
    put_queue(key_send_q(data), cell);
}

static void put_process(const void *data, GString *cell)
{
    const struct socket_row *row = data;

    if (row->socket != NULL && row->socket->process != NULL) {
        text_safe(cell, row->socket->process);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_timer(const void *data, GString *cell)
{
    static const char *const names[] = {
        [HOST_TIMER_UNKNOWN] = "-",
        [HOST_TIMER_OFF] = "off",
        [HOST_TIMER_ON] = "on",
        [HOST_TIMER_KEEPALIVE] = "keepalive",
        [HOST_TIMER_TIME_WAIT] = "time_wait",
        [HOST_TIMER_PERSIST] = "persist",
    };
    const struct socket_row *row = data;

    g_string_append(cell, row->socket != NULL ? names[row->socket->timer] : "-");
}

static void put_stream(const void *data, GString *cell)
{
    const struct socket_row *row = data;

    put_queue(row->connection != NULL ? (int64_t)row->connection->stream : -1, cell);
}

static void put_endpoint(const void *data, GString *cell)
{
    const struct socket_row *row = data;

    g_string_append(cell, row->connection != NULL ? tsm_side_name(row->side) : "-");
}

static void put_verdict(const void *data, GString *cell)
{
    g_string_append(cell, socket_verdict_word(((const struct socket_row *)data)->meaning->verdict));
}

static enum out_style style_verdict(const void *data)
{
    static const enum out_style styles[N_SOCKET_VERDICTS] = {
        [SOCKET_VERDICT_AGREE] = OUT_GOOD,    [SOCKET_VERDICT_EXPLAINED] = OUT_GOOD,
        [SOCKET_VERDICT_SUSPECT] = OUT_DOUBT, [SOCKET_VERDICT_CONFLICT] = OUT_BAD,
        [SOCKET_VERDICT_GONE] = OUT_BAD,      [SOCKET_VERDICT_UNSEEN] = OUT_PLAIN,
    };

    return styles[((const struct socket_row *)data)->meaning->verdict];
}

static void put_meaning(const void *data, GString *cell)
{
    const gsize before = cell->len;

    socket_meaning_text(data, cell);
    if (cell->len == before) {
        g_string_append_c(cell, '-');
    }
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file",     "the capture, when several are given",   1, false, put_file, NULL, NULL},
    {"verdict",  "conflict, gone (the kernel has no such socket), suspect (they agree, but\n"
                 "                   something is wrong), unseen (the capture has nothing of it),\n"
                 "                   explained (they differ, as they may), agree",
     1, false, put_verdict, NULL, style_verdict},
    {"kernel",   "the kernel's state; - = it has no such socket", 1, false, put_kernel, NULL, NULL},
    {"capture",  "the state of that end by the capture; - = nothing is known",
                                                          1, false, put_ours, NULL, NULL},
    {"peer",     "the state of the other end by the capture", 1, false, put_peer, NULL, NULL},
    {"last_heard", "seconds from the peer's last segment to the moment; - = one came after it, or\n"
                 "                   none", 2, true, put_last_heard, key_last_heard, NULL},
    {"last_sent", "the same of this end's last segment",  0, true, put_last_sent, key_last_sent,
     NULL},
    {"local",    "address and port of this host's end",   1, false, put_local, NULL, NULL},
    {"foreign",  "address and port of the other end",     1, false, put_foreign, NULL, NULL},
    {"process",  "process that holds it: PID/name; +n = n others do, too; - = none, or not told",
                                                          2, false, put_process, NULL, NULL},
    {"recv_q",   "bytes that the application has not read; of LISTEN: connections not accepted",
                                                          0, true, put_recv_q, key_recv_q, NULL},
    {"send_q",   "bytes not acknowledged; of LISTEN, by ss: how many may wait",
                                                          0, true, put_send_q, key_send_q, NULL},
    {"timer",    "the kernel's timer that runs: off, on (repeats), keepalive, time_wait, persist;\n"
                 "                   - = not told",       0, false, put_timer, NULL, NULL},
    {"basis",    "of capture: proven, presumed, timed or assumed", 0, false, put_basis, NULL, NULL},
    {"possible", "of capture: states it may really be in", 0, false, put_possible, NULL, NULL},
    {"stream",   "number of the connection; - = none",    3, true, put_stream, NULL, NULL},
    {"endpoint", "which end of it this host is: client or server",
                                                          0, false, put_endpoint, NULL, NULL},
    {"meaning",  "what it means that they say so; - = all is well",
                                                          1, false, put_meaning, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

/* --state chooses by what either says; ports and streams as everywhere. */
static bool is_wanted(const struct sockets_wants *wants, const struct socket_row *row)
{
    const struct story_connection none = {.tuple = row->tuple, .stream = TSM_NO_STREAM};
    struct selection rest = wants->chosen;
    const enum tsm_state kernel =
        row->socket != NULL ? (enum tsm_state)row->socket->state : TSM_CLOSED;

    rest.wanted.states = rest.unwanted.states = 0;
    return selection_has_local(&wants->chosen, row->story, &row->tuple, TSM_CLIENT) &&
           (selection_has_state(&wants->chosen, kernel) ||
            (row->own != NULL &&
             selection_has_state(&wants->chosen, (enum tsm_state)row->own->state))) &&
           (row->connection != NULL || !wants->outcome) &&
           selection_matches(&rest, row->story, row->connection != NULL ? row->connection : &none);
}

static void say(const struct sockets_wants *wants, const char *name, const char *what)
{
    g_autoptr(GString) text = g_string_new("tcpstory: ");

    text_safe(text, name);
    g_string_append_printf(text, ": %s\n", what);
    if (!wants->quiet) {
        fputs(text->str, stderr);
    }
}

#define LATE_NS 10000000000LL /* states move in seconds */

/* The kernel was asked now, and the capture is older. */
static void warn_of_age(const struct sockets_wants *wants, const struct story *story, int64_t ns)
{
    const int64_t age_ns = g_get_real_time() * 1000 - ns;
    g_autoptr(GString) text = g_string_new("warning: this host was asked now, ");

    if (wants->list->live && age_ns > LATE_NS) {
        text_duration(text, age_ns);
        g_string_append(text, " after the moment that is compared");
        say(wants, story->name, text->str);
    }
}

/* Joins the list with one capture. */
static void join_story(const struct sockets_wants *wants, const struct story *story, GArray *rows)
{
    struct socket_join join = {
        .list = wants->list,
        .story = story,
        .host = wants->names_host ? &wants->chosen : NULL,
        .frame = wants->at.kind == TIME_ARG_AFTER_FRAME ? wants->at.frame : UINT32_MAX,
    };

    time_arg_in(&wants->at, story, &join.ns, NULL); /* input_load() has found that it can be */
    g_autofree char *warning = socket_join(&join, rows);
    warn_of_age(wants, story, join.ns);
    if (warning != NULL) {
        g_autofree char *what = g_strconcat("warning: ", warning, NULL);
        say(wants, story->name, what);
    }
}

/* The worst first; those that are alike stay in the order of the list. */
static gint compare_verdicts(gconstpointer a, gconstpointer b)
{
    return (gint)((const struct socket_row *)a)->meaning->verdict -
           (gint)((const struct socket_row *)b)->meaning->verdict;
}

static void prepare(struct table_run *run)
{
    const struct sockets_wants *wants = run->wants.own;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct socket_row));

    run->rows = g_array_new(FALSE, FALSE, sizeof(struct socket_row));
    for (guint s = 0; s < run->captures.stories->len; s++) {
        join_story(wants, table_story(run, s), all);
    }
    for (guint i = 0; i < all->len; i++) {
        const struct socket_row *row = &g_array_index(all, struct socket_row, i);
        if (is_wanted(wants, row)) {
            g_array_append_vals(run->rows, row, 1);
        }
    }
    g_array_sort(run->rows, compare_verdicts);
    table_sort(run);
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->rows->len; i++) {
        visit(&g_array_index(run->rows, struct socket_row, i), data);
    }
}

/* ---- text ---- */

/* "tcpstory sockets: 12 agree, 1 conflict" */
static void append_summary(const struct table_run *run, GString *lines)
{
    const struct sockets_wants *wants = run->wants.own;
    guint counts[N_SOCKET_VERDICTS] = {0};
    const char *comma = "";

    for (guint i = 0; i < run->rows->len; i++) {
        counts[g_array_index(run->rows, struct socket_row, i).meaning->verdict]++;
    }
    text_counted(lines, run->rows->len, "socket", "sockets");
    g_string_append_printf(lines, " of %s beside ", wants->list_name);
    if (run->captures.stories->len == 1) {
        text_safe(lines, table_story(run, 0)->name);
    } else {
        text_counted(lines, run->captures.stories->len, "capture", "captures");
    }
    g_string_append(lines, ": ");
    for (guint v = 0; v < N_SOCKET_VERDICTS; v++) {
        if (counts[v] > 0) {
            g_string_append_printf(lines, "%s%u %s", comma, counts[v],
                                   socket_verdict_word((enum socket_verdict)v));
            comma = ", ";
        }
    }
    g_string_append(lines, run->rows->len > 0 ? "\n" : "none\n");
}

static void append_cell(GString *lines, void (*put)(const void *, GString *), const void *row,
                        int width)
{
    g_autoptr(GString) cell = g_string_new(NULL);

    put(row, cell);
    g_string_append_printf(lines, "%-*s ", width, cell->str);
}

/* A ? behind what is not certain. */
static void put_doubt(const struct story_interval *interval, GString *cell)
{
    if (interval != NULL && !story_is_certain(interval)) {
        g_string_append_c(cell, '?');
    }
}

static void put_ours_for_people(const void *row, GString *cell)
{
    put_ours(row, cell);
    put_doubt(((const struct socket_row *)row)->own, cell);
}

static void put_peer_for_people(const void *row, GString *cell)
{
    put_peer(row, cell);
    put_doubt(((const struct socket_row *)row)->peer, cell);
}

static void put_heard_for_people(const void *row, GString *cell)
{
    const int64_t ns = key_last_heard(row);

    if (ns >= 0) {
        text_duration(cell, ns);
    } else {
        g_string_append_c(cell, '-');
    }
}

#define LINE_INDENT 4

/* A row, and below it what it means. */
static void print_row(const struct socket_row *row, GString *lines, struct out *out)
{
    g_autoptr(GString) meaning = g_string_new(NULL);

    append_cell(lines, put_kernel, row, 11);
    append_cell(lines, put_ours_for_people, row, 12);
    append_cell(lines, put_peer_for_people, row, 12);
    append_cell(lines, put_heard_for_people, row, 10);
    append_cell(lines, put_local, row, 21);
    append_cell(lines, put_foreign, row, 21);
    put_process(row, lines);
    g_string_append_c(lines, '\n');
    out_write(out, lines);
    socket_meaning_text(row, meaning);
    if (meaning->len > 0) {
        g_string_append_printf(lines, "%*s", LINE_INDENT, "");
        out_append(out, lines, style_verdict(row), socket_verdict_word(row->meaning->verdict));
        g_string_append_printf(lines, ": %s\n", meaning->str);
    }
    out_write_wrapped(out, lines, LINE_INDENT);
}

/* Rows that are explained alike are of interest together: the first few, and how many more. */
#define MAX_ALIKE 3

static bool is_one_too_many(const struct socket_row *row, GHashTable *counts)
{
    const gpointer key = (gpointer)row->meaning;
    const guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) + 1;

    if (row->meaning->verdict != SOCKET_VERDICT_EXPLAINED) {
        return false;
    }
    g_hash_table_insert(counts, key, GUINT_TO_POINTER(n));
    return n > MAX_ALIKE;
}

/* A line for those that were left out, behind the last row of their verdict. */
static void print_rest(const struct socket_row *row, const struct socket_row *next, guint *left_out,
                       GString *lines)
{
    if (*left_out > 0 && (next == NULL || next->meaning->verdict != row->meaning->verdict)) {
        g_string_append(lines, "    ");
        text_counted(lines, *left_out, "more is", "more are");
        g_string_append(lines, " explained as these; --format tsv has all\n");
        *left_out = 0;
    }
}

static void print_text(const struct table_run *run, struct out *out)
{
    const struct sockets_wants *wants = run->wants.own;
    const guint n = run->wants.top > 0 ? MIN(run->wants.top, run->rows->len) : run->rows->len;
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GHashTable) alike = g_hash_table_new(NULL, NULL);
    guint left_out = 0;

    if (!wants->bare) {
        append_summary(run, lines);
        g_string_append_printf(lines, "%-11s %-12s %-12s %-10s %-21s %-21s %s\n", "Kernel",
                               "Capture", "Peer", "Last Heard", "Local", "Foreign", "Process");
        out_write(out, lines);
    }
    for (guint i = 0; i < n; i++) {
        const struct socket_row *row = &g_array_index(run->rows, struct socket_row, i);
        if (is_one_too_many(row, alike)) {
            left_out++;
        } else {
            print_row(row, lines, out);
        }
        print_rest(row, i + 1 < n ? row + 1 : NULL, &left_out, lines);
    }
    out_write(out, lines);
}

static const struct table table = {
    .title = "Sockets of the host",
    .columns = columns,
    .prepare = prepare,
    .each = each_row,
    .text_form = print_text,
};

/* ---- the verb ---- */

/* Only one of the two can be standard input. */
static bool check_streams(const struct options *options, GError **error)
{
    if (options->filter != NULL) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "--filter: not with sockets; choose by --port, --host or --stream");
        return false;
    }
    if (g_strcmp0(options->ss, "-") == 0 &&
        g_strv_contains((const char *const *)options->files, "-")) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "'-' can be given once: either the list or the capture comes through "
                            "standard input");
        return false;
    }
    return true;
}

static bool read_list(struct sockets_wants *wants, const struct options *options, int *status,
                      GError **error)
{
    wants->list_name = options->ss == NULL             ? "this host"
                       : strcmp(options->ss, "-") == 0 ? "standard input"
                                                       : options->ss;
    wants->list = socket_list_read(options->ss, error);
    if (wants->list == NULL) {
        return false;
    }
    for (guint i = 0; i < wants->list->warnings->len; i++) {
        g_autofree char *what =
            g_strconcat("partial: ", (char *)g_ptr_array_index(wants->list->warnings, i), NULL);
        say(wants, wants->list_name, what);
    }
    *status = wants->list->partial ? EXIT_INPUT : *status;
    return true;
}

static bool run(const struct options *options, int *status, GError **error)
{
    struct options wider = *options;
    struct sockets_wants wants = {
        .names_host = options->host != NULL,
        .outcome = options->outcome != NULL,
        .bare = options->no_header,
        .quiet = options->quiet,
    };

    wider.host = wider.port = wider.state = wider.stream = wider.outcome = NULL; /* of rows */
    const bool ok =
        check_streams(options, error) && selection_read(&wants.chosen, options, error) &&
        session_read_at(&wants.at, options, error) && read_list(&wants, options, status, error) &&
        session_print_table(&table, &wants, &wider, status, error);
    selection_clear(&wants.chosen);
    socket_list_free(wants.list);
    return ok;
}

const struct verb verb_sockets = {
    .name = "sockets",
    .summary = "what a host says of its sockets (ss, netstat), beside what a capture says",
    .options = OPTIONS_COMMON | OPTIONS_JOIN | OPTIONS_VIEW | OPTIONS_ENDS | OPTIONS_OUTCOME |
               OPTIONS_SOCKETS | OPTIONS_FORMAT | OPTIONS_TABLE | OPTIONS_PROJECT,
    .table = &table,
    .about =
        "A row for each socket of the host, as its kernel lists it, with the state of that end\n"
        "and of its peer by the capture, and what it means that they differ: an ESTABLISHED whose\n"
        "peer has reset it, a CLOSE_WAIT that nobody closes. Connections that are open by the\n"
        "capture, and that the kernel does not have, get a row as well. The worst come first.\n"
        "FILE is what ss -tanoep, ss -tan, netstat -natpW or /proc/net/tcp and tcp6 say, - for\n"
        "standard input; without --ss the kernel of this host is asked. -n is needed: names are\n"
        "no ports. Which host it is, is known by its addresses, or by --host ADDRESS. Make the\n"
        "list when the capture ends, or name its moment with --at. Examples:\n"
        "  ss -tanoep > web.ss; tcpstory sockets --ss web.ss web.pcap\n"
        "  ssh web ss -tanoep | tcpstory sockets --ss - web.pcap\n"
        "  timeout 60 dumpcap -i eth0 -w now.pcapng; tcpstory sockets now.pcapng\n"
        "  tcpstory sockets --ss web.ss --at 14:03 --format json web.pcap\n",
    .run = run,
};
