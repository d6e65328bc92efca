/* pager.h - what is too long for a terminal goes through a pager, as git does it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PAGER_H
#define PAGER_H

/* No pager for the rest of the program: the user wants none, or the output goes on for ever. */
void pager_forbid(void);

/* From now on standard output is a pager's, if it is a terminal: that of TCPSTORY_PAGER, of PAGER,
 * or less; "cat" and "" mean none, and so does TERM=dumb. Ask beforehand what the terminal is
 * like. The program waits for the pager when it ends. */
void pager_start(void);

#endif
