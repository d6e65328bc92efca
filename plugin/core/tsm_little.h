/* tsm_little.h - numbers as bytes, the least significant first: for what leaves a process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_LITTLE_H
#define TSM_LITTLE_H

#include <stdint.h>

static inline void tsm_put16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static inline void tsm_put32(uint8_t *to, uint32_t value)
{
    tsm_put16(to, (uint16_t)value);
    tsm_put16(to + 2, (uint16_t)(value >> 16));
}

static inline void tsm_put64(uint8_t *to, uint64_t value)
{
    tsm_put32(to, (uint32_t)value);
    tsm_put32(to + 4, (uint32_t)(value >> 32));
}

static inline uint16_t tsm_get16(const uint8_t *from)
{
    return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t tsm_get32(const uint8_t *from)
{
    return tsm_get16(from) | (uint32_t)tsm_get16(from + 2) << 16;
}

static inline uint64_t tsm_get64(const uint8_t *from)
{
    return tsm_get32(from) | (uint64_t)tsm_get32(from + 4) << 32;
}

#endif
