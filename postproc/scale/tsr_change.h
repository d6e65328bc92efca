/* tsr_change.h - changes of state in a .tsr file, which most of its records are, in a few bytes.
 *
 * What changed to what repeats itself: side, state, basis, set of possible states and cause are a
 * *shape*, which is told once in a block and then by its number. When it changed is mostly when the
 * last record says:
 *
 *   0x80 and bits: which of the last four follow
 *   SHAPE          0 = the next bytes are a new one: side, state, basis, cause, possible states;
 *                  else the number of one that was told, from 1
 *   STREAM         0x01: the difference to the last record's
 *   TIME           0x02: the difference to the last point in time
 *   FRAME          0x04: 0 = none; else the difference to the last one, folded, plus 1
 *   FROM           0x08: since when it holds: the difference to TIME, and its frame as FRAME
 *
 * 0x10 says that timers alone will do it. All numbers are LEB128 but side, state, basis and cause,
 * which are bytes; differences are folded.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSR_CHANGE_H
#define TSR_CHANGE_H

#include <glib.h>

#include "tsm_record.h"

#define TSR_CHANGE_BIT 0x80

/* So many shapes have a number; later ones of a block are told each time. */
#define TSR_SHAPES 255

/* The most bytes of a change. */
#define TSR_CHANGE_BYTES 64

struct tsr_shape {
    guint16 possible;
    guint8 side, state, basis, cause;
};

/* The shapes of a block so far. */
struct tsr_shapes {
    struct tsr_shape at[TSR_SHAPES];
    guint n;
    guint8 found[512]; /* for who writes: where one may be, by its hash */
};

/* Writes a change, of type CHANGE or PROJECTED; returns its size. */
gsize tsr_change_pack(const struct tsm_record *record, struct tsr_shapes *shapes,
                      struct tsm_record_base *base, guint8 *bytes);

/* Reads one from the first of `size` bytes; returns its size, 0 when it is none. */
gsize tsr_change_unpack(struct tsm_record *record, struct tsr_shapes *shapes,
                        struct tsm_record_base *base, const guint8 *bytes, gsize size);

#endif
