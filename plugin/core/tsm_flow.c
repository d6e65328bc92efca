/* tsm_flow.c - what Zeek's conn.log would say of a connection; see tsm_flow.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_flow.h"

#include <string.h>

#include "tsm_seq.h"

#define SECOND INT64_C(1000000000)

/* How long Zeek remembers, by default: tcp_attempt_delay, tcp_close_delay and
 * tcp_connection_linger, tcp_inactivity_timeout. */
#define ATTEMPT_NS (5 * SECOND)
#define LINGER_NS (5 * SECOND)
#define IDLE_NS (300 * SECOND)

/* A SYN or RST this far off does not tell how much was sent; Zeek: TOO_LARGE_SEQ_DELTA. */
#define FAR_OFF 1048576

/* Letters that an end gets once (bits of tsm_flow_end.letters), or again where the sequence number
 * differs: the first three, which are also places in tsm_flow_end.noted. */
enum letter {
    LETTER_SYN,
    LETTER_FIN,
    LETTER_RST,
    LETTER_DATA,
    LETTER_ACK,
    LETTER_FIN_RST,
    LETTER_MIXED
};

/* ---- sequence numbers ---- */

/* The relative sequence number of `seq`, taken as near to the relative number `near` as can be. */
static int64_t relative(const struct tsm_flow_end *end, uint32_t seq, int64_t near)
{
    return near + tsm_seq_diff(seq, end->start + (uint32_t)near);
}

/* Sequence space of a segment; data of a RST are none. */
static uint32_t space_of(const struct tsm_segment *seg)
{
    return tsm_segment_span(seg) - (tsm_has(seg, TSM_RST) ? seg->payload : 0);
}

/* Counting begins: with the end's first segment, or with a SYN that has another number than the
 * one before. */
static void locate(struct tsm_flow_end *end, const struct tsm_segment *seg)
{
    const bool syn = tsm_has(seg, TSM_SYN);
    const bool again = syn && seg->seq != end->start &&
                       (end->shown <= TSM_SHOWN_OPEN ||
                        (end->shown == TSM_SHOWN_RST && end->before == TSM_SHOWN_NOTHING));

    if (end->shown != TSM_SHOWN_NOTHING && !again) {
        return;
    }
    end->start = syn ? seg->seq : seg->seq - 1;
    end->next = syn ? 0 : 1;
    end->acked = 0;
    end->delivered = 1;
    end->fin_end = 0;
    end->n_ranges = 0;
}

/* ---- history ---- */

static void add_letter(struct tsm_flow *flow, enum tsm_side side, char letter)
{
    const char cased = side == TSM_SERVER && letter >= 'A' ? (char)(letter + ('a' - 'A')) : letter;

    if (flow->n_history + 2 < TSM_HISTORY_TEXT) {
        flow->history[flow->n_history++] = cased;
    } else if (flow->n_history + 1 < TSM_HISTORY_TEXT) {
        flow->history[flow->n_history++] = 'X';
    }
}

/* The first time. */
static bool once(struct tsm_flow *flow, enum tsm_side side, enum letter which, char letter)
{
    struct tsm_flow_end *end = &flow->end[side];

    if ((end->letters & 1u << which) != 0) {
        return false;
    }
    end->letters |= (uint8_t)(1u << which);
    add_letter(flow, side, letter);
    return true;
}

/* The first time, and when it is at another sequence number than the last. */
static void once_each(struct tsm_flow *flow, enum tsm_side side, enum letter which, char letter,
                      int64_t at)
{
    int64_t *noted = &flow->end[side].noted[which];

    if (!once(flow, side, which, letter) && *noted != at) {
        add_letter(flow, side, letter);
    }
    *noted = at;
}

/* The first, tenth, hundredth ... time. */
static void each_tenfold(struct tsm_flow *flow, enum tsm_side side, uint32_t *count, char letter)
{
    uint32_t power = ++*count;

    while (power % 10 == 0) {
        power /= 10;
    }
    if (power == 1) {
        add_letter(flow, side, letter);
    }
}

/* Neither SYN nor FIN nor RST. */
static void note_plain_letters(struct tsm_flow *flow, enum tsm_side side,
                               const struct tsm_segment *seg)
{
    if (seg->payload > 0) {
        once(flow, side, LETTER_DATA, 'D');
    } else if (tsm_has(seg, TSM_ACK)) {
        once(flow, side, LETTER_ACK, 'A');
    }
}

static void note_letters(struct tsm_flow *flow, enum tsm_side side, const struct tsm_segment *seg)
{
    const struct tsm_flow_end *end = &flow->end[side];
    const int64_t at = relative(end, seg->seq, end->next);

    switch (seg->flags & (TSM_SYN | TSM_FIN | TSM_RST)) {
    case 0:
        note_plain_letters(flow, side, seg);
        break;
    case TSM_SYN:
        once_each(flow, side, LETTER_SYN, tsm_has(seg, TSM_ACK) ? 'H' : 'S', at);
        break;
    case TSM_FIN:
        once_each(flow, side, LETTER_FIN, 'F', at + seg->payload);
        break;
    case TSM_RST:
        once_each(flow, side, LETTER_RST, 'R', at);
        break;
    case TSM_FIN | TSM_RST:
    case TSM_FIN | TSM_RST | TSM_SYN:
        once(flow, side, LETTER_FIN_RST, 'I');
        break;
    default:
        once(flow, side, LETTER_MIXED, 'Q');
    }
}

/* A closed window says something while the peer may still send and the end may still receive. */
static void note_window(struct tsm_flow *flow, enum tsm_side side, const struct tsm_segment *seg)
{
    struct tsm_flow_end *end = &flow->end[side];

    if (seg->window == 0 && !tsm_has(seg, TSM_RST) && end->shown != TSM_SHOWN_RST &&
        flow->end[tsm_other(side)].shown != TSM_SHOWN_FIN) {
        each_tenfold(flow, side, &end->zero_windows, 'W');
    }
}

/* ---- data ---- */

/* How far the end has sent. */
static void note_sent(struct tsm_flow *flow, enum tsm_side side, const struct tsm_segment *seg)
{
    struct tsm_flow_end *end = &flow->end[side];
    const int64_t right = relative(end, seg->seq + space_of(seg), end->next);
    const int64_t ahead = right - end->next;

    if ((seg->flags & (TSM_SYN | TSM_RST)) != 0 && (ahead > FAR_OFF || ahead < -FAR_OFF)) {
        return;
    }
    if (tsm_has(seg, TSM_FIN)) {
        end->fin_end = right;
    }
    if (end->shown == TSM_SHOWN_RST) {
        return;
    }
    if (ahead > 0) {
        end->next = right;
    } else if (seg->payload > 0) {
        each_tenfold(flow, side, &end->repeats, 'T');
    }
}

static void remove_range(struct tsm_flow_end *end, unsigned i)
{
    end->n_ranges--;
    memmove(&end->ranges[i], &end->ranges[i + 1], (end->n_ranges - i) * sizeof end->ranges[0]);
}

/* Everything before `up_to` is there: the ranges that it reaches belong to it. */
static void deliver(struct tsm_flow_end *end, int64_t up_to)
{
    if (up_to > end->delivered) {
        end->delivered = up_to;
    }
    while (end->n_ranges > 0 && end->ranges[0].left <= end->delivered) {
        if (end->ranges[0].right > end->delivered) {
            end->delivered = end->ranges[0].right;
        }
        remove_range(end, 0);
    }
}

/* Captured from left to right, beyond a hole. When there is no room for one more, the two last ones
 * count as one. */
static void add_range(struct tsm_flow_end *end, int64_t left, int64_t right)
{
    unsigned i = 0;

    while (i < end->n_ranges && end->ranges[i].right < left) {
        i++;
    }
    while (i < end->n_ranges && end->ranges[i].left <= right) {
        left = end->ranges[i].left < left ? end->ranges[i].left : left;
        right = end->ranges[i].right > right ? end->ranges[i].right : right;
        remove_range(end, i);
    }
    if (end->n_ranges == TSM_FLOW_RANGES) {
        i = i < TSM_FLOW_RANGES ? i : TSM_FLOW_RANGES - 1;
        left = end->ranges[i].left < left ? end->ranges[i].left : left;
        right = end->ranges[i].right > right ? end->ranges[i].right : right;
        remove_range(end, i);
    }
    memmove(&end->ranges[i + 1], &end->ranges[i], (end->n_ranges - i) * sizeof end->ranges[0]);
    end->ranges[i].left = left;
    end->ranges[i].right = right;
    end->n_ranges++;
}

/* Data that were captured whole; what was acknowledged before does not come again. */
static void note_data(struct tsm_flow_end *end, const struct tsm_segment *seg)
{
    const int64_t at = relative(end, seg->seq, end->next) + (tsm_has(seg, TSM_SYN) ? 1 : 0);
    const int64_t right = at + seg->payload;
    const int64_t left = at < end->acked ? end->acked : at;

    if (seg->payload == 0 || seg->cut > 0 || tsm_has(seg, TSM_RST) || at < 0 || right <= left) {
        return;
    }
    if (left <= end->delivered) {
        deliver(end, right);
    } else {
        add_range(end, left, right);
    }
}

/* An end that opened by the handshake, and did not end by RST: only there holes are counted, as
 * elsewhere sequence numbers are guessed. */
static bool is_clean(const struct tsm_flow_end *end)
{
    return end->shown == TSM_SHOWN_OPEN ||
           (end->shown == TSM_SHOWN_FIN && end->before == TSM_SHOWN_OPEN);
}

static void note_gap(struct tsm_flow *flow, enum tsm_side side, int64_t bytes)
{
    struct tsm_flow_end *end = &flow->end[side];

    if (bytes > 0 && is_clean(end) && is_clean(&flow->end[tsm_other(side)])) {
        end->missed += (uint64_t)bytes;
        each_tenfold(flow, side, &end->gaps, 'G');
    }
}

/* The peer acknowledges what the end `side` sent: what is not there by now was not captured. */
static void note_acknowledged(struct tsm_flow *flow, enum tsm_side side, uint32_t ack)
{
    struct tsm_flow_end *end = &flow->end[side];
    int64_t up_to = relative(end, ack, end->acked);

    if (end->shown == TSM_SHOWN_NOTHING || up_to < 0 ||
        (ack == 0 && up_to - end->acked > FAR_OFF)) {
        return;
    }
    end->acked = up_to > end->acked ? up_to : end->acked;
    if (end->fin_end > 0 && up_to >= end->fin_end) {
        up_to = end->fin_end - 1;
    }
    while (end->n_ranges > 0 && end->ranges[0].left < up_to) {
        note_gap(flow, side, end->ranges[0].left - end->delivered);
        deliver(end, end->ranges[0].left);
    }
    note_gap(flow, side, up_to - end->delivered);
    deliver(end, up_to);
}

/* ---- what an end shows ---- */

static void show(struct tsm_flow_end *end, enum tsm_shown shown)
{
    end->before = end->shown;
    end->shown = (uint8_t)shown;
    end->closing = end->closing || shown == TSM_SHOWN_FIN || shown == TSM_SHOWN_RST;
}

/* The first segment of an end that does not end it. A server's SYN opens both ends, a client's ACK
 * after it too: Zeek does not ask for the third ACK, or for the SYN. */
static void show_first(struct tsm_flow *flow, enum tsm_side side, const struct tsm_segment *seg)
{
    struct tsm_flow_end *end = &flow->end[side];
    struct tsm_flow_end *peer = &flow->end[tsm_other(side)];

    if (tsm_has(seg, TSM_SYN) && side == TSM_CLIENT) {
        show(end, tsm_has(seg, TSM_ACK) ? TSM_SHOWN_SYN_ACK : TSM_SHOWN_SYN);
    } else if (tsm_has(seg, TSM_SYN)) {
        if (peer->shown == TSM_SHOWN_SYN || peer->shown == TSM_SHOWN_SYN_ACK) {
            show(peer, TSM_SHOWN_OPEN);
        }
        show(end, TSM_SHOWN_OPEN);
    } else if ((seg->flags & (TSM_FIN | TSM_RST)) != 0) {
        return;
    } else if (side == TSM_SERVER && seg->payload == 0 && peer->shown == TSM_SHOWN_SYN) {
        return; /* an ACK of the SYN before the SYN-ACK */
    } else {
        show(end, tsm_has(seg, TSM_ACK) && peer->shown == TSM_SHOWN_OPEN ? TSM_SHOWN_OPEN
                                                                         : TSM_SHOWN_TRAFFIC);
    }
}

static void show_fin(struct tsm_flow_end *end, struct tsm_flow_end *peer)
{
    show(end, TSM_SHOWN_FIN);
    if (peer->shown == TSM_SHOWN_RST && peer->before == TSM_SHOWN_FIN) {
        peer->shown = TSM_SHOWN_FIN; /* FIN, RST, and now the other FIN: a normal end */
    }
}

static void note_shown(struct tsm_flow *flow, enum tsm_side side, const struct tsm_segment *seg)
{
    struct tsm_flow_end *end = &flow->end[side];
    struct tsm_flow_end *peer = &flow->end[tsm_other(side)];

    if (end->shown == TSM_SHOWN_NOTHING) {
        show_first(flow, side, seg);
    } else if (end->shown == TSM_SHOWN_TRAFFIC && peer->shown == TSM_SHOWN_NOTHING &&
               (seg->flags & (TSM_SYN | TSM_ACK)) == TSM_SYN) {
        show(end, TSM_SHOWN_SYN);
    }
    if (tsm_has(seg, TSM_RST)) {
        if (end->shown < TSM_SHOWN_FIN ||
            (end->shown == TSM_SHOWN_FIN && peer->shown != TSM_SHOWN_FIN)) {
            show(end, TSM_SHOWN_RST);
        }
    } else if (tsm_has(seg, TSM_FIN) && end->shown < TSM_SHOWN_FIN) {
        show_fin(end, peer);
    }
}

/* The end was not reset after all: the engine says that it goes on. Its RST was forged. */
static void note_alive(struct tsm_flow *flow, enum tsm_side side, enum tsm_state state)
{
    struct tsm_flow_end *end = &flow->end[side];
    struct tsm_flow_end *peer = &flow->end[tsm_other(side)];

    if (end->shown != TSM_SHOWN_RST || state < TSM_ESTABLISHED) {
        return;
    }
    show(end, state == TSM_ESTABLISHED || state == TSM_CLOSE_WAIT ? TSM_SHOWN_OPEN : TSM_SHOWN_FIN);
    end->closing = end->shown == TSM_SHOWN_FIN;
    end->closed = false;
    flow->over_ns = 0;
    if (peer->shown == TSM_SHOWN_SYN || peer->shown == TSM_SHOWN_SYN_ACK) {
        show(peer, TSM_SHOWN_OPEN);
    }
}

/* An end is closed when all before its FIN or RST was seen, and what its peer had sent by then is
 * acknowledged. */
static void note_closed(struct tsm_flow *flow, enum tsm_side side)
{
    struct tsm_flow_end *end = &flow->end[side];
    const struct tsm_flow_end *peer = &flow->end[tsm_other(side)];
    const bool all = end->delivered >= end->next - 1;
    const bool answered = end->shown == TSM_SHOWN_RST || peer->acked >= peer->delivered;

    if (!end->closing || end->closed || !all || !answered) {
        return;
    }
    end->closed = true;
    if (flow->over_ns == 0 &&
        (end->shown == TSM_SHOWN_RST || peer->closed || peer->shown == TSM_SHOWN_NOTHING)) {
        flow->over_ns = flow->last_ns + LINGER_NS;
    }
}

/* ---- beginning and end ---- */

/* When Zeek forgets the flow if nothing more comes. */
static int64_t forgotten_ns(const struct tsm_flow *flow)
{
    const struct tsm_flow_end *client = &flow->end[TSM_CLIENT];
    const struct tsm_flow_end *server = &flow->end[TSM_SERVER];

    if (flow->over_ns != 0) {
        return flow->over_ns;
    }
    if ((client->shown == TSM_SHOWN_SYN || client->shown == TSM_SHOWN_SYN_ACK) &&
        server->shown == TSM_SHOWN_NOTHING) {
        return flow->start_ns + ATTEMPT_NS;
    }
    if ((client->closed || server->closed) &&
        (client->shown == TSM_SHOWN_RST || server->shown == TSM_SHOWN_RST)) {
        return flow->last_ns + LINGER_NS;
    }
    return flow->last_ns + IDLE_NS;
}

/* A SYN after one end has closed, or was reset; of the server, whose client never spoke, a SYN-ACK,
 * and also one of another number than the one before. A client's SYN of another number is a new
 * stream already. Zeek: TCPSessionAdapter::IsReuse(). */
static bool reuses(const struct tsm_flow *flow, const struct tsm_segment *seg)
{
    const struct tsm_flow_end *client = &flow->end[TSM_CLIENT];
    const struct tsm_flow_end *server = &flow->end[TSM_SERVER];
    const bool closed = client->closed || server->closed;

    if (!tsm_has(seg, TSM_SYN)) {
        return false;
    }
    if (tsm_has(seg, TSM_ACK)) {
        return client->shown == TSM_SHOWN_NOTHING && server->shown != TSM_SHOWN_NOTHING &&
               (closed || seg->seq != server->start);
    }
    return closed;
}

static void begin(struct tsm_flow *flow, const struct tsm_segment *seg, enum tsm_side sender)
{
    memset(flow, 0, sizeof *flow);
    flow->start_ns = seg->time_ns;
    flow->last_ns = seg->time_ns;
    flow->frame = seg->frame;
    if (sender == TSM_SERVER) {
        add_letter(flow, TSM_CLIENT, '^');
    }
}

/* Segments that the receiver did not take change nothing, though the history shows them. Of a
 * receiver that was never heard nobody knows what it took. */
static bool is_taken(const struct tsm_flow *flow, enum tsm_side sender, uint32_t notes)
{
    return (notes & (TSM_NOTE_RST_IGNORED | TSM_NOTE_OUT_OF_WINDOW)) == 0 ||
           flow->end[tsm_other(sender)].shown == TSM_SHOWN_NOTHING;
}

static void note_ack(struct tsm_flow *flow, enum tsm_side sender, const struct tsm_segment *seg,
                     uint32_t notes)
{
    if (tsm_has(seg, TSM_ACK) && !tsm_has(seg, TSM_RST) && (notes & TSM_NOTE_BAD_ACK) == 0) {
        note_acknowledged(flow, tsm_other(sender), seg->ack);
    }
}

static inline void count_packet(struct tsm_flow_end *end, const struct tsm_segment *seg)
{
    end->packets++;
    end->ip_bytes += seg->ip_bytes;
}

/* Both ends are open and none has begun to close: what neither opens nor closes and comes in time
 * cannot change what they show, or when the flow is forgotten. */
static bool is_plain(const struct tsm_flow *flow, const struct tsm_segment *seg)
{
    return flow->open && (seg->flags & (TSM_SYN | TSM_FIN | TSM_RST)) == 0 &&
           seg->time_ns < flow->last_ns + IDLE_NS;
}

static bool is_open(const struct tsm_flow_end *end)
{
    return end->shown == TSM_SHOWN_OPEN && !end->closing;
}

/* The next data of an end of which all was captured: as note_sent() and note_data(). */
static bool take_next(struct tsm_flow_end *end, const struct tsm_segment *seg)
{
    if (seg->seq != end->start + (uint32_t)end->next || end->delivered != end->next ||
        end->acked > end->next || end->n_ranges > 0 || seg->cut > 0) {
        return false;
    }
    end->next += seg->payload;
    end->delivered = end->next;
    return true;
}

/* An acknowledgment of what was captured: as note_acknowledged(). */
static bool take_ack(struct tsm_flow_end *end, const struct tsm_segment *seg)
{
    const int64_t up_to = relative(end, seg->ack, end->acked);

    if (!tsm_has(seg, TSM_ACK) || up_to > end->delivered || seg->ack == 0) {
        return false;
    }
    end->acked = up_to > end->acked ? up_to : end->acked;
    return true;
}

static void take_plain(struct tsm_flow *flow, enum tsm_side sender, const struct tsm_segment *seg,
                       uint32_t notes)
{
    struct tsm_flow_end *end = &flow->end[sender];
    struct tsm_flow_end *peer = &flow->end[tsm_other(sender)];

    count_packet(end, seg);
    note_plain_letters(flow, sender, seg);
    note_window(flow, sender, seg);
    flow->last_ns = seg->time_ns;
    if (notes != 0 && !is_taken(flow, sender, notes)) {
        return;
    }
    if (!take_next(end, seg)) {
        note_sent(flow, sender, seg);
        note_data(end, seg);
    }
    if (notes != 0 || !take_ack(peer, seg)) {
        note_ack(flow, sender, seg, notes);
    }
}

static void take(struct tsm_flow *flow, enum tsm_side sender, const struct tsm_segment *seg,
                 const struct tsm_verdict *verdict)
{
    count_packet(&flow->end[sender], seg);
    locate(&flow->end[sender], seg);
    note_letters(flow, sender, seg);
    note_window(flow, sender, seg);
    if (!flow->end[TSM_CLIENT].closed || !flow->end[TSM_SERVER].closed) {
        flow->last_ns = seg->time_ns;
    }
    if (is_taken(flow, sender, verdict->notes)) {
        note_sent(flow, sender, seg);
        note_shown(flow, sender, seg);
        note_ack(flow, sender, seg, verdict->notes);
        note_data(&flow->end[sender], seg);
        note_closed(flow, sender);
        note_closed(flow, tsm_other(sender));
    }
    note_alive(flow, sender, (enum tsm_state)verdict->after[sender].state);
    flow->open = flow->over_ns == 0 && is_open(&flow->end[0]) && is_open(&flow->end[1]);
}

bool tsm_flow_feed_slow(struct tsm_flow *flow, const struct tsm_segment *seg,
                        const struct tsm_verdict *verdict, struct tsm_flow *ended)
{
    const enum tsm_side sender = (enum tsm_side)verdict->sender;
    const bool over = flow->frame != 0 && (seg->time_ns >= forgotten_ns(flow) || reuses(flow, seg));

    if (over) {
        *ended = *flow;
    }
    if (over || flow->frame == 0) {
        begin(flow, seg, sender);
    }
    take(flow, sender, seg, verdict);
    return over;
}

bool tsm_flow_feed(struct tsm_flow *flow, const struct tsm_segment *seg,
                   const struct tsm_verdict *verdict, struct tsm_flow *ended)
{
    if (is_plain(flow, seg)) {
        take_plain(flow, (enum tsm_side)verdict->sender, seg, verdict->notes);
        return false;
    }
    return tsm_flow_feed_slow(flow, seg, verdict, ended);
}

uint64_t tsm_flow_bytes(const struct tsm_flow *flow, enum tsm_side side)
{
    const struct tsm_flow_end *end = &flow->end[side];
    const int64_t highest = end->next > end->acked ? end->next : end->acked;
    const int64_t bytes = highest - 1 - (end->fin_end > 0 ? 1 : 0);

    return end->shown != TSM_SHOWN_NOTHING && bytes > 0 ? (uint64_t)bytes : 0;
}
