/* main.c - the program tcpstory; everything else is the library that unit tests link too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "cli.h"
#include "errors.h"
#include "memory.h"

/* Where a standard stream is closed, what is opened next would take its place: a capture read as
 * standard input, a message written into the output. So something is put there that can only be
 * used the wrong way round: whoever wants the stream fails. False when that cannot be done. */
static bool fill_standard_streams(void)
{
    static const int wrong_way[] = {O_WRONLY, O_RDONLY, O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", wrong_way[fd]) != fd) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    (void)argc;
    if (!fill_standard_streams()) {
        return EXIT_INPUT;
    }
    memory_watch();
    signal(SIGPIPE, SIG_DFL); /* a reader that has seen enough ends us quietly */
    return cli_main(argv);
}
