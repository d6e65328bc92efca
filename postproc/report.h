/* report.h - the report on one capture, in sentences for an operator.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REPORT_H
#define REPORT_H

#include "out.h"
#include "story.h"
#include "text.h"

/* How many connections' lives are told: of a capture that has no more than these. */
#define REPORT_LIVES 5

/* Prints the report. The story has kept the steps of REPORT_LIVES connections. */
void report_print(const struct story *story, enum text_clock clock, struct out *out);

#endif
