/* live_screen.h - the screen of `tcpstory live`, by ncurses: it shows how it stands, and takes
 * keys.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LIVE_SCREEN_H
#define LIVE_SCREEN_H

#include "live_model.h"

typedef struct live_screen LiveScreen;

/* The keys, for --help. */
extern const char live_screen_keys[];

/* Takes the terminal: keys come from /dev/tty, as standard input may be a capture. What is written
 * to standard error until it is closed is told then. NULL and error (EXIT_USAGE) when there is no
 * terminal that can do it. */
LiveScreen *live_screen_open(GError **error);

/* Gives the terminal back as it was. NULL is allowed. */
void live_screen_close(LiveScreen *screen);

/* Takes keys and draws, when a key or some time asks for it. Never waits. Returns false when the
 * user wants to leave. */
bool live_screen_update(LiveScreen *screen, const struct live_model *model, const Watch *watch);

#endif
