/* selection.h - which connections the user wants: by port, host, stream, state, outcome and time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SELECTION_H
#define SELECTION_H

#include "outcome.h"
#include "time_arg.h"

/* Numbers from `first` to `last`: ports, streams. */
struct selection_span {
    uint32_t first, last;
};

/* The addresses that begin with the first `bits` bits of this one. */
struct selection_net {
    uint8_t address[16];
    unsigned len; /* 4 or 16 */
    unsigned bits;
};

/* Values that were named. Empty = nothing was said about that. */
struct selection_values {
    GArray *ports;     /* of struct selection_span; NULL = empty, as the next */
    GArray *streams;   /* of struct selection_span */
    GArray *nets;      /* of struct selection_net */
    GPtrArray *names;  /* of char *, owned: names of hosts, as the capture tells them */
    uint32_t states;   /* bit n = enum tsm_state n */
    uint32_t openings; /* bit n = enum outcome_opening n */
    uint32_t endings;  /* bit n = enum outcome_ending n */
};

/* All zero = every connection. */
struct selection {
    struct selection_values wanted;   /* of what was named, a connection has one of each kind */
    struct selection_values unwanted; /* and none of these */
    bool by_since, by_until;
    struct time_arg since, until;
    bool any_time; /* since and until are for the verb: connections of any time are kept */
};

/* Add a value, to selection->wanted or selection->unwanted. */
void selection_add_ports(struct selection_values *values, uint32_t first, uint32_t last);
void selection_add_streams(struct selection_values *values, uint32_t first, uint32_t last);
void selection_add_net(struct selection_values *values, const struct selection_net *net);
void selection_add_name(struct selection_values *values, const char *name);

/* Maps the networks that were named as the addresses of the stories will be. */
void selection_anonymize(struct selection *selection, const struct anonymizer *anonymizer);

/* Frees what was added. */
void selection_clear(struct selection *selection);

/* Whether it can be told when a connection begins that it is wanted: not when its states, its
 * outcome, its times, or names that the capture gives to hosts count. */
bool selection_is_early(const struct selection *selection);

/* Adds what the selection asks of a story: frames whose time is to be known, names, and which
 * connections may be wanted. The selection must outlive the reading. */
void selection_prepare(const struct selection *selection, struct story_wants *wants);

/* Whether that end of a tuple has a wanted host, if one is wanted. */
bool selection_has_local(const struct selection *selection, const struct story *story,
                         const struct tsm_tuple *tuple, enum tsm_side side);

/* Whether that state is wanted, if one is. */
bool selection_has_state(const struct selection *selection, enum tsm_state state);

/* Whether the connection of the story is wanted; since and until do not count. */
bool selection_matches(const struct selection *selection, const struct story *story,
                       const struct story_connection *connection);

/* Leaves only those connections in the story that have a port, a host and a state at either end
 * (the last state of the story's view), a stream, an outcome as wanted, and that have a segment in
 * the time. Warns the story of names that it does not know. Fails with EXIT_USAGE when the capture
 * has no frame that was named. */
bool selection_apply(const struct selection *selection, struct story *story, GError **error);

#endif
