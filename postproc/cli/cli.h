/* cli.h - the command line of tcpstory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CLI_H
#define CLI_H

/* Runs the command line and returns the exit status. */
int cli_main(char **argv);

#endif
