/* tsm_rest_test.c - a stream that rests after every segment is what it would be without.
 *
 * Two tables get the same segments, and in one of them all streams rest after each of them.
 * Afterwards connections and extras must be the same to the last bit, and so must verdicts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "traffic.h"
#include "tsm_table_internal.h"

static struct tsm_table *awake, *resting;

static struct tsm_table *new_table(void)
{
    struct tsm_table *table = tsm_table_new(&tsm_model_default, &(const struct tsm_hash_key){1, 2});

    tsm_table_want(table, TSM_ALL_EXTRAS);
    for (unsigned kind = 0; kind < TSM_N_QUEUES; kind++) {
        table->most_awake[kind] = UINT32_MAX;
    }
    return table;
}

static void set_up(void)
{
    awake = new_table();
    resting = new_table();
}

static void tear_down(void)
{
    tsm_table_free(awake);
    tsm_table_free(resting);
}

/* The tuple of a segment that was sent by that end. */
static struct tsm_tuple tuple_from(unsigned end, uint16_t port)
{
    const struct tsm_tuple there = {
        .src = {10, 0, 0, 1}, .dst = {10, 0, 0, 2}, .sport = port, .dport = 80, .addr_len = 4};
    const struct tsm_tuple back = {
        .src = {10, 0, 0, 2}, .dst = {10, 0, 0, 1}, .sport = 80, .dport = port, .addr_len = 4};

    return end == 0 ? there : back;
}

static bool same_stream(const struct tsm_stream *a, const struct tsm_stream *b)
{
    return memcmp(a->conn, b->conn, sizeof *a->conn) == 0 &&
           memcmp(tsm_stream_spender(a), tsm_stream_spender(b), sizeof(struct tsm_spender)) == 0 &&
           memcmp(tsm_stream_flow(a), tsm_stream_flow(b), sizeof(struct tsm_flow)) == 0 &&
           memcmp(tsm_stream_metrics(a), tsm_stream_metrics(b), sizeof(struct tsm_metrics)) == 0;
}

static void fail_in(const char *what, uint32_t frame)
{
    g_test_message("%s differ after frame %u", what, frame);
    g_test_fail();
}

static void feed(const struct sent *sent)
{
    const struct tsm_tuple tuple = tuple_from(sent->end, 40000);
    struct tsm_fed a, b;

    tsm_table_feed(awake, &tuple, &sent->seg, &a);
    tsm_table_feed(resting, &tuple, &sent->seg, &b);
    if (!traffic_same_verdict(&a.verdict, &b.verdict) || (a.ended == NULL) != (b.ended == NULL) ||
        (a.ended != NULL && a.ended_verdict.n_changes != b.ended_verdict.n_changes)) {
        fail_in("verdicts", sent->seg.frame);
    }
    if (!same_stream(a.stream, b.stream)) {
        fail_in("streams", sent->seg.frame);
    }
    tsm_table_pack(resting);
    g_assert_null(b.stream->conn);
}

/* A copy at the end of the capture, and the stream itself afterwards. */
static void finish(uint32_t number)
{
    const int64_t end_ns = G_GINT64_CONSTANT(100000) * NS_PER_MS;
    struct tsm_stream *a = tsm_table_copy(awake, number), *b = tsm_table_copy(resting, number);
    struct tsm_verdict of_a, of_b;

    if (a == NULL || b == NULL) { /* it was forgotten before */
        g_assert_true(a == b);
        return;
    }
    tsm_table_finish(awake, a, end_ns, &of_a);
    tsm_table_finish(resting, b, end_ns, &of_b);
    if (of_a.n_changes != of_b.n_changes || !same_stream(a, b)) {
        fail_in("copies at the end", 0);
    }
    if (!same_stream(tsm_table_stream(awake, number), tsm_table_stream(resting, number))) {
        fail_in("streams after their copies", 0);
    }
}

static void both_ways(const struct sequence *s, GRand *rand)
{
    (void)rand;
    for (unsigned i = 0; i < s->length && !g_test_failed(); i++) {
        feed(&s->sent[i]);
    }
    for (uint32_t n = tsm_table_count(awake); n > 0 && tsm_table_stream(awake, n - 1) != NULL;) {
        finish(--n);
        tsm_table_forget(awake, tsm_table_stream(awake, n));
        tsm_table_forget(resting, tsm_table_stream(resting, n));
    }
    g_assert_cmpuint(tsm_table_count(awake), ==, tsm_table_count(resting));
}

static void test_sequences(void)
{
    set_up();
    traffic_for_all(both_ways);
    tear_down();
}

/* Whoever had a segment stays awake, whoever had none for longest rests first. */
static void test_order(void)
{
    struct tsm_segment syn = {.seq = 100, .flags = TSM_SYN, .window = 1000};
    struct tsm_fed fed;

    set_up();
    resting->most_awake[TSM_QUEUE_OPEN] = 2;
    for (uint16_t i = 0; i < 4; i++) {
        const struct tsm_tuple tuple = tuple_from(0, (uint16_t)(1000 + i));
        syn.frame++;
        syn.time_ns += NS_PER_MS;
        tsm_table_feed(resting, &tuple, &syn, &fed);
        g_assert_nonnull(fed.stream->conn);
        g_assert_true(fed.stream->awake);
    }
    tsm_rest_some(resting);
    for (uint32_t n = 0; n < 4; n++) {
        const struct tsm_stream *stream = tsm_numbers_get(&resting->by_number, n);
        g_assert_cmpint(stream->awake, ==, n >= 2);
        g_assert_cmpint(stream->conn != NULL, ==, n >= 2);
    }
    tear_down();
}

/* Asking does not make it the freshest, and it rests again when another one is asked for. */
static void test_visit(void)
{
    const struct tsm_segment syn = {.seq = 100, .flags = TSM_SYN, .frame = 1, .time_ns = NS_PER_MS};
    struct tsm_stream *first, *second;
    struct tsm_fed fed;

    set_up();
    for (uint16_t i = 0; i < 2; i++) {
        const struct tsm_tuple tuple = tuple_from(0, (uint16_t)(1000 + i));
        tsm_table_feed(resting, &tuple, &syn, &fed);
    }
    tsm_table_pack(resting);
    first = tsm_table_stream(resting, 0);
    g_assert_cmpuint(first->conn->start_frame, ==, 1);
    second = tsm_table_stream(resting, 1);
    g_assert_null(first->conn);
    g_assert_nonnull(second->conn);
    g_assert_true(tsm_table_surplus(resting, 1) == first);
    tsm_table_forget(resting, second);
    g_assert_true(tsm_table_stream(resting, 0) == first);
    tear_down();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rest/sequences", test_sequences);
    g_test_add_func("/rest/order", test_order);
    g_test_add_func("/rest/visit", test_visit);
    return g_test_run();
}
