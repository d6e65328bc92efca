/* join.h - which of the files that the user named are one capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JOIN_H
#define JOIN_H

#include <glib.h>

enum join_how {
    JOIN_AUTO,     /* those that go on one another: by interfaces, times, and TCP connections */
    JOIN_SEQUENCE, /* all, by the times of their first frames */
    JOIN_SEPARATE, /* none */
};

/* Puts the files (ends with NULL) into groups, each of which is one capture: a list of char **,
 * each ending with NULL, its files in the order in which they were captured; groups are in the
 * order in which the first of their files was named. What is no capture, or cannot be read, is a
 * group of its own. */
GPtrArray *join_files(char **files, enum join_how how);

/* The files in a folder that may be captures, by name; ends with NULL. Empty when it has none, or
 * is no folder, or is a RUN (plan.h). Hidden files do not count. */
char **join_folder(const char *path);

#endif
