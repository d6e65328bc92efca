/* judged_summary.c - see judged_summary.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "judged_summary.h"

Summary *judged_summary(const Anomalies *anomalies)
{
    const struct summary_known known = {anomalies->opening, anomalies->ending, anomalies->numbers};

    return summary_new(anomalies->story, &known);
}
