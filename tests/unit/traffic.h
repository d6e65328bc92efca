/* traffic.h - sequences of segments from a generator with a fixed seed.
 *
 * Mostly such as two hosts with losses would send, and partly nonsense. A helper of the unit tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <glib.h>

#include "tsm_conn.h"

#define NS_PER_MS G_GINT64_CONSTANT(1000000)

#define TRAFFIC_MAX_LENGTH 40

struct sent {
    struct tsm_segment seg;
    unsigned end; /* 0 or 1: the address end that sent it */
};

/* The segments of one connection, in the order of their times. */
struct sequence {
    unsigned length;
    struct sent sent[TRAFFIC_MAX_LENGTH];
};

/* A sequence; gaps are a millisecond at least, so that duplicates find room. */
struct sequence traffic_sequence(GRand *rand);

/* A segment of random bits, captured at any time, even before the one before it. */
struct tsm_segment traffic_garbage(GRand *rand);

/* Calls the test with thousands of sequences, the same ones each time, until it fails; then shows
 * the sequence. `rand` is the test's own source of chance. */
void traffic_for_all(void (*test)(const struct sequence *s, GRand *rand));

/* Whether two connections gave the same verdict. */
bool traffic_same_verdict(const struct tsm_verdict *a, const struct tsm_verdict *b);

#endif
