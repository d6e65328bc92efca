/* tsm_item_test.c - items survive the way from process to process; what is no item is noticed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_item.h"

static uint8_t tcp_bytes[2000];

#define OFFSET 32 /* where the data begins */

/* An item of a kind and address length, with a header cut to `captured`. */
static struct tsm_item make_item(uint8_t kind, uint8_t addr_len, uint32_t captured)
{
    struct tsm_item item = {
        .kind = kind,
        .has_time = true,
        .header =
            {
                .time_ns = -1700000000123456789,
                .frame = 4294967295u,
                .captured = captured,
                .length = captured + OFFSET,
                .ip_bytes = 70000,
                .ip_id = 0xabcd,
                .path = 0x2007,
                .ttl = 64,
                .checksum = TSM_CHECKSUM_WRONG,
                .fragment = true,
                .error = {.type = 3, .code = 13, .fatal = true, .mtu = 1400},
                .tuple.addr_len = addr_len,
                .bytes = tcp_bytes,
            },
    };

    memset(item.header.tuple.src, 1, addr_len);
    memset(item.header.tuple.dst, 2, addr_len);
    return item;
}

static void assert_same(const struct tsm_item *a, const struct tsm_item *b)
{
    const struct tsm_header *x = &a->header;
    const struct tsm_header *y = &b->header;

    g_assert_cmpint(a->kind, ==, b->kind);
    g_assert_cmpint(a->has_time, ==, b->has_time);
    g_assert_cmpint(x->time_ns, ==, y->time_ns);
    g_assert_cmpuint(x->frame, ==, y->frame);
    g_assert_cmpuint(x->captured, ==, y->captured);
    g_assert_cmpuint(x->length, ==, y->length);
    g_assert_cmpuint(x->ip_bytes, ==, y->ip_bytes);
    g_assert_cmpuint(x->ip_id, ==, y->ip_id);
    g_assert_cmpuint(x->path, ==, y->path);
    g_assert_cmpuint(x->ttl, ==, y->ttl);
    g_assert_cmpuint(x->checksum, ==, y->checksum);
    g_assert_cmpint(x->fragment, ==, y->fragment);
    g_assert_cmpint(x->quoted, ==, y->quoted);
    g_assert_cmpint(memcmp(&x->error, &y->error, sizeof x->error), ==, 0);
}

/* A header of OFFSET bytes, and data behind. */
static void make_tcp(void)
{
    for (gsize i = 0; i < sizeof tcp_bytes; i++) {
        tcp_bytes[i] = (uint8_t)(i < OFFSET ? i * 5 + 1 : 0xda);
    }
    tcp_bytes[12] = OFFSET / 4 << 4;
}

/* The header comes back as far as it was captured, without the four bytes nobody asks for. */
static void assert_same_tcp(const struct tsm_header *header, uint32_t size)
{
    g_assert_cmpuint(tsm_header_bytes(header), ==, size);
    for (uint32_t i = 0; i < size; i++) {
        g_assert_cmpuint(header->bytes[i], ==, i >= 16 && i < 20 ? 0 : tcp_bytes[i]);
    }
}

static void test_round_trip(void)
{
    static const uint8_t addr_lens[] = {0, 4, 16};
    static const uint32_t captured[] = {0, 7, 16, 19, 20, 60, 1460, 70000};

    for (gsize a = 0; a < G_N_ELEMENTS(addr_lens); a++) {
        for (gsize c = 0; c < G_N_ELEMENTS(captured); c++) {
            const struct tsm_item item = make_item(TSM_ITEM_PLAIN, addr_lens[a], captured[c]);
            uint8_t bytes[TSM_ITEM_BYTES];
            const size_t size = tsm_item_pack(&item, bytes);
            struct tsm_item back;

            g_assert_cmpuint(size, <=, sizeof bytes);
            for (size_t n = 0; n < size; n++) {
                g_assert_cmpuint(tsm_item_unpack(&back, bytes, n), ==, 0);
            }
            g_assert_cmpuint(tsm_item_unpack(&back, bytes, size), ==, size);
            assert_same(&item, &back);
            g_assert_cmpuint(back.header.tuple.addr_len, ==, addr_lens[a]);
            g_assert_cmpmem(back.header.tuple.src, addr_lens[a], item.header.tuple.src,
                            addr_lens[a]);
            g_assert_cmpmem(back.header.tuple.dst, addr_lens[a], item.header.tuple.dst,
                            addr_lens[a]);
            assert_same_tcp(&back.header, MIN(captured[c], OFFSET));
        }
    }
}

/* Most headers take 24 bytes, the addresses and the header; no byte of data goes with them. */
static void test_no_data(void)
{
    static const struct {
        uint8_t offset; /* of the data, in words */
        bool quoted;
        size_t size; /* of the item */
    } cases[] = {
        {OFFSET / 4, false, 24 + 8 + OFFSET},
        {OFFSET / 4, true, 24 + 8 + TSM_HEADER_MIN},
        {4, false, 24 + 8 + TSM_HEADER_MIN}, /* malformed */
        {5, false, 24 + 8 + 20},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct tsm_item item = make_item(TSM_ITEM_PLAIN, 4, 1460);
        uint8_t bytes[TSM_ITEM_BYTES];

        item.header.length = 1460;
        item.header.ip_bytes = 1480;
        item.header.quoted = cases[i].quoted;
        item.header.error = (struct tsm_icmp_error){0};
        tcp_bytes[12] = (uint8_t)(cases[i].offset << 4);
        g_assert_cmpuint(tsm_item_pack(&item, bytes), ==, cases[i].size);
        g_assert_null(memchr(bytes, 0xda, cases[i].offset >= 5 ? cases[i].size : 0));
    }
    make_tcp();
}

/* Items that leave the machine are the same everywhere. */
static void test_bytes(void)
{
    static const uint8_t expected[] = {
        48, 0x12, 0x41, 64,   4,    3,    2,  1,    8,  7,  6,  5,  4,   3,  2,  1,
        16, 0,    0x34, 0x12, 0xcd, 0xab, 7,  0x20, 1,  1,  1,  1,  2,   2,  2,  2,
        1,  6,    11,   16,   21,   26,   31, 36,   41, 46, 51, 56, 128, 66, 71, 76,
    };
    struct tsm_item item = make_item(TSM_ITEM_PLAIN, 4, 16);
    uint8_t bytes[TSM_ITEM_BYTES];

    item.header.frame = 0x01020304;
    item.header.time_ns = 0x0102030405060708;
    item.header.length = 0x1234;
    item.header.ip_bytes = 0x1234 + 20;
    item.header.checksum = TSM_CHECKSUM_RIGHT;
    item.header.fragment = false;
    item.header.error = (struct tsm_icmp_error){0};
    g_assert_cmpmem(bytes, tsm_item_pack(&item, bytes), expected, sizeof expected);
}

/* A name is as long as it says, whatever is in it. */
static void test_name(void)
{
    struct tsm_item item = {.kind = TSM_ITEM_NAME,
                            .header = {.bytes = (const uint8_t *)"a.host.of.the.example",
                                       .captured = 21,
                                       .tuple.addr_len = 4}};
    uint8_t bytes[TSM_ITEM_BYTES];
    struct tsm_item back;

    g_assert_cmpuint(tsm_item_unpack(&back, bytes, tsm_item_pack(&item, bytes)), >, 0);
    g_assert_cmpmem(back.header.bytes, back.header.captured, item.header.bytes, 21);
}

/* Items without a header take neither addresses nor bytes. */
static void test_frames(void)
{
    static const uint8_t kinds[] = {TSM_ITEM_FRAME, TSM_ITEM_DEEP, TSM_ITEM_END};

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const struct tsm_item item = make_item(kinds[i], 16, 40);
        uint8_t bytes[TSM_ITEM_BYTES];
        struct tsm_item back;
        const size_t size = tsm_item_pack(&item, bytes);

        g_assert_cmpuint(size, ==, 24 + 18);
        g_assert_cmpuint(tsm_item_unpack(&back, bytes, size), ==, size);
        assert_same(&item, &back);
        g_assert_cmpuint(back.header.tuple.addr_len, ==, 0);
    }
}

static void test_no_item(void)
{
    static const struct {
        gsize place;
        uint8_t value;
    } faults[] = {{0, 0},    {0, 255},  {0, 70},   {1, 0},     {1, 15},
                  {1, 0x42}, {2, 0x40}, {2, 0xff}, {15, 0x7f}, {24, 1}};
    const struct tsm_item item = make_item(TSM_ITEM_PLAIN, 4, 40);

    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        uint8_t bytes[TSM_ITEM_BYTES];
        struct tsm_item back;

        tsm_item_pack(&item, bytes);
        bytes[faults[i].place] = faults[i].value;
        g_assert_cmpuint(tsm_item_unpack(&back, bytes, sizeof bytes), >, 0);
        g_assert_cmpint(back.kind, ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_tcp();
    g_test_add_func("/item/round-trip", test_round_trip);
    g_test_add_func("/item/no-data", test_no_data);
    g_test_add_func("/item/bytes", test_bytes);
    g_test_add_func("/item/name", test_name);
    g_test_add_func("/item/frames", test_frames);
    g_test_add_func("/item/no-item", test_no_item);
    return g_test_run();
}
