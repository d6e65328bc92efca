/* tsm_header.h - a TCP header as it lies in a captured frame, and what is to be made of it.
 *
 * Whoever takes frames apart (the plugin's hook, tsm_frame.c) fills a struct tsm_header; everything
 * that depends on what was captured of it is decided here, once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_HEADER_H
#define TSM_HEADER_H

#include <string.h>

#include "tsm_recorder.h"

/* The longest TCP header (RFC 9293 3.1): all that is looked at. */
#define TSM_HEADER_MAX 60

/* What an ICMP error must quote at least: ports and sequence number (RFC 792). */
#define TSM_QUOTE_MIN 8

/* A TCP header in a frame. */
struct tsm_header {
    int64_t time_ns;
    uint32_t frame;
    uint32_t captured; /* bytes of the segment that were captured, data included */
    uint32_t length;   /* bytes of the segment on the wire, data included */
    uint32_t ip_bytes; /* as of struct tsm_segment, and the next four */
    uint16_t ip_id;
    uint16_t path;
    uint16_t ordinal; /* how many headers its frame has before it, up to 65535 */
    uint8_t ttl;
    uint8_t checksum;
    bool fragment;               /* the first of a datagram that was not put together */
    bool quoted;                 /* in an ICMP error: */
    struct tsm_icmp_error error; /* that one, when quoted */
    struct tsm_tuple tuple;      /* addr_len 0: the addresses are not IP's. Ports are not set */
    const uint8_t *bytes;        /* the first of them, at least tsm_header_bytes() */
};

/* How many bytes of it are looked at: to the end of its options; of a quoted or malformed one,
 * TSM_HEADER_MIN. What is behind is data, and nobody's. */
static inline uint32_t tsm_header_bytes(const struct tsm_header *header)
{
    if (header->captured <= TSM_HEADER_MIN) {
        return header->captured;
    }
    const uint32_t offset = header->quoted ? 0 : (header->bytes[12] >> 4) * 4u;
    if (offset < 20 || offset > header->length) {
        return TSM_HEADER_MIN;
    }
    return header->captured < offset ? header->captured : offset;
}

/* Whether it is taken for one that a server sent when nothing else is known: its port is the lower
 * one. tsm_header_read() was called for it. */
static inline bool tsm_header_is_servers(const struct tsm_header *header)
{
    const struct tsm_tuple *tuple = &header->tuple;

    return tuple->sport < tuple->dport ||
           (tuple->sport == tuple->dport && memcmp(tuple->src, tuple->dst, tuple->addr_len) < 0);
}

/* What a header is. */
enum tsm_header_kind {
    TSM_HEADER_SEGMENT, /* a segment to follow: tsm_recorder_segment() */
    TSM_HEADER_QUOTE,   /* tsm_recorder_quote() */
    TSM_HEADER_CUT,     /* cut too short, or malformed, but the ports are there */
    TSM_HEADER_NOTHING, /* not even those */
};

/* Reads a header: sets the ports of its tuple, and of *seg, which need not be initialised, what
 * tsm_recorder_segment(), _quote() or _unread() want to know. */
enum tsm_header_kind tsm_header_read(struct tsm_header *header, struct tsm_segment *seg);

/* Tells the recorder of a header. */
void tsm_recorder_header(struct tsm_recorder *recorder, struct tsm_header *header);

#endif
