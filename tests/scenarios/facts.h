/* facts.h - values that the engine gives as text and a scenario expects as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FACTS_H
#define FACTS_H

#include "expect.h"

struct fact {
    const char *name;
    char *(*text)(const struct answer *answer); /* what the engine says; free with g_free() */
};

/* All of them; the last has no name. */
extern const struct fact facts[];

/* NULL when there is none of that name. */
const struct fact *fact_named(const char *name);

#endif
