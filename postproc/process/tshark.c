/* tshark.c - the child process; see tshark.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "tshark.h"

#include <fcntl.h>
#include <unistd.h>

#include "child.h"
#include "errors.h"
#include "plugin_path.h"

struct tshark {
    struct child child;
    struct interrupts *interrupts; /* the caller's */
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

/* A new environment: what programs need to run, and nothing personal. A home that is not there has
 * no configuration, and nothing to be cleared away, however we end. */
static char **make_environment(const char *plugins)
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
    env = g_environ_setenv(env, "HOME", "/nonexistent", TRUE);
    if (plugins != NULL) {
        env = g_environ_setenv(env, "WIRESHARK_PLUGIN_DIR", plugins, TRUE);
    }
    return env;
}

/* Another user may not be allowed to reach the plugin folder by its path: so it gets the folder,
 * opened, as CHILD_EXTRA_FD. */
#define PLUGINS_BY_DESCRIPTOR "/proc/self/fd/" G_STRINGIFY(CHILD_EXTRA_FD)

static bool run(Tshark *tshark, char **argv, int capture_fd, GError **error)
{
    g_autofree char *plugins = plugin_folder();
    const bool by_descriptor = plugins != NULL && child_changes_user();
    g_auto(GStrv) env = make_environment(by_descriptor ? PLUGINS_BY_DESCRIPTOR : plugins);
    const int folder = by_descriptor ? open(plugins, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    const struct child_command command = {
        .argv = (const char *const *)argv,
        .program = -1,
        .env = env,
        .folder = "/",
        .in = capture_fd,
        .extra = &folder,
        .n_extra = folder >= 0 ? 1 : 0,
    };
    const bool ok = child_start(&tshark->child, &command, tshark->interrupts, error);

    if (folder >= 0) {
        close(folder);
    }
    return ok;
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

Tshark *tshark_start_filter(int capture_fd, const char *filter, const char *const *fields,
                            struct interrupts *interrupts, GError **error)
{
    static const char *const first[] = {"-n", "-r", "-", "-Y"};
    static const char *const format[] = {"-T", "fields"};
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(first); i++) {
        g_ptr_array_add(arguments, (char *)first[i]);
    }
    g_ptr_array_add(arguments, (char *)filter);
    for (gsize i = 0; i < G_N_ELEMENTS(format); i++) {
        g_ptr_array_add(arguments, (char *)format[i]);
    }
    for (; *fields != NULL; fields++) {
        g_ptr_array_add(arguments, "-e");
        g_ptr_array_add(arguments, (char *)*fields);
    }
    g_ptr_array_add(arguments, NULL);
    return start((const char *const *)arguments->pdata, capture_fd, interrupts, error);
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

void tshark_free(Tshark *tshark)
{
    if (tshark == NULL) {
        return;
    }
    child_clear(&tshark->child);
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
