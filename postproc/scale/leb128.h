/* leb128.h - numbers in as many bytes as they need: LEB128 (DWARF 4 7.6), seven bits a byte, the
 * least significant first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LEB128_H
#define LEB128_H

#include <glib.h>
#include <stdbool.h>

#include "tsm_little.h"

/* The most bytes of a number. */
#define LEB128_BYTES 10

/* Writes one; returns what is behind it. */
static inline guint8 *leb128_put(guint8 *to, guint64 value)
{
    for (; value > 0x7f; value >>= 7) {
        *to++ = (guint8)(value | 0x80);
    }
    *to++ = (guint8)value;
    return to;
}

struct leb128_reader {
    const guint8 *at, *end;
    bool ok; /* all so far were there */
};

/* The next one; 0, and ok is cleared, when there is none. */
static inline guint64 leb128_get(struct leb128_reader *reader)
{
    guint64 value = 0;

    for (guint shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        const guint8 byte = *reader->at++;
        value |= (guint64)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    reader->ok = false;
    return 0;
}

/* The next byte, as it is; 0, and ok is cleared, when there is none. */
static inline guint8 leb128_byte(struct leb128_reader *reader)
{
    reader->ok = reader->ok && reader->at < reader->end;
    return reader->ok ? *reader->at++ : 0;
}

/* The next four bytes, the least significant first; likewise. */
static inline guint32 leb128_word(struct leb128_reader *reader)
{
    guint32 value = 0;

    reader->ok = reader->ok && reader->end - reader->at >= 4;
    if (reader->ok) {
        value = tsm_get32(reader->at);
        reader->at += 4;
    }
    return value;
}

#endif
