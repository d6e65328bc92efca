/* totals.h - what all captures of a RUN are together: RUN/totals.json, what `tcpstory merge`
 * writes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TOTALS_H
#define TOTALS_H

#include "clocks.h"
#include "plan.h"
#include "tsi.h"

/* A capture among all. */
struct totals_file {
    guint32 base;            /* how many frames the captures before it have */
    guint32 frames;          /* 0 = it has none, or nothing can be read of it */
    guint32 tap;             /* where it was captured: those of one tap follow each other */
    guint32 crc;             /* of its .tsi */
    gint64 start_ns, end_ns; /* of its first and last frame in time; 0 = none has one */
    gint64 latest_ns;        /* the end_ns of all captures before it; 0 = none */
};

/* What a clock is of. */
struct totals_clock {
    guint32 tap, interface;
};

struct totals {
    GArray *files;      /* of struct totals_file, by number */
    GPtrArray *trouble; /* of char *: sentences, what is missing, and why; empty = all is there */
    GPtrArray *notes;   /* of char *: what else is to be told */
    GArray *blanks;     /* of struct tsm_blank, by time: when nothing at all was captured */
    guint32 taps;       /* 1 = the captures follow each other */
    guint32 frames, unread;
    guint32 came, lost;      /* packets, as the interfaces counted them; 0 = unknown */
    gint64 start_ns, end_ns; /* by clocks that are right */
    struct clocks clocks;    /* of interfaces (or roles) of the taps, those of a tap together */
    struct totals_clock clock_of[TSM_SKEW_TAPS];
    gint64 *shifts; /* of each tap: by which times are compared while clocks are not known; or NULL,
                       and not in the file */
    guint8 identity[RUN_IDENTITY_BYTES];
};

/* Without files. Free it with totals_free(). */
struct totals *totals_new(void);
void totals_free(struct totals *totals);
typedef struct totals Totals;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Totals, totals_free)

/* Writes and reads RUN/totals.json. Fail with EXIT_OUTPUT and EXIT_INPUT. */
bool totals_write(struct totals *totals, const struct plan *plan, GError **error);
struct totals *totals_read(const struct plan *plan, GError **error);

const struct totals_file *totals_file_at(const struct totals *totals, guint number);

/* Whether headers come by their times, and not as their captures have them. */
bool totals_by_time(const struct totals *totals);

/* How many clocks a tap has, from number *first on. */
guint totals_clocks_of(const struct totals *totals, guint32 tap, guint *first);

#endif
