/* tsm_item.c - packs and unpacks items; see tsm_item.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_item.h"

#include <string.h>

#include "tsm_item_layout.h"
#include "tsm_little.h"

_Static_assert(ITEM_FIXED + ITEM_WIDE + ITEM_ADDRESSES_MAX + TSM_HEADER_MAX == TSM_ITEM_BYTES,
               "an item fits");
_Static_assert(TSM_ITEM_BYTES <= UINT8_MAX, "its size fits");

static bool has_header(unsigned kind)
{
    return kind == TSM_ITEM_HEADER || kind == TSM_ITEM_PLAIN || kind == TSM_ITEM_NAME;
}

/* What most IP packets have around a segment. */
static uint32_t usual_ip_bytes(uint32_t length, uint8_t addr_len)
{
    return addr_len == 0 ? 0 : length + (addr_len == 4 ? 20 : 40);
}

static bool is_wide(const struct tsm_header *header, uint8_t addr_len)
{
    return header->captured > UINT16_MAX || header->length > UINT16_MAX ||
           header->ip_bytes != usual_ip_bytes(header->length, addr_len) ||
           header->error.type != 0 || header->error.code != 0 || header->ordinal != 0;
}

static uint8_t bits_of(const struct tsm_item *item, uint8_t addr_len)
{
    const struct tsm_header *header = &item->header;

    return (uint8_t)((item->has_time ? ITEM_TIME : 0) | (header->fragment ? ITEM_FRAGMENT : 0) |
                     (header->quoted ? ITEM_QUOTED : 0) | (header->error.fatal ? ITEM_FATAL : 0) |
                     (header->error.by_target ? ITEM_BY_TARGET : 0) |
                     (is_wide(header, addr_len) ? ITEM_IS_WIDE : 0) |
                     (addr_len == 4 ? ITEM_IPV4 : 0) | (addr_len == 16 ? ITEM_IPV6 : 0));
}

/* The bytes behind the addresses. */
static uint32_t rest_size(unsigned kind, const struct tsm_header *header)
{
    if (kind == TSM_ITEM_NAME) {
        return header->captured < TSM_HEADER_MAX ? header->captured : TSM_HEADER_MAX;
    }
    return has_header(kind) ? tsm_header_bytes(header) : 0;
}

static uint8_t *pack_wide(const struct tsm_header *header, uint8_t *to)
{
    tsm_put32(to, header->captured);
    tsm_put32(to + 4, header->length);
    tsm_put32(to + 8, header->ip_bytes);
    to[12] = header->error.type;
    to[13] = header->error.code;
    tsm_put16(to + 14, header->ordinal);
    tsm_put16(to + 16, header->error.mtu);
    return to + ITEM_WIDE;
}

/* Source of the places: RFC 9293 3.1. */
static void forget_unasked(uint8_t *tcp, size_t size)
{
    if (size >= 20) {
        memset(tcp + 16, 0, 4);
    } else if (size > 16) {
        memset(tcp + 16, 0, size - 16);
    }
}

/* Most are of 4 bytes, for which there is no call. */
static inline void copy_address(uint8_t *to, const uint8_t *from, uint8_t addr_len)
{
    if (addr_len == 4) {
        memcpy(to, from, 4);
    } else {
        memcpy(to, from, addr_len);
    }
}

size_t tsm_item_pack(const struct tsm_item *item, uint8_t *bytes)
{
    const struct tsm_header *header = &item->header;
    const uint8_t addr_len = has_header(item->kind) ? header->tuple.addr_len : 0;
    const uint8_t bits = bits_of(item, addr_len);
    const size_t n = rest_size(item->kind, header);
    uint8_t *to = bytes + ITEM_FIXED;

    if ((bits & ITEM_IS_WIDE) != 0) {
        to = pack_wide(header, to);
    }
    copy_address(to, header->tuple.src, addr_len);
    copy_address(to + addr_len, header->tuple.dst, addr_len);
    to += 2 * addr_len;
    if (n > 0) {
        memcpy(to, header->bytes, n);
    }
    if (item->kind != TSM_ITEM_NAME) {
        forget_unasked(to, n);
    }
    to += n;
    bytes[ITEM_AT_SIZE] = (uint8_t)(to - bytes);
    bytes[ITEM_AT_KIND] = (uint8_t)(item->kind | header->checksum << 4);
    bytes[ITEM_AT_BITS] = bits;
    bytes[ITEM_AT_TTL] = header->ttl;
    tsm_put32(bytes + ITEM_AT_FRAME, header->frame);
    tsm_put64(bytes + ITEM_AT_TIME, (uint64_t)header->time_ns);
    tsm_put16(bytes + ITEM_AT_CAPTURED, (uint16_t)header->captured);
    tsm_put16(bytes + ITEM_AT_LENGTH, (uint16_t)header->length);
    tsm_put16(bytes + ITEM_AT_IP_ID, header->ip_id);
    tsm_put16(bytes + ITEM_AT_PATH, header->path);
    return bytes[ITEM_AT_SIZE];
}

/* The size of what is before the TCP header, by the bits. */
static size_t size_before(unsigned bits)
{
    return (size_t)ITEM_FIXED + ((bits & ITEM_IS_WIDE) != 0 ? ITEM_WIDE : 0) +
           ((bits & ITEM_IPV4) != 0 ? 8 : 0) + ((bits & ITEM_IPV6) != 0 ? 32 : 0);
}

/* Whether the first bytes can be those of an item with a time in range. */
static bool is_sound(const uint8_t *bytes)
{
    const unsigned kind = bytes[ITEM_AT_KIND] & 0x0fu, bits = bytes[ITEM_AT_BITS];
    const int64_t time_ns = (int64_t)tsm_get64(bytes + ITEM_AT_TIME);

    return kind >= TSM_ITEM_HEADER && kind <= TSM_ITEM_LOST &&
           bytes[ITEM_AT_KIND] >> 4 <= TSM_CHECKSUM_PARTIAL &&
           (bits & (ITEM_IPV4 | ITEM_IPV6)) != (ITEM_IPV4 | ITEM_IPV6) &&
           bytes[ITEM_AT_SIZE] >= size_before(bits) &&
           bytes[ITEM_AT_SIZE] <= size_before(bits) + TSM_HEADER_MAX &&
           time_ns >= -TSM_MAX_TIME_NS && time_ns <= TSM_MAX_TIME_NS;
}

static const uint8_t *unpack_wide(struct tsm_header *header, const uint8_t *from)
{
    header->captured = tsm_get32(from);
    header->length = tsm_get32(from + 4);
    header->ip_bytes = tsm_get32(from + 8);
    header->error.type = from[12];
    header->error.code = from[13];
    header->ordinal = tsm_get16(from + 14);
    header->error.mtu = tsm_get16(from + 16);
    return from + ITEM_WIDE;
}

static void unpack_header(struct tsm_header *header, const uint8_t *bytes)
{
    const unsigned bits = bytes[ITEM_AT_BITS];
    const uint8_t addr_len = (bits & ITEM_IPV4) != 0 ? 4 : (bits & ITEM_IPV6) != 0 ? 16 : 0;
    const uint16_t length = tsm_get16(bytes + ITEM_AT_LENGTH);
    const uint8_t *from = bytes + ITEM_FIXED;

    *header = (struct tsm_header){
        .time_ns = (int64_t)tsm_get64(bytes + ITEM_AT_TIME),
        .frame = tsm_get32(bytes + ITEM_AT_FRAME),
        .captured = tsm_get16(bytes + ITEM_AT_CAPTURED),
        .length = length,
        .ip_bytes = usual_ip_bytes(length, addr_len),
        .ip_id = tsm_get16(bytes + ITEM_AT_IP_ID),
        .path = tsm_get16(bytes + ITEM_AT_PATH),
        .ttl = bytes[ITEM_AT_TTL],
        .checksum = bytes[ITEM_AT_KIND] >> 4,
        .fragment = (bits & ITEM_FRAGMENT) != 0,
        .quoted = (bits & ITEM_QUOTED) != 0,
        .error = {.fatal = (bits & ITEM_FATAL) != 0, .by_target = (bits & ITEM_BY_TARGET) != 0},
        .tuple.addr_len = addr_len,
    };
    if ((bits & ITEM_IS_WIDE) != 0) {
        from = unpack_wide(header, from);
    }
    copy_address(header->tuple.src, from, addr_len);
    copy_address(header->tuple.dst, from + addr_len, addr_len);
    header->bytes = from + 2 * addr_len;
}

/* Whether there is as much behind the addresses as there has to be. */
static bool is_whole(const struct tsm_item *item, size_t rest)
{
    const struct tsm_header *header = &item->header;
    const bool short_one = has_header(item->kind) && item->kind != TSM_ITEM_NAME &&
                           header->captured >= TSM_HEADER_MIN && rest < TSM_HEADER_MIN;

    return !short_one && rest == rest_size(item->kind, header);
}

size_t tsm_item_unpack(struct tsm_item *item, const uint8_t *bytes, size_t size)
{
    if (size < ITEM_FIXED) {
        return 0;
    }
    if (!is_sound(bytes)) {
        item->kind = 0;
        return ITEM_FIXED;
    }
    if (size < bytes[ITEM_AT_SIZE]) {
        return 0;
    }
    item->kind = bytes[ITEM_AT_KIND] & 0x0f;
    item->has_time = (bytes[ITEM_AT_BITS] & ITEM_TIME) != 0;
    unpack_header(&item->header, bytes);
    if (!is_whole(item, bytes[ITEM_AT_SIZE] - size_before(bytes[ITEM_AT_BITS]))) {
        item->kind = 0;
    }
    return bytes[ITEM_AT_SIZE];
}
