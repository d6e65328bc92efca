/* tsm_item_test.c - items survive the way from process to process; what is no item is noticed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_item.h"

static uint8_t tcp_bytes[TSM_HEADER_MAX];

/* An item of each kind and address length, with a header cut to `captured`. */
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
                .length = captured + 7,
                .ip_bytes = 70000,
                .ip_id = 0xabcd,
                .path = 0x2007,
                .ttl = 64,
                .checksum = TSM_CHECKSUM_WRONG,
                .quoted = true,
                .error = {.type = 3, .code = 13, .fatal = true, .by_target = false},
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

static void test_round_trip(void)
{
    static const uint8_t addr_lens[] = {0, 4, 16};
    static const uint32_t captured[] = {0, 7, 20, 60, 1460};

    for (gsize i = 0; i < sizeof tcp_bytes; i++) {
        tcp_bytes[i] = (uint8_t)(i * 7);
    }
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
            g_assert_cmpmem(back.header.bytes, MIN(captured[c], TSM_HEADER_MAX), tcp_bytes,
                            MIN(captured[c], TSM_HEADER_MAX));
        }
    }
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

        g_assert_cmpuint(size, ==, 40);
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
    } faults[] = {{0, 0}, {0, 255}, {1, 0}, {1, 99}, {2, 5}, {2, 255}, {23, 0x7f}, {24, 1}};
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
    g_test_add_func("/item/round-trip", test_round_trip);
    g_test_add_func("/item/frames", test_frames);
    g_test_add_func("/item/no-item", test_no_item);
    return g_test_run();
}
