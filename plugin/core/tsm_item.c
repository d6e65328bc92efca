/* tsm_item.c - packs and unpacks items; see tsm_item.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_item.h"

#include <string.h>

/* The fixed part of an item, in the machine's own byte order. Behind it come both addresses,
 * addr_len bytes each, and the first bytes of the header. */
struct packed {
    uint8_t size; /* of all */
    uint8_t kind;
    uint8_t addr_len;
    uint8_t bits; /* BIT_... */
    uint8_t ttl;
    uint8_t icmp_type, icmp_code;
    uint8_t checksum;
    uint16_t ip_id;
    uint16_t path;
    uint32_t frame;
    int64_t time_ns;
    uint32_t captured;
    uint32_t length;
    uint32_t ip_bytes;
    uint32_t unused;
};

enum { BIT_TIME = 1, BIT_FRAGMENT = 2, BIT_QUOTED = 4, BIT_FATAL = 8, BIT_BY_TARGET = 16 };

_Static_assert(sizeof(struct packed) == 40, "no holes, which would be written as they are");
_Static_assert(sizeof(struct packed) + 32 + TSM_HEADER_MAX <= TSM_ITEM_BYTES, "an item fits");
_Static_assert(TSM_ITEM_BYTES <= UINT8_MAX, "its size fits");

static bool has_header(unsigned kind)
{
    return kind == TSM_ITEM_HEADER || kind == TSM_ITEM_PLAIN || kind == TSM_ITEM_NAME;
}

static uint8_t bits_of(const struct tsm_item *item)
{
    const struct tsm_header *header = &item->header;

    return (uint8_t)((item->has_time ? BIT_TIME : 0) | (header->fragment ? BIT_FRAGMENT : 0) |
                     (header->quoted ? BIT_QUOTED : 0) | (header->error.fatal ? BIT_FATAL : 0) |
                     (header->error.by_target ? BIT_BY_TARGET : 0));
}

size_t tsm_item_pack(const struct tsm_item *item, uint8_t *bytes)
{
    const struct tsm_header *header = &item->header;
    const size_t addr_len = has_header(item->kind) ? header->tuple.addr_len : 0;
    const size_t n = has_header(item->kind) ? tsm_header_bytes(header) : 0;
    const struct packed packed = {
        .size = (uint8_t)(sizeof packed + 2 * addr_len + n),
        .kind = item->kind,
        .addr_len = (uint8_t)addr_len,
        .bits = bits_of(item),
        .ttl = header->ttl,
        .icmp_type = header->error.type,
        .icmp_code = header->error.code,
        .checksum = header->checksum,
        .ip_id = header->ip_id,
        .path = header->path,
        .frame = header->frame,
        .time_ns = header->time_ns,
        .captured = header->captured,
        .length = header->length,
        .ip_bytes = header->ip_bytes,
    };
    uint8_t *to = bytes + sizeof packed;

    memcpy(bytes, &packed, sizeof packed);
    memcpy(to, header->tuple.src, addr_len);
    memcpy(to + addr_len, header->tuple.dst, addr_len);
    if (n > 0) {
        memcpy(to + 2 * addr_len, header->bytes, n);
    }
    return packed.size;
}

/* Beyond, differences of times would not fit; see TSM_MAX_TIME_S. */
#define TIME_MAX_NS (TSM_MAX_TIME_S * 1000000000 + 999999999)

/* Whether the fixed part is one that tsm_item_pack() writes, of a header with a time in range. */
static bool is_sound(const struct packed *packed)
{
    const uint32_t most = packed->captured < TSM_HEADER_MAX ? packed->captured : TSM_HEADER_MAX;
    const size_t n = has_header(packed->kind) ? most : 0;

    return packed->kind >= TSM_ITEM_HEADER && packed->kind <= TSM_ITEM_LOST &&
           (packed->addr_len == 0 || packed->addr_len == 4 || packed->addr_len == 16) &&
           packed->size == sizeof *packed + 2u * packed->addr_len + n &&
           packed->time_ns >= -TIME_MAX_NS && packed->time_ns <= TIME_MAX_NS;
}

size_t tsm_item_unpack(struct tsm_item *item, const uint8_t *bytes, size_t size)
{
    struct packed packed;

    if (size < sizeof packed) {
        return 0;
    }
    memcpy(&packed, bytes, sizeof packed);
    if (!is_sound(&packed)) {
        item->kind = 0;
        return sizeof packed;
    }
    if (size < packed.size) {
        return 0;
    }
    item->kind = packed.kind;
    item->has_time = (packed.bits & BIT_TIME) != 0;
    item->header = (struct tsm_header){
        .time_ns = packed.time_ns,
        .frame = packed.frame,
        .captured = packed.captured,
        .length = packed.length,
        .ip_bytes = packed.ip_bytes,
        .ip_id = packed.ip_id,
        .path = packed.path,
        .ttl = packed.ttl,
        .checksum = packed.checksum,
        .fragment = (packed.bits & BIT_FRAGMENT) != 0,
        .quoted = (packed.bits & BIT_QUOTED) != 0,
        .error = {.type = packed.icmp_type,
                  .code = packed.icmp_code,
                  .fatal = (packed.bits & BIT_FATAL) != 0,
                  .by_target = (packed.bits & BIT_BY_TARGET) != 0},
        .tuple.addr_len = packed.addr_len,
        .bytes = bytes + sizeof packed + 2u * packed.addr_len,
    };
    memcpy(item->header.tuple.src, bytes + sizeof packed, packed.addr_len);
    memcpy(item->header.tuple.dst, bytes + sizeof packed + packed.addr_len, packed.addr_len);
    return packed.size;
}
