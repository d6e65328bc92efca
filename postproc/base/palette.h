/* palette.h - the colour of each state, the same in every picture and page.
 *
 * Opening is blue, an open connection green, the end that closes first purple, the one that is to
 * close then orange. Any two differ by at least 20 in CIELAB (CIE 1976), to normal sight and to
 * protanopia, deuteranopia and tritanopia (tests/cli/test_pictures.py measures it); what matters is
 * written beside, too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PALETTE_H
#define PALETTE_H

#include "tsm_state.h"

/* "#rrggbb"; never NULL: a number outside the enumeration gives UNKNOWN's. Static storage. */
const char *palette_color(enum tsm_state state);

/* The colour of text that can be read on it, black or white, as "#rrggbb". Static storage. */
const char *palette_ink(enum tsm_state state);

#endif
