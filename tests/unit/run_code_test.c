/* run_code_test.c - what .tsi and .tsr tell as differences is read back as it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include <string.h>

#include "tsi_code.h"
#include "tsr_change.h"

#define ITEMS 20000
#define CHANGES 20000

/* ---- items ---- */

/* A segment of one of 100 connections, now and then of another form. */
static void make_item(GRand *rand, struct tsm_item *item, guint8 *tcp)
{
    const guint number = (guint)g_rand_int_range(rand, 0, 100);
    const guint words = number % 3 == 0 ? (guint)g_rand_int_range(rand, 5, 16) : 5 + number % 4;
    const guint8 kinds[] = {TSM_ITEM_PLAIN, TSM_ITEM_PLAIN, TSM_ITEM_HEADER, TSM_ITEM_NAME,
                            TSM_ITEM_TAP};
    const gint64 length = g_rand_int_range(rand, 0, 50) == 0 ? 70000 : 60;

    memset(tcp, 0, TSM_HEADER_MAX);
    for (guint i = 0; i < 16 || (i >= 20 && i < words * 4); i++) {
        tcp[i] = (guint8)g_rand_int_range(rand, 0, i < 4 ? 1 : 3);
    }
    tcp[12] = (guint8)(words << 4);
    *item = (struct tsm_item){
        .kind = g_rand_int_range(rand, 0, 10) > 0 ? TSM_ITEM_PLAIN
                                                  : kinds[g_rand_int_range(rand, 0, 5)],
        .has_time = true,
        .header = {.bytes = tcp,
                   .frame = g_rand_int(rand) % 9,
                   .time_ns = g_rand_int_range(rand, -1000000, 1000000),
                   .captured = words * 4,
                   .length = (guint32)(words * 4 + g_rand_int_range(rand, 0, (gint32)length)),
                   .ip_id = (guint16)(g_rand_int(rand) % 3),
                   .ttl = 64,
                   .tuple = {.src = {10, (guint8)number}, .addr_len = number % 2 == 0 ? 4 : 16}},
    };
    item->header.ip_bytes = item->header.length + (number % 2 == 0 ? 20 : 40);
}

static void test_items(void)
{
    g_autofree struct tsi_slots *told = g_new0(struct tsi_slots, 1);
    g_autofree struct tsi_slots *heard = g_new0(struct tsi_slots, 1);
    g_autoptr(GRand) rand = g_rand_new_with_seed(18);
    gsize differences = 0;

    for (guint i = 0; i < ITEMS; i++) {
        guint8 tcp[TSM_HEADER_MAX], bytes[TSI_CODE_BYTES];
        guint8 packed[TSM_ITEM_BYTES], again[TSM_ITEM_BYTES];
        struct tsm_item item, back;
        make_item(rand, &item, tcp);
        const gsize n = (gsize)(tsi_code_put(told, &item, bytes) - bytes);
        g_assert_cmpuint(n, <=, sizeof bytes);
        for (gsize less = 0; i < 200 && less < n; less++) { /* no part of it is one */
            g_autofree struct tsi_slots *copy = g_memdup2(heard, sizeof *heard);
            g_assert_cmpuint(tsi_code_get(copy, &back, bytes, less), ==, 0);
        }
        g_assert_cmpuint(tsi_code_get(heard, &back, bytes, n), ==, n);
        const gsize size = tsm_item_pack(&item, packed);
        g_assert_cmpmem(packed, size, again, tsm_item_pack(&back, again));
        differences += n < size;
    }
    g_assert_cmpuint(differences, >, ITEMS / 2);
}

/* Of a slot that has none, there is no difference. */
static void test_empty_slot(void)
{
    g_autofree struct tsi_slots *slots = g_new0(struct tsi_slots, 1);
    const guint8 bytes[] = {0, 7, 1, 2, 3, 4};
    struct tsm_item item;

    g_assert_cmpuint(tsi_code_get(slots, &item, bytes, sizeof bytes), ==, 0);
}

/* ---- changes ---- */

static void make_change(GRand *rand, struct tsm_record *record)
{
    const bool timer = g_rand_int_range(rand, 0, 5) == 0;
    struct tsm_change *change = &record->u.change.change;

    record->type = g_rand_int_range(rand, 0, 9) == 0 ? TSM_RECORD_PROJECTED : TSM_RECORD_CHANGE;
    record->u.change.stream = g_rand_int(rand) % 5;
    *change = (struct tsm_change){
        .at_ns = 1000000000 + g_rand_int_range(rand, 0, 3),
        .at_frame = timer ? 0 : 100 + g_rand_int(rand) % 3,
        .side = (guint8)(g_rand_int(rand) % 2),
        .state = (guint8)(g_rand_int(rand) % TSM_N_STATES),
        .basis = (guint8)(g_rand_int(rand) % TSM_N_BASES),
        .cause = (guint8)(g_rand_int(rand) % TSM_N_CAUSES),
        .possible = (tsm_state_set)(g_rand_int(rand) % (1u << TSM_N_STATES)),
    };
    change->from_ns = g_rand_boolean(rand) ? change->at_ns : -5;
    change->from_frame = g_rand_boolean(rand) ? change->at_frame : 0;
}

static void test_changes(void)
{
    struct tsr_shapes told = {.n = 0}, heard = {.n = 0};
    struct tsm_record_base base = {0}, back_base = {0};
    g_autoptr(GRand) rand = g_rand_new_with_seed(18);
    struct tsm_record record = {0}, back = {0};
    guint8 bytes[TSR_CHANGE_BYTES];

    for (guint i = 0; i < CHANGES; i++) {
        if (i % 3 > 0) { /* the same shape again */
            record.u.change.change.at_ns += i;
        } else {
            make_change(rand, &record);
        }
        const gsize n = tsr_change_pack(&record, &told, &base, bytes);
        g_assert_cmpuint(n, <=, sizeof bytes);
        g_assert_cmpuint(tsr_change_unpack(&back, &heard, &back_base, bytes, n), ==, n);
        char line[TSM_RECORD_TEXT], again[TSM_RECORD_TEXT];
        g_assert_cmpmem(line, tsm_record_format(&record, line), again,
                        tsm_record_format(&back, again));
    }
    g_assert_cmpuint(told.n, ==, TSR_SHAPES);
}

/* A number that no shape has, and a shape that cannot be. */
static void test_no_change(void)
{
    const guint8 unknown[] = {0x80, 1}, odd[] = {0x80, 0, 2, 0, 0, 0, 0}, bit[] = {0xa0, 0, 0, 0};
    struct tsr_shapes shapes = {.n = 0};
    struct tsm_record_base base = {0};
    struct tsm_record record;

    g_assert_cmpuint(tsr_change_unpack(&record, &shapes, &base, unknown, sizeof unknown), ==, 0);
    g_assert_cmpuint(tsr_change_unpack(&record, &shapes, &base, odd, sizeof odd), ==, 0);
    g_assert_cmpuint(tsr_change_unpack(&record, &shapes, &base, bit, sizeof bit), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items", test_items);
    g_test_add_func("/empty-slot", test_empty_slot);
    g_test_add_func("/changes", test_changes);
    g_test_add_func("/no-change", test_no_change);
    return g_test_run();
}
