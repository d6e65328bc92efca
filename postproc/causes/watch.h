/* watch.h - judges a story again and again while it grows, and tells what is new.
 *
 * A hit is told when it is known: as soon as the capture up to then is enough to be sure (it is not
 * censored). One that is told stays told. Memory is bounded: what has ended is judged for some time
 * and then forgotten.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WATCH_H
#define WATCH_H

#include "incidents.h"
#include "thresholds.h"

/* How long what has ended is judged, and how many connections of that at most. */
#define WATCH_KEPT_NS 600000000000LL
#define WATCH_KEPT 20000

/* Who is told. Members may be NULL. */
struct watch_told {
    void (*choose)(void *context, struct story *story); /* leaves what is to be judged */
    void (*anomaly)(void *context, const Anomalies *found, guint place);
    void (*incident)(void *context, const Incidents *found, guint place);
    void *context;
};

typedef struct watch Watch;

/* `settings` and `suppressions` (of struct suppression *; NULL = none) must outlive it. Free with
 * watch_free(). */
Watch *watch_new(const Thresholds *settings, const GPtrArray *suppressions,
                 const struct watch_told *told);
void watch_free(Watch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watch, watch_free)

/* Looks at a lasting story, if it is time: once a second of the capture, less often when there are
 * many connections. Forgets what has ended long ago. See struct story_follower. */
void watch_look(Watch *watch, struct story *story, const struct story_source *source,
                int64_t now_ns);

/* The input is at its end: tells what was not told, sure or not. */
void watch_end(Watch *watch, const struct story *story);

/* What the last look has found; NULL before the first. Valid until the next. */
const Incidents *watch_newest(const Watch *watch);

/* How many of either were told. */
guint64 watch_anomalies_told(const Watch *watch);
guint64 watch_incidents_told(const Watch *watch);

#endif
