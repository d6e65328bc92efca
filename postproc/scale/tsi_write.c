/* tsi_write.c - writes .tsi files; see tsi.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsi.h"

#include <string.h>

#include "tsi_layout.h"
#include "tsm_item_layout.h"
#include "tsm_little.h"

/* A block is written when it has so many bytes: some thousand items. With 256 sections they take 16
 * MB of memory, and their slots 8. */
#define FULL (64u << 10)

/* As many connections may be spoken on at a time, until their sections are found anew each time. */
#define SECTION_BITS 11

/* The section of the addresses and ports of one direction. */
struct tsi_section {
    guint8 ends[ITEM_ADDRESSES_MAX + 4];
    guint n; /* bytes of them; 0 = there are none */
    guint32 number;
};

struct tsi_part {
    guint8 *raw;
    guint used; /* bytes of it */
    struct tsi_slots *slots;
    guint32 count;
    guint32 interface, frame; /* of the last item in it */
    gint64 time_ns;
};

void tsi_summary_clear(struct tsi_summary *summary)
{
    g_clear_pointer(&summary->trouble, g_free);
    g_clear_pointer(&summary->silences, g_array_unref);
}

/* An address as two numbers that compare as its bytes do; an IPv4 one is in the first. */
static inline void put_address(const uint8_t *address, uint8_t length, uint64_t to[2])
{
    to[0] = to[1] = 0;
    if (length == 4) {
        memcpy(to, address, 4);
    } else {
        memcpy(to, address, MIN(length, 16));
    }
    to[0] = GUINT64_FROM_BE(to[0]);
    to[1] = GUINT64_FROM_BE(to[1]);
}

/* The lower end comes first, so it is the same for both directions. Of src and dst only addr_len
 * bytes count. */
static guint32 hashed_section(const struct tsi_writer *writer, const struct tsm_tuple *tuple)
{
    uint64_t src[2], dst[2];

    put_address(tuple->src, tuple->addr_len, src);
    put_address(tuple->dst, tuple->addr_len, dst);
    const bool forward = src[0] != dst[0]   ? src[0] < dst[0]
                         : src[1] != dst[1] ? src[1] < dst[1]
                                            : tuple->sport <= tuple->dport;
    const uint64_t *first = forward ? src : dst, *second = forward ? dst : src;
    const uint32_t low = forward ? tuple->sport : tuple->dport;
    const uint32_t high = forward ? tuple->dport : tuple->sport;
    uint64_t words[5] = {first[0], first[1], second[0], second[1]};

    words[4] = (uint64_t)tuple->addr_len << 32 | low << 16 | high;
    return (guint32)((tsm_hash(&writer->key, words, G_N_ELEMENTS(words)) >> 32) * (writer->n - 1) >>
                     32);
}

/* The section of an item that was packed, with that hash. A connection has many items. */
static guint32 section_of(struct tsi_writer *writer, const struct tsm_item *item,
                          const guint8 *packed, guint32 hash)
{
    struct tsi_section *last = &writer->sections[hash >> (32 - SECTION_BITS)];
    guint n;

    if (item->kind == TSM_ITEM_NAME) {
        return writer->n - 1;
    }
    if (hash == 0) {
        return hashed_section(writer, &item->header.tuple);
    }
    const guint8 *ends = tsi_code_ends(packed, &n);
    if (last->n != n || memcmp(last->ends, ends, n) != 0) {
        last->n = n;
        memcpy(last->ends, ends, n);
        last->number = hashed_section(writer, &item->header.tuple);
    }
    return last->number;
}

bool tsi_begin(struct tsi_writer *writer, const char *name, const struct tsi_purpose *purpose,
               GError **error)
{
    struct blocks_head head = {
        .version = TSI_VERSION, .sections = purpose->sections + 1, .number = purpose->number};

    memcpy(head.magic, TSI_MAGIC, sizeof head.magic);
    memcpy(head.identity, purpose->identity, sizeof head.identity);
    *writer = (struct tsi_writer){.n = purpose->sections + 1, .key = purpose->key};
    if (!blocks_begin(&writer->blocks, name, &head, error)) {
        return false;
    }
    writer->sections = g_new0(struct tsi_section, 1 << SECTION_BITS);
    writer->parts = g_new0(struct tsi_part, writer->n);
    for (guint32 i = 0; i < writer->n; i++) {
        writer->parts[i].raw = g_malloc(FULL + 2 * TSI_CODE_BYTES);
        writer->parts[i].slots = g_new0(struct tsi_slots, 1);
    }
    return true;
}

static void flush(struct tsi_writer *writer, guint32 section)
{
    struct tsi_part *part = &writer->parts[section];

    if (part->count > 0) {
        blocks_add(&writer->blocks, section, part->raw, part->used, part->count);
    }
    tsi_slots_clear(part->slots);
    part->used = part->count = part->frame = part->interface = 0;
    part->time_ns = 0;
}

static void append(struct tsi_part *part, const guint8 *packed, guint32 hash)
{
    part->used =
        (guint)(tsi_code_put(part->slots, packed, hash, part->raw + part->used) - part->raw);
}

/* What follows in the part is of another interface. */
static void change_interface(struct tsi_part *part, guint32 interface)
{
    const struct tsm_item from = {.kind = TSM_ITEM_TAP, .header.frame = interface};
    guint8 packed[TSM_ITEM_BYTES];

    tsm_item_pack(&from, packed);
    append(part, packed, 0);
    part->interface = interface;
}

void tsi_add(struct tsi_writer *writer, guint32 interface, const struct tsm_item *item)
{
    guint8 packed[TSM_ITEM_BYTES];
    const gint64 time_ns = item->header.time_ns;

    tsm_item_pack(item, packed);
    const guint32 hash = tsi_code_hash(packed);
    const guint32 section = section_of(writer, item, packed, hash);
    struct tsi_part *part = &writer->parts[section];

    if (ABS(time_ns - part->time_ns) > TSM_MAX_TIME_NS) {
        flush(writer, section); /* an item has a time, and this difference is none */
    }
    if (interface != part->interface) {
        change_interface(part, interface);
    }
    tsm_put32(packed + ITEM_AT_FRAME, item->header.frame - part->frame);
    tsm_put64(packed + ITEM_AT_TIME, (guint64)(time_ns - part->time_ns));
    part->frame = item->header.frame;
    part->time_ns = time_ns;
    part->count++;
    append(part, packed, hash);
    if (part->used >= FULL) {
        flush(writer, section);
    }
}

static void put32(GByteArray *to, guint32 value)
{
    guint8 bytes[4];

    tsm_put32(bytes, value);
    g_byte_array_append(to, bytes, sizeof bytes);
}

static void put64(GByteArray *to, guint64 value)
{
    put32(to, (guint32)value);
    put32(to, (guint32)(value >> 32));
}

static void put_pairs(GByteArray *bytes, const struct tsi_summary *summary)
{
    for (guint32 i = 0; i < summary->n_interfaces; i++) {
        put64(bytes, (guint64)summary->interfaces[i].start_ns);
        put64(bytes, (guint64)summary->interfaces[i].end_ns);
    }
    for (guint32 i = 0; i < summary->syns.n; i++) {
        put64(bytes, summary->syns.at[i].hash);
        put64(bytes, (guint64)summary->syns.at[i].ns);
    }
}

static void put_silence(GByteArray *to, const struct tsm_silence *silence)
{
    put64(to, (guint64)silence->from_ns);
    put64(to, (guint64)silence->to_ns);
    put64(to, (guint64)silence->longest_ns);
    put32(to, silence->frames);
    put32(to, silence->n);
    for (guint i = 0; i < silence->n; i++) {
        const struct tsm_talk *talk = &silence->talks[i];
        put64(to, (guint64)talk->ns);
        put32(to, talk->connection);
        put32(to, talk->sender);
        put32(to, talk->asks);
    }
}

/* What was captured last, and each silence. The caller frees it. */
static GByteArray *pack_silences(const struct tsi_summary *summary)
{
    GByteArray *bytes = g_byte_array_new();

    put_silence(bytes, &summary->last);
    for (guint i = 0; i < summary->silences->len; i++) {
        put_silence(bytes, &g_array_index(summary->silences, struct tsm_silence, i));
    }
    return bytes;
}

bool tsi_end(struct tsi_writer *writer, const struct tsi_summary *summary, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GByteArray) silences = pack_silences(summary);
    const char *trouble = summary->trouble != NULL ? summary->trouble : "";

    for (guint32 i = 0; i < writer->n; i++) {
        flush(writer, i);
    }
    put64(bytes, summary->size);
    put64(bytes, (guint64)summary->start_ns);
    put64(bytes, (guint64)summary->end_ns);
    put32(bytes, summary->frames);
    put32(bytes, summary->end);
    put32(bytes, summary->came);
    put32(bytes, summary->lost);
    put32(bytes, summary->unread);
    put32(bytes, (guint32)strlen(trouble));
    put32(bytes, summary->n_interfaces);
    put32(bytes, summary->syns.n);
    put32(bytes, silences->len);
    put_pairs(bytes, summary);
    g_byte_array_append(bytes, silences->data, silences->len);
    g_byte_array_append(bytes, (const guint8 *)trouble, (guint)strlen(trouble));
    const bool ok = blocks_end(&writer->blocks, bytes, error);
    tsi_cancel(writer);
    return ok;
}

void tsi_cancel(struct tsi_writer *writer)
{
    for (guint32 i = 0; writer->parts != NULL && i < writer->n; i++) {
        g_free(writer->parts[i].raw);
        g_free(writer->parts[i].slots);
    }
    g_clear_pointer(&writer->parts, g_free);
    g_clear_pointer(&writer->sections, g_free);
    blocks_cancel(&writer->blocks);
}
