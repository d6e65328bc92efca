/* incidents_alike.c - see incidents_internal.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "incidents_internal.h"

#include <string.h>

#include "cause.h"

uint8_t incidents_alike(const struct story *story, const guint *numbers, guint n)
{
    const struct tsm_tuple *first = &story_connection(story, numbers[0])->tuple;
    uint8_t alike = TUPLE_HOSTS;

    for (guint i = 1; i < n && alike != 0; i++) {
        const struct tsm_tuple *other = &story_connection(story, numbers[i])->tuple;
        const bool is_family = first->addr_len == other->addr_len;
        if (!is_family || memcmp(first->src, other->src, first->addr_len) != 0) {
            alike &= (uint8_t)~TUPLE_CLIENT_HOST;
        }
        if (!is_family || memcmp(first->dst, other->dst, first->addr_len) != 0) {
            alike &= (uint8_t)~TUPLE_SERVER_HOST;
        }
    }
    return alike;
}

/* ---- one of many ---- */

static bool is_of(const struct incident *incident, const struct cause *cause)
{
    return incident->cause == cause && cause->many != NULL &&
           incident->about.scope == cause->scopes[0];
}

static void append_members(Incidents *incidents, guint first, guint n)
{
    g_array_set_size(incidents->members, incidents->members->len + n);
    for (guint i = 0; i < n; i++) {
        g_array_index(incidents->members, guint, incidents->members->len - n + i) =
            g_array_index(incidents->members, guint, first + i);
    }
}

/* The evidence and the times of both. */
static void widen(struct incident *one, const struct incident *other)
{
    struct anomaly *about = &one->about;

    if (other->about.first_ns < about->first_ns) {
        about->first_ns = other->about.first_ns;
        about->first_frame = other->about.first_frame;
    }
    about->last_ns = MAX(about->last_ns, other->about.last_ns);
    about->confidence = MIN(about->confidence, other->about.confidence);
    about->severity = MAX(about->severity, other->about.severity);
    about->figure[0] += other->about.figure[0];
    for (unsigned i = 0; i < other->about.n_frames; i++) {
        anomaly_evidence(about, other->about.frames[i]);
    }
    one->points = MAX(one->points, other->points);
    one->counting |= other->counting;
}

/* All incidents of the cause become the first of them. */
static void join(Incidents *incidents, const struct cause *cause, guint places)
{
    const guint first_member = incidents->members->len;
    struct incident joined = {.cause = NULL};

    for (guint i = 0; i < incidents->found->len; i++) {
        const struct incident *one = incidents_at(incidents, i);
        if (is_of(one, cause)) {
            append_members(incidents, one->about.first_member, one->about.members);
            joined.cause != NULL ? widen(&joined, one) : (void)(joined = *one);
        }
    }
    joined.about.first_member = first_member;
    joined.about.members = incidents->members->len - first_member;
    joined.first_explained = incidents->members->len;
    for (guint i = incidents->found->len; i-- > 0;) {
        const struct incident *one = incidents_at(incidents, i);
        if (is_of(one, cause)) {
            append_members(incidents, one->first_explained, one->explained);
            g_array_remove_index(incidents->found, i);
        }
    }
    joined.explained = incidents->members->len - joined.first_explained;
    joined.about.alike = incidents_alike(incidents->anomalies->story,
                                         &g_array_index(incidents->members, guint, first_member),
                                         joined.about.members);
    joined.about.scope = joined.about.alike & (uint8_t)~cause->scopes[0];
    joined.about.text = cause->many;
    joined.about.figure[1] = places;
    g_array_append_val(incidents->found, joined);
}

void incidents_join_places(Incidents *incidents)
{
    const struct cause *cause;

    for (guint number = 0; (cause = causes_at(number)) != NULL; number++) {
        guint places = 0;
        for (guint i = 0; i < incidents->found->len; i++) {
            places += is_of(incidents_at(incidents, i), cause);
        }
        if (places >= INCIDENTS_MANY_PLACES) {
            join(incidents, cause, places);
        }
    }
}

/* ---- the doubtful beside the likely ---- */

/* Source of the figure: the scale of decibans, 4 to 1. */
#define LIKELY 6

static bool is_same_server(const struct anomaly *a, const struct anomaly *b)
{
    return ((a->scope | a->alike) & (b->scope | b->alike) & TUPLE_SERVER_HOST) != 0 &&
           a->tuple.addr_len == b->tuple.addr_len &&
           memcmp(a->tuple.dst, b->tuple.dst, a->tuple.addr_len) == 0;
}

static bool is_outdone(const struct incident *one, const struct incident *other)
{
    return other->points >= LIKELY && !other->cause->quality &&
           other->about.severity >= ANOMALY_WARNING && other->about.members > one->about.members &&
           is_same_server(&one->about, &other->about);
}

void incidents_lower_doubtful(Incidents *incidents)
{
    for (guint i = 0; i < incidents->found->len; i++) {
        struct incident *one = &g_array_index(incidents->found, struct incident, i);
        for (guint k = 0; k < incidents->found->len && one->points < 0; k++) {
            if (is_outdone(one, incidents_at(incidents, k))) {
                one->about.severity = ANOMALY_INFO;
            }
        }
    }
}
