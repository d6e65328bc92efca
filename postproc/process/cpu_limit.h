/* cpu_limit.h - how many processors tcpstory and those it starts may use.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CPU_LIMIT_H
#define CPU_LIMIT_H

#include <glib.h>
#include <stdbool.h>

/* Reads the value of --jobs, a number from 1 on, and keeps this process and its children to so many
 * of the processors that it may use. NULL, and more than there are: all of them. Fails with
 * EXIT_USAGE. */
bool cpu_limit(const char *text, GError **error);

#endif
