/* progress.c - shows how far reading has come; see progress.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "text.h"

#define FIRST_AFTER_US 500000 /* short work needs no progress */
#define EVERY_US 200000

void progress_start(struct progress *progress, const char *name, int fd, int64_t size)
{
    *progress = (struct progress){.name = name, .fd = fd, .size = size};
    if (isatty(STDERR_FILENO)) {
        progress->next_us = g_get_monotonic_time() + FIRST_AFTER_US;
    }
}

void progress_tick(struct progress *progress)
{
    g_autoptr(GString) line = NULL;
    g_autofree char *name = g_path_get_basename(progress->name);
    gint64 now;
    off_t done;

    if (progress->next_us == 0 || (now = g_get_monotonic_time()) < progress->next_us) {
        return;
    }
    progress->next_us = now + EVERY_US;
    line = g_string_new("\rreading ");
    text_safe(line, name);
    done = progress->size > 0 ? lseek(progress->fd, 0, SEEK_CUR) : 0;
    if (done > 0) {
        g_string_append_printf(line, " %3.0f %%", 100.0 * (double)done / (double)progress->size);
    }
    g_string_append(line, "\033[K");
    fputs(line->str, stderr);
    progress->shown = true;
}

void progress_end(struct progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
    }
    progress->next_us = 0;
}
