/* tsr_columns.c - see tsr_columns.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsr_columns.h"

#include <stddef.h>
#include <string.h>

enum kind {
    SIGN,   /* of few different values: a symbol */
    COUNT,  /* a number */
    SEQ,    /* a sequence number: 4 bytes */
    NEAR,   /* one near the SEQ before: the difference */
    LENGTH, /* of time */
    TIME,
    FRAME,
};

struct column {
    guint16 offset;
    guint8 size;
    guint8 kind;
    guint32 most; /* of a SIGN */
};

#define COLUMN(type, member, kind, most)                                   \
    {                                                                      \
        offsetof(struct tsm_record, u.type.member),                        \
            sizeof(((struct tsm_record *)NULL)->u.type.member), kind, most \
    }

#define OF_MARK(mark)                                                                  \
    FACT(mark.count, COUNT), FACT(mark.first_frame, FRAME), FACT(mark.first_ns, TIME), \
        FACT(mark.last_frame, FRAME), FACT(mark.last_ns, TIME)
#define OF_FIRST(first) FACT(first.count, COUNT), FACT(first.frame, FRAME), FACT(first.ns, TIME)

/* ---- facts ---- */

#define FACT(member, kind) COLUMN(facts, member, kind, UINT32_MAX)
#define FACT_SIGN(member, most) COLUMN(facts, member, SIGN, most)

static const struct column facts[] = {
    FACT_SIGN(side, 1),
    FACT_SIGN(seen.first_flags, 0xfff),
    FACT_SIGN(seen.isns, UINT8_MAX),
    FACT_SIGN(seen.offered, UINT8_MAX),
    FACT_SIGN(seen.wscale, UINT8_MAX),
    FACT_SIGN(seen.mss, UINT16_MAX),
    FACT(seen.syn_payload, COUNT),
    FACT_SIGN(seen.syn_data_acked, 1),
    FACT_SIGN(seen.ttl_least, UINT8_MAX),
    FACT_SIGN(seen.ttl_most, UINT8_MAX),
    FACT_SIGN(seen.rst_ttl_least, UINT8_MAX),
    FACT_SIGN(seen.rst_ttl_most, UINT8_MAX),
    FACT_SIGN(seen.rst_signs, UINT8_MAX),
    FACT(seen.icmp_frame, FRAME),
    FACT_SIGN(seen.icmp.type, UINT8_MAX),
    FACT_SIGN(seen.icmp.code, UINT8_MAX),
    FACT_SIGN(seen.icmp.fatal, 1),
    FACT_SIGN(seen.icmp.by_target, 1),
    FACT_SIGN(seen.path, UINT16_MAX),
    FACT(last_frame, FRAME),
    FACT(last_ns, TIME),
    FACT(first_data_frame, FRAME),
    FACT(first_data_ns, TIME),
    FACT(seen.last_data_frame, FRAME),
    FACT(seen.last_data_ns, TIME),
    FACT(seen.syn_seq, SEQ),
    FACT(next_seq, NEAR),
    FACT(seen.turns, COUNT),
    FACT(seen.largest, COUNT),
    FACT(seen.largest_acked, COUNT),
    FACT(unacked, COUNT),
    FACT(ts_val, SEQ),
    FACT(seen.survived_ns, LENGTH),
    FACT(seen.unanswered.ns, LENGTH),
    FACT(seen.unanswered.frame, FRAME),
    FACT(seen.unanswered.end_frame, FRAME),
    FACT(seen.unanswered.end_ns, TIME),
    OF_MARK(seen.repeats),
    FACT(seen.repeated_seq, SEQ),
    FACT(seen.repeated_payload, COUNT),
    OF_FIRST(seen.closed_window),
    FACT(seen.closed_longest_ns, LENGTH),
    FACT(seen.closed_since_ns, TIME),
    OF_FIRST(seen.after_fin),
    OF_FIRST(seen.crossed_fin),
    FACT(seen.unseen, COUNT),
    FACT(seen.options_cut, COUNT),
    FACT(seen.backwards, COUNT),
    FACT(seen.last_rst_seq, SEQ),
    FACT(seen.other_paths, COUNT),
    FACT(seen.other_path_frame, FRAME),
    FACT(seen.checked, COUNT),
    FACT(seen.partial, COUNT),
    FACT(seen.wrong, COUNT),
    FACT(seen.wrong_frame, FRAME),
    OF_MARK(seen.stuck),
    FACT(seen.stuck_payload, COUNT),
    FACT(seen.sacked, COUNT),
    FACT(seen.stall_ns, LENGTH),
    FACT(seen.stall_frame, FRAME),
    FACT(seen.closed_ns, LENGTH),
    FACT(seen.held, COUNT),
    FACT(seen.held_frame, FRAME),
    FACT(seen.held_ns, LENGTH),
    FACT(seen.sack_outside, COUNT),
    FACT(seen.sack_frame, FRAME),
    FACT_SIGN(seen.icmp.mtu, UINT16_MAX),
};

/* ---- where the time went ---- */

#define SPENT(member, kind) COLUMN(spent, is.member, kind, UINT32_MAX)
#define SPENT_BY(side)                                                             \
    SPENT(end[side].wait_ns, LENGTH), SPENT(end[side].longest_ns, LENGTH),         \
        SPENT(end[side].longest_frame, FRAME), SPENT(end[side].resend_ns, LENGTH), \
        SPENT(end[side].window_ns, LENGTH), SPENT(end[side].acked_ns, TIME),       \
        SPENT(end[side].gave_up_ns, LENGTH), SPENT(end[side].stall_ns, LENGTH),    \
        SPENT(end[side].stall_end_ns, TIME), SPENT(end[side].quiet_ns, LENGTH),    \
        SPENT(end[side].quiet_end_ns, TIME), SPENT(end[side].trip_ns, LENGTH),     \
        SPENT(end[side].data, COUNT), SPENT(end[side].resent, COUNT),              \
        SPENT(end[side].filled, COUNT), SPENT(end[side].reordered, COUNT),         \
        SPENT(end[side].needless, COUNT), COLUMN(spent, is.end[side].missing, SIGN, 1)

static const struct column spent[] = {
    SPENT(setup_ns, LENGTH),
    SPENT(transfer_ns, LENGTH),
    SPENT(close_ns, LENGTH),
    COLUMN(spent, is.owing, SIGN, 2),
    SPENT_BY(0),
    SPENT_BY(1),
};

/* ---- totals ---- */

#define TOTAL(member, kind) COLUMN(totals, member, kind, UINT32_MAX)
#define TOTAL_SIGN(member, most) COLUMN(totals, member, SIGN, most)
#define TOTAL_BY(n)                                                                \
    TOTAL(side[n].segments, COUNT), TOTAL(side[n].payload_bytes, COUNT),           \
        TOTAL(side[n].retransmissions, COUNT), TOTAL(side[n].out_of_order, COUNT), \
        TOTAL(side[n].repeated, COUNT), TOTAL(side[n].lost, COUNT)

static const struct column totals[] = {
    TOTAL(start_ns, TIME),
    TOTAL(end_ns, TIME),
    TOTAL(setup_ns, LENGTH),
    TOTAL_SIGN(closed_by, 2),
    TOTAL_SIGN(syn_tries, UINT8_MAX),
    TOTAL_SIGN(vantage, TSM_AT_MIDDLE),
    TOTAL_SIGN(steps, UINT8_MAX),
    TOTAL(closed_out_ns, TIME),
    TOTAL_BY(0),
    TOTAL_BY(1),
};

/* ---- values ---- */

#define MOST_COLUMNS 96

struct columns {
    const struct column *at;
    guint n;
    gsize size; /* of the record's part that they are of */
};

static struct columns columns_of(enum tsm_record_type type)
{
    _Static_assert(G_N_ELEMENTS(facts) <= MOST_COLUMNS, "there is a bit for each");

    switch (type) {
    case TSM_RECORD_FACTS:
        return (struct columns){facts, G_N_ELEMENTS(facts), sizeof(struct tsm_record_facts)};
    case TSM_RECORD_SPENT:
        return (struct columns){spent, G_N_ELEMENTS(spent), sizeof(struct tsm_record_spent)};
    default:
        return (struct columns){totals, G_N_ELEMENTS(totals), sizeof(struct tsm_record_totals)};
    }
}

static inline guint64 load(const struct tsm_record *record, const struct column *column)
{
    const guint8 *p = (const guint8 *)record + column->offset;
    guint64 all;
    guint32 half;
    guint16 quarter;

    switch (column->size) {
    case 8:
        memcpy(&all, p, sizeof all);
        return all;
    case 4:
        memcpy(&half, p, sizeof half);
        return half;
    case 2:
        memcpy(&quarter, p, sizeof quarter);
        return quarter;
    default:
        return *p;
    }
}

/* False when there is no room for the value. */
static inline bool store(struct tsm_record *record, const struct column *column, guint64 value)
{
    guint8 *p = (guint8 *)record + column->offset;
    const guint32 half = (guint32)value;
    const guint16 quarter = (guint16)value;

    switch (column->size) {
    case 8:
        memcpy(p, &value, sizeof value);
        return true;
    case 4:
        memcpy(p, &half, sizeof half);
        return half == value;
    case 2:
        memcpy(p, &quarter, sizeof quarter);
        return quarter == value;
    default:
        *p = (guint8)value;
        return *p == value;
    }
}

/* ---- writing ---- */

static void put_value(struct tsr_pen *pen, struct tsr_base *base, struct tsr_slot *slot,
                      const struct column *column, guint64 value, guint32 *seq)
{
    switch ((enum kind)column->kind) {
    case SIGN:
        pen->symbols = leb128_put(pen->symbols, value);
        break;
    case COUNT:
        pen->numbers = leb128_put(pen->numbers, value);
        break;
    case SEQ:
        *seq = (guint32)value;
        tsm_put32(pen->numbers, *seq);
        pen->numbers += 4;
        break;
    case NEAR:
        pen->numbers = leb128_put(pen->numbers, tsm_zigzag((gint32)((guint32)value - *seq)));
        break;
    case LENGTH:
        *pen->symbols++ = tsr_put_length(pen, base, slot, (gint64)value);
        break;
    case TIME:
        *pen->symbols++ = tsr_put_time(pen, base, slot, (gint64)value, false);
        break;
    case FRAME:
        *pen->symbols++ = tsr_put_frame(pen, base, slot, (guint32)value);
        break;
    }
}

void tsr_put_columns(struct tsr_pen *pen, struct tsr_base *base, const struct tsm_record *record)
{
    const struct columns columns = columns_of(record->type);
    struct tsr_slot *slot = tsr_slot_of(base);
    guint8 *bits = pen->symbols;
    guint32 seq = 0;

    memset(bits, 0, (columns.n + 7) / 8);
    pen->symbols += (columns.n + 7) / 8;
    for (guint i = 0; i < columns.n; i++) {
        const guint64 value = load(record, &columns.at[i]);
        if (value != 0) {
            bits[i / 8] |= (guint8)(1u << i % 8);
            put_value(pen, base, slot, &columns.at[i], value, &seq);
        }
    }
}

/* ---- reading ---- */

static guint64 get_value(struct tsr_text *text, struct tsr_base *base, struct tsr_slot *slot,
                         const struct column *column, guint32 *seq)
{
    guint64 value;

    switch ((enum kind)column->kind) {
    case SIGN:
        value = leb128_get(&text->symbols);
        text->symbols.ok &= value <= column->most;
        return value;
    case COUNT:
        return leb128_get(&text->numbers);
    case SEQ:
        return *seq = leb128_word(&text->numbers);
    case NEAR:
        return *seq + (guint32)tsm_unzigzag(leb128_get(&text->numbers));
    case LENGTH:
        return (guint64)tsr_get_length(text, slot, leb128_byte(&text->symbols));
    case TIME:
        return (guint64)tsr_get_time(text, base, slot, leb128_byte(&text->symbols), false);
    case FRAME:
    default:
        return tsr_get_frame(text, base, slot, leb128_byte(&text->symbols));
    }
}

/* Reads the columns of which `bits` are set, from number `first` on; false when one is none. */
static bool get_some(struct tsr_text *text, struct tsr_base *base, struct tsm_record *record,
                     guint first, guint64 bits, guint32 *seq)
{
    const struct columns columns = columns_of(record->type);
    struct tsr_slot *slot = tsr_slot_of(base);
    bool ok = true;

    for (; ok && bits != 0; bits &= bits - 1) {
        const guint i = first + (guint)__builtin_ctzll(bits);
        ok = i < columns.n &&
             store(record, &columns.at[i], get_value(text, base, slot, &columns.at[i], seq));
    }
    return ok;
}

bool tsr_get_columns(struct tsr_text *text, struct tsr_base *base, struct tsm_record *record)
{
    const struct columns columns = columns_of(record->type);
    const gsize n = (columns.n + 7) / 8;
    guint8 bits[MOST_COLUMNS / 8 + 8] = {0};
    guint32 seq = 0;

    if ((gsize)(text->symbols.end - text->symbols.at) < n) {
        return false;
    }
    memcpy(bits, text->symbols.at, n);
    text->symbols.at += n;
    memset(&record->u, 0, columns.size);
    return get_some(text, base, record, 0, tsm_get64(bits), &seq) &&
           get_some(text, base, record, 64, tsm_get64(bits + 8), &seq) && text->symbols.ok &&
           text->numbers.ok;
}
