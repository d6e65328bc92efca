/* tsm_checksum.c - see tsm_checksum.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_checksum.h"

#include <string.h>

enum { PROTOCOL_TCP = 6, CHECKSUM_PLACE = 16, IPV4_HEADER = 20, IPV4_CHECKSUM_PLACE = 10 };

/* Sums are in the byte order of the packet, whatever the host's is: RFC 1071 1.2 (B). */
static inline uint64_t add(uint64_t sum, const uint8_t *bytes, size_t size)
{
    for (; size >= sizeof(uint32_t); size -= sizeof(uint32_t), bytes += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    if (size > 0) {
        uint8_t rest[sizeof(uint32_t)] = {0}; /* what is missing counts as zeros */
        uint32_t word;
        for (size_t i = 0; i < size; i++) {
            rest[i] = bytes[i];
        }
        memcpy(&word, rest, sizeof word);
        sum += word;
    }
    return sum;
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
    uint16_t word;

    memcpy(&word, bytes, sizeof word);
    return sum + word;
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
    return field == 0 || field == fold(pseudo) || field == fold(no_length) ? TSM_CHECKSUM_PARTIAL
                                                                           : TSM_CHECKSUM_WRONG;
}

bool tsm_checksum_ip_is_wrong(const uint8_t *header)
{
    const bool told = (header[IPV4_CHECKSUM_PLACE] | header[IPV4_CHECKSUM_PLACE + 1]) != 0;

    return told && fold(add(0, header, IPV4_HEADER)) != UINT16_MAX;
}
