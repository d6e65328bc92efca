/* tuple_numbers.h - the number of each connection of a story by the parts of its tuple, for those
 * who ask for the same again and again: each index is built once.
 *
 * Several threads may ask at the same time: who asks for what another one builds waits for it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TUPLE_NUMBERS_H
#define TUPLE_NUMBERS_H

#include "tuple_index.h"

typedef struct tuple_numbers TupleNumbers;

/* Of a story that does not change any more and outlives it. Free with tuple_numbers_free(), when
 * all that was taken is dropped. */
TupleNumbers *tuple_numbers_new(const struct story *story);
void tuple_numbers_free(TupleNumbers *numbers); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TupleNumbers, tuple_numbers_free)

/* All connections, numbered. */
struct tuple_numbering {
    guint n;         /* different ones */
    const guint *of; /* by number of the connection: the number that tuple_index_add() would give it
                        when all of them are added, one after the other */
};

/* The numbering of a scope as of tuple_index_new(). Valid until it is given back by
 * tuple_numbers_drop(); whoever takes more than one at a time keeps memory. */
const struct tuple_numbering *tuple_numbers_take(TupleNumbers *numbers, unsigned scope);
void tuple_numbers_drop(TupleNumbers *numbers, const struct tuple_numbering *numbering);

/* Builds the numbering of a scope that will be asked for, where there is room to keep it. */
void tuple_numbers_prepare(TupleNumbers *numbers, unsigned scope);

#endif
