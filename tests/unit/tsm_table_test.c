/* tsm_table_test.c - which stream a segment belongs to: Wireshark's numbering, both directions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_table.h"

#define NS_PER_MS 1000000

/* A table that is fed one segment after the other, a millisecond apart. */
struct fixture {
    struct tsm_table *table;
    struct tsm_fed fed;
    uint32_t frame;
};

static void set_up(struct fixture *f, gconstpointer data)
{
    (void)data;
    f->table = tsm_table_new(&tsm_model_default, &(const struct tsm_hash_key){1, 2});
    f->frame = 0;
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    (void)data;
    tsm_table_free(f->table);
}

/* From host a, port p to host b, port q; hosts are the last byte of the address. */
static struct tsm_tuple tuple4(uint8_t a, uint16_t p, uint8_t b, uint16_t q)
{
    return (struct tsm_tuple){
        .src = {10, 0, 0, a}, .dst = {10, 0, 0, b}, .sport = p, .dport = q, .addr_len = 4};
}

static struct tsm_tuple tuple6(uint8_t a, uint16_t p, uint8_t b, uint16_t q)
{
    struct tsm_tuple tuple = {.sport = p, .dport = q, .addr_len = 16};

    memcpy(tuple.src, "\x20\x01\x0d\xb8", 4);
    memcpy(tuple.dst, "\x20\x01\x0d\xb8", 4);
    tuple.src[15] = a;
    tuple.dst[15] = b;
    return tuple;
}

static struct tsm_tuple back(struct tsm_tuple tuple)
{
    struct tsm_tuple swapped = tuple;

    memcpy(swapped.src, tuple.dst, sizeof swapped.src);
    memcpy(swapped.dst, tuple.src, sizeof swapped.dst);
    swapped.sport = tuple.dport;
    swapped.dport = tuple.sport;
    return swapped;
}

/* Feeds a segment without data and returns the number of its stream. */
static uint32_t feed(struct fixture *f, struct tsm_tuple tuple, unsigned flags, uint32_t seq,
                     uint32_t ack)
{
    const struct tsm_segment seg = {
        .time_ns = (int64_t)f->frame * NS_PER_MS,
        .frame = ++f->frame,
        .seq = seq,
        .ack = ack,
        .flags = (uint16_t)flags,
        .window = 65535,
        .ip_id = (uint16_t)f->frame,
        .ttl = 64,
    };

    tsm_table_feed(f->table, &tuple, &seg, &f->fed);
    g_assert_nonnull(f->fed.stream);
    return f->fed.stream->number;
}

/* A whole handshake; returns the number of its stream. */
static uint32_t open_stream(struct fixture *f, struct tsm_tuple tuple, uint32_t isn)
{
    const uint32_t stream = feed(f, tuple, TSM_SYN, isn, 0);

    g_assert_cmpuint(feed(f, back(tuple), TSM_SYN | TSM_ACK, isn + 5000, isn + 1), ==, stream);
    g_assert_cmpuint(feed(f, tuple, TSM_ACK, isn + 1, isn + 5001), ==, stream);
    return stream;
}

static void test_empty(struct fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(tsm_table_count(f->table), ==, 0);
    g_assert_null(tsm_table_stream(f->table, 0));
    g_assert_null(tsm_table_stream(f->table, UINT32_MAX));
    tsm_table_free(NULL);
}

static void test_both_directions(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    g_assert_cmpuint(feed(f, there, TSM_SYN, 100, 0), ==, 0);
    g_assert_true(f->fed.started);
    g_assert_cmpuint(f->fed.verdict.sender, ==, TSM_CLIENT);
    g_assert_cmpuint(feed(f, back(there), TSM_SYN | TSM_ACK, 500, 101), ==, 0);
    g_assert_false(f->fed.started);
    g_assert_cmpuint(f->fed.verdict.sender, ==, TSM_SERVER);
    g_assert_cmpuint(tsm_table_count(f->table), ==, 1);
    g_assert_true(tsm_table_stream(f->table, 0) == f->fed.stream);
}

/* Whatever address is the greater: the sender of the SYN is the client, the tuple says so. */
static void test_client_tuple(struct fixture *f, gconstpointer data)
{
    (void)data;
    for (unsigned i = 0; i < 2; i++) {
        const struct tsm_tuple there = i == 0 ? tuple4(1, 40000, 2, 80) : tuple4(9, 40000, 3, 80);
        const uint32_t stream = open_stream(f, there, 100);
        const struct tsm_tuple told = tsm_stream_tuple(tsm_table_stream(f->table, stream));
        g_assert_cmpmem(told.src, 4, there.src, 4);
        g_assert_cmpmem(told.dst, 4, there.dst, 4);
        g_assert_cmpuint(told.sport, ==, there.sport);
        g_assert_cmpuint(told.dport, ==, there.dport);
    }
}

/* The SYN-ACK alone tells the roles, too. */
static void test_synack_first(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 80, 2, 40000); /* odd ports: a guess would fail */

    (void)data;
    feed(f, back(there), TSM_SYN | TSM_ACK, 500, 101);
    g_assert_cmpuint(f->fed.verdict.sender, ==, TSM_SERVER);
    g_assert_cmpuint(f->fed.stream->conn->role_basis, ==, TSM_ROLE_HANDSHAKE);
    g_assert_cmpuint(tsm_stream_tuple(f->fed.stream).sport, ==, 80);
}

static void test_neighbours(struct fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(open_stream(f, tuple4(1, 40000, 2, 80), 1), ==, 0);
    g_assert_cmpuint(open_stream(f, tuple4(1, 40001, 2, 80), 1), ==, 1);
    g_assert_cmpuint(open_stream(f, tuple4(1, 40000, 2, 81), 1), ==, 2);
    g_assert_cmpuint(open_stream(f, tuple4(1, 40000, 3, 80), 1), ==, 3);
    g_assert_cmpuint(open_stream(f, tuple4(4, 40000, 2, 80), 1), ==, 4);
    g_assert_cmpuint(open_stream(f, tuple4(1, 80, 2, 40000), 1), ==, 5); /* ports the other way */
    g_assert_cmpuint(open_stream(f, tuple6(1, 40000, 2, 80), 1), ==, 6);
    g_assert_cmpuint(feed(f, tuple4(1, 40000, 2, 80), TSM_ACK, 2, 5002), ==, 0);
    g_assert_cmpuint(feed(f, back(tuple6(1, 40000, 2, 80)), TSM_ACK, 5002, 2), ==, 6);
    g_assert_cmpuint(tsm_table_count(f->table), ==, 7);
}

/* Only addr_len bytes of an address count. */
static void test_address_length(struct fixture *f, gconstpointer data)
{
    struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    open_stream(f, there, 1);
    memset(there.src + 4, 0xee, 12);
    memset(there.dst + 4, 0x77, 12);
    g_assert_cmpuint(feed(f, there, TSM_ACK, 2, 5002), ==, 0);
}

static void test_same_syn(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    g_assert_cmpuint(feed(f, there, TSM_SYN, 100, 0), ==, 0);
    g_assert_cmpuint(feed(f, there, TSM_SYN, 100, 0), ==, 0);
    g_assert_cmpuint(f->fed.stream->conn->syn_tries, ==, 2);
}

static void test_other_syn(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    g_assert_cmpuint(feed(f, there, TSM_SYN, 100, 0), ==, 0);
    g_assert_cmpuint(f->fed.stream->conn->previous_stream, ==, TSM_NO_STREAM);
    g_assert_cmpuint(feed(f, there, TSM_SYN, 101, 0), ==, 1);
    g_assert_true(f->fed.started);
    g_assert_cmpuint(f->fed.stream->conn->previous_stream, ==, 0);
    g_assert_true(f->fed.ended == tsm_table_stream(f->table, 0));
    g_assert_cmpuint(f->fed.ended->conn->belief[TSM_CLIENT].state, ==, TSM_CLOSED);
    g_assert_cmpuint(feed(f, there, TSM_SYN, 102, 0), ==, 2);
    g_assert_cmpuint(f->fed.stream->conn->previous_stream, ==, 1);
}

/* Wireshark's rule asks for SYN without ACK; other SYN-ACKs and data stay in the stream. */
static void test_other_synack(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    open_stream(f, there, 100);
    g_assert_cmpuint(feed(f, back(there), TSM_SYN | TSM_ACK, 999999, 101), ==, 0);
    g_assert_cmpuint(feed(f, there, TSM_ACK, 7777777, 5101), ==, 0);
    g_assert_cmpuint(feed(f, there, TSM_RST, 42, 0), ==, 0);
}

/* The base sequence number of a stream that began in its middle is one before what was seen. */
static void test_midstream_syn(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    g_assert_cmpuint(feed(f, there, TSM_ACK, 1001, 2001), ==, 0);
    g_assert_cmpuint(feed(f, there, TSM_SYN, 1000, 0), ==, 0);
    g_assert_cmpuint(feed(f, back(there), TSM_SYN, 2000, 0), ==, 0); /* learned from the ACK */
    g_assert_cmpuint(feed(f, back(there), TSM_SYN, 2001, 0), ==, 1);
}

/* The answering SYN of a simultaneous or split open has a base of its own. */
static void test_syn_from_both(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    g_assert_cmpuint(feed(f, there, TSM_SYN, 100, 0), ==, 0);
    g_assert_cmpuint(feed(f, back(there), TSM_SYN, 500, 0), ==, 0);
    g_assert_cmpuint(feed(f, back(there), TSM_SYN, 500, 0), ==, 0);
    g_assert_cmpuint(feed(f, there, TSM_SYN | TSM_ACK, 100, 501), ==, 0);
}

static void test_reuse(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    for (uint32_t i = 0; i < 5; i++) {
        g_assert_cmpuint(open_stream(f, there, 1000 + 100000 * i), ==, i);
        g_assert_cmpuint(feed(f, there, TSM_RST, 1001 + 100000 * i, 0), ==, i);
        g_assert_cmpuint(f->fed.verdict.after[TSM_CLIENT].state, ==, TSM_CLOSED);
    }
    g_assert_cmpuint(tsm_table_count(f->table), ==, 5);
}

static const struct tsm_icmp_error unreachable = {.type = 3, .code = 1, .fatal = true};

/* A header quoted by an ICMP error counts as a stream, as in Wireshark, but is none to look at. */
static void test_quote(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);
    const struct tsm_segment quoted = {.time_ns = 5, .frame = 1, .seq = 100, .flags = TSM_SYN};

    (void)data;
    tsm_table_quote(f->table, &there, &quoted, false, &unreachable, &f->fed);
    g_assert_null(f->fed.stream);
    g_assert_cmpuint(tsm_table_count(f->table), ==, 0);
    tsm_table_quote(f->table, &there, &quoted, true, &unreachable, &f->fed);
    g_assert_null(f->fed.stream);
    g_assert_cmpuint(tsm_table_count(f->table), ==, 1);
    g_assert_null(tsm_table_stream(f->table, 0));
    g_assert_cmpuint(feed(f, tuple4(1, 40001, 2, 80), TSM_SYN, 100, 0), ==, 1);
}

static void test_quote_of_syn(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);
    const struct tsm_segment quoted = {
        .time_ns = NS_PER_MS, .frame = 2, .seq = 100, .flags = TSM_SYN};

    (void)data;
    feed(f, there, TSM_SYN, 100, 0);
    tsm_table_quote(f->table, &there, &quoted, true, &unreachable, &f->fed);
    g_assert_nonnull(f->fed.stream);
    g_assert_cmpuint(f->fed.stream->conn->belief[TSM_CLIENT].state, ==, TSM_CLOSED);
    g_assert_cmpuint(tsm_table_count(f->table), ==, 1);
}

/* More streams than the table has buckets at first; all are found again. */
static void test_many(struct fixture *f, gconstpointer data)
{
    enum { N = 5000 };

    (void)data;
    for (uint32_t i = 0; i < N; i++) {
        g_assert_cmpuint(feed(f, tuple4(1, (uint16_t)(10000 + i), 2, 80), TSM_SYN, i, 0), ==, i);
    }
    for (uint32_t i = 0; i < N; i++) {
        const struct tsm_tuple there = tuple4(1, (uint16_t)(10000 + i), 2, 80);
        g_assert_cmpuint(feed(f, back(there), TSM_SYN | TSM_ACK, 1, i + 1), ==, i);
        g_assert_cmpuint(tsm_table_stream(f->table, i)->number, ==, i);
    }
    g_assert_cmpuint(tsm_table_count(f->table), ==, N);
}

/* One socket connected to itself: same address, same port. */
static void test_self(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple self = tuple4(1, 40000, 1, 40000);

    (void)data;
    g_assert_cmpuint(feed(f, self, TSM_SYN, 100, 0), ==, 0);
    g_assert_cmpuint(feed(f, self, TSM_SYN | TSM_ACK, 100, 101), ==, 0);
    g_assert_cmpuint(f->fed.verdict.after[TSM_CLIENT].state, ==,
                     f->fed.verdict.after[TSM_SERVER].state);
}

static void test_finish(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);
    struct tsm_verdict verdict;

    (void)data;
    feed(f, there, TSM_SYN, 100, 0);
    struct tsm_stream *stream = f->fed.stream;
    tsm_table_finish(f->table, stream, INT64_C(500) * 1000 * NS_PER_MS, &verdict);
    g_assert_cmpuint(stream->conn->belief[TSM_CLIENT].state, ==, TSM_CLOSED);
    g_assert_cmpuint(stream->conn->belief[TSM_CLIENT].basis, ==, TSM_TIMED);
    g_assert_cmpuint(verdict.n_changes, >, 0);
}

/* ---- giving up streams ---- */

static void assert_surplus(const struct fixture *f, uint32_t most, uint32_t stream)
{
    const struct tsm_stream *surplus = tsm_table_surplus(f->table, most);

    g_assert_nonnull(surplus);
    g_assert_cmpuint(surplus->number, ==, stream);
}

/* Gives up what is too much; returns how many that were. */
static guint give_up(struct fixture *f, uint32_t most)
{
    struct tsm_stream *surplus;
    guint n = 0;

    for (; (surplus = tsm_table_surplus(f->table, most)) != NULL; n++) {
        tsm_table_forget(f->table, surplus);
    }
    return n;
}

/* Whoever had no segment for longest goes first, whenever it began. */
static void test_idle_order(struct fixture *f, gconstpointer data)
{
    (void)data;
    for (uint16_t port = 0; port < 4; port++) {
        open_stream(f, tuple4(1, 40000 + port, 2, 80), 100);
    }
    feed(f, tuple4(1, 40000, 2, 80), TSM_ACK, 101, 5101);
    feed(f, back(tuple4(1, 40002, 2, 80)), TSM_ACK, 5101, 101);
    feed(f, tuple4(1, 40000, 2, 80), TSM_ACK, 101, 5101);
    g_assert_null(tsm_table_surplus(f->table, 4));
    for (guint i = 0; i < 4; i++) {
        static const uint32_t order[] = {1, 3, 2, 0};
        assert_surplus(f, 3 - i, order[i]);
        tsm_table_forget(f->table, tsm_table_surplus(f->table, 3 - i));
        g_assert_null(tsm_table_stream(f->table, order[i]));
    }
    g_assert_null(tsm_table_surplus(f->table, 0));
    g_assert_cmpuint(tsm_table_count(f->table), ==, 4); /* numbers stay used */
}

/* Those that are over go before those that are not, however long those have been idle. */
static void test_over_first(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple reset[] = {tuple4(1, 40001, 2, 80), tuple4(1, 40002, 2, 80)};

    (void)data;
    open_stream(f, tuple4(1, 40000, 2, 80), 100);
    open_stream(f, reset[0], 100);
    open_stream(f, reset[1], 100);
    feed(f, reset[1], TSM_RST, 101, 0);
    feed(f, reset[0], TSM_RST, 101, 0);
    assert_surplus(f, 2, 2);
    tsm_table_forget(f->table, tsm_table_surplus(f->table, 2));
    assert_surplus(f, 1, 1);
    tsm_table_forget(f->table, tsm_table_surplus(f->table, 1));
    assert_surplus(f, 0, 0);
}

/* What comes on the tuple of a stream that was given up begins a new one, from its middle. */
static void test_given_up_and_back(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    open_stream(f, there, 100);
    open_stream(f, tuple4(1, 40001, 2, 80), 100);
    g_assert_cmpuint(give_up(f, 1), ==, 1);
    g_assert_cmpuint(feed(f, back(there), TSM_ACK, 5101, 101), ==, 2);
    g_assert_true(f->fed.started);
    g_assert_cmpuint(f->fed.stream->conn->previous_stream, ==, TSM_NO_STREAM);
    g_assert_cmpuint(f->fed.verdict.notes & TSM_NOTE_GUESSED_START, !=, 0);
    g_assert_cmpuint(feed(f, there, TSM_ACK, 101, 5101), ==, 2);
}

/* Of several streams on a tuple the older ones go first, and the newest remains the one that
 * counts. */
static void test_given_up_older(struct fixture *f, gconstpointer data)
{
    const struct tsm_tuple there = tuple4(1, 40000, 2, 80);

    (void)data;
    for (uint32_t i = 0; i < 4; i++) {
        g_assert_cmpuint(feed(f, there, TSM_SYN, 100 + i, 0), ==, i);
    }
    assert_surplus(f, 3, 0);
    g_assert_cmpuint(give_up(f, 2), ==, 2);
    g_assert_cmpuint(feed(f, back(there), TSM_SYN | TSM_ACK, 500, 104), ==, 3);
    g_assert_true(f->fed.stream->older == tsm_table_stream(f->table, 2));
    g_assert_null(f->fed.stream->older->older);
    g_assert_cmpuint(give_up(f, 0), ==, 2);
    g_assert_cmpuint(feed(f, there, TSM_SYN, 900, 0), ==, 4);
    g_assert_cmpuint(f->fed.stream->conn->previous_stream, ==, TSM_NO_STREAM);
}

/* Numbers that ICMP quotes have taken go first. */
static void test_given_up_quotes(struct fixture *f, gconstpointer data)
{
    const struct tsm_segment quoted = {.time_ns = 5, .frame = 1, .seq = 100, .flags = TSM_SYN};

    (void)data;
    open_stream(f, tuple4(1, 40000, 2, 80), 100);
    for (uint16_t port = 1; port < 100; port++) {
        const struct tsm_tuple there = tuple4(1, 40000 + port, 2, 80);
        tsm_table_quote(f->table, &there, &quoted, true, &unreachable, &f->fed);
        g_assert_cmpuint(give_up(f, 1), ==, 1);
    }
    g_assert_cmpuint(feed(f, tuple4(1, 40000, 2, 80), TSM_ACK, 101, 5101), ==, 0);
    g_assert_cmpuint(feed(f, tuple4(1, 40001, 2, 80), TSM_SYN, 100, 0), ==, 100);
}

/* Many come and go while few are kept: all of the few are found. */
static void test_many_given_up(struct fixture *f, gconstpointer data)
{
    enum { N = 20000, KEPT = 1500 };

    (void)data;
    for (uint32_t i = 0; i < N; i++) {
        feed(f, tuple4(1, (uint16_t)(10000 + i), 2, 80), TSM_SYN, i, 0);
        g_assert_cmpuint(give_up(f, KEPT), ==, i >= KEPT);
    }
    for (uint32_t i = 0; i < N; i++) {
        g_assert_true((tsm_table_stream(f->table, i) != NULL) == (i >= N - KEPT));
    }
    for (uint32_t i = N - KEPT; i < N; i++) {
        const struct tsm_tuple there = tuple4(1, (uint16_t)(10000 + i), 2, 80);
        g_assert_cmpuint(feed(f, back(there), TSM_SYN | TSM_ACK, 1, i + 1), ==, i);
    }
}

int main(int argc, char **argv)
{
    // clang-format off
    static const struct {
        const char *name;
        void (*test)(struct fixture *f, gconstpointer data);
    } tests[] = {
        {"empty",           test_empty},           {"both-directions", test_both_directions},
        {"client-tuple",    test_client_tuple},    {"synack-first",    test_synack_first},
        {"neighbours",      test_neighbours},      {"address-length",  test_address_length},
        {"same-syn",        test_same_syn},        {"other-syn",       test_other_syn},
        {"other-synack",    test_other_synack},    {"midstream-syn",   test_midstream_syn},
        {"syn-from-both",   test_syn_from_both},   {"reuse",           test_reuse},
        {"quote",           test_quote},           {"quote-of-syn",    test_quote_of_syn},
        {"many",            test_many},            {"self",            test_self},
        {"finish",          test_finish},          {"idle-order",      test_idle_order},
        {"over-first",      test_over_first},      {"given-up-back",   test_given_up_and_back},
        {"given-up-older",  test_given_up_older},  {"given-up-quotes", test_given_up_quotes},
        {"many-given-up",   test_many_given_up},
    };
    // clang-format on

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *name = g_strdup_printf("/table/%s", tests[i].name);
        g_test_add(name, struct fixture, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}
