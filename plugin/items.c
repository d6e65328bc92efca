/* items.c - writes items to standard output; see items.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "items.h"

#include <stdio.h>

static bool wanted; /* outlives captures */

void items_want(void)
{
    wanted = true;
}

bool items_wanted(void)
{
    return wanted;
}

static void put(const struct tsm_item *item)
{
    uint8_t bytes[TSM_ITEM_BYTES];

    fwrite(bytes, 1, tsm_item_pack(item, bytes), stdout);
}

void items_add_header(struct tsm_header header)
{
    const struct tsm_item item = {.kind = TSM_ITEM_HEADER, .header = header};

    put(&item);
}

void items_end_frame(uint32_t frame)
{
    const struct tsm_item item = {.kind = TSM_ITEM_FRAME, .header.frame = frame};

    put(&item);
    fflush(stdout);
}
