/* child.h - a child process that reads a capture and can do no harm.
 *
 * A capture is hostile input, and those who take it apart have bugs. So a child gets open
 * descriptors and nothing else: started by root it runs as an unprivileged user; it writes no core
 * dump, gains no privileges, makes no socket, looks into no other process, and ends when we end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHILD_H
#define CHILD_H

#include <glib.h>
#include <stdbool.h>

#include "interrupts.h"

/* Exit status when root's process may not become the unprivileged user; the messages say so. */
#define CHILD_CANNOT_CHANGE_USER 125

/* The first descriptor of a child behind the standard ones. */
#define CHILD_EXTRA_FD 3

struct child {
    GPid pid;          /* 0 = it was never started, or has been waited for */
    int status;        /* of waitpid(), when pid is 0 */
    int out, err;      /* its standard output and error; -1 = at their end */
    bool ready;        /* out can be read: set by child_poll() */
    GString *messages; /* the beginning of what it wrote to standard error */
};

/* What is to be started. */
struct child_command {
    const char *const *argv; /* argv[0] is a path, unless program is set */
    int program;             /* an open descriptor of the program; -1 = argv[0] */
    char **env;
    const char *folder; /* to work in */
    int in;             /* its standard input; -1 = none. Stays the caller's, as the next */
    const int *extra;   /* its descriptors from CHILD_EXTRA_FD on */
    guint n_extra;
};

/* No child; child_clear() may be called. */
void child_init(struct child *child);

/* Whether a child will be another user than we are: see above. */
bool child_changes_user(void);

/* Starts it. False and error (EXIT_TSHARK) when that cannot be done. */
bool child_start(struct child *child, const struct child_command *command,
                 const struct interrupts *interrupts, GError **error);

/* What child_poll() has waited for. */
enum child_event {
    CHILD_SPOKE,   /* an output, messages, or the first SIGINT */
    CHILD_SILENT,  /* nothing, for too long */
    CHILD_DROPPED, /* a signal came that ends us */
};

/* Waits until the output of one of `wanted` can be read or is at its end, or until a signal came;
 * meanwhile, messages of all of `children` are taken. Both lists end with NULL. `timeout_ms` -1 =
 * for ever; with `wanted` empty, until there are some messages. */
enum child_event child_poll(struct child *const *children, struct child *const *wanted,
                            struct interrupts *interrupts, int timeout_ms);

/* Reads what is there of its output. Returns 0 when nothing is; at its end out is -1. */
gssize child_read(struct child *child, void *buf, gsize size);

/* Waits for its end, and takes its last messages. Returns its exit status, or -1 when a signal
 * ended it. */
int child_wait(struct child *child, struct interrupts *interrupts);

/* Ends it if it still runs, and frees what it has. */
void child_clear(struct child *child);

#endif
