/* errors.h - what can go wrong, and the exit status that tells a script which of it did.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ERRORS_H
#define ERRORS_H

#include <glib.h>

/* Exit status of the command (docs, EXIT STATUS). */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_FOUND = 1,  /* an anomaly at or above the --fail-on severity */
    EXIT_USAGE = 2,  /* unknown verb, option or column */
    EXIT_INPUT = 3,  /* input unreadable or cut short */
    EXIT_TSHARK = 4, /* tshark or the plugin is missing, or of the wrong version */
    EXIT_OUTPUT = 5, /* output cannot be written */
};

/* The domain of all errors of tcpstory; the code of an error is the exit status it leads to. */
#define TCPSTORY_ERROR tcpstory_error_quark()
GQuark tcpstory_error_quark(void);

/* Tells on standard error what went wrong, and where to look when it was the usage. Control
 * characters in what was given are told as "?"; only a message's own newlines stay, so a name that
 * is put into a message goes through text_safe() if it may hold one. The same message twice in a
 * row, as from many inputs, is told once. */
void errors_tell(const GError *error);

#endif
