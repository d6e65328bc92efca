/* child.c - starts child processes and talks to them; see child.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <glib-unix.h>
#include <grp.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "errors.h"
#include "memory_limit.h"

#define MESSAGE_BYTES (64u << 10) /* of standard error that are kept */
#define NOBODY 65534 /* as for the kernel; asking for a name may crash without memory (glibc) */
#define MAX_CHILDREN 2

/* What the child does between fork and exec. */
struct child_setup {
    const struct child_command *command;
    const sigset_t *mask;
    uid_t uid; /* to become; 0 = stay who we are */
    gid_t gid;
};

/* ---- in the child: only functions that are safe after fork() ---- */

static void become(const struct child_setup *setup)
{
    static const char text[] = "a capture is not read as root, and this process may not become "
                               "another user: run tcpstory as an ordinary user\n";

    if (setgroups(0, NULL) != 0 || setresgid(setup->gid, setup->gid, setup->gid) != 0 ||
        setresuid(setup->uid, setup->uid, setup->uid) != 0) {
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        _exit(CHILD_CANNOT_CHANGE_USER);
    }
}

static void set_up_child(gpointer data)
{
    const struct child_setup *setup = data;
    const struct child_command *command = setup->command;
    const struct rlimit no_core = {0, 0};

    if (setup->uid != 0) {
        become(setup);
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    confine();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &no_core);
    sigprocmask(SIG_SETMASK, setup->mask, NULL);
    if (command->program >= 0) { /* the user may not be allowed to reach its path */
        fexecve(command->program, (char *const *)command->argv, command->env);
        _exit(127);
    }
}

/* ---- starting ---- */

bool child_changes_user(void)
{
    return geteuid() == 0;
}

static void choose_user(struct child_setup *setup)
{
    if (child_changes_user()) {
        setup->uid = NOBODY;
        setup->gid = NOBODY;
    }
}

void child_init(struct child *child)
{
    *child = (struct child){.out = -1, .err = -1, .messages = g_string_new(NULL)};
}

static bool spawn(struct child *child, struct child_setup *setup, const int pipes[2],
                  GError **error)
{
    const struct child_command *command = setup->command;
    g_autofree int *to = g_new(int, command->n_extra + 1);
    g_autoptr(GError) cause = NULL;

    for (guint i = 0; i < command->n_extra; i++) {
        to[i] = CHILD_EXTRA_FD + (int)i;
    }
    if (!g_spawn_async_with_pipes_and_fds(
            command->folder, command->argv, (const char *const *)command->env,
            G_SPAWN_DO_NOT_REAP_CHILD, set_up_child, setup, command->in, pipes[0], pipes[1],
            command->extra, to, command->n_extra, &child->pid, NULL, NULL, NULL, &cause)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK, "cannot run '%s': %s", command->argv[0],
                    cause->message);
        return false;
    }
    memory_limit_count(child->pid);
    return true;
}

bool child_start(struct child *child, const struct child_command *command,
                 const struct interrupts *interrupts, GError **error)
{
    struct child_setup setup = {.command = command, .mask = &interrupts->old_mask};
    g_autoptr(GError) cause = NULL;
    int out[2] = {-1, -1};
    int err[2] = {-1, -1};
    bool ok =
        g_unix_open_pipe(out, FD_CLOEXEC, &cause) && g_unix_open_pipe(err, FD_CLOEXEC, &cause);

    choose_user(&setup);
    if (ok) {
        const int pipes[2] = {out[1], err[1]};
        ok = spawn(child, &setup, pipes, error);
    } else {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK, cause->message);
    }
    child->out = out[0];
    child->err = err[0];
    for (int i = 0; i < 2; i++) {
        const int end = i == 0 ? out[1] : err[1];
        if (end >= 0) {
            close(end);
        }
    }
    return ok;
}

/* ---- reading ---- */

static void close_end(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static void take_messages(struct child *child)
{
    char buf[4096];
    const ssize_t n = read(child->err, buf, sizeof buf);

    if (n > 0 && child->messages->len < MESSAGE_BYTES) {
        g_string_append_len(child->messages, buf, n);
    } else if (n == 0 || (n < 0 && errno != EINTR)) {
        close_end(&child->err);
    }
}

static int poll_through_signals(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    int ready;

    while ((ready = poll(fds, n, timeout_ms)) < 0 && errno == EINTR) {
    }
    return ready;
}

/* Polls, and asks meanwhile whether there is memory for more: without, it is as if the user had
 * interrupted. */
static int wait_for(struct pollfd *fds, nfds_t n, int timeout_ms, struct interrupts *interrupts)
{
    const int patience_ms = memory_limit_patience_ms();
    int left_ms = timeout_ms;
    int ready;

    if (patience_ms < 0) {
        return poll_through_signals(fds, n, timeout_ms);
    }
    do {
        const int wait_ms = left_ms < 0 ? patience_ms : MIN(left_ms, patience_ms);
        ready = poll_through_signals(fds, n, wait_ms);
        left_ms -= left_ms > 0 ? wait_ms : 0;
        if (memory_limit_reached()) {
            interrupts->cut = true;
            return MAX(ready, 1);
        }
    } while (ready == 0 && left_ms != 0);
    return ready;
}

enum child_event child_poll(struct child *const *children, struct child *const *wanted,
                            struct interrupts *interrupts, int timeout_ms)
{
    struct pollfd fds[2 * MAX_CHILDREN + 1] = {{.fd = interrupts->fd, .events = POLLIN}};
    nfds_t n = 1;
    int ready;

    for (guint i = 0; wanted[i] != NULL; i++) {
        fds[n++] = (struct pollfd){.fd = wanted[i]->out, .events = POLLIN};
    }
    for (guint i = 0; children[i] != NULL; i++) {
        fds[n++] = (struct pollfd){.fd = children[i]->err, .events = POLLIN};
    }
    ready = wait_for(fds, n, timeout_ms, interrupts);
    n = 1;
    for (guint i = 0; wanted[i] != NULL; i++) {
        wanted[i]->ready = fds[n++].revents != 0;
    }
    for (guint i = 0; children[i] != NULL; i++) {
        if (fds[n++].revents != 0) {
            take_messages(children[i]);
        }
    }
    if (fds[0].revents != 0) {
        interrupts_take(interrupts);
    }
    return interrupts->ended ? CHILD_DROPPED : ready == 0 ? CHILD_SILENT : CHILD_SPOKE;
}

gssize child_read(struct child *child, void *buf, gsize size)
{
    const ssize_t n = read(child->out, buf, size);

    child->ready = false;
    if (n == 0 || (n < 0 && errno != EINTR)) {
        close_end(&child->out);
    }
    return MAX(n, 0);
}

/* ---- the end ---- */

int child_wait(struct child *child, struct interrupts *interrupts)
{
    struct child *const children[] = {child, NULL};
    struct child *const nobody[] = {NULL};

    close_end(&child->out);
    while (child->err >= 0) {
        if (child_poll(children, nobody, interrupts, -1) == CHILD_DROPPED) {
            kill(child->pid, SIGKILL);
            close_end(&child->err);
        }
    }
    if (child->pid != 0) {
        memory_limit_forget(child->pid);
        while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR) {
        }
        child->pid = 0;
    }
    return WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
}

void child_clear(struct child *child)
{
    if (child->pid != 0) {
        kill(child->pid, SIGKILL);
        memory_limit_forget(child->pid);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close_end(&child->out);
    close_end(&child->err);
    g_string_free(child->messages, TRUE);
}
