/* options.h - the TCP options of a segment line, and the segment while it is being read.
 *
 * Private to notation.c and options.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "script.h"

/* What is being read: the segment of one end. */
struct reading {
    struct packet *packet;
    const struct end *from, *to;
    uint32_t ts_val; /* of the time stamps option, when has_ts_val */
    bool has_seq, has_ack, has_id, has_ts, has_ts_val, forged;
};

/* Reads a sequence number relative to `isn`: any 32 bits, negative ones too. */
bool reading_seq(const char *text, uint32_t isn, uint32_t *raw, GError **error);

/* Cuts <...> out of the line (leaving blanks) and reads the options in it. */
bool options_parse(struct reading *r, char *line, GError **error);

/* Appends a time stamps option; false when there is no room. */
bool options_add_timestamps(struct reading *r, uint32_t value, uint32_t echo);

/* Ends the options at a multiple of four bytes with no-operations. */
void options_pad(struct packet *packet);

#endif
