/* frames_program.h - starts tcpstory-frames, which reads captures for us (frames/main.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FRAMES_PROGRAM_H
#define FRAMES_PROGRAM_H

#include "child.h"
#include "read_capture.h"

/* Whether it is there: beside tcpstory in the build tree, or where it is installed. */
bool frames_program_is_there(void);

/* What it is to do. */
struct frames_command {
    const char *mode;
    const int *captures; /* descriptors of open captures, */
    guint n;             /* so many */
    bool packed;         /* what comes through a pipe is packed by xz or bzip2 */
};

/* Starts it. `deep` is its descriptor 3; -1 = none. False when it cannot be started. */
bool frames_program_start(struct child *child, const struct frames_command *command, int deep,
                          const struct interrupts *interrupts);

/* Starts it, with no descriptor 3, and waits for what it prints; "" when the user interrupts. The
 * caller frees it. */
char *frames_program_ask(const struct frames_command *command);

/* A capture as one thing that tshark can read: its file, or where the program writes several files
 * as one. */
struct merged {
    struct child child;
    int fd;
};

/* Begins; false when the program cannot be started (EXIT_TSHARK). Call merged_end() in any case. */
bool merged_start(struct merged *merged, const struct capture_input *capture,
                  const struct interrupts *interrupts, GError **error);

/* Waits until nothing more comes of it: who reads it has done so. Returns 0 when that was all of
 * the capture, and otherwise the program's exit status; its messages are in merged->child. */
int merged_wait(struct merged *merged, struct interrupts *interrupts);
void merged_end(struct merged *merged);

#endif
