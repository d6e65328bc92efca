/* tsi_code.c - see tsi_code.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsi_code.h"

#include <string.h>

#include "leb128.h"
#include "tsm_item_layout.h"
#include "tsm_little.h"
#include "tsm_record.h"

enum {
    CODE_LENGTH = 0x01,
    CODE_IP_ID = 0x02,
    CODE_SEQ = 0x04,
    CODE_ACK = 0x08,
    CODE_FLAGS = 0x10,
    CODE_OPTIONS = 0x20,
    CODE_PARTS = 0x3f,
    CODE_WHOLE = 0x80,
};

/* Where the fields of a TCP header are (RFC 9293 3.1). */
enum {
    TCP_SEQ = 4,
    TCP_ACK = 8,
    TCP_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_WINDOW = 14,
    TCP_OPTIONS = 20,
};
#define TCP_SYN_OR_FIN 0x03
#define PORTS_BYTES 4

void tsi_slots_clear(struct tsi_slots *slots)
{
    for (guint i = 0; i < TSI_SLOTS; i++) {
        slots->at[i][ITEM_AT_SIZE] = 0;
    }
    slots->next = 0;
}

/* ---- packed items ---- */

/* Bytes of both addresses; 0 = it has none. */
static guint addresses(const guint8 *item)
{
    const guint8 bits = item[ITEM_AT_BITS];

    return (bits & ITEM_IPV4) != 0 ? 8 : (bits & ITEM_IPV6) != 0 ? 32 : 0;
}

/* Whether it has a whole TCP header in the usual place. */
static bool is_usual(const guint8 *item)
{
    return (item[ITEM_AT_KIND] & 0x0f) <= TSM_ITEM_PLAIN && addresses(item) > 0 &&
           (item[ITEM_AT_BITS] & ITEM_IS_WIDE) == 0 &&
           item[ITEM_AT_SIZE] >= ITEM_FIXED + addresses(item) + TCP_OPTIONS &&
           (item[ITEM_AT_SIZE] - ITEM_FIXED - addresses(item)) % 4 == 0;
}

static guint32 get_be32(const guint8 *p)
{
    return (guint32)p[0] << 24 | (guint32)p[1] << 16 | (guint32)p[2] << 8 | p[3];
}

static void put_be32(guint8 *p, guint32 value)
{
    p[0] = (guint8)(value >> 24);
    p[1] = (guint8)(value >> 16);
    p[2] = (guint8)(value >> 8);
    p[3] = (guint8)value;
}

/* The sequence number behind a segment. */
static guint32 seq_behind(const guint8 *item, const guint8 *tcp)
{
    const guint32 payload = tsm_get16(item + ITEM_AT_LENGTH) - (tcp[TCP_OFFSET] >> 4) * 4u;
    const guint8 flags = tcp[TCP_FLAGS] & TCP_SYN_OR_FIN;

    return get_be32(tcp + TCP_SEQ) + payload + (flags != 0);
}

/* ---- writing ---- */

const guint8 *tsi_code_ends(const guint8 *packed, guint *size)
{
    *size = addresses(packed) + PORTS_BYTES;
    return packed + ITEM_FIXED;
}

/* The highest bits of a product depend on all that is in it. */
guint32 tsi_code_hash(const guint8 *packed)
{
    const guint8 *p = packed + ITEM_FIXED;
    guint32 hash = 0;

    for (guint left = is_usual(packed) ? addresses(packed) + PORTS_BYTES : 0; left > 0; left -= 4) {
        hash = ((hash ^ hash >> 15) ^ tsm_get32(p)) * 0x9e3779b1u; /* golden ratio (Knuth 6.4) */
        p += 4;
    }
    return hash;
}

/* Whether an item can be told as what differs from another one. */
static bool is_alike(const guint8 *item, const guint8 *last)
{
    const gsize n = addresses(item) + PORTS_BYTES;

    /* size, kind, bits and TTL; the path; both ends; where the header ends */
    return tsm_get32(item) == tsm_get32(last) &&
           tsm_get16(item + ITEM_AT_PATH) == tsm_get16(last + ITEM_AT_PATH) &&
           memcmp(item + ITEM_FIXED, last + ITEM_FIXED, n) == 0 && is_usual(item) &&
           item[ITEM_FIXED + n - PORTS_BYTES + TCP_OFFSET] ==
               last[ITEM_FIXED + n - PORTS_BYTES + TCP_OFFSET];
}

static guint8 *put_difference(guint8 *to, guint32 value, guint32 from)
{
    return leb128_put(to, tsm_zigzag((gint32)(value - from)));
}

static guint8 *put_parts(const guint8 *item, const guint8 *last, guint8 slot, guint8 *to)
{
    const guint8 *tcp = item + ITEM_FIXED + addresses(item);
    const guint8 *before = last + ITEM_FIXED + addresses(item);
    const guint8 *end = item + item[ITEM_AT_SIZE];
    const guint32 seq = get_be32(tcp + TCP_SEQ), next = seq_behind(last, before);
    const guint32 ack = get_be32(tcp + TCP_ACK), last_ack = get_be32(before + TCP_ACK);
    const guint16 id = tsm_get16(item + ITEM_AT_IP_ID);
    const guint16 next_id = (guint16)(tsm_get16(last + ITEM_AT_IP_ID) + 1);
    guint8 *bits = to;

    *to++ = 0;
    *to++ = slot;
    to = leb128_put(to, tsm_get32(item + ITEM_AT_FRAME));
    to = leb128_put(to, tsm_zigzag((gint64)tsm_get64(item + ITEM_AT_TIME)));
    if (tsm_get32(item + ITEM_AT_CAPTURED) != tsm_get32(last + ITEM_AT_CAPTURED)) {
        *bits |= CODE_LENGTH;
        to = put_difference(to, tsm_get16(item + ITEM_AT_CAPTURED),
                            tsm_get16(last + ITEM_AT_CAPTURED));
        to = put_difference(to, tsm_get16(item + ITEM_AT_LENGTH), tsm_get16(last + ITEM_AT_LENGTH));
    }
    if (id != next_id) {
        *bits |= CODE_IP_ID;
        to = put_difference(to, id, next_id);
    }
    if (seq != next) {
        *bits |= CODE_SEQ;
        to = put_difference(to, seq, next);
    }
    if (ack != last_ack) {
        *bits |= CODE_ACK;
        to = put_difference(to, ack, last_ack);
    }
    if (memcmp(tcp + TCP_FLAGS, before + TCP_FLAGS, 3) != 0) {
        *bits |= CODE_FLAGS;
        memcpy(to, tcp + TCP_FLAGS, 3);
        to += 3;
    }
    if (memcmp(tcp + TCP_OPTIONS, before + TCP_OPTIONS, (gsize)(end - tcp) - TCP_OPTIONS) != 0) {
        *bits |= CODE_OPTIONS;
        for (gsize at = TCP_OPTIONS; tcp + at < end; at += 4) {
            to = put_difference(to, get_be32(tcp + at), get_be32(before + at));
        }
    }
    return to;
}

guint8 *tsi_code_put(struct tsi_slots *slots, const guint8 *packed, guint32 hash, guint8 *to)
{
    const gsize size = packed[ITEM_AT_SIZE];
    guint8 *found = &slots->found[hash >> (32 - TSI_HASH_BITS)];

    if (is_alike(packed, slots->at[*found])) {
        to = put_parts(packed, slots->at[*found], *found, to);
    } else {
        *found = slots->next++;
        *to++ = CODE_WHOLE;
        memcpy(to, packed, size);
        to += size;
    }
    memcpy(slots->at[*found], packed, size);
    return to;
}

/* ---- reading ---- */

static guint32 add(struct leb128_reader *reader, guint32 from)
{
    return from + (guint32)tsm_unzigzag(leb128_get(reader));
}

static void get_flags(struct leb128_reader *reader, guint8 *tcp)
{
    reader->ok &= reader->end - reader->at >= 3;
    if (reader->ok) {
        memcpy(tcp + TCP_FLAGS, reader->at, 3);
        reader->at += 3;
    }
}

/* Makes the item out of the slot's, in its place. */
static void get_parts(struct leb128_reader *reader, guint8 bits, guint8 *item)
{
    guint8 *tcp = item + ITEM_FIXED + addresses(item);
    const guint32 next = seq_behind(item, tcp);
    const guint16 next_id = (guint16)(tsm_get16(item + ITEM_AT_IP_ID) + 1);
    const guint64 frame = leb128_get(reader);

    reader->ok &= frame <= UINT32_MAX;
    tsm_put32(item + ITEM_AT_FRAME, (guint32)frame);
    tsm_put64(item + ITEM_AT_TIME, (guint64)tsm_unzigzag(leb128_get(reader)));
    if ((bits & CODE_LENGTH) != 0) {
        guint8 *p = item + ITEM_AT_CAPTURED;
        tsm_put16(p, (guint16)add(reader, tsm_get16(p)));
        tsm_put16(p + 2, (guint16)add(reader, tsm_get16(p + 2)));
    }
    tsm_put16(item + ITEM_AT_IP_ID,
              (bits & CODE_IP_ID) != 0 ? (guint16)add(reader, next_id) : next_id);
    put_be32(tcp + TCP_SEQ, (bits & CODE_SEQ) != 0 ? add(reader, next) : next);
    if ((bits & CODE_ACK) != 0) {
        put_be32(tcp + TCP_ACK, add(reader, get_be32(tcp + TCP_ACK)));
    }
    if ((bits & CODE_FLAGS) != 0) {
        get_flags(reader, tcp);
    }
    for (guint8 *p = tcp + TCP_OPTIONS; (bits & CODE_OPTIONS) != 0 && p < item + item[ITEM_AT_SIZE];
         p += 4) {
        put_be32(p, add(reader, get_be32(p)));
    }
}

static void get_whole(struct leb128_reader *reader, guint8 *item)
{
    const gsize left = (gsize)(reader->end - reader->at);
    const gsize size = left > 0 ? reader->at[0] : 0;

    reader->ok &= size >= ITEM_FIXED && size <= TSM_ITEM_BYTES && size <= left;
    if (reader->ok) {
        memcpy(item, reader->at, size);
        reader->at += size;
    }
}

gsize tsi_code_get(struct tsi_slots *slots, struct tsm_item *item, const guint8 *bytes, gsize size)
{
    struct leb128_reader reader = {bytes + 1, bytes + size, size > 1};
    const guint8 bits = size > 1 ? bytes[0] : 0;
    guint8 *last = slots->at[size <= 1 ? 0 : bits == CODE_WHOLE ? slots->next++ : *reader.at++];

    if (bits == CODE_WHOLE) {
        get_whole(&reader, last);
    } else if (size > 1 && (bits & ~CODE_PARTS) == 0 && is_usual(last)) {
        get_parts(&reader, bits, last);
    } else {
        return 0;
    }
    const gsize taken = reader.ok ? tsm_item_unpack(item, last, last[ITEM_AT_SIZE]) : 0;
    return taken == last[ITEM_AT_SIZE] && taken > 0 && item->kind != 0 ? (gsize)(reader.at - bytes)
                                                                       : 0;
}
