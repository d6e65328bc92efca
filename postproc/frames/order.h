/* order.h - which captures are parts of one, and in which order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ORDER_H
#define ORDER_H

#include <glib.h>
#include <stdbool.h>

#include "tsm_header.h"

/* A flow: what one end sends to the other. */
struct order_flow {
    guint64 key; /* of both ends; 0 = none */
    guint32 seq; /* of its first segment, or what follows its last one */
    bool known;  /* it went on, or could: it did not begin here, or was not closed */
};

#define ORDER_FLOWS 1024 /* of each capture: a power of two */
#define ORDER_ADDRESSES 64

/* What is noted of a capture. All zero is a valid start. */
struct order_part {
    gint64 first_ns, last_ns; /* when it has_frames */
    bool has_frames;
    guint64 links;     /* which link layers: bits, of several perhaps one */
    guint64 interface; /* what a pcapng tells of program and interfaces; 0 = nothing */
    guint64 addresses[ORDER_ADDRESSES];   /* of the link layer: first come, 0 = none */
    struct order_flow first[ORDER_FLOWS]; /* the first segment of flows */
    struct order_flow last[ORDER_FLOWS];  /* the last one */
};

/* Notes a frame: its time, its link layer (any number), and the hashes of its addresses there. */
void order_note_frame(struct order_part *part, gint64 ns, int link, guint64 source,
                      guint64 destination);

/* Notes a header, and sets its ports. */
void order_note_header(struct order_part *part, struct tsm_header *header);

/* A place in the order. */
struct order_place {
    guint number;   /* of the capture */
    bool continues; /* it is the same capture as the one before it in the list */
};

/* Puts captures in order: those of one together, each by its first frame, and wholes in the order
 * of their first parts' numbers. A capture goes on another when it begins where that ends and a TCP
 * connection goes on from one to the other, or nothing but a moment lies between and it was made at
 * the same place. `all`: they are one in any case. Returns a list of struct order_place. */
GArray *order_parts(const GPtrArray *parts, bool all);

#endif
