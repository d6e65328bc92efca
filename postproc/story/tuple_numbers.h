/* tuple_numbers.h - the number of each connection of a story by the parts of its tuple, for those
 * who ask for the same again and again: each index is built once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TUPLE_NUMBERS_H
#define TUPLE_NUMBERS_H

#include "tuple_index.h"

typedef struct tuple_numbers TupleNumbers;

/* Of a story that does not change any more and outlives it. Free with tuple_numbers_free(). */
TupleNumbers *tuple_numbers_new(const struct story *story);
void tuple_numbers_free(TupleNumbers *numbers); /* NULL is allowed */

/* By number of the connection: the number that tuple_index_add() would give it when all of them are
 * added, one after the other; *n is how many different ones there are. `scope` as there. Valid
 * until two other scopes were asked for. */
const guint *tuple_numbers_of(TupleNumbers *numbers, unsigned scope, guint *n);

#endif
