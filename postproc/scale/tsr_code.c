/* tsr_code.c - see tsr_code.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr_code.h"

#include <string.h>

#include "tsr_columns.h"
#include "tsr_layout.h"

/* Symbols of numbers in a segment. */
enum {
    VALUE_ZERO,
    VALUE_SAME, /* as expected */
    VALUE_NEAR, /* the difference to that */
    VALUE_WHOLE,
};

#define NEAR_MOST (1 << 27) /* a difference takes 4 bytes at most */
#define FIN_OR_SYN 0x03

bool tsr_has(enum tsm_record_type type)
{
    return type == TSM_RECORD_START || type == TSM_RECORD_CHANGE || type == TSM_RECORD_PROJECTED ||
           type == TSM_RECORD_SEGMENT || type == TSM_RECORD_FACTS || type == TSM_RECORD_SPENT ||
           type == TSM_RECORD_TOTALS;
}

/* ---- moments ---- */

/* A frame and its time, in one symbol; without a frame a timer did it. */
static void put_moment(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot,
                       guint32 frame, gint64 ns)
{
    guint8 *symbol = pen->symbols++;

    *symbol = (guint8)(tsr_put_frame(pen, base, slot, frame) << 4);
    *symbol |= tsr_put_time(pen, base, slot, ns, frame == 0);
}

/* Most were told of the stream before. */
static inline void get_moment(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                              guint32 *frame, gint64 *ns)
{
    const guint8 symbol = leb128_byte(&text->symbols);
    const guint8 upper = symbol >> 4, lower = symbol & 0xf;

    *frame = upper < TSR_TOLD ? slot->frames[upper] : tsr_get_frame(text, base, slot, upper);
    *ns =
        lower < TSR_TOLD ? slot->times[lower] : tsr_get_time(text, base, slot, lower, *frame == 0);
}

/* ---- positions ---- */

void tsr_put_position(struct tsr_pen *pen, struct tsr_base *base,
                      const struct tsr_position *position)
{
    const struct tsr_position *last = &base->position;
    const bool all = position->ordinal != 0 || position->time_ns != 0;

    *pen->symbols++ = all ? TSR_AT_ALL : TSR_AT;
    pen->numbers = leb128_put(pen->numbers, tsm_zigzag((gint64)position->frame - last->frame));
    if (all) {
        pen->numbers = leb128_put(pen->numbers, position->ordinal);
        pen->numbers =
            leb128_put(pen->numbers, tsm_zigzag(tsr_minus(position->time_ns, last->time_ns)));
    }
    base->position = *position;
    base->frame = position->frame;
}

bool tsr_get_position(struct tsr_text *text, struct tsr_base *base, guint8 letter)
{
    struct leb128_reader *numbers = &text->numbers;
    const gint64 frame = base->position.frame + tsm_unzigzag(leb128_get(numbers));
    const guint64 ordinal = letter == TSR_AT_ALL ? leb128_get(numbers) : 0;
    const gint64 more_ns = letter == TSR_AT_ALL ? tsm_unzigzag(leb128_get(numbers)) : 0;
    const gint64 time_ns = letter == TSR_AT_ALL ? tsr_plus(base->position.time_ns, more_ns) : 0;

    base->position = (struct tsr_position){time_ns, (guint32)frame, (guint16)ordinal};
    base->frame = base->position.frame;
    return numbers->ok && frame >= 0 && frame <= UINT32_MAX && ordinal <= UINT16_MAX;
}

/* ---- streams that begin ---- */

/* Symbols of a start: what is as of the last one. */
enum { SAME_SRC = 0x01, SAME_DST = 0x02, SAME_SPORT = 0x04, SAME_DPORT = 0x08, IS_IPV6 = 0x10 };

static guint8 same_as(const struct tsm_tuple *tuple, const struct tsm_tuple *last)
{
    const bool alike = tuple->addr_len == last->addr_len;
    const guint8 n = tuple->addr_len;

    return (guint8)((alike && memcmp(tuple->src, last->src, n) == 0 ? SAME_SRC : 0) |
                    (alike && memcmp(tuple->dst, last->dst, n) == 0 ? SAME_DST : 0) |
                    (tuple->sport == last->sport ? SAME_SPORT : 0) |
                    (tuple->dport == last->dport ? SAME_DPORT : 0) | (n == 16 ? IS_IPV6 : 0));
}

static void put_address(struct tsr_pen *pen, const guint8 *address, guint8 n)
{
    memcpy(pen->numbers, address, n);
    pen->numbers += n;
}

static void put_start(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot,
                      const struct tsm_record_start *start)
{
    const struct tsm_tuple *tuple = &start->tuple;
    const guint8 same = same_as(tuple, &base->tuple);
    const bool has_previous = start->previous_stream != TSM_NO_STREAM;

    *pen->symbols++ = same;
    *pen->symbols++ = (guint8)(start->role_basis << 1 | has_previous);
    put_moment(pen, base, slot, start->frame, start->time_ns);
    put_address(pen, tuple->src, (same & SAME_SRC) != 0 ? 0 : tuple->addr_len);
    put_address(pen, tuple->dst, (same & SAME_DST) != 0 ? 0 : tuple->addr_len);
    if ((same & SAME_SPORT) == 0) {
        pen->numbers = leb128_put(pen->numbers, tuple->sport);
    }
    if ((same & SAME_DPORT) == 0) {
        pen->numbers = leb128_put(pen->numbers, tuple->dport);
    }
    if (has_previous) {
        pen->numbers = leb128_put(pen->numbers, start->previous_stream);
    }
    base->tuple = *tuple;
}

static void get_address(struct leb128_reader *numbers, guint8 *address, guint8 n)
{
    memset(address, 0, 16);
    numbers->ok = numbers->ok && numbers->end - numbers->at >= n;
    if (numbers->ok) {
        memcpy(address, numbers->at, n);
        numbers->at += n;
    }
}

static guint32 get_up_to(struct leb128_reader *reader, guint32 most)
{
    const guint64 value = leb128_get(reader);

    reader->ok &= value <= most;
    return (guint32)value;
}

static bool get_start(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                      struct tsm_record_start *start)
{
    struct leb128_reader *numbers = &text->numbers;
    struct tsm_tuple *tuple = &base->tuple;
    const guint8 same = leb128_byte(&text->symbols);
    const guint8 role = leb128_byte(&text->symbols);
    const guint8 n = (same & IS_IPV6) != 0 ? 16 : 4;

    text->symbols.ok &= role >> 1 <= TSM_ROLE_HANDSHAKE &&
                        (n == tuple->addr_len || (same & (SAME_SRC | SAME_DST)) == 0);
    get_moment(text, base, slot, &start->frame, &start->time_ns);
    tuple->addr_len = n;
    if ((same & SAME_SRC) == 0) {
        get_address(numbers, tuple->src, n);
    }
    if ((same & SAME_DST) == 0) {
        get_address(numbers, tuple->dst, n);
    }
    if ((same & SAME_SPORT) == 0) {
        tuple->sport = (guint16)get_up_to(numbers, UINT16_MAX);
    }
    if ((same & SAME_DPORT) == 0) {
        tuple->dport = (guint16)get_up_to(numbers, UINT16_MAX);
    }
    start->tuple = *tuple;
    start->role_basis = role >> 1;
    start->previous_stream = (role & 1) != 0 ? get_up_to(numbers, UINT32_MAX) : TSM_NO_STREAM;
    return text->symbols.ok && numbers->ok;
}

/* ---- changes ---- */

static void put_change(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot,
                       const struct tsm_change *change)
{
    *pen->symbols++ = change->side;
    *pen->symbols++ = change->state;
    *pen->symbols++ = change->basis;
    *pen->symbols++ = change->cause;
    pen->symbols = leb128_put(pen->symbols, change->possible);
    put_moment(pen, base, slot, change->at_frame, change->at_ns);
    put_moment(pen, base, slot, change->from_frame, change->from_ns);
}

static bool get_change(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                       struct tsm_change *change)
{
    struct leb128_reader *symbols = &text->symbols;

    change->side = leb128_byte(symbols);
    change->state = leb128_byte(symbols);
    change->basis = leb128_byte(symbols);
    change->cause = leb128_byte(symbols);
    change->possible = (tsm_state_set)get_up_to(symbols, (1u << TSM_N_STATES) - 1);
    get_moment(text, base, slot, &change->at_frame, &change->at_ns);
    get_moment(text, base, slot, &change->from_frame, &change->from_ns);
    return symbols->ok && text->numbers.ok && change->side < 2 && change->state < TSM_N_STATES &&
           change->basis < TSM_N_BASES && change->cause < TSM_N_CAUSES;
}

/* ---- segments ---- */

/* A number that is about as great as expected; returns its symbol. */
static guint8 put_near(struct tsr_pen *pen, guint32 value, guint32 expected)
{
    const gint32 difference = (gint32)(value - expected);

    if (value == 0 || difference == 0) {
        return value == 0 ? VALUE_ZERO : VALUE_SAME;
    }
    if (difference > -NEAR_MOST && difference < NEAR_MOST) {
        pen->numbers = leb128_put(pen->numbers, tsm_zigzag(difference));
        return VALUE_NEAR;
    }
    tsm_put32(pen->numbers, value);
    pen->numbers += 4;
    return VALUE_WHOLE;
}

static guint32 get_near(struct tsr_text *text, guint8 code, guint32 expected)
{
    switch (code & 3) {
    case VALUE_ZERO:
        return 0;
    case VALUE_SAME:
        return expected;
    case VALUE_NEAR:
        return expected + (guint32)tsm_unzigzag(leb128_get(&text->numbers));
    default:
        return leb128_word(&text->numbers);
    }
}

/* What the next segments of the stream are told against. */
static void remember(struct tsr_base *base, struct tsr_slot *slot,
                     const struct tsm_record_segment *segment)
{
    slot->next_seq[segment->sender] =
        segment->seq + segment->payload + ((segment->flags & FIN_OR_SYN) != 0);
    base->window[segment->sender] = segment->window;
}

static void put_segment(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot,
                        const struct tsm_record_segment *segment)
{
    const guint8 sender = segment->sender;
    const bool has_block = segment->sack_left != segment->sack_right;
    const guint8 bytes[] = {(guint8)(sender | has_block << 1), segment->action, segment->call,
                            (guint8)(segment->open_step << 4 | segment->close_steps),
                            (guint8)(segment->state[0] << 4 | segment->state[1])};

    _Static_assert(TSM_N_STATES <= 16, "two states fit into a byte");
    memcpy(pen->symbols, bytes, sizeof bytes);
    pen->symbols = leb128_put(pen->symbols + sizeof bytes, segment->flags);
    pen->symbols = leb128_put(pen->symbols, segment->notes);
    put_moment(pen, base, slot, segment->frame, segment->time_ns);
    const guint8 seq = put_near(pen, segment->seq, slot->next_seq[sender]);
    const guint8 ack = put_near(pen, segment->ack, slot->next_seq[!sender]);
    const guint8 payload = put_near(pen, segment->payload, 0);
    const guint8 window = put_near(pen, segment->window, base->window[sender]);
    *pen->symbols++ = (guint8)(seq | ack << 2 | payload << 4 | window << 6);
    if (has_block) {
        *pen->symbols++ = put_near(pen, segment->sack_left, segment->ack);
        *pen->symbols++ = put_near(pen, segment->sack_right, segment->sack_left);
    }
    remember(base, slot, segment);
}

static bool get_segment(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                        struct tsm_record_segment *segment)
{
    struct leb128_reader *symbols = &text->symbols;
    const guint8 bits = leb128_byte(symbols);
    const guint8 sender = bits & 1;

    *segment = (struct tsm_record_segment){.sender = sender};
    segment->action = leb128_byte(symbols);
    segment->call = leb128_byte(symbols);
    const guint8 steps = leb128_byte(symbols), states = leb128_byte(symbols);
    segment->open_step = steps >> 4;
    segment->close_steps = steps & 0xf;
    segment->state[0] = states >> 4;
    segment->state[1] = states & 0xf;
    segment->flags = (guint16)get_up_to(symbols, 0xfff);
    segment->notes = get_up_to(symbols, (guint32)((G_GUINT64_CONSTANT(1) << TSM_N_NOTES) - 1));
    get_moment(text, base, slot, &segment->frame, &segment->time_ns);
    const guint8 codes = leb128_byte(symbols);
    segment->seq = get_near(text, codes, slot->next_seq[sender]);
    segment->ack = get_near(text, codes >> 2, slot->next_seq[!sender]);
    segment->payload = get_near(text, codes >> 4, 0);
    const guint32 window = get_near(text, codes >> 6, base->window[sender]);
    segment->window = (guint16)window;
    if (bits > 1) {
        segment->sack_left = get_near(text, leb128_byte(symbols), segment->ack);
        segment->sack_right = get_near(text, leb128_byte(symbols), segment->sack_left);
    }
    remember(base, slot, segment);
    return symbols->ok && text->numbers.ok && bits < 4 && window <= UINT16_MAX &&
           segment->action < TSM_N_ACTIONS && segment->call < TSM_N_CALLS &&
           segment->open_step < 4 && segment->state[0] < TSM_N_STATES &&
           segment->state[1] < TSM_N_STATES;
}

/* ---- records ---- */

void tsr_put_record(struct tsr_pen *pen, struct tsr_base *base, const struct tsm_record *record)
{
    struct tsr_slot *slot = tsr_slot_of(base);

    *pen->symbols++ = (guint8)record->type;
    switch (record->type) {
    case TSM_RECORD_START:
        put_start(pen, base, slot, &record->u.start);
        break;
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        put_change(pen, base, slot, &record->u.change.change);
        break;
    case TSM_RECORD_SEGMENT:
        put_segment(pen, base, slot, &record->u.segment);
        break;
    default:
        tsr_put_columns(pen, base, record);
        break;
    }
}

bool tsr_get_record(struct tsr_text *text, struct tsr_base *base, guint8 type,
                    struct tsm_record *record)
{
    struct tsr_slot *slot = tsr_slot_of(base);

    record->type = (enum tsm_record_type)type;
    switch (record->type) {
    case TSM_RECORD_START:
        return get_start(text, base, slot, &record->u.start);
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        return get_change(text, base, slot, &record->u.change.change);
    case TSM_RECORD_SEGMENT:
        return get_segment(text, base, slot, &record->u.segment);
    default:
        return tsr_has(record->type) && tsr_get_columns(text, base, record);
    }
}
