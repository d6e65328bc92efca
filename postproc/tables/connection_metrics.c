/* connection_metrics.c - see connection_metrics.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_metrics.h"

#include "connection_row.h"
#include "duration.h"

const char *const connection_metric_names[] = {
#define OF_BOTH(word) "client_" word, "server_" word
    OF_BOTH("rtt_min"),
    OF_BOTH("rtt_mean"),
    OF_BOTH("rtt_max"),
    OF_BOTH("rtt_samples"),
    OF_BOTH("rtt_handshake"),
    OF_BOTH("transfer"),
    OF_BOTH("window_max"),
    OF_BOTH("zero_windows"),
    OF_BOTH("ece"),
    OF_BOTH("dup_acks"),
    OF_BOTH("retrans_timeout"),
    OF_BOTH("retrans_fast"),
    "first_byte",
    "ecn",
    NULL,
#undef OF_BOTH
};

static struct tsm_metrics_of_end metrics_of(const struct connection_row *row, enum tsm_side side)
{
    return story_metrics(row->story, row->connection).end[side];
}

static const struct tsm_facts *facts_of(const struct connection_row *row, enum tsm_side side)
{
    return &story_facts(row->story, row->connection, side)->seen;
}

static struct tsm_spent_end spent_of(const struct connection_row *row, enum tsm_side side)
{
    return story_spent(row->story, row->connection).end[side];
}

/* A count of its metrics; missing when those are not known. */
static int64_t counted(const struct connection_row *row, uint32_t count)
{
    return story_has_metrics(row->connection) ? (int64_t)count : -1;
}

/* A length that is missing when there is none. */
static int64_t or_missing(int64_t ns)
{
    return ns > 0 ? ns : -1;
}

/* ---- values of an end ---- */

static int64_t port(const struct connection_row *row, enum tsm_side side)
{
    const struct tsm_tuple *tuple = &row->connection->tuple;

    return side == TSM_CLIENT ? tuple->sport : tuple->dport;
}

static int64_t rtt_samples(const struct connection_row *row, enum tsm_side side)
{
    return counted(row, metrics_of(row, side).rtts);
}

static int64_t rtt_min(const struct connection_row *row, enum tsm_side side)
{
    const struct tsm_metrics_of_end is = metrics_of(row, side);

    return is.rtts > 0 ? is.rtt_least_ns : -1;
}

static int64_t rtt_mean(const struct connection_row *row, enum tsm_side side)
{
    const struct tsm_metrics_of_end is = metrics_of(row, side);

    return is.rtts > 0 ? is.rtt_sum_ns / is.rtts : -1;
}

static int64_t rtt_max(const struct connection_row *row, enum tsm_side side)
{
    const struct tsm_metrics_of_end is = metrics_of(row, side);

    return is.rtts > 0 ? is.rtt_most_ns : -1;
}

static int64_t rtt_handshake(const struct connection_row *row, enum tsm_side side)
{
    return or_missing(metrics_of(row, side).handshake_ns);
}

static int64_t throughput(const struct connection_row *row, enum tsm_side side)
{
    const int64_t ns = duration_forward(row->connection->start_ns, row->connection->end_ns);
    const double rate = ns > 0 ? (double)row->connection->bytes[side] * 1e9 / (double)ns : -1;

    return rate >= 0 && rate < 1e18 ? (int64_t)(rate + 0.5) : -1;
}

static int64_t transfer(const struct connection_row *row, enum tsm_side side)
{
    const struct tsm_metrics_of_end is = metrics_of(row, side);

    return is.first_data_ns != 0 ? duration_forward(is.first_data_ns, is.last_data_ns) : -1;
}

static int64_t idle_max(const struct connection_row *row, enum tsm_side side)
{
    return row->connection->segments[side] > 1 ? spent_of(row, side).quiet_ns : -1;
}

static int64_t mss(const struct connection_row *row, enum tsm_side side)
{
    return or_missing(facts_of(row, side)->mss);
}

/* Whether its SYN or SYN-ACK offers something; -1 = none was captured. */
static int64_t offers(const struct connection_row *row, enum tsm_side side, unsigned what)
{
    const struct tsm_facts *facts = facts_of(row, side);

    return facts->isns == 0 ? -1 : (facts->offered & what) != 0;
}

static int64_t window_scale(const struct connection_row *row, enum tsm_side side)
{
    return offers(row, side, TSM_HAS_WSCALE) == 1 ? facts_of(row, side)->wscale : -1;
}

/* Scaled only when both have offered it (RFC 7323 2.2). */
static int64_t window_max(const struct connection_row *row, enum tsm_side side)
{
    const struct tsm_metrics_of_end is = metrics_of(row, side);
    const bool scaled = offers(row, TSM_CLIENT, TSM_HAS_WSCALE) == 1 &&
                        offers(row, TSM_SERVER, TSM_HAS_WSCALE) == 1;
    const int64_t most = (int64_t)is.most_window << (scaled ? facts_of(row, side)->wscale : 0);

    return story_has_metrics(row->connection) && row->connection->segments[side] > 0
               ? MAX(most, (int64_t)is.syn_window)
               : -1;
}

static int64_t zero_windows(const struct connection_row *row, enum tsm_side side)
{
    return counted(row, metrics_of(row, side).zero_windows);
}

static int64_t sack(const struct connection_row *row, enum tsm_side side)
{
    return offers(row, side, TSM_HAS_SACK_PERM);
}

static int64_t timestamps(const struct connection_row *row, enum tsm_side side)
{
    return offers(row, side, TSM_HAS_TIMESTAMP);
}

static int64_t ece(const struct connection_row *row, enum tsm_side side)
{
    return counted(row, metrics_of(row, side).ece);
}

static int64_t ttl(const struct connection_row *row, enum tsm_side side)
{
    return or_missing(facts_of(row, side)->ttl_least);
}

static int64_t out_of_order(const struct connection_row *row, enum tsm_side side)
{
    const struct tsm_spent_end spent = spent_of(row, side);

    return (int64_t)spent.filled + spent.reordered;
}

static int64_t dup_acks(const struct connection_row *row, enum tsm_side side)
{
    return counted(row, metrics_of(row, side).dup_acks);
}

static int64_t retrans_fast(const struct connection_row *row, enum tsm_side side)
{
    return counted(row, metrics_of(row, side).fast);
}

static int64_t retrans_timeout(const struct connection_row *row, enum tsm_side side)
{
    return counted(row, metrics_of(row, side).timeouts);
}

static int64_t retrans_spurious(const struct connection_row *row, enum tsm_side side)
{
    return spent_of(row, side).needless;
}

/* ---- values of the whole ---- */

static int64_t first_byte(const struct connection_row *row)
{
    const int64_t asked = metrics_of(row, TSM_CLIENT).first_data_ns;
    const int64_t answered = metrics_of(row, TSM_SERVER).first_data_ns;

    return asked != 0 && answered > asked ? duration_forward(asked, answered) : -1;
}

static int64_t vlan(const struct connection_row *row)
{
    const unsigned path = facts_of(row, TSM_CLIENT)->path != 0 ? facts_of(row, TSM_CLIENT)->path
                                                               : facts_of(row, TSM_SERVER)->path;

    return or_missing(path & 0xfff);
}

/* ---- cells ---- */

static void put_length(const struct connection_row *row, int64_t ns, GString *cell)
{
    connection_put_length(row, ns, cell);
}

static void put_number(const struct connection_row *row, int64_t number, GString *cell)
{
    (void)row;
    if (number < 0) {
        g_string_append_c(cell, '-');
    } else {
        text_number(cell, (uint64_t)number);
    }
}

static void put_yes(const struct connection_row *row, int64_t value, GString *cell)
{
    (void)row;
    g_string_append(cell, value < 0 ? "-" : value > 0 ? "yes" : "no");
}

#define SIDE_CELL(name, value, form)                           \
    int64_t connection_key_##name(const void *row)             \
    {                                                          \
        return value;                                          \
    }                                                          \
    void connection_put_##name(const void *row, GString *cell) \
    {                                                          \
        put_##form(row, connection_key_##name(row), cell);     \
    }
#define X(word, form, before, after)                      \
    SIDE_CELL(client_##word, word(row, TSM_CLIENT), form) \
    SIDE_CELL(server_##word, word(row, TSM_SERVER), form)
CONNECTION_METRIC_NUMBERS(X)
#undef X
#define X(word, form, meaning) SIDE_CELL(word, word(row), form)
CONNECTION_METRIC_WHOLE(X)
#undef X

void connection_put_client_host(const void *data, GString *cell)
{
    const struct tsm_tuple *tuple = &((const struct connection_row *)data)->connection->tuple;

    text_host(cell, tuple->src, tuple->addr_len);
}

void connection_put_server_host(const void *data, GString *cell)
{
    const struct tsm_tuple *tuple = &((const struct connection_row *)data)->connection->tuple;

    text_host(cell, tuple->dst, tuple->addr_len);
}

static void put_name(const char *name, GString *cell)
{
    if (name != NULL) {
        text_safe(cell, name);
    } else {
        g_string_append_c(cell, '-');
    }
}

void connection_put_server_name(const void *data, GString *cell)
{
    const struct connection_row *row = data;

    put_name(story_server_name(row->story, row->connection), cell);
}

void connection_put_interface(const void *data, GString *cell)
{
    const struct connection_row *row = data;

    put_name(story_interface(row->story, row->connection->frame), cell);
}

/* Source: RFC 3168 6.1.1. */
void connection_put_ecn(const void *data, GString *cell)
{
    const uint32_t client = metrics_of(data, TSM_CLIENT).ecn_syn;
    const uint32_t server = metrics_of(data, TSM_SERVER).ecn_syn;
    const bool offered = (client & (TSM_ECE | TSM_CWR)) == (TSM_ECE | TSM_CWR);
    const bool taken = offered && (server & (TSM_ECE | TSM_CWR)) == TSM_ECE;

    g_string_append(cell, (client & TSM_SYN) == 0 ? "-"
                          : taken                 ? "yes"
                          : offered               ? "offered"
                                                  : "no");
}
