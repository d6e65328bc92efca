/* tsm_timer.c - what happens when nothing happens: retransmissions that do not come, TIME_WAIT.
 *
 * The first source is the capture's own back-off: the gaps between the retransmissions seen so far
 * predict the next one. Only before the first gap, and for TIME_WAIT and FIN_WAIT_2, a model of the
 * operating system is needed. Sources: RFC 6298 (doubling, first RTO), RFC 9293 3.8.3 (give-up),
 * Linux net/ipv4/tcp_timer.c as measured (docs/user/accuracy.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

const struct tsm_model tsm_model_default = {
    .time_wait_ns = 60 * TSM_S,
    .fin_wait_2_ns = 60 * TSM_S,
    .first_rto_ns = 1 * TSM_S,
    .linear_syns = 4,
    .vantage = TSM_AT_UNKNOWN,
};

/* One timer of an endpoint: when, and what it does. */
enum timer_kind {
    NO_TIMER,
    SILENCE_CONFIRMS,  /* what would have been repeated had it been lost was not repeated */
    RETRY_OVERDUE,     /* a retransmission is due and does not come */
    RETRY_OVER,        /* nor will it come any more */
    LINGER_MAY_END,    /* TIME_WAIT or FIN_WAIT_2: nominal length */
    LINGER_ENDS,       /* likely over */
    LINGER_OVER,       /* certainly over */
    KEEPALIVE_OVERDUE, /* an end that probed whenever all was quiet does not any more */
    ACKED_HIDDEN,      /* it repeats no more, and its peer's answers are not captured */
    HIDDEN_QUIET,      /* nothing of it is captured, and its peer is quiet */
    STALL_OVER,        /* a FIN that was held back would have come by now */
    UNHEARD,           /* it has not been heard for a while, and nothing has to be heard */
    CLIENT_ABSENT,     /* it neither answers the SYN-ACK nor repeats its SYN */
};

struct timer {
    int64_t ns;
    enum timer_kind kind;
    enum tsm_side side;
};

static void earlier(struct timer *best, int64_t ns, enum timer_kind kind, enum tsm_side side)
{
    if (ns < best->ns) {
        *best = (struct timer){ns, kind, side};
    }
}

/* States in which something unacknowledged is repeated. */
static bool repeats(enum tsm_state state)
{
    switch (state) {
    case TSM_SYN_SENT:
    case TSM_SYN_RCVD:
    case TSM_ESTABLISHED:
    case TSM_FIN_WAIT_1:
    case TSM_CLOSE_WAIT:
    case TSM_CLOSING:
    case TSM_LAST_ACK:
        return true;
    case TSM_UNKNOWN:
    case TSM_CLOSED:
    case TSM_LISTEN:
    case TSM_FIN_WAIT_2:
    case TSM_TIME_WAIT:
    case TSM_N_STATES:
        break;
    }
    return false;
}

#define R2_NS (100 * TSM_S) /* no TCP gives up data or a FIN before: RFC 1122 4.2.3.5 */
#define ENOUGH_REPEATS 2    /* to know the back-off of what an orphan repeats; assumed */

/* What it repeated so far may have been acknowledged by what was not captured, or its next repeats
 * were lost before the capture: that they stop is no sign that it gave up. It is of a SYN, which
 * applications give up when they like, and on its own host of a socket that was closed, which
 * systems give up early (Linux tcp_orphan_retries). */
static bool may_repeat_on(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const unsigned state = ep->base.state;

    if (ep->retry.count == 0 || state == TSM_SYN_SENT || state == TSM_SYN_RCVD) {
        return false;
    }
    return state == TSM_ESTABLISHED || state == TSM_CLOSE_WAIT || !tsm_is_near(now->conn, side) ||
           ep->retry.count < ENOUGH_REPEATS;
}

/* The same where the answers are not captured: what is not repeated was acknowledged. */
static void hidden_retry_timer(const struct tsm_step *now, enum tsm_side side, struct timer *best)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_due due = tsm_next_due(now, side);
    const int64_t span = tsm_overdue(ep->retry.count > 0 ? due.latest_ns : 1 * TSM_S);

    earlier(best, tsm_later(ep->retry.last_ns, span), ACKED_HIDDEN, side);
}

static void retry_timers(const struct tsm_step *now, enum tsm_side side, struct timer *best)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];

    if (tsm_is_hidden(now->conn, tsm_other(side)) && ep->base.state >= TSM_SYN_RCVD) {
        hidden_retry_timer(now, side, best);
        return;
    }
    if ((ep->n_pending > 0 && !tsm_acks_not_arriving(ep)) ||
        !repeats((enum tsm_state)ep->base.state)) {
        return;
    }
    const struct tsm_due due = tsm_next_due(now, side);
    const bool widened = (ep->extra & (tsm_only(TSM_CLOSED) | tsm_only(TSM_LISTEN))) != 0;
    if (!widened) {
        const int64_t late_ns = tsm_later(due.likely_ns, due.likely_ns / 32);
        const int64_t due_ns = tsm_later(ep->retry.last_ns, late_ns);
        const bool lived_on = due_ns <= ep->last_ns; /* that repeat was not captured */
        earlier(best, lived_on ? tsm_later(ep->last_ns, late_ns) : due_ns, RETRY_OVERDUE, side);
    }
    if (!now->beyond || ep->retry.count > 0) { /* one never repeated: the capture just ended */
        const int64_t span_ns =
            tsm_at_least(tsm_overdue(due.latest_ns), may_repeat_on(now, side) ? R2_NS : 0);
        earlier(best, tsm_later(ep->retry.last_ns, span_ns), RETRY_OVER, side);
    }
}

struct tsm_lingers tsm_lingers_of(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_model *model = now->model;
    struct tsm_lingers lingers = *tsm_system_lingers((enum tsm_layout)now->conn->ep[side].layout,
                                                     now->conn->facts[side].ttl_most);

    if (model->time_wait_ns != tsm_model_default.time_wait_ns) {
        lingers.least = lingers.usual = lingers.most = model->time_wait_ns;
    }
    if (model->fin_wait_2_ns != tsm_model_default.fin_wait_2_ns) {
        lingers.fin_wait_2 = model->fin_wait_2_ns;
    }
    return lingers;
}

/* How long the state lasts by itself; 0 = not ended by a timer. */
static int64_t linger(const struct tsm_endpoint *ep, const struct tsm_lingers *lingers)
{
    if (ep->base.state == TSM_TIME_WAIT) {
        return lingers->usual;
    }
    if (ep->base.state == TSM_FIN_WAIT_2 && (ep->flags & EP_HALF_CLOSE) == 0) {
        return lingers->fin_wait_2;
    }
    return 0;
}

/* Since when it may have ended, after it began. The length of TIME_WAIT cannot be set on Linux,
 * that of FIN_WAIT_2 can. */
static int64_t least_linger(const struct tsm_endpoint *ep, const struct tsm_lingers *lingers)
{
    return ep->base.state == TSM_FIN_WAIT_2
               ? tsm_at_most(lingers->fin_wait_2, TSM_MIN_FIN_WAIT_2_NS)
               : lingers->least;
}

/* TIME_WAIT and FIN_WAIT_2 end between their nominal length and 3 % later; once over, the old state
 * is possible until then. Linux measured: 60.85 to 61.46 s. */
static void linger_timers(const struct tsm_step *now, enum tsm_side side, struct timer *best)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_lingers lingers = tsm_lingers_of(now, side);
    const int64_t length = linger(ep, &lingers);

    if (now->beyond && ep->n_pending > 0 && tsm_state_of(ep) == TSM_TIME_WAIT &&
        (ep->extra & tsm_only(TSM_CLOSED)) == 0) {
        earlier(best, tsm_later(ep->pending[ep->n_pending - 1].time_ns, lingers.least),
                LINGER_MAY_END, side);
    }
    if (length == 0 || ep->n_pending > 0) {
        return;
    }
    const int64_t start = tsm_at_least(ep->base.since_ns, ep->linger_ns);
    if ((ep->extra & tsm_only(TSM_CLOSED)) == 0) {
        earlier(best, tsm_later(start, least_linger(ep, &lingers)), LINGER_MAY_END, side);
    } else {
        earlier(best, tsm_later(start, tsm_later(length, length / 50)), LINGER_ENDS, side);
    }
}

/* Who sends keep-alives sends them for as long as it lives (RFC 9293 3.8.4). That one is missing
 * tells no sooner than any silence does, so the cheap times of tsm_set_timer() are before it. */
static void keepalive_timer(const struct tsm_step *now, enum tsm_side side, struct timer *best)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];

    if (ep->base.state >= TSM_ESTABLISHED && ep->base.state != TSM_TIME_WAIT &&
        (ep->extra & tsm_only(TSM_CLOSED)) == 0) {
        const int64_t quiet_ns =
            tsm_heard_ns(now, tsm_at_least(ep->last_ns, tsm_peer(now, side)->last_ns));
        const int64_t late_ns = tsm_overdue(ep->keepalive_ms * TSM_MS);
        earlier(best, tsm_later(quiet_ns, tsm_at_least(late_ns, TSM_UNHEARD_NS)), KEEPALIVE_OVERDUE,
                side);
    }
}

/* A SYN-ACK is on its way to it, and it has not spoken since. */
static bool awaits_answer(const struct tsm_endpoint *ep)
{
    return ep->base.state == TSM_SYN_SENT && ep->n_pending == 1 && ep->segments > 0 &&
           ep->pending[0].event == TSM_RCV_SYN_ACK;
}

/* What silence confirms of what is pending, or shows of a client that is not there. */
static void pending_timers(const struct tsm_step *now, enum tsm_side side, struct timer *best)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];

    for (unsigned k = 0; k < ep->n_pending; k++) {
        earlier(best, ep->pending[k].deadline_ns, SILENCE_CONFIRMS, side);
    }
    if (awaits_answer(ep)) {
        const int64_t last_ns = tsm_at_least(ep->retry.last_ns, ep->pending[0].sent_ns);
        const int64_t due_ns =
            ep->retry.count > 0 ? tsm_next_due(now, side).latest_ns : now->model->first_rto_ns;
        earlier(best, tsm_later(last_ns, tsm_overdue(due_ns)), CLIENT_ABSENT, side);
    }
}

/* It ended by a timer, and until a little later the old state is possible. */
static void linger_over_timer(const struct tsm_step *now, enum tsm_side side, struct timer *best)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];

    if (ep->base.possible != tsm_only(TSM_CLOSED) &&
        (ep->base.possible & tsm_only(TSM_TIME_WAIT)) != 0) {
        const struct tsm_lingers lingers = tsm_lingers_of(now, side);
        const bool timed = ep->base.basis == TSM_TIMED;
        const int64_t rest_ns =
            timed ? lingers.most - lingers.usual + lingers.usual / 100 : lingers.most;
        earlier(best, tsm_later(ep->base.since_ns, rest_ns), LINGER_OVER, side);
    }
}

#define HIDDEN_QUIET_NS (1 * TSM_S) /* assumed */

static void hidden_timer(const struct tsm_step *now, enum tsm_side side, struct timer *best)
{
    const struct tsm_endpoint *peer = tsm_peer(now, side);

    if ((peer->extra & tsm_only(TSM_CLOSED)) == 0 && peer->base.state >= TSM_ESTABLISHED &&
        tsm_state_of(peer) != TSM_TIME_WAIT) {
        earlier(best, tsm_later(tsm_heard_ns(now, peer->last_ns), HIDDEN_QUIET_NS), HIDDEN_QUIET,
                side);
    }
}

static struct timer next_timer(const struct tsm_step *now)
{
    struct timer best = {TSM_NEVER_NS, NO_TIMER, TSM_CLIENT};

    for (unsigned i = 0; i < 2; i++) {
        const enum tsm_side side = (enum tsm_side)i;
        const struct tsm_endpoint *ep = &now->conn->ep[side];
        if (ep->keepalive_ms > 0) {
            keepalive_timer(now, side, &best);
        }
        if (ep->n_pending > 0) {
            pending_timers(now, side, &best);
        }
        if (tsm_is_hidden(now->conn, side)) {
            hidden_timer(now, side, &best);
        }
        if (ep->retry.running) {
            retry_timers(now, side, &best);
        }
        earlier(&best, tsm_unheard_ns(now, side), UNHEARD, side);
        if ((ep->flags & EP_STALLED) != 0) {
            earlier(&best, tsm_stall_over_ns(now, side), STALL_OVER, side);
        }
        if (ep->base.state == TSM_FIN_WAIT_2 || ep->base.state == TSM_TIME_WAIT || now->beyond) {
            linger_timers(now, side, &best);
        }
        if (ep->base.state == TSM_CLOSED && ep->base.possible != tsm_only(TSM_CLOSED)) {
            linger_over_timer(now, side, &best);
        }
    }
    return best;
}

/* The retransmission that is due does not come: the endpoint may have given up, or its SYN-ACK or
 * FIN was acknowledged by what was not captured. */
static void apply_overdue(struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const enum tsm_state state = (enum tsm_state)ep->base.state;
    tsm_state_set more = tsm_only(tsm_fsm_next(state, TSM_GIVE_UP));

    if (tsm_fsm(state, TSM_RCV_ACK_OF_FIN)->kind == TSM_EDGE) {
        more |= tsm_only(tsm_fsm_next(state, TSM_RCV_ACK_OF_FIN));
    }
    if (state == TSM_SYN_RCVD && ep->retry.count == 0) {
        more |= tsm_only(TSM_ESTABLISHED);
    }
    if (state == TSM_SYN_SENT) { /* its program gave up when it liked, since the last SYN */
        tsm_widen(now, side, more, ep->last_ns, 0, TSM_CAUSE_OVERDUE);
    } else {
        tsm_widen(now, side, more, now->ns, 0, TSM_CAUSE_OVERDUE);
    }
}

/* The endpoint gave up at from_ns; the states of `doubt` are possible since then, too. */
static void give_up(struct tsm_step *now, enum tsm_side side, int64_t from_ns, tsm_state_set doubt)
{
    const struct tsm_earlier move = {
        .event = TSM_GIVE_UP,
        .cause = TSM_GIVE_UP,
        .basis = TSM_TIMED,
        .from_ns = from_ns,
        .doubt = doubt,
    };

    tsm_move_earlier(now, side, &move);
}

/* A SYN_SENT on another host: it may repeat its SYN, which is lost before the capture. */
static tsm_state_set unheard_of(const struct tsm_step *now, enum tsm_side side)
{
    const bool waits = now->conn->ep[side].base.state == TSM_SYN_SENT;

    return waits && !tsm_is_near(now->conn, side) ? tsm_only(TSM_SYN_SENT) : 0;
}

void tsm_expire(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const int64_t gap_ns = tsm_next_due(now, side).likely_ns;
    int64_t due_ns =
        ep->base.state == TSM_SYN_RCVD ? ep->due_ns : tsm_later(ep->retry.last_ns, gap_ns);

    if (due_ns < ep->last_ns) { /* it lived on: that repeat was not captured */
        due_ns = tsm_later(ep->last_ns, gap_ns);
    }
    ep->retry.running = 0;
    if (due_ns <= now->ns) {
        give_up(now, side, due_ns, ep->extra | unheard_of(now, side));
    }
}

/* A host repeats what is not acknowledged (RFC 9293 3.8.1). What it sent once was acknowledged, by
 * what was not captured: a FIN, too, unless the host is gone. */
static void apply_unrepeated(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_earlier acknowledged = {
        .event = TSM_RCV_ACK_OF_FIN,
        .cause = TSM_RCV_ACK_OF_FIN,
        .basis = TSM_TIMED,
        .from_ns = tsm_later(ep->retry.last_ns, tsm_next_due(now, side).likely_ns),
        .doubt = ep->extra | tsm_only((enum tsm_state)ep->base.state),
    };

    ep->retry.running = 0;
    if (acknowledged.from_ns <= now->ns &&
        tsm_fsm((enum tsm_state)ep->base.state, TSM_RCV_ACK_OF_FIN)->kind == TSM_EDGE) {
        tsm_move_earlier(now, side, &acknowledged);
    }
}

/* What it has to repeat it does not, or not any more. */
static void apply_retry_over(struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];

    if (ep->retry.count > 0 || ep->base.state == TSM_SYN_SENT || ep->base.state == TSM_SYN_RCVD) {
        tsm_expire(now, side);
    } else {
        apply_unrepeated(now, side);
    }
}

/* A client that got a SYN-ACK answers at once, and one that lost it repeats its SYN. One that does
 * neither is not there: its address was forged, or it has gone. Its answers may be lost, too. */
static void apply_absence(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    ep->retry.running = 0;
    give_up(now, side, ep->pending[0].time_ns, tsm_only(TSM_ESTABLISHED) | unheard_of(now, side));
}

/* The next SYN-ACK is due and does not come, but data that came to its own host is not answered
 * either: the request has expired (Linux: silently), it was never established. */
static bool is_expired_request(const struct tsm_step *now, enum tsm_side side)
{
    const struct tsm_endpoint *ep = &now->conn->ep[side];
    const struct tsm_endpoint *peer = tsm_peer(now, side);

    return ep->base.state == TSM_SYN_RCVD && ep->pending[0].event == TSM_RCV_ACK_OF_SYN &&
           tsm_is_near(now->conn, side) && peer->retry.running && peer->retry.count > 0 &&
           now->conn->facts[tsm_other(side)].icmp_frame == 0; /* an error says: not arrived */
}

static void apply_silence(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    bool last = false;

    if (is_expired_request(now, side)) {
        tsm_refute(now, side, 0);
        tsm_expire(now, side);
        return;
    }
    if (ep->n_pending == 1 && ep->pending[0].event == TSM_RCV_ACK_OF_SYN &&
        (tsm_peer(now, side)->flags & EP_DATA) == 0) {
        ep->pending[0].deadline_ns = TSM_NEVER_NS;
        return;
    }
    while (ep->n_pending > 0 && !last) {
        last = ep->pending[0].deadline_ns <= now->ns;
        tsm_confirm_first(now, side, TSM_PRESUMED, false, TSM_CAUSE_CONFIRMED);
    }
}

/* The keep-alive that is due does not come: one of the two hosts is gone, or the path between them.
 */
static void apply_quiet(struct tsm_step *now)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tsm_endpoint *ep = &now->conn->ep[i];
        if (ep->base.state >= TSM_ESTABLISHED) {
            tsm_widen(now, (enum tsm_side)i, tsm_only(TSM_CLOSED), ep->last_ns, ep->last_frame,
                      TSM_CAUSE_SILENCE);
        }
    }
}

static void apply_linger_end(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    const enum tsm_state old = (enum tsm_state)ep->base.state;

    tsm_move(now, side, old == TSM_TIME_WAIT ? TSM_TIMEOUT_2MSL : TSM_TIMEOUT_FIN_WAIT_2,
             TSM_TIMED);
    ep->base.possible |= tsm_only(old);
    tsm_publish(now, side, TSM_CAUSE_OVERDUE);
}

static void apply(struct tsm_step *now, const struct timer *timer)
{
    struct tsm_endpoint *ep = &now->conn->ep[timer->side];

    switch (timer->kind) {
    case SILENCE_CONFIRMS:
        apply_silence(now, timer->side);
        break;
    case RETRY_OVERDUE:
        apply_overdue(now, timer->side);
        break;
    case HIDDEN_QUIET:
        tsm_doubt_hidden(now, timer->side);
        break;
    case ACKED_HIDDEN:
        tsm_acked_hidden(now, timer->side);
        break;
    case RETRY_OVER:
        apply_retry_over(now, timer->side);
        break;
    case LINGER_MAY_END:
        tsm_widen(now, timer->side, tsm_only(TSM_CLOSED), now->ns, 0, TSM_CAUSE_OVERDUE);
        break;
    case LINGER_ENDS:
        apply_linger_end(now, timer->side);
        break;
    case LINGER_OVER:
        ep->base.possible = tsm_only(TSM_CLOSED);
        tsm_publish(now, timer->side, TSM_TIMEOUT_2MSL);
        break;
    case KEEPALIVE_OVERDUE:
        apply_quiet(now);
        break;
    case STALL_OVER:
        tsm_stall_over(now, timer->side);
        break;
    case UNHEARD:
        tsm_doubt_unheard(now, timer->side);
        break;
    case CLIENT_ABSENT:
        apply_absence(now, timer->side);
        break;
    case NO_TIMER:
        break;
    }
}

bool tsm_run_timer(struct tsm_step *now, int64_t until_ns)
{
    const struct timer timer = next_timer(now);

    if (timer.ns > until_ns) {
        now->conn->next_timer_ns = timer.ns;
        return false;
    }
    /* What became overdue only by later evidence is noticed now, not then. */
    now->ns = tsm_at_most(tsm_at_least(timer.ns, now->conn->clock_ns), until_ns);
    now->frame = 0;
    now->conn->steady = false;
    apply(now, &timer);
    now->conn->clock_ns = now->ns;
    return true;
}

static void run_until(struct tsm_step *now, int64_t until_ns)
{
    bool ran = now->conn->next_timer_ns <= until_ns;

    while (ran) {
        ran = tsm_run_timer(now, until_ns);
    }
}

void tsm_run_timers(struct tsm_step *now)
{
    const int64_t until_ns = now->ns;
    const uint32_t frame = now->frame;
    const struct tsm_blank *blank;

    while ((blank = tsm_next_blank(now, until_ns)) != NULL) {
        run_until(now, blank->from_ns);
        tsm_pass_blank(now, blank);
    }
    run_until(now, until_ns);
    now->ns = until_ns;
    now->frame = frame;
}

/* Nothing but data is unacknowledged, for the first time, or an event is pending: no other timer of
 * the endpoint is running. */
static bool has_simple_timers(const struct tsm_endpoint *ep)
{
    const unsigned state = ep->base.state;

    return ep->retry.count == 0 && (ep->flags & EP_STALLED) == 0 &&
           (state == TSM_ESTABLISHED || state == TSM_CLOSE_WAIT || state == TSM_FIN_WAIT_1 ||
            state == TSM_LAST_ACK);
}

/* A time before the first of them, or that of the silence that confirms what is pending. */
static int64_t before_simple_timers_ns(const struct tsm_endpoint *ep)
{
    int64_t ns = tsm_at_most(tsm_before_retry_ns(ep), ep->last_ns + TSM_UNHEARD_NS);

    for (unsigned k = 0; k < ep->n_pending; k++) {
        ns = tsm_at_most(ns, ep->pending[k].deadline_ns);
    }
    return ns;
}

void tsm_set_timer(struct tsm_step *now)
{
    const struct tsm_endpoint *ep = now->conn->ep;

    if (has_simple_timers(&ep[0]) && has_simple_timers(&ep[1]) && !now->beyond &&
        ep[0].segments > 0 && ep[1].segments > 0) {
        now->conn->next_timer_ns =
            tsm_at_most(before_simple_timers_ns(&ep[0]), before_simple_timers_ns(&ep[1]));
    } else {
        now->conn->next_timer_ns = next_timer(now).ns;
    }
}
