/* session_load.h - loads one capture, and tells what went wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SESSION_LOAD_H
#define SESSION_LOAD_H

#include "input.h"
#include "options.h"

/* Loads a capture of those files. What goes wrong is told on standard error and raises *status;
 * NULL when there is nothing to print. One that cannot be read does not keep others from being
 * reported. The caller frees it. */
struct story *session_load(char **files, const struct input_wants *wants,
                           const struct options *options, int *status);

/* A line on standard error: "tcpstory: NAME: KIND WHAT". */
void session_say(const char *name, const char *kind, const char *what);

/* Tells what went wrong with one of the captures, and raises *status to its exit status: of several
 * the greatest counts. */
void session_tell(const GError *failure, int *status);

#endif
