/* tsm_step.c - names for what a segment did: step of the handshake or the close, event, call.
 *
 * Steps are named by meaning and not by arrival (docs/user/inference.md): 1 is the first FIN and 2
 * the ACK of that FIN, even when the other side's FIN, 3, comes in between. Nothing here moves a
 * state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

#include <string.h>

static const char *const action_names[TSM_N_ACTIONS] = {
#define X(name, text) [TSM_ACT_##name] = text,
    TSM_ACTION_LIST(X)
#undef X
};

static const char *const call_names[TSM_N_CALLS] = {
#define X(name, text) [TSM_CALL_##name] = text,
    TSM_CALL_LIST(X)
#undef X
};

const char *tsm_action_name(enum tsm_action action)
{
    return (unsigned)action < TSM_N_ACTIONS ? action_names[action] : action_names[TSM_ACT_OTHER];
}

const char *tsm_call_name(enum tsm_call call)
{
    return (unsigned)call < TSM_N_CALLS ? call_names[call] : "";
}

const char *tsm_cause_name(unsigned cause)
{
    switch (cause) {
    case TSM_CAUSE_START:
        return "START";
    case TSM_CAUSE_CONFIRMED:
        return "CONFIRMED";
    case TSM_CAUSE_REFUTED:
        return "REFUTED";
    case TSM_CAUSE_OVERDUE:
        return "OVERDUE";
    case TSM_CAUSE_SILENCE:
        return "SILENCE";
    case TSM_CAUSE_NO_SOCKET:
        return "NO_SOCKET";
    case TSM_CAUSE_BLANK:
        return "nothing captured";
    case TSM_CAUSE_RESUMED:
        return "RESUMED";
    default:
        return tsm_event_name((enum tsm_event)cause);
    }
}

char *tsm_step_text(unsigned open_step, unsigned close_steps, char *buf, unsigned size)
{
    static const char *const opens[] = {"", "open 1/3", "open 2/3", "open 3/3"};
    size_t used = 0;

    buf[0] = '\0';
    if (size < TSM_STEP_TEXT) {
        return buf;
    }
    if (open_step <= 3) {
        used = strlen(opens[open_step]);
        memcpy(buf, opens[open_step], used + 1);
    }
    if ((close_steps & 0xf) == 0) {
        return buf;
    }
    const char *lead = used > 0 ? ", close " : "close ";
    memcpy(buf + used, lead, strlen(lead));
    used += strlen(lead);
    for (unsigned step = 1, first = 1; step <= 4; step++) {
        if ((close_steps & 1u << (step - 1)) != 0) {
            if (!first) {
                buf[used++] = '+';
            }
            buf[used++] = (char)('0' + step);
            first = 0;
        }
    }
    memcpy(buf + used, "/4", 3);
    return buf;
}

/* Its receiver refused the segment, or ignored it: it is no step, and implies no call. */
#define NOT_ACCEPTED \
    (TSM_NOTE_OUT_OF_WINDOW | TSM_NOTE_BAD_ACK | TSM_NOTE_RST_IGNORED | TSM_NOTE_RST_INEXACT)

/* Which of the two FINs is this side's: 1 for the first, 3 for the other. */
static unsigned fin_step(const struct tsm_conn *conn, enum tsm_side side)
{
    return conn->first_fin == 1 + side ? 1 : 3;
}

static void mark_close(struct tsm_step *now, unsigned step)
{
    now->out->close_steps |= (uint8_t)(1u << (step - 1));
    now->conn->close_steps_seen |= (uint8_t)(1u << (step - 1));
}

/* The steps of the close are those of the FINs that are known, and of their acknowledgments. */
static void recount_close(struct tsm_conn *conn)
{
    conn->close_steps_seen = 0;
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_endpoint *ep = &conn->ep[side];
        const unsigned step = fin_step(conn, (enum tsm_side)side);
        if ((ep->flags & EP_FIN) != 0) {
            conn->close_steps_seen |= (uint8_t)((ep->fin_acked ? 3u : 1u) << (step - 1));
        }
    }
}

void tsm_unmark_fin(struct tsm_step *now, enum tsm_side side)
{
    struct tsm_conn *conn = now->conn;
    const bool alone = (tsm_peer(now, side)->flags & EP_FIN) != 0;

    if (conn->first_fin == 1 + side) {
        conn->first_fin = alone ? (uint8_t)(1 + tsm_other(side)) : 0;
        conn->closed_by = conn->first_fin;
    }
    recount_close(conn);
}

/* The FIN of the sender, and the sender's first acknowledgment of the peer's FIN (or its answer to
 * a repeated one). */
static void find_close_steps(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    if (tsm_has(seg, TSM_RST) || (now->out->notes & TSM_NOTE_OUT_OF_WINDOW) != 0) {
        return;
    }
    if (tsm_has(seg, TSM_FIN | TSM_ACK)) {
        if (conn->first_fin == 0) {
            conn->first_fin = (uint8_t)(1 + sender);
        }
        mark_close(now, fin_step(conn, sender));
        if ((now->out->notes & TSM_NOTE_RETRANSMISSION) != 0) {
            conn->ep[sender].flags |= EP_FIN_AGAIN;
        }
        if (now->is_late) { /* with it is known what acknowledged it, and which FIN was first */
            mark_close(now, fin_step(conn, sender) + 1);
            recount_close(conn);
        }
    }
    if ((peer->flags & EP_FIN) == 0 || !tsm_has(seg, TSM_ACK) ||
        tsm_seq_le(seg->ack, peer->fin_seq)) {
        return;
    }
    const bool answers_again = (peer->flags & EP_FIN_AGAIN) != 0 && tsm_segment_span(seg) == 0;
    const bool repeats = tsm_has(seg, TSM_FIN) && peer->fin_ack_with_fin;
    if (!peer->fin_acked || answers_again || repeats) {
        mark_close(now, fin_step(conn, tsm_other(sender)) + 1);
        peer->fin_ack_with_fin |= tsm_has(seg, TSM_FIN) && !peer->fin_acked;
        peer->fin_acked = true;
        peer->flags &= ~(uint32_t)EP_FIN_AGAIN;
    }
}

/* Step 3 is the first acknowledgment of the SYN-ACK, be it captured or not; in a simultaneous open
 * either side may be first. */
static bool completes_open(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;
    const bool may_be_first = sender == TSM_CLIENT || (conn->flags & CONN_SIMULTANEOUS) != 0;

    if (!may_be_first || !tsm_has(seg, TSM_ACK) || (conn->open_steps_seen & 4) != 0 ||
        (now->out->notes & TSM_NOTE_BAD_ACK) != 0) {
        return false;
    }
    if ((conn->open_steps_seen & 2) == 0) {
        return now->out->before[sender].state == TSM_SYN_SENT &&
               conn->ep[sender].base.state >= TSM_ESTABLISHED;
    }
    return (peer->flags & EP_ISS) != 0 && tsm_seq_lt(peer->iss, seg->ack);
}

static void find_open_step(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    const struct tsm_segment *seg = now->seg;

    if (tsm_has(seg, TSM_RST) || (now->out->notes & NOT_ACCEPTED) != 0) {
        return;
    }
    if (tsm_has(seg, TSM_SYN)) {
        now->out->open_step = tsm_has(seg, TSM_ACK) ? 2 : 1;
    } else if (completes_open(now, sender)) {
        now->out->open_step = 3;
        now->out->completes_handshake = true;
        if (conn->first_syn_ns != TSM_NEVER_NS) {
            const int64_t took_ns = now->ns - conn->first_syn_ns;
            conn->setup_ns = took_ns > 0 ? took_ns : 0; /* less where a clock was set back */
        }
    }
    if (now->out->open_step > 0) {
        conn->open_steps_seen |= (uint8_t)(1u << (now->out->open_step - 1));
    }
}

enum tsm_action tsm_name_ack(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;

    if (now->out->close_steps != 0) {
        return TSM_ACT_ACK_OF_FIN;
    }
    if ((ep->flags & EP_CHALLENGED) != 0) {
        now->out->notes |= TSM_NOTE_CHALLENGE;
        return TSM_ACT_CHALLENGE_ACK;
    }
    const struct tsm_seen *last = tsm_last(now->conn, sender);
    if (ep->segments > 1 && seg->ack == last->ack && tsm_segment_end(seg) == ep->snd_nxt) {
        if (ep->probed) {
            return TSM_ACT_KEEP_ALIVE_ACK;
        }
        return seg->window == last->window ? TSM_ACT_DUPLICATE_ACK : TSM_ACT_WINDOW_UPDATE;
    }
    return TSM_ACT_ACK;
}

static enum tsm_action name_action(struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_segment *seg = now->seg;
    const uint32_t notes = now->out->notes;

    if ((notes & TSM_NOTE_DUPLICATE) != 0) {
        return TSM_ACT_DUPLICATE;
    }
    if (tsm_has(seg, TSM_RST)) {
        return TSM_ACT_RST;
    }
    if (now->is_probe) {
        return tsm_peer(now, sender)->window == 0 ? TSM_ACT_ZERO_WINDOW_PROBE : TSM_ACT_KEEP_ALIVE;
    }
    if ((notes & TSM_NOTE_RETRANSMISSION) != 0) {
        return TSM_ACT_RETRANSMISSION;
    }
    if (tsm_has(seg, TSM_SYN)) {
        return tsm_has(seg, TSM_ACK) ? TSM_ACT_SYN_ACK : TSM_ACT_SYN;
    }
    if (tsm_has(seg, TSM_FIN)) {
        return TSM_ACT_FIN;
    }
    if (now->out->open_step == 3) {
        return TSM_ACT_ESTABLISHED;
    }
    if (now->fills_hole) {
        return TSM_ACT_OUT_OF_ORDER;
    }
    if (seg->payload > 0) {
        return TSM_ACT_DATA;
    }
    return tsm_has(seg, TSM_ACK) ? tsm_name_ack(now, sender) : TSM_ACT_OTHER;
}

/* What a RST means to the two programs. One that is not accepted means nothing to the peer's; one
 * in CLOSE_WAIT has read all that there was, and only its writing fails (measured on Linux). */
static enum tsm_call name_reset(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_belief *before = &now->out->before[sender];

    if ((now->out->notes & NOT_ACCEPTED) != 0) {
        return TSM_CALL_NONE;
    }
    if (sender == TSM_SERVER && before->state <= TSM_LISTEN) {
        return now->out->before[TSM_CLIENT].state == TSM_SYN_SENT ? TSM_CALL_REFUSED
                                                                  : TSM_CALL_NO_SOCKET;
    }
    if ((now->seg->flags & TSM_ACK) != 0) {
        return TSM_CALL_ABORT;
    }
    return now->out->before[tsm_other(sender)].state == TSM_CLOSE_WAIT ? TSM_CALL_BROKEN_PIPE
                                                                       : TSM_CALL_NO_SOCKET;
}

static enum tsm_call name_call(const struct tsm_step *now, enum tsm_side sender)
{
    const bool sends = now->seg->payload > 0;

    if ((now->out->notes & TSM_NOTE_SYN_ACK_AGAIN) != 0) {
        return TSM_CALL_ACCEPT_LATE;
    }
    switch ((enum tsm_action)now->out->action) {
    case TSM_ACT_SYN:
        return TSM_CALL_CONNECT;
    case TSM_ACT_SYN_ACK:
        return TSM_CALL_LISTENING;
    case TSM_ACT_ESTABLISHED:
        return TSM_CALL_CONNECTED;
    case TSM_ACT_DATA:
    case TSM_ACT_OUT_OF_ORDER:
        return sends ? TSM_CALL_WRITE : TSM_CALL_NONE;
    case TSM_ACT_FIN:
        if ((now->seg->flags & TSM_ACK) == 0) {
            return TSM_CALL_NONE; /* a scan: no TCP sends one */
        }
        return sends ? TSM_CALL_WRITE_CLOSE : TSM_CALL_CLOSE;
    case TSM_ACT_ACK_OF_FIN:
        return TSM_CALL_END_OF_FILE;
    case TSM_ACT_RST:
        return name_reset(now, sender);
    default:
        return TSM_CALL_NONE;
    }
}

void tsm_name_step(struct tsm_step *now, enum tsm_side sender)
{
    find_open_step(now, sender);
    find_close_steps(now, sender);
    now->out->action = (uint8_t)name_action(now, sender);
    now->out->call = (uint8_t)name_call(now, sender);
}
