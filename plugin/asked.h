/* asked.h - what will be asked of a capture after it was read, so that it is to be kept.
 *
 * A single pass of tshark shows each frame when it is read, and never again. All else does:
 * Wireshark's windows, sharkd, and the second pass of `tshark -2`.
 *
 * How it all came out costs memory for each connection (docs/develop/architecture.md), so the story
 * is gathered only for who looks at frames a second time and wants to know: Wireshark's windows and
 * sharkd, and the second pass of `tshark -2` when what it is told on the command line, in columns
 * or in a filter speaks of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ASKED_H
#define ASKED_H

#include "compat.h"
#include <epan/packet_info.h>
#include <epan/proto.h>

#include "capture.h"

/* Decides at the first frame of a capture that has a TCP header, of which `tree` may be NULL. */
struct keeping asked_for(packet_info *pinfo, proto_tree *tree);

/* What is asked of states and verdicts, when frames are not shown again, at the end of a
 * frame with a TCP header; `tree` is that of the frame, or NULL. Who prints no field, column,
 * expert item or table of the plugin gets none, and it has nothing to do. */
enum asking asked_at_all(proto_tree *tree);

/* Whether all frames have been read, when the program shows frames that were read before: its
 * windows do so while others are still being read. */
bool asked_is_loaded(void);

#endif
