/* blanks_common.h - when none of two taps has captured anything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLANKS_COMMON_H
#define BLANKS_COMMON_H

#include <glib.h>

/* The parts that two lists of blanks (of struct tsm_blank, by time) have in common, with the surer
 * sign. The caller frees the array. */
GArray *blanks_common(const GArray *a, const GArray *b);

#endif
