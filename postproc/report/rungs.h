/* rungs.h - what a ladder of one connection is made of, whether it is printed or drawn.
 *
 * Plain data and acknowledgments that moved no state are gathered into one rung, and waits are
 * marked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUNGS_H
#define RUNGS_H

#include "text.h"
#include "tsm_record.h"

/* A segment and the states after it; or, with segment.frame 0, a state that moved although nothing
 * was sent: then only segment.time_ns and segment.state count. Arrays: by enum tsm_side. */
struct ladder_row {
    struct tsm_record_segment segment;
    bool certain[2];    /* state[side] is shown without a question mark; see tsm_is_certain() */
    const char *reason; /* what else is to be said: "2MSL have passed"; NULL = nothing */
};

struct ladder {
    const struct ladder_row *rows; /* in the order they were captured */
    guint n;
    int64_t origin_ns;     /* what TEXT_RELATIVE counts from */
    int64_t end_ns;        /* when the capture ended; INT64_MIN = unknown */
    enum text_clock clock; /* of dates, only the time of the day is shown */
    unsigned width;        /* columns that a line may have, at least 80 */
    bool color;            /* escape sequences of a terminal */
    bool every;            /* a rung for every segment: nothing is gathered */
};

enum rung_kind {
    RUNG_SEGMENT, /* row `first`, or a state that moved although nothing was sent */
    RUNG_RUN,     /* plain segments: rows [first, end) */
    RUNG_WAIT,    /* nothing for long before row `first`; of the last one, after it */
};

/* A rung. */
struct rung {
    enum rung_kind kind;
    guint first, end;
    bool bad;         /* something went wrong */
    GString *segment; /* what was sent: "SYN ACK", "-> 1.2 kB  <- ACK"; empty = nothing */
    GString *remark;  /* the step, what was noted, the socket call; the length of a wait */
};

/* Calls visit() for each rung in order; the rung and its texts are valid during the call only.
 * `width` is what there is for the text of a segment, in letters. */
void rungs_visit(const struct ladder *ladder, unsigned width,
                 void (*visit)(const struct rung *rung, void *data), void *data);

/* Whether the end's state is the same after both rows. */
bool rungs_same_state(const struct ladder_row *a, const struct ladder_row *b, unsigned side);

/* Appends a point in time as the ladder's clock has it, without a date. */
void rungs_time(const struct ladder *ladder, int64_t ns, GString *text);

/* A socket call in a few words; "" for none and for plain data. Static storage. */
const char *rungs_call(enum tsm_call call);

#endif
