/* tsm_checksum.c - see tsm_checksum.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_checksum.h"

#include <string.h>

enum { PROTOCOL_TCP = 6, CHECKSUM_PLACE = 16 };

/* Sums are in the byte order of the packet, whatever the host's is: RFC 1071 1.2 (B). */
static uint64_t add(uint64_t sum, const uint8_t *bytes, size_t size)
{
    uint32_t word = 0;

    for (; size >= sizeof word; size -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    word = 0;
    memcpy(&word, bytes, size); /* what is missing counts as zeros */
    return sum + word;
}

static uint16_t fold(uint64_t sum)
{
    while (sum > UINT16_MAX) {
        sum = (sum & UINT16_MAX) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static uint64_t add_number(uint64_t sum, size_t number)
{
    const uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};

    return add(sum, bytes, sizeof bytes);
}

enum tsm_checksum tsm_checksum_verify(const uint8_t *src, const uint8_t *dst, size_t addr_len,
                                      const uint8_t *segment, size_t length)
{
    const uint64_t no_length = add_number(add(add(0, src, addr_len), dst, addr_len), PROTOCOL_TCP);
    const uint64_t pseudo = add_number(no_length, length);
    uint16_t field;

    memcpy(&field, segment + CHECKSUM_PLACE, sizeof field);
    if (fold(add(pseudo, segment, length)) == UINT16_MAX) {
        return TSM_CHECKSUM_RIGHT;
    }
    return field == fold(pseudo) || field == fold(no_length) ? TSM_CHECKSUM_PARTIAL
                                                             : TSM_CHECKSUM_WRONG;
}
