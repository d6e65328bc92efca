/* outcome.c - the rules behind the words for openings and endings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "outcome.h"

#include "duration.h"

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

static void note_interval(struct outcome_facts *facts, enum tsm_side side,
                          const struct story_interval *interval)
{
    facts->causes[side] |= outcome_cause(interval->cause);
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

static void note_quiet(struct outcome_facts *facts, const struct story *story,
                       const struct story_connection *connection)
{
    const struct story_repeats repeats = story_repeats(story, connection);

    for (unsigned side = 0; side < 2; side++) {
        const struct story_silence *heard = &connection->heard[side];
        facts->quiet[side] = (struct outcome_quiet){
            .ns = duration_forward(heard->last_ns, story_followed_to(story, connection)),
            .repeated_ns = repeats.ns[side],
            .repeats = repeats.count[side],
            .unacked = heard->unacked,
            .heard = heard->last_frame != 0,
        };
    }
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
    note_quiet(facts, story, connection);
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

/* RFC 1122 4.2.3.5: a TCP sends a segment again at least so often (R1), and gives up only after it
 * has repeated for so long (R2). */
#define LEAST_REPEATS 3
#define LEAST_REPEATING_NS G_GINT64_CONSTANT(100000000000)

/* The longest time until the first repeat (RFC 1122 4.2.3.1), and between two (Linux, TCP_RTO_MAX;
 * BSD: 64 s). */
#define FIRST_RTO_NS G_GINT64_CONSTANT(3000000000)
#define LONGEST_RTO_NS G_GINT64_CONSTANT(120000000000)

/* When the next repeat comes at the latest, if any: the time from one to the next stays or doubles
 * (RFC 6298 5.5), so the next is at most four thirds of what three or more took together. */
static int64_t next_repeat_ns(const struct outcome_quiet *quiet)
{
    const int64_t ns = quiet->repeated_ns;

    if (quiet->repeats < 2) {
        return FIRST_RTO_NS * (1 + (int64_t)quiet->repeats);
    }
    return MIN(quiet->repeats == 2 ? duration_sum(ns, ns) : duration_sum(ns, ns / 3),
               LONGEST_RTO_NS);
}

/* It does not come any more: it is late by a fifth. */
static bool is_overdue(const struct outcome_quiet *quiet, int64_t quiet_ns)
{
    const int64_t next_ns = next_repeat_ns(quiet);

    return quiet_ns >= duration_sum(next_ns, next_ns / 5);
}

/* It repeated in vain, and does not any more. The acknowledgments of a peer that was never heard
 * are not captured: then only repeating for longer than any TCP need shows that none came. */
static bool gave_up(const struct outcome_facts *facts, enum tsm_side side)
{
    const struct outcome_quiet *quiet = &facts->quiet[side];

    return quiet->repeats >= LEAST_REPEATS && is_overdue(quiet, quiet->ns) &&
           (facts->quiet[tsm_other(side)].heard || quiet->repeated_ns >= LEAST_REPEATING_NS);
}

/* It lacks an answer, and its TCP would ask again; but neither end is heard any more: the host is
 * gone, or the capture lacks segments. Of a peer that was never heard it lacks all. */
static bool fell_silent(const struct outcome_facts *facts, enum tsm_side side)
{
    const struct outcome_quiet *quiet = &facts->quiet[side];
    const struct outcome_quiet *peer = &facts->quiet[tsm_other(side)];

    return quiet->heard && peer->heard && (quiet->unacked > 0 || quiet->repeats > 0) &&
           is_overdue(quiet, MIN(quiet->ns, peer->ns));
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
    if (gave_up(facts, TSM_CLIENT) || gave_up(facts, TSM_SERVER)) {
        return ENDING_TIMED_OUT;
    }
    if (has_cause(facts, TSM_REPLACED)) {
        return ENDING_REPLACED;
    }
    if ((facts->close_steps & TSM_CLOSE_3) != 0) {
        return ENDING_CLOSING;
    }
    if (fell_silent(facts, TSM_CLIENT) || fell_silent(facts, TSM_SERVER)) {
        return ENDING_SILENT;
    }
    return (facts->close_steps & TSM_CLOSE_1) != 0 ? ENDING_HALF_CLOSED : ENDING_OPEN;
}
