/* tsm_frame_test.c - which frames are simple, what is read of them, and that nothing behind what
 * was captured is looked at. That Wireshark reads the same is tests/cli/test_captures_ways.py.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_frame.h"

/* Headers in front of the IP header. */
static const uint8_t ethernet[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00};
static const uint8_t ethernet6[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd};
static const uint8_t tagged[] = {2, 0, 0, 0,    0,    2,    2,    0,    0,
                                 0, 0, 1, 0x81, 0x00, 0xe0, 0x07, 0x08, 0x00};
static const uint8_t sll[] = {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00};
static const uint8_t sll_gre[] = {0, 0, 3, 10, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00};
static const uint8_t sll2[] = {0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0};

/* 10.9.0.1 to 10.9.0.2, TCP, 41 bytes: a header and one byte of data. */
static const uint8_t ip4[] = {0x45, 0, 0,  41, 0x12, 0x34, 0x40, 0, 64, 6,
                              0,    0, 10, 9,  0,    1,    10,   9, 0,  2};
/* fd00::1 to fd00::2, TCP, 21 bytes of payload. */
static const uint8_t ip6[] = {0x60, 0, 0, 0, 0, 21, 6, 63, 0xfd, 0, 0,    0, 0, 0,
                              0,    0, 0, 0, 0, 0,  0, 0,  0,    1, 0xfd, 0, 0, 0,
                              0,    0, 0, 0, 0, 0,  0, 0,  0,    0, 0,    2};
static const uint8_t tcp[] = {0xe1, 0x5e, 0x25, 0x1e, 0,    0, 0, 1, 0, 0,  0,
                              2,    0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0, 'x'};

static const struct link_case {
    const char *name;
    enum tsm_link link;
    const uint8_t *front;
    gsize size;
    bool v6;
    uint16_t path;
    enum tsm_frame_kind kind;
} links[] = {
    // clang-format off
    {"ethernet", TSM_LINK_ETHERNET, ethernet, sizeof ethernet, false, 0x1000, TSM_FRAME_PLAIN},
    {"ethernet-ipv6", TSM_LINK_ETHERNET, ethernet6, sizeof ethernet6, true, 0x1000,
     TSM_FRAME_PLAIN},
    {"tagged", TSM_LINK_ETHERNET, tagged, sizeof tagged, false, 0x1007, TSM_FRAME_PLAIN},
    {"sll", TSM_LINK_SLL, sll, sizeof sll, false, 0x1000, TSM_FRAME_PLAIN},
    {"sll-gre", TSM_LINK_SLL, sll_gre, sizeof sll_gre, false, 0, TSM_FRAME_DEEP},
    {"sll2-ipv6", TSM_LINK_SLL2, sll2, sizeof sll2, true, 0x1000, TSM_FRAME_PLAIN},
    {"raw", TSM_LINK_RAW, NULL, 0, false, 0x1000, TSM_FRAME_PLAIN},
    {"raw-ipv6", TSM_LINK_RAW, NULL, 0, true, 0x1000, TSM_FRAME_PLAIN},
    {"ipv4", TSM_LINK_IPV4, NULL, 0, false, 0x1000, TSM_FRAME_PLAIN},
    {"ipv6", TSM_LINK_IPV6, NULL, 0, true, 0x1000, TSM_FRAME_PLAIN},
    {"ipv6-as-ipv4", TSM_LINK_IPV4, NULL, 0, true, 0, TSM_FRAME_DEEP},
    {"other", TSM_LINK_OTHER, NULL, 0, false, 0, TSM_FRAME_DEEP},
    // clang-format on
};

/* A frame of its parts; the caller frees it. */
static uint8_t *make_frame(const struct link_case *is, gsize *size)
{
    const gsize ip_size = is->v6 ? sizeof ip6 : sizeof ip4;
    uint8_t *frame;

    *size = is->size + ip_size + sizeof tcp;
    frame = g_malloc(*size);
    if (is->size > 0) {
        memcpy(frame, is->front, is->size);
    }
    memcpy(frame + is->size, is->v6 ? ip6 : ip4, ip_size);
    memcpy(frame + is->size + ip_size, tcp, sizeof tcp);
    return frame;
}

static void test_links(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(links); i++) {
        const struct link_case *is = &links[i];
        gsize size;
        g_autofree uint8_t *frame = make_frame(is, &size);
        struct tsm_header header = {.frame = 1};
        const enum tsm_frame_kind kind =
            tsm_frame_read(&header, is->link, frame, (uint32_t)size, (uint32_t)size);

        g_test_message("%s", is->name);
        g_assert_cmpint(kind, ==, is->kind);
        if (kind != TSM_FRAME_PLAIN) {
            continue;
        }
        g_assert_cmpuint(header.captured, ==, sizeof tcp);
        g_assert_cmpuint(header.length, ==, sizeof tcp);
        g_assert_cmpuint(header.path, ==, is->path);
        g_assert_cmpuint(header.ttl, ==, is->v6 ? 63 : 64);
        g_assert_cmpuint(header.ip_id, ==, is->v6 ? 0 : 0x1234);
        g_assert_cmpuint(header.ip_bytes, ==, size - is->size);
        g_assert_cmpuint(header.tuple.addr_len, ==, is->v6 ? 16 : 4);
        g_assert_cmpmem(header.tuple.src, header.tuple.addr_len, is->v6 ? ip6 + 8 : ip4 + 12,
                        header.tuple.addr_len);
        g_assert_cmpmem(header.bytes, sizeof tcp, tcp, sizeof tcp);
        g_assert_cmpint(header.checksum, ==, TSM_CHECKSUM_PARTIAL); /* 0: left to the card */
    }
}

/* Captured up to each byte, in memory of just that size: simple when a TCP header of 20 bytes is
 * there. */
static void test_cuts(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(links); i++) {
        const struct link_case *is = &links[i];
        gsize size;
        g_autofree uint8_t *frame = make_frame(is, &size);

        for (gsize captured = 0; captured <= size && is->kind == TSM_FRAME_PLAIN; captured++) {
            g_autofree uint8_t *cut = g_memdup2(frame, captured);
            struct tsm_header header = {.frame = 1};
            const enum tsm_frame_kind kind =
                tsm_frame_read(&header, is->link, cut, (uint32_t)captured, (uint32_t)size);

            g_assert_cmpint(kind, ==, captured + 1 >= size ? TSM_FRAME_PLAIN : TSM_FRAME_DEEP);
            if (kind == TSM_FRAME_PLAIN && captured < size) {
                g_assert_cmpuint(header.length - header.captured, ==, 1);
                g_assert_cmpint(header.checksum, ==, TSM_CHECKSUM_UNCHECKED);
            }
        }
    }
}

/* One byte of an Ethernet frame changed: it needs dissectors, or holds no TCP. */
static void test_specials(void)
{
    static const struct {
        const char *name;
        gsize place;
        uint8_t value;
        enum tsm_frame_kind kind;
    } specials[] = {
        // clang-format off
        {"length, not type", 12, 0x04, TSM_FRAME_DEEP},
        {"ARP",              13, 0x06, TSM_FRAME_EMPTY},
        {"IP options",       14, 0x46, TSM_FRAME_DEEP},
        {"version 6",        14, 0x65, TSM_FRAME_DEEP},
        {"too long",         17, 42,   TSM_FRAME_DEEP},
        {"no length",        17, 0,    TSM_FRAME_DEEP},
        {"more fragments",   20, 0x20, TSM_FRAME_DEEP},
        {"last fragment",    21, 5,    TSM_FRAME_DEEP},
        {"IGMP",             23, 2,    TSM_FRAME_EMPTY},
        {"ICMP",             23, 1,    TSM_FRAME_DEEP},
        {"GRE",              23, 47,   TSM_FRAME_DEEP},
        {"UDP",              23, 17,   TSM_FRAME_DEEP},
        {"no fragment",      20, 0,    TSM_FRAME_PLAIN},
        // clang-format on
    };

    for (gsize i = 0; i < G_N_ELEMENTS(specials); i++) {
        gsize size;
        g_autofree uint8_t *frame = make_frame(&links[0], &size);
        struct tsm_header header = {.frame = 1};

        g_test_message("%s", specials[i].name);
        frame[specials[i].place] = specials[i].value;
        g_assert_cmpint(
            tsm_frame_read(&header, TSM_LINK_ETHERNET, frame, (uint32_t)size, (uint32_t)size), ==,
            specials[i].kind);
    }
}

/* Services that carry packets of others are for dissectors, whichever end they are. */
static void test_carriers(void)
{
    static const uint16_t ports[] = {2002, 2123, 2152, 6633, 6653};

    for (gsize i = 0; i < 2 * G_N_ELEMENTS(ports); i++) {
        const gsize place = sizeof ethernet + sizeof ip4 + 2 * (i % 2);
        const gsize other = sizeof ethernet + sizeof ip4 + 2 * (1 - i % 2);
        struct tsm_header header = {.frame = 1};
        gsize size;
        g_autofree uint8_t *frame = make_frame(&links[0], &size);

        frame[place] = (uint8_t)(ports[i / 2] >> 8);
        frame[place + 1] = (uint8_t)ports[i / 2];
        frame[other] = 0x80; /* from 32768 on it is a client's */
        g_assert_cmpint(
            tsm_frame_read(&header, TSM_LINK_ETHERNET, frame, (uint32_t)size, (uint32_t)size), ==,
            TSM_FRAME_DEEP);
        frame[other] = 0x1f; /* 80xx: then it is the service, and the port above its client's own */
        g_assert_cmpint(
            tsm_frame_read(&header, TSM_LINK_ETHERNET, frame, (uint32_t)size, (uint32_t)size), ==,
            TSM_FRAME_PLAIN);
    }
}

/* Padding behind the IP packet belongs to nobody; a frame captured longer than it was is no frame.
 */
static void test_lengths(void)
{
    uint8_t frame[100] = {0};
    struct tsm_header header = {.frame = 1};
    gsize size;
    g_autofree uint8_t *plain = make_frame(&links[0], &size);

    memcpy(frame, plain, size);
    g_assert_cmpint(tsm_frame_read(&header, TSM_LINK_ETHERNET, frame, sizeof frame, sizeof frame),
                    ==, TSM_FRAME_PLAIN);
    g_assert_cmpuint(header.length, ==, sizeof tcp);
    g_assert_cmpuint(header.captured, ==, sizeof tcp);
    g_assert_cmpint(tsm_frame_read(&header, TSM_LINK_ETHERNET, frame, 100, 99), ==, TSM_FRAME_DEEP);
}

/* Behind IPv6, and behind its hop-by-hop options, ICMPv6 that quotes no packet is of no interest:
 * reports of multicast listeners (RFC 2710, RFC 3810), neighbours (RFC 4861). What is cut is for
 * dissectors; nothing behind it is looked at. */
static void test_icmpv6(void)
{
    static const struct {
        uint8_t next, inner, words, type;
        enum tsm_frame_kind kind;
    } cases[] = {
        {58, 0, 0, 1, TSM_FRAME_DEEP},    {58, 0, 0, 130, TSM_FRAME_EMPTY},
        {58, 0, 0, 136, TSM_FRAME_EMPTY}, {58, 0, 0, 137, TSM_FRAME_DEEP},
        {58, 0, 0, 143, TSM_FRAME_EMPTY}, {0, 58, 0, 143, TSM_FRAME_EMPTY},
        {0, 58, 1, 143, TSM_FRAME_EMPTY}, {0, 58, 0, 1, TSM_FRAME_DEEP},
        {0, 6, 0, 143, TSM_FRAME_DEEP},   {0, 58, 255, 143, TSM_FRAME_DEEP},
    };
    enum { PAYLOAD = 21, MOST = sizeof ip6 + PAYLOAD };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const gsize options = cases[i].next == 0 ? 8u * (cases[i].words + 1u) : 0;
        uint8_t frame[MOST + 2048] = {0};
        memcpy(frame, ip6, sizeof ip6);
        frame[6] = cases[i].next;
        frame[sizeof ip6] = cases[i].inner;
        frame[sizeof ip6 + 1] = cases[i].words;
        frame[sizeof ip6 + options] = cases[i].type;
        for (uint32_t captured = sizeof ip6; captured <= MOST; captured++) {
            g_autofree uint8_t *cut = g_memdup2(frame, captured);
            struct tsm_header header = {.frame = 1};
            const bool whole = captured >= sizeof ip6 + MAX(options + 4, 8);
            const enum tsm_frame_kind kind =
                tsm_frame_read(&header, TSM_LINK_RAW, cut, captured, MOST);

            if (whole || kind != TSM_FRAME_EMPTY) {
                g_assert_cmpint(kind, ==, whole ? cases[i].kind : TSM_FRAME_DEEP);
            } else { /* without options, four bytes tell the type */
                g_assert_cmpuint(captured, >=, sizeof ip6 + 4);
            }
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frame/links", test_links);
    g_test_add_func("/frame/cuts", test_cuts);
    g_test_add_func("/frame/specials", test_specials);
    g_test_add_func("/frame/carriers", test_carriers);
    g_test_add_func("/frame/lengths", test_lengths);
    g_test_add_func("/frame/icmpv6", test_icmpv6);
    return g_test_run();
}
