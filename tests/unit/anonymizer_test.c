/* anonymizer_test.c - the properties of mapped addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anonymizer.h"

#include <string.h>

#include "errors.h"

/* How many bits two addresses have in common at their beginning. */
static unsigned common(const uint8_t *a, const uint8_t *b, unsigned len)
{
    unsigned n = 0;

    while (n < 8 * len && ((a[n / 8] ^ b[n / 8]) >> (7 - n % 8) & 1) == 0) {
        n++;
    }
    return n;
}

static void draw(uint8_t *address, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        address[i] = (uint8_t)g_random_int_range(0, 256);
    }
}

static void check_prefixes(unsigned len)
{
    struct anonymizer anonymizer;

    g_assert_true(anonymizer_begin(&anonymizer, NULL, NULL));
    for (unsigned round = 0; round < 2000; round++) {
        const unsigned at = round % (8 * len); /* the first bit that differs */
        uint8_t a[16];
        uint8_t b[16];
        draw(a, len);
        draw(b, len);
        memcpy(b, a, at / 8);
        for (unsigned bit = at / 8 * 8; bit <= at; bit++) {
            const uint8_t mask = (uint8_t)(0x80 >> bit % 8);
            const uint8_t value = (uint8_t)((a[bit / 8] ^ (bit == at ? mask : 0)) & mask);
            b[bit / 8] = (uint8_t)((b[bit / 8] & ~mask) | value);
        }
        g_assert_cmpuint(common(a, b, len), ==, at);
        anonymizer_map(&anonymizer, a, len);
        anonymizer_map(&anonymizer, b, len);
        g_assert_cmpuint(common(a, b, len), ==, at);
    }
}

static void test_prefixes(void)
{
    check_prefixes(4);
    check_prefixes(16);
}

/* Each bit is turned round as often as not, whichever it is. */
static void test_every_bit_is_mapped(void)
{
    unsigned turned[32] = {0};

    for (unsigned round = 0; round < 2000; round++) {
        struct anonymizer anonymizer;
        uint8_t address[4] = {10, 9, 0, 1};
        g_assert_true(anonymizer_begin(&anonymizer, NULL, NULL));
        anonymizer_map(&anonymizer, address, 4);
        for (unsigned i = 0; i < 32; i++) {
            const uint8_t before[] = {10, 9, 0, 1};
            turned[i] += (address[i / 8] ^ before[i / 8]) >> (7 - i % 8) & 1;
        }
    }
    for (unsigned i = 0; i < 32; i++) { /* 9 standard deviations */
        g_assert_cmpuint(turned[i], >, 800);
        g_assert_cmpuint(turned[i], <, 1200);
    }
}

static void test_off(void)
{
    const struct anonymizer off = {0};
    uint8_t address[4] = {10, 9, 0, 1};
    g_autofree char *name = anonymizer_name(&off, "x.pcap");

    anonymizer_map(&off, address, 4);
    g_assert_cmpmem(address, 4, ((uint8_t[]){10, 9, 0, 1}), 4);
    g_assert_cmpstr(name, ==, "x.pcap");
}

/* What the mapping of a key file is must not change: two people share results by it. */
static void test_key_file(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "tcpstory-anonymizer-test", NULL);
    g_autoptr(GError) error = NULL;
    struct anonymizer anonymizer;
    uint8_t address[4] = {10, 9, 0, 1};

    g_assert_true(g_file_set_contents(path, "0123456789abcdef", -1, NULL));
    g_assert_true(anonymizer_begin(&anonymizer, path, &error));
    anonymizer_map(&anonymizer, address, 4);
    g_assert_cmpmem(address, 4, ((uint8_t[]){16, 202, 203, 117}), 4);

    g_assert_true(g_file_set_contents(path, "0123456789abcde", -1, NULL));
    g_assert_false(anonymizer_begin(&anonymizer, path, &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
    g_assert_nonnull(strstr(error->message, "fewer than 16 bytes"));
    g_clear_error(&error);
    g_assert_false(anonymizer_begin(&anonymizer, "/dev/urandom", &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/anonymizer/prefixes", test_prefixes);
    g_test_add_func("/anonymizer/bits", test_every_bit_is_mapped);
    g_test_add_func("/anonymizer/off", test_off);
    g_test_add_func("/anonymizer/key-file", test_key_file);
    return g_test_run();
}
