/* hosts.h - what all connections of a capture together show of a host.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HOSTS_H
#define HOSTS_H

#include "story.h"

/* Times to live of a host's segments, but of RSTs, in all its connections. */
struct host_ttl {
    uint8_t least, most; /* 0 = unknown */
};

/* The hosts that somebody asks about. */
typedef struct hosts Hosts;

/* None at first. Free with hosts_free(). */
Hosts *hosts_new(void);
void hosts_free(Hosts *hosts);

/* The server of the connection is to be known. */
void hosts_want_server(Hosts *hosts, const struct story_connection *connection);

/* Learns of all those hosts, when they are all named; nothing is done when there is none. */
void hosts_learn(Hosts *hosts, const struct story *story);

/* What is known of the server of the connection. Never NULL. */
const struct host_ttl *hosts_server_ttl(const Hosts *hosts,
                                        const struct story_connection *connection);

#endif
