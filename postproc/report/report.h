/* report.h - the report on one capture, in sentences for an operator.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REPORT_H
#define REPORT_H

#include "judged_captures.h"
#include "out.h"

/* How many connections' lives are told: of a capture that has no more than these. */
#define REPORT_LIVES 5

/* Prints the report on each capture. The stories have kept the steps of REPORT_LIVES connections.
 * Never fails. */
bool report_write(const struct judged_captures *captures, struct out *out, GError **error);

/* Prints what several captures amount to, which ends their report. Never fails. */
bool report_write_sum(const struct judged_captures *captures, struct out *out, GError **error);

#endif
