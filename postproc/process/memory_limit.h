/* memory_limit.h - how much memory tcpstory and those it starts may use together: --max-memory.
 *
 * What counts is resident memory, of this process and of each child that reads. Who reads asks now
 * and then whether there is room for more, and stops when there is not: then the rest is for what
 * is made of it. Should that not suffice, a thread that watches ends all (memory.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_LIMIT_H
#define MEMORY_LIMIT_H

#include <glib.h>
#include <stdbool.h>

/* Reads the value of --max-memory; NULL = no limit. Fails with EXIT_USAGE. */
bool memory_limit(const char *text, GError **error);

/* A child counts from its start until it is waited for. */
void memory_limit_count(GPid child);
void memory_limit_forget(GPid child);

/* Whether there is no room to read on, from now on: true once, when that is found. */
bool memory_limit_reached(void);

/* Whether memory_limit_reached() was ever true: nothing else is to be read. */
bool memory_limit_was_reached(void);

/* How long who waits for children may wait before he asks again; -1 = for ever, without a limit. */
int memory_limit_patience_ms(void);

/* "--max-memory 200M is used up"; for messages. */
const char *memory_limit_text(void);

#endif
