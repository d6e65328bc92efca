/* both_ends.h - two captures, made at both ends of a way: which is which, their clocks aligned.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BOTH_ENDS_H
#define BOTH_ENDS_H

#include "input.h"
#include "options.h"

/* Whether the user, or the verb, wants captures taken as such. */
bool both_ends_are_wanted(const struct options *options);

/* Loads the two captures (of char **, as session_captures() returns) into `stories`: the client's
 * and the server's, or with --join=taps one that is both (taps.h). Which is which the packets tell,
 * or else the order. What goes wrong, and how clocks differed, is told on standard error; that
 * raises *status. */
void both_ends_load(const struct options *options, const struct input_wants *wants,
                    const GPtrArray *captures, GPtrArray *stories, int *status);

#endif
