/* interrupts.h - the signals by which a user ends us, held back while child processes work.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP, but those that were ignored. */
struct interrupts {
    int fd;            /* readable when one has come */
    bool cut;          /* SIGINT came once: stop reading, and tell what was read until then */
    bool ended;        /* a signal came that ends us, in interrupts_release() */
    sigset_t old_mask; /* what a child process is to have */
};

/* Holds the signals back and makes them readable. */
void interrupts_hold(struct interrupts *interrupts);

/* Takes one that has come: sets cut or ended. */
void interrupts_take(struct interrupts *interrupts);

/* Whether a SIGINT was ever taken: what else was to be read is not. */
bool interrupts_were_taken(void);

/* Lets them take effect: one that was held back ends us here. */
void interrupts_release(struct interrupts *interrupts);

#endif
