/* pcap_records.c - see pcap_records.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _XOPEN_SOURCE 700
#include "pcap_records.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define FILE_HEADER_BYTES 24u
#define RECORD_HEADER_BYTES 16u
#define NS_PER_S 1000000000u
#define BLOCK_BYTES (64u << 10) /* read at a time: it stays in the processor's cache */

/* ---- bytes ---- */

static uint32_t swap32(uint32_t n)
{
    return n >> 24 | (n >> 8 & 0xff00u) | (n << 8 & 0xff0000u) | n << 24;
}

static uint32_t get32(const struct pcap_records *records, const uint8_t *at)
{
    uint32_t n;

    memcpy(&n, at, sizeof n);
    return records->swapped ? swap32(n) : n;
}

/* How many bytes are left of the block, which are `wanted` at least, or all up to the file's end.
 */
static uint32_t fill(struct pcap_records *records, uint32_t wanted)
{
    const uint32_t left = records->end - records->begin;

    if (left >= wanted) {
        return left;
    }
    memmove(records->block, records->block + records->begin, left);
    records->begin = 0;
    records->end = left;
    while (records->end < wanted) {
        const uint32_t room = PCAP_RECORDS_ROOM - records->end;
        const ssize_t n = pread(records->fd, records->block + records->end,
                                room < BLOCK_BYTES ? room : BLOCK_BYTES, (off_t)records->at);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        records->end += (uint32_t)(n > 0 ? n : 0);
        records->at += n > 0 ? n : 0;
    }
    return records->end;
}

/* ---- the file ---- */

/* Which kind the magic number says, in whose order of bytes. */
static bool read_magic(struct pcap_records *records, const uint8_t *at)
{
    for (unsigned swapped = 0; swapped < 2; swapped++) {
        records->swapped = swapped != 0;
        const uint32_t magic = get32(records, at);
        if (magic == MAGIC_US || magic == MAGIC_NS) {
            records->fraction = magic == MAGIC_US ? 1000 : 1;
            return true;
        }
    }
    return false;
}

/* In the number of the version, major and minor are of 16 bits each. */
static bool is_version_2_4(const struct pcap_records *records, const uint8_t *at)
{
    static const uint8_t little[] = {2, 0, 4, 0}, big[] = {0, 2, 0, 4};
    const uint16_t one = 1;
    uint8_t first;

    memcpy(&first, &one, sizeof first);
    const bool is_little = (first == 1) != records->swapped;
    return memcmp(at, is_little ? little : big, sizeof little) == 0;
}

#define TRIED_RECORDS 3
#define MOST_LENGTH (128u << 20) /* what libwiretap takes for damage in these */

/* Whether the first records are what they should be. */
static bool begins_well(struct pcap_records *records)
{
    enum pcap_next next = PCAP_RECORD;
    struct pcap_record record;

    for (unsigned i = 0; i < TRIED_RECORDS && next == PCAP_RECORD; i++) {
        next = pcap_records_next(records, &record);
    }
    return next != PCAP_ODD;
}

/* Goes to a place of the file. */
static void go_to(struct pcap_records *records, int64_t offset)
{
    records->at = offset;
    records->begin = records->end = 0;
}

bool pcap_records_begin(struct pcap_records *records, int fd, int64_t offset)
{
    struct stat about;

    if (offset < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        return false;
    }
    records->fd = fd;
    go_to(records, offset);
    if (fill(records, FILE_HEADER_BYTES) < FILE_HEADER_BYTES ||
        !read_magic(records, records->block) || !is_version_2_4(records, records->block + 4)) {
        return false;
    }
    records->snaplen = get32(records, records->block + 16);
    records->begin = FILE_HEADER_BYTES;
    const bool good = begins_well(records);
    go_to(records, offset + FILE_HEADER_BYTES);
    return good;
}

/* What no file of the usual kind says of a record. */
static bool is_odd(const struct pcap_records *records, const struct pcap_record *record)
{
    return record->nanoseconds >= NS_PER_S || record->captured > record->length ||
           record->captured > records->snaplen || record->captured > PCAP_RECORDS_MOST ||
           record->length > MOST_LENGTH;
}

enum pcap_next pcap_records_next(struct pcap_records *records, struct pcap_record *record)
{
    const uint32_t left = fill(records, RECORD_HEADER_BYTES);

    if (left < RECORD_HEADER_BYTES) {
        return left == 0 ? PCAP_END : PCAP_ODD;
    }
    const uint8_t *header = records->block + records->begin;
    const uint32_t fraction = get32(records, header + 4);
    *record = (struct pcap_record){
        .seconds = get32(records, header),
        .nanoseconds =
            fraction < NS_PER_S / records->fraction ? fraction * records->fraction : NS_PER_S,
        .captured = get32(records, header + 8),
        .length = get32(records, header + 12),
    };
    if (is_odd(records, record) || fill(records, RECORD_HEADER_BYTES + record->captured) <
                                       RECORD_HEADER_BYTES + record->captured) {
        return PCAP_ODD;
    }
    record->bytes = records->block + records->begin + RECORD_HEADER_BYTES;
    records->begin += RECORD_HEADER_BYTES + record->captured;
    return PCAP_RECORD;
}
