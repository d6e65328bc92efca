/* tsm_state.h - the words of the engine: TCP states, how sure they are, who is who.
 *
 * Names only; what moves an endpoint from state to state is in tsm_fsm.def.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_STATE_H
#define TSM_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* The states of RFC 9293 3.3.2, in the order in which a connection grows and ends, so that
 * comparisons mean something: state >= TSM_ESTABLISHED is "synchronized", state >= TSM_FIN_WAIT_1
 * is "closing". UNKNOWN is a connection whose start was not captured. */
#define TSM_STATE_LIST(X) \
    X(UNKNOWN)            \
    X(CLOSED)             \
    X(LISTEN)             \
    X(SYN_SENT)           \
    X(SYN_RCVD)           \
    X(ESTABLISHED)        \
    X(FIN_WAIT_1)         \
    X(FIN_WAIT_2)         \
    X(CLOSE_WAIT)         \
    X(CLOSING)            \
    X(LAST_ACK)           \
    X(TIME_WAIT)

enum tsm_state {
#define X(name) TSM_##name,
    TSM_STATE_LIST(X)
#undef X
        TSM_N_STATES
};

/* How a state is known. docs/user/inference.md calls this the basis. */
#define TSM_BASIS_LIST(X)                                                  \
    X(PROVEN, "proven")     /* the endpoint's own segment shows it */      \
    X(PRESUMED, "presumed") /* a segment of the peer, assumed delivered */ \
    X(TIMED, "timed")       /* no segment: a timer model says so */        \
    X(ASSUMED, "assumed")   /* a starting value */

enum tsm_basis {
#define X(name, text) TSM_##name,
    TSM_BASIS_LIST(X)
#undef X
        TSM_N_BASES
};

/* The two endpoints. The client sent the first SYN (or is guessed to have). */
enum tsm_side { TSM_CLIENT, TSM_SERVER };

/* How it is known which endpoint is the client. */
enum tsm_role_basis { TSM_ROLE_GUESSED, TSM_ROLE_HANDSHAKE };

/* Where the capture was made: on one of the two hosts, between them, or nobody knows. */
enum tsm_vantage { TSM_AT_UNKNOWN, TSM_AT_CLIENT, TSM_AT_SERVER, TSM_AT_MIDDLE };

/* The coarse phase of a connection, for filters and colours. */
enum tsm_phase { TSM_OPENING, TSM_RUNNING, TSM_CLOSING_DOWN, TSM_OVER, TSM_N_PHASES };

/* A set of states, one bit each. Widths: TSM_N_STATES <= 16. */
typedef uint16_t tsm_state_set;

static inline tsm_state_set tsm_only(enum tsm_state s)
{
    return (tsm_state_set)(1u << s);
}

static inline bool tsm_contains(tsm_state_set set, enum tsm_state s)
{
    return (set & tsm_only(s)) != 0;
}

/* Whether a state is certain enough to be shown without a question mark: proven by the endpoint's
 * own segment, and no sign that the endpoint is gone meanwhile. */
static inline bool tsm_is_certain(enum tsm_state state, enum tsm_basis basis,
                                  tsm_state_set possible)
{
    const tsm_state_set gone = tsm_only(TSM_CLOSED) | tsm_only(TSM_LISTEN);

    return basis == TSM_PROVEN && (state <= TSM_LISTEN || (possible & gone) == 0);
}

static inline enum tsm_side tsm_other(enum tsm_side side)
{
    return (enum tsm_side)(1 - side);
}

/* The name as this project spells it everywhere ("FIN_WAIT_1"). Never NULL: a number outside the
 * enumeration gives "UNKNOWN". Static storage. */
const char *tsm_state_name(enum tsm_state state);

/* "proven", "presumed", "timed" or "assumed"; never NULL. Static storage. */
const char *tsm_basis_name(enum tsm_basis basis);

/* "client" or "server". Static storage. */
const char *tsm_side_name(enum tsm_side side);

/* "opening", "established", "closing" or "closed". Static storage. */
const char *tsm_phase_name(enum tsm_phase phase);

/* Reads a state name: ours, the RFC's (FIN-WAIT-1) and netstat's and ss's (FIN_WAIT1, SYN_RECV,
 * SYN-RECEIVED, ESTAB, LISTENING, UNCONN), in any letter case. `text` is not NULL and ends with
 * NUL. Returns false and leaves *state alone when the text names no state. */
bool tsm_state_parse(const char *text, enum tsm_state *state);

/* Reads a basis name as tsm_basis_name() writes it; false when it is none. */
bool tsm_basis_parse(const char *text, enum tsm_basis *basis);

/* Writes "ESTABLISHED,CLOSE_WAIT" for a set, in the order of the enumeration, into buf of `size`
 * bytes (TSM_SET_TEXT always suffices), cut at a whole name when it does not fit. Returns buf. */
#define TSM_SET_TEXT 128
char *tsm_set_text(tsm_state_set set, char *buf, unsigned size);

/* The phase of a pair of states: the one that an operator would name first. */
enum tsm_phase tsm_phase_of(enum tsm_state client, enum tsm_state server);

#endif
