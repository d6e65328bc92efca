/* fields.h - the registered fields, tree items and value names of the protocol tcpstate.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "compat.h"

/* The rows of fields.def: indexes of hf_tcpstate[]. */
enum field {
#define FIELD(id, name, type, base, strings, label, meaning) HF_##id,
#include "fields.def"
#undef FIELD
    N_FIELDS,
    HF_OF_HINDSIGHT = HF_client_hindsight, /* from here on */
};

/* Subtrees: indexes of ett_tcpstate[]. */
enum subtree { ETT_SEGMENT, ETT_CLIENT, ETT_SERVER, ETT_VERDICTS, ETT_ANOMALY, N_SUBTREES };

extern int proto_tcpstate;
extern int hf_tcpstate[N_FIELDS];
extern int ett_tcpstate[N_SUBTREES];

/* Registers the protocol, its fields and its subtrees. */
void fields_register(void);

/* Whether the user has the protocol switched on. */
bool tcpstate_enabled(void);

/* The name of the protocol in columns and in lists of expert items. */
#define TCPSTATE_SHORT_NAME "TCPSTATE"

#endif
