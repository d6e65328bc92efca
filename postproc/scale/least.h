/* least.h - which of several streams has what comes first: a heap of their keys.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LEAST_H
#define LEAST_H

#include <glib.h>
#include <stdbool.h>

/* The key of a stream's next thing; `first` counts before `second`, and that before `stream`. */
struct least_key {
    gint64 first;
    guint64 second;
    guint stream;
};

struct least {
    struct least_key *keys; /* a binary heap; owned */
    guint n, room;
};

void least_init(struct least *least);
void least_clear(struct least *least);

/* Puts a key in. */
void least_push(struct least *least, const struct least_key *key);

/* Takes the least key out; false when there is none. */
bool least_pop(struct least *least, struct least_key *key);

/* Puts *key in, and takes the least one out into it: the stream that had the least one often goes
 * on having it. */
void least_exchange(struct least *least, struct least_key *key);

#endif
