/* pager.c - runs a pager; see pager.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool forbidden;
static pid_t running; /* 0 = none */

void pager_forbid(void)
{
    forbidden = true;
}

/* NULL = none. less is asked for when it is there; what the user named is run in any case. */
static const char *wanted(void)
{
    const char *pager = g_getenv("TCPSTORY_PAGER");
    g_autofree char *less = NULL;

    if (pager == NULL) {
        pager = g_getenv("PAGER");
    }
    if (pager == NULL) {
        less = g_find_program_in_path("less");
        pager = less != NULL ? "less" : "";
    }
    return pager[0] != '\0' && strcmp(pager, "cat") != 0 ? pager : NULL;
}

/* Ctrl-C is the pager's then; it has all of the output only when it has seen its end. */
static void wait_for_pager(void)
{
    signal(SIGINT, SIG_IGN);
    fflush(stdout);
    close(STDOUT_FILENO);
    while (waitpid(running, NULL, 0) < 0 && errno == EINTR) {
    }
}

void pager_start(void)
{
    const char *pager = wanted();
    int ends[2];

    if (forbidden || running != 0 || pager == NULL || !isatty(STDOUT_FILENO) ||
        g_strcmp0(g_getenv("TERM"), "dumb") == 0 || pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    g_setenv("LESS", "FRX", FALSE); /* git's: leave if it fits, show colours, keep the screen */
    g_setenv("LV", "-c", FALSE);
    running = fork();
    if (running == 0) {
        dup2(ends[0], STDIN_FILENO);
        execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
        _exit(127);
    }
    if (running > 0 && dup2(ends[1], STDOUT_FILENO) >= 0) {
        atexit(wait_for_pager);
    }
    close(ends[0]);
    close(ends[1]);
}
