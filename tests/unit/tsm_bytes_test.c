/* Tests of tsm_bytes.c: bytes in order, out of order, repeated and lost.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_bytes.h"

#include <glib.h>
#include <string.h>

static void send_flags(struct tsm_bytes *bytes, uint32_t seq, uint32_t payload, uint16_t flags)
{
    const struct tsm_segment seg = {.seq = seq, .payload = payload, .flags = flags};

    if (flags == TSM_ACK) {
        tsm_bytes_data(bytes, &seg);
    } else {
        tsm_bytes_sent(bytes, &seg);
    }
}

static void send_data(struct tsm_bytes *bytes, uint32_t seq, uint32_t payload)
{
    send_flags(bytes, seq, payload, TSM_ACK);
}

static void assert_bytes(const struct tsm_bytes *bytes, const uint64_t want[4])
{
    g_assert_cmpuint(bytes->in_order, ==, want[0]);
    g_assert_cmpuint(bytes->out_of_order, ==, want[1]);
    g_assert_cmpuint(bytes->repeated, ==, want[2]);
    g_assert_cmpuint(tsm_bytes_lost(bytes), ==, want[3]);
}

#define ASSERT_BYTES(bytes, ...) assert_bytes(bytes, (const uint64_t[4]){__VA_ARGS__})

static void test_filled_hole(void)
{
    struct tsm_bytes bytes = {0};

    send_flags(&bytes, 999, 0, TSM_SYN);
    send_data(&bytes, 1000, 1000);
    send_data(&bytes, 3000, 1000);
    ASSERT_BYTES(&bytes, 2000, 0, 0, 1000);
    send_data(&bytes, 2400, 100);
    ASSERT_BYTES(&bytes, 2000, 100, 0, 900);
    send_data(&bytes, 2000, 1000);
    ASSERT_BYTES(&bytes, 2000, 1000, 100, 0);
    send_data(&bytes, 1500, 3000);
    ASSERT_BYTES(&bytes, 2500, 1000, 2600, 0);
}

static void test_fin(void)
{
    struct tsm_bytes bytes = {0};

    send_data(&bytes, 1, 10);
    send_flags(&bytes, 31, 0, TSM_FIN | TSM_ACK);
    ASSERT_BYTES(&bytes, 10, 0, 0, 20);
    send_flags(&bytes, 11, 20, TSM_FIN | TSM_ACK);
    tsm_bytes_acked(&bytes, 32);
    ASSERT_BYTES(&bytes, 10, 20, 0, 0);
}

/* A FIN in whose place data follow was not the end's own: its octet is none of the data's. */
static void test_forged_fin(void)
{
    struct tsm_bytes bytes = {0};

    send_data(&bytes, 1, 10);
    send_flags(&bytes, 11, 0, TSM_FIN | TSM_ACK);
    send_data(&bytes, 11, 100);
    ASSERT_BYTES(&bytes, 110, 0, 0, 0);
    send_flags(&bytes, 151, 0, TSM_FIN | TSM_ACK); /* beyond a hole */
    send_data(&bytes, 111, 100);
    ASSERT_BYTES(&bytes, 170, 40, 0, 0);
    send_flags(&bytes, 211, 0, TSM_FIN | TSM_ACK); /* its own: data before it are repeated */
    send_data(&bytes, 201, 10);
    ASSERT_BYTES(&bytes, 170, 40, 10, 0);
}

/* One octet more than was captured is a FIN; more than one is data. */
static void test_acknowledged(void)
{
    struct tsm_bytes bytes = {0};

    send_data(&bytes, 1, 10);
    tsm_bytes_acked(&bytes, 12);
    ASSERT_BYTES(&bytes, 10, 0, 0, 0);
    tsm_bytes_acked(&bytes, 111);
    ASSERT_BYTES(&bytes, 10, 0, 0, 100);
    send_data(&bytes, 61, 50);
    ASSERT_BYTES(&bytes, 60, 0, 0, 50);
    send_data(&bytes, 11, 100);
    ASSERT_BYTES(&bytes, 60, 50, 50, 0);
}

static void test_unseen_end(void)
{
    struct tsm_bytes bytes = {0};

    tsm_bytes_acked(&bytes, 1);
    tsm_bytes_acked(&bytes, 501);
    tsm_bytes_acked(&bytes, 502);
    ASSERT_BYTES(&bytes, 0, 0, 0, 500);
    send_data(&bytes, 502, 10);
    ASSERT_BYTES(&bytes, 10, 0, 0, 500);
}

/* Begun with a later segment: what comes from before it is new, and no hole was lost there. */
static void test_begun_late(void)
{
    struct tsm_bytes bytes = {0};

    send_data(&bytes, 1000, 100);
    send_data(&bytes, 500, 100);
    ASSERT_BYTES(&bytes, 100, 100, 0, 0);
    send_data(&bytes, 500, 600);
    ASSERT_BYTES(&bytes, 100, 500, 200, 0);
}

/* More holes than are remembered: none is counted twice, and the sum stays right. */
static void test_many_holes(void)
{
    struct tsm_bytes bytes = {0};

    send_data(&bytes, 100, 10);
    for (uint32_t i = 1; i <= 4 * TSM_MAX_HOLES; i++) {
        send_data(&bytes, 100 + 20 * i, 10);
    }
    ASSERT_BYTES(&bytes, 10 + 40 * TSM_MAX_HOLES, 0, 0, 40 * TSM_MAX_HOLES);
    send_data(&bytes, 110, 10); /* given up: counts as repeated */
    send_data(&bytes, 80 * TSM_MAX_HOLES + 90, 10);
    ASSERT_BYTES(&bytes, 10 + 40 * TSM_MAX_HOLES, 10, 10, 40 * TSM_MAX_HOLES - 10);
}

/* In any order and with repeats, as long as holes are remembered: each byte once, whatever the
 * sequence numbers are, and nothing lost. */
static void test_any_order(void)
{
    for (unsigned round = 0; round < 2000; round++) {
        const uint32_t base = (uint32_t)g_test_rand_int();
        struct tsm_bytes bytes = {0};
        bool have[64] = {false};
        uint64_t again = 0;

        send_flags(&bytes, base - 1, 0, TSM_SYN);
        for (unsigned i = 0; i < 64; i++) {
            const unsigned at =
                (unsigned)g_test_rand_int_range((gint)i / 8 * 8, (gint)i / 8 * 8 + 8);
            send_data(&bytes, base + at, 1);
            again += have[at];
            have[at] = true;
        }
        for (unsigned at = 64; at-- > 0;) {
            send_data(&bytes, base + at, 1);
            again += have[at];
        }
        if (bytes.given_up == 0) {
            g_assert_cmpuint(tsm_bytes_unique(&bytes), ==, 64);
            g_assert_cmpuint(bytes.repeated, ==, again);
        }
        g_assert_cmpuint(tsm_bytes_unique(&bytes) + bytes.repeated, ==, 128);
        g_assert_cmpuint(tsm_bytes_unique(&bytes) + tsm_bytes_lost(&bytes), ==, 64);
    }
}

/* Over 4 GB the numbers come round: what is old is not taken for new. */
static void test_wrap(void)
{
    struct tsm_bytes bytes = {0};
    uint32_t seq = 1;

    send_data(&bytes, 1, 1);
    for (unsigned i = 0; i < 5 * 64; i++, seq += 1u << 24) {
        send_data(&bytes, seq + 1, 1u << 24);
    }
    send_data(&bytes, seq + 1 - 100, 100);
    ASSERT_BYTES(&bytes, 1 + (UINT64_C(5) << 30), 0, 100, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bytes/filled-hole", test_filled_hole);
    g_test_add_func("/bytes/fin", test_fin);
    g_test_add_func("/bytes/forged-fin", test_forged_fin);
    g_test_add_func("/bytes/acknowledged", test_acknowledged);
    g_test_add_func("/bytes/unseen-end", test_unseen_end);
    g_test_add_func("/bytes/begun-late", test_begun_late);
    g_test_add_func("/bytes/many-holes", test_many_holes);
    g_test_add_func("/bytes/any-order", test_any_order);
    g_test_add_func("/bytes/wrap", test_wrap);
    return g_test_run();
}
