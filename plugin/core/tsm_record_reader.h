/* tsm_record_reader.h - reads the columns of packed records; for tsm_record_parse.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_RECORD_READER_H
#define TSM_RECORD_READER_H

#include "tsm_record.h"

/* Every get_ function reads one column and clears ok when it is not there or out of range; what it
 * returns counts only when ok is still set at the end. None goes beyond the NUL behind the line. */
struct reader {
    const char *at, *end;
    bool ok;
    /* What packed columns are told against, of which none goes beyond end; NULL = text. */
    struct tsm_record_base *base;
    uint64_t zeros; /* packed columns that are 0, and come next */
};

/* See put_leb128() of tsm_record.c. */
static inline uint64_t get_leb128(struct reader *r)
{
    uint64_t value = 0;

    for (unsigned shift = 0; r->at < r->end && shift < 64; shift += 7) {
        const uint8_t byte = (uint8_t)*r->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    r->ok = false;
    return 0;
}

static inline uint64_t get_varint(struct reader *r)
{
    if (r->zeros > 0) {
        r->zeros--;
        return 0;
    }
    const uint64_t value = get_leb128(r);
    if (value == 0) {
        r->zeros = get_leb128(r);
    }
    return value;
}

static inline uint64_t get_varint_up_to(struct reader *r, uint64_t most)
{
    const uint64_t value = get_varint(r);

    r->ok &= value <= most;
    return value;
}

/* See pack_i64() there. */
static inline int64_t unpack_i64(struct reader *r)
{
    const uint64_t little = get_varint(r);

    if (little != 1) {
        return little == 0 ? 0 : tsm_unzigzag(little - 1);
    }
    r->base->ns = (int64_t)((uint64_t)r->base->ns + (uint64_t)tsm_unzigzag(get_varint(r)));
    return r->base->ns;
}

#endif
