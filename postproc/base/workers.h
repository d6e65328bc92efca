/* workers.h - pieces of work that do not depend on each other, done on all processors.
 *
 * Whatever order they are done in, the result must be the same: who hands out work puts the pieces
 * together in their order. Nothing is shared between pieces but what none of them changes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <glib.h>

/* More threads than this are not started: pieces are few, and what cannot be divided is left. */
#define WORKERS_MOST 8

/* From now on at most `most` pieces (1 to WORKERS_MOST, what is beyond is that) are done at once.
 * At first it is one: a program that has not asked for threads gets none. */
void workers_use(guint most);

/* How many that is. */
guint workers_count(void);

/* Calls work(context, i) for each 0 <= i < n, and returns when all are done. Pieces are begun in
 * their order; this thread does some of them, alone where there is one processor, or where no
 * thread can be started. */
void workers_run(guint n, void (*work)(void *context, guint i), void *context);

/* How many pieces to make of `things` that are all alike, at least `least` to each: some more than
 * there are workers, as no two take the same time. 1 where there is one worker; never 0. */
guint workers_pieces(guint things, guint least);

/* Where piece number i of n begins, of so many things; piece n begins behind the last. */
static inline guint workers_begin(guint things, guint i, guint n)
{
    return (guint)((guint64)things * i / n);
}

#endif
