/* memory.h - what happens when memory runs out where GLib allocates, which would end us by a signal
 * and leave half a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_H
#define MEMORY_H

/* What a g_error() says that is about memory, as GLib's own are. */
#define MEMORY_RAN_OUT "memory ran out"

/* From now on it is told in a line on standard error, an unfinished output is removed, and the exit
 * status is EXIT_INPUT. */
void memory_watch(void);

/* Where a signal is taken when a stack is full. */
struct memory_stack {
    char bytes[64 << 10];
};

/* The same for the thread that calls it, which has a stack of its own: to be called first, with
 * `spare` on its stack, and undone before that goes. Nothing is done before memory_watch(). */
void memory_watch_thread(struct memory_stack *spare);
void memory_unwatch_thread(void);

/* The file that is to be removed then; NULL = none. A path that is too long is kept as none. */
void memory_unfinished(const char *path);

/* Ends this process at once, as when memory has run out; `line` is what it says. */
_Noreturn void memory_give_up(const char *line);

#endif
