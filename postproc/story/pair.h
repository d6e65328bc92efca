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

/* A connection as both captures have it. Arrays are indexed by enum tsm_side: of stories, at which
 * end the capture was made; of segments, which end sent them. */
struct pair {
    const struct story *story[2];
    const struct story_connection *connection[2]; /* NULL = not captured at that end */
    enum pair_verdict verdict;
    enum tsm_state state[2]; /* the last of each end, by the capture made there */
    uint32_t lost[2];        /* captured at the sender, and not at the receiver */
    uint32_t added[2];       /* captured at the receiver, and not at the sender */
    const char *cause;       /* what explains the difference best; static storage, "" = nothing */
};

/* All connections of both stories as pairs: those of the client's capture as they began, then those
 * that only the server's has. Both stories have kept their facts and outlive the array (of struct
 * pair), which the caller frees with g_array_unref(). Time is linear in the connections. */
GArray *pairs_of(const struct story *at_client, const struct story *at_server);

#endif
