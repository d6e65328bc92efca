/* hook.h - the place between IP and TCP where segments are read from the raw header.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HOOK_H
#define HOOK_H

#include "compat.h"
#include <epan/packet_info.h>

/* Registers the helpers that stand in for TCP, ICMP and ICMPv6; before hook_install(). */
void hook_register(void);

/* Takes their places in the table ip.proto, once all dissectors have theirs. */
void hook_install(void);

/* Whether the file has a time for the packet. */
bool hook_has_time(const packet_info *pinfo);

/* The time of a packet in nanoseconds since 1970, kept within 64 bits whatever the file says. */
int64_t hook_time_ns(const packet_info *pinfo);

#endif
