/* tshark.c - the child process; see tshark.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "tshark.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "plugin.h"

#define MESSAGE_BYTES (64u << 10) /* of standard error that are kept */
#define NOBODY 65534

struct tshark {
    GPid pid;     /* 0 = has been waited for */
    int status;   /* of waitpid(), when pid is 0 */
    int out, err; /* its standard output and error; -1 = at their end */
    int signals;  /* readable when one of the signals held back has come */
    sigset_t old_mask;
    bool interrupted; /* a signal came that ends tcpstory */
    bool cut;         /* the user asked once to stop reading: what was read is still told */
    char *folder;     /* private */
    GString *messages;
};

/* What the child does between fork and exec. */
struct child_setup {
    const sigset_t *mask;
    uid_t uid; /* to become; 0 = stay who we are */
    gid_t gid;
};

/* ---- in the child: only functions that are safe after fork() ---- */

static void become(const struct child_setup *setup)
{
    static const char text[] = "tshark is not run as root, and this process may not become another "
                               "user: run tcpstory as an ordinary user\n";

    if (setgroups(0, NULL) != 0 || setresgid(setup->gid, setup->gid, setup->gid) != 0 ||
        setresuid(setup->uid, setup->uid, setup->uid) != 0) {
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        _exit(TSHARK_CANNOT_CHANGE_USER);
    }
}

static void set_up_child(gpointer data)
{
    const struct child_setup *setup = data;
    const struct rlimit no_core = {0, 0};

    if (setup->uid != 0) {
        become(setup);
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &no_core);
    sigprocmask(SIG_SETMASK, setup->mask, NULL);
}

/* The unprivileged user when we are root. */
static void choose_user(struct child_setup *setup)
{
    const struct passwd *nobody;

    if (geteuid() != 0) {
        return;
    }
    nobody = getpwnam("nobody");
    setup->uid = nobody != NULL && nobody->pw_uid != 0 ? nobody->pw_uid : NOBODY;
    setup->gid = nobody != NULL && nobody->pw_uid != 0 ? nobody->pw_gid : NOBODY;
}

/* ---- what the child gets ---- */

static char *find_tshark(GError **error)
{
    const char *named = g_getenv("TSHARK");
    char *found = g_find_program_in_path(named != NULL && named[0] != '\0' ? named : "tshark");

    if (found == NULL && named != NULL && named[0] != '\0') {
        g_set_error(error, FAULT, EXIT_TSHARK,
                    "the environment variable TSHARK names '%s', which is no program", named);
    } else if (found == NULL) {
        g_set_error_literal(error, FAULT, EXIT_TSHARK,
                            "tshark was not found in PATH\n"
                            "Install it (Debian, Ubuntu: apt-get install tshark), or set the "
                            "environment variable TSHARK to its path");
    }
    return found;
}

/* A new environment: what programs need to run, and nothing personal. */
static char **make_environment(const char *home, const char *plugins)
{
    static const char *const kept[] = {"PATH",       "TZ",           "LD_LIBRARY_PATH",
                                       "LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS"};
    char **env = g_environ_setenv(NULL, "LC_ALL", "C", TRUE);

    for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
        const char *value = g_getenv(kept[i]);
        if (value != NULL) {
            env = g_environ_setenv(env, kept[i], value, TRUE);
        }
    }
    env = g_environ_setenv(env, "HOME", home, TRUE);
    if (plugins != NULL) {
        env = g_environ_setenv(env, "WIRESHARK_PLUGIN_DIR", plugins, TRUE);
    }
    return env;
}

/* The private folder, and the plugin folder for tshark: a copy in the private folder when tshark
 * will be another user, who may not be allowed into the original. */
static bool make_folder(Tshark *tshark, bool other_user, char **plugins, GError **error)
{
    g_autofree char *original = plugin_folder();
    g_autofree char *name = g_strdup_printf("tcpstory-%d-XXXXXX", (int)getpid());
    g_autoptr(GError) cause = NULL;

    tshark->folder =
        other_user ? g_mkdtemp(g_strdup_printf("/tmp/%s", name)) : g_dir_make_tmp(name, &cause);
    if (tshark->folder == NULL || (other_user && g_chmod(tshark->folder, 0755) != 0)) {
        g_set_error(error, FAULT, EXIT_TSHARK, "cannot make a temporary folder: %s",
                    cause != NULL ? cause->message : g_strerror(errno));
        return false;
    }
    if (original == NULL || !other_user) {
        *plugins = g_steal_pointer(&original);
        return true;
    }
    *plugins = g_build_filename(tshark->folder, "plugins", NULL);
    return plugin_copy(original, *plugins, error);
}

/* Holds the signals back and makes them readable, so that reading can stop and clean up. */
static void hold_signals(Tshark *tshark)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    sigset_t held;

    sigemptyset(&held);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++) {
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&held, signals[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &held, &tshark->old_mask);
    tshark->signals = signalfd(-1, &held, SFD_CLOEXEC);
}

static bool spawn(Tshark *tshark, char **argv, int capture_fd, GError **error)
{
    struct child_setup setup = {.mask = &tshark->old_mask};
    g_autofree char *plugins = NULL;
    g_auto(GStrv) env = NULL;
    g_autoptr(GError) cause = NULL;
    int out[2];
    int err[2];

    choose_user(&setup);
    if (!make_folder(tshark, setup.uid != 0, &plugins, error)) {
        return false;
    }
    env = make_environment(tshark->folder, plugins);
    if (!g_unix_open_pipe(out, FD_CLOEXEC, &cause)) {
        g_set_error_literal(error, FAULT, EXIT_TSHARK, cause->message);
        return false;
    }
    tshark->out = out[0];
    if (!g_unix_open_pipe(err, FD_CLOEXEC, &cause)) {
        close(out[1]);
        g_set_error_literal(error, FAULT, EXIT_TSHARK, cause->message);
        return false;
    }
    tshark->err = err[0];
    const bool ok =
        g_spawn_async_with_fds(tshark->folder, argv, env, G_SPAWN_DO_NOT_REAP_CHILD, set_up_child,
                               &setup, &tshark->pid, capture_fd, out[1], err[1], &cause);
    close(out[1]);
    close(err[1]);
    if (!ok) {
        g_set_error(error, FAULT, EXIT_TSHARK, "cannot run '%s': %s", argv[0], cause->message);
    }
    return ok;
}

static Tshark *start(const char *const *arguments, int capture_fd, GError **error)
{
    g_autofree char *program = find_tshark(error);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(Tshark) tshark = NULL;

    if (program == NULL) {
        return NULL;
    }
    g_ptr_array_add(argv, program);
    for (; *arguments != NULL; arguments++) {
        g_ptr_array_add(argv, (char *)*arguments);
    }
    g_ptr_array_add(argv, NULL);

    tshark = g_new0(Tshark, 1);
    tshark->out = tshark->err = -1;
    tshark->messages = g_string_new(NULL);
    hold_signals(tshark);
    return spawn(tshark, (char **)argv->pdata, capture_fd, error) ? g_steal_pointer(&tshark) : NULL;
}

Tshark *tshark_start(int capture_fd, const char *records, GError **error)
{
    const char *const arguments[] = {"-n", "-q", "-z", records, "-r", "-", NULL};

    return start(arguments, capture_fd, error);
}

/* ---- reading ---- */

static void close_end(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* Reads some of its standard error; keeps the beginning. */
static void take_messages(Tshark *tshark)
{
    char buf[4096];
    const ssize_t n = read(tshark->err, buf, sizeof buf);

    if (n > 0 && tshark->messages->len < MESSAGE_BYTES) {
        g_string_append_len(tshark->messages, buf, n);
    } else if (n == 0 || (n < 0 && errno != EINTR)) {
        close_end(&tshark->err);
    }
}

#define GRACE_MS 2000 /* for tshark to end when the user has asked to stop */

/* Takes a signal: the first SIGINT only stops reading. */
static void take_signal(Tshark *tshark)
{
    struct signalfd_siginfo info;
    sigset_t waiting;

    sigpending(&waiting);
    if (tshark->cut || sigismember(&waiting, SIGTERM) || sigismember(&waiting, SIGHUP)) {
        tshark->interrupted = true;
    } else if (read(tshark->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        tshark->cut = true;
        kill(tshark->pid, SIGINT);
    }
}

/* Waits until one of its outputs can be read. False when a signal came that ends tcpstory. */
static bool wait_for_output(Tshark *tshark, bool *out_ready)
{
    struct pollfd fds[] = {
        {.fd = tshark->out, .events = POLLIN},
        {.fd = tshark->err, .events = POLLIN},
        {.fd = tshark->signals, .events = POLLIN},
    };

    int ready;

    while ((ready = poll(fds, G_N_ELEMENTS(fds), tshark->cut ? GRACE_MS : -1)) < 0 &&
           errno == EINTR) {
    }
    if (ready == 0) {
        kill(tshark->pid, SIGKILL); /* it still waits for input: its outputs end now */
    }
    if (fds[1].revents != 0) {
        take_messages(tshark);
    }
    *out_ready = fds[0].revents != 0;
    if (fds[2].revents != 0) {
        take_signal(tshark);
    }
    return !tshark->interrupted;
}

/* Reads what is there. Returns 0 when nothing is, perhaps because this is the end. */
static gssize take_output(Tshark *tshark, char *buf, gsize size)
{
    const ssize_t n = read(tshark->out, buf, size);

    if (n == 0 || (n < 0 && errno != EINTR)) {
        close_end(&tshark->out);
    }
    return MAX(n, 0);
}

gssize tshark_read(void *context, char *buf, gsize size, GError **error)
{
    Tshark *tshark = context;
    gssize n = 0;

    while (n == 0 && tshark->out >= 0) {
        bool ready = false;
        if (!wait_for_output(tshark, &ready)) {
            g_set_error_literal(error, FAULT, EXIT_INPUT, "interrupted");
            return -1;
        }
        n = ready ? take_output(tshark, buf, size) : 0;
    }
    return n;
}

bool tshark_was_cut(const Tshark *tshark)
{
    return tshark->cut;
}

bool tshark_interrupted(const Tshark *tshark)
{
    return tshark->interrupted;
}

int tshark_wait(Tshark *tshark)
{
    bool ready;

    close_end(&tshark->out);
    while (tshark->err >= 0) {
        if (!wait_for_output(tshark, &ready)) {
            kill(tshark->pid, SIGKILL);
            close_end(&tshark->err);
        }
    }
    if (tshark->pid != 0) {
        while (waitpid(tshark->pid, &tshark->status, 0) < 0 && errno == EINTR) {
        }
        tshark->pid = 0;
    }
    return WIFEXITED(tshark->status) ? WEXITSTATUS(tshark->status) : -1;
}

const char *tshark_messages(const Tshark *tshark)
{
    return tshark->messages->str;
}

/* ---- the end ---- */

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = NULL;
    const char *name;

    if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
        dir = g_dir_open(path, 0, NULL);
    }
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    g_remove(path);
}

void tshark_free(Tshark *tshark)
{
    if (tshark == NULL) {
        return;
    }
    if (tshark->pid != 0) {
        kill(tshark->pid, SIGKILL);
        while (waitpid(tshark->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close_end(&tshark->out);
    close_end(&tshark->err);
    if (tshark->folder != NULL) {
        remove_tree(tshark->folder);
    }
    close_end(&tshark->signals);
    sigprocmask(SIG_SETMASK, &tshark->old_mask, NULL); /* a signal held back ends us here */
    g_free(tshark->folder);
    g_string_free(tshark->messages, TRUE);
    g_free(tshark);
}

char *tshark_version(void)
{
    static const char *const arguments[] = {"--version", NULL};
    g_autoptr(Tshark) tshark = NULL;
    g_autoptr(GRegex) regex =
        g_regex_new("\\bTShark \\(Wireshark\\) (\\d+\\.\\d+\\.\\d+)", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    char buf[4096] = "";
    gssize n;

    tshark = start(arguments, -1, NULL);
    if (tshark == NULL || (n = tshark_read(tshark, buf, sizeof buf - 1, NULL)) <= 0) {
        return NULL;
    }
    buf[n] = '\0';
    return g_regex_match(regex, buf, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}
