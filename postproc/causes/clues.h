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
    X(CONNECTED, "connected")                                                                     \
    X(UNANSWERED, "SYN unanswered for two seconds and more")                                      \
    X(SYN_DROPPED, "the first SYN got no answer within its retransmission time")                  \
    X(REFUSED, "RST answered the SYN")                                                            \
    X(REFUSED_BY_OTHER, "RST answered the SYN, with a time to live that is not the server's")     \
    X(ICMP_REJECTED, "ICMP error answered the SYN")                                               \
    X(NOT_ACCEPTED, "SYN-ACK again long after the third ACK, the first data unacknowledged")      \
    X(ACCEPT_ABORTED, "RST without ACK answered the third ACK")                                   \
    X(SYNACK_AGAIN, "SYN-ACK again after the third ACK")                                          \
    X(ONLY_CLIENT, "the client connected and sent data, the server never shows that it did")      \
    X(HALF_OPEN, "SYN-ACK without an answer of the client")                                       \
    X(SLOW_SETUP, "a round trip takes 300 ms and more")                                           \
    X(SERVER_THINKS, "the client waited a second and more for the server's application")          \
    X(CLIENT_GAVE_UP, "the client closed while it waited for an answer")                          \
    X(SERVER_CLOSED_IDLE, "the server closed after a second and more without a request")          \
    X(LOST_TO_SERVER, "data or the FIN of the client was sent again, or data arrived late")       \
    X(LOST_TO_CLIENT, "data or the FIN of the server was sent again, or data arrived late")       \
    X(REORDERED, "data came a little late, three times and more")                                 \
    X(STALLED, "nothing went on for a second and more until data was sent again")                 \
    X(CLIENT_IN_VAIN, "the client repeats what nobody acknowledges")                              \
    X(SERVER_IN_VAIN, "the server repeats what nobody acknowledges")                              \
    X(IDLE_THEN_DEAD, "what came after a long silence was answered by nothing, or by RST")        \
    X(IDLE_SURVIVED, "a silence of a second and more was survived")                               \
    X(ONLY_LARGE_LOST, "large segments are not acknowledged, however often they are sent")        \
    X(LARGE_MISSING, "data before the last never came")                                           \
    X(SERVER_NOT_READING, "the server's window stayed closed for a second and more")              \
    X(CLIENT_NOT_READING, "the client's window stayed closed for a second and more")              \
    X(NEITHER_READS, "the windows of both ends are closed, and stay so")                          \
    X(SERVER_LEAVES_OPEN, "the client closed, the server stays in CLOSE_WAIT")                    \
    X(CLIENT_LEAVES_OPEN, "the server closed, the client stays in CLOSE_WAIT")                    \
    X(RESET_BY_SERVER, "reset by the server")                                                     \
    X(RESET_BY_CLIENT, "reset by the client")                                                     \
    X(SERVER_ABORTED, "the server reset it after data of the client, without a FIN before")       \
    X(CLIENT_ABORTED, "the client reset it before all was answered")                              \
    X(RESET_FOREIGN, "a RST has a time to live that is not its end's, or its end goes on")        \
    X(RACED, "a request crossed the server's close")                                              \
    X(WRITES_AFTER_CLOSE, "data was sent although the peer's close was acknowledged")             \
    X(CLOSED_BY_CLIENT, "the client was first to close or reset")                                 \
    X(CLOSED_BY_SERVER, "the server was first to close or reset")                                 \
    X(DEFERRED, "A07: SYN-ACK again, without harm")                                               \
    X(FLOODED, "A09 or A10: one of many unfinished handshakes")                                   \
    X(FAST_OPEN_LOST, "A18: SYN with data unanswered, without data answered")                     \
    X(PORT_SCANNED, "A21: one of many ports that one host tried")                                 \
    X(HOST_SCANNED, "A22: one of many hosts that one host tried")                                 \
    X(CONNECTED_AND_LEFT, "A24: connected and left without data")                                 \
    X(TIME_WAIT_REFUSED, "A48: TIME_WAIT refused the SYN")                                        \
    X(PORTS_SHORT, "A46: TIME_WAIT holds the client's ports")                                     \
    X(PEER_FORGOT, "A27: the peer answers as one that has forgotten the connection")              \
    X(ONE_WAY, "Q2: captured in one direction only")                                              \
    X(NOT_ALL_CAPTURED, "Q3: acknowledged data was not captured")                                 \
    X(CAPTURED_TWICE, "Q4: packets captured twice")                                               \
    X(BEGUN_BEFORE, "Q1: the start was not captured")                                             \
    X(PROBED, "A23: the first segment has flags that no TCP begins with")                         \
    X(TRANSLATED, "Q10: seen before and after address translation")                               \
    X(RESET_INJECTED, "A36: a RST that its end did not send")                                     \
    X(PAST_NAT, "A62: the answer came from another address than was asked")                       \
    X(STAMP_BEHIND, "A55: SYN ignored, its time stamp behind another's of the same address")      \
    X(TAKEN_BACK, "A57: the server reset after its own SYN-ACK")                                  \
    X(SYN_ONCE, "a SYN that came once, though it was not answered for three seconds")             \
    X(ANSWER_LOST, "the client repeats its SYN although it was answered")                         \
    X(ANSWERED_IN_THE_END, "connected only after a SYN that was answered came again")             \
    X(TURNED_AWAY, "the server closed at once, before anything was said")                         \
    X(NEVER_ANSWERED, "a request was acknowledged, and waited two seconds and more in vain")      \
    X(DRIPS, "the client sends less than 50 octets in a second, and gets no answer")              \
    X(DOUBLED_ON_WAY, "some of its packets came twice, or its receiver says that data did")       \
    X(JOINED, "segments are longer than the maximum that the handshake allows")                   \
    X(OPTIONS_LOST, "A19: others are granted options that it is not")                             \
    X(HELD, "A59: small data waited for the delayed ACK of small data before it")             \
    X(PEER_TRIED, "A22: one of many hosts, each at its own port, of which others talk")

/* Of a scope. */
#define CLUE_SCOPE_LIST(X)                                                                        \
    X(NEVER_ANSWERS, "no connection was answered, not even by RST")                               \
    X(ALL_REFUSED, "no SYN got another answer than RST")                                          \
    X(REFUSED_LATER, "connections were opened, and later ones refused")                           \
    X(BY_TURNS, "SYNs were answered, then refused, answered, and refused again")                  \
    X(QUICK_ANSWERS, "the median connection got its first answer within 150 ms")                  \
    X(SLOW_ANSWERS, "SYNs are dropped, and first answers take a second and more")                 \
    X(DATA_LOST, "one segment with data or FIN in a hundred and more was lost")                   \
    X(SYNS_LOST_ONLY, "SYNs were lost more than twice as often as data and FINs")                 \
    X(DEAD_PERIOD, "most connections stalled over the same time, and went on together")           \
    X(DEAD_IN_THE_END, "nothing was heard of the server any more while clients repeated")         \
    X(CLIENT_DEAD_IN_THE_END, "nothing was heard of the client any more while servers repeated")  \
    X(SERVER_ENDED_AT_ONCE, "the server ended several connections at the same moment")            \
    X(CLIENT_ENDED_AT_ONCE, "the client ended several connections at the same moment")            \
    X(SAME_PATIENCE, "clients gave up after the same time, again and again")                      \
    X(SAME_IDLE_TIME, "the server closed after the same idle time, again and again")              \
    X(IDLE_LIMIT, "shorter silences were survived, and none longer than those that were not")     \
    X(STATE_LOST, "what was open at one moment is dead since then, and what began later is well") \
    X(NOBODY_ANSWERED, "requests were answered, and from one moment on none is, of any client")   \
    X(SILENT_LONGER, "most clients were silent for longer, and their SYN-ACK did not come again") \
    X(MANY_SOURCES, "most come from different addresses")                                         \
    X(WITHIN, "both ends are on the same host, so that nothing is in between")
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

/* A set of clues of connections; all zero = empty. */
struct clue_set {
    uint64_t word[2];
};

G_STATIC_ASSERT(N_CONNECTION_CLUES <= 128);

static inline void clue_set_add(struct clue_set *set, enum clue clue, bool is_so)
{
    set->word[clue / 64] |= (uint64_t)is_so << clue % 64;
}

static inline bool clue_set_has(const struct clue_set *set, enum clue clue)
{
    return (set->word[clue / 64] >> clue % 64 & 1) != 0;
}

static inline void clue_set_join(struct clue_set *set, const struct clue_set *more)
{
    set->word[0] |= more->word[0];
    set->word[1] |= more->word[1];
}

/* Whether `set` has all that `others` has. */
static inline bool clue_set_holds(const struct clue_set *set, const struct clue_set *others)
{
    return ((others->word[0] & ~set->word[0]) | (others->word[1] & ~set->word[1])) == 0;
}

/* Whether they have a clue in common. */
static inline bool clue_sets_meet(const struct clue_set *a, const struct clue_set *b)
{
    return ((a->word[0] & b->word[0]) | (a->word[1] & b->word[1])) != 0;
}

/* Static storage. */
const char *clue_meaning(enum clue clue);

/* The clues of all connections of a capture. */
typedef struct clues {
    const Anomalies *anomalies;
    const struct story *story;
    const uint8_t *opening;   /* of the anomalies: enum outcome_opening, by the number */
    const uint8_t *ending;    /* of the anomalies: enum outcome_ending */
    struct clue_set *of_hits; /* private: by place of the anomalies' hit */
    struct clue_set *of;      /* by number of the connection */
} Clues;

/* Finds them. Free with clues_free(). */
Clues *clues_find(const Anomalies *anomalies);
void clues_free(Clues *clues);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Clues, clues_free)

static inline bool clues_have(const Clues *clues, guint connection, enum clue clue)
{
    return clue_set_has(&clues->of[connection], clue);
}

/* Connections with a scope in common, as they began, and how many of them have which clue. Of a
 * clue about the scope: all of them, or none. */
struct clue_group {
    const Clues *clues;
    const guint *members; /* numbers of connections */
    guint n;
    guint count[N_CLUES];
    struct clue_set any; /* the clues of connections that any of them has */
};

/* Counts the clues of a group whose members are filled in. */
void clues_count(struct clue_group *group);

#endif
