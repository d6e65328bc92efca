/* population.h - how many endpoints are in each state after any frame.
 *
 * For moments that are equally far apart, samples.h is quicker; this answers for each frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef POPULATION_H
#define POPULATION_H

#include "story.h"

/* The changes of all endpoints of a story, in order. */
typedef struct population Population;

/* Of a complete story, in its view. Time n log n of its intervals, memory linear in them. Free with
 * population_free(). */
Population *population_new(const struct story *story);
void population_free(Population *population);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Population, population_free)

/* Endpoints in each state at that time, after what happened then up to that frame. An endpoint
 * counts from its connection's first segment on; CLOSED counts those whose connection is over. */
void population_at(const Population *population, int64_t ns, uint32_t frame,
                   uint32_t n[TSM_N_STATES]);

#endif
