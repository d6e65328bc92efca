/* tsm_segment.c - the raw TCP header and its options, read defensively.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_segment.h"

#include "tsm_system.h"

/* Option kinds (IANA registry "TCP Option Kind Numbers"). */
enum {
    OPT_END = 0,
    OPT_NOP = 1,
    OPT_MSS = 2,
    OPT_WSCALE = 3,
    OPT_SACK_PERM = 4,
    OPT_SACK = 5,
    OPT_TIMESTAMP = 8,
    OPT_MPTCP = 30,
    OPT_FASTOPEN = 34,
    OPT_EXPERIMENT = 254,
};

#define FASTOPEN_EXPERIMENT 0xf989u /* RFC 7413 A: the magic of the experimental option */
#define MAX_WSCALE 14               /* RFC 7323 2.3 */

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* One option with its length checked: `body` has `size` bytes. */
static void read_option(struct tsm_segment *seg, uint8_t kind, const uint8_t *body, size_t size)
{
    if (kind == OPT_WSCALE && size == 1) {
        seg->wscale = body[0] > MAX_WSCALE ? MAX_WSCALE : body[0];
        seg->known |= TSM_HAS_WSCALE;
    } else if (kind == OPT_MSS && size == 2) {
        seg->mss = get16(body);
    } else if (kind == OPT_SACK_PERM && size == 0) {
        seg->known |= TSM_HAS_SACK_PERM;
    } else if (kind == OPT_SACK && size >= 8) {
        seg->sack_left = get32(body);
        seg->sack_right = get32(body + 4);
        seg->known |= TSM_HAS_SACK;
    } else if (kind == OPT_TIMESTAMP && size == 8) {
        seg->ts_val = get32(body);
        seg->ts_ecr = get32(body + 4);
        seg->known |= TSM_HAS_TIMESTAMP;
    } else if (kind == OPT_MPTCP) {
        seg->known |= TSM_HAS_MPTCP;
    } else if (kind == OPT_FASTOPEN ||
               (kind == OPT_EXPERIMENT && size >= 2 && get16(body) == FASTOPEN_EXPERIMENT)) {
        seg->known |= TSM_HAS_FASTOPEN;
    }
}

/* NOP, NOP, time stamps, and no more: so most segments of most hosts (RFC 7323 A). */
static bool has_only_timestamps(const uint8_t *p, size_t size)
{
    return size == 12 && p[0] == OPT_NOP && p[1] == OPT_NOP && p[2] == OPT_TIMESTAMP && p[3] == 10;
}

/* Walks the options. Returns false when they end early or are malformed. */
static bool read_options(struct tsm_segment *seg, const uint8_t *p, size_t size)
{
    if (has_only_timestamps(p, size)) {
        read_option(seg, OPT_TIMESTAMP, p + 4, 8);
        return true;
    }
    while (size > 0 && p[0] != OPT_END) {
        size_t length = 1;
        if (p[0] != OPT_NOP) {
            if (size < 2 || p[1] < 2 || p[1] > size) {
                return false;
            }
            length = p[1];
            read_option(seg, p[0], p + 2, length - 2);
        }
        p += length;
        size -= length;
    }
    return true;
}

bool tsm_segment_parse(struct tsm_segment *seg, const uint8_t *header, size_t captured,
                       size_t length)
{
    if (captured < TSM_HEADER_MIN) {
        return false;
    }
    const size_t offset = (size_t)(header[12] >> 4) * 4;
    if (offset < 20 || offset > length) {
        return false;
    }
    seg->seq = get32(header + 4);
    seg->ack = get32(header + 8);
    seg->flags = get16(header + 12) & 0x0fff;
    seg->window = get16(header + 14);
    seg->payload = (uint32_t)(length - offset);
    seg->known = 0;
    seg->mss = 0;
    if (offset > 20) {
        const size_t have = captured < offset ? captured : offset;
        const bool whole = have > 20 && read_options(seg, header + 20, have - 20);
        if (!whole || captured < offset) {
            seg->known |= TSM_OPTIONS_CUT;
        } else if (tsm_has(seg, TSM_SYN)) {
            seg->layout = (uint8_t)tsm_layout_read(header + 20, have - 20);
        }
    }
    return true;
}

void tsm_segment_parse_start(struct tsm_segment *seg, const uint8_t *header, size_t captured)
{
    seg->seq = get32(header + 4);
    if (captured >= TSM_HEADER_MIN) {
        seg->ack = get32(header + 8);
        seg->flags = header[13];
    }
}

/* Types of ICMP and ICMPv6 messages. */
enum {
    ICMP_UNREACHABLE = 3, /* RFC 792 */
    ICMP_TIME_EXCEEDED = 11,
    ICMP_PARAMETER_PROBLEM = 12,
    ICMP_FRAGMENTATION_NEEDED = 4, /* a code of ICMP_UNREACHABLE: path MTU discovery (RFC 1191) */
    ICMPV6_UNREACHABLE = 1,        /* RFC 4443 3 */
    ICMPV6_TOO_BIG = 2,
    ICMPV6_TIME_EXCEEDED = 3,
    ICMPV6_PARAMETER_PROBLEM = 4,
};

bool tsm_icmp_is_fatal(bool v6, uint8_t type, uint8_t code)
{
    if (v6) {
        return type == ICMPV6_UNREACHABLE || type == ICMPV6_TIME_EXCEEDED ||
               type == ICMPV6_PARAMETER_PROBLEM;
    }
    return (type == ICMP_UNREACHABLE && code != ICMP_FRAGMENTATION_NEEDED) ||
           type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
}

bool tsm_icmp_is_too_big(bool v6, uint8_t type, uint8_t code)
{
    return v6 ? type == ICMPV6_TOO_BIG
              : type == ICMP_UNREACHABLE && code == ICMP_FRAGMENTATION_NEEDED;
}

enum { ICMP_HEADER = 8 };

struct tsm_icmp_error tsm_icmp_parse(bool v6, const uint8_t *message, size_t captured)
{
    struct tsm_icmp_error error = {.type = 255, .code = 255};

    if (captured < 2) {
        return error;
    }
    error.type = message[0];
    error.code = message[1];
    error.fatal = tsm_icmp_is_fatal(v6, error.type, error.code);
    if (captured >= ICMP_HEADER && tsm_icmp_is_too_big(v6, error.type, error.code)) {
        const uint32_t mtu = v6 ? get32(message + 4) : get16(message + 6);
        error.mtu = (uint16_t)(mtu < UINT16_MAX ? mtu : UINT16_MAX);
    }
    return error;
}
