/* tsr_change.c - packs and unpacks changes of state; see tsr_change.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr_change.h"

#include "leb128.h"

enum {
    BIT_STREAM = 0x01,
    BIT_TIME = 0x02,
    BIT_FRAME = 0x04,
    BIT_FROM = 0x08,
    BIT_PROJECTED = 0x10,
    BITS = 0x1f,
};

_Static_assert(TSM_N_STATES <= 16, "a set of states fits");

/* ---- shapes ---- */

static struct tsr_shape shape_of(const struct tsm_change *change)
{
    return (struct tsr_shape){(guint16)change->possible, change->side, change->state, change->basis,
                              change->cause};
}

static bool is_same(const struct tsr_shape *a, const struct tsr_shape *b)
{
    return a->possible == b->possible && a->side == b->side && a->state == b->state &&
           a->basis == b->basis && a->cause == b->cause;
}

static guint hash_of(const struct tsr_shape *shape)
{
    const guint32 all = shape->possible ^ (guint32)shape->state << 12 ^
                        (guint32)shape->cause << 17 ^ (guint32)shape->basis << 24 ^
                        (guint32)shape->side << 30;

    return all * 0x9e3779b1u >> (32 - 9); /* multiplied by the golden ratio, as Knuth does (6.4) */
}

static void learn(struct tsr_shapes *shapes, const struct tsr_shape *shape)
{
    if (shapes->n < TSR_SHAPES) {
        shapes->at[shapes->n++] = *shape;
    }
}

static guint8 *put_shape(struct tsr_shapes *shapes, const struct tsr_shape *shape, guint8 *to)
{
    guint8 *found = &shapes->found[hash_of(shape)];

    if (*found < shapes->n && is_same(&shapes->at[*found], shape)) {
        return leb128_put(to, *found + 1u);
    }
    *found = (guint8)MIN(shapes->n, TSR_SHAPES - 1);
    learn(shapes, shape);
    to = leb128_put(to, 0);
    *to++ = shape->side;
    *to++ = shape->state;
    *to++ = shape->basis;
    *to++ = shape->cause;
    return leb128_put(to, shape->possible);
}

static void get_shape(struct leb128_reader *reader, struct tsr_shapes *shapes,
                      struct tsr_shape *shape)
{
    const guint64 number = leb128_get(reader);

    if (number > 0) {
        reader->ok &= number <= shapes->n;
        *shape = reader->ok ? shapes->at[number - 1] : (struct tsr_shape){0};
        return;
    }
    if (reader->end - reader->at < 4) {
        reader->ok = false;
        return;
    }
    shape->side = *reader->at++;
    shape->state = *reader->at++;
    shape->basis = *reader->at++;
    shape->cause = *reader->at++;
    const guint64 possible = leb128_get(reader);
    reader->ok &= shape->side < 2 && shape->state < TSM_N_STATES && shape->basis < TSM_N_BASES &&
                  shape->cause < TSM_N_CAUSES && possible < 1u << TSM_N_STATES;
    shape->possible = (guint16)possible;
    learn(shapes, shape);
}

/* ---- frames ---- */

static guint64 frame_code(guint32 frame, guint32 last)
{
    return frame == 0 ? 0 : tsm_zigzag((gint64)frame - last) + 1;
}

static guint32 get_frame(struct leb128_reader *reader, guint32 last)
{
    const guint64 code = leb128_get(reader);
    const gint64 frame = code == 0 ? 0 : last + tsm_unzigzag(code - 1);

    reader->ok &= frame >= 0 && frame <= UINT32_MAX;
    return (guint32)frame;
}

/* ---- changes ---- */

static guint64 difference(gint64 ns, gint64 from_ns)
{
    return tsm_zigzag((gint64)((guint64)ns - (guint64)from_ns));
}

static gint64 get_time(struct leb128_reader *reader, gint64 from_ns)
{
    return (gint64)((guint64)from_ns + (guint64)tsm_unzigzag(leb128_get(reader)));
}

static guint8 bits_of(const struct tsm_record *record, const struct tsm_record_base *base)
{
    const struct tsm_change *change = &record->u.change.change;
    const bool has_from =
        change->from_ns != change->at_ns || change->from_frame != change->at_frame;

    return (guint8)(TSR_CHANGE_BIT | (record->u.change.stream != base->stream ? BIT_STREAM : 0) |
                    (change->at_ns != base->ns ? BIT_TIME : 0) |
                    (change->at_frame != base->frame ? BIT_FRAME : 0) | (has_from ? BIT_FROM : 0) |
                    (record->type == TSM_RECORD_PROJECTED ? BIT_PROJECTED : 0));
}

static void remember(const struct tsm_record *record, struct tsm_record_base *base)
{
    const struct tsm_change *change = &record->u.change.change;

    base->stream = record->u.change.stream;
    base->ns = change->at_ns;
    base->frame = change->at_frame != 0 ? change->at_frame : base->frame;
}

gsize tsr_change_pack(const struct tsm_record *record, struct tsr_shapes *shapes,
                      struct tsm_record_base *base, guint8 *bytes)
{
    const struct tsm_change *change = &record->u.change.change;
    const struct tsr_shape shape = shape_of(change);
    const guint8 bits = bits_of(record, base);
    guint8 *to = bytes;

    *to++ = bits;
    to = put_shape(shapes, &shape, to);
    if ((bits & BIT_STREAM) != 0) {
        to = leb128_put(to, tsm_zigzag((gint64)record->u.change.stream - base->stream));
    }
    if ((bits & BIT_TIME) != 0) {
        to = leb128_put(to, difference(change->at_ns, base->ns));
    }
    if ((bits & BIT_FRAME) != 0) {
        to = leb128_put(to, frame_code(change->at_frame, base->frame));
    }
    remember(record, base);
    if ((bits & BIT_FROM) != 0) {
        to = leb128_put(to, difference(change->from_ns, change->at_ns));
        to = leb128_put(to, frame_code(change->from_frame, base->frame));
    }
    return (gsize)(to - bytes);
}

gsize tsr_change_unpack(struct tsm_record *record, struct tsr_shapes *shapes,
                        struct tsm_record_base *base, const guint8 *bytes, gsize size)
{
    struct leb128_reader reader = {bytes + 1, bytes + size, size > 0};
    struct tsm_change *change = &record->u.change.change;
    const guint8 bits = size > 0 ? bytes[0] : 0;
    struct tsr_shape shape = {0};
    gint64 stream = base->stream;

    get_shape(&reader, shapes, &shape);
    stream += (bits & BIT_STREAM) != 0 ? tsm_unzigzag(leb128_get(&reader)) : 0;
    reader.ok &= (bits & ~BITS) == TSR_CHANGE_BIT && stream >= 0 && stream <= UINT32_MAX;
    *change = (struct tsm_change){.side = shape.side,
                                  .state = shape.state,
                                  .basis = shape.basis,
                                  .cause = shape.cause,
                                  .possible = shape.possible};
    record->type = (bits & BIT_PROJECTED) != 0 ? TSM_RECORD_PROJECTED : TSM_RECORD_CHANGE;
    record->u.change.stream = (guint32)stream;
    change->at_ns = (bits & BIT_TIME) != 0 ? get_time(&reader, base->ns) : base->ns;
    change->at_frame = (bits & BIT_FRAME) != 0 ? get_frame(&reader, base->frame) : base->frame;
    remember(record, base);
    const bool has_from = (bits & BIT_FROM) != 0;
    change->from_ns = has_from ? get_time(&reader, change->at_ns) : change->at_ns;
    change->from_frame = has_from ? get_frame(&reader, base->frame) : change->at_frame;
    return reader.ok ? (gsize)(reader.at - bytes) : 0;
}
