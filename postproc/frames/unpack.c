/* unpack.c - unpacks into a pipe; see unpack.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _XOPEN_SOURCE 700
#include "unpack.h"

#include <unistd.h>

bool unpack_to(int fd, int to)
{
    return dup2(fd, to) == to;
}
