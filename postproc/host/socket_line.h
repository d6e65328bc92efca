/* socket_line.h - a line of ss, netstat or /proc/net/tcp, as a socket.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SOCKET_LINE_H
#define SOCKET_LINE_H

#include "host_socket.h"

enum socket_line_kind {
    SOCKET_LINE_SOCKET,  /* it is one */
    SOCKET_LINE_NOTHING, /* a header, another protocol, an empty line */
    SOCKET_LINE_NAMES,   /* it has a name instead of an address or a port */
    SOCKET_LINE_BAD,     /* it cannot be read */
};

/* Reads a line without its newline. *socket is filled for SOCKET_LINE_SOCKET only; the caller owns
 * its `process`. *why is what is wrong with a bad line, and for names the name; otherwise NULL. It
 * is owned by the caller. */
enum socket_line_kind socket_line_parse(struct host_socket *socket, const char *line, char **why);

#endif
