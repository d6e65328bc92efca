/* anomaly.h - what an anomaly is: a rule, which is a row of a table and a pure function, and a hit,
 * which is what a rule found in one capture.
 *
 * Rules judge and do not print; whoever prints a hit finds its words in the rule and its figures in
 * the hit (anomaly_text.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ANOMALY_H
#define ANOMALY_H

#include "hosts.h"
#include "outcome.h"
#include "story.h"
#include "tuple_index.h"

/* X(name, word, meaning) */
// clang-format off
#define ANOMALY_SEVERITY_LIST(X)                                                              \
    X(INFO,    "info",    "worth knowing: TCP works, or it is somebody's habit")              \
    X(WARNING, "warning", "something failed, waited or was lost, but it may be meant so")     \
    X(ERROR,   "error",   "service is lost, or will be: users notice")

#define ANOMALY_CONFIDENCE_LIST(X)                                                            \
    X(CERTAIN,  "certain",  "captured segments show it")                                      \
    X(INFERRED, "inferred", "several segments together, or their timing, show it")            \
    X(PRESUMED, "presumed", "it fits best; other explanations remain")

#define ANOMALY_FAULT_LIST(X)                                                                 \
    X(UNKNOWN, "unknown", "cannot be told from the capture")                                  \
    X(CLIENT,  "client",  "the end that opened, or its application")                          \
    X(SERVER,  "server",  "the end that was called, or its application")                      \
    X(NETWORK, "network", "the path between them: loss, a firewall, a load balancer")         \
    X(CAPTURE, "capture", "the way the capture was made")                                     \
    X(NOBODY,  "nobody",  "nothing is wrong")
// clang-format on

enum anomaly_severity {
#define X(name, word, meaning) ANOMALY_##name,
    ANOMALY_SEVERITY_LIST(X)
#undef X
        N_ANOMALY_SEVERITIES
};

enum anomaly_confidence {
#define X(name, word, meaning) ANOMALY_##name,
    ANOMALY_CONFIDENCE_LIST(X)
#undef X
        N_ANOMALY_CONFIDENCES
};

enum anomaly_fault {
#define X(name, word, meaning) ANOMALY_OF_##name,
    ANOMALY_FAULT_LIST(X)
#undef X
        N_ANOMALY_FAULTS
};

/* "warning", "inferred", "server" ...; static storage. */
const char *anomaly_severity_word(enum anomaly_severity severity);
const char *anomaly_confidence_word(enum anomaly_confidence confidence);
const char *anomaly_fault_word(enum anomaly_fault fault);

/* Reads a severity; EXIT_USAGE when the word is none. `option` is named in the message. */
bool anomaly_severity_parse(const char *word, const char *option, enum anomaly_severity *severity,
                            GError **error);

#define ANOMALY_MAX_FRAMES 8
#define ANOMALY_MAX_FIGURES 6

struct anomaly_rule;

/* A hit. It owns nothing. */
struct anomaly {
    const struct anomaly_rule *rule;
    struct tsm_tuple tuple; /* the client is the source; see scope */
    guint connection;       /* number of the one it is about, or of the first; G_MAXUINT = none */
    guint first_member;     /* its connections are members[first_member ...] of the Anomalies */
    guint members;          /* how many */
    int64_t first_ns, last_ns; /* when it began, and when it was last seen */
    uint32_t first_frame;      /* 0 = no frame: a timer, the capture's end */
    uint32_t last_frame;
    uint32_t frames[ANOMALY_MAX_FRAMES]; /* evidence, ascending; see anomaly_evidence() */
    int64_t figure[ANOMALY_MAX_FIGURES]; /* what `text` speaks of */
    const char *text;   /* one of the rule's sentences, with places for figures: anomaly_text.h */
    int64_t weight;     /* among hits of one rule the greatest is the worst */
    uint8_t scope;      /* enum tuple_scope bits */
    uint8_t alike;      /* likewise: what its connections have in common besides, to be named */
    uint8_t severity;   /* enum anomaly_severity */
    uint8_t confidence; /* enum anomaly_confidence */
    uint8_t fault;      /* enum anomaly_fault */
    uint8_t before[2];  /* enum tsm_state by enum tsm_side, before and after it */
    uint8_t after[2];
    uint8_t n_frames;
    bool censored; /* the capture ended before the rule could be sure */
};

/* Fills in what the rule's row says of all its hits. */
void anomaly_of_rule(struct anomaly *hit, const struct anomaly_rule *rule);

/* Adds a frame to the evidence, as long as there is room; 0 is ignored. */
void anomaly_evidence(struct anomaly *hit, uint32_t frame);

/* The capture ended too early to be sure: then it is no more than a piece of information. */
void anomaly_censor(struct anomaly *hit);

/* ---- rules ---- */

#define ANOMALY_NS(seconds) ((int64_t)((seconds)*1e9))

/* The thresholds of a rule. Seconds are held as nanoseconds. */
enum anomaly_unit { ANOMALY_COUNT, ANOMALY_SECONDS, ANOMALY_PERCENT };

/* The greatest bounds: what no capture reaches turns a rule off. */
#define ANOMALY_MAX_COUNT 1000000000
#define ANOMALY_LONGEST ANOMALY_NS(1e9)

/* A rule may rely on the bounds of its thresholds: thresholds.c accepts nothing else. */
struct anomaly_limit {
    const char *name; /* NULL ends the list */
    enum anomaly_unit unit;
    int64_t value;       /* unless the user says otherwise */
    int64_t least, most; /* what the user may say, both included; a count fits into 32 bits */
    const char *meaning;
};

/* Appends a value of the threshold as the user writes it: "0.5" for half a second. */
void anomaly_limit_value(GString *out, const struct anomaly_limit *limit, int64_t value);

/* Appends its bounds: "1 to 100". */
void anomaly_limit_bounds(GString *out, const struct anomaly_limit *limit);

/* Appends the table's value, its bounds and what it means: "10 % (1 to 100): of all attempts". */
void anomaly_limit_text(GString *out, const struct anomaly_limit *limit);

#define ANOMALY_MAX_LIMITS 6

/* What is known of a connection when it is judged. Arrays are indexed by enum tsm_side. */
struct anomaly_case {
    const struct story *story;
    const struct story_connection *connection;
    guint number; /* of the connection */
    enum outcome_opening opening;
    enum outcome_ending ending;
    const struct tsm_record_facts *facts[2]; /* for `judge` and `judge_end` only: others use
                                                case_facts(), as few connections concern them */
    const Hosts *hosts;                      /* servers that refused a connection */
    bool one_way_capture;                    /* none of its connections has both directions */
    int64_t end_ns;                          /* until when it was followed: story_followed_to() */
    const int64_t *limit;                    /* the rule's thresholds, in the order of its row */
};

/* Segments of a kind that an end sent; see story_mark(). */
static inline const struct tsm_mark *anomaly_mark(const struct anomaly_case *c, enum tsm_side side,
                                                  unsigned kind)
{
    return story_mark(c->story, c->connection, side, kind);
}

/* Judges one end of a connection; see judge in struct anomaly_rule. */
typedef bool (*end_judge)(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit);

struct anomaly_survey; /* a whole capture being judged: survey.h */

enum anomaly_ends { ANOMALY_BOTH_ENDS, ANOMALY_CLIENTS, ANOMALY_SERVERS };

/* A rule. The lists of words end with NULL. In all words {client}, {n0:SYN:SYNs} and the like are
 * places: see anomaly_text.h. Exactly one of judge and survey is set. */
struct anomaly_rule {
    const char *id;                     /* "A01", "Q1" */
    const char *name;                   /* "syn_unanswered" */
    const char *title;                  /* a few words for people: "SYN unanswered" */
    enum anomaly_severity severity;     /* a hit may say otherwise */
    enum anomaly_confidence confidence; /* a hit may say otherwise */
    enum anomaly_fault fault;           /* a hit may say otherwise */
    const char *meaning;                /* what it is, in plain words, without a case at hand */
    const char *text;                   /* the sentence of a hit, unless the hit says otherwise */
    const char *filter;                 /* display filter of the evidence, within its connections */
    const char *causes[6];
    const char *checks[6]; /* commands, or what to look at */
    const char *references[5];
    struct anomaly_limit limits[ANOMALY_MAX_LIMITS];
    unsigned gate;  /* of a rule on capture quality: its bit; hits close that gate for members */
    unsigned gates; /* bits: not asked about connections for which one of them is closed */
    bool claims;    /* its members are told together: rules that yield are not asked about them */
    bool yields;
    /* Judges one connection. The hit comes filled in for that connection and from the row; the
     * function adds times, frames and figures. Returns whether it is a hit. */
    bool (*judge)(const struct anomaly_case *c, struct anomaly *hit);
    /* Of a rule that surveys, NULL = has none: it is asked about the ends that are named here, of
     * all connections, before anything is surveyed; grouped_hits() has what it found. */
    end_judge judge_end;
    enum anomaly_ends ends;
    /* Judges the whole capture and adds hits by survey_add(). `limit` as in anomaly_case. */
    void (*survey)(struct anomaly_survey *survey, const int64_t *limit);
};

/* The gates. */
enum anomaly_gate {
    GATE_MIDSTREAM = 1u << 0, /* Q1 ... Q12; Q13 closes that of Q3, Q14 none */
    GATE_ONE_WAY = 1u << 1,
    GATE_DROPS = 1u << 2,
    GATE_MIRRORED = 1u << 3,
    GATE_CLOCK = 1u << 4,
    GATE_CUT_HEADERS = 1u << 5,
    GATE_CHECKSUMS = 1u << 6,
    GATE_FILE_EDGE = 1u << 7,
    GATE_TWO_PATHS = 1u << 8,
    GATE_TRANSLATED = 1u << 9,
    GATE_MADE_UP = 1u << 10,
    GATE_SKEWED = 1u << 11,
};
#define N_ANOMALY_GATES 12

#endif
