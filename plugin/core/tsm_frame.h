/* tsm_frame.h - simple captured frames: a link layer, IP without anything special, TCP.
 * Everything else needs dissection by Wireshark, and is told apart here.
 *
 * Only what Wireshark would certainly read in the same way is simple: no fragment, no IP option or
 * extension header, no tunnel, no length that does not fit, nothing cut before the end of a TCP
 * header of 20 bytes. docs/develop/architecture.md tells who reads the rest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_FRAME_H
#define TSM_FRAME_H

#include "tsm_header.h"

/* What a frame begins with. */
enum tsm_link {
    TSM_LINK_OTHER,    /* nothing that is known here */
    TSM_LINK_ETHERNET, /* IEEE 802.3, with or without an IEEE 802.1Q tag */
    TSM_LINK_SLL,      /* Linux cooked, LINKTYPE_LINUX_SLL of tcpdump.org */
    TSM_LINK_SLL2,     /* LINKTYPE_LINUX_SLL2 */
    TSM_LINK_RAW,      /* IPv4 or IPv6, LINKTYPE_RAW */
    TSM_LINK_IPV4,     /* LINKTYPE_IPV4 */
    TSM_LINK_IPV6,     /* LINKTYPE_IPV6 */
};

enum tsm_frame_kind {
    TSM_FRAME_PLAIN, /* one TCP header, which can be read here */
    TSM_FRAME_EMPTY, /* no TCP header is in it */
    TSM_FRAME_DEEP,  /* it needs dissection */
};

/* Reads a frame of `length` bytes, of which `captured` are there. When it is simple, sets all of
 * *header but time_ns, frame and the ports; header->bytes points into the frame. */
enum tsm_frame_kind tsm_frame_read(struct tsm_header *header, enum tsm_link link,
                                   const uint8_t *bytes, uint32_t captured, uint32_t length);

#endif
