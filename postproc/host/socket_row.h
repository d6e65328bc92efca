/* socket_row.h - a socket as its host and a capture have it, side by side.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SOCKET_ROW_H
#define SOCKET_ROW_H

#include "host_socket.h"
#include "story.h"

/* What is known of a socket besides the states: bits. */
enum socket_fact {
    SOCKET_UNSEEN = 1 << 0,   /* the capture has no segment of it up to the moment */
    SOCKET_AGREES = 1 << 1,   /* the kernel's state is ours */
    SOCKET_POSSIBLE = 1 << 2, /* ... is one of those that ours may really be */
    SOCKET_PEER_RESET = 1 << 3,
    SOCKET_OWN_RESET = 1 << 4,
    SOCKET_PEER_FIN = 1 << 5, /* the peer has sent one */
    SOCKET_OWN_FIN = 1 << 6,
    SOCKET_RECENT = 1 << 7,     /* a segment of either end came less than a second before */
    SOCKET_QUIET = 1 << 8,      /* the peer was not heard for a minute or more */
    SOCKET_IN_VAIN = 1 << 9,    /* this end repeats, and nothing answers */
    SOCKET_KEEPALIVE = 1 << 10, /* its keep-alive timer runs */
    SOCKET_NO_TIMER = 1 << 11,  /* no timer runs */
    SOCKET_OWNED = 1 << 12,     /* a process holds it */
    SOCKET_ORPHAN = 1 << 13,    /* none does */
    SOCKET_AGAIN = 1 << 14,     /* the peer's host has opened another one to the same port since */
    SOCKET_UNREAD = 1 << 15,    /* its application has not read all that came */
    SOCKET_AT_HOST = 1 << 16,   /* the capture was made on this host */
    SOCKET_LOOPBACK = 1 << 17,
    SOCKET_EVICTED = 1 << 18,  /* the capture's connection is no longer followed */
    SOCKET_PROVEN = 1 << 19,   /* of LISTEN: a SYN-ACK came from there */
    SOCKET_REFUSED = 1 << 20,  /* of LISTEN: RSTs came from there */
    SOCKET_SILENT = 1 << 21,   /* of LISTEN: SYNs went there, and nothing came back */
    SOCKET_QUEUE = 1 << 22,    /* of LISTEN: SYN-ACKs were repeated after the third ACK */
    SOCKET_CUT_LIST = 1 << 24, /* not all of the list could be read */
    SOCKET_FULL = 1 << 23,     /* of LISTEN: its accept queue is full, as the kernel says */
};

struct socket_meaning; /* socket_meaning.h */

/* A socket. */
struct socket_row {
    const struct story *story;
    struct tsm_tuple tuple;                    /* the source is the host's end */
    const struct host_socket *socket;          /* NULL = the kernel has none (any more) */
    const struct story_connection *connection; /* NULL = the capture has none */
    const struct story_interval *own, *peer;   /* at the moment; NULL without connection */
    enum tsm_side side;                        /* of the connection, that is the host's */
    int64_t ns;                                /* the moment */
    unsigned facts;                            /* enum socket_fact bits */
    int64_t reset_ns;                          /* with SOCKET_PEER_RESET: when */
    int64_t fin_ns;                            /* with SOCKET_PEER_FIN: when */
    guint attempts;                            /* of LISTEN: connections that clients tried */
    uint32_t again;                            /* with SOCKET_AGAIN: the newest stream */
    const struct socket_meaning *meaning;      /* never NULL once joined */
};

#endif
