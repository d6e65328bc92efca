/* tsm_origin.c - how a connection begins: roles, first beliefs, and where the capture was made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_internal.h"

#include <string.h>

static struct tsm_belief assumed(enum tsm_state state, const struct tsm_conn *conn)
{
    return (struct tsm_belief){
        .state = (uint8_t)state,
        .basis = TSM_ASSUMED,
        .possible = tsm_only(state),
        .since_ns = conn->start_ns,
    };
}

/* The server listens: assumed until it answers. */
static void assume_listening(struct tsm_conn *conn)
{
    struct tsm_endpoint *server = &conn->ep[TSM_SERVER];

    server->pending[0] = (struct tsm_pending){
        .time_ns = conn->start_ns,
        .deadline_ns = TSM_NEVER_NS,
        .event = TSM_PASSIVE_OPEN,
    };
    server->n_pending = 1;
}

/* The lower port is the service's: a guess. But nobody listens on port 0, and from port 20 FTP
 * servers open data connections (RFC 959 3.2). */
static uint32_t service_rank(uint16_t port)
{
    return port == 0 || port == 20 ? UINT16_MAX + 1u : port;
}

static void set_roles(struct tsm_conn *conn, const struct tsm_segment *first, unsigned end,
                      uint16_t sport, uint16_t dport)
{
    const bool syn = tsm_has(first, TSM_SYN);
    bool sender_is_client = service_rank(dport) <= service_rank(sport);

    if (syn) {
        sender_is_client = !tsm_has(first, TSM_ACK);
    }
    conn->role_basis = syn ? TSM_ROLE_HANDSHAKE : TSM_ROLE_GUESSED;
    conn->client_end = (uint8_t)(sender_is_client ? end : 1 - end);
}

void tsm_conn_init(struct tsm_conn *conn, uint32_t stream, const struct tsm_segment *first,
                   unsigned end, uint16_t sport, uint16_t dport)
{
    memset(conn, 0, sizeof *conn);
    conn->stream = stream;
    conn->previous_stream = TSM_NO_STREAM;
    conn->start_ns = first->time_ns;
    conn->start_frame = first->frame;
    conn->setup_ns = -1;
    conn->first_syn_ns = TSM_NEVER_NS;
    conn->next_timer_ns = TSM_NEVER_NS;
    set_roles(conn, first, end, sport, dport);
    for (unsigned i = 0; i < 2; i++) {
        conn->ep[i].base = assumed(TSM_UNKNOWN, conn);
        conn->ep[i].reaction_ns = -1;
    }
    if (tsm_has(first, TSM_SYN)) {
        conn->ep[TSM_SERVER].base = assumed(TSM_CLOSED, conn);
        assume_listening(conn);
        if (!tsm_has(first, TSM_ACK)) {
            conn->ep[TSM_CLIENT].base = assumed(TSM_CLOSED, conn);
        }
    }
}

void tsm_conn_set_self(struct tsm_conn *conn)
{
    conn->flags |= CONN_SELF;
    conn->ep[TSM_SERVER].n_pending = 0;
}

void tsm_conn_want_facts(struct tsm_conn *conn, bool wanted)
{
    conn->flags |= wanted ? 0 : CONN_NO_FACTS;
}

#define NEAR_RATIO 8 /* a host's own reaction is at most this fraction of the other's; assumed */

static void guess_vantage(struct tsm_conn *conn, const struct tsm_model *model)
{
    const int64_t client = conn->ep[TSM_CLIENT].reaction_ns;
    const int64_t server = conn->ep[TSM_SERVER].reaction_ns;

    if (model->vantage != TSM_AT_UNKNOWN) {
        conn->vantage = model->vantage;
    } else if (client >= 0 && server >= 0) {
        conn->vantage = client < server / NEAR_RATIO   ? TSM_AT_CLIENT
                        : server < client / NEAR_RATIO ? TSM_AT_SERVER
                                                       : TSM_AT_UNKNOWN;
        conn->flags |= CONN_GAPS_KNOWN;
    }
}

/* The gaps of the handshake: how long after a segment to an endpoint its answer was captured. */
void tsm_measure_reaction(struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    struct tsm_endpoint *ep = &conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const bool synack = tsm_has(now->seg, TSM_SYN | TSM_ACK);
    const bool third = sender == TSM_CLIENT && tsm_has(now->seg, TSM_ACK) &&
                       !tsm_has(now->seg, TSM_SYN) && (conn->open_steps_seen & 6) == 2;

    if (!(synack || third) || tsm_has(now->seg, TSM_RST) || peer->segments == 0 ||
        peer->retry.count > 0 || (conn->flags & CONN_SIMULTANEOUS) != 0) {
        return;
    }
    ep->reaction_ns = now->ns > peer->last_ns ? now->ns - peer->last_ns : 0;
    guess_vantage(conn, now->model);
}
