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

/* An empty table, in `table`: an array by stream number. */
void links_init(struct chunked *table);

/* The next frame of a stream; frames of one stream in their order. */
void links_add(struct chunked *table, uint32_t frame, uint32_t stream,
               const struct tsm_verdict *verdict);

/* Where to jump from a frame that has this annotation. */
struct links links_of(const struct chunked *table, uint32_t frame,
                      const struct annotation *annotation);

#endif
