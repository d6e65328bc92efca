/* life.h - the short life of one connection, as the report tells it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LIFE_H
#define LIFE_H

#include "out.h"
#include "outcome.h"
#include "story.h"

/* Prints how connection `number` began and ended and a row for each step, with both states after
 * it. The story has kept its steps. */
void life_print(const struct story *story, guint number, enum outcome_opening opening,
                enum outcome_ending ending, struct out *out);

#endif
