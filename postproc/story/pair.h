/* pair.h - two captures of the same connections, one made at the client and one at the server:
 * which belong together, what was lost between, and whether both ends end up of one mind.
 *
 * Each capture is believed about the end that it was made at. Anomaly A54.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PAIR_H
#define PAIR_H

#include "story.h"

/* X(name, word, meaning) */
// clang-format off
#define PAIR_VERDICT_LIST(X)                                                                    \
    X(AGREE,       "agree",       "both ends may well be of one mind")                          \
    X(CONFLICT,    "conflict",    "one end is open for an end that is gone, or not yet there")  \
    X(CLIENT_ONLY, "client_only", "nothing of it was captured at the server")                   \
    X(SERVER_ONLY, "server_only", "nothing of it was captured at the client")
// clang-format on

enum pair_verdict {
#define X(name, word, meaning) PAIR_##name,
    PAIR_VERDICT_LIST(X)
#undef X
        N_PAIR_VERDICTS
};

const char *pair_verdict_word(enum pair_verdict verdict);

#define PAIR_NO_WAY INT64_MIN

/* X(name, word): what a middlebox changes. Bits. */
// clang-format off
#define PAIR_CHANGE_LIST(X)           \
    X(ADDRESS,    "address")          \
    X(SEQUENCE,   "sequence numbers") \
    X(MSS,        "MSS")              \
    X(SCALE,      "window scale")     \
    X(SACK,       "SACK permitted")   \
    X(TIMESTAMPS, "time stamps")      \
    X(OPTIONS,    "other options")    \
    X(TTL,        "TTL upwards")
// clang-format on

enum pair_change_bit {
#define X(name, word) PAIR_BIT_##name,
    PAIR_CHANGE_LIST(X)
#undef X
};

enum pair_change {
#define X(name, word) PAIR_CHANGED_##name = 1u << PAIR_BIT_##name,
    PAIR_CHANGE_LIST(X)
#undef X
};

/* Appends the words of changes, ", " between; nothing when there is none. */
void pair_tell_changes(uint32_t changes, GString *text);

/* A connection as both captures have it. Arrays are indexed by enum tsm_side: of stories, at which
 * end the capture was made; of segments, which end sent them. */
struct pair {
    const struct story *story[2];
    const struct story_connection *connection[2]; /* NULL = not captured at that end */
    enum pair_verdict verdict;
    enum tsm_state state[2]; /* the last of each end, by the capture made there */
    uint32_t lost[2];        /* captured at the sender, and not at the receiver */
    uint32_t added[2];       /* captured at the receiver, and not at the sender */
    uint32_t in_vain[2];     /* sent again although the first one had arrived */
    int64_t way_ns[2];       /* how long its segments were on their way, where clocks are aligned:
                                the least that is known; PAIR_NO_WAY = nothing is */
    uint32_t changes[2];     /* what of its segments arrived in another way: enum pair_change */
    const char *cause;       /* what explains the difference best; static storage, "" = nothing */
};

/* Whether both captures tell the same of it: nothing was lost, added or changed, and both ends may
 * be of one mind. */
static inline bool pair_is_same(const struct pair *pair)
{
    return pair->verdict == PAIR_AGREE && pair->lost[0] + pair->lost[1] == 0 &&
           pair->added[0] + pair->added[1] == 0 && (pair->changes[0] | pair->changes[1]) == 0;
}

/* All connections of both stories as pairs: those of the client's capture as they began, then those
 * that only the server's has. Both stories have kept their facts and outlive the array (of struct
 * pair), which the caller frees with g_array_unref(). Time is linear in the connections. */
GArray *pairs_of(const struct story *at_client, const struct story *at_server);

#endif
