/* expect.h - what a line of a scenario expects, read from its text and compared with the engine.
 *
 * Only what is written is checked. States are in the order of the scenario's columns (the ends of
 * the connection), not of client and server: the engine may see those roles the other way round.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef EXPECT_H
#define EXPECT_H

#include <glib.h>

#include "tsm_table.h"

enum basis_check { BASIS_PROVEN, BASIS_NOT_PROVEN, BASIS_ANY, BASIS_EXACT };

/* A state as the scenario writes it: ESTABLISHED?{SYN_RCVD,ESTABLISHED}, -{CLOSED,..} */
struct expected_state {
    char *text;     /* as written */
    bool any_state; /* "-": only the set, if there is one */
    enum tsm_state state;
    enum basis_check basis_check;
    enum tsm_basis basis;   /* of BASIS_EXACT */
    tsm_state_set possible; /* 0 = not checked */
    bool or_more;           /* the set ends with "..": it must contain these, at least */
};

/* A named value, "open 1/3"; see the table in expect.c. */
struct expected_fact {
    const struct fact *fact;
    char *value;
};

struct expectation {
    struct expected_state state[2]; /* by column */
    uint32_t with, without;         /* notes that must be there, and must not: TSM_NOTE_... */
    int action;                     /* enum tsm_action; -1 = any */
    GArray *facts;                  /* struct expected_fact */
};

/* What the engine says after a line. */
struct answer {
    const struct tsm_stream *stream;
    const struct tsm_verdict *verdict;
    const struct tsm_stream *ended; /* older stream that the segment ended; NULL = none */
    struct tsm_belief belief[2];    /* by column */
    enum tsm_side side[2];          /* of each column */
    const char *name[2];            /* of each column: the host */
};

/* Reads a state with its marks. On failure says in *error which word, and what could stand there;
 * the caller adds file and line. */
bool expected_state_parse(struct expected_state *expected, const char *word, GError **error);
void expected_state_clear(struct expected_state *expected);

/* Whether a belief is what was expected. */
bool expected_state_holds(const struct expected_state *expected, const struct tsm_belief *belief);

/* Reads what stands behind the bar. NULL and *error as above. Free with expectation_free(). */
struct expectation *expectation_parse(const char *text, GError **error);
void expectation_free(struct expectation *expectation);

/* One sentence for each thing that is not as expected, "C: expected ..., got ...", appended to
 * `faults` (char *, owned by the array). */
void expectation_compare(const struct expectation *expectation, const struct answer *answer,
                         GPtrArray *faults);

/* A belief in the notation of scenarios. Free with g_free(). */
char *belief_text(const struct tsm_belief *belief);

/* Everything that could have been written behind the bar. Free with g_free(). */
char *answer_text(const struct answer *answer);

#endif
