/* tsm_item_layout.h - where the parts of a packed item are, and how large; for who packs them. See
 * tsm_item.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_ITEM_LAYOUT_H
#define TSM_ITEM_LAYOUT_H

enum {
    ITEM_AT_SIZE = 0,
    ITEM_AT_KIND = 1,
    ITEM_AT_BITS = 2,
    ITEM_AT_TTL = 3,
    ITEM_AT_FRAME = 4,
    ITEM_AT_TIME = 8,
    ITEM_AT_CAPTURED = 16,
    ITEM_AT_LENGTH = 18,
    ITEM_AT_IP_ID = 20,
    ITEM_AT_PATH = 22,
    ITEM_FIXED = 24,
    ITEM_WIDE = 18,
    ITEM_ADDRESSES_MAX = 32,
};

enum {
    ITEM_TIME = 0x01,
    ITEM_FRAGMENT = 0x02,
    ITEM_QUOTED = 0x04,
    ITEM_FATAL = 0x08,
    ITEM_BY_TARGET = 0x10,
    ITEM_IS_WIDE = 0x20, /* the part for headers that are not like most */
    ITEM_IPV4 = 0x40,    /* addresses of 4 bytes */
    ITEM_IPV6 = 0x80,    /* of 16 */
};

#endif
