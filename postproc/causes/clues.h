/* clues.h - what speaks for or against a cause: facts about one connection, and about all that have
 * a scope in common (a listener, a pair of hosts ...).
 *
 * A clue is a fact and guesses nothing: "SYN-ACK again long after the third ACK, and data that
 * nobody acknowledges", not "accept queue full". Causes weigh clues (cause.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CLUES_H
#define CLUES_H

#include "hits.h"

/* Of a connection. X(name, what is so; a phrase that goes on after "N connections: "). */
// clang-format off
#define CLUE_CONNECTION_LIST(X)                                                                   \
    X(CONNECTED,       "connected")                                                               \
    X(UNANSWERED,      "SYN unanswered for three seconds")                                        \
    X(SYN_DROPPED,     "the first SYN got no answer within its retransmission time")              \
    X(REFUSED,         "RST answered the SYN")                                                    \
    X(NOT_ACCEPTED,    "SYN-ACK again long after the third ACK, the first data unacknowledged")    \
    X(ACCEPT_ABORTED,  "RST without ACK answered the third ACK")                                  \
    X(SYNACK_AGAIN,    "SYN-ACK again after the third ACK")                                       \
    X(ONLY_CLIENT,     "the client connected, the server never shows that it did")                \
    X(RESET_BY_SERVER, "reset by the server")                                                     \
    X(RESET_BY_CLIENT, "reset by the client")                                                     \
    X(SERVER_LEAVES_OPEN, "the client closed, the server stays in CLOSE_WAIT")                    \
    X(CLIENT_LEAVES_OPEN, "the server closed, the client stays in CLOSE_WAIT")

/* Of a scope. */
#define CLUE_SCOPE_LIST(X)                                                                        \
    X(NEVER_ANSWERS,   "no connection was answered, not even by RST")                             \
    X(ANSWERS_SOME,    "other SYNs were answered by SYN-ACK meanwhile")                           \
    X(CONNECTED_BEFORE, "connections were opened before the first of these")                      \
    X(QUICK_ANSWERS,   "the median connection got its first answer within 150 ms")
// clang-format on

enum clue {
#define X(name, meaning) CLUE_##name,
    CLUE_CONNECTION_LIST(X)
#undef X
        N_CONNECTION_CLUES,
    CLUE_BEFORE_SCOPES = N_CONNECTION_CLUES - 1,
#define X(name, meaning) CLUE_##name,
    CLUE_SCOPE_LIST(X)
#undef X
        N_CLUES
};

G_STATIC_ASSERT(N_CONNECTION_CLUES <= 64);

/* Static storage. */
const char *clue_meaning(enum clue clue);

/* The clues of all connections of a capture, as sets: bit n = clue n. */
typedef struct clues {
    const Anomalies *anomalies;
    const struct story *story;
    uint8_t *opening; /* enum outcome_opening, by number of the connection */
    uint8_t *ending;  /* enum outcome_ending */
    uint64_t *of;
} Clues;

/* Finds them. Free with clues_free(). */
Clues *clues_find(const Anomalies *anomalies);
void clues_free(Clues *clues);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Clues, clues_free)

static inline bool clues_have(const Clues *clues, guint connection, enum clue clue)
{
    return (clues->of[connection] >> clue & 1) != 0;
}

/* Connections with a scope in common, as they began, and how many of them have which clue. Of a
 * clue about the scope: all of them, or none. */
struct clue_group {
    const Clues *clues;
    const guint *members; /* numbers of connections */
    guint n;
    guint count[N_CLUES];
};

/* Counts the clues of a group whose members are filled in. */
void clues_count(struct clue_group *group);

#endif
