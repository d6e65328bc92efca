/* outcome.h - how a connection was opened and how it ended, each in one word.
 *
 * The rules are pure functions of a few facts; outcome_facts() takes the facts from the model.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "story.h"

/* X(name, word, what it means; a phrase that goes on after "word: "). */
// clang-format off
#define OUTCOME_OPENING_LIST(X)                                                                  \
    X(CONNECTED,     "connected",          "the handshake was completed")                        \
    X(REFUSED,       "refused",            "RST answered the SYN")                               \
    X(UNANSWERED,    "unanswered",         "nothing came back within the capture")               \
    X(ICMP_REJECTED, "icmp_rejected",      "an ICMP error answered the SYN")                     \
    X(RESET,         "reset_in_handshake", "RST before the third ACK")                           \
    X(INCOMPLETE,    "incomplete",         "answered, but the handshake was not completed")      \
    X(MIDSTREAM,     "midstream",          "no SYN was captured; the client is a guess")
// clang-format on

enum outcome_opening {
#define X(name, word, meaning) OPENING_##name,
    OUTCOME_OPENING_LIST(X)
#undef X
        N_OPENINGS
};

// clang-format off
#define OUTCOME_ENDING_LIST(X)                                                                   \
    X(NONE,            "-",               "it was never open")                                   \
    X(CLEAN,           "clean",           "FIN and ACK in both directions")                      \
    X(CLOSING,         "closing",         "FIN in both directions, but not each was acknowledged") \
    X(HALF_CLOSED,     "half_closed",     "FIN in one direction only")                           \
    X(RESET_BY_CLIENT, "reset_by_client", "a RST of the client ended it")                        \
    X(RESET_BY_SERVER, "reset_by_server", "a RST of the server ended it")                        \
    X(TIMED_OUT,       "timed_out",       "an end repeated in vain until it gave up")            \
    X(SILENT,          "silent",          "an answer is missing; neither end is heard any more")   \
    X(REPLACED,        "replaced",        "another connection took its addresses and ports")     \
    X(OPEN,            "open",            "not closed within the capture")
// clang-format on

enum outcome_ending {
#define X(name, word, meaning) ENDING_##name,
    OUTCOME_ENDING_LIST(X)
#undef X
        N_ENDINGS
};

/* What the rules look at. Arrays are indexed by enum tsm_side. */
struct outcome_facts {
    uint32_t causes[2]; /* bit n = cause n (enum tsm_event, tsm_cause) began an interval of it */
    tsm_state_set states[2]; /* the states that it was in */
    int64_t reset_ns[2];     /* when it first reset; INT64_MAX = it did not */
    struct outcome_quiet {
        int64_t ns;          /* from its last segment until the connection was followed no more */
        int64_t repeated_ns; /* see struct story_silence */
        uint32_t repeats;
        uint32_t unacked;
        bool heard; /* a segment of it was seen */
    } quiet[2];
    uint8_t open_steps;  /* bit n-1 = step n was seen */
    uint8_t close_steps; /* TSM_CLOSE_1 ... */
    bool server_spoke;   /* a segment of the server was seen */
};

/* The bit of a cause in outcome_facts.causes. */
static inline uint32_t outcome_cause(unsigned cause)
{
    return UINT32_C(1) << cause;
}

G_STATIC_ASSERT(TSM_N_CAUSES <= 32);

/* The facts of a connection, in the story's view. `scratch` is a GArray of struct story_interval
 * for the function's own use. */
void outcome_facts(const struct story *story, const struct story_connection *connection,
                   GArray *scratch, struct outcome_facts *facts);

/* How it was opened. */
enum outcome_opening outcome_opening(const struct outcome_facts *facts);

/* How it ended; `opening` as outcome_opening() says. */
enum outcome_ending outcome_ending(const struct outcome_facts *facts, enum outcome_opening opening);

/* "refused", "reset_by_client" ...; static storage. */
const char *outcome_opening_word(enum outcome_opening opening);
const char *outcome_ending_word(enum outcome_ending ending);

/* What the word means; static storage. */
const char *outcome_opening_meaning(enum outcome_opening opening);
const char *outcome_ending_meaning(enum outcome_ending ending);

/* The word that says most: the ending of a connection that was open, the opening of another. */
const char *outcome_word(enum outcome_opening opening, enum outcome_ending ending);

#endif
