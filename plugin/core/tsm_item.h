/* tsm_item.h - frames and the TCP headers in them, as one process tells them to another.
 *
 * Who reads a capture (postproc/frames, or tshark with the plugin) writes items to a pipe; tcpstory
 * reads them and feeds its engine. Items may also lie in files and go from machine to machine:
 * their bytes are the same everywhere. They hold headers, and never a byte of what was said.
 *
 * An item, the least significant byte of a number first:
 *
 *   0  size      8 bits, of all
 *   1  kind      4 bits, enum tsm_item_kind, and above it 2 bits: enum tsm_checksum
 *   2  bits      8 bits, see tsm_item.c: which of the optional parts there are, among others
 *   3  ttl       8 bits
 *   4  frame    32 bits
 *   8  time     64 bits
 *  16  captured 16 bits
 *  18  length   16 bits
 *  20  ip_id    16 bits
 *  22  path     16 bits
 *  24  of a header that is not like most: captured, length and ip_bytes with 32 bits each, type and
 *      code of the ICMP error with 8 bits each, ordinal and its MTU with 16 bits each
 *      both addresses, of 4 or 16 bytes each
 *      the TCP header as it was captured, options included; its checksum and urgent pointer, which
 *      nobody asks for, are 0. Or the name, of TSM_ITEM_NAME
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_ITEM_H
#define TSM_ITEM_H

#include "tsm_header.h"

/* How tshark is asked for items: `-z tcpstate,headers2`. When an item changes its meaning or place,
 * this becomes another name ("headers3"), so that tshark itself refuses to speak with a tcpstory of
 * another version: docs/develop/versions.md. */
#define TSM_ITEM_OPTION "headers2"

/* What is passed: frames, and the TCP headers in them. */
enum tsm_item_kind {
    TSM_ITEM_HEADER = 1, /* a header in the frame that the next TSM_ITEM_FRAME is about */
    TSM_ITEM_PLAIN,      /* a header, and it is all of its frame */
    TSM_ITEM_FRAME,      /* the end of a frame; of its header, time_ns and frame are set */
    TSM_ITEM_DEEP,       /* as FRAME, but what is in it another process will tell */
    TSM_ITEM_END,        /* the end of the capture; `frame` is one of enum tsm_item_end */
    TSM_ITEM_FILE,       /* the next frame is the first of its file; `frame` is the file's number */
    TSM_ITEM_NAME,       /* tuple.src has a name, the first bytes of which are the header's */
    TSM_ITEM_TAP,        /* the frames that follow are of interface `frame`; at first of 0 */
    TSM_ITEM_LOST,       /* of `length` packets that came, the capture lost `captured` */
};

/* How a capture ended. */
enum tsm_item_end {
    TSM_END_WHOLE,  /* where it should */
    TSM_END_CUT,    /* in the middle of a frame */
    TSM_END_UNREAD, /* it cannot be read, or not further */
};

struct tsm_item {
    uint8_t kind;  /* enum tsm_item_kind */
    bool has_time; /* the frame has one */
    struct tsm_header header;
};

/* The most bytes of an item. */
#define TSM_ITEM_BYTES 134

/* Writes an item into `bytes`, which has room for TSM_ITEM_BYTES. Returns its size. */
size_t tsm_item_pack(const struct tsm_item *item, uint8_t *bytes);

/* Reads an item from the first of `size` bytes; item->header.bytes points into them. Returns its
 * size; 0 when it is not whole yet. Sets kind to 0 when it is no item: nothing that follows is. */
size_t tsm_item_unpack(struct tsm_item *item, const uint8_t *bytes, size_t size);

#endif
