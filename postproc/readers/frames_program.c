/* frames_program.c - finds and starts tcpstory-frames; see frames_program.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "frames_program.h"

#include <fcntl.h>
#include <unistd.h>

#include "errors.h"

#define PROGRAM "tcpstory-frames"

/* Opens it; its descriptor is `least` or above, where it is in nobody's way. -1 = it is not there.
 */
static int open_program(int least)
{
    static const char *const places[] = {"", "../libexec/tcpstory"};
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self != NULL ? g_path_get_dirname(self) : NULL;
    int found = -1;

    for (gsize i = 0; folder != NULL && found < 0 && i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(folder, places[i], PROGRAM, NULL);
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            found = fcntl(fd, F_DUPFD_CLOEXEC, least);
            close(fd);
        }
    }
    return found;
}

bool frames_program_is_there(void)
{
    const int program = open_program(0);

    if (program >= 0) {
        close(program);
    }
    return program >= 0;
}

bool frames_program_start(struct child *child, const struct frames_command *command, int deep,
                          const struct interrupts *interrupts)
{
    const int *captures = command->captures;
    const guint n = command->n;
    g_autofree char *count = g_strdup_printf("%u", n);
    const char *const argv[] = {PROGRAM, command->mode, count, command->packed ? "packed" : NULL,
                                NULL};
    g_auto(GStrv) env = g_environ_setenv(NULL, "LC_ALL", "C", TRUE);
    const int program = open_program(CHILD_EXTRA_FD + 1 + (int)n);
    g_autofree int *extra = g_new(int, n + 1);
    bool ok;

    extra[0] = deep >= 0 ? deep : captures[0];
    for (guint i = 0; i < n; i++) {
        extra[1 + i] = captures[i];
    }
    const struct child_command start = {
        .argv = argv,
        .program = program,
        .env = env,
        .folder = "/",
        .in = -1,
        .extra = extra,
        .n_extra = n + 1,
    };
    ok = program >= 0 && child_start(child, &start, interrupts, NULL);
    if (program >= 0) {
        close(program);
    }
    return ok;
}

char *frames_program_ask(const struct frames_command *command)
{
    GString *said = g_string_new(NULL);
    struct interrupts interrupts;
    struct child child;
    char buf[4096];

    child_init(&child);
    interrupts_hold(&interrupts);
    if (frames_program_start(&child, command, -1, &interrupts)) {
        struct child *const children[] = {&child, NULL};
        while (child.out >= 0 && !interrupts.cut &&
               child_poll(children, children, &interrupts, -1) != CHILD_DROPPED) {
            if (child.ready) {
                g_string_append_len(said, buf, child_read(&child, buf, sizeof buf));
            }
        }
    }
    if (interrupts.cut) {
        g_string_truncate(said, 0);
    }
    child_clear(&child);
    interrupts_release(&interrupts);
    return g_string_free(said, FALSE);
}

bool merged_start(struct merged *merged, const struct capture_input *capture,
                  const struct interrupts *interrupts, GError **error)
{
    child_init(&merged->child);
    merged->fd = capture->fds[0];
    if (capture->n == 1 && capture->content.kind != CONTENT_PACKED) {
        return true;
    }
    const struct frames_command asked = {"merge", capture->fds, capture->n,
                                         capture->content.kind == CONTENT_PACKED};
    if (!frames_program_start(&merged->child, &asked, -1, interrupts)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK,
                    "%s cannot be read: " PROGRAM " is not there, which is installed with tcpstory",
                    capture->name);
        return false;
    }
    merged->fd = merged->child.out;
    return true;
}

int merged_wait(struct merged *merged, struct interrupts *interrupts)
{
    return merged->child.pid != 0 ? child_wait(&merged->child, interrupts) : 0;
}

void merged_end(struct merged *merged)
{
    child_clear(&merged->child);
}
