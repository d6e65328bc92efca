/* socket_meaning.h - what it means that the kernel says this of a socket and the capture that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SOCKET_MEANING_H
#define SOCKET_MEANING_H

#include "socket_row.h"

/* The worst first. X(name, word, meaning) */
// clang-format off
#define SOCKET_VERDICT_LIST(X)                                                               \
    X(CONFLICT,  "conflict",  "they differ: one of the ends is wrong about the connection")  \
    X(GONE,      "gone",      "open by the capture, and the kernel has no such socket")      \
    X(SUSPECT,   "suspect",   "they do not differ, but something is wrong with the socket")  \
    X(UNSEEN,    "unseen",    "the capture has nothing of it")                               \
    X(EXPLAINED, "explained", "they differ, as they may: nothing is wrong")                  \
    X(AGREE,     "agree",     "kernel and capture say the same")
// clang-format on

enum socket_verdict {
#define X(name, word, meaning) SOCKET_VERDICT_##name,
    SOCKET_VERDICT_LIST(X)
#undef X
        N_SOCKET_VERDICTS
};

/* A case. In its text places are in braces: see socket_meaning.c. */
struct socket_meaning {
    tsm_state_set kernel; /* states, one of which the kernel tells; UNKNOWN = it has no socket.
                             0 = any, as in the two behind it */
    tsm_state_set ours;   /* ... that this end is in by the capture */
    tsm_state_set peer;   /* ... that the peer is in */
    unsigned facts;       /* enum socket_fact bits, all of which are there */
    enum socket_verdict verdict;
    const char *text; /* a sentence without its full stop; "" = nothing to tell */
};

/* The first case that fits; never NULL. Of the row all but `meaning` is known. */
const struct socket_meaning *socket_meaning_of(const struct socket_row *row);

/* Appends the sentence of the row's case; nothing when there is none. */
void socket_meaning_text(const struct socket_row *row, GString *text);

/* "agree", "conflict" ...; static storage. */
const char *socket_verdict_word(enum socket_verdict verdict);

#endif
