/* host_socket.h - a TCP socket as its own host tells of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HOST_SOCKET_H
#define HOST_SOCKET_H

#include <glib.h>
#include <stdbool.h>

#include "tsm_table.h"

/* The timer that runs for a socket (Linux: net/ipv4/tcp_diag.c, idiag_timer). */
enum host_timer {
    HOST_TIMER_UNKNOWN, /* it was not told: ss without -o, netstat without -o */
    HOST_TIMER_OFF,
    HOST_TIMER_ON, /* something is repeated until it is acknowledged */
    HOST_TIMER_KEEPALIVE,
    HOST_TIMER_TIME_WAIT,
    HOST_TIMER_PERSIST, /* the peer's window is closed */
};

/* Whether a process still holds the socket. */
enum host_owner {
    HOST_OWNER_UNKNOWN, /* neither process nor inode was told */
    HOST_OWNED,
    HOST_ORPHAN, /* the application has closed it, and the kernel alone goes on */
};

struct host_socket {
    struct tsm_tuple tuple; /* the source is this host's end; a port 0 is any port */
    uint8_t state;          /* enum tsm_state; TSM_CLOSED is ss's UNCONN */
    uint8_t timer;          /* enum host_timer */
    uint8_t owner;          /* enum host_owner */
    bool both_families;     /* its wildcard address stands for IPv4 and IPv6 */
    uint64_t recv_q;        /* bytes that the application has not read; of LISTEN: connections that
                               it has not accepted */
    uint64_t send_q;        /* bytes that the peer has not acknowledged; of LISTEN, by ss: how many
                               connections may wait; else 0 */
    uint64_t inode;         /* 0 = not told, or none */
    char *process;          /* owned: "1234/nginx"; NULL = not told, or none */
};

/* Whether the address of that side is the wildcard: any address. */
static inline bool host_socket_is_any(const struct host_socket *socket, enum tsm_side side)
{
    static const uint8_t zero[16];
    const uint8_t *address = side == TSM_CLIENT ? socket->tuple.src : socket->tuple.dst;

    return memcmp(address, zero, socket->tuple.addr_len) == 0;
}

#endif
