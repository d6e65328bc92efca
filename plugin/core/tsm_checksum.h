/* tsm_checksum.h - the TCP checksum of a captured segment, verified for a bounded sample of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_CHECKSUM_H
#define TSM_CHECKSUM_H

#include "tsm_segment.h"

/* Summing up all data of all segments would cost as much as the engine does. So all short segments
 * are verified, among them nearly all with SYN, FIN or RST and all acknowledgments, and of the
 * longer ones about every 16th. Its sequence number tells which: that is the same for whoever looks
 * at the segment, in whatever part of a capture. None is longer than a packet on the wire: segments
 * that a network card or its driver has put together keep the checksum of one of them. */
#define TSM_CHECKSUM_MIN 20
#define TSM_CHECKSUM_SHORT 128
#define TSM_CHECKSUM_MAX 1520
#define TSM_CHECKSUM_EVERY 16

/* Whether a segment of `length` bytes, header and data, all captured, is of the sample. Of the
 * number's product with 2^32 divided by the golden ratio, the highest bits depend on all of its
 * bits. */
static inline bool tsm_checksum_is_wanted(const uint8_t *segment, size_t length)
{
    if (length <= TSM_CHECKSUM_SHORT || length > TSM_CHECKSUM_MAX) {
        return length >= TSM_CHECKSUM_MIN && length <= TSM_CHECKSUM_SHORT;
    }
    const uint32_t seq = (uint32_t)segment[4] << 24 | (uint32_t)segment[5] << 16 |
                         (uint32_t)segment[6] << 8 | segment[7];
    return seq * 0x9e3779b9u < UINT32_MAX / TSM_CHECKSUM_EVERY;
}

/* Whether the checksum of an IPv4 header of 20 bytes is wrong: a host drops such a packet (RFC 1122
 * 3.2.1.2). 0 is unknown: a sender may leave it to its network card. */
bool tsm_checksum_ip_is_wrong(const uint8_t *header);

/* Verifies a segment of `length` bytes, all captured, at least 20 and at most 65535, between two
 * addresses of 4 or 16 bytes. TSM_CHECKSUM_PARTIAL when the field is wrong and holds 0, or the sum
 * of the pseudo header only, with or without the length: a host leaves the rest to its network
 * card, after the capture. Source: RFC 9293 3.1, RFC 8200 8.1, RFC 1071; the sum that is left is
 * measured (loopback, TAP). */
enum tsm_checksum tsm_checksum_verify(const uint8_t *src, const uint8_t *dst, size_t addr_len,
                                      const uint8_t *segment, size_t length);

#endif
