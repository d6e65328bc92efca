/* live_waits.c - a table of what connections wait for; see live_waits.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "live_waits.h"

#include <string.h>

#include "duration.h"
#include "text.h"

#define S(name) (1u << TSM_##name)
#define UNACKED_FIN (S(FIN_WAIT_1) | S(CLOSING) | S(LAST_ACK))

/* A case: the first that fits. */
static const struct {
    tsm_state_set client, server; /* 0 = any */
    int unacked;                  /* the side of which something is not acknowledged; -1 = any */
    int since;                    /* the side since whose state it waits; -1 = the last segment */
    const char *what;
} cases[] = {
    {S(SYN_SENT), 0, -1, TSM_CLIENT, "an answer to the SYN"},
    {0, S(SYN_RCVD), -1, TSM_SERVER, "the third ACK"},
    {0, S(CLOSE_WAIT), -1, TSM_SERVER, "the server's application to close"},
    {S(CLOSE_WAIT), 0, -1, TSM_CLIENT, "the client's application to close"},
    {UNACKED_FIN, 0, -1, TSM_CLIENT, "the ACK of the client's FIN"},
    {0, UNACKED_FIN, -1, TSM_SERVER, "the ACK of the server's FIN"},
    {0, 0, TSM_CLIENT, -1, "an ACK of the server"},
    {0, 0, TSM_SERVER, -1, "an ACK of the client"},
};

static bool is_in(tsm_state_set set, const struct story_interval *interval)
{
    return set == 0 || tsm_contains(set, (enum tsm_state)interval->state);
}

static int64_t last_heard(const struct story_connection *connection)
{
    return MAX(connection->heard[0].last_ns, connection->heard[1].last_ns);
}

/* Fills in what it waits for. */
static void find_wait(const struct story *story, int64_t now_ns, struct live_wait *row)
{
    const struct story_silence *heard = row->connection->heard;

    row->what = "the next request";
    row->idle = true;
    row->ns = duration_forward(last_heard(row->connection), now_ns);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (!is_in(cases[i].client, row->last[TSM_CLIENT]) ||
            !is_in(cases[i].server, row->last[TSM_SERVER]) ||
            (cases[i].unacked >= 0 && heard[cases[i].unacked].unacked == 0)) {
            continue;
        }
        row->what = cases[i].what;
        row->idle = false;
        if (cases[i].since >= 0) {
            row->ns = duration_forward(story_state_since(story, row->last[cases[i].since]), now_ns);
        }
        return;
    }
}

/* ---- order ---- */

/* Below zero: a comes first. */
static gint compare_numbers(int64_t a, int64_t b)
{
    return (a < b) - (a > b);
}

static gint compare(gconstpointer x, gconstpointer y, gpointer data)
{
    const struct live_wait *a = x;
    const struct live_wait *b = y;
    const struct story_connection *of_a = a->connection;
    const struct story_connection *of_b = b->connection;

    switch (*(const enum live_sort *)data) {
    case LIVE_BY_AGE:
        return compare_numbers(-of_a->start_ns, -of_b->start_ns);
    case LIVE_BY_BYTES:
        return compare_numbers((int64_t)(of_a->bytes[0] + of_a->bytes[1]),
                               (int64_t)(of_b->bytes[0] + of_b->bytes[1]));
    case LIVE_BY_STREAM:
        return compare_numbers(of_a->stream, of_b->stream);
    case LIVE_BY_WAIT:
    case N_LIVE_SORTS:
        break;
    }
    return a->idle != b->idle ? a->idle - b->idle : compare_numbers(a->ns, b->ns);
}

const char *live_sort_word(enum live_sort sort)
{
    static const char *const words[] = {
#define X(name, word) [LIVE_BY_##name] = word,
        LIVE_SORT_LIST(X)
#undef X
    };

    return words[sort];
}

/* ---- rows ---- */

static bool passes(const struct live_wait *row, const char *filter, GString *line)
{
    if (filter == NULL || filter[0] == '\0') {
        return true;
    }
    g_string_truncate(line, 0);
    live_wait_text(row, line);
    g_autofree char *low = g_ascii_strdown(line->str, -1);
    g_autofree char *wanted = g_ascii_strdown(filter, -1);
    return strstr(low, wanted) != NULL;
}

GArray *live_waits(const struct story *story, int64_t now_ns, enum live_sort sort,
                   const char *filter)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct live_wait));
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        struct live_wait row = {.connection = connection,
                                .last = {story_last(story, connection, TSM_CLIENT),
                                         story_last(story, connection, TSM_SERVER)}};
        if (story_has_ended(connection) || row.last[0] == NULL || row.last[1] == NULL) {
            continue;
        }
        find_wait(story, now_ns, &row);
        if (passes(&row, filter, line)) {
            g_array_append_val(rows, row);
        }
    }
    g_array_sort_with_data(rows, compare, &sort);
    return rows;
}

/* ---- text ---- */

const char live_wait_heading[] =
    "Waits      Client                Server                For                              "
    "Client state  Server state     Bytes  Stream";

/* Goes on at a column behind `at`, or one blank further. */
static void pad(GString *text, gsize column)
{
    do {
        g_string_append_c(text, ' ');
    } while (text->len < column);
}

static void append_state(const struct story_interval *last, GString *text)
{
    g_string_append(text, tsm_state_name((enum tsm_state)last->state));
    g_string_append(text, story_is_certain(last) ? "" : "?");
}

void live_wait_text(const struct live_wait *row, GString *text)
{
    const struct story_connection *connection = row->connection;
    const gsize at = text->len;
    g_autoptr(GString) bytes = g_string_new(NULL);

    text_duration(text, row->ns);
    pad(text, at + 11);
    text_endpoint(text, &connection->tuple, TSM_CLIENT);
    pad(text, at + 33);
    text_endpoint(text, &connection->tuple, TSM_SERVER);
    pad(text, at + 55);
    g_string_append(text, row->what);
    pad(text, at + 88);
    append_state(row->last[TSM_CLIENT], text);
    pad(text, at + 102);
    append_state(row->last[TSM_SERVER], text);
    pad(text, at + 116);
    text_bytes(bytes, connection->bytes[0] + connection->bytes[1]);
    g_string_append_printf(text, "%8s %7u", bytes->str, connection->stream);
}
