/* main.c - the program tcpstory; everything else is the library that unit tests link too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>

#include "cli.h"

int main(int argc, char **argv)
{
    (void)argc;
    signal(SIGPIPE, SIG_DFL); /* a reader that has seen enough ends us quietly */
    return cli_main(argv);
}
