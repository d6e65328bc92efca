/* judged_summary.h - the sums of a story that was judged, of which the rules knew most.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JUDGED_SUMMARY_H
#define JUDGED_SUMMARY_H

#include "hits.h"
#include "summary.h"

/* The sums of the anomalies' story. Free with summary_free(). */
Summary *judged_summary(const Anomalies *anomalies);

#endif
