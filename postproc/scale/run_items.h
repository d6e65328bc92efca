/* run_items.h - the TCP headers of a RUN, of all its captures, one after the other.
 *
 * Where the captures follow each other, headers come in their order, as if all were one file. Those
 * of several taps, or of interfaces whose clocks differ, come by their times. Frames are numbered
 * through all captures, and clocks are set right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_ITEMS_H
#define RUN_ITEMS_H

#include "least.h"
#include "totals.h"

struct run_tap;

struct run_items {
    const struct plan *plan;
    const struct totals *totals;
    guint32 section; /* the first one that is read, of: */
    guint32 n;
    bool corrects;           /* times, and with them the order */
    struct run_tap *taps;    /* totals->taps of them */
    struct least next;       /* of the taps */
    struct run_tap *current; /* whose header was told last; NULL = none was */
    guint32 interface;       /* of the header that was told last, where none is held back */
    bool plain;              /* it was read without dissection */
    GError *trouble;         /* what ended it too early; owned */
};

/* Begins with `n` sections from `section` on. What it is given must outlive it. Call
 * run_items_end() in any case. */
void run_items_begin(struct run_items *items, const struct plan *plan, const struct totals *totals,
                     guint32 section, guint32 n);
void run_items_end(struct run_items *items);

/* The next header, until the next call; NULL at the end, or when items->trouble is set. */
struct tsm_header *run_items_next(struct run_items *items);

/* Which clock has told its time, while none is corrected. */
guint run_items_clock(const struct run_items *items);

#endif
