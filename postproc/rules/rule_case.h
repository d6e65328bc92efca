/* rule_case.h - what rules ask about a connection, beyond what its case holds ready.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RULE_CASE_H
#define RULE_CASE_H

#include "capture_case.h"

/* A time that an endpoint was in one state, whatever else became known of it meanwhile. */
struct stay {
    int64_t from_ns, to_ns; /* until the capture's end when it lasts */
    int64_t blank_ns;       /* how much of it was not captured, whatever happened then */
    uint32_t frame;         /* the one that began it; 0 = a timer */
    uint8_t ended_by;       /* cause of the state that followed it, when it does not last */
    bool lasts;             /* the endpoint was in it when the capture ended */
    bool proven;            /* the endpoint's own segment shows it, at some time in it */
};

/* The endpoint's last stay in a state; false when it was never in it. */
bool case_stay(const struct anomaly_case *c, enum tsm_side side, enum tsm_state state,
               struct stay *stay);

/* How long it was captured: what can be said to have lasted. */
static inline int64_t stay_ns(const struct stay *stay)
{
    return stay->to_ns - stay->from_ns - stay->blank_ns;
}

static inline const struct tsm_facts *case_facts(const struct anomaly_case *c, enum tsm_side side)
{
    return &story_facts(c->story, c->connection, side)->seen;
}

/* Segments of a kind that the endpoint sent: see story_mark(). */
static inline const struct tsm_mark *case_mark(const struct anomaly_case *c, enum tsm_side side,
                                               unsigned kind)
{
    return story_mark(c->story, c->connection, side, kind);
}

/* The SYN-ACK came again later after the third ACK than the path explains: one that is sooner was
 * sent before the third ACK can have arrived. */
bool case_is_synack_late(const struct story *story, const struct story_connection *connection);

/* The same while data of the client was waiting, and the server acknowledges it later than that,
 * or never: the accept queue is full. Measured at the client over 850 connections: full accept
 * queue 53 of 53, lost SYN-ACK 0 of 118, lost third ACK 0 of 196, deferred accept 0 of 29, heavy
 * loss 3 of 80. */
bool case_is_not_accepted(const struct story *story, const struct story_connection *connection);

/* What the end repeats in vain: since its peer's last word, or, when that still speaks, since its
 * acknowledgments last went on. */
const struct tsm_mark *case_vain_repeats(const struct tsm_facts *facts);

/* The data bytes of such a repeat. */
uint32_t case_vain_payload(const struct tsm_facts *facts);

/* The most data of a segment that arrived: it was acknowledged, or reported beyond a hole. */
uint32_t case_largest_arrived(const struct tsm_facts *facts);

/* A SYN-ACK came before the last SYN: the answer was lost, or not taken, and not the SYN. */
bool case_is_answer_lost(const struct anomaly_case *c);

/* Data bytes that the endpoint sent and its peer did not acknowledge. */
uint32_t case_unacked(const struct anomaly_case *c, enum tsm_side side);

/* The state that the endpoint was in at a time; TSM_UNKNOWN when nothing is known of it. */
enum tsm_state case_state_at(const struct anomaly_case *c, enum tsm_side side, int64_t ns);

/* Whether its own segments show that the endpoint was ESTABLISHED, or further, at any time. */
bool case_is_proven_open(const struct anomaly_case *c, enum tsm_side side);

/* The capture begins with the FIN of the other end: the end `side` may have closed before. */
bool case_may_have_closed(const struct anomaly_case *c, enum tsm_side side);

/* The handshake was completed, or the connection was open when the capture began. */
static inline bool case_was_open(const struct anomaly_case *c)
{
    return c->opening == OPENING_CONNECTED || c->opening == OPENING_MIDSTREAM;
}

/* A RST of the endpoint has a time to live that no other segment of it is near to: at least `apart`
 * away, and its IP identification is not the endpoint's next one. Somebody else sent it. */
bool case_reset_is_foreign(const struct anomaly_case *c, enum tsm_side side, int64_t apart);

/* A RST of the endpoint was made from a segment of its peer, by whoever saw that on its way: it has
 * that segment's IP identification, and not the endpoint's own next one. */
bool case_reset_is_reflected(const struct anomaly_case *c, enum tsm_side side);

/* The threshold for it, told alike by every rule that asks. */
#define FOREIGN_TTL                                                                          \
    {                                                                                        \
        "ttl", ANOMALY_COUNT, 5, 1, 255,                                                     \
            "distance from the TTL of the end's other segments from which it is not its own" \
    }

/* Asks about both ends; what is found of the client goes first. */
static inline bool case_either(const struct anomaly_case *c, struct anomaly *hit, end_judge judge)
{
    return judge(c, TSM_CLIENT, hit) || judge(c, TSM_SERVER, hit);
}

/* When the endpoint closed, and how long after that it last reset its peer. */
int64_t case_reset_after_close_ns(const struct anomaly_case *c, enum tsm_side side);

/* After so long a socket that was closed has left FIN_WAIT_2; assumed: Linux's 60 s less slack. */
#define CASE_ORPHAN_NS ANOMALY_NS(55)

/* The endpoint closed, and reset its peer when its socket was gone for long: A42. */
bool case_is_reset_late(const struct anomaly_case *c, enum tsm_side side);

/* Sets when it began and was last seen, and adds both frames to the evidence. */
void case_span(struct anomaly *hit, const struct tsm_mark *mark);

/* Adds first and last frame of a mark to the evidence. */
void case_evidence(struct anomaly *hit, const struct tsm_mark *mark);

/* The end's own fault. */
static inline uint8_t fault_of(enum tsm_side side)
{
    return side == TSM_CLIENT ? ANOMALY_OF_CLIENT : ANOMALY_OF_SERVER;
}

/* ---- many alike ---- */

/* How many hits the rule's judge_end has found of the ends `side`. */
guint count_hits(const struct anomaly_survey *survey, enum tsm_side side);

/* Those (struct anomaly) among the members of a group. Free with g_array_unref(). */
GArray *group_hits(const struct anomaly_survey *survey, const struct survey_group *group,
                   enum tsm_side side);

/* The hits of the rule's judge_end among the ends `side` of all connections that it may be asked
 * about, those together whose connections have in common what `scope` says. The caller frees the
 * array of GArray * (of struct anomaly) with g_ptr_array_unref(). */
GPtrArray *grouped_hits(struct anomaly_survey *survey, unsigned scope, enum tsm_side side);

/* How hits that are many are told: as one. */
struct aggregate {
    unsigned scope;                 /* what they have in common */
    enum anomaly_severity severity; /* at least that of the one; that of the worst counts too */
    const char *text;               /* its sentence; its figures are those of the worst */
};

/* Adds the hits as one. */
void add_aggregate(struct anomaly_survey *survey, const GArray *hits,
                   const struct aggregate *aggregate);

/* Adds the hits one by one. */
void add_singly(struct anomaly_survey *survey, const GArray *hits);

/* Adds the hits of the rule's judge_end, grouped by what `aggregate` says: together from `many` on,
 * singly below. */
void survey_aggregate(struct anomaly_survey *survey, enum tsm_side side,
                      const struct aggregate *aggregate, int64_t many);

/* The same for the hits of clients and of servers, by enum tsm_side. */
void survey_aggregates(struct anomaly_survey *survey, const struct aggregate aggregates[2],
                       int64_t many);

#endif
