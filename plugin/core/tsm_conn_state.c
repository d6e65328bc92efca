/* tsm_conn_state.c - Zeek's word for how a connection went, from what tsm_flow.c gathered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_flow.h"

#include <string.h>

/* S, then R, and of the client nothing else but data and repeats between. */
static bool is_syn_then_rst(const char *history)
{
    const char *at = history[0] == '^' ? history + 1 : history;
    const size_t other = strcspn(at, "HAFGIQR");

    return at[0] == 'S' && at[other] == 'R';
}

static enum tsm_conn_state reset_state(const struct tsm_flow *flow)
{
    const enum tsm_shown client = (enum tsm_shown)flow->end[TSM_CLIENT].shown;
    const enum tsm_shown server = (enum tsm_shown)flow->end[TSM_SERVER].shown;

    if (server == TSM_SHOWN_RST) {
        const bool empty =
            tsm_flow_bytes(flow, TSM_CLIENT) == 0 && tsm_flow_bytes(flow, TSM_SERVER) == 0;
        if (client == TSM_SHOWN_SYN || client == TSM_SHOWN_SYN_ACK ||
            (client == TSM_SHOWN_RST && empty)) {
            return TSM_CONN_REJ;
        }
        return client == TSM_SHOWN_NOTHING || client == TSM_SHOWN_TRAFFIC ? TSM_CONN_RSTRH
                                                                          : TSM_CONN_RSTR;
    }
    if (server == TSM_SHOWN_NOTHING || server == TSM_SHOWN_TRAFFIC) {
        return is_syn_then_rst(flow->history) ? TSM_CONN_RSTOS0 : TSM_CONN_OTH;
    }
    return TSM_CONN_RSTO;
}

enum tsm_conn_state tsm_flow_conn_state(const struct tsm_flow *flow)
{
    const enum tsm_shown client = (enum tsm_shown)flow->end[TSM_CLIENT].shown;
    const enum tsm_shown server = (enum tsm_shown)flow->end[TSM_SERVER].shown;

    if (client == TSM_SHOWN_RST || server == TSM_SHOWN_RST) {
        return reset_state(flow);
    }
    if (client == TSM_SHOWN_FIN && server == TSM_SHOWN_FIN) {
        return TSM_CONN_SF;
    }
    if (client == TSM_SHOWN_FIN) {
        return server == TSM_SHOWN_NOTHING || server == TSM_SHOWN_TRAFFIC ? TSM_CONN_SH
                                                                          : TSM_CONN_S2;
    }
    if (server == TSM_SHOWN_FIN) {
        return client == TSM_SHOWN_NOTHING || client == TSM_SHOWN_TRAFFIC ? TSM_CONN_SHR
                                                                          : TSM_CONN_S3;
    }
    if (client == TSM_SHOWN_SYN && server == TSM_SHOWN_NOTHING) {
        return TSM_CONN_S0;
    }
    return client == TSM_SHOWN_OPEN && server == TSM_SHOWN_OPEN ? TSM_CONN_S1 : TSM_CONN_OTH;
}

const char *tsm_conn_state_name(enum tsm_conn_state state)
{
    static const char *const names[] = {
#define X(name, meaning) #name,
        TSM_CONN_STATE_LIST(X)
#undef X
    };

    return (unsigned)state < TSM_N_CONN_STATES ? names[state] : "OTH";
}
