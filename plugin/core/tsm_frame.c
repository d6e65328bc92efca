/* tsm_frame.c - reads simple frames; see tsm_frame.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_frame.h"

#include <string.h>

#include "tsm_checksum.h"

/* A part of the frame that is still to be read. */
struct rest {
    const uint8_t *bytes;
    uint32_t captured; /* of these */
    uint32_t length;   /* on the wire */
};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void skip(struct rest *rest, uint32_t n)
{
    rest->bytes += n;
    rest->captured -= n;
    rest->length -= n;
}

/* What is behind an IP header is as long as that says: the rest is the link layer's padding. */
static void shorten(struct rest *rest, uint32_t length)
{
    rest->length = length;
    rest->captured = rest->captured < length ? rest->captured : length;
}

/* ---- what is no TCP ---- */

/* UDP services whose messages Wireshark's dissectors take nothing out of, and which it recognises
 * by the lower port. */
static bool is_simple_service(uint16_t port)
{
    return port == 53 /* DNS */ || port == 67 || port == 68 /* DHCP */ || port == 123 /* NTP */ ||
           port == 5353 /* mDNS */;
}

static enum tsm_frame_kind read_udp(const struct rest *rest)
{
    if (rest->captured < 8) {
        return TSM_FRAME_DEEP;
    }
    const uint16_t sport = get16(rest->bytes);
    const uint16_t dport = get16(rest->bytes + 2);
    return is_simple_service(sport < dport ? sport : dport) ? TSM_FRAME_EMPTY : TSM_FRAME_DEEP;
}

enum {
    ICMPV6_MLD_FIRST = 130,     /* multicast listener query, RFC 2710 */
    ICMPV6_NEIGHBOR_LAST = 136, /* neighbor advertisement, RFC 4861; a redirect quotes packets */
    ICMPV6_LISTENER_REPORT_V2 = 143, /* RFC 3810 */
};

static enum tsm_frame_kind read_icmpv6(const struct rest *rest)
{
    if (rest->captured < 4) {
        return TSM_FRAME_DEEP;
    }
    const uint8_t type = rest->bytes[0];
    const bool quotes_nothing = (type >= ICMPV6_MLD_FIRST && type <= ICMPV6_NEIGHBOR_LAST) ||
                                type == ICMPV6_LISTENER_REPORT_V2;
    return quotes_nothing ? TSM_FRAME_EMPTY : TSM_FRAME_DEEP;
}

/* ---- IP ---- */

enum {
    PROTO_HOP_BY_HOP = 0, /* IPv6, RFC 8200 4.3 */
    PROTO_IGMP = 2,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_ICMPV6 = 58,
};

#define MIN_TCP_BYTES 20 /* RFC 9293 3.1 */

/* TCP services that carry packets of others, in which Wireshark may find further TCP headers. */
static bool carries_packets(uint16_t port)
{
    return port == 2002 /* rpcap */ || port == 2123 || port == 2152 /* GTP */ || port == 6633 ||
           port == 6653 /* OpenFlow */;
}

#define EPHEMERAL \
    32768 /* from there on Linux chooses ports for clients, others from 49152 (RFC 6335 6) */

/* Whether a service that carries packets talks with a client. Its port may also be a client's own.
 */
static bool is_carrier(uint16_t service, uint16_t client)
{
    return client >= EPHEMERAL && carries_packets(service);
}

static enum tsm_frame_kind read_tcp(struct tsm_header *header, const struct rest *rest)
{
    if (rest->captured < MIN_TCP_BYTES || is_carrier(get16(rest->bytes), get16(rest->bytes + 2)) ||
        is_carrier(get16(rest->bytes + 2), get16(rest->bytes))) {
        return TSM_FRAME_DEEP;
    }
    header->bytes = rest->bytes;
    header->captured = rest->captured;
    header->length = rest->length;
    header->checksum = TSM_CHECKSUM_UNCHECKED;
    if (rest->captured == rest->length && tsm_checksum_is_wanted(rest->bytes, rest->length)) {
        header->checksum =
            (uint8_t)tsm_checksum_verify(header->tuple.src, header->tuple.dst,
                                         header->tuple.addr_len, rest->bytes, rest->length);
    }
    return TSM_FRAME_PLAIN;
}

/* What is behind the IP header. */
static enum tsm_frame_kind read_payload(struct tsm_header *header, const struct rest *rest,
                                        uint8_t protocol)
{
    switch (protocol) {
    case PROTO_TCP:
        return read_tcp(header, rest);
    case PROTO_UDP:
        return read_udp(rest);
    case PROTO_IGMP:
        return TSM_FRAME_EMPTY;
    default:
        return TSM_FRAME_DEEP;
    }
}

#define IPV4_HEADER 20
#define FRAGMENT_BITS 0x3fff /* more fragments, fragment offset */

/* Source: RFC 791 3.1. */
static enum tsm_frame_kind read_ipv4(struct tsm_header *header, struct rest *rest)
{
    const uint8_t *ip = rest->bytes;

    if (rest->captured < IPV4_HEADER || ip[0] != 0x45) {
        return TSM_FRAME_DEEP;
    }
    const uint16_t total = get16(ip + 2);
    if (total < IPV4_HEADER || total > rest->length || (get16(ip + 6) & FRAGMENT_BITS) != 0) {
        return TSM_FRAME_DEEP;
    }
    header->ip_bytes = total;
    header->ip_id = get16(ip + 4);
    header->ttl = ip[8];
    header->tuple.addr_len = 4;
    memcpy(header->tuple.src, ip + 12, 4);
    memcpy(header->tuple.dst, ip + 16, 4);
    shorten(rest, total);
    skip(rest, IPV4_HEADER);
    const enum tsm_frame_kind kind = read_payload(header, rest, ip[9]);
    if (kind == TSM_FRAME_PLAIN && header->checksum != TSM_CHECKSUM_UNCHECKED &&
        tsm_checksum_ip_is_wrong(ip)) {
        header->checksum = TSM_CHECKSUM_WRONG;
    }
    return kind;
}

#define IPV6_HEADER 40

/* Behind an IPv6 header with hop-by-hop options: of interest only for the reports of multicast
 * listeners, which all have them. */
static enum tsm_frame_kind read_hop_by_hop(struct rest *rest)
{
    if (rest->captured < 8 || rest->bytes[0] != PROTO_ICMPV6) {
        return TSM_FRAME_DEEP;
    }
    const uint32_t size = 8u * (rest->bytes[1] + 1u);
    if (rest->captured < size) {
        return TSM_FRAME_DEEP;
    }
    skip(rest, size);
    return read_icmpv6(rest);
}

/* Source: RFC 8200 3. */
static enum tsm_frame_kind read_ipv6(struct tsm_header *header, struct rest *rest)
{
    const uint8_t *ip = rest->bytes;

    if (rest->captured < IPV6_HEADER || ip[0] >> 4 != 6) {
        return TSM_FRAME_DEEP;
    }
    const uint32_t payload = get16(ip + 4);
    if (payload == 0 || payload > rest->length - IPV6_HEADER) {
        return TSM_FRAME_DEEP;
    }
    header->ip_bytes = payload + IPV6_HEADER;
    header->ip_id = 0;
    header->ttl = ip[7];
    header->tuple.addr_len = 16;
    memcpy(header->tuple.src, ip + 8, 16);
    memcpy(header->tuple.dst, ip + 24, 16);
    shorten(rest, payload + IPV6_HEADER);
    skip(rest, IPV6_HEADER);
    if (ip[6] == PROTO_HOP_BY_HOP) {
        return read_hop_by_hop(rest);
    }
    return ip[6] == PROTO_ICMPV6 ? read_icmpv6(rest) : read_payload(header, rest, ip[6]);
}

/* ---- link layers ---- */

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_VLAN = 0x8100, /* IEEE 802.1Q */
    ETHERTYPE_IPV6 = 0x86dd,
};

static enum tsm_frame_kind read_ethertype(struct tsm_header *header, struct rest *rest,
                                          uint16_t type)
{
    switch (type) {
    case ETHERTYPE_IPV4:
        return read_ipv4(header, rest);
    case ETHERTYPE_IPV6:
        return read_ipv6(header, rest);
    case ETHERTYPE_ARP:
        return TSM_FRAME_EMPTY;
    default:
        return TSM_FRAME_DEEP;
    }
}

static enum tsm_frame_kind read_ethernet(struct tsm_header *header, struct rest *rest)
{
    uint16_t type;

    if (rest->captured < 14) {
        return TSM_FRAME_DEEP;
    }
    type = get16(rest->bytes + 12);
    skip(rest, 14);
    if (type == ETHERTYPE_VLAN && rest->captured >= 4) {
        header->path = tsm_path(get16(rest->bytes), 0);
        type = get16(rest->bytes + 2);
        skip(rest, 4);
    }
    return read_ethertype(header, rest, type);
}

/* The device types (ARPHRD_... of Linux) for which the protocol is an Ethernet type; there are
 * more. */
static bool has_ethertype(uint16_t device)
{
    return device == 1 /* ETHER */ || device == 512 /* PPP */ || device == 772 /* LOOPBACK */ ||
           device == 65534 /* NONE: tun */;
}

static enum tsm_frame_kind read_sll(struct tsm_header *header, struct rest *rest)
{
    if (rest->captured < 16 || !has_ethertype(get16(rest->bytes + 2))) {
        return TSM_FRAME_DEEP;
    }
    const uint16_t type = get16(rest->bytes + 14);
    skip(rest, 16);
    return read_ethertype(header, rest, type);
}

static enum tsm_frame_kind read_sll2(struct tsm_header *header, struct rest *rest)
{
    if (rest->captured < 20 || !has_ethertype(get16(rest->bytes + 8))) {
        return TSM_FRAME_DEEP;
    }
    const uint16_t type = get16(rest->bytes);
    skip(rest, 20);
    return read_ethertype(header, rest, type);
}

/* Wireshark takes such a frame for PPP when it has ff 03 in certain places, two of which can be
 * those of an IP header. */
static enum tsm_frame_kind read_raw(struct tsm_header *header, struct rest *rest)
{
    if (rest->captured < IPV4_HEADER || rest->bytes[1] == 0xff) {
        return TSM_FRAME_DEEP;
    }
    return rest->bytes[0] >> 4 == 4 ? read_ipv4(header, rest) : read_ipv6(header, rest);
}

enum tsm_frame_kind tsm_frame_read(struct tsm_header *header, enum tsm_link link,
                                   const uint8_t *bytes, uint32_t captured, uint32_t length)
{
    struct rest rest = {bytes, captured, length};

    if (captured > length) {
        return TSM_FRAME_DEEP;
    }
    header->fragment = header->quoted = false;
    header->path = tsm_path(0, 0);
    header->error = (struct tsm_icmp_error){0};
    switch (link) {
    case TSM_LINK_ETHERNET:
        return read_ethernet(header, &rest);
    case TSM_LINK_SLL:
        return read_sll(header, &rest);
    case TSM_LINK_SLL2:
        return read_sll2(header, &rest);
    case TSM_LINK_RAW:
        return read_raw(header, &rest);
    case TSM_LINK_IPV4:
        return read_ipv4(header, &rest);
    case TSM_LINK_IPV6:
        return read_ipv6(header, &rest);
    case TSM_LINK_OTHER:
        break;
    }
    return TSM_FRAME_DEEP;
}
