/* samples.h - how many endpoints are in each state, at moments that are equally far apart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "selection.h"

#define SAMPLES_MAX 1000000

/* Endpoints in each state at a moment. LISTEN counts ports that are known to listen; CLOSED, of
 * which there is no socket, is 0. */
struct sample {
    int64_t n[TSM_N_STATES];
};

typedef struct samples {
    int64_t start_ns, interval_ns;
    guint n;           /* at least 1 */
    struct sample *of; /* n: number k is at start_ns + k * interval_ns */
} Samples;

/* Takes samples of the endpoints of a story whose host is wanted by the selection, while it says
 * that they are wanted. `interval_ns` is 0 for one of 1, 2 or 5 and zeros, so that there are at
 * most `usual` samples and one more; also where there would be more than SAMPLES_MAX. Free with
 * samples_free(). */
struct samples *samples_take(const struct story *story, const struct selection *selection,
                             int64_t interval_ns, guint usual);
void samples_free(struct samples *samples);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Samples, samples_free)

#endif
