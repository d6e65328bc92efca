/* packet.h - a packet as values, and its bytes: TCP, IPv4 or IPv6, Ethernet, ICMP errors.
 *
 * The engine is fed what tsm_segment_parse() reads from these bytes, so that a scenario and the
 * capture written from it say the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_H
#define PACKET_H

#include <glib.h>

#include "tsm_table.h"

#define PACKET_MAX_OPTIONS 40
#define PACKET_MAX_HEADER (20 + PACKET_MAX_OPTIONS)
#define PACKET_MAX_PAYLOAD 65000

/* An ICMP error by the name that the scenario uses; `type` and `code` for IPv4 and for IPv6. */
struct icmp_error {
    const char *name;
    uint8_t type[2];
    uint8_t code[2];
    bool fatal; /* ends a connection attempt; see tsm_table_quote() */
};

/* NULL when the name is none. Static storage. */
const struct icmp_error *icmp_error_named(const char *name);

struct packet {
    struct tsm_tuple tuple;
    uint32_t seq; /* raw, host byte order, as ack */
    uint32_t ack;
    uint32_t payload; /* bytes, at most PACKET_MAX_PAYLOAD */
    uint16_t flags;   /* TSM_FIN ... */
    uint16_t window;  /* as in the header */
    uint16_t ip_id;   /* IPv4 only */
    uint8_t ttl;
    uint8_t options_len; /* multiple of 4 */
    uint8_t options[PACKET_MAX_OPTIONS];
    const struct icmp_error *icmp; /* NULL = the packet itself; else an error that quotes it */
    uint8_t quoted;                /* bytes of its TCP header in the quote: 8 or 20 */
    uint16_t mtu;                  /* that the error names; 0 = none */
    uint16_t vlan;                 /* 802.1Q tag of the frame; 0 = none */
    uint8_t checksum;              /* enum tsm_checksum: what it is to be; 0 = right */
    uint32_t captured;             /* bytes of TCP header and data that the capture has; 0 = all */
};

/* What the engine is told of a packet that is not an ICMP error. */
struct tsm_segment packet_segment(const struct packet *packet, int64_t time_ns, uint32_t frame);

/* What it is told of the error that quotes a packet. */
struct tsm_icmp_error packet_icmp_error(const struct packet *packet);

/* The whole Ethernet frame, with right lengths and, unless the packet says otherwise, checksums;
 * its length in *captured, or what of it the capture has. Free with g_byte_array_unref(). */
GByteArray *packet_frame(const struct packet *packet, guint *captured);

#endif
