/* connection_brief.h - the short life of one connection, as the report tells it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONNECTION_BRIEF_H
#define CONNECTION_BRIEF_H

#include "out.h"
#include "outcome.h"
#include "story.h"

/* Prints how connection `number` began and ended and a row for each step, with both states after
 * it. The story has kept its steps. */
void brief_print(const struct story *story, guint number, enum outcome_opening opening,
                 enum outcome_ending ending, struct out *out);

/* Appends "Stream 0: 10.9.0.1:57694 -> 10.9.0.2:9502" and below it how the connection began and
 * ended and what was sent; each line ends with a newline. */
void brief_title(const struct story_connection *connection, enum outcome_opening opening,
                 enum outcome_ending ending, const struct out *out, GString *text);

/* Appends a line that says where its first frame is, when the capture is several files. */
void brief_file(const struct story *story, const struct story_connection *connection,
                GString *text);

/* Appends what a step sent, "SYN again". */
void brief_step(const struct story_step *step, GString *text);

/* Why an endpoint's state changed from one interval to the next although no segment shows a step;
 * `before` is NULL for the first. Static storage. */
const char *brief_reason(const struct story_interval *before, const struct story_interval *after);

#endif
