/* syn_sample.h - which connections begin in a capture: a sample that is the same of all captures
 * that have the same packets.
 *
 * A SYN is known by what copies of it on other taps have, too. Of all numbers that are made of SYNs
 * so, the least ones are kept: captures that share a part of their SYNs share that part of their
 * samples (Broder, "On the resemblance and containment of documents", 1997). So files of two taps
 * are told from files that go on each other, whatever their clocks say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYN_SAMPLE_H
#define SYN_SAMPLE_H

#include <glib.h>

#include "tsm_table.h"

#define SYN_SAMPLE_MOST 64

struct syn_seen {
    guint64 hash;
    gint64 ns; /* when it came, or the first copy of it */
};

/* The least first. All zero = none. */
struct syn_sample {
    guint32 n;
    struct syn_seen at[SYN_SAMPLE_MOST];
};

/* A segment of the capture, of any kind. */
void syn_sample_add(struct syn_sample *sample, const struct tsm_tuple *tuple,
                    const struct tsm_segment *seg);

#endif
