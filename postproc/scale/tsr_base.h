/* tsr_base.h - what entries of a .tsr file are told against (tsr_code.h), and how frames, times and
 * lengths of time are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSR_BASE_H
#define TSR_BASE_H

#include <glib.h>

#include "leb128.h"
#include "tsm_record.h"

#define TSR_SLOTS 1024
#define TSR_TOLD 6 /* so many of each are kept in a slot */

/* Where in a RUN something was told. */
struct tsr_position {
    gint64 time_ns; /* 0 where captures follow each other */
    guint32 frame;
    guint16 ordinal;
};

/* What was told of a stream, the last one first; 0 = nothing. */
struct tsr_slot {
    guint32 stream, block;
    guint32 next_seq[2]; /* behind the last segment of each end */
    guint32 frames[TSR_TOLD];
    gint64 times[TSR_TOLD];
    gint64 lengths[TSR_TOLD];
};

/* What entries are told against. */
struct tsr_base {
    guint32 block;  /* counts blocks: slots of others hold nothing */
    guint32 stream; /* the last one */
    guint32 frame;  /* likewise */
    gint64 ns;      /* likewise, but for what timers did */
    struct tsr_position position;
    struct tsm_tuple tuple; /* of the last stream that began */
    guint16 window[2];      /* of the last segment of either end */
    guint16 fine;           /* for who writes: high where times are no whole microseconds */
    struct tsr_slot slots[TSR_SLOTS];
};

/* Forgets all: a block begins. */
void tsr_base_clear(struct tsr_base *base);

/* Where symbols and numbers of an event go. */
struct tsr_pen {
    guint8 *symbols, *numbers;
};

/* Where they come from. */
struct tsr_text {
    struct leb128_reader symbols, numbers;
};

/* Times of captures may be any: differences wrap. */
static inline gint64 tsr_minus(gint64 a, gint64 b)
{
    return (gint64)((guint64)a - (guint64)b);
}

static inline gint64 tsr_plus(gint64 a, gint64 b)
{
    return (gint64)((guint64)a + (guint64)b);
}

/* The slot of the stream. */
struct tsr_slot *tsr_slot_of(struct tsr_base *base);

/* Each writes a symbol, and numbers; returns the symbol. */
guint8 tsr_put_frame(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot,
                     guint32 frame);
guint8 tsr_put_time(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot, gint64 ns,
                    bool timer);
guint8 tsr_put_length(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot, gint64 ns);

/* The value of a symbol. */
guint32 tsr_get_frame(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                      guint8 code);
gint64 tsr_get_time(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                    guint8 code, bool timer);
gint64 tsr_get_length(struct tsr_text *text, struct tsr_slot *slot, guint8 code);

#endif
