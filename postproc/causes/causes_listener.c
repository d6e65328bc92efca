/* causes_listener.c - causes at a listener: its queues, and whether anybody listens.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause_figures.h"

const struct cause causes_listener[] = {
    {
        .id = "D01",
        .name = "accept_queue_full",
        .title = "Accept queue full",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 10,
        .meaning = "The application calls accept() too slowly for what arrives, so the queue of "
                   "connections that wait for it is full. Linux drops third ACKs and, since 4.10,"
                   " SYNs; clients believe that they are connected, or try again.",
        .text = "the accept queue of {server} is full: {members:connection:connections} of {n0} "
                "waited for accept(), or could not be opened at once",
        .cure = "accept faster (more workers, nothing slow in the accept loop); a larger backlog "
                "and net.core.somaxconn help against bursts only",
        .check = "on the server: ss -lnt 'sport = :{server.port}' (Recv-Q above Send-Q) and nstat"
                 " -az TcpExtListenOverflows (grows)",
        .explains = "A01 A04 A05 A06 A07 A08 A12 A13 A20 A26 A31 A33 A37 A38 A39 A41 A42 A43 A44 "
                    "A52 A53",
        .evidence = {{CAUSE_NEEDS_ONE, CLUE_NOT_ACCEPTED, 3, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_ACCEPT_ABORTED, 3, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_ONLY_CLIENT, 3, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_SLOW_ANSWERS, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SLOW_ANSWERS, 0, 0, 12},
                     {CAUSE_EXPECTS, CLUE_NOT_ACCEPTED, 3, 5, 15},
                     {CAUSE_EXPECTS, CLUE_SYN_DROPPED, 1, 0, 6},
                     {CAUSE_EXPECTS, CLUE_ACCEPT_ABORTED, 3, 0, 12},
                     {CAUSE_EXPECTS, CLUE_ONLY_CLIENT, 3, 0, 8},
                     {CAUSE_ALLOWS, CLUE_SYNACK_AGAIN, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_CONNECTED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_UNANSWERED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_HALF_OPEN, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_QUICK_ANSWERS, 0, 0, 30},
                     {CAUSE_CONTRADICTS, CLUE_SLOW_SETUP, 3, 40, 25}},
    },
    {
        .id = "D02",
        .name = "service_not_running",
        .title = "Nothing listens",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 5,
        .meaning = "The host is up and answers every SYN by RST: no process listens on the port.",
        .text = "nothing listens at {server}: {members:connection:connections} refused",
        .cure = "start the service, or make it listen on this address and port",
        .check = "on the server: ss -lnt 'sport = :{server.port}' (empty)",
        .explains = "A02 A13 A37",
        .evidence = {{CAUSE_NEEDS, CLUE_REFUSED, 1, 0, 0},
                     {CAUSE_NEEDS, CLUE_ALL_REFUSED, 0, 0, 0},
                     {CAUSE_EXCLUDES, CLUE_PEER_TRIED, 1, 50, 0},
                     {CAUSE_EXPECTS, CLUE_REFUSED, 1, 0, 10},
                     {CAUSE_EXPECTS, CLUE_REFUSED, 3, 0, 5},
                     {CAUSE_CONTRADICTS, CLUE_REFUSED_BY_OTHER, 1, 50, 20},
                     {CAUSE_CONTRADICTS, CLUE_PORT_SCANNED, 1, 50, 30},
                     {CAUSE_CONTRADICTS, CLUE_HOST_SCANNED, 1, 50, 30}},
    },
    {
        .id = "D03",
        .name = "service_stopped",
        .title = "The service stopped listening",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 5,
        .meaning = "The port was open and later refuses: the process ended, or closed its "
                   "listening socket; no connection was cut off by that.",
        .text = "{server} was open, and then refused {members:connection:connections} of {n0}: "
                "the service stopped",
        .cure = "start the service again, and find out why it ended (its log, dmesg, journalctl)",
        .check = "on the server: journalctl -u SERVICE; dmesg | grep -i kill; ss -lnt 'sport = "
                 ":{server.port}'",
        .explains = "A02 A13 A37 A38 A39 A40",
        .evidence = {{CAUSE_NEEDS, CLUE_REFUSED, 1, 0, 0},
                     {CAUSE_NEEDS, CLUE_REFUSED_LATER, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_REFUSED, 2, 0, 12},
                     {CAUSE_CONTRADICTS, CLUE_SERVER_ENDED_AT_ONCE, 0, 0, 10}},
    },
    {
        .id = "D04",
        .name = "process_killed",
        .title = "The server process ended",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 8,
        .meaning = "All connections of the listener were closed or reset at one moment, and later"
                   " SYNs are refused: the process was killed or crashed, and its kernel closed "
                   "its sockets.",
        .text = "the process at {server} ended: {members:connection:connections} of {n0} closed "
                "at one moment, or refused afterwards",
        .cure = "start the service again, and find out why it ended (out of memory, crash, "
                "deployment)",
        .check = "on the server: dmesg | grep -iE 'oom|segfault'; journalctl -u SERVICE; "
                 "coredumpctl",
        .explains = "A02 A13 A29 A37 A38 A39 A40 A42 A49 A50",
        .evidence = {{CAUSE_NEEDS, CLUE_SERVER_ENDED_AT_ONCE, 0, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_CLOSED_BY_SERVER, 3, 0, 0},
                     {CAUSE_ALLOWS, CLUE_REFUSED, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_REFUSED_LATER, 0, 0, 18},
                     {CAUSE_ALLOWS, CLUE_WRITES_AFTER_CLOSE, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_SERVER, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_SAME_IDLE_TIME, 0, 0, 15}},
    },
    {
        .id = "D05",
        .name = "syn_flood",
        .title = "SYN flood",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_LISTENER},
        .prior = 5,
        .meaning = "Handshakes are begun from many addresses and never finished: forged sources, "
                   "or a herd of hosts that do not want to connect. Where the queue is full and "
                   "there are no cookies, their SYNs get no answer, and come only once.",
        .text = "SYN flood on {server}: {members:handshake:handshakes} of {n0} never "
                "finished, most from different addresses",
        .cure = "SYN cookies (net.ipv4.tcp_syncookies=1), a limit of the rate in front of the "
                "server",
        .check = "on the server: nstat -az TcpExtSyncookiesSent TcpExtTCPReqQFullDoCookies; ss "
                 "-nt state syn-recv 'sport = :{server.port}'",
        .explains = "A01 A05 A08 A09 A10 A11 A12 A13 A22 A25",
        .evidence = {{CAUSE_NEEDS, CLUE_MANY_SOURCES, 0, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_HALF_OPEN, 20, 50, 0},
                     {CAUSE_NEEDS_ONE, CLUE_FLOODED, 10, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_SYN_ONCE, 20, 50, 0},
                     {CAUSE_EXPECTS, CLUE_SYN_ONCE, 20, 50, 20},
                     {CAUSE_EXPECTS, CLUE_HALF_OPEN, 20, 50, 20},
                     {CAUSE_EXPECTS, CLUE_FLOODED, 10, 0, 14}},
    },
    {
        .id = "D06",
        .name = "accept_deferred",
        .title = "Deferred accept",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_NOBODY,
        .scopes = {TUPLE_LISTENER},
        .meaning = "The server repeats its SYN-ACK after the third ACK, and answers as soon as "
                   "data comes: TCP_DEFER_ACCEPT, and clients that speak late.",
        .text = "{server} defers accept(): {members:connection:connections} got the SYN-ACK again"
                " until they sent data",
        .cure = "none needed; clients that wait for the server to speak first never get through",
        .check = "on the server: the listen option deferred (nginx, Apache AcceptFilter)",
        .explains = "A07 A26",
        .evidence = {{CAUSE_NEEDS, CLUE_DEFERRED, 3, 0, 0},
                     {CAUSE_EXPECTS, CLUE_DEFERRED, 3, 50, 10},
                     {CAUSE_EXCLUDES, CLUE_SILENT_LONGER, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_DATA_LOST, 0, 0, 15}},
    },
    {
        .id = "D07",
        .name = "turned_away",
        .title = "The server turns clients away",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 6,
        .meaning = "The server accepts connections and closes them at once, before anything is "
                   "said: it has as many as it may have, does not let these addresses in (TCP "
                   "wrappers), or is a load balancer that has no server behind it.",
        .text = "{server} closes at once what it has accepted: {members:connection:connections} of "
                "{n0}",
        .cure = "look for a limit of connections, rules about addresses, and whether the load "
                "balancer has a healthy server",
        .check = "the service's log at that time; hosts.deny; the state of the servers behind the "
                 "load balancer",
        .explains = "A13 A24 A26 A29 A37 A38 A39 A40 A50 A53",
        .evidence = {{CAUSE_NEEDS, CLUE_TURNED_AWAY, 2, 10, 0},
                     {CAUSE_EXPECTS, CLUE_TURNED_AWAY, 3, 30, 14},
                     {CAUSE_ALLOWS, CLUE_WRITES_AFTER_CLOSE, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_RESET_FOREIGN, 2, 20, 15}},
    },
    {
        .id = "D08",
        .name = "syns_dropped_within",
        .title = "SYNs are dropped within the host",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 5,
        .meaning = "Client and server are on the same host (a loopback address, or one address for "
                   "both), so that no network can lose anything, and SYNs get no answer: the "
                   "listener's queue is full for moments, as when many connect at once, or for "
                   "good; or the host's own packet filter drops them.",
        .text = "SYNs to {server} are dropped within the host: {members:connection:connections} of "
                "{n0} got no answer to the first",
        .cure = "a larger backlog in listen(), and net.core.somaxconn, which bounds it; accept "
                "faster",
        .check = "on that host: ss -lnt 'sport = :{server.port}' (Recv-Q above Send-Q = full); "
                 "nstat -az TcpExtListenOverflows TcpExtTCPReqQFullDrop (which grows?); nft list "
                 "ruleset",
        .explains = "A01 A04 A08",
        .evidence = {{CAUSE_NEEDS, CLUE_WITHIN, 0, 0, 0},
                     {CAUSE_NEEDS, CLUE_SYN_DROPPED, 1, 12, 0},
                     {CAUSE_EXPECTS, CLUE_SYN_DROPPED, 5, 20, 14},
                     {CAUSE_ALLOWS, CLUE_UNANSWERED, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_SLOW_ANSWERS, 0, 0, 25},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 25},
                     {CAUSE_CONTRADICTS, CLUE_PORT_SCANNED, 1, 50, 30}},
    },
    {.id = NULL},
};
