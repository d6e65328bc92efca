/* replay.h - runs a scenario through the engine and compares line by line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "script.h"

/* What is printed to standard output: always one line per difference, "file:line: what: expected
 * ..., got ..."; with TALK_LINES also every line of the scenario and what the engine says of it.
 * With TALK_TABLE nothing but a row for each segment: frame, stream, states of client and server,
 * step, event, separated by tabs. */
enum talk { TALK_FAULTS, TALK_LINES, TALK_TABLE };

/* Feeds all lines. Returns the number of differences. */
unsigned replay_run(const struct script *script, enum talk talk);

#endif
