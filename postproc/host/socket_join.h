/* socket_join.h - what a host says of its sockets, beside what a capture says of the same ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SOCKET_JOIN_H
#define SOCKET_JOIN_H

#include "selection.h"
#include "socket_list.h"
#include "socket_row.h"

/* What is to be joined. */
struct socket_join {
    const SocketList *list;
    const struct story *story;
    const struct selection *host; /* which host the list is of, when --host says so; NULL = the
                                     list's own addresses do */
    int64_t ns;                   /* the moment, and up to which frame: story_interval_at() */
    uint32_t frame;
};

/* Adds a row (struct socket_row) for each socket of the list, in its order, then for each
 * connection of this host that is open at the moment by the capture, and that the list does not
 * have. Returns a warning for people when it is not known which host the list is of, or when none
 * of its addresses is in the capture; NULL otherwise. The caller frees it. Time is linear in both.
 */
char *socket_join(const struct socket_join *join, GArray *rows);

#endif
