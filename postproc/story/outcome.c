/* outcome.c - the rules behind the words for openings and endings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "outcome.h"

static const char *const opening_words[N_OPENINGS] = {
#define X(name, word, meaning) [OPENING_##name] = (word),
    OUTCOME_OPENING_LIST(X)
#undef X
};

static const char *const ending_words[N_ENDINGS] = {
#define X(name, word, meaning) [ENDING_##name] = (word),
    OUTCOME_ENDING_LIST(X)
#undef X
};

static const char *const opening_meanings[N_OPENINGS] = {
#define X(name, word, meaning) [OPENING_##name] = (meaning),
    OUTCOME_OPENING_LIST(X)
#undef X
};

static const char *const ending_meanings[N_ENDINGS] = {
#define X(name, word, meaning) [ENDING_##name] = (meaning),
    OUTCOME_ENDING_LIST(X)
#undef X
};

const char *outcome_opening_word(enum outcome_opening opening)
{
    return opening_words[opening];
}

const char *outcome_ending_word(enum outcome_ending ending)
{
    return ending_words[ending];
}

const char *outcome_opening_meaning(enum outcome_opening opening)
{
    return opening_meanings[opening];
}

const char *outcome_ending_meaning(enum outcome_ending ending)
{
    return ending_meanings[ending];
}

const char *outcome_word(enum outcome_opening opening, enum outcome_ending ending)
{
    return ending == ENDING_NONE ? opening_words[opening] : ending_words[ending];
}

/* ---- facts ---- */

/* It ended the connection by a RST, or a RST showed that its socket had gone before. */
static bool is_reset(unsigned cause)
{
    return cause == TSM_SND_RST || cause == TSM_CAUSE_NO_SOCKET;
}

static bool is_reset_of_peer(unsigned cause)
{
    return cause == TSM_RCV_RST || cause == TSM_RCV_REFUSAL;
}

static void note_reset(struct outcome_facts *facts, enum tsm_side side, int64_t ns)
{
    facts->reset_ns[side] = MIN(facts->reset_ns[side], ns);
}

/* A listener is asked again: the reset before ended an older connection, which was still open when
 * this one began. */
static bool is_asked_again(const struct story_interval *interval)
{
    return interval->cause == TSM_RCV_SYN && interval->state == TSM_SYN_RCVD;
}

static void forget_resets(struct outcome_facts *facts, int64_t until_ns)
{
    for (unsigned i = 0; i < 2; i++) {
        if (facts->reset_ns[i] < until_ns) {
            facts->reset_ns[i] = INT64_MAX;
        }
    }
}

/* A listener that forgets a request has not given up a connection. */
static bool is_request_expired(const struct story_interval *interval)
{
    return interval->cause == TSM_GIVE_UP && interval->state == TSM_LISTEN;
}

static void note_interval(struct outcome_facts *facts, enum tsm_side side,
                          const struct story_interval *interval)
{
    if (!is_request_expired(interval)) {
        facts->causes[side] |= outcome_cause(interval->cause);
    }
    facts->states[side] |= tsm_only((enum tsm_state)interval->state);
    if (is_reset(interval->cause)) {
        note_reset(facts, side, interval->from_ns);
    } else if (is_reset_of_peer(interval->cause)) {
        note_reset(facts, tsm_other(side), interval->from_ns);
    } else if (is_asked_again(interval)) {
        forget_resets(facts, interval->from_ns);
    }
}

/* A FIN of a socket that is its own peer, and the ACK of it, are those of either direction. */
static uint8_t both_directions(uint8_t close_steps)
{
    const bool closed = (close_steps & (TSM_CLOSE_1 | TSM_CLOSE_3)) != 0;
    const bool acked = (close_steps & (TSM_CLOSE_2 | TSM_CLOSE_4)) != 0;

    return (uint8_t)((closed ? TSM_CLOSE_1 | TSM_CLOSE_3 : 0) |
                     (acked ? TSM_CLOSE_2 | TSM_CLOSE_4 : 0));
}

void outcome_facts(const struct story *story, const struct story_connection *connection,
                   GArray *scratch, struct outcome_facts *facts)
{
    *facts = (struct outcome_facts){
        .reset_ns = {INT64_MAX, INT64_MAX},
        .open_steps = connection->open_steps,
        .close_steps = connection->close_steps,
        .server_spoke = connection->segments[TSM_SERVER] > 0,
    };
    if (story_is_own_peer(connection)) {
        facts->close_steps = both_directions(facts->close_steps);
    }
    for (unsigned i = 0; i < 2; i++) {
        const enum tsm_side side = (enum tsm_side)i;
        story_intervals(story, connection, side, scratch);
        for (guint k = 0; k < scratch->len; k++) {
            note_interval(facts, side, &g_array_index(scratch, struct story_interval, k));
        }
    }
}

/* ---- rules ---- */

static bool has_cause(const struct outcome_facts *facts, unsigned cause)
{
    return ((facts->causes[TSM_CLIENT] | facts->causes[TSM_SERVER]) & outcome_cause(cause)) != 0;
}

static bool was_synchronized(const struct outcome_facts *facts, enum tsm_side side)
{
    return facts->states[side] >= tsm_only(TSM_ESTABLISHED);
}

/* A RST had an effect: on its receiver, or on the sender itself, the client. */
static bool was_reset_while_opening(const struct outcome_facts *facts)
{
    const uint32_t resets =
        outcome_cause(TSM_RCV_REFUSAL) | outcome_cause(TSM_RCV_RST) | outcome_cause(TSM_SND_RST);

    return (facts->causes[TSM_CLIENT] & resets) != 0 ||
           (facts->causes[TSM_SERVER] & outcome_cause(TSM_RCV_RST)) != 0;
}

enum outcome_opening outcome_opening(const struct outcome_facts *facts)
{
    const bool answered = (facts->open_steps & 2) != 0;
    const bool completed = (facts->open_steps & 4) != 0;

    if (facts->open_steps == 0) {
        return OPENING_MIDSTREAM;
    }
    if (completed || (was_synchronized(facts, TSM_CLIENT) && was_synchronized(facts, TSM_SERVER))) {
        return OPENING_CONNECTED;
    }
    if (has_cause(facts, TSM_RCV_REFUSAL) && !answered) {
        return OPENING_REFUSED;
    }
    if (was_reset_while_opening(facts)) {
        return OPENING_RESET;
    }
    if (has_cause(facts, TSM_RCV_ICMP_ERROR)) {
        return OPENING_ICMP_REJECTED;
    }
    return facts->server_spoke || answered ? OPENING_INCOMPLETE : OPENING_UNANSWERED;
}

enum outcome_ending outcome_ending(const struct outcome_facts *facts, enum outcome_opening opening)
{
    const uint8_t all = TSM_CLOSE_1 | TSM_CLOSE_2 | TSM_CLOSE_3 | TSM_CLOSE_4;
    const int64_t by_client = facts->reset_ns[TSM_CLIENT];
    const int64_t by_server = facts->reset_ns[TSM_SERVER];

    if (opening != OPENING_CONNECTED && opening != OPENING_MIDSTREAM) {
        return ENDING_NONE;
    }
    if ((facts->close_steps & all) == all) {
        return ENDING_CLEAN;
    }
    if (by_client != INT64_MAX || by_server != INT64_MAX) {
        return by_client <= by_server ? ENDING_RESET_BY_CLIENT : ENDING_RESET_BY_SERVER;
    }
    if (has_cause(facts, TSM_GIVE_UP)) {
        return ENDING_TIMED_OUT;
    }
    if (has_cause(facts, TSM_REPLACED)) {
        return ENDING_REPLACED;
    }
    if ((facts->close_steps & TSM_CLOSE_3) != 0) {
        return ENDING_CLOSING;
    }
    return (facts->close_steps & TSM_CLOSE_1) != 0 ? ENDING_HALF_CLOSED : ENDING_OPEN;
}
