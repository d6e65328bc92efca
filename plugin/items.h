/* items.h - the way of TCP headers to tcpstory, which infers from them itself: `-z
 * tcpstate,headers2`.
 *
 * tcpstory reads simple frames itself and gives tshark only those that need dissection; from those
 * it wants the TCP headers, and no inference (core/tsm_item.h). Nothing is shown of the frames
 * then.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ITEMS_H
#define ITEMS_H

#include "tsm_item.h"

/* From now on, headers go to standard output. */
void items_want(void);
bool items_wanted(void);

/* A TCP header of the current frame; its time does not count. */
void items_add_header(struct tsm_header header);

/* The end of a frame of any kind: writes what is known of it, at once, because tcpstory waits for
 * it. */
void items_end_frame(uint32_t frame);

#endif
