/* extract.h - writes chosen frames of captures as one pcapng.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef EXTRACT_H
#define EXTRACT_H

#include "captures.h"

/* Writes the chosen frames of the captures, whole, to standard output, with their comments, the
 * captures' interfaces and what those count, the comments of their sections and their secrets for
 * decryption; names of hosts are left out. `chosen` is a file with a bit for each frame, from the
 * first one on: the lowest of its first byte, 1 = chosen. A fragment is chosen with any other of
 * its datagram. The captures are read twice. Returns the program's exit status: 0, or 1 when not
 * all could be read, or written; what could be is there then. */
int extract(struct captures *captures, int chosen);

#endif
