/* selection.h - which connections the user wants: by port, host, state, outcome and time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SELECTION_H
#define SELECTION_H

#include "outcome.h"
#include "time_arg.h"

struct selection {
    bool by_port, by_host, by_state, by_opening, by_ending, by_since, by_until;
    uint16_t port;
    uint8_t host[16];
    unsigned host_len; /* 4 or 16 */
    enum tsm_state state;
    enum outcome_opening opening;
    enum outcome_ending ending;
    struct time_arg since, until;
    bool any_time; /* since and until are for the verb: connections of any time are kept */
};

/* Asks the story, before it is read, for the frames that since and until name. */
void selection_prepare(const struct selection *selection, struct story *story);

/* Whether that end of a tuple has the host, if one is wanted. */
bool selection_has_local(const struct selection *selection, const struct tsm_tuple *tuple,
                         enum tsm_side side);

/* Whether the connection of the story is wanted; since and until do not count. */
bool selection_matches(const struct selection *selection, const struct story *story,
                       const struct story_connection *connection);

/* Leaves only those connections in the story that have the port, the host and the state at either
 * end (the last state of the story's view), the outcome, and that have a segment in the time.
 * Fails with EXIT_USAGE when the capture has no frame that was named. */
bool selection_apply(const struct selection *selection, struct story *story, GError **error);

#endif
