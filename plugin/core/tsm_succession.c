/* tsm_succession.c - streams on the same addresses and ports: which one a segment belongs to, and
 * what an older one tells the next.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

#include <string.h>

static enum tsm_side side_of_end(const struct tsm_conn *conn, unsigned end)
{
    return end == conn->client_end ? TSM_CLIENT : TSM_SERVER;
}

void tsm_conn_inherit(struct tsm_conn *conn, const struct tsm_conn *older)
{
    const struct tsm_endpoint *was = &older->ep[side_of_end(older, 1u - conn->client_end)];
    struct tsm_endpoint *server = &conn->ep[TSM_SERVER];

    if (tsm_state_of(was) <= TSM_LISTEN) {
        return;
    }
    *server = *was;
    server->segments = server->retransmissions = server->copies = 0;
}

bool tsm_conn_is_claim(const struct tsm_conn *conn, unsigned end)
{
    const unsigned state = conn->ep[TSM_CLIENT].base.state;

    return end == conn->client_end && (state == TSM_SYN_SENT || state == TSM_SYN_RCVD);
}

bool tsm_conn_is_older(const struct tsm_conn *conn, const struct tsm_conn *older,
                       const struct tsm_segment *seg, unsigned end)
{
    const struct tsm_endpoint *ep = &conn->ep[TSM_CLIENT];
    const struct tsm_endpoint *was = &older->ep[side_of_end(older, end)];

    if (!tsm_conn_is_claim(conn, end) || was->base.state < TSM_ESTABLISHED ||
        (seg->flags & (TSM_SYN | TSM_RST)) != 0) {
        return false;
    }
    const int64_t ahead = tsm_seq_diff(seg->seq, was->snd_nxt);
    return ahead >= -(1 << 16) && ahead <= (1 << 16) && seg->seq != ep->snd_nxt;
}

void tsm_conn_resume(struct tsm_conn *conn, const struct tsm_conn *older, int64_t now_ns,
                     uint32_t frame, struct tsm_verdict *verdict)
{
    const struct tsm_conn begun = *conn;

    *conn = *older;
    conn->stream = begun.stream;
    conn->previous_stream = begun.previous_stream;
    conn->start_ns = begun.start_ns;
    conn->start_frame = begun.start_frame;
    conn->steady = false;
    struct tsm_step now =
        tsm_step_begin(conn, &tsm_model_default, verdict, begun.start_ns, begun.start_frame);
    for (unsigned i = 0; i < 2; i++) {
        conn->belief[i].possible = 0;
        tsm_publish(&now, (enum tsm_side)i, TSM_CAUSE_RESUMED);
    }
    for (unsigned i = 0; i < verdict->n_changes; i++) {
        verdict->changes[i].at_ns = now_ns;
        verdict->changes[i].at_frame = frame;
    }
}

void tsm_conn_tell_resumed(struct tsm_verdict *verdict, const struct tsm_verdict *resumed)
{
    struct tsm_change all[TSM_MAX_CHANGES];
    unsigned n = 0;

    for (unsigned i = 0; i < resumed->n_changes && n < TSM_MAX_CHANGES; i++) {
        all[n++] = resumed->changes[i];
    }
    for (unsigned i = 0; i < verdict->n_changes && n < TSM_MAX_CHANGES; i++) {
        all[n++] = verdict->changes[i];
    }
    memcpy(verdict->changes, all, n * sizeof all[0]);
    verdict->n_changes = (uint8_t)n;
    verdict->changed = verdict->changed || resumed->n_changes > 0;
    verdict->notes |= TSM_NOTE_RESUMED;
}

void tsm_conn_replaced(struct tsm_conn *conn, const struct tsm_model *model, int64_t now_ns,
                       uint32_t frame, struct tsm_verdict *verdict)
{
    struct tsm_step now = tsm_step_begin(conn, model, verdict, now_ns, frame);
    const struct tsm_conn kept = *conn;

    tsm_run_timers(&now);
    for (unsigned i = 0; i < 2; i++) {
        while (conn->ep[i].n_pending > 0) {
            conn->ep[i].n_pending--;
        }
        tsm_move(&now, (enum tsm_side)i, TSM_REPLACED, TSM_PROVEN);
    }
    /* What the endpoints were is kept: the newer stream may have to go on with it. */
    memcpy(conn->ep, kept.ep, sizeof conn->ep);
    conn->steady = false;
    conn->next_timer_ns = TSM_NEVER_NS;
}
