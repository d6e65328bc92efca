/* capture.h - the packets of a scenario as a capture file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "script.h"

/* Writes all segments and ICMP errors as Ethernet frames with nanosecond time stamps; "-" is
 * standard output. Frame numbers are those that the engine was told. */
bool capture_write(const struct script *script, const char *path, GError **error);

#endif
