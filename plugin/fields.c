/* fields.c - registers the protocol tcpstate and its fields, from the table fields.def.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fields.h"

#include <epan/packet.h>

#include "anomaly.h"
#include "tsm_conn.h"

int proto_tcpstate = -1;
static protocol_t *protocol; /* the same */
int hf_tcpstate[N_FIELDS];
int ett_tcpstate[N_SUBTREES];

static const value_string state_names[] = {
#define X(name) {TSM_##name, #name},
    TSM_STATE_LIST(X)
#undef X
        {0, NULL},
};

static const value_string basis_names[] = {
#define X(name, text) {TSM_##name, text},
    TSM_BASIS_LIST(X)
#undef X
        {0, NULL},
};

static const value_string event_names[] = {
#define X(name, text) {TSM_ACT_##name, text},
    TSM_ACTION_LIST(X)
#undef X
        {0, NULL},
};

static const value_string side_names[] = {
    {TSM_CLIENT, "client"},
    {TSM_SERVER, "server"},
    {0, NULL},
};

/* As tsm_conn.closed_by counts. */
static const value_string closer_names[] = {
    {1 + TSM_CLIENT, "client"},
    {1 + TSM_SERVER, "server"},
    {0, NULL},
};

static const value_string role_names[] = {
    {TSM_ROLE_GUESSED, "guessed"},
    {TSM_ROLE_HANDSHAKE, "handshake"},
    {0, NULL},
};

/* As tsm_phase_name() says. */
static const value_string phase_names[] = {
    {TSM_OPENING, "opening"},
    {TSM_RUNNING, "established"},
    {TSM_CLOSING_DOWN, "closing"},
    {TSM_OVER, "closed"},
    {0, NULL},
};

/* Severities of anomalies. */
static const value_string severity_names[] = {
#define X(name, word, meaning) {ANOMALY_##name, word},
    ANOMALY_SEVERITY_LIST(X)
#undef X
        {0, NULL},
};

static hf_register_info rows[] = {
#define FIELD(id, name, type, base, strings, label, meaning) \
    {&hf_tcpstate[HF_##id], {label, "tcpstate." name, type, base, strings, 0x0, meaning, HFILL}},
#include "fields.def"
#undef FIELD
};

bool tcpstate_enabled(void)
{
    return protocol && proto_is_protocol_enabled(protocol);
}

void fields_register(void)
{
    static int *subtrees[N_SUBTREES];

    for (int i = 0; i < N_FIELDS; i++) {
        hf_tcpstate[i] = -1;
    }
    for (int i = 0; i < N_SUBTREES; i++) {
        ett_tcpstate[i] = -1;
        subtrees[i] = &ett_tcpstate[i];
    }
    proto_tcpstate =
        proto_register_protocol("TCP connection states", TCPSTATE_SHORT_NAME, "tcpstate");
    protocol = find_protocol_by_id(proto_tcpstate);
    proto_register_field_array(proto_tcpstate, rows, N_FIELDS);
    proto_register_subtree_array(subtrees, N_SUBTREES);
}
