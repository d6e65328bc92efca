/* dumpcap.c - starts and ends dumpcap; see dumpcap.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "dumpcap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errors.h"
#include "memory_limit.h"

/* Headers with all options, in IPv6 and a tunnel: docs/user/capturing.md. */
#define SNAPLEN "256"
#define BUFFER_MIB "16"
#define MESSAGE_BYTES 4096

struct dumpcap {
    GPid pid; /* 0 = it has been waited for */
    int err;  /* a file in memory, so that it never waits for us to read */
    char *messages;
};

const char dumpcap_rights[] =
    "To capture, run as root, or give your user the right to (docs/user/capturing.md):\n"
    "  dpkg-reconfigure wireshark-common    answer yes (Debian, Ubuntu)\n"
    "  adduser NAME wireshark               then log in again\n"
    "or capture there and read here: ssh host tcpdump -U -w - tcp | tcpstory live -";

static void set_up(gpointer data)
{
    sigset_t none;

    (void)data;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL); /* a shell's "&" has it ignored: it ends by it */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static char **make_arguments(char *const *interfaces, const char *filter, const char *path)
{
    GPtrArray *argv = g_ptr_array_new();

    g_ptr_array_add(argv, g_strdup(path));
    for (; *interfaces != NULL; interfaces++) {
        g_ptr_array_add(argv, g_strdup("-i"));
        g_ptr_array_add(argv, g_strdup(*interfaces));
        g_ptr_array_add(argv, g_strdup("-f"));
        g_ptr_array_add(argv, g_strdup(filter));
        g_ptr_array_add(argv, g_strdup("-s"));
        g_ptr_array_add(argv, g_strdup(SNAPLEN));
        g_ptr_array_add(argv, g_strdup("-B"));
        g_ptr_array_add(argv, g_strdup(BUFFER_MIB));
    }
    g_ptr_array_add(argv, g_strdup("-q"));
    g_ptr_array_add(argv, g_strdup("-w"));
    g_ptr_array_add(argv, g_strdup("-"));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

Dumpcap *dumpcap_start(char *const *interfaces, const char *filter, int *fd, GError **error)
{
    g_autofree char *path = g_find_program_in_path("dumpcap");
    g_autoptr(Dumpcap) dumpcap = g_new0(Dumpcap, 1);
    g_autoptr(GError) cause = NULL;

    dumpcap->err = memfd_create("dumpcap", MFD_CLOEXEC);
    if (path == NULL) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK,
                            "dumpcap was not found, which captures\n"
                            "Install it (Debian, Ubuntu: wireshark-common), or give a capture "
                            "through a pipe: tcpdump -U -w - tcp | tcpstory live -");
        return NULL;
    }
    g_auto(GStrv) argv = make_arguments(interfaces, filter, path);
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK, g_strerror(errno));
        return NULL;
    }
    const bool ok = g_spawn_async_with_pipes_and_fds(
        "/", (const char *const *)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, set_up, NULL, -1, out[1],
        dumpcap->err, NULL, NULL, 0, &dumpcap->pid, NULL, NULL, NULL, &cause);
    close(out[1]);
    if (!ok) {
        close(out[0]);
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK, "cannot run dumpcap: %s", cause->message);
        return NULL;
    }
    memory_limit_count(dumpcap->pid);
    *fd = out[0];
    return g_steal_pointer(&dumpcap);
}

/* What it says when all is well. */
static bool is_no_trouble(const char *line)
{
    static const char *const usual[] = {"Capturing on ", "File: ", "Packets: ", "Packets captured",
                                        "Packets received/dropped"};

    for (gsize i = 0; i < G_N_ELEMENTS(usual); i++) {
        if (g_str_has_prefix(line, usual[i])) {
            return true;
        }
    }
    return line[0] == '\0';
}

static char *read_messages(int fd)
{
    char buf[MESSAGE_BYTES + 1];
    const ssize_t n = pread(fd, buf, MESSAGE_BYTES, 0);
    GString *text = g_string_new(NULL);

    buf[MAX(n, 0)] = '\0';
    g_auto(GStrv) lines = g_strsplit_set(buf, "\n\r", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (!is_no_trouble(*line)) {
            g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", *line);
        }
    }
    return g_string_free(text, FALSE);
}

bool dumpcap_end(Dumpcap *dumpcap)
{
    int status = 0;

    if (dumpcap->pid != 0) {
        kill(dumpcap->pid, SIGINT);
        memory_limit_forget(dumpcap->pid);
        while (waitpid(dumpcap->pid, &status, 0) < 0 && errno == EINTR) {
        }
        dumpcap->pid = 0;
    }
    g_free(dumpcap->messages);
    dumpcap->messages = read_messages(dumpcap->err);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

const char *dumpcap_messages(const Dumpcap *dumpcap)
{
    return dumpcap->messages != NULL ? dumpcap->messages : "";
}

void dumpcap_free(Dumpcap *dumpcap)
{
    if (dumpcap == NULL) {
        return;
    }
    if (dumpcap->pid != 0) {
        dumpcap_end(dumpcap);
    }
    if (dumpcap->err >= 0) {
        close(dumpcap->err);
    }
    g_free(dumpcap->messages);
    g_free(dumpcap);
}
