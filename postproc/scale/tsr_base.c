/* tsr_base.c - see tsr_base.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr_base.h"

#include <stddef.h>
#include <string.h>

/* Symbols of a frame, a time or a length. Less: how long ago the slot was told of it. */
enum {
    CODE_ZERO = TSR_TOLD,
    CODE_HERE,  /* that of the position */
    CODE_TOLD,  /* a number: the difference to the last one */
    CODE_MICRO, /* the same, in microseconds */
    CODE_NONE,  /* a length of -1 */
};

/* tsr_base.fine: whether what happens to be whole microseconds is told in them. */
enum { FINE_IS = 8, FINE_STEP = 2, FINE_MOST = 16 };

#define NS_PER_US 1000

void tsr_base_clear(struct tsr_base *base)
{
    const guint32 block = base->block + 1;

    memset(base, 0, offsetof(struct tsr_base, slots));
    base->block = block;
}

struct tsr_slot *tsr_slot_of(struct tsr_base *base)
{
    struct tsr_slot *slot = &base->slots[base->stream % TSR_SLOTS];

    if (slot->block != base->block || slot->stream != base->stream) {
        *slot = (struct tsr_slot){.stream = base->stream, .block = base->block};
    }
    return slot;
}

/* ---- frames, times, lengths ---- */

static void keep_frame(struct tsr_slot *slot, guint32 frame)
{
    memmove(slot->frames + 1, slot->frames, sizeof slot->frames - sizeof slot->frames[0]);
    slot->frames[0] = frame;
}

static void keep_ns(gint64 *told, gint64 ns)
{
    memmove(told + 1, told, (TSR_TOLD - 1) * sizeof told[0]);
    told[0] = ns;
}

/* Which of the times or lengths it is; TSR_TOLD = none. */
static guint8 find_ns(const gint64 *told, gint64 ns)
{
    guint8 i = 0;

    while (i < TSR_TOLD && told[i] != ns) {
        i++;
    }
    return i;
}

/* Writes nanoseconds as they are shorter, if nearly all are; returns the symbol. */
static guint8 put_ns(struct tsr_pen *pen, struct tsr_base *base, gint64 ns)
{
    const bool whole = ns % NS_PER_US == 0;
    const bool micro = whole && base->fine < FINE_IS;

    base->fine = whole ? (guint16)(base->fine - (base->fine > 0))
                       : (guint16)MIN(base->fine + FINE_STEP, FINE_MOST);
    pen->numbers = leb128_put(pen->numbers, tsm_zigzag(micro ? ns / NS_PER_US : ns));
    return micro ? CODE_MICRO : CODE_TOLD;
}

static gint64 get_ns(struct tsr_text *text, guint8 code)
{
    const gint64 ns = tsm_unzigzag(leb128_get(&text->numbers));

    text->symbols.ok &= code == CODE_TOLD || code == CODE_MICRO;
    return code == CODE_MICRO ? (gint64)((guint64)ns * NS_PER_US) : ns;
}

guint8 tsr_put_frame(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot,
                     guint32 frame)
{
    guint8 code = 0;

    if (frame == 0) {
        return CODE_ZERO;
    }
    while (code < TSR_TOLD && slot->frames[code] != frame) {
        code++;
    }
    if (code < TSR_TOLD) {
        return code;
    }
    keep_frame(slot, frame);
    if (frame == base->position.frame) {
        return CODE_HERE;
    }
    pen->numbers = leb128_put(pen->numbers, tsm_zigzag((gint32)(frame - base->frame)));
    base->frame = frame;
    return CODE_TOLD;
}

guint32 tsr_get_frame(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                      guint8 code)
{
    guint32 frame = base->position.frame;

    if (code <= CODE_ZERO) {
        return code < CODE_ZERO ? slot->frames[code] : 0;
    }
    text->symbols.ok &= code == CODE_HERE || code == CODE_TOLD;
    if (code == CODE_TOLD) {
        frame = base->frame += (guint32)tsm_unzigzag(leb128_get(&text->numbers));
    }
    keep_frame(slot, frame);
    return frame;
}

/* What a time is told against. What timers do is told against the stream's last time. */
static gint64 *time_base(struct tsr_base *base, struct tsr_slot *slot, bool timer)
{
    return timer && slot->times[0] != 0 ? &slot->times[0] : &base->ns;
}

guint8 tsr_put_time(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot, gint64 ns,
                    bool timer)
{
    guint8 code = ns == 0 ? CODE_ZERO : find_ns(slot->times, ns);

    if (ns == 0 || code < TSR_TOLD) {
        return code;
    }
    const gint64 difference = tsr_minus(ns, *time_base(base, slot, timer));
    if (ns == base->position.time_ns) {
        code = CODE_HERE;
    } else {
        code = put_ns(pen, base, difference);
    }
    base->ns = timer && slot->times[0] != 0 ? base->ns : ns;
    keep_ns(slot->times, ns);
    return code;
}

gint64 tsr_get_time(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                    guint8 code, bool timer)
{
    if (code <= CODE_ZERO) {
        return code < CODE_ZERO ? slot->times[code] : 0;
    }
    const gint64 ns = code == CODE_HERE
                          ? base->position.time_ns
                          : tsr_plus(*time_base(base, slot, timer), get_ns(text, code));
    base->ns = timer && slot->times[0] != 0 ? base->ns : ns;
    keep_ns(slot->times, ns);
    return ns;
}

guint8 tsr_put_length(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot, gint64 ns)
{
    const guint8 code = ns == 0 ? CODE_ZERO : ns == -1 ? CODE_NONE : find_ns(slot->lengths, ns);

    if (code != TSR_TOLD || ns == 0) {
        return code;
    }
    keep_ns(slot->lengths, ns);
    return put_ns(pen, base, ns);
}

gint64 tsr_get_length(struct tsr_text *text, struct tsr_slot *slot, guint8 code)
{
    if (code <= CODE_ZERO || code == CODE_NONE) {
        return code == CODE_ZERO ? 0 : code == CODE_NONE ? -1 : slot->lengths[code];
    }
    const gint64 ns = get_ns(text, code);
    keep_ns(slot->lengths, ns);
    return ns;
}
