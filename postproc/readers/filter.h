/* filter.h - which connections a display filter of Wireshark finds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FILTER_H
#define FILTER_H

#include "read_capture.h"

/* The streams (GUINT_TO_POINTER) that have a frame for which the filter holds, as tshark finds them
 * in the capture, which is left as it was. Fails with EXIT_USAGE when it is no filter, EXIT_INPUT
 * when the capture comes through a pipe or the user interrupts, EXIT_TSHARK without tshark. */
GHashTable *filter_find(const struct capture_input *capture, const char *filter, GError **error);

/* Asks tshark which server each stream is for: its name in TLS (RFC 6066 3) or HTTP (RFC 9110 7.2),
 * the first one. A table from the number to a char *, which the caller frees; NULL and error as
 * filter_find(). */
GHashTable *filter_server_names(const struct capture_input *capture, GError **error);

#endif
