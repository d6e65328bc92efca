/* clues_internal.h - the tests behind the clues, by enum clue.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CLUES_INTERNAL_H
#define CLUES_INTERNAL_H

#include "clues.h"

/* Whether a connection has the clue. */
typedef bool (*clue_test)(const struct anomaly_case *c);
extern const clue_test clue_tests[N_CONNECTION_CLUES];

/* Whether a scope has it; the clues of its connections are counted. NULL below
 * N_CONNECTION_CLUES. */
typedef bool (*clue_scope_test)(const struct clue_group *group);
extern const clue_scope_test clue_scope_tests[N_CLUES];

/* The case of a connection, without hosts and limits. */
struct anomaly_case clues_case(const Clues *clues, guint number);

#endif
