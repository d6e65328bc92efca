/* tsm_metrics_test.c - round trips, duplicate ACKs, and why something was sent again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "tsm_metrics.h"

#define MS G_GINT64_CONSTANT(1000000)
#define CLIENT_ISN 0xfffffff0u /* wraps */
#define SERVER_ISN 5000u

/* A connection as the test goes on; numbers are relative, the SYN being 0. */
struct replay {
    struct tsm_metrics metrics;
    int64_t now_ns;
};

static uint32_t raw(enum tsm_side side, uint32_t relative)
{
    return relative + (side == TSM_CLIENT ? CLIENT_ISN : SERVER_ISN);
}

static struct tsm_segment segment(const struct replay *r, enum tsm_side side, unsigned flags,
                                  uint32_t seq, uint32_t ack, uint32_t payload)
{
    return (struct tsm_segment){
        .time_ns = r->now_ns,
        .seq = raw(side, seq),
        .ack = raw(tsm_other(side), ack),
        .flags = (uint16_t)flags,
        .payload = payload,
        .window = 1000,
    };
}

/* Feeds it `ms` later; `notes` as the engine would say. */
static void feed(struct replay *r, int64_t ms, enum tsm_side side, struct tsm_segment seg,
                 uint32_t notes)
{
    const struct tsm_verdict verdict = {.sender = (uint8_t)side, .notes = notes};

    r->now_ns += ms * MS;
    seg.time_ns = r->now_ns;
    tsm_metrics_feed(&r->metrics, &seg, &verdict);
}

/* SEND(r, ms, side, flags, seq, ack, payload): the next segment of an end. */
#define SEND(r, ms, side, ...) feed(r, ms, side, segment(r, side, __VA_ARGS__), 0)

static void send_again(struct replay *r, int64_t ms, enum tsm_side side, uint32_t seq,
                       uint32_t payload)
{
    feed(r, ms, side, segment(r, side, TSM_ACK, seq, 1, payload), TSM_NOTE_RETRANSMISSION);
}

static struct replay opened(void)
{
    struct replay r = {.now_ns = 1700000000000 * MS};

    SEND(&r, 0, TSM_CLIENT, TSM_SYN | TSM_ECE | TSM_CWR, 0, 0, 0);
    SEND(&r, 20, TSM_SERVER, TSM_SYN | TSM_ACK | TSM_ECE, 0, 1, 0);
    SEND(&r, 1, TSM_CLIENT, TSM_ACK, 1, 1, 0);
    return r;
}

static const struct tsm_metrics_of_end *of(const struct replay *r, enum tsm_side side)
{
    return &r->metrics.end[side].is;
}

static void test_handshake(void)
{
    const struct replay r = opened();

    g_assert_cmpint(of(&r, TSM_CLIENT)->handshake_ns, ==, 20 * MS);
    g_assert_cmpint(of(&r, TSM_SERVER)->handshake_ns, ==, 1 * MS);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->rtts, ==, 0);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->ecn_syn, ==, TSM_SYN | TSM_ECE | TSM_CWR);
    g_assert_cmpuint(of(&r, TSM_SERVER)->ecn_syn, ==, TSM_SYN | TSM_ECE);
}

/* Of a SYN that was sent twice nobody knows which one was answered. */
static void test_handshake_in_doubt(void)
{
    struct replay r = {.now_ns = 1700000000000 * MS};

    SEND(&r, 0, TSM_CLIENT, TSM_SYN, 0, 0, 0);
    feed(&r, 1000, TSM_CLIENT, segment(&r, TSM_CLIENT, TSM_SYN, 0, 0, 0), TSM_NOTE_RETRANSMISSION);
    SEND(&r, 20, TSM_SERVER, TSM_SYN | TSM_ACK, 0, 1, 0);
    g_assert_cmpint(of(&r, TSM_CLIENT)->handshake_ns, ==, 0);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->timeouts, ==, 1);
}

static void test_round_trips(void)
{
    struct replay r = opened();

    SEND(&r, 5, TSM_CLIENT, TSM_ACK, 1, 1, 100);
    SEND(&r, 30, TSM_SERVER, TSM_ACK, 1, 101, 0);
    SEND(&r, 5, TSM_CLIENT, TSM_ACK, 101, 1, 100);
    SEND(&r, 5, TSM_CLIENT, TSM_ACK, 201, 1, 100);
    SEND(&r, 45, TSM_SERVER, TSM_ACK, 1, 301, 0); /* ends with the second of them */
    SEND(&r, 5, TSM_CLIENT, TSM_ACK | TSM_FIN, 301, 1, 0);
    SEND(&r, 10, TSM_SERVER, TSM_ACK, 1, 302, 0);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->rtts, ==, 3);
    g_assert_cmpint(of(&r, TSM_CLIENT)->rtt_least_ns, ==, 10 * MS);
    g_assert_cmpint(of(&r, TSM_CLIENT)->rtt_most_ns, ==, 45 * MS);
    g_assert_cmpint(of(&r, TSM_CLIENT)->rtt_sum_ns, ==, 85 * MS);
    g_assert_cmpint(of(&r, TSM_CLIENT)->last_data_ns - of(&r, TSM_CLIENT)->first_data_ns, ==,
                    40 * MS);
}

/* Neither what was sent twice nor what waited for it measures; what comes later does. */
static void test_karn(void)
{
    struct replay r = opened();

    SEND(&r, 5, TSM_CLIENT, TSM_ACK, 1, 1, 100);
    SEND(&r, 1, TSM_CLIENT, TSM_ACK, 101, 1, 100);
    send_again(&r, 200, TSM_CLIENT, 1, 100);
    SEND(&r, 30, TSM_SERVER, TSM_ACK, 1, 201, 0);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->rtts, ==, 0);
    SEND(&r, 1, TSM_CLIENT, TSM_ACK, 201, 1, 100);
    SEND(&r, 30, TSM_SERVER, TSM_ACK, 1, 301, 0);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->rtts, ==, 1);
    g_assert_cmpint(of(&r, TSM_CLIENT)->rtt_sum_ns, ==, 30 * MS);
}

/* More on their way than are remembered: what is remembered is right. */
static void test_many_on_their_way(void)
{
    struct replay r = opened();
    const uint32_t n = 3 * TSM_METRIC_FLIGHTS;

    for (uint32_t i = 0; i < n; i++) {
        SEND(&r, 1, TSM_CLIENT, TSM_ACK, 1 + 10 * i, 1, 10);
    }
    for (uint32_t i = 0; i < n; i++) {
        SEND(&r, i == 0 ? 50 : 1, TSM_SERVER, TSM_ACK, 1, 11 + 10 * i, 0);
    }
    g_assert_cmpuint(of(&r, TSM_CLIENT)->rtts, ==, TSM_METRIC_FLIGHTS);
    g_assert_cmpint(of(&r, TSM_CLIENT)->rtt_least_ns, ==, of(&r, TSM_CLIENT)->rtt_most_ns);
}

static void test_duplicates(void)
{
    struct replay r = opened();

    for (uint32_t i = 0; i < 5; i++) {
        SEND(&r, 1, TSM_SERVER, TSM_ACK, 1 + 100 * i, 1, 100);
    }
    SEND(&r, 1, TSM_CLIENT, TSM_ACK, 1, 101, 0);
    for (int i = 0; i < 3; i++) {
        SEND(&r, 1, TSM_CLIENT, TSM_ACK, 1, 101, 0);
    }
    g_assert_cmpuint(of(&r, TSM_CLIENT)->dup_acks, ==, 3);
    send_again(&r, 1, TSM_SERVER, 101, 100);
    g_assert_cmpuint(of(&r, TSM_SERVER)->fast, ==, 1);
    send_again(&r, 300, TSM_SERVER, 201, 100); /* nobody has asked for that one */
    g_assert_cmpuint(of(&r, TSM_SERVER)->timeouts, ==, 1);
    SEND(&r, 1, TSM_CLIENT, TSM_ACK, 1, 501, 0);
    SEND(&r, 1, TSM_CLIENT, TSM_ACK, 1, 501, 0); /* nothing is owed: RFC 5681 2 (a) */
    g_assert_cmpuint(of(&r, TSM_CLIENT)->dup_acks, ==, 3);
}

/* What SACK shows missing is asked for by the first report; what lies behind all reports is not. */
static void test_sack(void)
{
    struct replay r = opened();
    struct tsm_segment report = segment(&r, TSM_CLIENT, TSM_ACK, 1, 1, 0);

    for (uint32_t i = 0; i < 5; i++) {
        SEND(&r, 1, TSM_SERVER, TSM_ACK, 1 + 100 * i, 1, 100);
    }
    report.known = TSM_HAS_SACK;
    report.sack_left = raw(TSM_SERVER, 201);
    report.sack_right = raw(TSM_SERVER, 401);
    feed(&r, 1, TSM_CLIENT, report, 0);
    send_again(&r, 1, TSM_SERVER, 101, 100);
    g_assert_cmpuint(of(&r, TSM_SERVER)->fast, ==, 1);
    send_again(&r, 1, TSM_SERVER, 401, 100);
    g_assert_cmpuint(of(&r, TSM_SERVER)->timeouts, ==, 1);
}

static void test_windows(void)
{
    struct replay r = opened();
    struct tsm_segment shut = segment(&r, TSM_CLIENT, TSM_ACK, 1, 1, 0);

    shut.window = 0;
    feed(&r, 1, TSM_CLIENT, shut, 0);
    feed(&r, 1, TSM_CLIENT, shut, TSM_NOTE_DUPLICATE); /* the same packet, captured twice */
    shut.flags |= TSM_RST;
    feed(&r, 1, TSM_CLIENT, shut, 0);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->zero_windows, ==, 1);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->most_window, ==, 1000);
    g_assert_cmpuint(of(&r, TSM_CLIENT)->syn_window, ==, 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metrics/handshake", test_handshake);
    g_test_add_func("/metrics/handshake-in-doubt", test_handshake_in_doubt);
    g_test_add_func("/metrics/round-trips", test_round_trips);
    g_test_add_func("/metrics/karn", test_karn);
    g_test_add_func("/metrics/many-on-their-way", test_many_on_their_way);
    g_test_add_func("/metrics/duplicates", test_duplicates);
    g_test_add_func("/metrics/sack", test_sack);
    g_test_add_func("/metrics/windows", test_windows);
    return g_test_run();
}
