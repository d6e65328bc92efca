/* turns.h - things that come from several threads, put back into their order.
 *
 * Pieces of work (workers.h) make things; those of a piece are taken as it makes them, and those of
 * the next one behind them, as if one thread had done all. Until it is a piece's turn, its things
 * wait; when too many do, so does the piece.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TURNS_H
#define TURNS_H

#include <glib.h>

struct turns;

/* For n pieces. `take` is called with each thing, by whichever thread, one at a time; at most
 * `waiting` things of each piece wait. Free with turns_free(), after the last piece has ended. */
struct turns *turns_new(guint n, guint waiting, void (*take)(void *context, gpointer thing),
                        void *context);
void turns_free(struct turns *turns);

/* Piece number i has made something. Pieces must have begun in their order. */
void turns_give(struct turns *turns, guint i, gpointer thing);

/* Piece number i has made all. */
void turns_end(struct turns *turns, guint i);

#endif
