/* incidents_internal.h - what makes one incident of several alike.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef INCIDENTS_INTERNAL_H
#define INCIDENTS_INTERNAL_H

#include "incidents.h"

/* The hosts (enum tuple_scope) that n > 0 connections have in common. */
uint8_t incidents_alike(const struct story *story, const guint *numbers, guint n);

/* From so many places on what is alike at each of them is told as one incident, if the cause has a
 * sentence for that. */
#define INCIDENTS_MANY_PLACES 3

void incidents_join_places(Incidents *incidents);

/* What more speaks against than for is only worth knowing beside a trouble of the same server that
 * is likely and hurts more connections. */
void incidents_lower_doubtful(Incidents *incidents);

#endif
