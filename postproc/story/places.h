/* places.h - which addresses, or addresses and ports, most connections of a kind have.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLACES_H
#define PLACES_H

#include "tuple_numbers.h"

#define PLACES_TOP 3

/* An address, or an address and port, and how many connections have it. */
struct place {
    const struct tsm_tuple *tuple; /* of one of these; the story's */
    guint n;
};

/* How many different ones there are, and those that most have: the highest count first, equal ones
 * in the order of address (IPv4 before IPv6) and port. All zero: none. */
struct places {
    unsigned scope; /* TUPLE_LISTENER, TUPLE_CLIENT_HOST or TUPLE_SERVER_HOST */
    guint n;
    guint n_top;
    struct place top[PLACES_TOP];
};

/* Finds them in a scope. counts: by the numbers that tuple_numbers_take() gives in it. */
struct places places_find(const struct story *story, TupleNumbers *numbers, unsigned scope,
                          const guint *counts);

/* Appends number i < n_top of them: "10.9.0.2:80", "10.9.0.2". */
void places_text(const struct places *places, guint i, GString *text);

#endif
