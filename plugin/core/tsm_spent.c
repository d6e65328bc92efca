/* tsm_spent.c - gives the time between segments to what it was spent on; see tsm_spent.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_spent.h"

#include "tsm_internal.h"

/* Data that comes later than this behind what it was sent before was lost and sent again: Linux
 * takes at least a round trip for it, and multi-path or multi-queue reordering takes less. */
#define REORDER_NS INT64_C(3000000)

/* A pause of a sender between two segments up to this is how TCP and hosts send, and no wait for
 * its application: above Linux's and Windows' delayed ACK (40 ms, 200 ms) and the least RTO. */
#define PAUSE_NS INT64_C(250000000)

/* ---- the handshake ---- */

/* How far both ends are from the capture, when nothing had to be sent twice. */
static void note_trips(struct tsm_spender *s, const struct tsm_segment *seg,
                       const struct tsm_verdict *verdict)
{
    if (tsm_has(seg, TSM_SYN)) {
        int64_t *first = tsm_has(seg, TSM_ACK) ? &s->syn_ack_ns : &s->syn_ns;
        s->retried = s->retried || *first != 0;
        *first = seg->time_ns;
    }
    if (s->retried || s->syn_ns == 0 || s->syn_ack_ns == 0) {
        return;
    }
    if (tsm_has(seg, TSM_SYN | TSM_ACK) && seg->time_ns > s->syn_ns) {
        s->is.end[TSM_SERVER].trip_ns = seg->time_ns - s->syn_ns;
    } else if (verdict->completes_handshake && seg->time_ns > s->syn_ack_ns) {
        s->is.end[TSM_CLIENT].trip_ns = seg->time_ns - s->syn_ack_ns;
    }
}

/* From one end to the other and back, as far as it is known. */
static int64_t whole_trip_ns(const struct tsm_spender *s)
{
    return tsm_later(s->is.end[TSM_CLIENT].trip_ns, s->is.end[TSM_SERVER].trip_ns);
}

/* ---- waits ---- */

/* The peer had waited for the end's application, and this segment ended it. */
static void end_wait(struct tsm_spender *s, enum tsm_side side, uint32_t frame)
{
    struct tsm_spent_end *end = &s->is.end[side];
    const int64_t trip_ns = end->trip_ns < s->waiting_ns ? end->trip_ns : s->waiting_ns;
    const int64_t wait_ns = s->waiting_ns - trip_ns;

    s->is.transfer_ns += trip_ns;
    end->wait_ns += wait_ns;
    if (wait_ns > end->longest_ns) {
        end->longest_ns = wait_ns;
        end->longest_frame = frame;
    }
    s->waiting_ns = 0;
}

/* Data of the same end as the newest: a pause of its application, when nothing else held it up. */
static bool is_pause(const struct tsm_spender *s, enum tsm_side sender)
{
    return s->acked[sender] && s->waiting_ns > tsm_later(PAUSE_NS, whole_trip_ns(s));
}

static void note_data(struct tsm_spender *s, enum tsm_side sender, const struct tsm_segment *seg)
{
    const bool answers = s->is.owing == 1u + sender;

    if (answers || is_pause(s, sender)) {
        end_wait(s, sender, seg->frame);
    }
    s->is.transfer_ns += s->waiting_ns;
    s->waiting_ns = 0;
    s->is.owing = 1u + (sender == TSM_CLIENT ? TSM_SERVER : TSM_CLIENT);
    s->is.end[sender].data++;
    s->data_ns[sender] = seg->time_ns;
    if (!s->known[sender]) {
        s->known[sender] = true;
        s->first_end[sender] = seg->seq + seg->payload;
        s->steady = false; /* its acknowledgment is awaited */
    }
}

/* A FIN or RST ends every wait: who was to send next had not. */
static void note_end(struct tsm_spender *s, enum tsm_side sender, const struct tsm_segment *seg)
{
    const uint32_t owing = s->is.owing;

    if (owing == 2u - sender && s->waiting_ns > 0) { /* the other end's turn */
        s->is.end[sender].gave_up_ns = s->waiting_ns;
    }
    if (owing != 0) {
        end_wait(s, (enum tsm_side)(owing - 1), seg->frame);
    }
    s->is.owing = 0;
}

/* ---- loss ---- */

/* It takes a round trip to be sent again: three quarters, as the handshake's may have been slow. */
static int64_t reorder_ns(const struct tsm_spender *s)
{
    return tsm_at_least(whole_trip_ns(s) / 4 * 3, REORDER_NS);
}

static void note_holes(struct tsm_spender *s, enum tsm_side sender, const struct tsm_segment *seg,
                       const struct tsm_verdict *verdict)
{
    struct tsm_spent_end *end = &s->is.end[sender];

    if ((verdict->notes & TSM_NOTE_HOLE) != 0 && s->hole_ns[sender] == 0) {
        s->hole_ns[sender] = seg->time_ns;
    }
    if (verdict->action == TSM_ACT_OUT_OF_ORDER && s->hole_ns[sender] != 0) {
        const bool lost = seg->time_ns - s->hole_ns[sender] > reorder_ns(s);
        end->filled += lost;
        end->reordered += !lost;
        s->hole_ns[sender] = 0;
    }
    end->missing = s->hole_ns[sender] != 0;
    end->resent += verdict->action == TSM_ACT_RETRANSMISSION && seg->payload > 0;
}

/* All by which a hole is filled that was seen here. */
static uint32_t mended(const struct tsm_spent_end *end)
{
    return end->resent + end->filled + end->reordered;
}

/* What a SACK block says, or an acknowledgment after one (RFC 2018 3). The peer of `side` says that
 * data was missing, and soon after that it has it, though nothing was sent again and nothing came
 * late here: it was overtaken behind the capture. */
static void note_report(struct tsm_spender *s, unsigned side, const struct tsm_segment *seg)
{
    struct tsm_spent_end *end = &s->is.end[side];
    const bool has_block = (seg->known & TSM_HAS_SACK) != 0;

    end->needless += has_block && tsm_seq_le(seg->sack_right, seg->ack);
    if (s->report_ns[side] == 0) {
        if (has_block && tsm_seq_lt(seg->ack, seg->sack_left)) {
            s->report_ns[side] = seg->time_ns;
            s->report_end[side] = seg->sack_left;
            s->mended[side] = mended(end);
        }
    } else if (tsm_seq_le(s->report_end[side], seg->ack)) {
        end->reordered +=
            mended(end) == s->mended[side] && seg->time_ns - s->report_ns[side] <= reorder_ns(s);
        s->report_ns[side] = 0;
    }
}

static void note_quickest(struct tsm_spent_end *end, int64_t trip_ns)
{
    if (trip_ns > 0 && (end->trip_ns == 0 || trip_ns < end->trip_ns)) {
        end->trip_ns = trip_ns;
    }
}

/* Whether its peer has the acknowledgment of all that it sent, by now. */
static void note_all_acked(struct tsm_spender *s, enum tsm_side sender,
                           const struct tsm_segment *seg)
{
    const unsigned peer = sender == TSM_CLIENT ? TSM_SERVER : TSM_CLIENT;
    const bool acked = tsm_seq_le(s->next[peer], seg->ack);

    if (acked && s->retried && !s->acked[peer] && s->data_ns[peer] != 0) {
        note_quickest(&s->is.end[sender], seg->time_ns - s->data_ns[peer]);
    }
    s->acked[peer] = acked;
}

static void note_ack(struct tsm_spender *s, enum tsm_side sender, const struct tsm_segment *seg)
{
    const unsigned peer = sender == TSM_CLIENT ? TSM_SERVER : TSM_CLIENT;
    struct tsm_spent_end *end = &s->is.end[peer];

    if (!tsm_has(seg, TSM_ACK)) {
        return;
    }
    if ((seg->known & TSM_HAS_SACK) != 0 || s->report_ns[peer] != 0) {
        note_report(s, peer, seg);
    }
    if (s->known[peer] && end->acked_ns == 0 && tsm_seq_le(s->first_end[peer], seg->ack)) {
        end->acked_ns = seg->time_ns;
    }
    note_all_acked(s, sender, seg);
}

/* Not its first segment. */
static void note_heard(struct tsm_spender *s, enum tsm_side sender, int64_t now_ns)
{
    struct tsm_spent_end *end = &s->is.end[sender];

    if (now_ns - s->heard_ns[sender] > end->quiet_ns) {
        end->quiet_ns = now_ns - s->heard_ns[sender];
        end->quiet_end_ns = now_ns;
    }
    s->heard_ns[sender] = now_ns;
}

static void note_quiet(struct tsm_spender *s, enum tsm_side sender, int64_t now_ns)
{
    if (s->open && s->heard_ns[sender] != 0) {
        note_heard(s, sender, now_ns);
    }
    s->heard_ns[sender] = now_ns;
}

static void note_next(struct tsm_spender *s, enum tsm_side sender, uint32_t end)
{
    if (s->next[sender] == 0 || tsm_seq_lt(s->next[sender], end)) {
        s->next[sender] = end;
        s->acked[sender] = false;
    }
}

static void note_sent(struct tsm_spender *s, enum tsm_side sender, const struct tsm_segment *seg)
{
    note_next(s, sender, tsm_segment_end(seg));
    if (!tsm_has(seg, TSM_SYN) && !tsm_has(seg, TSM_RST)) {
        s->closed[sender] = seg->window == 0;
    }
}

/* ---- time ---- */

static void note_resend(struct tsm_spender *s, enum tsm_side sender, int64_t gap_ns, int64_t now_ns)
{
    struct tsm_spent_end *end = &s->is.end[sender];

    end->resend_ns += gap_ns;
    if (gap_ns > end->stall_ns) {
        end->stall_ns = gap_ns;
        end->stall_end_ns = now_ns;
    }
}

/* The time since the segment before, which this one shows to have been a stall; false = it does
 * not. */
static bool is_stall(struct tsm_spender *s, enum tsm_side sender, int64_t gap_ns, int64_t now_ns,
                     const struct tsm_verdict *verdict)
{
    const enum tsm_action action = (enum tsm_action)verdict->action;

    for (unsigned side = 0; side < 2; side++) {
        if (s->closed[side]) {
            s->is.end[side].window_ns += gap_ns;
            return true;
        }
    }
    if (action == TSM_ACT_RETRANSMISSION || action == TSM_ACT_OUT_OF_ORDER) {
        note_resend(s, sender, gap_ns, now_ns);
        return true;
    }
    return false;
}

static void note_gap(struct tsm_spender *s, enum tsm_side sender, int64_t now_ns,
                     const struct tsm_verdict *verdict)
{
    const int64_t gap_ns = now_ns - s->last_ns;

    if (!s->open) {
        s->is.setup_ns += gap_ns;
    } else if (!is_stall(s, sender, gap_ns, now_ns, verdict)) {
        s->waiting_ns += gap_ns;
    }
}

/* Whether the segment brings data that the receiver did not have. */
static bool is_new_data(const struct tsm_segment *seg, const struct tsm_verdict *verdict)
{
    return seg->payload > 0 && (verdict->notes & TSM_NOTE_RETRANSMISSION) == 0 &&
           verdict->action != TSM_ACT_KEEP_ALIVE && verdict->action != TSM_ACT_ZERO_WINDOW_PROBE;
}

/* ---- the fast path: see tsm_steady.c ---- */

static bool is_steady_end(const struct tsm_spender *s, enum tsm_side side)
{
    return !s->closed[side] && (s->hole_ns[side] | s->report_ns[side]) == 0 &&
           s->heard_ns[side] != 0 && (!s->known[side] || s->is.end[side].acked_ns != 0);
}

/* Nothing of the handshake, the close, loss, a closed window or first data is under way: plain
 * segments have nothing to do with those, and leave it so, but for first data. */
static bool is_steady(const struct tsm_spender *s)
{
    return s->open && !s->closing && s->last_ns != 0 && is_steady_end(s, TSM_CLIENT) &&
           is_steady_end(s, TSM_SERVER);
}

/* As tsm_spent_feed_slow(), of what a plain segment can change. */
static void feed_plain(struct tsm_spender *s, enum tsm_side sender, const struct tsm_segment *seg)
{
    s->waiting_ns += seg->time_ns - s->last_ns;
    s->last_ns = seg->time_ns;
    note_all_acked(s, sender, seg);
    if (seg->payload > 0) {
        note_data(s, sender, seg);
        note_next(s, sender, seg->seq + seg->payload);
    }
    note_heard(s, sender, seg->time_ns);
}

/* ---- blanks ---- */

static void skip(int64_t *ns, const struct tsm_blank *blank)
{
    if (*ns != 0 && *ns <= blank->from_ns) {
        *ns += blank->to_ns - blank->from_ns;
    }
}

void tsm_spent_skip(struct tsm_spender *s, const struct tsm_model *model, int64_t now_ns)
{
    for (; s->blanks < model->n_blanks && model->blanks[s->blanks].to_ns <= now_ns; s->blanks++) {
        const struct tsm_blank *blank = &model->blanks[s->blanks];
        skip(&s->last_ns, blank);
        for (unsigned side = 0; side < 2; side++) {
            skip(&s->hole_ns[side], blank);
            skip(&s->report_ns[side], blank);
            skip(&s->heard_ns[side], blank);
            skip(&s->data_ns[side], blank);
        }
    }
}

/* ---- all ---- */

void tsm_spent_feed_slow(struct tsm_spender *s, const struct tsm_segment *seg,
                         const struct tsm_verdict *verdict)
{
    const enum tsm_side sender = (enum tsm_side)verdict->sender;

    if (verdict->action == TSM_ACT_DUPLICATE || (verdict->notes & TSM_NOTE_OUT_OF_WINDOW) != 0) {
        return;
    }
    if (seg->time_ns > s->last_ns) {
        if (s->last_ns != 0) {
            note_gap(s, sender, seg->time_ns, verdict);
        }
        s->last_ns = seg->time_ns;
    }
    note_trips(s, seg, verdict);
    note_holes(s, sender, seg, verdict);
    note_ack(s, sender, seg);
    if (is_new_data(seg, verdict)) {
        s->open = true;
        note_data(s, sender, seg);
    }
    if (verdict->open_step == 3 && !s->open) { /* whoever has something to say goes first */
        s->open = true;
        s->is.owing = 1 + TSM_CLIENT;
    }
    if ((seg->flags & (TSM_FIN | TSM_RST)) != 0) {
        note_end(s, sender, seg);
        s->closing = true;
    } else if (s->closing && s->is.owing == 0) {
        s->is.close_ns += s->waiting_ns;
        s->waiting_ns = 0;
    }
    note_sent(s, sender, seg);
    note_quiet(s, sender, seg->time_ns);
    s->steady = is_steady(s);
}

void tsm_spent_feed(struct tsm_spender *s, const struct tsm_segment *seg,
                    const struct tsm_verdict *verdict)
{
    if (verdict->plain && s->steady && seg->time_ns >= s->last_ns) {
        feed_plain(s, (enum tsm_side)verdict->sender, seg);
    } else {
        tsm_spent_feed_slow(s, seg, verdict);
    }
}
