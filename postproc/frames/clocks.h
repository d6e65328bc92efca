/* clocks.h - how far the clocks of the taps are apart that captures come from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CLOCKS_H
#define CLOCKS_H

#include <stdbool.h>

#include "captures.h"

/* Reads the captures and prints a line for each tap: its number, and the members of struct
 * tsm_clock (tsm_skew.h), with tabs between. Taps are the captures, when there are several, else
 * the interfaces; nothing is printed when there is only one. With `roles` the capture is one, and
 * taps are those of clients (0) and of servers (1), as tsm_header_is_servers() takes them to be.
 * Returns the program's exit status. */
int clocks(const struct captures *captures, bool roles);

#endif
