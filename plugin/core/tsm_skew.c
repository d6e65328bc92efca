/* tsm_skew.c - gathers what bounds the difference of two clocks; see tsm_skew.h. What follows from
 * the bounds is in tsm_skew_line.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_skew.h"

#include <stdlib.h>
#include <string.h>

#include "tsm_seq.h"
#include "tsm_skew_line.h"

#define FLOWS 8192 /* a power of two */
#define NOTED 8    /* the newest of each end, */
#define LISTS 2    /* of taps with even and odd numbers: those of one do not crowd out the others */
#define PAIRS (TSM_SKEW_TAPS * (TSM_SKEW_TAPS - 1) / 2)

/* Something with a number and a time, on a tap. */
struct noted {
    int64_t ns;
    uint32_t number; /* after new data, SYN or FIN; or an acknowledgment */
    uint8_t tap;
    bool used;
    bool data; /* there is some before the number */
};

/* A packet as far as copies of it are told by it. */
struct packet {
    int64_t ns;
    uint32_t seq, ack, payload, ts_val;
    uint16_t flags, ip_id;
    uint8_t tap;
    bool used;
};

struct end {
    struct noted sent[LISTS][NOTED], acks[LISTS][NOTED];
    struct packet packets[LISTS][NOTED];
    uint32_t highest;
    uint8_t n_sent[LISTS], n_acks[LISTS], n_packets[LISTS]; /* where the next one goes */
    bool begun;
};

/* A connection: what its newest packets were. */
struct flow {
    uint64_t key; /* 0 = none */
    struct end end[2];
    int64_t apart_ns[2]; /* of the newest copies of each end: later tap less earlier one */
    uint8_t pair[2];     /* of which pair of taps that is, plus 1; 0 = none */
    uint8_t client;      /* the side that sent a SYN, plus 1; 0 = none was seen */
    bool contradicts;    /* data of it was captured behind its acknowledgment on another tap */
};

struct tsm_skew {
    struct flow flows[FLOWS];
    uint32_t begun, contradicting;       /* flows */
    int32_t nearer[PAIRS];               /* votes that its first tap is nearer to clients */
    struct tsm_bounds *bounds[PAIRS][2]; /* by answers, by copies; NULL = none yet */
};

struct tsm_skew *tsm_skew_new(void)
{
    return calloc(1, sizeof(struct tsm_skew));
}

void tsm_skew_free(struct tsm_skew *skew)
{
    for (unsigned i = 0; skew != NULL && i < PAIRS; i++) {
        free(skew->bounds[i][0]);
        free(skew->bounds[i][1]);
    }
    free(skew);
}

/* Of taps a < b. */
static unsigned pair_of(unsigned a, unsigned b)
{
    return b * (b - 1) / 2 + a;
}

static struct tsm_bounds *bounds_of(struct tsm_skew *skew, unsigned pair, bool copies)
{
    struct tsm_bounds **at = &skew->bounds[pair][copies];

    if (*at == NULL) {
        *at = calloc(1, sizeof **at);
    }
    return *at;
}

/* What was at one tap came before what was at the other. */
static void note_order(struct tsm_skew *skew, unsigned tap, int64_t ns, unsigned later_tap,
                       int64_t later_ns)
{
    const unsigned a = tap < later_tap ? tap : later_tap;
    const unsigned b = tap < later_tap ? later_tap : tap;
    struct tsm_bounds *bounds = bounds_of(skew, pair_of(a, b), false);

    if (bounds != NULL && tap < later_tap) {
        tsm_bounds_add(bounds, TSM_BOUND_UPPER, later_ns, later_ns - ns);
    } else if (bounds != NULL) {
        tsm_bounds_add(bounds, TSM_BOUND_LOWER, ns, ns - later_ns);
    }
}

/* ---- answers ---- */

static void note(struct noted lists[LISTS][NOTED], uint8_t next[LISTS], const struct noted *is)
{
    lists[is->tap % LISTS][next[is->tap % LISTS]++ % NOTED] = *is;
}

/* Whether data is acknowledged before it is sent, by these clocks. */
static void note_contradiction(struct tsm_skew *skew, struct flow *flow, const struct noted *sent,
                               int64_t acked_ns)
{
    if (sent->data && acked_ns < sent->ns && !flow->contradicts) {
        flow->contradicts = true;
        skew->contradicting++;
    }
}

/* New data, or the first SYN or FIN, and acknowledgments of it that were captured before. What is
 * sent again says nothing: the first one may have been acknowledged. */
static void note_sent(struct tsm_skew *skew, unsigned tap, struct flow *flow, unsigned side,
                      const struct tsm_segment *seg)
{
    struct end *end = &flow->end[side];
    const struct end *peer = &flow->end[1 - side];
    const uint32_t number = tsm_segment_end(seg);
    const struct noted is = {seg->time_ns, number, (uint8_t)tap, true, seg->payload > 0};

    if (number == seg->seq || tsm_has(seg, TSM_RST) ||
        (end->begun && tsm_seq_diff(number, end->highest) <= 0)) {
        return;
    }
    end->begun = true;
    end->highest = number;
    note(end->sent, end->n_sent, &is);
    for (unsigned i = 0; i < LISTS * NOTED; i++) {
        const struct noted *ack = &peer->acks[i / NOTED][i % NOTED];
        if (ack->used && ack->number == number && ack->tap != tap) {
            note_order(skew, tap, seg->time_ns, ack->tap, ack->ns);
            note_contradiction(skew, flow, &is, ack->ns);
        }
    }
}

static void note_ack(struct tsm_skew *skew, unsigned tap, struct flow *flow, unsigned side,
                     const struct tsm_segment *seg)
{
    struct end *end = &flow->end[side];
    const struct end *peer = &flow->end[1 - side];
    const struct noted is = {seg->time_ns, seg->ack, (uint8_t)tap, true, false};

    if (!tsm_has(seg, TSM_ACK) || tsm_has(seg, TSM_RST)) {
        return;
    }
    for (unsigned i = 0; i < LISTS * NOTED; i++) {
        const struct noted *sent = &peer->sent[i / NOTED][i % NOTED];
        if (sent->used && sent->number == seg->ack && sent->tap != tap) {
            note_order(skew, sent->tap, sent->ns, tap, seg->time_ns);
            note_contradiction(skew, flow, sent, seg->time_ns);
        }
    }
    note(end->acks, end->n_acks, &is);
}

/* ---- copies ---- */

static bool is_copy(const struct packet *a, const struct packet *b)
{
    return a->used && a->seq == b->seq && a->ack == b->ack && a->payload == b->payload &&
           a->ts_val == b->ts_val && a->flags == b->flags && a->ip_id == b->ip_id &&
           a->tap != b->tap;
}

/* Both have captured a packet of an end. Which tap comes first on its way is not known, but it is
 * the other way round for packets of the peer; so of both differences the greater one bounds from
 * above, the lesser one from below. */
static void note_copy(struct tsm_skew *skew, struct flow *flow, unsigned side,
                      const struct packet *is, const struct packet *other)
{
    const struct packet *a = is->tap < other->tap ? is : other;
    const struct packet *b = is->tap < other->tap ? other : is;
    const unsigned pair = pair_of(a->tap, b->tap);
    const int64_t apart_ns = b->ns - a->ns;
    const int64_t back_ns = flow->apart_ns[1 - side];

    flow->apart_ns[side] = apart_ns;
    flow->pair[side] = (uint8_t)(pair + 1);
    if (flow->pair[1 - side] == pair + 1) {
        struct tsm_bounds *bounds = bounds_of(skew, pair, true);
        if (flow->client > 0 && apart_ns != back_ns) {
            skew->nearer[pair] += (apart_ns > back_ns) == (side == flow->client - 1u) ? 1 : -1;
        }
        if (bounds != NULL) {
            tsm_bounds_add(bounds, TSM_BOUND_UPPER, b->ns, apart_ns > back_ns ? apart_ns : back_ns);
            tsm_bounds_add(bounds, TSM_BOUND_LOWER, b->ns, apart_ns < back_ns ? apart_ns : back_ns);
        }
    }
}

static void note_packet(struct tsm_skew *skew, unsigned tap, struct flow *flow, unsigned side,
                        const struct tsm_segment *seg)
{
    struct end *end = &flow->end[side];
    const struct packet is = {
        .ns = seg->time_ns,
        .seq = seg->seq,
        .ack = seg->ack,
        .payload = seg->payload,
        .ts_val = (seg->known & TSM_HAS_TIMESTAMP) != 0 ? seg->ts_val : 0,
        .flags = seg->flags,
        .ip_id = seg->ip_id,
        .tap = (uint8_t)tap,
        .used = true,
    };

    for (unsigned i = 0; i < LISTS * NOTED; i++) {
        struct packet *other = &end->packets[i / NOTED][i % NOTED];
        if (is_copy(other, &is)) {
            note_copy(skew, flow, side, &is, other);
            other->used = false; /* each has one copy */
            return;
        }
    }
    end->packets[tap % LISTS][end->n_packets[tap % LISTS]++ % NOTED] = is;
}

/* ---- segments ---- */

static uint64_t key_of(const struct tsm_tuple *tuple, bool turned)
{
    static const struct tsm_hash_key fixed; /* who makes keys collide spoils his own estimate */
    uint64_t words[5] = {0};

    memcpy(words + (turned ? 2 : 0), tuple->src, tuple->addr_len);
    memcpy(words + (turned ? 0 : 2), tuple->dst, tuple->addr_len);
    words[4] = turned ? (uint64_t)tuple->dport << 16 | tuple->sport
                      : (uint64_t)tuple->sport << 16 | tuple->dport;
    return tsm_hash(&fixed, words, 5) | 1;
}

/* Whether the source is the greater end of the tuple. */
static bool is_turned(const struct tsm_tuple *tuple)
{
    const int order = memcmp(tuple->src, tuple->dst, tuple->addr_len);

    return order > 0 || (order == 0 && tuple->sport > tuple->dport);
}

void tsm_skew_segment(struct tsm_skew *skew, unsigned tap, const struct tsm_tuple *tuple,
                      const struct tsm_segment *seg)
{
    const unsigned side = is_turned(tuple);
    const uint64_t key = key_of(tuple, side);
    struct flow *flow = &skew->flows[(key >> 1) % FLOWS];

    if (tap >= TSM_SKEW_TAPS) {
        return;
    }
    if (flow->key != key) {
        memset(flow, 0, sizeof *flow);
        flow->key = key;
        skew->begun++;
    }
    if ((seg->flags & (TSM_SYN | TSM_ACK)) == TSM_SYN) {
        flow->client = (uint8_t)(side + 1);
    }
    note_sent(skew, tap, flow, side, seg);
    note_ack(skew, tap, flow, side, seg);
    note_packet(skew, tap, flow, side, seg);
}

/* ---- clocks ---- */

/* Tap b against tap a < b; what both have counts more. */
static struct tsm_clock clock_between(const struct tsm_skew *skew, unsigned a, unsigned b)
{
    struct tsm_bounds *const *both = skew->bounds[pair_of(a, b)];
    struct tsm_clock clock = {.basis = TSM_CLOCK_UNKNOWN};

    for (int copies = 1; copies >= 0 && clock.basis == TSM_CLOCK_UNKNOWN; copies--) {
        if (both[copies] != NULL) {
            clock = tsm_bounds_clock(both[copies]);
        }
        if (clock.basis == TSM_CLOCK_BY_ANSWERS && copies) {
            clock.basis = TSM_CLOCK_BY_COPIES;
        }
    }
    clock.nearer = a == 0 ? skew->nearer[pair_of(a, b)] : 0;
    return clock;
}

/* `clock` is that of a tap against another one, `to` that one's: against tap 0 now. */
static void add_clock(struct tsm_clock *clock, const struct tsm_clock *to, int sign)
{
    const int64_t at_ns = clock->base_ns;
    const int64_t there_ns = at_ns - tsm_clock_correct(to, at_ns);

    clock->offset_ns = sign * clock->offset_ns + there_ns;
    clock->drift_ppb = sign * clock->drift_ppb + to->drift_ppb;
    clock->width_ns += to->width_ns;
    clock->basis = to->basis != 0 && to->basis < clock->basis ? to->basis : clock->basis;
}

/* A tap's clock by way of another tap's, which is known. Returns whether the way leads there; where
 * it does not, what is wrong with it is kept, unless something is. */
static bool find_via(const struct tsm_skew *skew, struct tsm_clock *clocks, unsigned tap,
                     unsigned via)
{
    struct tsm_clock clock =
        via < tap ? clock_between(skew, via, tap) : clock_between(skew, tap, via);

    if (clock.basis > TSM_CLOCK_DISAGREES) {
        add_clock(&clock, &clocks[via], via < tap ? 1 : -1);
        clocks[tap] = clock;
        return true;
    }
    if (clocks[tap].basis == TSM_CLOCK_UNKNOWN) {
        clocks[tap] = clock;
    }
    return false;
}

void tsm_skew_find(const struct tsm_skew *skew, struct tsm_clock *clocks, unsigned taps)
{
    bool known[TSM_SKEW_TAPS] = {true};
    bool more = true;

    memset(clocks, 0, taps * sizeof *clocks);
    for (unsigned round = 0; more && round < taps; round++) { /* by way of those that are known */
        more = false;
        for (unsigned tap = 1; tap < taps; tap++) {
            for (unsigned via = 0; via < taps && !known[tap]; via++) {
                known[tap] = via != tap && known[via] && find_via(skew, clocks, tap, via);
                more = more || known[tap];
            }
        }
    }
}

/* Assumption: as few as these are forged, or made by a program that did not care. */
#define CONTRADICTING 3
#define CONTRADICTING_PERCENT 5

void tsm_skew_find_roles(const struct tsm_skew *skew, struct tsm_clock clocks[2])
{
    memset(clocks, 0, 2 * sizeof *clocks);
    if (skew->contradicting >= CONTRADICTING &&
        (uint64_t)skew->contradicting * 100 >= (uint64_t)skew->begun * CONTRADICTING_PERCENT) {
        tsm_skew_find(skew, clocks, 2);
    }
}
