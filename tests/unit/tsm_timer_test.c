/* tsm_timer_test.c - whatever was captured, and however long all is quiet after it, timers run out
 * a few times and then no more: each takes away its own reason. Nor does a sum of times overflow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "traffic.h"
#include "tsm_flow.h"
#include "tsm_internal.h"
#include "tsm_spent.h"

/* An end passes a few states by itself, each with doubts before it; an endless loop takes more. */
#define MAX_STEPS 20

#define N_GARBAGE 20000
#define N_SEGMENTS 12

static unsigned n_ran; /* timers, all told */

/* Applies the timers one by one, up to that time and, when `beyond`, past the capture's end. */
static void run_timers(struct tsm_conn *conn, const struct tsm_model *model, int64_t until_ns,
                       bool beyond)
{
    struct tsm_verdict verdict = {.n_changes = 0};
    struct tsm_step now = tsm_step_begin(conn, model, &verdict, until_ns, 0);
    unsigned steps = 0;

    now.beyond = beyond;
    while (steps <= MAX_STEPS && tsm_run_timer(&now, until_ns)) {
        steps++;
        g_assert_cmpint(conn->clock_ns, <=, until_ns);
    }
    n_ran += steps;
    if (steps > MAX_STEPS) {
        g_test_message("more than %d timers ran out by %.6f, the last at %.6f", MAX_STEPS,
                       (double)until_ns / 1e9, (double)conn->clock_ns / 1e9);
        g_test_fail();
    }
}

/* From minutes to years: all that can run out does. */
static int64_t random_silence(GRand *rand)
{
    return TSM_S << g_rand_int_range(rand, 6, 28);
}

/* A copy of the connection, at which nothing more arrives for a while, or ever. */
static void assert_quiet_ends(struct tsm_conn conn, const struct tsm_model *model, GRand *rand)
{
    run_timers(&conn, model, tsm_later(conn.clock_ns, random_silence(rand)), false);
    run_timers(&conn, model, TSM_NEVER_NS - 1, true);
}

static struct tsm_model random_model(GRand *rand)
{
    struct tsm_model model = tsm_model_default;

    if (g_rand_boolean(rand)) { /* what preferences may say, 0 too */
        model.time_wait_ns = g_rand_int_range(rand, 0, 4) * TSM_S;
        model.fin_wait_2_ns = g_rand_int_range(rand, 0, 4) * TSM_S;
        model.first_rto_ns = g_rand_int_range(rand, 0, 4) * TSM_S;
    }
    model.vantage = (uint8_t)g_rand_int_range(rand, TSM_AT_UNKNOWN, TSM_AT_MIDDLE + 1);
    return model;
}

/* Everything is fed, or one direction only; here and there a silence is put before a segment. */
static void ends(const struct sequence *s, GRand *rand)
{
    const unsigned hidden = (unsigned)g_rand_int_range(rand, 0, 6); /* of 0 and 1: that end */
    const struct tsm_model model = random_model(rand);
    struct tsm_verdict verdict;
    struct tsm_conn conn;
    int64_t silence_ns = 0;
    bool begun = false;

    for (unsigned i = 0; i < s->length && !g_test_failed(); i++) {
        struct tsm_segment seg = s->sent[i].seg;
        if (s->sent[i].end == hidden) {
            continue;
        }
        if (!begun) {
            tsm_conn_init(&conn, 0, &seg, s->sent[i].end, 40000, 80);
            begun = true;
        }
        seg.time_ns += silence_ns;
        tsm_conn_feed(&conn, &model, &seg, s->sent[i].end, &verdict);
        assert_quiet_ends(conn, &model, rand);
        if (g_rand_int_range(rand, 0, 10) == 0) {
            silence_ns += random_silence(rand);
            run_timers(&conn, &model, seg.time_ns + random_silence(rand), false);
        }
    }
}

static void test_sequences(void)
{
    n_ran = 0;
    traffic_for_all(ends);
    g_assert_cmpuint(n_ran, >, 100000); /* timers did run */
}

/* All that counts the times of a connection. */
struct counted {
    struct tsm_conn conn;
    struct tsm_spender spender;
    struct tsm_flow flow;
};

static void feed(struct counted *counted, const struct tsm_model *model,
                 const struct tsm_segment *seg, unsigned end)
{
    struct tsm_verdict verdict;
    struct tsm_flow ended;

    tsm_conn_feed(&counted->conn, model, seg, end, &verdict);
    tsm_spent_feed(&counted->spender, seg, &verdict);
    tsm_flow_feed(&counted->flow, seg, &verdict, &ended);
}

/* Often at one end or the other of what is possible: sanitizers see whether a sum overflows. */
static struct tsm_segment random_garbage(GRand *rand, uint32_t frame)
{
    struct tsm_segment seg = traffic_garbage(rand);

    seg.frame = frame;
    if (g_rand_int_range(rand, 0, 4) == 0) {
        seg.time_ns =
            g_rand_boolean(rand) ? TSM_MAX_TIME_S * TSM_S + (TSM_S - 1) : -TSM_MAX_TIME_S * TSM_S;
    }
    return seg;
}

static void garbage_ends(GRand *rand)
{
    const struct tsm_model model = random_model(rand);
    struct tsm_segment seg = random_garbage(rand, 1);
    struct counted counted = {.spender = {.open = false}};

    tsm_conn_init(&counted.conn, 0, &seg, 0, 40000, 80);
    if (g_rand_int_range(rand, 0, 10) == 0) {
        tsm_conn_set_self(&counted.conn);
    }
    for (unsigned i = 1; i <= N_SEGMENTS && !g_test_failed(); i++) {
        feed(&counted, &model, &seg, (unsigned)g_rand_int_range(rand, 0, 2));
        assert_quiet_ends(counted.conn, &model, rand);
        seg = random_garbage(rand, i + 1);
    }
}

static void test_garbage(void)
{
    GRand *rand = g_rand_new_with_seed(6298);

    for (unsigned n = 0; n < N_GARBAGE && !g_test_failed(); n++) {
        garbage_ends(rand);
    }
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/timer/sequences", test_sequences);
    g_test_add_func("/timer/garbage", test_garbage);
    return g_test_run();
}
