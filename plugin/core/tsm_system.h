/* tsm_system.h - which system a host runs, as far as its timers differ, told by its SYN and by the
 * time to live of its packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_SYSTEM_H
#define TSM_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* In which order a SYN has its options. */
enum tsm_layout {
    TSM_LAYOUT_COMMON, /* one of several systems, or there was no SYN */
    TSM_LAYOUT_LINUX,
    TSM_LAYOUT_APPLE,
    TSM_LAYOUT_BSD, /* Windows has one of these, too */
    TSM_LAYOUT_OTHER,
};

/* The layout of the options, `size` bytes that were captured whole. */
enum tsm_layout tsm_layout_read(const uint8_t *options, size_t size);

/* How long states last without a segment, in nanoseconds. */
struct tsm_lingers {
    int64_t least; /* TIME_WAIT may be over */
    int64_t usual; /* it is taken to be over */
    int64_t most;  /* it is over */
    int64_t fin_wait_2;
};

/* Those of the host. `ttl`: the greatest seen of its packets, 0 = unknown. */
const struct tsm_lingers *tsm_system_lingers(enum tsm_layout layout, uint8_t ttl);

#endif
