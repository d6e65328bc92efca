/* find_clocks.h - lets tcpstory-frames compare the clocks of a capture's taps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIND_CLOCKS_H
#define FIND_CLOCKS_H

#include "clocks.h"
#include "read_capture.h"

/* Reads the captures and compares the clocks of their taps; captures are then where they were. */
void clocks_find(struct clocks *clocks, enum clocks_of of, const struct capture_input *capture);

/* The same of files, each of which is a tap. Those that cannot be opened are unknown. */
void clocks_of_files(struct clocks *clocks, const char *const *files);

/* Whether so many of the connections acknowledge what comes later, or never, that the story may be
 * that of taps whose clocks differ. */
bool clocks_are_suspected(const struct story *story);

#endif
