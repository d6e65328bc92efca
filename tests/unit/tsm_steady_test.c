/* tsm_steady_test.c - the fast path of a plain segment leads where the slow path does.
 *
 * Two connections get the same segments, one of them the slow path each time; afterwards both must
 * be the same to the last bit. A third one gets them without facts, and the verdicts on it must be
 * the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "traffic.h"
#include "tsm_flow.h"
#include "tsm_internal.h"
#include "tsm_spent.h"

/* The same connection fed both ways, and what Zeek would log of it, and its time. */
struct pair {
    struct tsm_conn may_be_fast, is_long, no_facts;
    struct tsm_flow flow_may_be_fast, flow_is_long;
    struct tsm_spender spender_may_be_fast, spender_is_long;
};

static unsigned n_steady;      /* how often the fast path was open */
static unsigned n_steady_time; /* how often that of the time was taken */

static void begin(struct pair *pair, const struct tsm_segment *first, unsigned end)
{
    memset(pair, 0, sizeof *pair);
    tsm_conn_init(&pair->may_be_fast, 0, first, end, 40000, 80);
    tsm_conn_init(&pair->is_long, 0, first, end, 40000, 80);
    tsm_conn_init(&pair->no_facts, 0, first, end, 40000, 80);
    tsm_conn_want_facts(&pair->no_facts, false);
}

/* Zeroes what does not count: room of the queues that is not in use. */
static void strip(struct tsm_conn *conn)
{
    for (unsigned side = 0; side < 2; side++) {
        struct tsm_endpoint *ep = &conn->ep[side];
        const size_t used = ep->n_pending * sizeof ep->pending[0];
        memset((char *)ep->pending + used, 0, sizeof ep->pending - used);
    }
}

static void assert_same_bytes(const char *what, const void *a, const void *b, size_t size,
                              uint32_t frame)
{
    size_t at = 0;

    while (at < size && ((const char *)a)[at] == ((const char *)b)[at]) {
        at++;
    }
    if (at < size) {
        g_test_message("%ss differ after frame %u, at offset %zu", what, frame, at);
        g_test_fail();
    }
}

static void assert_same_conn(const struct pair *pair, uint32_t frame)
{
    struct tsm_conn may_be_fast, is_long;

    memcpy(&may_be_fast, &pair->may_be_fast, sizeof may_be_fast);
    memcpy(&is_long, &pair->is_long, sizeof is_long);
    strip(&may_be_fast);
    strip(&is_long);
    assert_same_bytes("connection", &may_be_fast, &is_long, sizeof is_long, frame);
    assert_same_bytes("flow", &pair->flow_may_be_fast, &pair->flow_is_long,
                      sizeof pair->flow_is_long, frame);
    assert_same_bytes("spender", &pair->spender_may_be_fast, &pair->spender_is_long,
                      sizeof pair->spender_is_long, frame);
}

static bool has_facts(const struct tsm_conn *conn)
{
    static const struct tsm_bytes no_bytes[2];

    return memcmp(conn->bytes, no_bytes, sizeof no_bytes) != 0 ||
           conn->facts[TSM_CLIENT].largest + conn->facts[TSM_SERVER].largest > 0;
}

/* `expected` as the connection with facts had it. */
static void feed_without_facts(struct pair *pair, const struct tsm_segment *seg, unsigned end,
                               const struct tsm_verdict *expected)
{
    struct tsm_verdict verdict;

    tsm_conn_feed(&pair->no_facts, &tsm_model_default, seg, end, &verdict);
    verdict.plain = expected->plain; /* for facts some take the slow path */
    if (!traffic_same_verdict(&verdict, expected) || has_facts(&pair->no_facts)) {
        g_test_message("without facts, verdicts differ in frame %u", seg->frame);
        g_test_fail();
    }
}

static void feed(struct pair *pair, const struct tsm_segment *seg, unsigned end)
{
    struct tsm_verdict a, b;
    struct tsm_flow ended;

    n_steady += pair->may_be_fast.steady;
    tsm_conn_feed(&pair->may_be_fast, &tsm_model_default, seg, end, &a);
    tsm_conn_feed_slow(&pair->is_long, &tsm_model_default, seg, end, &b);
    tsm_flow_feed(&pair->flow_may_be_fast, seg, &a, &ended);
    tsm_flow_feed_slow(&pair->flow_is_long, seg, &b, &ended);
    n_steady_time += pair->spender_may_be_fast.steady && a.plain;
    tsm_spent_feed(&pair->spender_may_be_fast, seg, &a);
    tsm_spent_feed_slow(&pair->spender_is_long, seg, &b);
    if (!traffic_same_verdict(&a, &b)) {
        g_test_message("verdicts differ in frame %u", seg->frame);
        g_test_fail();
    }
    feed_without_facts(pair, seg, end, &b);
    assert_same_conn(pair, seg->frame);
}

/* ---- sequences ---- */

static void both_ways(const struct sequence *s, GRand *rand)
{
    struct pair pair;

    (void)rand;
    begin(&pair, &s->sent[0].seg, s->sent[0].end);
    for (unsigned i = 0; i < s->length && !g_test_failed(); i++) {
        feed(&pair, &s->sent[i].seg, s->sent[i].end);
    }
}

static void test_sequences(void)
{
    traffic_for_all(both_ways);
}

/* ---- a long connection, in which now and then something else happens ---- */

#define N_CONNECTIONS 4000
#define N_SEGMENTS 300

struct talk {
    struct pair pair;
    uint32_t nxt[2]; /* of each end */
    int64_t now_ns;
    uint32_t frame;
};

/* Mostly nothing; otherwise one thing about the segment, or the time before it, is not plain. */
static void disturb(GRand *rand, struct talk *talk, struct tsm_segment *seg)
{
    switch (g_rand_int_range(rand, 0, 150)) {
    case 0:
        seg->seq += (uint32_t)g_rand_int_range(rand, -3000, 3000);
        break;
    case 1:
        seg->ack += (uint32_t)g_rand_int_range(rand, -3000, 3000);
        break;
    case 2:
        seg->window = (uint16_t)g_rand_int_range(rand, 0, 2);
        break;
    case 3:
        seg->flags ^= (uint16_t)(1u << g_rand_int_range(rand, 3, 6));
        break;
    case 4:
        talk->now_ns += NS_PER_MS * g_rand_int_range(rand, 100, 400000);
        break;
    case 5:
        seg->time_ns -= NS_PER_MS * g_rand_int_range(rand, 0, 100);
        break;
    case 6: /* a probe, or nearly one */
        seg->payload = (uint32_t)g_rand_int_range(rand, 0, 3);
        seg->seq--;
        break;
    case 7:
        seg->known = (uint8_t)g_rand_int(rand);
        break;
    case 8:
        seg->ttl = (uint8_t)g_rand_int(rand);
        break;
    case 9:
        seg->cut = seg->payload / 2;
        break;
    default:
        break;
    }
    if (g_rand_int_range(rand, 0, 300) == 0) {
        seg->flags ^= (uint16_t)(1u << g_rand_int_range(rand, 0, 3));
    }
}

/* The same segment once more, or some times: a copy by the capture, or a retransmission. */
static void repeat(GRand *rand, struct talk *talk, struct tsm_segment *seg, unsigned end)
{
    const int most_ms = g_rand_boolean(rand) ? 2 : 2000;

    for (int n = g_rand_int_range(rand, 1, 5); n > 0 && !g_test_failed(); n--) {
        seg->frame = ++talk->frame;
        seg->time_ns = talk->now_ns += NS_PER_MS * g_rand_int_range(rand, 0, most_ms);
        feed(&talk->pair, seg, end);
    }
}

/* The next segment of an end: data or an acknowledgment, in order. */
static void talk_on(GRand *rand, struct talk *talk, unsigned end, unsigned flags)
{
    struct tsm_segment seg = {
        .frame = ++talk->frame,
        .time_ns = talk->now_ns += NS_PER_MS * g_rand_int_range(rand, 0, 3),
        .flags = (uint16_t)flags,
        .seq = talk->nxt[end],
        .ack = (flags & TSM_ACK) != 0 ? talk->nxt[1 - end] : 0,
        .window = 5000,
        .known = TSM_HAS_TIMESTAMP,
        .ts_val = (uint32_t)(talk->now_ns / NS_PER_MS),
        .ts_ecr = (uint32_t)(talk->now_ns / NS_PER_MS),
        .ip_id = (uint16_t)talk->frame,
        .ttl = 64,
    };

    if ((flags & TSM_SYN) == 0 && g_rand_boolean(rand)) {
        seg.payload = (uint32_t)g_rand_int_range(rand, 1, 1460);
    }
    talk->nxt[end] += tsm_segment_span(&seg);
    if ((flags & TSM_SYN) == 0) {
        disturb(rand, talk, &seg);
    } else if (end == 0) {
        begin(&talk->pair, &seg, end);
    }
    feed(&talk->pair, &seg, end);
    if (g_rand_int_range(rand, 0, 100) == 0) {
        repeat(rand, talk, &seg, end);
    }
}

static void test_disturbed(void)
{
    GRand *rand = g_rand_new_with_seed(9293);

    n_steady = n_steady_time = 0;
    for (unsigned n = 0; n < N_CONNECTIONS && !g_test_failed(); n++) {
        struct talk talk = {.nxt = {g_rand_int(rand), g_rand_int(rand)}, .now_ns = NS_PER_MS};
        talk_on(rand, &talk, 0, TSM_SYN);
        talk_on(rand, &talk, 1, TSM_SYN | TSM_ACK);
        for (unsigned i = 0; i < N_SEGMENTS && !g_test_failed(); i++) {
            talk_on(rand, &talk, (unsigned)g_rand_int_range(rand, 0, 2), TSM_ACK);
        }
    }
    g_assert_cmpuint(n_steady, >, N_CONNECTIONS * N_SEGMENTS / 4);
    g_assert_cmpuint(n_steady_time, >, N_CONNECTIONS * N_SEGMENTS / 4);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/steady/sequences", test_sequences);
    g_test_add_func("/steady/disturbed", test_disturbed);
    return g_test_run();
}
