/* verb_sockstat.c - the verb sockstat: sockets over time, as `sar -n SOCK` prints them, and their
 * states.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "samples.h"
#include "session.h"
#include "states_picture.h"
#include "text.h"
#include "verb_table.h"

#define SAR_COLUMNS 7    /* the first ones, from the time to tcp-tw */
#define USUAL_SAMPLES 24 /* where the user names no interval: at most that many */

/* A row. */
struct sockstat_row {
    const struct table_run *run;
    const struct story *story;
    struct sample sample;
    int64_t ns;
    bool average; /* of all samples; stands for no moment */
};

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    const struct sockstat_row *row = data;
    text_safe(cell, row->story->name);
}

/* sar prints the time of the day; people here see it with --utc only. */
static void put_time(const void *data, GString *cell)
{
    const struct sockstat_row *row = data;

    if (row->average) {
        g_string_append(cell, "Average:");
        return;
    }
    text_time(cell, row->ns, table_clock(row->run), story_start(row->story));
    if (table_clock(row->run) == TEXT_UTC) {
        g_string_erase(cell, 0, 11);
    }
}

static void put_unknown(const void *data, GString *cell)
{
    (void)data;
    g_string_append_c(cell, '-');
}

/* Sockets in use, as /proc/net/sockstat counts them: neither requests that are not accepted yet nor
 * TIME_WAIT, which are smaller things in the kernel. */
static int64_t key_in_use(const void *data)
{
    const struct sockstat_row *row = data;
    int64_t n = 0;

    for (unsigned state = TSM_LISTEN; state < TSM_N_STATES; state++) {
        if (state != TSM_SYN_RCVD && state != TSM_TIME_WAIT) {
            n += row->sample.n[state];
        }
    }
    return n;
}

static void put_in_use(const void *data, GString *cell)
{
    text_number(cell, (uint64_t)key_in_use(data));
}

/* A column for a state. */
#define STATE_COLUMN(name, state)                           \
    static void put_##name(const void *data, GString *cell) \
    {                                                       \
        const struct sockstat_row *row = data;              \
        text_number(cell, (uint64_t)row->sample.n[state]);  \
    }

STATE_COLUMN(time_wait, TSM_TIME_WAIT)
STATE_COLUMN(listen, TSM_LISTEN)
STATE_COLUMN(syn_sent, TSM_SYN_SENT)
STATE_COLUMN(syn_rcvd, TSM_SYN_RCVD)
STATE_COLUMN(established, TSM_ESTABLISHED)
STATE_COLUMN(fin_wait_1, TSM_FIN_WAIT_1)
STATE_COLUMN(fin_wait_2, TSM_FIN_WAIT_2)
STATE_COLUMN(close_wait, TSM_CLOSE_WAIT)
STATE_COLUMN(closing, TSM_CLOSING)
STATE_COLUMN(last_ack, TSM_LAST_ACK)
STATE_COLUMN(not_known, TSM_UNKNOWN)

// clang-format off
static const struct sheet_column columns[] = {
    {"file",    "the capture, when several are given", 1, false, put_file, NULL, NULL},
    {"time",    "seconds since the capture began; with --utc the time of the day",
                                                       1, true,  put_time, NULL, NULL},
    {"totsck",  "sockets in use: those of TCP",        1, true,  put_in_use, NULL, NULL},
    {"tcpsck",  "TCP sockets in use, without SYN_RCVD and TIME_WAIT",
                                                       1, true,  put_in_use, NULL, NULL},
    {"udpsck",  "always -: a capture of TCP does not tell it",
                                                       1, true,  put_unknown, NULL, NULL},
    {"rawsck",  "always -",                            1, true,  put_unknown, NULL, NULL},
    {"ip-frag", "always -",                            1, true,  put_unknown, NULL, NULL},
    {"tcp-tw",  "sockets in TIME_WAIT",                1, true,  put_time_wait, NULL, NULL},
    {"estab",   "sockets in ESTABLISHED",              1, true,  put_established, NULL, NULL},
    {"synsent", "sockets in SYN_SENT",                 2, true,  put_syn_sent, NULL, NULL},
    {"synrcvd", "sockets in SYN_RCVD",                 2, true,  put_syn_rcvd, NULL, NULL},
    {"finw1",   "sockets in FIN_WAIT_1",               3, true,  put_fin_wait_1, NULL, NULL},
    {"finw2",   "sockets in FIN_WAIT_2",               3, true,  put_fin_wait_2, NULL, NULL},
    {"clwait",  "sockets in CLOSE_WAIT",               2, true,  put_close_wait, NULL, NULL},
    {"lastack", "sockets in LAST_ACK",                 4, true,  put_last_ack, NULL, NULL},
    {"closing", "sockets in CLOSING",                  5, true,  put_closing, NULL, NULL},
    {"listen",  "ports known to listen",               6, true,  put_listen, NULL, NULL},
    {"unknown", "captured from their middle on, state not known yet",
                                                       0, true,  put_not_known, NULL, NULL},
    {NULL, NULL, 0, false, NULL, NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static void add_rows(struct table_run *run, const struct story *story,
                     const struct samples *samples)
{
    struct sockstat_row row = {.run = run, .story = story};
    struct sample sum = {{0}};

    for (guint k = 0; k < samples->n; k++) {
        row.sample = samples->of[k];
        row.ns = samples->start_ns + (int64_t)k * samples->interval_ns;
        g_array_append_val(run->rows, row);
        for (unsigned state = 0; state < TSM_N_STATES; state++) {
            sum.n[state] += row.sample.n[state];
        }
    }
    if (run->people) {
        for (unsigned state = 0; state < TSM_N_STATES; state++) {
            row.sample.n[state] = (sum.n[state] + samples->n / 2) / samples->n;
        }
        row.average = true;
        g_array_append_val(run->rows, row);
    }
}

static void prepare(struct table_run *run)
{
    const int64_t *interval_ns = run->wants.own;

    run->rows = g_array_new(FALSE, FALSE, sizeof(struct sockstat_row));
    for (guint i = 0; i < run->captures.stories->len; i++) {
        const struct story *story = table_story(run, i);
        g_autoptr(Samples) samples =
            samples_take(story, run->wants.selection, *interval_ns, USUAL_SAMPLES);
        add_rows(run, story, samples);
    }
}

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    for (guint i = 0; i < run->rows->len; i++) {
        visit(&g_array_index(run->rows, struct sockstat_row, i), data);
    }
}

/* For people: states that nobody was in take no room. */
static void trim(const struct table_run *run, struct sheet *sheet)
{
    g_autoptr(GString) cell = g_string_new(NULL);

    for (guint c = sheet->columns->len; c-- > SAR_COLUMNS;) {
        const struct sheet_column *column = sheet_column_at(sheet, c);
        bool seen = false;
        for (guint i = 0; i < run->rows->len && !seen; i++) {
            g_string_truncate(cell, 0);
            column->put(&g_array_index(run->rows, struct sockstat_row, i), cell);
            seen = strcmp(cell->str, "0") != 0;
        }
        if (!seen) {
            g_ptr_array_remove_index(sheet->columns, c);
        }
    }
}

/* ---- the picture ---- */

static void draw(const struct table_run *run, bool inside, GString *svg)
{
    const int64_t *interval_ns = run->wants.own;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)samples_free);

    for (guint i = 0; i < run->captures.stories->len; i++) {
        g_ptr_array_add(all, samples_take(table_story(run, i), run->wants.selection, *interval_ns,
                                          STATES_PICTURE_SAMPLES));
    }
    states_picture(run->captures.stories, all, table_clock(run), inside, svg);
}

static const struct table table = {
    .title = "Sockets over time",
    .columns = columns,
    .picture = draw,
    .prepare = prepare,
    .each = each_row,
    .trim = trim,
};

static bool run(const struct options *options, int *status, GError **error)
{
    int64_t interval_ns = 0; /* one is chosen */

    return (options->interval == NULL ||
            time_arg_read_length(&interval_ns, "interval", options->interval, error)) &&
           session_print_table(&table, &interval_ns, options, status, error);
}

const struct verb verb_sockstat = {
    .name = "sockstat",
    .summary = "sockets and their states over time, as sar -n SOCK prints them",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_VIEW | OPTIONS_ENDS |
               OPTIONS_PERIOD | OPTIONS_ROWS | OPTIONS_INTERVAL | OPTIONS_FORMAT | OPTIONS_TABLE,
    .table = &table,
    .writes = FORMAT_PICTURE,
    .about = "A row for each interval, the first when the capture begins; both ends of each\n"
             "connection count, with --host those of that host. The first columns are sar's, then\n"
             "the states that occur. --since and --until bound the rows. Examples:\n"
             "  tcpstory sockstat --interval 1 trouble.pcap\n"
             "  tcpstory sockstat --host 10.9.0.2 --utc trouble.pcap\n"
             "  tcpstory sockstat --format csv -o sockets.csv trouble.pcap\n"
             "  tcpstory sockstat -o sockets.svg trouble.pcap\n",
    .run = run,
};
