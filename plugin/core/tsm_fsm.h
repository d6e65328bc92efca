/* tsm_fsm.h - the transition table of one endpoint, looked up.
 *
 * The truth is tsm_fsm.def; this is the only way to it. Nothing here knows segments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_FSM_H
#define TSM_FSM_H

#include "tsm_state.h"

/* What can happen to an endpoint; tsm_fsm.def explains each where its rows begin. */
#define TSM_EVENT_LIST(X) \
    X(PASSIVE_OPEN)       \
    X(SND_SYN)            \
    X(RCV_SYN)            \
    X(SND_SYN_ACK)        \
    X(RCV_SYN_ACK)        \
    X(RCV_ACK_OF_SYN)     \
    X(SND_SEGMENT)        \
    X(RCV_SEGMENT)        \
    X(SND_FIN)            \
    X(RCV_FIN)            \
    X(RCV_ACK_OF_FIN)     \
    X(SND_RST)            \
    X(RCV_RST)            \
    X(RCV_REFUSAL)        \
    X(RCV_ICMP_ERROR)     \
    X(REPLACED)           \
    X(GIVE_UP)            \
    X(TIMEOUT_FIN_WAIT_2) \
    X(TIMEOUT_2MSL)

enum tsm_event {
#define X(name) TSM_##name,
    TSM_EVENT_LIST(X)
#undef X
        TSM_N_EVENTS
};

/* What a cell of the table says. TSM_UNDECIDED never appears: a unit test walks all cells. */
enum tsm_cell_kind { TSM_UNDECIDED, TSM_EDGE, TSM_STAY, TSM_NEVER };

struct tsm_cell {
    uint8_t kind;        /* enum tsm_cell_kind */
    uint8_t to;          /* enum tsm_state: the next state; the same state for STAY and NEVER */
    const char *why;     /* a few words for people; static */
    const char *section; /* of RFC 9293, or another RFC by name; NULL unless kind is TSM_EDGE */
};

/* The cell for an event in a state. Both arguments must be members of their enumeration.
 * Never NULL. Source: RFC 9293 3.3.2 (figure 5) and 3.10. */
const struct tsm_cell *tsm_fsm(enum tsm_state from, enum tsm_event event);

/* The state after the event: that of the cell. */
enum tsm_state tsm_fsm_next(enum tsm_state from, enum tsm_event event);

/* Every state that a member of `from` may be in after the event. Members in which the event cannot
 * happen (NEVER) are left out: that the event happened shows that the endpoint was not there. */
tsm_state_set tsm_fsm_image(tsm_state_set from, enum tsm_event event);

/* "SND_FIN" and so on; never NULL. Static storage. */
const char *tsm_event_name(enum tsm_event event);

#endif
