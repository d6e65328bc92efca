/* judged_captures.h - captures, and what the rules found in each, and what explains it: all that
 * there is to write.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JUDGED_CAPTURES_H
#define JUDGED_CAPTURES_H

#include "incidents.h"

struct judged_captures {
    GPtrArray *stories;   /* of struct story * */
    GPtrArray *anomalies; /* of Anomalies *, of each story; NULL = not looked for */
    GPtrArray *incidents; /* of Incidents *, likewise */
    guint named;          /* how many captures the user has named: some may not be readable */
    bool local;           /* for people, points in time are dates in the time zone of TZ */
    bool utc;             /* for people, points in time are in UTC */
};

#endif
