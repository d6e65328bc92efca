/* story_window.h - Tools > Story of this connection: the selected packet's connection as a ladder,
 * as `tcpstory show` prints it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STORY_WINDOW_H
#define STORY_WINDOW_H

/* Registers the menu entry, and from 4.4 on the one of the packet list's context menu. */
void story_window_register(void);

#endif
