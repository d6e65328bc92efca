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

/* Read one value of --host or --port, as it stands between commas: an address, a network or a name;
 * a port or a range. Fail likewise. */
bool selection_read_host(struct selection_values *values, const char *text, GError **error);
bool selection_read_port(struct selection_values *values, const char *text, GError **error);

#endif
