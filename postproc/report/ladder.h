/* ladder.h - one connection as a ladder: a rung for each segment that did something, the states of
 * both ends beside it, and what lay between. For tcpstory and for Wireshark's window.
 *
 * A pure function of the rows: no input or output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LADDER_H
#define LADDER_H

#include "rungs.h"

/* Appends the ladder, a heading and lines that each end with a newline. Nothing without rows. */
void ladder_print(const struct ladder *ladder, GString *text);

#endif
