/* order.c - finds parts of one capture; see order.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "order.h"

#include <string.h>

#include "tsm_hash.h"
#include "tsm_segment.h"

#define S_NS G_GINT64_CONSTANT(1000000000)

/* Packets of several queues may be stored a little out of order. */
#define MAX_OVERLAP_NS (S_NS / 10)
/* Between the last frame of a file and the first of the next one hardly any time passes. */
#define MAX_APART_NS S_NS
/* How far the sequence numbers of a flow may go on unseen, or back by retransmissions: the largest
 * window without scaling, many times. */
#define MAX_SEQ_AHEAD (1u << 22)

/* ---- noting ---- */

static void note_address(struct order_part *part, guint64 address)
{
    guint64 *slot = &part->addresses[address % ORDER_ADDRESSES];

    if (*slot == 0) {
        *slot = address;
    }
}

void order_note_frame(struct order_part *part, gint64 ns, int link, guint64 source,
                      guint64 destination)
{
    part->first_ns = part->has_frames ? MIN(part->first_ns, ns) : ns;
    part->last_ns = part->has_frames ? MAX(part->last_ns, ns) : ns;
    part->has_frames = true;
    part->links |= UINT64_C(1) << ((unsigned)link % 64);
    note_address(part, source);
    note_address(part, destination);
}

/* Nothing hangs on the key: captures that were made to collide are joined, at worst. */
static guint64 key_of(const struct tsm_tuple *tuple)
{
    static const struct tsm_hash_key fixed;
    uint64_t words[5] = {0};

    memcpy(words, tuple->src, tuple->addr_len);
    memcpy(words + 2, tuple->dst, tuple->addr_len);
    words[4] = (uint64_t)tuple->sport << 16 | tuple->dport;
    return tsm_hash(&fixed, words, G_N_ELEMENTS(words)) | 1;
}

void order_note_header(struct order_part *part, struct tsm_header *header)
{
    struct tsm_segment seg;

    if (tsm_header_read(header, &seg) != TSM_HEADER_SEGMENT) {
        return;
    }
    const guint64 key = key_of(&header->tuple);
    struct order_flow *first = &part->first[(key >> 1) % ORDER_FLOWS];
    struct order_flow *last = &part->last[(key >> 1) % ORDER_FLOWS];
    if (first->key == 0) {
        *first = (struct order_flow){key, seg.seq, (seg.flags & TSM_SYN) == 0};
    }
    if ((seg.flags & TSM_RST) == 0 || last->key == key) {
        *last = (struct order_flow){key, seg.seq + seg.payload, (seg.flags & TSM_RST) == 0};
    }
}

/* ---- comparing ---- */

static bool has_going_on(const struct order_part *a, const struct order_part *b)
{
    for (guint i = 0; i < ORDER_FLOWS; i++) {
        const struct order_flow *before = &a->last[i];
        const struct order_flow *after = &b->first[i];
        if (before->key != 0 && before->key == after->key && before->known && after->known &&
            (after->seq - before->seq < MAX_SEQ_AHEAD ||
             before->seq - after->seq < MAX_SEQ_AHEAD)) {
            return true;
        }
    }
    return false;
}

static bool shares_address(const struct order_part *a, const struct order_part *b)
{
    for (guint i = 0; i < ORDER_ADDRESSES; i++) {
        if (a->addresses[i] != 0 && a->addresses[i] == b->addresses[i]) {
            return true;
        }
    }
    return false;
}

/* Whether b can begin where a ends, and was not made elsewhere. */
static bool may_follow(const struct order_part *a, const struct order_part *b)
{
    return a->has_frames && b->has_frames && a->links == b->links && a->interface == b->interface &&
           a->first_ns < b->first_ns && a->last_ns <= b->last_ns &&
           a->last_ns - MAX_OVERLAP_NS <= b->first_ns;
}

/* Nothing shows that b is what comes after a, but nothing is between them. */
static bool is_next_to(const struct order_part *a, const struct order_part *b)
{
    return may_follow(a, b) && b->first_ns - a->last_ns <= MAX_APART_NS && shares_address(a, b);
}

static bool goes_on(const struct order_part *a, const struct order_part *b)
{
    return may_follow(a, b) && has_going_on(a, b);
}

/* ---- order ---- */

static const struct order_part *part_at(const GPtrArray *parts, guint number)
{
    return g_ptr_array_index(parts, number);
}

#define NONE G_MAXUINT

static gint compare_starts(gconstpointer x, gconstpointer y, gpointer data)
{
    const struct order_part *a = part_at(data, ((const struct order_place *)x)->number);
    const struct order_part *b = part_at(data, ((const struct order_place *)y)->number);

    return (a->first_ns > b->first_ns) - (a->first_ns < b->first_ns);
}

/* All of them by their first frames; those without frames come first and do no harm. */
static GArray *sort_by_start(const GPtrArray *parts)
{
    GArray *sorted = g_array_new(FALSE, FALSE, sizeof(struct order_place));

    for (guint i = 0; i < parts->len; i++) {
        const struct order_place place = {i, i > 0};
        g_array_append_val(sorted, place);
    }
    g_array_sort_with_data(sorted, compare_starts, (gpointer)parts);
    for (guint i = 0; i < sorted->len; i++) {
        g_array_index(sorted, struct order_place, i).continues = i > 0;
    }
    return sorted;
}

/* Captures on their way to an order. `whole` is a name for the whole that each one is part of: one
 * of its captures. */
struct ordering {
    const GPtrArray *parts;
    GArray *sorted; /* of struct order_place: all by their starts */
    guint *whole;   /* by number */
};

static guint number_at(const struct ordering *o, guint i)
{
    return g_array_index(o->sorted, struct order_place, i).number;
}

static const struct order_part *sorted_part(const struct ordering *o, guint i)
{
    return part_at(o->parts, number_at(o, i));
}

static void unite(struct ordering *o, guint a, guint b)
{
    const guint from = o->whole[b];

    for (guint i = 0; i < o->parts->len; i++) {
        o->whole[i] = o->whole[i] == from ? o->whole[a] : o->whole[i];
    }
}

static bool is_alone(const struct ordering *o, guint number)
{
    for (guint i = 0; i < o->parts->len; i++) {
        if (i != number && o->whole[i] == o->whole[number]) {
            return false;
        }
    }
    return true;
}

/* Those from one of which a connection goes on in another, whatever lies between. */
static void unite_going_on(struct ordering *o)
{
    for (guint a = 0; a < o->sorted->len; a++) {
        for (guint b = a + 1; b < o->sorted->len; b++) {
            if (o->whole[number_at(o, a)] != o->whole[number_at(o, b)] &&
                goes_on(sorted_part(o, a), sorted_part(o, b))) {
                unite(o, number_at(o, a), number_at(o, b));
            }
        }
    }
}

/* The next of a whole behind place i of the sorted ones; NONE = it has none. */
static guint next_of(const struct ordering *o, guint i)
{
    for (guint k = i + 1; k < o->sorted->len; k++) {
        if (o->whole[number_at(o, k)] == o->whole[number_at(o, i)]) {
            return k;
        }
    }
    return NONE;
}

/* Whether a capture fits between two that follow each other in a whole. */
static bool fits_between(const struct order_part *m, const struct order_part *x,
                         const struct order_part *n)
{
    return may_follow(m, x) && may_follow(x, n) && m->last_ns <= x->first_ns &&
           x->last_ns <= n->first_ns && shares_address(m, x);
}

/* Who cut a capture into parts did not look for moments at which every connection was over, but may
 * have met some: so what lies between parts of a whole belongs to it, and what is next to its ends.
 */
static void unite_neighbours(struct ordering *o)
{
    for (guint i = 0; i < o->sorted->len; i++) {
        const guint next = next_of(o, i);
        const guint number = number_at(o, i);
        if (is_alone(o, number)) {
            continue;
        }
        for (guint x = i + 1; x < o->sorted->len && (next == NONE || x < next); x++) {
            const bool fits = next != NONE ? fits_between(sorted_part(o, i), sorted_part(o, x),
                                                          sorted_part(o, next))
                                           : is_next_to(sorted_part(o, i), sorted_part(o, x)) &&
                                                 is_alone(o, number_at(o, x));
            if (fits) {
                unite(o, number, number_at(o, x));
                break; /* which is the next one now */
            }
        }
    }
    for (guint i = o->sorted->len; i-- > 0;) { /* and before their beginnings */
        for (guint x = i; x-- > 0 && !is_alone(o, number_at(o, i));) {
            if (next_of(o, x) == NONE && is_alone(o, number_at(o, x)) &&
                is_next_to(sorted_part(o, x), sorted_part(o, i))) {
                unite(o, number_at(o, i), number_at(o, x));
            }
        }
    }
}

/* Parts that overlap are no sequence: two captures of the same connections. They stay apart. */
static void part_overlapping(struct ordering *o)
{
    g_autofree bool *bad = g_new0(bool, o->parts->len + 1);

    for (guint i = 0; i < o->sorted->len; i++) {
        const guint next = next_of(o, i);
        if (next != NONE && !may_follow(sorted_part(o, i), sorted_part(o, next))) {
            bad[o->whole[number_at(o, i)]] = true;
        }
    }
    for (guint i = 0; i < o->parts->len; i++) {
        if (bad[o->whole[i]]) {
            o->whole[i] = i;
        }
    }
}

/* Appends the parts of a whole. */
static void append_whole(const struct ordering *o, guint whole, GArray *order)
{
    struct order_place place = {.continues = false};

    for (guint i = 0; i < o->sorted->len; i++) {
        place.number = number_at(o, i);
        if (o->whole[place.number] == whole) {
            g_array_append_val(order, place);
            place.continues = true;
        }
    }
}

GArray *order_parts(const GPtrArray *parts, bool all)
{
    g_autoptr(GArray) sorted = sort_by_start(parts);
    g_autofree guint *whole = g_new(guint, parts->len + 1);
    g_autofree bool *told = g_new0(bool, parts->len + 1);
    struct ordering o = {parts, sorted, whole};
    GArray *order;

    if (all) {
        return g_steal_pointer(&sorted);
    }
    for (guint i = 0; i < parts->len; i++) {
        whole[i] = i;
    }
    unite_going_on(&o);
    unite_neighbours(&o);
    part_overlapping(&o);
    order = g_array_new(FALSE, FALSE, sizeof(struct order_place));
    for (guint i = 0; i < parts->len; i++) {
        if (!told[whole[i]]) {
            told[whole[i]] = true;
            append_whole(&o, whole[i], order);
        }
    }
    return order;
}
