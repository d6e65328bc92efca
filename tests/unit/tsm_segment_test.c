/* tsm_segment_test.c - raw TCP headers: fields, options, malformed lengths, cuts at every byte.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_segment.h"

/* IP localhost.39870 > localhost.9502: Flags [S], seq 2927179378, win 32792, options
 * [mss 16396,sackOK,TS val 255474104 ecr 0,nop,wscale 3], length 0   (the founding article) */
static const uint8_t article_syn[40] = {
    0x9b, 0xbe, 0x25, 0x1e, 0xae, 0x79, 0x36, 0x72, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02,
    0x80, 0x18, 0x00, 0x00, 0x00, 0x00, 0x02, 0x04, 0x40, 0x0c, 0x04, 0x02, 0x08, 0x0a,
    0x0f, 0x3a, 0x39, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x03,
};

/* Flags [P.], seq 1:8 (raw 2927179379), ack 1 (raw 1721825044), win 4099, length 7: no options */
static const uint8_t plain_data[20] = {
    0x9b, 0xbe, 0x25, 0x1e, 0xae, 0x79, 0x36, 0x73, 0x66, 0xa0,
    0xf7, 0x14, 0x50, 0x18, 0x10, 0x03, 0x00, 0x00, 0x00, 0x00,
};

/* A copy of exactly that size, so that AddressSanitizer sees what is read behind it. */
static uint8_t *exact_copy(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = g_malloc(size + 1);

    memcpy(copy, bytes, size);
    return g_realloc(copy, size > 0 ? size : 1);
}

/* What every member holds before a parse that must fail. */
static struct tsm_segment untouched(void)
{
    struct tsm_segment seg;

    memset(&seg, 0xa5, sizeof seg);
    return seg;
}

static void assert_refused(const uint8_t *header, size_t captured, size_t length)
{
    const struct tsm_segment before = untouched();
    struct tsm_segment seg = before;

    g_assert_false(tsm_segment_parse(&seg, header, captured, length));
    g_assert_cmpmem(&seg, sizeof seg, &before, sizeof before);
}

/* A header of 20 bytes with options behind it, padded with zeros (end of options). */
static size_t with_options(uint8_t *header, const uint8_t *options, size_t size)
{
    const size_t padded = (size + 3) / 4 * 4;

    memset(header, 0, 60);
    memcpy(header, plain_data, 20);
    memcpy(header + 20, options, size);
    header[12] = (uint8_t)((20 + padded) / 4 << 4);
    return 20 + padded;
}

static struct tsm_segment parsed_options(const uint8_t *options, size_t size)
{
    uint8_t header[60];
    const size_t length = with_options(header, options, size);
    struct tsm_segment seg = {0};

    g_assert_true(tsm_segment_parse(&seg, header, length, length));
    return seg;
}

static void test_syn(void)
{
    struct tsm_segment seg = {.time_ns = 5, .frame = 7, .ip_id = 9, .ttl = 64};

    g_assert_true(tsm_segment_parse(&seg, article_syn, sizeof article_syn, sizeof article_syn));
    g_assert_cmpuint(seg.seq, ==, 2927179378u);
    g_assert_cmpuint(seg.ack, ==, 0);
    g_assert_cmphex(seg.flags, ==, TSM_SYN);
    g_assert_cmpuint(seg.window, ==, 32792);
    g_assert_cmpuint(seg.payload, ==, 0);
    g_assert_cmphex(seg.known, ==, TSM_HAS_TIMESTAMP | TSM_HAS_WSCALE | TSM_HAS_SACK_PERM);
    g_assert_cmpuint(seg.ts_val, ==, 255474104);
    g_assert_cmpuint(seg.ts_ecr, ==, 0);
    g_assert_cmpuint(seg.wscale, ==, 3);
    g_assert_true(seg.time_ns == 5 && seg.frame == 7 && seg.ip_id == 9 && seg.ttl == 64);
}

static void test_data(void)
{
    struct tsm_segment seg = {0};

    g_assert_true(tsm_segment_parse(&seg, plain_data, 20, 27));
    g_assert_cmpuint(seg.seq, ==, 2927179379u);
    g_assert_cmpuint(seg.ack, ==, 1721825044u);
    g_assert_cmphex(seg.flags, ==, TSM_PSH | TSM_ACK);
    g_assert_cmpuint(seg.payload, ==, 7);
    g_assert_cmphex(seg.known, ==, 0);
}

/* All 12 flag bits come through, and nothing of the data offset. */
static void test_flags(void)
{
    uint8_t header[20];

    memcpy(header, plain_data, 20);
    for (unsigned flags = 0; flags < 0x1000; flags++) {
        struct tsm_segment seg = {0};
        header[12] = (uint8_t)(0x50 | flags >> 8);
        header[13] = (uint8_t)flags;
        g_assert_true(tsm_segment_parse(&seg, header, 20, 20));
        g_assert_cmphex(seg.flags, ==, flags);
    }
}

/* Every number of captured bytes: below 16 nothing, below the offset with a mark. */
static void test_captured(void)
{
    for (size_t captured = 0; captured <= sizeof article_syn; captured++) {
        g_autofree uint8_t *copy = exact_copy(article_syn, captured);
        struct tsm_segment seg = {0};
        if (captured < TSM_HEADER_MIN) {
            assert_refused(copy, captured, sizeof article_syn);
            continue;
        }
        g_assert_true(tsm_segment_parse(&seg, copy, captured, sizeof article_syn));
        g_assert_cmpuint(seg.seq, ==, 2927179378u);
        g_assert_cmpuint(seg.window, ==, 32792);
        g_assert_cmpint((seg.known & TSM_OPTIONS_CUT) != 0, ==, captured < sizeof article_syn);
    }
}

/* A header of 20 bytes cut behind the window loses nothing. */
static void test_captured_without_options(void)
{
    for (size_t captured = TSM_HEADER_MIN; captured <= 20; captured++) {
        struct tsm_segment seg = {0};
        g_assert_true(tsm_segment_parse(&seg, plain_data, captured, 27));
        g_assert_cmphex(seg.known, ==, 0);
        g_assert_cmpuint(seg.payload, ==, 7);
    }
}

/* One data offset, in words of four bytes, against one length on the wire. */
static void check_offset(size_t words, size_t length)
{
    uint8_t header[60] = {0};
    struct tsm_segment seg = {0};

    memcpy(header, plain_data, 20);
    header[12] = (uint8_t)(words << 4);
    if (words < 5 || words * 4 > length) {
        assert_refused(header, sizeof header, length);
        return;
    }
    g_assert_true(tsm_segment_parse(&seg, header, sizeof header, length));
    g_assert_cmpuint(seg.payload, ==, length - words * 4);
}

static void test_offsets(void)
{
    for (size_t words = 0; words < 16; words++) {
        for (size_t length = 0; length < 70; length++) {
            check_offset(words, length);
        }
    }
}

/* More captured than the segment is long (Ethernet padding): the data is not read. */
static void test_padding(void)
{
    uint8_t frame[46] = {0};
    struct tsm_segment seg = {0};

    memcpy(frame, plain_data, 20);
    g_assert_true(tsm_segment_parse(&seg, frame, sizeof frame, 20));
    g_assert_cmpuint(seg.payload, ==, 0);
}

static void test_option_wscale(void)
{
    g_assert_cmpuint(parsed_options((const uint8_t[]){3, 3, 7}, 3).wscale, ==, 7);
    g_assert_cmpuint(parsed_options((const uint8_t[]){3, 3, 0}, 3).known, ==, TSM_HAS_WSCALE);
    g_assert_cmpuint(parsed_options((const uint8_t[]){3, 3, 200}, 3).wscale, ==, 14);
}

static void test_option_sack(void)
{
    const uint8_t two[] = {5, 18, 0, 0, 0, 10, 0, 0, 0, 20, 0, 0, 0, 30, 0, 0, 0, 40};
    const struct tsm_segment seg = parsed_options(two, sizeof two);

    g_assert_cmphex(seg.known, ==, TSM_HAS_SACK);
    g_assert_cmpuint(seg.sack_left, ==, 10);
    g_assert_cmpuint(seg.sack_right, ==, 20);
}

static void test_option_fastopen(void)
{
    const uint8_t cookie[] = {34, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t request[] = {34, 2};
    const uint8_t experiment[] = {254, 4, 0xf9, 0x89};
    const uint8_t other[] = {254, 4, 0xf9, 0x88};

    g_assert_cmphex(parsed_options(cookie, sizeof cookie).known, ==, TSM_HAS_FASTOPEN);
    g_assert_cmphex(parsed_options(request, sizeof request).known, ==, TSM_HAS_FASTOPEN);
    g_assert_cmphex(parsed_options(experiment, sizeof experiment).known, ==, TSM_HAS_FASTOPEN);
    g_assert_cmphex(parsed_options(other, sizeof other).known, ==, 0);
}

static void test_option_mptcp(void)
{
    g_assert_cmphex(parsed_options((const uint8_t[]){30, 4, 1, 1}, 4).known, ==, TSM_HAS_MPTCP);
}

/* Right kind, wrong length: the option is not believed. */
static void test_option_lengths(void)
{
    const uint8_t scale[] = {3, 4, 7, 7};
    const uint8_t stamps[] = {8, 8, 1, 2, 3, 4, 5, 6};
    const uint8_t sack[] = {5, 6, 1, 2, 3, 4};

    g_assert_cmphex(parsed_options(scale, sizeof scale).known & TSM_HAS_WSCALE, ==, 0);
    g_assert_cmphex(parsed_options(stamps, sizeof stamps).known & TSM_HAS_TIMESTAMP, ==, 0);
    g_assert_cmphex(parsed_options(sack, sizeof sack).known & TSM_HAS_SACK, ==, 0);
}

/* Options that run over the end of the header, or have length 0 or 1. */
static void test_option_malformed(void)
{
    const uint8_t runs_over[] = {1, 1, 8, 10};
    const uint8_t zero[] = {8, 0, 0, 0};
    const uint8_t one[] = {8, 1, 0, 0};
    const uint8_t alone[] = {1, 1, 1, 8};

    g_assert_cmphex(parsed_options(runs_over, 4).known, ==, TSM_OPTIONS_CUT);
    g_assert_cmphex(parsed_options(zero, 4).known, ==, TSM_OPTIONS_CUT);
    g_assert_cmphex(parsed_options(one, 4).known, ==, TSM_OPTIONS_CUT);
    g_assert_cmphex(parsed_options(alone, 4).known, ==, TSM_OPTIONS_CUT);
}

/* What stands behind the end-of-options option is not read. */
static void test_option_end(void)
{
    g_assert_cmphex(parsed_options((const uint8_t[]){0, 3, 3, 7}, 4).known, ==, 0);
    g_assert_cmphex(parsed_options((const uint8_t[]){1, 1, 1, 1}, 4).known, ==, 0);
}

static void test_span(void)
{
    struct tsm_segment seg = {.seq = 0xfffffffe, .payload = 3, .flags = TSM_SYN | TSM_FIN};

    g_assert_cmpuint(tsm_segment_span(&seg), ==, 5);
    g_assert_cmpuint(tsm_segment_end(&seg), ==, 3);
    g_assert_true(tsm_has(&seg, TSM_SYN | TSM_FIN));
    g_assert_false(tsm_has(&seg, TSM_SYN | TSM_ACK));
}

/* What must hold of whatever was accepted. */
static void check_parsed(const struct tsm_segment *seg, size_t length)
{
    g_assert_cmpuint(seg->payload, <=, length - 20);
    g_assert_cmphex(seg->flags & 0xf000, ==, 0);
    g_assert_cmpint(seg->wscale <= 14 || (seg->known & TSM_HAS_WSCALE) == 0, ==, 1);
}

/* Random headers, cut anywhere: no byte behind the cut is read (AddressSanitizer sees it). */
static void test_random(void)
{
    GRand *rand = g_rand_new_with_seed(9293);

    for (unsigned i = 0; i < 200000; i++) {
        const size_t captured = (size_t)g_rand_int_range(rand, 0, 80);
        const size_t length = (size_t)g_rand_int_range(rand, 0, 2000);
        g_autofree uint8_t *header = g_malloc(captured + 1);
        for (size_t k = 0; k < captured; k++) {
            /* small numbers are option kinds and lengths */
            header[k] = (uint8_t)g_rand_int_range(rand, 0, k >= 20 && i % 2 == 0 ? 12 : 256);
        }
        g_autofree uint8_t *exact = exact_copy(header, captured);
        struct tsm_segment seg = {0};
        if (tsm_segment_parse(&seg, exact, captured, length)) {
            check_parsed(&seg, length);
        }
    }
    g_rand_free(rand);
}

/* "Too big" of both versions, whole and cut; the fields mean nothing in another error. */
static void test_icmp(void)
{
    static const uint8_t needed[8] = {3, 4, 0, 0, 0, 0, 0x05, 0x78};
    static const uint8_t unreachable[8] = {3, 1, 0, 0, 0, 0, 0x05, 0x78};
    static const uint8_t too_big[8] = {2, 0, 0, 0, 0, 0, 0x05, 0x00};
    static const uint8_t jumbo[8] = {2, 0, 0, 0, 0, 2, 0, 0};
    static const struct {
        const uint8_t *message;
        size_t captured;
        bool v6;
        struct tsm_icmp_error want;
    } rows[] = {
        {needed, 8, false, {.type = 3, .code = 4, .mtu = 1400}},
        {needed, 7, false, {.type = 3, .code = 4}},
        {needed, 1, false, {.type = 255, .code = 255}},
        {unreachable, 8, false, {.type = 3, .code = 1, .fatal = true}},
        {too_big, 8, true, {.type = 2, .mtu = 1280}},
        {jumbo, 8, true, {.type = 2, .mtu = UINT16_MAX}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree uint8_t *copy = exact_copy(rows[i].message, rows[i].captured);
        const struct tsm_icmp_error got = tsm_icmp_parse(rows[i].v6, copy, rows[i].captured);
        g_assert_cmpuint(got.type, ==, rows[i].want.type);
        g_assert_cmpuint(got.code, ==, rows[i].want.code);
        g_assert_cmpint(got.fatal, ==, rows[i].want.fatal);
        g_assert_cmpuint(got.mtu, ==, rows[i].want.mtu);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/segment/syn", test_syn);
    g_test_add_func("/segment/data", test_data);
    g_test_add_func("/segment/flags", test_flags);
    g_test_add_func("/segment/captured", test_captured);
    g_test_add_func("/segment/captured-without-options", test_captured_without_options);
    g_test_add_func("/segment/offsets", test_offsets);
    g_test_add_func("/segment/padding", test_padding);
    g_test_add_func("/segment/option/wscale", test_option_wscale);
    g_test_add_func("/segment/option/sack", test_option_sack);
    g_test_add_func("/segment/option/fastopen", test_option_fastopen);
    g_test_add_func("/segment/option/mptcp", test_option_mptcp);
    g_test_add_func("/segment/option/lengths", test_option_lengths);
    g_test_add_func("/segment/option/malformed", test_option_malformed);
    g_test_add_func("/segment/option/end", test_option_end);
    g_test_add_func("/segment/span", test_span);
    g_test_add_func("/segment/icmp", test_icmp);
    g_test_add_func("/segment/random", test_random);
    return g_test_run();
}
