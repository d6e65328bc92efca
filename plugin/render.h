/* render.h - shows what is known of a frame: subtree, expert items, Info column.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RENDER_H
#define RENDER_H

#include "compat.h"
#include <epan/packet_info.h>
#include <epan/proto.h>

#include "store.h"

/* Shows every TCP layer of the frame. `tree` may be NULL. */
void render_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* The segment in a sentence, also the subtree's top line: both endpoints, the step or else the
 * event, the socket call. Of the pool's memory. */
const char *render_sentence(wmem_allocator_t *pool, const struct annotation *a);

#endif
