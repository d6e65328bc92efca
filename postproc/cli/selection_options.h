/* selection_options.h - reads which connections the user wants: --port, --host, --state, --stream,
 * --outcome, --since, --until.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SELECTION_OPTIONS_H
#define SELECTION_OPTIONS_H

#include "options.h"
#include "selection.h"

/* Reads the options; fails with EXIT_USAGE. Free with selection_clear() in any case. */
bool selection_read(struct selection *selection, const struct options *options, GError **error);

#endif
