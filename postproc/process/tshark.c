/* tshark.c - the child process; see tshark.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "tshark.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "errors.h"
#include "plugin_path.h"

struct tshark {
    struct child child;
    struct interrupts *interrupts; /* the caller's */
    char *folder;                  /* private */
    bool told_to_stop;             /* the user asked to, and it was told */
};

/* ---- what it gets ---- */

char *tshark_find(GError **error)
{
    const char *named = g_getenv("TSHARK");
    char *found = g_find_program_in_path(named != NULL && named[0] != '\0' ? named : "tshark");

    if (found == NULL && named != NULL && named[0] != '\0') {
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK,
                    "the environment variable TSHARK names '%s', which is no program", named);
    } else if (found == NULL) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK,
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
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK, "cannot make a temporary folder: %s",
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

static bool run(Tshark *tshark, char **argv, int capture_fd, GError **error)
{
    g_autofree char *plugins = NULL;
    g_auto(GStrv) env = NULL;
    struct child_command command = {
        .argv = (const char *const *)argv, .program = -1, .in = capture_fd, .extra = -1};

    if (!make_folder(tshark, child_changes_user(), &plugins, error)) {
        return false;
    }
    env = make_environment(tshark->folder, plugins);
    command.env = env;
    command.folder = tshark->folder;
    return child_start(&tshark->child, &command, tshark->interrupts, error);
}

static Tshark *start(const char *const *arguments, int capture_fd, struct interrupts *interrupts,
                     GError **error)
{
    g_autofree char *program = tshark_find(error);
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
    tshark->interrupts = interrupts;
    child_init(&tshark->child);
    return run(tshark, (char **)argv->pdata, capture_fd, error) ? g_steal_pointer(&tshark) : NULL;
}

Tshark *tshark_start(int capture_fd, const char *tap, struct interrupts *interrupts, GError **error)
{
    const char *const arguments[] = {"-n", "-q", "-z", tap, "-r", "-", NULL};

    return start(arguments, capture_fd, interrupts, error);
}

Tshark *tshark_start_filter(int capture_fd, const char *filter, struct interrupts *interrupts,
                            GError **error)
{
    const char *const arguments[] = {"-n", "-Y",         filter, "-T", "fields",
                                     "-e", "tcp.stream", "-r",   "-",  NULL};

    return start(arguments, capture_fd, interrupts, error);
}

struct child *tshark_child(Tshark *tshark)
{
    return &tshark->child;
}

/* ---- reading ---- */

#define GRACE_MS 2000 /* for tshark to end when the user has asked to stop */

/* Waits until its output can be read. False when a signal came that ends tcpstory. */
static bool wait_for_output(Tshark *tshark)
{
    struct child *const children[] = {&tshark->child, NULL};
    const enum child_event event =
        child_poll(children, children, tshark->interrupts, tshark->told_to_stop ? GRACE_MS : -1);

    if (event == CHILD_SILENT) {
        kill(tshark->child.pid, SIGKILL); /* it still waits for input: its outputs end now */
    }
    if (tshark->interrupts->cut && !tshark->told_to_stop) {
        tshark->told_to_stop = true;
        kill(tshark->child.pid, SIGINT);
    }
    return event != CHILD_DROPPED;
}

gssize tshark_read(void *context, char *buf, gsize size, GError **error)
{
    Tshark *tshark = context;
    gssize n = 0;

    while (n == 0 && tshark->child.out >= 0) {
        if (!wait_for_output(tshark)) {
            g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, "interrupted");
            return -1;
        }
        n = tshark->child.ready ? child_read(&tshark->child, buf, size) : 0;
    }
    return n;
}

int tshark_wait(Tshark *tshark)
{
    return child_wait(&tshark->child, tshark->interrupts);
}

const char *tshark_messages(const Tshark *tshark)
{
    return tshark->child.messages->str;
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
    child_clear(&tshark->child);
    if (tshark->folder != NULL) {
        remove_tree(tshark->folder);
    }
    g_free(tshark->folder);
    g_free(tshark);
}

char *tshark_version(void)
{
    static const char *const arguments[] = {"--version", NULL};
    g_autoptr(Tshark) tshark = NULL;
    g_autoptr(GRegex) regex =
        g_regex_new("\\bTShark \\(Wireshark\\) (\\d+\\.\\d+\\.\\d+)", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    struct interrupts interrupts;
    char buf[4096] = "";
    char *version = NULL;

    interrupts_hold(&interrupts);
    tshark = start(arguments, -1, &interrupts, NULL);
    if (tshark != NULL && tshark_read(tshark, buf, sizeof buf - 1, NULL) > 0 &&
        g_regex_match(regex, buf, 0, &match)) {
        version = g_match_info_fetch(match, 1);
    }
    g_clear_pointer(&tshark, tshark_free);
    interrupts_release(&interrupts);
    return version;
}
