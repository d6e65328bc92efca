/* host_processes.h - which process of this host holds a socket.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HOST_PROCESSES_H
#define HOST_PROCESSES_H

#include "host_socket.h"

/* Names the process of each socket (an array of struct host_socket) by its inode, as far as we may
 * look into /proc/PID/fd; of several that hold it, the one with the lowest number. */
void host_processes_name(GArray *sockets);

#endif
