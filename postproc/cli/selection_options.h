/* selection_options.h - reads which connections the user wants: --port, --host, --state, --outcome,
 * --since, --until.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SELECTION_OPTIONS_H
#define SELECTION_OPTIONS_H

#include "options.h"
#include "selection.h"

/* Reads the options; fails with EXIT_USAGE. */
bool selection_read(struct selection *selection, const struct options *options, GError **error);

#endif
