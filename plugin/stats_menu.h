/* stats_menu.h - the submenu Statistics > TCP State.
 *
 * Wireshark puts what a plugin registers for a table into the menu Statistics itself, in 4.0 to
 * 4.6; a menu of a plugin's own may lie below it, and its entries ask for a table as -z does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STATS_MENU_H
#define STATS_MENU_H

/* Registers the submenu, with an entry for each table of stats.h and for response_times.h. */
void stats_menu_register(void);

#endif
