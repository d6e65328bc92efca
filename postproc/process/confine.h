/* confine.h - what a program that we run may not do, whatever it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONFINE_H
#define CONFINE_H

/* Between fork and exec, after PR_SET_NO_NEW_PRIVS: this process and those that it starts make no
 * socket and look into no other process; they are told EPERM. Where the kernel knows no filters of
 * system calls nothing is refused. */
void confine(void);

#endif
