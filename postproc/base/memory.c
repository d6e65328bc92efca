/* memory.c - see memory.h. Nothing here allocates.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _XOPEN_SOURCE 700
#include "memory.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "errors.h"

static char unfinished[PATH_MAX];
static _Thread_local const char *stack_top; /* NULL = this thread's is not watched */
static long stack_most;                     /* bytes below it */
static pid_t watched; /* not what has been forked since, and is another program in a moment */

void memory_give_up(const char *line)
{
    if (getpid() == watched) {
        (void)!write(STDERR_FILENO, line, strlen(line));
        if (unfinished[0] != '\0') {
            unlink(unfinished);
        }
    }
    _exit(EXIT_INPUT);
}

static void give_up(void)
{
    memory_give_up("tcpstory: memory ran out\n");
}

/* GLib says that, and stops at a breakpoint. The text is missing when there was no memory for it.
 */
static void take_message(const char *domain, GLogLevelFlags level, const char *message, void *data)
{
    if ((level & G_LOG_LEVEL_ERROR) != 0 &&
        (message == NULL || strstr(message, "failed to allocate") != NULL ||
         strstr(message, MEMORY_RAN_OUT) != NULL)) {
        give_up();
    }
    g_log_default_handler(domain, level, message, data);
}

static void take_breakpoint(int number)
{
    (void)number;
    give_up();
}

/* GLib aborts when it cannot make a mutex. Other reasons to abort are bugs. */
static void take_abort(int number)
{
    if (errno == ENOMEM) {
        give_up();
    }
    signal(number, SIG_DFL);
}

/* When nothing at all can be allocated, GLib has no memory for its message, says so, has no memory
 * for that message, and so on until the stack is full. Any other wrong address is a bug of ours. */
static void take_overflow(int number, siginfo_t *info, void *context)
{
    const char *at = info->si_addr;

    (void)context;
    if (stack_top != NULL && at < stack_top && stack_top - at <= stack_most) {
        give_up();
    }
    signal(number, SIG_DFL);
}

#define USUAL_STACK (8l << 20)

void memory_watch_thread(struct memory_stack *spare)
{
    const stack_t stack = {.ss_sp = spare->bytes, .ss_size = sizeof spare->bytes};

    if (stack_most > 0 && sigaltstack(&stack, NULL) == 0) {
        stack_top = (const char *)spare + sizeof *spare;
    }
}

void memory_unwatch_thread(void)
{
    const stack_t none = {.ss_flags = SS_DISABLE};

    if (stack_top != NULL) {
        sigaltstack(&none, NULL);
        stack_top = NULL;
    }
}

/* A sanitizer that has taken the signal keeps it. */
static void watch_stack(void)
{
    static struct memory_stack spare;
    const stack_t stack = {.ss_sp = spare.bytes, .ss_size = sizeof spare.bytes};
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction now;
    struct rlimit limit;

    long most = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
                    ? (long)limit.rlim_cur
                    : USUAL_STACK;

    most += (long)sizeof spare; /* where the address just beyond lies */
    action.sa_sigaction = take_overflow;
    if (sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_handler == SIG_DFL &&
        sigaltstack(&stack, NULL) == 0) {
        stack_top = (const char *)&action;
        stack_most = most;
        sigaction(SIGSEGV, &action, NULL);
    }
}

void memory_watch(void)
{
    const struct sigaction breakpoint = {.sa_handler = take_breakpoint};
    const struct sigaction aborted = {.sa_handler = take_abort};

    watched = getpid();
    g_log_set_default_handler(take_message, NULL);
    sigaction(SIGTRAP, &breakpoint, NULL);
    sigaction(SIGABRT, &aborted, NULL);
    watch_stack();
}

void memory_unfinished(const char *path)
{
    unfinished[0] = '\0';
    if (path != NULL && strlen(path) < sizeof unfinished) {
        strcpy(unfinished, path);
    }
}
