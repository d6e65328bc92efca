/* causes_application.c - causes in the programs at both ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause_figures.h"

const struct cause causes_application[] = {
    {
        .id = "D60",
        .name = "server_does_not_close",
        .title = "The server's application does not close",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .meaning = "Clients have closed and the server's sockets stay in CLOSE_WAIT: read() "
                   "returned 0, and the application never called close(). File descriptors run "
                   "out.",
        .text = "the application at {server} does not close: {members:socket:sockets} in "
                "CLOSE_WAIT",
        .cure = "close() when read() returns 0, on every path; look for descriptors that leak "
                "into children or a pool",
        .check = "on the server: ss -tnp state close-wait 'sport = :{server.port}' (the list "
                 "grows)",
        .explains = "A41 A42 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_SERVER_LEAVES_OPEN, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SERVER_LEAVES_OPEN, 3, 0, 15}},
    },
    {
        .id = "D61",
        .name = "client_does_not_close",
        .title = "The client's application does not close",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_CLIENT_HOST, TUPLE_LISTENER},
        .meaning = "The server has closed and the client's sockets stay in CLOSE_WAIT: a pool "
                   "keeps connections that are over, or the application never called close().",
        .text = "the application at {client.host} does not close: {members:socket:sockets} in "
                "CLOSE_WAIT",
        .cure = "close() when read() returns 0; let the pool drop connections that the server "
                "closed",
        .check = "on the client: ss -tnp state close-wait (the list grows)",
        .explains = "A41 A42 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_CLIENT_LEAVES_OPEN, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_CLIENT_LEAVES_OPEN, 3, 0, 15}},
    },
    {
        .id = "D62",
        .name = "server_does_not_read",
        .title = "The server does not read",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 5,
        .meaning = "The server's window stays closed: its application does not read what clients "
                   "send, because it hangs, waits for something else, or is too slow.",
        .text = "the application at {server} does not read, or too slowly: its window was closed "
                "in {members:connection:connections} of {n0}",
        .cure = "find what the application waits for; read in one thread, work in another",
        .check = "on the server: ss -tn 'sport = :{server.port}' (Recv-Q stays above 0); a stack "
                 "of the process",
        .explains = "A31 A32 A38 A39 A41 A43 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_SERVER_NOT_READING, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SERVER_NOT_READING, 2, 10, 15}},
    },
    {
        .id = "D63",
        .name = "client_does_not_read",
        .title = "The client does not read, or slowly",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_LISTENER, TUPLE_CLIENT_HOST},
        .prior = 5,
        .meaning = "The client's window stays closed: its application does not read what the "
                   "server sends, or much slower than it comes.",
        .text = "the application at {client} does not read, or slowly: its window was closed in "
                "{members:connection:connections} of {n0}",
        .cure = "find what the client waits for; a larger receive buffer helps against short "
                "pauses only",
        .check = "on the client: ss -tn (Recv-Q stays above 0); a stack of the process",
        .explains = "A31 A32 A38 A39 A41 A43 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_CLIENT_NOT_READING, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_CLIENT_NOT_READING, 2, 10, 15}},
    },
    {
        .id = "D64",
        .name = "server_aborts",
        .title = "The server resets instead of closing",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 4,
        .meaning = "After a request the server answers by RST: the application closed with data "
                   "that it had not read, with SO_LINGER 0, or crashed.",
        .text = "{server} resets instead of closing: {members:connection:connections} of {n0}",
        .cure = "read all of a request before close(), or shutdown() and read to its end; look "
                "for crashes of workers",
        .check = "the application's log at that time; on the server: nstat -az "
                 "TcpExtTCPAbortOnClose TcpExtTCPAbortOnData",
        .explains = "A31 A33 A37 A38 A39",
        .evidence = {{CAUSE_NEEDS, CLUE_SERVER_ABORTED, 2, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SERVER_ABORTED, 3, 20, 12},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_SERVER, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_RESET_FOREIGN, 2, 20, 20},
                     {CAUSE_CONTRADICTS, CLUE_IDLE_LIMIT, 0, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 10}},
    },
    {
        .id = "D65",
        .name = "slow_server",
        .title = "The server answers slowly",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 2,
        .meaning = "Requests arrive, are acknowledged, and the answer takes a second and more: "
                   "the application, or what it asks in turn, is slow.",
        .text = "{server} answers slowly: clients waited {d1} (median of the longest) in "
                "{members:connection:connections} of {n0}",
        .cure = "find what the application waits for: its log, a slow query, a pool that is "
                "empty, another service",
        .check = "the application's own times of these requests; a capture on the server towards "
                 "what it asks in turn",
        .explains = "A20 A26",
        .evidence = {{CAUSE_NEEDS, CLUE_SERVER_THINKS, 3, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SERVER_THINKS, 3, 30, 12},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_DEAD_PERIOD, 0, 0, 10},
                     {CAUSE_CONTRADICTS, CLUE_DATA_LOST, 0, 0, 4},
                     {CAUSE_CONTRADICTS, CLUE_SLOW_SETUP, 3, 40, 10}},
        .figures = figures_think,
    },
    {
        .id = "D66",
        .name = "server_idle_timeout",
        .title = "The server closes idle connections",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_NOBODY,
        .scopes = {TUPLE_LISTENER},
        .prior = 2,
        .meaning = "The server closes after the same time without a request, again and again: its"
                   " keep-alive time-out.",
        .text = "{server} closes after {d1} without a request: {members:connection:connections} "
                "of {n0}",
        .cure = "none needed, while clients expect it",
        .check = "the server's keep-alive time-out (nginx keepalive_timeout, Apache "
                 "KeepAliveTimeout)",
        .explains = "A26 A38 A39 A41 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_SERVER_CLOSED_IDLE, 3, 0, 0},
                     {CAUSE_NEEDS, CLUE_SAME_IDLE_TIME, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SERVER_CLOSED_IDLE, 3, 30, 10}},
        .figures = figures_idle_close,
    },
    {
        .id = "D67",
        .name = "keep_alive_race",
        .title = "Requests cross the close of idle connections",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 8,
        .meaning = "A client sends its next request at the moment when the server closes for want"
                   " of one: the request is lost, and answered by RST.",
        .text = "requests to {server} cross its close: {members:request:requests} of {n0} lost "
                "that way",
        .cure = "let the client's idle time-out be shorter than the server's, or try such "
                "requests again",
        .check = "the keep-alive time-outs of both: the server's must be the longer one",
        .explains = "A26 A29 A38 A39 A40 A50",
        .evidence = {{CAUSE_NEEDS, CLUE_RACED, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_RACED, 2, 10, 15},
                     {CAUSE_ALLOWS, CLUE_SERVER_CLOSED_IDLE, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_SERVER_ENDED_AT_ONCE, 0, 0, 15}},
    },
    {
        .id = "D68",
        .name = "writes_after_close",
        .title = "Data is sent after the peer has closed",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_UNKNOWN,
        .scopes = {TUPLE_LISTENER, TUPLE_CLIENT_HOST},
        .meaning = "An end has acknowledged the other's FIN and sends on: it does not look "
                   "whether the peer has closed, and what it sends is answered by RST.",
        .text = "data is sent between {client.host} and {server.host} to an end that has closed: "
                "{members:connection:connections} of {n0}",
        .cure = "look for end of file before each write; drop connections that the peer closed",
        .check = "the application's handling of read() that returns 0",
        .explains = "A29 A38 A39 A40 A50",
        .evidence = {{CAUSE_NEEDS, CLUE_WRITES_AFTER_CLOSE, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_WRITES_AFTER_CLOSE, 2, 5, 10},
                     {CAUSE_CONTRADICTS, CLUE_SERVER_ENDED_AT_ONCE, 0, 0, 10},
                     {CAUSE_CONTRADICTS, CLUE_RACED, 1, 0, 6}},
    },
    {
        .id = "D69",
        .name = "peer_restarted",
        .title = "A host has forgotten its connections",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_UNKNOWN,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST},
        .meaning = "An end answers what belongs to the connection by RST, as one that knows "
                   "nothing of it: it was restarted, or its state was moved. Meanwhile SYNs "
                   "may have got no answer.",
        .text = "{server.host} or {client.host} has forgotten connections: "
                "{members:connection:connections} of {n0}",
        .cure = "none, if the restart was meant; clients must open anew",
        .check = "uptime on both hosts; whether an address moved to another host (failover)",
        .explains = "A01 A04 A08 A14 A27 A30 A34 A37 A38",
        .evidence = {{CAUSE_NEEDS, CLUE_PEER_FORGOT, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_PEER_FORGOT, 1, 0, 8},
                     {CAUSE_EXPECTS, CLUE_PEER_FORGOT, 3, 20, 12},
                     {CAUSE_ALLOWS, CLUE_SYN_DROPPED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_UNANSWERED, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_IDLE_LIMIT, 0, 0, 15},
                     {CAUSE_CONTRADICTS, CLUE_RESET_FOREIGN, 1, 0, 10}},
    },
    {
        .id = "D70",
        .name = "server_hangs",
        .title = "The server answers nobody any more",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 6,
        .meaning = "Requests were answered, and from one moment on none is, of any client; the "
                   "server's kernel still acknowledges them. The process is stopped, deadlocked, "
                   "or waits for something that does not come.",
        .text = "{server} acknowledges requests and answers none any more: "
                "{members:connection:connections} of {n0} wait",
        .cure = "restart the process; find what all of its workers wait for",
        .check = "on the server: a stack of the process (gdb -p PID, py-spy dump, jstack); its "
                 "state in ps (T, D); ss -tn 'sport = :{server.port}' (Recv-Q grows)",
        .explains = "A20 A26 A31 A39 A40 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_NEVER_ANSWERED, 3, 0, 0},
                     {CAUSE_NEEDS, CLUE_NOBODY_ANSWERED, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_NOBODY_ANSWERED, 0, 0, 14},
                     {CAUSE_CONTRADICTS, CLUE_SAME_PATIENCE, 0, 0, 12},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20}},
    },
    {
        .id = "D71",
        .name = "delayed_by_nagle",
        .title = "Small writes wait for delayed ACKs",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_UNKNOWN,
        .scopes = {TUPLE_LISTENER, TUPLE_CLIENT_HOST},
        .prior = 2,
        .meaning = "A request or answer is written in small pieces; Nagle's algorithm holds the "
                   "second until the first is acknowledged, and the other end delays that: each "
                   "exchange takes 40 ms longer, or more.",
        .text = "small writes wait for delayed ACKs between {client.host} and {server}: "
                "{members:connection:connections} of {n0}",
        .cure = "write a request with one call (writev, a buffer), or set TCP_NODELAY",
        .check = "strace -f -e trace=write,send,sendto -p PID: one call for each request?",
        .explains = "A59",
        .evidence = {{CAUSE_NEEDS, CLUE_HELD, 1, 0, 0}, {CAUSE_EXPECTS, CLUE_HELD, 2, 10, 8}},
    },
    {
        .id = "D72",
        .name = "both_write_none_reads",
        .title = "Both ends write and neither reads",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_UNKNOWN,
        .scopes = {TUPLE_LISTENER},
        .prior = 5,
        .meaning = "The windows of both ends are closed: each application writes, waits until it "
                   "can go on, and does not read meanwhile, so neither ever does. A deadlock of "
                   "the two programs, which no time-out of TCP ends.",
        .text = "{client.host} and {server} both write and neither reads, a deadlock: "
                "{members:connection:connections} of {n0}",
        .cure = "read while writing: another thread, or non-blocking sockets and poll(); a request "
                "that is pipelined needs a limit",
        .check = "on both hosts: ss -tn (Recv-Q and Send-Q both stay above 0); a stack of each "
                 "process: it hangs in write() or send()",
        .explains = "A31 A32 A43",
        .evidence = {{CAUSE_NEEDS, CLUE_NEITHER_READS, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_NEITHER_READS, 1, 0, 18}},
    },
    {.id = NULL},
};
