/* explain.h - what a state, a step, an outcome, an anomaly or a cause is, from their tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "out.h"

/* Prints what `name` means: a state (any common spelling), a step ("close 2/4"), a word for an
 * outcome, or an anomaly or the cause of an incident by id or name. Fails with EXIT_USAGE and names
 * the nearest. */
bool explain(const char *name, struct out *out, GError **error);

/* Prints the names of all that can be explained. */
void explain_list(struct out *out);

/* Prints docs/user/anomalies.md: all rules in Markdown. */
void explain_markdown(struct out *out);

/* Prints docs/user/diagnosis.md: all causes of incidents in Markdown. */
void explain_causes_markdown(struct out *out);

#endif
