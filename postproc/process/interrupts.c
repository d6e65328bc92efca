/* interrupts.c - holds signals back; see interrupts.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "interrupts.h"

#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static bool taken;

bool interrupts_were_taken(void)
{
    return taken;
}

void interrupts_hold(struct interrupts *interrupts)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    sigset_t held;

    sigemptyset(&held);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&held, signals[i]);
        }
    }
    interrupts->cut = interrupts->ended = false;
    sigprocmask(SIG_BLOCK, &held, &interrupts->old_mask);
    interrupts->fd = signalfd(-1, &held, SFD_CLOEXEC);
}

void interrupts_take(struct interrupts *interrupts)
{
    struct signalfd_siginfo info;
    sigset_t waiting;

    sigpending(&waiting);
    taken = true;
    if (interrupts->cut || sigismember(&waiting, SIGTERM) || sigismember(&waiting, SIGHUP)) {
        interrupts->ended = true;
    } else if (read(interrupts->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        interrupts->cut = true;
    }
}

void interrupts_release(struct interrupts *interrupts)
{
    if (interrupts->fd >= 0) {
        close(interrupts->fd);
    }
    sigprocmask(SIG_SETMASK, &interrupts->old_mask, NULL);
}
