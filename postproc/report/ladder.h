/* ladder.h - one connection as a ladder: a rung for each segment that did something, the states of
 * both ends beside it, and what lay between. For tcpstory and for Wireshark's window.
 *
 * Plain data and acknowledgments that moved no state are gathered into one rung, and waits are
 * marked. A pure function of the rows: no input or output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LADDER_H
#define LADDER_H

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

/* Appends the ladder, a heading and lines that each end with a newline. Nothing without rows. */
void ladder_print(const struct ladder *ladder, GString *text);

#endif
