/* unpack.h - reads what libwiretap does not unpack: xz and bzip2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>

/* Makes the capture of `fd` the descriptor `to`: itself, or, when it is packed by xz or bzip2, a
 * pipe into which another process unpacks it. What a damaged file holds until then is unpacked. */
bool unpack_to(int fd, int to);

#endif
