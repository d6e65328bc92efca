/* tsi_code.h - the items of a block of a .tsi file, each as what differs from the last one of its
 * connection and direction: an item of 52 bytes takes some 12.
 *
 * A block has 256 *slots*. An item that is told whole takes the next one, round and round; another
 * is told as what it differs in from the one of a slot, and takes its place:
 *
 *   bits       a byte: which of the last six follow. 0x80: the whole item follows (tsm_item.h)
 *   SLOT       a byte
 *   FRAME      the difference to the item before, whatever its slot
 *   TIME       also, folded
 *   LENGTH     0x01: captured and length, against the slot's
 *   IP_ID      0x02: against the slot's and 1
 *   SEQ        0x04: against what follows the slot's segment
 *   ACK        0x08: against the slot's
 *   FLAGS      0x10: a byte, and the window
 *   OPTIONS    0x20: each 32 bits of them against the slot's
 *
 * Numbers are LEB128; differences are folded, but that of frames. Frame and time of a whole item
 * are differences, too. All headers of a connection but the first ones look alike (RFC 1144 3.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSI_CODE_H
#define TSI_CODE_H

#include <glib.h>
#include <stdbool.h>

#include "tsm_item.h"

#define TSI_SLOTS 256
#define TSI_HASH_BITS 10

/* The most bytes that an item takes. */
#define TSI_CODE_BYTES (2 + TSM_ITEM_BYTES)

/* The items told last, packed; the first byte, their size, is 0 where there is none. */
struct tsi_slots {
    guint8 at[TSI_SLOTS][TSM_ITEM_BYTES];
    guint8 next;                      /* which the next whole item takes */
    guint8 found[1 << TSI_HASH_BITS]; /* for who writes: which one may have a connection's, by its
                                         hash */
};

/* Forgets all. */
void tsi_slots_clear(struct tsi_slots *slots);

/* A hash of the addresses and ports of a packed item; 0 where they are not in the usual place. It
 * is quick, and anybody can find two that have the same one. */
guint32 tsi_code_hash(const guint8 *packed);

/* Where the addresses and ports of a packed item with a hash are; *size is how many bytes. */
const guint8 *tsi_code_ends(const guint8 *packed, guint *size);

/* Writes a packed item whose frame and time are differences, and whose hash is that; returns what
 * is behind it. */
guint8 *tsi_code_put(struct tsi_slots *slots, const guint8 *packed, guint32 hash, guint8 *to);

/* Reads one from the first of `size` bytes; its header's bytes lie in the slots. Returns how many
 * it took, 0 when they are none. */
gsize tsi_code_get(struct tsi_slots *slots, struct tsm_item *item, const guint8 *bytes, gsize size);

#endif
