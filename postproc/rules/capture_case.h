/* capture_case.h - what a rule that judges a whole capture can ask for and say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CAPTURE_CASE_H
#define CAPTURE_CASE_H

#include "hits.h"

/* A capture being judged. Read by rules, changed by judge.c and survey_add() only. */
struct anomaly_survey {
    const struct story *story;
    int64_t end_ns;                  /* of the capture */
    bool one_way;                    /* none of its connections has both directions */
    uint8_t *opening;                /* of `found`: enum outcome_opening, by the number */
    uint8_t *ending;                 /* of `found`: enum outcome_ending */
    unsigned *closed;                /* bits of gates, by number of the connection */
    Hosts *hosts;                    /* of `found`: servers that refused a connection */
    bool *claimed;                   /* told as one of many by a rule that claims */
    const struct anomaly_rule *rule; /* the one that is asked */
    guint rule_number;               /* of that */
    struct survey_judged {           /* by number of the rule: what its judges have found */
        GArray *connections;         /* of guint: numbers, of judge */
        GArray *hits[2];             /* of struct anomaly by enum tsm_side, of judge_end */
    } * judged;
    struct survey_digest {      /* by number of the connection: of its facts, by enum tsm_side */
        uint8_t offered[2];     /* TSM_HAS_... */
        uint8_t first_flags[2]; /* the lower eight flags */
        uint8_t turns;          /* of the client, at most 255 */
        uint8_t isns;           /* of the client: initial sequence numbers */
        uint32_t isn;           /* of these, the last */
    } * digest;
    Anomalies *found;
    guint unasked[N_ANOMALY_GATES]; /* see struct anomaly_closed */
};

/* Whether the rule may be asked about the connection: its gates are open, and nobody claims it. */
bool survey_open_to(struct anomaly_survey *survey, guint connection);

/* Connections that have something in common: the parts of the tuple that `scope` names. */
struct survey_group {
    const struct story_connection *first;
    GArray *members; /* of guint: numbers of connections, as they began */
};

/* Groups the connections that the rule may be asked about and that `wanted` chooses (NULL = all),
 * in the order in which they began. The caller frees the array of struct survey_group * with
 * g_ptr_array_unref(). */
typedef bool (*survey_choice)(const struct anomaly_survey *survey, guint connection);
GPtrArray *survey_groups(struct anomaly_survey *survey, unsigned scope, survey_choice wanted);

/* The same without groups of fewer than `least` members: a flood of forged addresses makes a group
 * of each of its connections, so whoever wants many should say so. */
GPtrArray *survey_large_groups(struct anomaly_survey *survey, unsigned scope, survey_choice wanted,
                               guint least);

/* A set of tuples of which only the parts that a scope names count; free with g_hash_table_unref().
 */
GHashTable *survey_tuples_new(void);
void survey_tuples_add(GHashTable *tuples, const struct tsm_tuple *tuple, unsigned scope);
bool survey_tuples_have(GHashTable *tuples, const struct tsm_tuple *tuple, unsigned scope);

/* Number i of a group, and its connection. */
static inline guint survey_member(const struct survey_group *group, guint i)
{
    return g_array_index(group->members, guint, i);
}

static inline const struct story_connection *
survey_connection(const struct anomaly_survey *survey, const struct survey_group *group, guint i)
{
    return story_connection(survey->story, survey_member(group, i));
}

/* One end is silent in the capture although the other one shows that it has spoken: the handshake
 * was completed, what it sent was acknowledged, or the end that is seen goes on to send new data.
 * Who only repeats gets no answer. */
bool survey_is_one_way(const struct story *story, const struct story_connection *connection);

/* Fills in a case, but for its limits and facts. */
void survey_case(const struct anomaly_survey *survey, guint connection, struct anomaly_case *c);

/* A hit about n > 0 connections (numbers), filled in from the rule's row and from them: scope,
 * times, first and last frame. To be completed and given to survey_add(). */
struct anomaly survey_hit(const struct anomaly_survey *survey, unsigned scope, const guint *members,
                          guint n);

/* Opens the gate of the rule again for a connection, of which other rules may be asked. */
void survey_reopen(struct anomaly_survey *survey, guint connection);

/* Adds the hit with those members; a rule that claims has them for itself. */
void survey_add(struct anomaly_survey *survey, const struct anomaly *hit, const guint *members,
                guint n);

#endif
