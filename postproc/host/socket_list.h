/* socket_list.h - the TCP sockets of a host, as ss, netstat or /proc/net/tcp lists them.
 *
 * What a line is, is recognised line by line, so that several lists may stand in one file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SOCKET_LIST_H
#define SOCKET_LIST_H

#include "host_socket.h"

typedef struct socket_list {
    GArray *sockets;     /* of struct host_socket, in the order of the list */
    GPtrArray *warnings; /* of char *: sentences for people, without a final newline */
    bool partial;        /* some lines could not be read: warnings say which */
    bool live;           /* it is of this host, now */
} SocketList;

/* Reads a list. `text` (`n` bytes, any) is changed; `name` is for messages. NULL and error
 * (EXIT_INPUT) when it is none, or when it has names where numbers are wanted (ss without -n).
 * Free with socket_list_free(). */
SocketList *socket_list_parse(char *text, gsize n, const char *name, GError **error);

/* The same of a file or pipe; "-" is standard input; NULL asks the kernel of this host
 * (/proc/net/tcp and tcp6, and /proc/PID/fd for the processes that we may look into). */
SocketList *socket_list_read(const char *path, GError **error);

void socket_list_free(SocketList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SocketList, socket_list_free)

/* The socket number i, 0 <= i < list->sockets->len. */
const struct host_socket *socket_list_at(const SocketList *list, guint i);

#endif
