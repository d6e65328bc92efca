/* tsm_checksum_test.c - checksums that are right, wrong, or left to a network card; the sample.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_checksum.h"

/* IP 10.9.0.1 > 10.9.0.2: an ACK with 3 bytes of data, an odd length; checksum to be filled in. */
static const uint8_t template[23] = {
    0x9b, 0xbe, 0x25, 0x1e, 0xae, 0x79, 0x36, 0x73, 0x66, 0xa0, 0xf7, 0x14,
    0x50, 0x18, 0x10, 0x03, 0x00, 0x00, 0x00, 0x00, 'a',  'b',  'c',
};
static const uint8_t src[16] = {10, 9, 0, 1, [15] = 7};
static const uint8_t dst[16] = {10, 9, 0, 2, [15] = 8};

/* The plain sum of RFC 1071 4.1: 16 bits at a time, in host order. */
static uint32_t plain_sum(uint32_t sum, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

static uint32_t pseudo_sum(size_t addr_len, size_t length)
{
    return plain_sum(plain_sum((uint32_t)(6 + length), src, addr_len), dst, addr_len);
}

static void put(uint8_t *segment, uint32_t checksum)
{
    segment[16] = (uint8_t)(checksum >> 8);
    segment[17] = (uint8_t)checksum;
}

static void check(size_t addr_len, size_t length)
{
    g_autofree uint8_t *segment = g_memdup2(template, length); /* exactly as long */
    const uint32_t pseudo = pseudo_sum(addr_len, length);

    put(segment, ~plain_sum(pseudo, segment, length) & 0xffff);
    g_assert_cmpint(tsm_checksum_verify(src, dst, addr_len, segment, length), ==,
                    TSM_CHECKSUM_RIGHT);
    for (size_t i = 0; i < length * 8; i++) {
        segment[i / 8] ^= (uint8_t)(1 << i % 8);
        g_assert_cmpint(tsm_checksum_verify(src, dst, addr_len, segment, length), ==,
                        TSM_CHECKSUM_WRONG);
        segment[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    put(segment, pseudo);
    g_assert_cmpint(tsm_checksum_verify(src, dst, addr_len, segment, length), ==,
                    TSM_CHECKSUM_PARTIAL);
    put(segment, 0);
    g_assert_cmpint(tsm_checksum_verify(src, dst, addr_len, segment, length), ==,
                    TSM_CHECKSUM_PARTIAL);
    put(segment, pseudo_sum(addr_len, 0));
    g_assert_cmpint(tsm_checksum_verify(src, dst, addr_len, segment, length), ==,
                    TSM_CHECKSUM_PARTIAL);
}

static void test_verify(void)
{
    for (size_t length = 20; length <= sizeof template; length++) {
        check(4, length);
        check(16, length);
    }
}

static void test_sample(void)
{
    uint8_t segment[TSM_CHECKSUM_MAX + 1] = {0}; /* 0 is of the sample */
    unsigned wanted = 0;

    g_assert_false(tsm_checksum_is_wanted(segment, TSM_CHECKSUM_MIN - 1));
    g_assert_true(tsm_checksum_is_wanted(segment, TSM_CHECKSUM_MAX));
    g_assert_false(tsm_checksum_is_wanted(segment, TSM_CHECKSUM_MAX + 1));
    for (uint32_t seq = 0; seq < 16000 * 1448u; seq += 1448) { /* data of full segments */
        for (unsigned i = 0; i < 4; i++) {
            segment[4 + i] = (uint8_t)(seq >> (24 - 8 * i));
        }
        g_assert_true(tsm_checksum_is_wanted(segment, TSM_CHECKSUM_MIN));
        g_assert_true(tsm_checksum_is_wanted(segment, TSM_CHECKSUM_SHORT));
        wanted += tsm_checksum_is_wanted(segment, TSM_CHECKSUM_SHORT + 1);
    }
    g_assert_cmpuint(wanted, >, 950);
    g_assert_cmpuint(wanted, <, 1050);
}

static void test_path(void)
{
    g_assert_cmpuint(tsm_path(0, 0), ==, 0x1000);
    g_assert_cmpuint(tsm_path(4095, 0), ==, 0x1fff);
    g_assert_cmpuint(tsm_path(10, 1), ==, 0x200a);
    g_assert_cmpuint(tsm_path(10, 1000), ==, 0xf00a);
}

/* The header of an IP packet: right, damaged, and left to a network card. */
static void test_ip(void)
{
    uint8_t header[] = {0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0x26, 0xcd, 10, 0, 0, 2, 10, 0, 0, 1};

    g_assert_false(tsm_checksum_ip_is_wrong(header));
    header[8] = 63;
    g_assert_true(tsm_checksum_ip_is_wrong(header));
    header[10] = header[11] = 0;
    g_assert_false(tsm_checksum_ip_is_wrong(header));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/checksum/verify", test_verify);
    g_test_add_func("/checksum/sample", test_sample);
    g_test_add_func("/checksum/ip", test_ip);
    g_test_add_func("/checksum/path", test_path);
    return g_test_run();
}
