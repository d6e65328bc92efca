/* render.h - shows what is known of a frame: subtree, expert items, Info column.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RENDER_H
#define RENDER_H

#include "compat.h"
#include <epan/packet_info.h>
#include <epan/proto.h>

/* Shows every TCP layer of the frame. `tree` may be NULL. */
void render_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
