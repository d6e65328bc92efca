/* pcap_records.h - reads the records of a classic pcap file of the usual kind in large blocks,
 * without a copy of what is in them.
 *
 * Only what every reader reads alike is read: whatever is odd is told as such, and libwiretap may
 * read it instead. Source of the format: draft-ietf-opsawg-pcap, 4 and 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PCAP_RECORDS_H
#define PCAP_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCAP_RECORDS_MOST (128u << 10) /* bytes of a record; a longer one is odd */
#define PCAP_RECORDS_ROOM (192u << 10) /* for what is left of a block, and the next one */

/* A file that is being read. Private. */
struct pcap_records {
    int fd;
    int64_t at;          /* offset in the file of what comes behind the block */
    bool swapped;        /* numbers are in the other order of bytes */
    uint32_t fraction;   /* nanoseconds of a unit of the fraction of a second */
    uint32_t snaplen;    /* no record has more bytes */
    uint32_t begin, end; /* what is left of the block */
    uint8_t block[PCAP_RECORDS_ROOM];
};

struct pcap_record {
    uint32_t seconds, nanoseconds; /* since 1970 */
    uint32_t captured, length;     /* bytes of it that are there, and on the wire */
    const uint8_t *bytes;          /* valid until the next one is read */
};

enum pcap_next {
    PCAP_RECORD,
    PCAP_END, /* the file ends behind a record */
    PCAP_ODD, /* it is cut, damaged, or not of the usual kind from here on */
};

/* Begins with the file of a descriptor, from that offset on. Its own offset is neither used nor
 * changed. False when it is no regular file, or no pcap 2.4 in microseconds or nanoseconds, or one
 * of the first three records is odd: by them libwiretap tells variants of the format that have the
 * same magic number. */
bool pcap_records_begin(struct pcap_records *records, int fd, int64_t offset);

/* Reads the next record. After anything but PCAP_RECORD it must be begun anew. */
enum pcap_next pcap_records_next(struct pcap_records *records, struct pcap_record *record);

#endif
