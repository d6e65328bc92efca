/* dumpcap.h - runs dumpcap, which captures on interfaces and writes a pcapng to a pipe.
 *
 * Unlike those who read captures (child.h) it may have privileges: that is what it is for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DUMPCAP_H
#define DUMPCAP_H

#include <glib.h>
#include <stdbool.h>

typedef struct dumpcap Dumpcap;

/* Starts it on interfaces (ends with NULL), with a capture filter; *fd is where the capture comes
 * from, the caller's. NULL and error (EXIT_TSHARK) when there is none or it cannot be started. */
Dumpcap *dumpcap_start(char *const *interfaces, const char *filter, int *fd, GError **error);

/* Lets it end, as Ctrl-C does, and waits for it. Returns whether it ended without complaint. What
 * it says of itself is in dumpcap_messages(). */
bool dumpcap_end(Dumpcap *dumpcap);

/* What it wrote to standard error, without what is no trouble; valid until dumpcap_free(). After
 * dumpcap_end(). */
const char *dumpcap_messages(const Dumpcap *dumpcap);

/* NULL is allowed. */
void dumpcap_free(Dumpcap *dumpcap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dumpcap, dumpcap_free)

/* How a user gets the right to capture: sentences for people. */
extern const char dumpcap_rights[];

#endif
