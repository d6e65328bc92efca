/* extract.h - copies the packets of connections out of a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READERS_EXTRACT_H
#define READERS_EXTRACT_H

#include "out.h"
#include "story.h"

/* Appends a pcapng of the packets of a story that keeps them to `out`: those of the connections for
 * which wanted() says so, by their numbers; NULL = of all. The capture is read again, so it is to
 * be a file, and unchanged. What its reader complains of makes *partial true. Fails with EXIT_INPUT
 * when it cannot be read again, EXIT_TSHARK when its reader is missing, EXIT_OUTPUT when it cannot
 * be written. */
bool extract_packets(const struct story *story, bool (*wanted)(const void *data, guint connection),
                     const void *data, struct out *out, bool *partial, GError **error);

#endif
