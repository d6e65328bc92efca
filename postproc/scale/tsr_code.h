/* tsr_code.h - the entries of a .tsr file, as symbols and numbers.
 *
 * What befalls connections repeats itself, but for times, frames and sequence numbers. So whatever
 * is told of a stream at a time, an *event*, is written as a string of symbols, and the numbers
 * that they ask for, in their order. A string is told once in a block, and then by its number.
 *
 * Times, frames and lengths of time that were told of the same stream before are symbols, too: a
 * block has some *slots*, one of which holds the last few of a stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSR_CODE_H
#define TSR_CODE_H

#include "tsr_base.h"

/* The most bytes of symbols, and of numbers, that a record or position adds. */
#define TSR_RECORD_SYMBOLS 256
#define TSR_RECORD_NUMBERS 1024

/* Whether a .tsr holds records of that type. */
bool tsr_has(enum tsm_record_type type);

/* Writes a position, or a record of a type that tsr_has(); its stream is base->stream. */
void tsr_put_position(struct tsr_pen *pen, struct tsr_base *base,
                      const struct tsr_position *position);
void tsr_put_record(struct tsr_pen *pen, struct tsr_base *base, const struct tsm_record *record);

/* Reads what follows the first symbol of either, which is a letter of tsr_layout.h; or of a record,
 * its type. False when it is none. */
bool tsr_get_position(struct tsr_text *text, struct tsr_base *base, guint8 letter);
bool tsr_get_record(struct tsr_text *text, struct tsr_base *base, guint8 type,
                    struct tsm_record *record);

#endif
