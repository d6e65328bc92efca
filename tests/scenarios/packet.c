/* packet.c - the bytes of packets, written from the outside in; checksums last.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet.h"

#include <string.h>

#include "tsm_checksum.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };

// clang-format off
static const struct icmp_error icmp_errors[] = {
    /* name               v4,v6 type  code       rejects an open */
    {"unreachable",       {3, 1},     {1, 3},    true},  /* host, address unreachable */
    {"port-unreachable",  {3, 1},     {3, 4},    true},
    {"prohibited",        {3, 1},     {13, 1},   true},  /* by a firewall */
    {"too-big",           {3, 2},     {4, 0},    false}, /* path MTU discovery */
    {"time-exceeded",     {11, 3},    {0, 0},    true},
};
// clang-format on

const struct icmp_error *icmp_error_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(icmp_errors); i++) {
        if (strcmp(icmp_errors[i].name, name) == 0) {
            return &icmp_errors[i];
        }
    }
    return NULL;
}

static bool is_ipv6(const struct packet *packet)
{
    return packet->tuple.addr_len == 16;
}

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

/* The Internet checksum of `size` bytes, begun with the sum of what came before (RFC 1071). */
static uint32_t sum(uint32_t before, const uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        before += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    }
    return before;
}

static unsigned folded(uint32_t total)
{
    while (total > 0xffff) {
        total = (total & 0xffff) + (total >> 16);
    }
    return ~total & 0xffff;
}

/* The pseudo header of RFC 9293 3.1 and RFC 8200 8.1. */
static uint32_t pseudo_sum(const struct packet *packet, unsigned protocol, size_t size)
{
    const size_t n = packet->tuple.addr_len;

    return sum(sum((uint32_t)(protocol + size), packet->tuple.src, n), packet->tuple.dst, n);
}

/* The TCP header with its checksum; returns its length. The payload is all letters x. */
static size_t tcp_header(const struct packet *packet, uint8_t *p)
{
    const size_t size = 20 + packet->options_len;
    const size_t length = size + packet->payload;
    uint32_t total = pseudo_sum(packet, PROTOCOL_TCP, length);

    memset(p, 0, 20);
    put16(p, packet->tuple.sport);
    put16(p + 2, packet->tuple.dport);
    put32(p + 4, packet->seq);
    put32(p + 8, packet->ack);
    put16(p + 12, (unsigned)(size / 4) << 12 | packet->flags);
    put16(p + 14, packet->window);
    memcpy(p + 20, packet->options, packet->options_len);
    total = sum(total, p, size);
    for (uint32_t i = 0; i < packet->payload; i++) {
        total += i % 2 == 0 ? (uint32_t)'x' << 8 : (uint32_t)'x';
    }
    put16(p + 16, folded(total));
    if (packet->checksum == TSM_CHECKSUM_WRONG) {
        p[17] ^= 1;
    } else if (packet->checksum == TSM_CHECKSUM_PARTIAL) {
        put16(p + 16, ~folded(pseudo_sum(packet, PROTOCOL_TCP, length)) & 0xffff);
    }
    return size;
}

/* The TCP header and the data behind it. */
static GByteArray *tcp_segment(const struct packet *packet)
{
    uint8_t header[PACKET_MAX_HEADER];
    const guint size = (guint)tcp_header(packet, header);
    GByteArray *segment = g_byte_array_new();

    g_byte_array_append(segment, header, size);
    g_byte_array_set_size(segment, size + packet->payload);
    memset(segment->data + size, 'x', packet->payload);
    return segment;
}

struct tsm_segment packet_segment(const struct packet *packet, int64_t time_ns, uint32_t frame)
{
    g_autoptr(GByteArray) bytes = tcp_segment(packet);
    const size_t captured = packet->captured > 0 ? packet->captured : bytes->len;
    const struct tsm_tuple *tuple = &packet->tuple;
    struct tsm_segment seg = {.time_ns = time_ns, .frame = frame, .ttl = packet->ttl};

    if (!tsm_segment_parse(&seg, bytes->data, captured, bytes->len)) {
        g_assert_not_reached();
    }
    seg.cut = (uint32_t)MIN(packet->payload, bytes->len - captured);
    seg.ip_id = is_ipv6(packet) ? 0 : packet->ip_id;
    seg.path = tsm_path(packet->vlan, 0);
    if (captured == bytes->len && tsm_checksum_is_wanted(bytes->data, captured)) {
        seg.checksum = (uint8_t)tsm_checksum_verify(tuple->src, tuple->dst, tuple->addr_len,
                                                    bytes->data, bytes->len);
    }
    return seg;
}

static void append(GByteArray *frame, const uint8_t *p, size_t size)
{
    g_byte_array_append(frame, p, (guint)size);
}

/* The IP header in front of `size` bytes of payload. */
static void append_ip(GByteArray *frame, const struct packet *packet, unsigned protocol,
                      size_t size)
{
    uint8_t p[40] = {0};
    const size_t n = packet->tuple.addr_len;

    if (is_ipv6(packet)) {
        p[0] = 0x60;
        put16(p + 4, (unsigned)size);
        p[6] = (uint8_t)protocol;
        p[7] = packet->ttl;
        memcpy(p + 8, packet->tuple.src, n);
        memcpy(p + 24, packet->tuple.dst, n);
        append(frame, p, 40);
        return;
    }
    p[0] = 0x45;
    put16(p + 2, (unsigned)size + 20);
    put16(p + 4, packet->ip_id);
    put16(p + 6, 0x4000); /* do not fragment */
    p[8] = packet->ttl;
    p[9] = (uint8_t)protocol;
    memcpy(p + 12, packet->tuple.src, n);
    memcpy(p + 16, packet->tuple.dst, n);
    put16(p + 10, folded(sum(0, p, 20)));
    append(frame, p, 20);
}

static void append_ethernet(GByteArray *frame, const struct packet *packet)
{
    uint8_t p[14] = {2, 0, 0, 0, 0, 0, 2};
    const size_t last = packet->tuple.addr_len - 1u;
    const unsigned type = is_ipv6(packet) ? 0x86dd : 0x0800;

    p[5] = packet->tuple.dst[last];
    p[11] = packet->tuple.src[last];
    put16(p + 12, packet->vlan != 0 ? 0x8100 : type);
    append(frame, p, sizeof p);
    if (packet->vlan != 0) {
        put16(p, packet->vlan);
        put16(p + 2, type);
        append(frame, p, 4);
    }
}

struct tsm_icmp_error packet_icmp_error(const struct packet *packet)
{
    const unsigned version = packet->tuple.addr_len == 16;

    return (struct tsm_icmp_error){
        .type = packet->icmp->type[version],
        .code = packet->icmp->code[version],
        .fatal = packet->icmp->fatal,
        .mtu = packet->mtu,
    };
}

/* The error as a router would send it to the packet's sender. */
static struct packet icmp_carrier(const struct packet *quoted)
{
    struct packet carrier = {.ttl = 64, .tuple.addr_len = quoted->tuple.addr_len};
    const size_t n = quoted->tuple.addr_len;

    memcpy(carrier.tuple.dst, quoted->tuple.src, n);
    memcpy(carrier.tuple.src, quoted->tuple.dst, n);
    carrier.tuple.src[n - 1] = 254;
    return carrier;
}

static void append_icmp(GByteArray *frame, const struct packet *quoted)
{
    const struct packet carrier = icmp_carrier(quoted);
    const unsigned version = is_ipv6(quoted) ? 1 : 0;
    const unsigned protocol = is_ipv6(quoted) ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
    uint8_t header[8] = {quoted->icmp->type[version], quoted->icmp->code[version]};
    uint8_t tcp[PACKET_MAX_HEADER];
    g_autoptr(GByteArray) body = g_byte_array_new();

    put16(header + 6, quoted->mtu); /* of ICMPv6 the lower half */
    append(body, header, sizeof header);
    append_ip(body, quoted, PROTOCOL_TCP, tcp_header(quoted, tcp) + quoted->payload);
    append(body, tcp, quoted->quoted);
    const uint32_t pseudo = is_ipv6(quoted) ? pseudo_sum(&carrier, protocol, body->len) : 0;
    put16(body->data + 2, folded(sum(pseudo, body->data, body->len)));

    append_ethernet(frame, &carrier);
    append_ip(frame, &carrier, protocol, body->len);
    append(frame, body->data, body->len);
}

GByteArray *packet_frame(const struct packet *packet, guint *captured)
{
    GByteArray *frame = g_byte_array_new();

    if (packet->icmp != NULL) {
        append_icmp(frame, packet);
        *captured = frame->len;
        return frame;
    }
    g_autoptr(GByteArray) segment = tcp_segment(packet);
    append_ethernet(frame, packet);
    append_ip(frame, packet, PROTOCOL_TCP, segment->len);
    *captured = frame->len + (packet->captured > 0 ? packet->captured : segment->len);
    append(frame, segment->data, segment->len);
    return frame;
}
