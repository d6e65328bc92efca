/* taps.h - what `tshark -z tcpstate,...` prints.
 *
 *   -z tcpstate                       the same as tcpstate,table
 *   -z tcpstate,table                 a table of states, for people
 *   -z tcpstate,records[,segments|,live][,stream=N][,max=N]
 *                                     the record stream (core/tsm_record.h), which tcpstory reads
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TAPS_H
#define TAPS_H

#include "compat.h"
#include <epan/packet_info.h>

/* Registers the tap "tcpstate", to which every frame goes, and that of -z tcpstate. */
void taps_register(void);

/* Registers -z tcpstate. */
void taps_register_listeners(void);

/* Whether anybody listens to the tap, who may want to know what is shown of each frame. */
bool taps_are_listened_to(void);

/* Whether -z tcpstate was given, which wants nothing of the single frame. */
bool taps_count_totals(void);

/* Lets the listeners, if any, know of a frame. */
void taps_queue_frame(packet_info *pinfo);

/* Whether the frame is dissected for taps: in a single pass, and not in the first of two. May show
 * the frame to listeners once more, so ask once a capture. */
bool taps_are_active(packet_info *pinfo);

/* The listeners: what each prints at the end of the capture. */
void tap_table_print(void);

#endif
