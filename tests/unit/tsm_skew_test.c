/* tsm_skew_test.c - clocks of two taps that are apart: found, or known not to be known.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_skew.h"

#define US G_GINT64_CONSTANT(1000)
#define MS G_GINT64_CONSTANT(1000000)
#define S G_GINT64_CONSTANT(1000000000)
#define START (1700000000 * S)
#define CLOSE_NS (10 * US) /* what is asked for */

/* Where the taps are, and what they see. */
enum view {
    BOTH_ENDS,  /* one at each end of a way of 5 ms: both see all packets */
    DIRECTIONS, /* both in the middle, each sees one direction */
    ELSEWHERE,  /* they see different connections */
};

struct world {
    enum view view;
    int64_t offset_ns;
    int32_t drift_ppb;
    bool flips; /* the second clock is set back and forth, once a connection */
    GRand *rand;
    struct tsm_skew *skew;
    unsigned connections;
};

#define WAY_NS (5 * MS)

/* A tap sees a packet at a true time. */
static void see(struct world *w, unsigned tap, int64_t ns, unsigned port, unsigned side,
                struct tsm_segment seg)
{
    const bool turned = side == 1;
    struct tsm_tuple tuple = {.addr_len = 4};
    const int64_t flip_ns = w->flips && port % 2 == 1 ? 300 * MS : 0;

    memset(tuple.src, turned ? 2 : 1, 4);
    memset(tuple.dst, turned ? 1 : 2, 4);
    tuple.sport = (uint16_t)(turned ? 80 : port);
    tuple.dport = (uint16_t)(turned ? port : 80);
    seg.time_ns = tap == 0 ? ns
                           : ns + w->offset_ns + flip_ns +
                                 (int64_t)((double)(ns - START) * w->drift_ppb * 1e-9);
    tsm_skew_segment(w->skew, tap, &tuple, &seg);
}

/* A packet leaves an end at a true time; returns when it arrives. */
static int64_t send(struct world *w, int64_t ns, unsigned port, unsigned side,
                    struct tsm_segment seg)
{
    const int64_t late_ns =
        g_rand_int_range(w->rand, 0, 20) == 0 ? 0 : g_rand_int_range(w->rand, 0, 2000) * US;
    const int64_t arrives_ns = ns + WAY_NS + late_ns;

    seg.ip_id = (uint16_t)g_rand_int(w->rand);
    if (w->view == BOTH_ENDS) {
        see(w, side, ns, port, side, seg);
        see(w, 1 - side, arrives_ns, port, side, seg);
        return arrives_ns;
    }
    if (w->view == DIRECTIONS || port % 2 == side) {
        see(w, w->view == DIRECTIONS ? side : port % 2, ns, port, side, seg);
    }
    return ns + (late_ns == 0 ? 1 * US : late_ns); /* the ends are near */
}

static struct tsm_segment segment(unsigned flags, uint32_t seq, uint32_t ack, uint32_t payload)
{
    return (struct tsm_segment){
        .flags = (uint16_t)flags, .seq = seq, .ack = ack, .payload = payload};
}

static void talk(struct world *w, int64_t ns, unsigned port)
{
    ns = send(w, ns, port, 0, segment(TSM_SYN, 0, 0, 0));
    ns = send(w, ns, port, 1, segment(TSM_SYN | TSM_ACK, 500, 1, 0));
    for (uint32_t i = 0; i < 5; i++) {
        ns = send(w, ns, port, 0, segment(TSM_ACK, 1 + 10 * i, 501 + 20 * i, 10));
        ns = send(w, ns, port, 1, segment(TSM_ACK, 501 + 20 * i, 11 + 10 * i, 20));
    }
}

/* What tap 1's clock is found to be. */
static struct tsm_clock found(enum view view, int64_t offset_ns, int32_t drift_ppb, bool flips,
                              unsigned connections)
{
    struct world w = {view,           offset_ns,  drift_ppb, flips, g_rand_new_with_seed(7),
                      tsm_skew_new(), connections};
    struct tsm_clock clocks[2];

    for (unsigned i = 0; i < connections; i++) {
        talk(&w, START + i * 100 * MS, 10000 + i);
    }
    tsm_skew_find(w.skew, clocks, 2);
    tsm_skew_free(w.skew);
    g_rand_free(w.rand);
    g_assert_cmpint(clocks[0].offset_ns, ==, 0);
    return clocks[1];
}

static void check_found(enum view view, int64_t offset_ns, int32_t drift_ppb)
{
    const struct tsm_clock clock = found(view, offset_ns, drift_ppb, false, 600);

    g_test_message("view %d offset %ld drift %d: %ld %d width %ld", view, (long)offset_ns,
                   drift_ppb, (long)clock.offset_ns, clock.drift_ppb, (long)clock.width_ns);
    g_assert_true(view == BOTH_ENDS ? clock.nearer > 0 : clock.nearer == 0);
    g_assert_cmpuint(clock.basis, ==,
                     view == BOTH_ENDS ? TSM_CLOCK_BY_COPIES : TSM_CLOCK_BY_ANSWERS);
    for (int64_t ns = START; ns <= START + 60 * S; ns += 10 * S) {
        const int64_t there_ns =
            ns + offset_ns + (int64_t)((double)(ns - START) * drift_ppb * 1e-9);
        g_assert_cmpint(ABS(tsm_clock_correct(&clock, there_ns) - ns), <, CLOSE_NS);
    }
}

static void test_found(void)
{
    const int64_t offsets[] = {0, 50 * US, 1 * MS, 1 * S, -1 * S, 3600 * S};

    for (gsize i = 0; i < G_N_ELEMENTS(offsets); i++) {
        check_found(BOTH_ENDS, offsets[i], 0);
        check_found(DIRECTIONS, offsets[i], 0);
        check_found(BOTH_ENDS, offsets[i], 50000);
        check_found(DIRECTIONS, offsets[i], -50000);
    }
}

/* Equal clocks are left alone, and a few segments show a large difference. */
static void test_is_off(void)
{
    const struct tsm_clock same = found(DIRECTIONS, 0, 0, false, 600);
    const struct tsm_clock few = found(DIRECTIONS, 1 * S, 0, false, 1);

    g_assert_false(tsm_clock_is_off(&same));
    g_assert_true(tsm_clock_is_off(&few));
    g_assert_cmpint(ABS(few.offset_ns - 1 * S), <=, few.width_ns / 2);
}

static void test_unknown(void)
{
    const struct tsm_clock nothing = found(ELSEWHERE, 1 * S, 0, false, 600);
    const struct tsm_clock set = found(DIRECTIONS, 0, 0, true, 600);

    g_assert_cmpuint(nothing.basis, ==, TSM_CLOCK_UNKNOWN);
    g_assert_cmpuint(set.basis, ==, TSM_CLOCK_DISAGREES);
    g_assert_false(tsm_clock_is_off(&nothing));
    g_assert_false(tsm_clock_is_off(&set));
}

/* What is found of a capture of whose connections so many tell data behind its answer: those who
 * have seen servers were `late_ns` late. */
static struct tsm_clock found_of_roles(int64_t late_ns, unsigned late, unsigned connections)
{
    struct world w = {DIRECTIONS, 0, 0, false, g_rand_new_with_seed(7), tsm_skew_new(), 0};
    struct tsm_clock clocks[2];

    for (unsigned i = 0; i < connections; i++) {
        w.offset_ns = i < late ? late_ns : 0;
        talk(&w, START + i * 100 * MS, 10000 + i);
    }
    tsm_skew_find_roles(w.skew, clocks);
    tsm_skew_free(w.skew);
    g_rand_free(w.rand);
    return clocks[1];
}

/* One clock is the rule: a few connections that contradict it are forged, or made. */
static void test_roles(void)
{
    const struct tsm_clock all = found_of_roles(-50 * MS, 60, 60);
    const struct tsm_clock few = found_of_roles(-50 * MS, 2, 20);
    const struct tsm_clock share = found_of_roles(-50 * MS, 3, 100);
    const struct tsm_clock none = found_of_roles(0, 0, 60);

    g_assert_cmpuint(all.basis, ==, TSM_CLOCK_BY_ANSWERS);
    g_assert_true(tsm_clock_is_off(&all));
    g_assert_cmpuint(few.basis, ==, TSM_CLOCK_UNKNOWN);
    g_assert_cmpuint(share.basis, ==, TSM_CLOCK_UNKNOWN);
    g_assert_cmpuint(none.basis, ==, TSM_CLOCK_UNKNOWN);
}

/* Times at the ends of their range, and as many taps as there may be. */
static void test_hostile(void)
{
    struct tsm_skew *skew = tsm_skew_new();
    const struct tsm_tuple tuple = {.addr_len = 16, .sport = 1, .dport = 2};
    struct tsm_clock clocks[TSM_SKEW_TAPS];

    for (unsigned i = 0; i < 1000; i++) {
        struct tsm_segment seg = segment(TSM_ACK, i, i, i % 3);
        seg.time_ns = (i % 2 == 0 ? 1 : -1) * TSM_MAX_TIME_S * 1000000000;
        tsm_skew_segment(skew, i % (TSM_SKEW_TAPS + 1), &tuple, &seg);
    }
    tsm_skew_find(skew, clocks, TSM_SKEW_TAPS);
    tsm_skew_free(skew);
    tsm_skew_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/skew/found", test_found);
    g_test_add_func("/skew/is-off", test_is_off);
    g_test_add_func("/skew/unknown", test_unknown);
    g_test_add_func("/skew/roles", test_roles);
    g_test_add_func("/skew/hostile", test_hostile);
    return g_test_run();
}
