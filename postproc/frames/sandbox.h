/* sandbox.h - what a program that takes captures apart gives up before it begins.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

/* From now on this process can use the descriptors that it has, memory, and nothing else: it opens
 * no file (Landlock, and a filter of system calls), makes no socket, starts no program, and looks
 * into no other process. What the kernel does not know is left out. False when it knows no
 * filter. */
bool sandbox_enter(void);

#endif
