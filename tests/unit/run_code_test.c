/* run_code_test.c - what .tsi and .tsr tell as differences is read back as it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tsi_code.h"
#include "tsr.h"
#include "tsr_layout.h"

#define ITEMS 20000
#define RECORDS 30000

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
        const gsize size = tsm_item_pack(&item, packed);
        const gsize n = (gsize)(tsi_code_put(told, packed, tsi_code_hash(packed), bytes) - bytes);
        g_assert_cmpuint(n, <=, sizeof bytes);
        for (gsize less = 0; i < 200 && less < n; less++) { /* no part of it is one */
            g_autofree struct tsi_slots *copy = g_memdup2(heard, sizeof *heard);
            g_assert_cmpuint(tsi_code_get(copy, &back, bytes, less), ==, 0);
        }
        g_assert_cmpuint(tsi_code_get(heard, &back, bytes, n), ==, n);
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

/* ---- records ---- */

/* A number as columns have it: mostly 0 or 1, now and then a frame, a time or any. */
static void append_number(GString *line, GRand *rand, const char *format)
{
    const gint kind = g_rand_int_range(rand, 0, 100);

    g_string_append_printf(line, format,
                           kind < 80   ? (guint64)(kind % 2)
                           : kind < 92 ? (guint64)g_rand_int_range(rand, 0, 200)
                           : kind < 96 ? G_GUINT64_CONSTANT(1790000000000000000) +
                                             (guint64)g_rand_int_range(rand, 0, 9) * 1000
                                       : g_rand_int(rand));
}

/* A line of a record of that type; most are none, as some of their numbers are too large. */
static void make_line(GRand *rand, char type, guint columns, GString *line)
{
    g_string_assign(line, (char[]){type, '\0'});
    g_string_append_printf(line, "\t%u", g_rand_int(rand) % 5);
    if (type == TSM_RECORD_START) {
        g_string_append_printf(line, "\t%u\t%u\t0a00000%u\t%u\t0a000009\t80\t0\t%s",
                               1000 * (g_rand_int(rand) % 9), g_rand_int(rand) % 9,
                               g_rand_int(rand) % 3, g_rand_int(rand) % 3,
                               g_rand_boolean(rand) ? "-" : "7");
        return;
    }
    for (guint i = 2; i < columns; i++) {
        append_number(line, rand, "\t%" G_GINT64_MODIFIER "u");
    }
    if (type == TSM_RECORD_FACTS && g_rand_boolean(rand)) {
        g_string_append(line, "\t1400"); /* the MTU, which is a column where there is one */
    } else if (type == TSM_RECORD_SEGMENT && g_rand_boolean(rand)) {
        g_string_append(line, "\t7\t900"); /* a SACK block, likewise */
    }
}

/* Columns of a record of that type, the type included. */
static guint columns_of(char type)
{
    const struct tsm_record record = {.type = (enum tsm_record_type)type};
    char line[TSM_RECORD_TEXT];
    guint n = 1;

    tsm_record_format(&record, line);
    for (const char *c = line; *c != '\0'; c++) {
        n += *c == '\t';
    }
    return n;
}

static void make_record(GRand *rand, struct tsm_record *record)
{
    static const char types[] = "SCCCPGGFTE";
    const char type = types[g_rand_int_range(rand, 0, sizeof types - 1)];
    const guint columns = columns_of(type);
    g_autoptr(GString) line = g_string_new(NULL);

    do {
        make_line(rand, type, columns, line);
    } while (!tsm_record_parse(record, line->str, line->len));
}

/* Where a record came from: a header, or the end of the capture. */
static void tell_place(struct tsr_writer *writer, GRand *rand, guint i)
{
    if (i < RECORDS / 2) {
        tsr_at(writer, &(const struct tsr_position){
                           .frame = i / 3 + 1,
                           .ordinal = i / 3 % 7 == 0,
                           .time_ns = i % 2 == 0 ? 1790000000000000000 + i * 1000 : 0});
    } else if (i % 3 == 0) {
        tsr_phase(writer, g_rand_boolean(rand) ? '=' : '!');
    }
}

static void write_records(const char *name, GPtrArray *lines[2])
{
    const guint8 identity[RUN_IDENTITY_BYTES] = {0};
    g_autoptr(GRand) rand = g_rand_new_with_seed(18);
    struct tsr_writer writer;
    struct tsm_record record;

    g_assert_true(tsr_begin(&writer, name, 0, 1, identity, NULL));
    for (guint i = 0; i < RECORDS; i++) {
        char line[TSM_RECORD_TEXT];
        if (i % 3 > 0 && record.type == TSM_RECORD_CHANGE) { /* the same again, later */
            record.u.change.change.at_ns += i;
        } else {
            make_record(rand, &record);
        }
        tell_place(&writer, rand, i);
        tsr_add(&writer, &record);
        tsm_record_format(&record, line);
        g_ptr_array_add(lines[writer.phase == '!'], g_strdup(line));
    }
    g_assert_true(tsr_end(&writer, NULL));
}

/* What is read back: the records, those that timers will do last. */
static void test_records(void)
{
    g_autofree char *name = g_strdup_printf("%s/tsr-%d", g_get_tmp_dir(), (int)getpid());
    GPtrArray *lines[2] = {g_ptr_array_new_with_free_func(g_free),
                           g_ptr_array_new_with_free_func(g_free)};
    guint n = 0;
    enum tsr_entry entry;

    write_records(name, lines);
    g_autoptr(Tsr) tsr = tsr_open(name, NULL);
    g_assert_nonnull(tsr);
    g_assert_cmpuint(tsr->blocks->index->len, >, 3);
    while ((entry = tsr_next(tsr)) != TSR_END) {
        char line[TSM_RECORD_TEXT];
        if (entry == TSR_RECORD) {
            const bool after = n >= lines[0]->len;
            g_assert_cmpuint(n, <, RECORDS);
            tsm_record_format(&tsr->record, line);
            g_assert_cmpstr(line, ==,
                            g_ptr_array_index(lines[after], n - (after ? lines[0]->len : 0)));
            n++;
        }
    }
    g_assert_no_error(tsr->trouble);
    g_assert_cmpuint(n, ==, RECORDS);
    g_ptr_array_unref(lines[0]);
    g_ptr_array_unref(lines[1]);
    g_unlink(name);
}

/* Whether symbols and numbers are a record of that type. */
static bool is_record(char type, const guint8 *symbols, gsize n, const guint8 *numbers, gsize m)
{
    g_autofree struct tsr_base *base = g_new0(struct tsr_base, 1);
    struct tsr_text text = {{symbols, symbols + n, true}, {numbers, numbers + m, true}};
    struct tsm_record record;

    tsr_base_clear(base);
    return tsr_get_record(&text, base, (guint8)type, &record);
}

/* No part of a record is one; nor is what has a symbol that cannot be. */
static void test_no_record(void)
{
    g_autofree struct tsr_base *base = g_new0(struct tsr_base, 1);
    g_autoptr(GRand) rand = g_rand_new_with_seed(18);
    struct tsm_record record;

    for (guint i = 0; i < 2000; i++) {
        guint8 symbols[TSR_RECORD_SYMBOLS], numbers[TSR_RECORD_NUMBERS];
        struct tsr_pen pen = {symbols, numbers};
        make_record(rand, &record);
        tsr_base_clear(base);
        tsr_put_record(&pen, base, &record);
        const gsize n = (gsize)(pen.symbols - symbols) - 1, m = (gsize)(pen.numbers - numbers);
        g_assert_true(is_record((char)symbols[0], symbols + 1, n, numbers, m));
        g_assert_false(is_record((char)symbols[0], symbols + 1, n - 1, numbers, m));
        g_assert_true(m == 0 || !is_record((char)symbols[0], symbols + 1, n, numbers, m - 1));
    }
    static const guint8 side[] = {2, 0, 0, 0, 1, 0x66, 0x66},
                        state[] = {0, 99, 0, 0, 1, 0x66, 0x66};
    static const guint8 time[] = {0, 0, 0, 0, 1, 0x6b, 0x66}, right[] = {0, 0, 0, 0, 1, 0x66, 0x66};
    g_assert_true(is_record('C', right, sizeof right, NULL, 0));
    g_assert_false(is_record('C', side, sizeof side, NULL, 0));
    g_assert_false(is_record('C', state, sizeof state, NULL, 0));
    g_assert_false(is_record('C', time, sizeof time, right, sizeof right));
    g_assert_false(is_record('L', right, sizeof right, right, sizeof right));
}

/* What a forged file asks for is no more than its bytes can tell: whether a block is read. */
static bool is_block(const void *bytes, gsize size)
{
    const struct blocks_head head = {TSR_MAGIC, .version = TSR_VERSION, .sections = 2};
    const struct tsm_record record = {.type = TSM_RECORD_CAPTURE};
    g_autofree char *name = g_strdup_printf("%s/tsr-%d", g_get_tmp_dir(), (int)getpid());
    g_autoptr(GByteArray) summary = g_byte_array_new();
    char text[TSM_RECORD_TEXT];
    struct blocks_writer writer;

    g_byte_array_append(summary, (const guint8 *)text,
                        (guint)tsm_record_pack(&record, &(struct tsm_record_base){0}, text));
    g_assert_true(blocks_begin(&writer, name, &head, NULL));
    blocks_add(&writer, 0, bytes, size, 1);
    g_assert_true(blocks_end(&writer, summary, NULL));
    g_autoptr(Tsr) tsr = tsr_open(name, NULL);
    g_assert_nonnull(tsr);
    while (tsr_next(tsr) != TSR_END) {
    }
    g_unlink(name);
    return tsr->trouble == NULL;
}

static void test_forged(void)
{
    const guint8 birth[] = {0, 2, '@', 'B', 2, 1, 2}; /* the same string twice, at frames 1 and 2 */
    const guint8 twins[] = {0, 3, '@', 'B', 'B', 2};
    const guint8 nowhere[] = {0, 1, 'B'};
    guint8 strings[3 + TSR_STRING_MOST + 1] = {0, 0x80 | TSR_STRING_MOST % 128,
                                               TSR_STRING_MOST / 128};

    memset(strings + 3, TSR_NEXT, TSR_STRING_MOST + 1);
    g_assert_true(is_block(birth, sizeof birth));
    g_assert_false(is_block(twins, sizeof twins));
    g_assert_false(is_block(nowhere, sizeof nowhere));
    g_assert_true(is_block(strings, sizeof strings - 1));
    strings[1]++;
    g_assert_false(is_block(strings, sizeof strings));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items", test_items);
    g_test_add_func("/empty-slot", test_empty_slot);
    g_test_add_func("/records", test_records);
    g_test_add_func("/no-record", test_no_record);
    g_test_add_func("/forged", test_forged);
    return g_test_run();
}
