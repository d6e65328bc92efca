/* tsm_belief.c - how a belief about an endpoint changes, and how that is published.
 *
 * The idea: a segment proves something of its sender, at once, and presumes something of its
 * receiver, which may never get it. So an endpoint is a base, the last state that is known, and a
 * short queue of pending events: segments sent to it that would move it, in the order of their
 * sequence numbers. TCP delivers in order. Hence the endpoint is in the base state or in one that a
 * prefix of the queue leads to, and in no other: that is the possible set, and the state shown is
 * the one behind the whole queue. What the endpoint sends later decides: an acknowledgment confirms
 * a prefix, which becomes the base; a segment that it would not have sent after an event refutes
 * that event and all behind it, or postpones them when the segment may have crossed it on its way.
 *
 * Everything that moves a state goes through tsm_fsm.def, and every change is published as a
 * tsm_change with two times: when it became known (live view), and since when it holds (hindsight
 * view). A confirmation thus also dates: what was believed between the two is void.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

#include <string.h>

/* Starting values: nothing was captured that would show them. */
static bool is_assumption(unsigned event)
{
    return event == TSM_PASSIVE_OPEN || event == TSM_RCV_SEGMENT;
}

/* Only what an endpoint does itself shows that it was in a state in which it can do so. */
static bool is_own(enum tsm_event event)
{
    return event == TSM_SND_SYN || event == TSM_SND_SYN_ACK || event == TSM_SND_SEGMENT ||
           event == TSM_SND_FIN || event == TSM_SND_RST;
}

/* Where the event takes them. What is received leaves a state alone in which it means nothing: an
 * acknowledgment of a FIN is one of data where no FIN was sent. */
static tsm_state_set others_after(tsm_state_set others, enum tsm_event event)
{
    tsm_state_set after = others == 0 ? 0 : tsm_fsm_image(others, event);

    for (unsigned s = 0; others != 0 && !is_own(event) && s < TSM_N_STATES; s++) {
        if (tsm_contains(others, (enum tsm_state)s) &&
            tsm_fsm((enum tsm_state)s, event)->kind == TSM_NEVER) {
            after |= tsm_only((enum tsm_state)s);
        }
    }
    return after;
}

/* The belief when one more event has happened. */
static inline void add_event(struct tsm_belief *belief, const struct tsm_pending *p)
{
    const enum tsm_state next =
        tsm_fsm_next((enum tsm_state)belief->state, (enum tsm_event)p->event);

    if (next != belief->state) {
        belief->state = (uint8_t)next;
        belief->basis = is_assumption(p->event) ? TSM_ASSUMED : TSM_PRESUMED;
        belief->since_ns = p->time_ns;
        belief->since_frame = p->frame;
    }
    belief->possible |= tsm_only(next);
}

/* On its own host it took what is pending when that was captured. Not so a third ACK, for which the
 * accept queue may have no room, a RST in TIME_WAIT (RFC 1337), and what is repeated as nothing
 * answers it: a filter may have dropped it. */
static inline bool is_taken_at_once(const struct tsm_endpoint *ep)
{
    const struct tsm_pending *first = &ep->pending[0];

    return first->event != TSM_RCV_ACK_OF_SYN && first->again_ns == 0 &&
           ep->base.state != TSM_TIME_WAIT;
}

/* The belief when the first k pending events have happened and no other is known of. */
static inline void believe_after(struct tsm_belief *belief, const struct tsm_conn *conn,
                                 enum tsm_side side, unsigned k)
{
    const struct tsm_endpoint *ep = &conn->ep[side];
    const tsm_state_set held = (ep->flags & EP_STALLED) != 0 ? tsm_held_states(ep) : 0;
    tsm_state_set others = tsm_others_of(&ep->base) | held;

    *belief = ep->base;
    belief->possible |= held;
    for (unsigned i = 0; i < k; i++) {
        add_event(belief, &ep->pending[i]);
        others = others_after(others, (enum tsm_event)ep->pending[i].event);
        belief->possible |= others;
    }
    if (k > 0 && tsm_is_near(conn, side) && is_taken_at_once(ep)) {
        belief->possible = tsm_only((enum tsm_state)belief->state) | others;
    }
    belief->possible |= ep->extra;
    if (belief->state != TSM_UNKNOWN) {
        belief->possible &= (tsm_state_set)~tsm_only(TSM_UNKNOWN);
    }
    if (belief->basis == TSM_PROVEN &&
        belief->possible != tsm_only((enum tsm_state)belief->state)) {
        belief->basis = TSM_PRESUMED; /* proven is what cannot be otherwise */
    }
}

static bool same_belief(const struct tsm_belief *a, const struct tsm_belief *b)
{
    return a->state == b->state && a->basis == b->basis && a->possible == b->possible;
}

/* Appends a change; the newest belief of a full list overwrites the last entry. */
static void emit(struct tsm_step *now, enum tsm_side side, const struct tsm_belief *belief,
                 int64_t from_ns, uint32_t from_frame, unsigned cause)
{
    struct tsm_verdict *out = now->out;

    if (from_ns < now->conn->start_ns) {
        from_ns = now->conn->start_ns;
        from_frame = now->conn->start_frame;
    }
    if (from_ns > now->ns) { /* the capture's clock went back */
        from_ns = now->ns;
        from_frame = now->frame;
    }
    if (out->n_changes == TSM_MAX_CHANGES) {
        out->n_changes--;
    }
    out->changes[out->n_changes++] = (struct tsm_change){
        .at_ns = now->ns,
        .at_frame = now->frame,
        .from_ns = from_ns,
        .from_frame = from_frame,
        .state = belief->state,
        .basis = belief->basis,
        .possible = belief->possible,
        .side = (uint8_t)side,
        .cause = (uint8_t)cause,
    };
    now->conn->belief[side] = *belief;
}

void tsm_rewrite(struct tsm_step *now, enum tsm_side side, int64_t from_ns, uint32_t from_frame,
                 unsigned cause)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    unsigned k = 0;

    if (from_ns < ep->base.since_ns) {
        from_ns = ep->base.since_ns;
        from_frame = ep->base.since_frame;
    }
    while (k < ep->n_pending && ep->pending[k].time_ns < from_ns) {
        k++;
    }
    struct tsm_belief belief;
    believe_after(&belief, now->conn, side, k);
    emit(now, side, &belief, from_ns, from_frame, cause);
    for (; k < ep->n_pending; k++) {
        const struct tsm_pending *p = &ep->pending[k];
        believe_after(&belief, now->conn, side, k + 1);
        emit(now, side, &belief, p->time_ns, p->frame, p->event);
    }
}

void tsm_publish(struct tsm_step *now, enum tsm_side side, unsigned cause)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    struct tsm_belief *published = &now->conn->belief[side];
    struct tsm_belief belief;

    if (ep->n_pending == 0 && ep->extra == 0 && (ep->flags & EP_STALLED) == 0 &&
        memcmp(&ep->base, published, sizeof *published) == 0) {
        return; /* the common case */
    }
    believe_after(&belief, now->conn, side, ep->n_pending);
    if (!same_belief(&belief, published)) {
        emit(now, side, &belief, now->ns, now->frame, cause);
    } else {
        *published = belief;
    }
}

/* As well known as that, but never proven when there are others. */
static enum tsm_basis basis_with(tsm_state_set others, enum tsm_basis basis, enum tsm_basis before)
{
    if (others == 0 || basis != TSM_PROVEN) {
        return basis;
    }
    return before == TSM_ASSUMED ? TSM_ASSUMED : TSM_PRESUMED;
}

bool tsm_move(struct tsm_step *now, enum tsm_side side, enum tsm_event event, enum tsm_basis basis)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_cell *cell = tsm_fsm((enum tsm_state)ep->base.state, event);

    if (cell->kind == TSM_NEVER) {
        return false;
    }
    const tsm_state_set to = tsm_only((enum tsm_state)cell->to);
    const tsm_state_set others = others_after(tsm_others_of(&ep->base), event) & (tsm_state_set)~to;
    basis = basis_with(others, basis, (enum tsm_basis)ep->base.basis);
    if (cell->to != ep->base.state) {
        ep->undo = ep->base;
        ep->undo_pending = 0;
        ep->undo_event = false;
        ep->base = tsm_known((enum tsm_state)cell->to, basis, now->ns, now->frame);
    } else {
        ep->base.basis = (uint8_t)basis;
    }
    ep->base.possible = to | others;
    ep->extra = 0;
    tsm_publish(now, side, event);
    return true;
}

bool tsm_move_earlier(struct tsm_step *now, enum tsm_side side, const struct tsm_earlier *move)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_cell *cell = tsm_fsm((enum tsm_state)ep->base.state, move->event);

    if (cell->kind != TSM_EDGE) {
        return false;
    }
    ep->undo = ep->base;
    ep->undo_pending = ep->n_pending;
    ep->undo_event = false;
    ep->n_pending = 0;
    const tsm_state_set others = others_after(tsm_others_of(&ep->base), move->event);
    ep->base = tsm_known((enum tsm_state)cell->to, move->basis, move->from_ns, move->from_frame);
    ep->base.possible |= move->doubt | others;
    ep->extra = 0;
    tsm_rewrite(now, side, move->from_ns, move->from_frame, move->cause);
    return true;
}

/* The pending event of that kind; NULL when there is none. */
static struct tsm_pending *find_pending(struct tsm_endpoint *ep, enum tsm_event event)
{
    for (unsigned i = 0; i < ep->n_pending; i++) {
        if (ep->pending[i].event == event) {
            return &ep->pending[i];
        }
    }
    return NULL;
}

/* One more acknowledgment for an endpoint that none has reached: it may have, and no more than
 * that. */
static bool is_ack_ineffective(const struct tsm_endpoint *ep, enum tsm_event event)
{
    return tsm_acks_not_arriving(ep) && ep->n_pending == 0 &&
           (event == TSM_RCV_ACK_OF_FIN || event == TSM_RCV_ACK_OF_SYN);
}

/* An echo of a time stamp that an earlier segment had, too, does not say which of them arrived. */
static unsigned stamp_flags(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_seen *last = tsm_last(now->conn, tsm_other(side));

    if (now->seg == NULL || (now->seg->known & TSM_HAS_TIMESTAMP) == 0) {
        return 0;
    }
    return last->ts_val != now->seg->ts_val ? PENDING_TS | PENDING_TS_NEW : PENDING_TS;
}

void tsm_presume(struct tsm_step *now, enum tsm_side side, enum tsm_event event, bool has_ack,
                 uint32_t ack)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const bool stamped = now->seg != NULL && (now->seg->known & TSM_HAS_TIMESTAMP) != 0;
    struct tsm_pending *p = find_pending(ep, event);

    if (p != NULL) {
        p->again_ns = now->ns;
        p->again_frame = now->frame;
        p->again_ts = stamped ? now->seg->ts_val : p->ts;
        if (tsm_is_deferred(ep) && now->seg->payload > 0) {
            p->deadline_ns = tsm_silence_deadline(now, side, event);
        }
        if (tsm_is_near(now->conn, side)) {
            tsm_rewrite(now, side, p->time_ns, p->frame, event);
        }
        return;
    }
    if (tsm_fsm(tsm_state_of(ep), event)->kind != TSM_EDGE) {
        return;
    }
    if (is_ack_ineffective(ep, event)) {
        tsm_widen(now, side, tsm_only(tsm_fsm_next((enum tsm_state)ep->base.state, event)), now->ns,
                  now->frame, event);
        ep->retry.running = 1;
        return;
    }
    if (ep->n_pending == TSM_MAX_PENDING) {
        tsm_confirm_first(now, side, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
    }
    ep->undo_event = false;
    ep->pending[ep->n_pending++] = (struct tsm_pending){
        .sent_ns = now->ns,
        .time_ns = now->ns,
        .deadline_ns = tsm_silence_deadline(now, side, event),
        .frame = now->frame,
        .cover = ack,
        .ts = stamped ? now->seg->ts_val : 0,
        .event = (uint8_t)event,
        .flags = (uint8_t)((has_ack ? PENDING_COVER : 0) | stamp_flags(now, side)),
    };
    tsm_publish(now, side, event);
}

/* Takes the first event off the queue. It is kept behind the others, for tsm_undo(), until one more
 * is presumed. */
static void drop_first(struct tsm_endpoint *ep)
{
    const struct tsm_pending first = ep->pending[0];

    ep->n_pending--;
    for (unsigned i = 0; i < ep->n_pending; i++) {
        ep->pending[i] = ep->pending[i + 1];
    }
    ep->pending[ep->n_pending] = first;
}

/* By when a pending event had happened, now that it is known to have. After the endpoint denied it
 * once, it came between that and now: it may acknowledge late (RFC 9293 3.8.6.3; Linux: 40 ms). */
static int64_t happened_ns(const struct tsm_step *now, const struct tsm_pending *p)
{
    return (p->flags & PENDING_LATER) != 0 ? now->ns : tsm_at_most(p->time_ns, now->ns);
}

/* Hindsight: until the first pending event had surely happened. An endpoint that lost the segment
 * did not have it; one that denied it once, because the two crossed, had it at some time in
 * between, probably half a round trip after it was sent. */
static void leave_arrival_open(struct tsm_step *now, enum tsm_side side, bool was_lost,
                               int64_t until_ns)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_pending *p = &ep->pending[0];
    const int64_t halfway_ns = ep->reaction_ns > 0 ? tsm_later(p->sent_ns, ep->reaction_ns / 2)
                                                   : p->time_ns + (until_ns - p->time_ns) / 2;
    struct tsm_belief before, after;

    if (p->time_ns < ep->base.since_ns) {
        return; /* it came while the endpoint was in a state before this one */
    }
    believe_after(&before, now->conn, side, 0);
    believe_after(&after, now->conn, side, 1);
    if (was_lost) {
        before.possible |= tsm_is_near(now->conn, side) ? 0 : after.possible;
        before.basis = before.possible == tsm_only(before.state) ? before.basis : TSM_PRESUMED;
        emit(now, side, &before, p->time_ns, p->frame, TSM_CAUSE_REFUTED);
        return;
    }
    if (halfway_ns > p->time_ns) {
        before.possible |= after.possible;
        emit(now, side, &before, p->time_ns, p->frame, TSM_CAUSE_REFUTED);
    }
    emit(now, side, &after, tsm_at_least(halfway_ns, p->time_ns), p->frame, p->event);
}

void tsm_forget_guess(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    if (ep->n_pending > 0 && ep->pending[0].event == TSM_RCV_SEGMENT) {
        drop_first(ep);
    }
}

void tsm_confirm_first(struct tsm_step *now, enum tsm_side side, enum tsm_basis basis, bool again,
                       enum tsm_cause cause)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_pending p = ep->pending[0];
    const enum tsm_state next =
        tsm_fsm_next((enum tsm_state)ep->base.state, (enum tsm_event)p.event);
    int64_t from_ns = again ? p.again_ns : happened_ns(now, &p);
    uint32_t from_frame = again ? p.again_frame : p.frame;

    if (from_ns < ep->base.since_ns) { /* it crossed the endpoint's own last step */
        from_ns = ep->base.since_ns;
        from_frame = ep->base.since_frame;
    }
    if (from_ns > p.time_ns) {
        leave_arrival_open(now, side, again, from_ns);
    }
    drop_first(ep);
    ep->extra = 0;
    ep->refutations = 0;
    const tsm_state_set others = others_after(tsm_others_of(&ep->base), (enum tsm_event)p.event) &
                                 (tsm_state_set)~tsm_only(next);
    basis = basis_with(others, basis, (enum tsm_basis)ep->base.basis);
    if (next != ep->base.state) {
        ep->undo = ep->base;
        ep->undo_pending = 0;
        ep->undo_event = true;
        ep->base = tsm_known(next, basis, from_ns, from_frame);
    }
    ep->base.possible = tsm_only(next) | others;
    if (ep->undo.state == TSM_TIME_WAIT && next == TSM_CLOSED) {
        ep->base.possible |= tsm_only(TSM_TIME_WAIT); /* RFC 1337 3: F1, ignore RSTs there */
    }
    tsm_rewrite(now, side, from_ns, from_frame, p.event == TSM_PASSIVE_OPEN ? cause : p.event);
    if (p.event == TSM_RCV_ACK_OF_SYN) {
        tsm_keep_request_in_doubt(now, side, from_ns, from_frame);
    }
}

void tsm_refute(struct tsm_step *now, enum tsm_side side, unsigned k)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_pending p = ep->pending[k];

    ep->n_pending = (uint8_t)k;
    ep->extra = 0;
    ep->refutations = (uint8_t)(ep->refutations < UINT8_MAX ? ep->refutations + 1 : UINT8_MAX);
    struct tsm_belief belief;
    believe_after(&belief, now->conn, side, k);
    emit(now, side, &belief, p.time_ns, p.frame, TSM_CAUSE_REFUTED);
    now->out->notes |= TSM_NOTE_REFUTED;
}

void tsm_postpone(struct tsm_step *now, enum tsm_side side, unsigned k)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    struct tsm_belief before;
    believe_after(&before, now->conn, side, k);

    if (ep->pending[k].time_ns >= now->ns) {
        return;
    }
    emit(now, side, &before, ep->pending[k].time_ns, ep->pending[k].frame, TSM_CAUSE_REFUTED);
    for (unsigned i = k; i < ep->n_pending; i++) {
        ep->pending[i].time_ns = now->ns;
        ep->pending[i].frame = now->frame;
        ep->pending[i].flags |= PENDING_LATER;
        struct tsm_belief belief;
        believe_after(&belief, now->conn, side, i + 1);
        emit(now, side, &belief, now->ns, now->frame, ep->pending[i].event);
    }
}

void tsm_renew_pending(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    enum tsm_state state = (enum tsm_state)ep->base.state;
    unsigned kept = 0;

    for (unsigned i = 0; i < ep->n_pending; i++) {
        const enum tsm_event event = (enum tsm_event)ep->pending[i].event;
        if (tsm_fsm(state, event)->kind == TSM_EDGE) {
            state = tsm_fsm_next(state, event);
            ep->pending[kept] = ep->pending[i];
            ep->pending[kept++].deadline_ns = tsm_silence_deadline(now, side, event);
        }
    }
    ep->n_pending = (uint8_t)kept;
}

/* An endpoint stays in these states only while its SYN-ACK or FIN is unacknowledged. */
static bool must_repeat(enum tsm_state state)
{
    return state == TSM_SYN_RCVD || state == TSM_FIN_WAIT_1 || state == TSM_CLOSING ||
           state == TSM_LAST_ACK;
}

/* What was on its way to the endpoint before the step that is taken back. */
static void restore_pending(struct tsm_endpoint *ep)
{
    if (ep->undo_event) {
        const struct tsm_pending first = ep->pending[ep->n_pending];
        for (unsigned i = ep->n_pending++; i > 0; i--) {
            ep->pending[i] = ep->pending[i - 1];
        }
        ep->pending[0] = first;
    } else if (ep->undo_pending > 0) {
        ep->n_pending = ep->undo_pending;
    }
    ep->undo_event = false;
    ep->undo_pending = 0;
}

bool tsm_undo(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const int64_t from_ns = ep->base.since_ns;
    const uint32_t from_frame = ep->base.since_frame;

    if (ep->undo.possible == 0) {
        return false;
    }
    ep->base = ep->undo;
    ep->base.possible = tsm_only((enum tsm_state)ep->base.state);
    ep->undo.possible = 0;
    restore_pending(ep);
    tsm_renew_pending(now, side);
    ep->extra = 0;
    ep->retry.running |= must_repeat((enum tsm_state)ep->base.state); /* if it does not, it left */
    tsm_rewrite(now, side, from_ns, from_frame, TSM_CAUSE_RESUMED);
    now->out->notes |= TSM_NOTE_RESUMED;
    return true;
}

void tsm_backdate(struct tsm_step *now, enum tsm_side side, int64_t from_ns, uint32_t from_frame,
                  bool certain)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_belief base = ep->base;

    if (ep->undo.possible == 0 || from_ns < ep->undo.since_ns || from_ns >= base.since_ns) {
        return;
    }
    if (!certain) {
        ep->base.basis = TSM_PRESUMED;
        ep->base.possible |= tsm_only((enum tsm_state)ep->undo.state);
    }
    ep->base.since_ns = from_ns;
    ep->base.since_frame = from_frame;
    tsm_rewrite(now, side, from_ns, from_frame, TSM_CAUSE_CONFIRMED);
    if (!certain) {
        ep->base = base;
        tsm_rewrite(now, side, now->ns, now->frame, TSM_CAUSE_CONFIRMED);
    }
}

void tsm_adopt(struct tsm_step *now, enum tsm_side side, enum tsm_state state)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    ep->base = tsm_known(state, TSM_PROVEN, now->ns, now->frame);
    ep->undo.possible = 0;
    ep->n_pending = 0;
    ep->extra = 0;
    tsm_publish(now, side, TSM_SND_SEGMENT);
}

void tsm_narrow(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    ep->extra = 0;
    tsm_rewrite(now, side, ep->extra_ns, ep->extra_frame, TSM_CAUSE_CONFIRMED);
    if ((ep->flags & EP_FIN_COPY) == 0) {
        ep->extra_ns = 0;
        ep->extra_frame = 0;
    }
}

void tsm_doubt_until_now(struct tsm_step *now, enum tsm_side side, tsm_state_set more,
                         int64_t from_ns, uint32_t from_frame)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    ep->extra = more;
    tsm_rewrite(now, side, from_ns, from_frame, TSM_CAUSE_SILENCE);
    ep->extra = 0;
}

void tsm_widen(struct tsm_step *now, enum tsm_side side, tsm_state_set more, int64_t from_ns,
               uint32_t from_frame, unsigned cause)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const tsm_state_set before = now->conn->belief[side].possible;
    const bool sooner = ep->extra != 0 && from_ns < ep->extra_ns;

    if (ep->extra == 0 || sooner) {
        ep->extra_ns = from_ns;
        ep->extra_frame = from_frame;
    }
    ep->extra |= more;
    if ((before | more) != before || sooner) {
        tsm_rewrite(now, side, from_ns, from_frame, cause);
    }
}
