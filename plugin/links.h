/* links.h - the frames of a stream that a reader wants to jump to: FINs and changes of state.
 *
 * Frames come in capture order; what lies ahead of a frame is known once the capture was read that
 * far. All memory is file scope.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LINKS_H
#define LINKS_H

#include "chunked.h"
#include "store.h"

/* Frame numbers; 0 = none. */
struct links {
    uint32_t matching_fin;    /* of a FIN: the other end's; of an ACK of a FIN: that one */
    uint32_t previous_change; /* the last frame before that moved or corrected a state */
    uint32_t next_change;     /* the first one after */
};

/* What is kept of all streams. Zeroed, and set up by links_init(); private but for `passing`. */
struct links_table {
    struct chunked trails; /* by stream number */
    bool passing;          /* settable before the first frame: links_of() is asked only of the frame
                              that was added last */
};

/* An empty table, in `table`. */
void links_init(struct links_table *table);

/* The next frame of a stream; frames of one stream in their order. */
void links_add(struct links_table *table, uint32_t frame, uint32_t stream,
               const struct tsm_verdict *verdict);

/* Where to jump from a frame that has this annotation. */
struct links links_of(const struct links_table *table, uint32_t frame,
                      const struct annotation *annotation);

#endif
