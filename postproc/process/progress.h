/* progress.h - a line on standard error that tells how far reading has come, on terminals only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *name;
    int fd;         /* its read position tells how far; tshark shares it */
    int64_t size;   /* of the file in bytes; 0 = unknown */
    gint64 next_us; /* when to show it again, monotonic time; 0 = never */
    bool shown;
};

/* Reading begins; `name` must outlive the progress. */
void progress_start(struct progress *progress, const char *name, int fd, int64_t size);

/* Call it now and then, at least for every block. */
void progress_tick(struct progress *progress);

/* Reading is over: removes the line. */
void progress_end(struct progress *progress);

#endif
