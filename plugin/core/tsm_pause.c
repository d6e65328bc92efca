/* tsm_pause.c - a connection through a blank: a stretch in which nothing at all was captured.
 *
 * The idea: the capture ended when the blank began, and began anew when it was over. What a host
 * does by its own clock it did: TIME_WAIT and FIN_WAIT_2 run out by the time that has passed. What
 * silence shows it does not show: clocks of retransmissions and keep-alives, and of what would have
 * been repeated had it been lost, stop meanwhile. And any segment may have been sent, so every
 * state is possible that those and the application lead to, until the endpoint speaks again: a
 * segment that goes on where its sender was shows that it was there all the time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

const struct tsm_blank *tsm_next_blank(const struct tsm_step *now, int64_t until_ns)
{
    struct tsm_conn *conn = now->conn;

    while (conn->blanks < now->model->n_blanks &&
           now->model->blanks[conn->blanks].to_ns <= until_ns) {
        const struct tsm_blank *blank = &now->model->blanks[conn->blanks++];
        if (blank->from_ns >= conn->start_ns) {
            return blank;
        }
    }
    return NULL;
}

/* Where an endpoint in one of these states may be after a while, whatever was sent. One that is
 * closed stays so: what comes next on its ports is another connection. */
static tsm_state_set reachable(tsm_state_set from)
{
    static const enum tsm_event events[] = {
        TSM_RCV_SYN, TSM_RCV_SYN_ACK, TSM_RCV_ACK_OF_SYN, TSM_RCV_FIN,      TSM_RCV_ACK_OF_FIN,
        TSM_SND_FIN, TSM_RCV_RST,     TSM_GIVE_UP,        TSM_TIMEOUT_2MSL, TSM_TIMEOUT_FIN_WAIT_2,
    };
    tsm_state_set all = from, before;

    do {
        before = all;
        for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
            all |= tsm_fsm_image(all & (tsm_state_set)~tsm_only(TSM_CLOSED), events[i]);
        }
    } while (all != before);
    return all;
}

static int64_t shifted(int64_t ns, int64_t by_ns)
{
    return ns == TSM_NEVER_NS ? ns : tsm_later(ns, by_ns);
}

/* Silence in it shows nothing: what it would have shown takes as long again from its end on. */
static void stop_clocks(struct tsm_step *now, enum tsm_side side, const struct tsm_blank *blank)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];
    struct tsm_facts *facts = &now->conn->facts[side];
    const int64_t length_ns = blank->to_ns - blank->from_ns;

    if (ep->retry.running) {
        ep->retry.last_ns = blank->to_ns;
    }
    for (unsigned k = 0; k < ep->n_pending; k++) {
        ep->pending[k].deadline_ns = shifted(ep->pending[k].deadline_ns, length_ns);
    }
    ep->due_ns = shifted(ep->due_ns, length_ns);
    if (facts->closed_since_ns != 0) {
        facts->closed_since_ns = shifted(facts->closed_since_ns, length_ns);
    }
}

void tsm_pass_blank(struct tsm_step *now, const struct tsm_blank *blank)
{
    struct tsm_conn *conn = now->conn;

    now->ns = blank->to_ns;
    now->frame = 0;
    for (unsigned i = 0; i < 2; i++) {
        const enum tsm_side side = (enum tsm_side)i;
        const tsm_state_set possible = conn->belief[i].possible;
        if (tsm_blank_is_sure(blank)) {
            stop_clocks(now, side, blank);
        }
        if (!tsm_contains(possible, TSM_UNKNOWN)) {
            tsm_widen(now, side, reachable(possible), blank->from_ns, 0, TSM_CAUSE_BLANK);
        }
    }
    if (tsm_blank_is_sure(blank)) {
        conn->blank_ns = blank->to_ns;
    }
    if (conn->clock_ns < blank->to_ns) {
        conn->clock_ns = blank->to_ns;
    }
    conn->steady = false;
    conn->next_timer_ns = now->ns; /* to be found anew */
}

/* A FIN or RST may have been sent in the blank already, and this be a copy of it. */
void tsm_leave_blank(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_endpoint *ep = &now->conn->ep[side];

    if (tsm_has(now->seg, TSM_FIN) && ep->extra_ns < now->conn->blank_ns) {
        ep->extra_ns = now->conn->blank_ns;
        ep->extra_frame = 0;
    }
}
