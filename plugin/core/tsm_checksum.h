/* tsm_checksum.h - the TCP checksum of a captured segment, verified for a bounded sample of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_CHECKSUM_H
#define TSM_CHECKSUM_H

#include "tsm_segment.h"

/* Summing up all data of all segments would cost as much as the engine does. So all short segments
 * are verified, among them nearly all with SYN, FIN or RST and all acknowledgments, and of the
 * longer ones those in every 16th frame. None is longer than a packet on the wire: segments that a
 * network card or its driver has put together keep the checksum of one of them. */
#define TSM_CHECKSUM_MIN 20
#define TSM_CHECKSUM_SHORT 128
#define TSM_CHECKSUM_MAX 1520
#define TSM_CHECKSUM_EVERY 16

/* Whether a segment of that length, header and data, can be of the sample, and whether it is. */
static inline bool tsm_checksum_may_be_wanted(size_t length)
{
    return length >= TSM_CHECKSUM_MIN && length <= TSM_CHECKSUM_MAX;
}

static inline bool tsm_checksum_is_wanted(uint32_t frame, size_t length)
{
    return tsm_checksum_may_be_wanted(length) &&
           (length <= TSM_CHECKSUM_SHORT || frame % TSM_CHECKSUM_EVERY == 0);
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
