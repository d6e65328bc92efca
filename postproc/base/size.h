/* size.h - amounts of memory as options name them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIZE_H
#define SIZE_H

#include <glib.h>
#include <stdbool.h>

/* Reads the value of --`option`, as "4G": a number, and k, M, G or T for thousands, as often as
 * there are letters up to it; at least 64M. Fails with EXIT_USAGE. */
bool size_read(guint64 *bytes, const char *option, const char *text, GError **error);

#endif
