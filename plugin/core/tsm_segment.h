/* tsm_segment.h - one captured TCP segment as a value, and how to read it from a raw header.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_SEGMENT_H
#define TSM_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TCP header flags (RFC 9293 3.1). */
enum {
    TSM_FIN = 0x01,
    TSM_SYN = 0x02,
    TSM_RST = 0x04,
    TSM_PSH = 0x08,
    TSM_ACK = 0x10,
    TSM_URG = 0x20,
};

/* What else is known of a segment: options present, and what the capture lost of it. */
enum {
    TSM_HAS_TIMESTAMP = 0x01, /* ts_val and ts_ecr are set (RFC 7323 3) */
    TSM_HAS_WSCALE = 0x02,    /* wscale is set (RFC 7323 2) */
    TSM_HAS_SACK_PERM = 0x04, /* RFC 2018 2 */
    TSM_HAS_SACK = 0x08,      /* sack_left and sack_right are the first block (RFC 2018 3) */
    TSM_HAS_FASTOPEN = 0x10,  /* RFC 7413 4.1.1: cookie or request */
    TSM_HAS_MPTCP = 0x20,     /* RFC 8684 3 */
    TSM_NO_LENGTH = 0x40,     /* payload length unknown: first fragment of a datagram */
    TSM_OPTIONS_CUT = 0x80,   /* the options were not captured whole, or are malformed */
};

/* What is known of the TCP checksum; see tsm_checksum.h. */
enum tsm_checksum {
    TSM_CHECKSUM_UNCHECKED, /* not captured whole, or not of the sample */
    TSM_CHECKSUM_RIGHT,
    TSM_CHECKSUM_WRONG,
    TSM_CHECKSUM_PARTIAL, /* left to the network card of the sender, which the capture is on */
};

/* The path on which a segment was captured, as a key: its first VLAN id (0 = none) and the number
 * of IP headers in front of its own (0 = no tunnel). The key is never 0. */
#define TSM_MAX_TUNNELS 14

static inline uint16_t tsm_path(unsigned vlan, unsigned tunnels)
{
    const unsigned depth = tunnels < TSM_MAX_TUNNELS ? tunnels : TSM_MAX_TUNNELS;

    return (uint16_t)((depth + 1) << 12 | (vlan & 0xfff));
}

/* Who feeds segments keeps their times within so many seconds of 1970 (until 2116), and the
 * fraction of a second behind them, whatever the capture says: then differences and timers fit into
 * 64 bits. */
#define TSM_MAX_TIME_S (INT64_MAX / 2 / 1000000000 - 1)
#define TSM_MAX_TIME_NS (TSM_MAX_TIME_S * 1000000000 + 999999999)

/* A TCP segment. Sequence and acknowledgment numbers are raw, host byte order. */
struct tsm_segment {
    int64_t time_ns;     /* capture time, nanoseconds since 1970-01-01 UTC */
    uint32_t frame;      /* frame number in the capture, from 1 */
    uint32_t seq;        /* first sequence number; the SYN's own when SYN is set */
    uint32_t ack;        /* meaningful with TSM_ACK only */
    uint32_t payload;    /* data bytes as the headers tell, captured or not */
    uint32_t ts_val;     /* with TSM_HAS_TIMESTAMP; 0 without */
    uint16_t window;     /* as in the header, not scaled */
    uint16_t flags;      /* TSM_FIN ... */
    uint16_t ip_id;      /* IPv4 identification; 0 for IPv6 */
    uint16_t mss;        /* maximum segment size option (RFC 9293 3.7.1); 0 = not there */
    uint32_t ts_ecr;     /* the same */
    uint32_t ip_bytes;   /* of the IP packet that brought it, headers included; 0 = unknown */
    uint32_t cut;        /* of the data, bytes that were not captured */
    uint32_t sack_left;  /* with TSM_HAS_SACK: first block; below ack it is a DSACK (RFC 2883) */
    uint32_t sack_right; /* with TSM_HAS_SACK: first sequence number after the block */
    uint8_t ttl;         /* time to live or hop limit; 0 when unknown */
    uint8_t wscale;      /* shift count 0..14, with TSM_HAS_WSCALE */
    uint8_t known;       /* TSM_HAS_TIMESTAMP ... */
    uint8_t checksum;    /* enum tsm_checksum */
    uint16_t path;       /* tsm_path(); 0 when unknown */
    uint8_t layout;      /* enum tsm_layout, with SYN */
};

/* Source and destination of a segment, network byte order for addresses, host order for ports. */
struct tsm_tuple {
    uint8_t src[16];
    uint8_t dst[16];
    uint16_t sport;
    uint16_t dport;
    uint8_t addr_len; /* 4 or 16; only so many bytes of src and dst count */
};

/* The sequence space a segment takes: data, and one each for SYN and FIN (RFC 9293 3.4). */
static inline uint32_t tsm_segment_span(const struct tsm_segment *seg)
{
    return seg->payload + ((seg->flags & TSM_SYN) != 0) + ((seg->flags & TSM_FIN) != 0);
}

/* The first sequence number after the segment. */
static inline uint32_t tsm_segment_end(const struct tsm_segment *seg)
{
    return seg->seq + tsm_segment_span(seg);
}

static inline bool tsm_has(const struct tsm_segment *seg, unsigned flags)
{
    return (seg->flags & flags) == flags;
}

/* The least that must be captured of a TCP header: up to and with the window. */
#define TSM_HEADER_MIN 16

/* Reads a TCP header. `header` holds `captured` bytes of a segment that was `length` bytes long on
 * the wire, header and data. Sets seq, ack, flags, window, payload, the options and `known`; leaves
 * time, frame, ip_bytes, cut, ip_id, ttl, checksum and path alone. Ports are the first four bytes
 * and the caller's to read. Returns false, with *seg untouched, when less than TSM_HEADER_MIN bytes
 * were captured or the data offset says less than 20 bytes or more than `length`. Source: RFC
 * 9293 3.1. */
bool tsm_segment_parse(struct tsm_segment *seg, const uint8_t *header, size_t captured,
                       size_t length);

/* Reads what the start of a header that ICMP quotes, or of a malformed one, surely holds: seq; ack
 * and flags too when `captured` is at least TSM_HEADER_MIN. `captured` is at least 8. */
void tsm_segment_parse_start(struct tsm_segment *seg, const uint8_t *header, size_t captured);

/* What is known of an ICMP error that quotes a segment. */
struct tsm_icmp_error {
    uint8_t type, code; /* of ICMP or, when the addresses are IPv6, ICMPv6 */
    bool fatal;         /* it ends a connection attempt: see tsm_table_quote() */
    bool by_target;     /* sent by the very host that the quoted segment was for, not on the way */
    uint16_t mtu;       /* the largest packet that the next hop takes, in octets, as "too big" says;
                           65535 = that or more; 0 = not said */
};

/* Whether an ICMP message, or one of ICMPv6, ends a connection attempt: destination unreachable
 * (not "fragmentation needed", RFC 1191), time exceeded, parameter problem. Source: RFC 792, RFC
 * 4443 3, RFC 9293 3.9.2.2. */
bool tsm_icmp_is_fatal(bool v6, uint8_t type, uint8_t code);

/* Whether it says that a packet is too big for the next hop: "fragmentation needed", and "packet
 * too big" of ICMPv6. Source: RFC 1191 4, RFC 4443 3.2. */
bool tsm_icmp_is_too_big(bool v6, uint8_t type, uint8_t code);

/* Reads the first `captured` bytes of such a message: all of it but by_target, which takes its
 * sender. Type and code are 255 where they were not captured. */
struct tsm_icmp_error tsm_icmp_parse(bool v6, const uint8_t *message, size_t captured);

#endif
