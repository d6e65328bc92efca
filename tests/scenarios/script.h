/* script.h - a scenario as read from its file: hosts, connections, and one entry per line.
 *
 * docs/develop/scenarios.md explains the language. Everything is resolved while reading: sequence
 * numbers are raw, times are absolute, defaults are filled in. Nothing here knows the engine's
 * answers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <glib.h>

#include "expect.h"
#include "packet.h"
#include "thresholds.h"

/* Time 0.0 of every scenario: seconds since 1970-01-01 UTC. */
#define SCRIPT_EPOCH_S 1700000000

struct host {
    char *name;
    uint8_t address[16];
    uint8_t addr_len; /* 4 or 16 */
    uint16_t next_id; /* IPv4 identification of its next packet */
};

/* One end of a connection, and what the reader has seen it send. */
struct end {
    struct host *host;
    uint16_t port;
    uint32_t isn;
    uint32_t snd_nxt; /* raw: after the highest it sent */
    uint32_t ts_val;  /* last one sent, for the peer to echo */
};

/* A pair of ends; the first is the one whose state is written first. */
struct connection {
    struct end end[2];
};

enum line_kind {
    LINE_SEGMENT,
    LINE_ICMP,      /* an ICMP error that quotes a segment */
    LINE_WAIT,      /* time passes */
    LINE_END,       /* time passes to the end of the capture */
    LINE_PROJECT,   /* what timers alone do after that */
    LINE_HINDSIGHT, /* no time: what a whole timeline looks like */
};

/* A state in the hindsight view, and when it begins: between two times, often equal. */
struct interval {
    struct expected_state state;
    int64_t from_ns, to_ns;
};

struct line {
    enum line_kind kind;
    unsigned number;                     /* in the file, from 1 */
    char *text;                          /* as written, without its comment */
    int64_t time_ns;                     /* since 1970; unless LINE_HINDSIGHT */
    const struct connection *connection; /* of LINE_SEGMENT and LINE_ICMP, NULL of others */
    unsigned column;                     /* of LINE_SEGMENT and LINE_ICMP: the end that sent it */
    const struct host *host;             /* of LINE_HINDSIGHT: the end it is about */
    int stream;                          /* of other lines: -1 = that of the segment before */
    struct packet packet;                /* of LINE_SEGMENT and LINE_ICMP */
    struct expectation *expect;          /* NULL = nothing */
    GArray *intervals;                   /* of LINE_HINDSIGHT: struct interval */
};

struct script {
    char *path;
    char *title; /* the comment of the first line */
    struct tsm_model model;
    GPtrArray *hosts;       /* struct host, in the order of their columns */
    GPtrArray *connections; /* struct connection */
    GPtrArray *lines;       /* struct line */
    char *anomalies;        /* ids, ascending, or "none"; NULL = not to be judged */
    GPtrArray *sayings;     /* struct saying */
    Thresholds *settings;   /* thresholds of the rules */
    bool rests;             /* to be set: all streams rest after each line (tsm_rest.c) */
};

/* Words that a hit of a rule must have. */
struct saying {
    char *rule; /* its id */
    char *words;
};

/* Reads a scenario. NULL and *error when the file cannot be read or a line is not understood.
 * Free with script_free(). */
struct script *script_read(const char *path, GError **error);

void script_free(struct script *script);

#endif
