/* causes_client.c - causes at clients: what they look for, how long they wait, how they end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause_figures.h"

const struct cause causes_client[] = {
    {
        .id = "D40",
        .name = "port_scan",
        .title = "Port scan",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_HOSTS, TUPLE_CLIENT_HOST},
        .prior = 15,
        .meaning = "One host tries many ports of another in a short time, or with flags that "
                   "only scanners send.",
        .text = "{client.host} scans ports of {server.host}: {members:connection:connections} of "
                "{n0}",
        .cure = "find out who runs it; block it if nobody should",
        .check = "what runs on {client.host} at that time",
        .explains = "A01 A02 A05 A13 A21 A23 A24 A37 A52",
        .evidence = {{CAUSE_NEEDS_ONE, CLUE_PORT_SCANNED, 1, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_PROBED, 3, 0, 0},
                     {CAUSE_EXPECTS, CLUE_PORT_SCANNED, 10, 30, 20},
                     {CAUSE_EXPECTS, CLUE_PROBED, 3, 20, 12},
                     {CAUSE_ALLOWS, CLUE_HALF_OPEN, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_REFUSED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_UNANSWERED, 0, 0, 0}},
    },
    {
        .id = "D41",
        .name = "host_scan",
        .title = "Scan of many hosts",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_CLIENT_HOST},
        .prior = 15,
        .meaning = "One host tries the same port of many others in a short time: a worm, an "
                   "inventory, a monitoring system.",
        .text = "{client.host} tries many hosts: {members:connection:connections} of {n0}",
        .cure = "find out what runs there; block it if nobody should",
        .check = "what runs on {client.host} at that time",
        .explains = "A01 A02 A13 A22 A23 A24 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_HOST_SCANNED, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_HOST_SCANNED, 10, 30, 20},
                     {CAUSE_ALLOWS, CLUE_REFUSED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_UNANSWERED, 0, 0, 0}},
    },
    {
        .id = "D42",
        .name = "clients_stopped",
        .title = "The client process ended",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_CLIENT_HOST, TUPLE_SERVER_HOST},
        .prior = 2,
        .meaning = "Many connections of one client were closed or reset at one moment: its "
                   "process was killed or stopped, as a load tester is.",
        .text = "a process at {client.host} ended: {members:connection:connections} of {n0} "
                "closed or reset at one moment",
        .cure = "none if it was meant so; otherwise find out why it ended",
        .check = "on the client: journalctl, dmesg | grep -iE 'oom|segfault' at that time",
        .explains = "A13 A26 A37 A38 A39 A40 A41 A43 A44 A45 A49 A50",
        .evidence = {{CAUSE_NEEDS, CLUE_CLIENT_ENDED_AT_ONCE, 0, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_CLOSED_BY_CLIENT, 3, 0, 0},
                     {CAUSE_EXPECTS, CLUE_CLIENT_ABORTED, 2, 10, 10},
                     {CAUSE_EXPECTS, CLUE_CLOSED_BY_CLIENT, 5, 20, 8},
                     {CAUSE_CONTRADICTS, CLUE_SAME_PATIENCE, 0, 0, 15}},
    },
    {
        .id = "D43",
        .name = "client_gives_up",
        .title = "Clients give up before the answer",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_LISTENER},
        .prior = 8,
        .meaning = "Clients close after the same time of waiting, again and again: their time-out"
                   " is shorter than what the server needs.",
        .text = "clients of {server} give up after {d1} without an answer, again and again: "
                "{members:connection:connections} of {n0}",
        .cure = "make the server faster, or the client's time-out longer than the slowest honest "
                "answer",
        .check = "the client's configuration: a time-out of {d1}; the server's log: how long did "
                 "these requests take",
        .explains = "A13 A37 A38 A39 A40 A41 A42 A50 A56",
        .evidence = {{CAUSE_NEEDS, CLUE_CLIENT_GAVE_UP, 3, 0, 0},
                     {CAUSE_NEEDS, CLUE_SAME_PATIENCE, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_CLIENT_GAVE_UP, 3, 30, 15},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_CLIENT, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_WRITES_AFTER_CLOSE, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_CLIENT_ENDED_AT_ONCE, 0, 0, 12},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_SERVER_NOT_READING, 2, 0, 10}},
        .figures = figures_patience,
    },
    {
        .id = "D47",
        .name = "client_gone",
        .title = "The client host is gone",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_CLIENT_HOST},
        .prior = 3,
        .meaning = "The client was heard, and from one moment on nothing comes from it, though "
                   "servers repeat for seconds: it crashed, lost power or its link, or went to "
                   "sleep.",
        .text = "{client.host} is gone: it was heard, and then left "
                "{members:connection:connections} of {n0} without any answer",
        .many = "{n1:client:clients} of {server.host} are gone: they were heard, and then left "
                "{members:connection:connections} of {n0} without any answer",
        .cure = "none for a client that may vanish; servers need keep-alives or time-outs to "
                "notice",
        .check = "ping {client.host}; on the server: ss -tno (timer:on, the backoff grows)",
        .explains = "A27 A30 A31 A43 A44 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_CLIENT_DEAD_IN_THE_END, 0, 0, 0},
                     {CAUSE_NEEDS, CLUE_SERVER_IN_VAIN, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SERVER_IN_VAIN, 1, 50, 14},
                     {CAUSE_CONTRADICTS, CLUE_ONLY_LARGE_LOST, 1, 40, 10},
                     {CAUSE_CONTRADICTS, CLUE_CLIENT_NOT_READING, 1, 40, 15},
                     {CAUSE_CONTRADICTS, CLUE_IDLE_LIMIT, 0, 0, 15},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20}},
    },
    {
        .id = "D44",
        .name = "time_wait_refused",
        .title = "TIME_WAIT refuses new connections",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_HOSTS, TUPLE_LISTENER},
        .prior = 12,
        .meaning = "A client uses a port again while the server still holds the old connection in"
                   " TIME_WAIT, and the new SYN is not acceptable there: it is answered by an "
                   "ACK, and tried again a second later or more.",
        .text = "TIME_WAIT at {server} refuses ports that are used again: "
                "{members:connection:connections} of {n0}",
        .cure = "time stamps on at both ends, more source ports or addresses, keep connections "
                "open",
        .check = "on the client: ss -tan state time-wait | wc -l; sysctl "
                 "net.ipv4.ip_local_port_range net.ipv4.tcp_timestamps",
        .explains = "A04 A14 A46 A47 A48 A49",
        .evidence = {{CAUSE_NEEDS, CLUE_TIME_WAIT_REFUSED, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_TIME_WAIT_REFUSED, 2, 0, 15}},
    },
    {
        .id = "D45",
        .name = "ports_exhausted",
        .title = "The client runs out of ports",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_CLIENT_HOST, TUPLE_HOSTS},
        .prior = 5,
        .meaning = "Closed connections hold the client's ports in TIME_WAIT for a minute each, "
                   "and nearly all are held.",
        .text = "{client.host} runs out of ports towards {server}: "
                "{members:connection:connections} of {n0}",
        .cure = "keep connections open (keep-alive, a pool), let the other end close, more source"
                " addresses",
        .check = "on the client: ss -tan state time-wait | wc -l; sysctl "
                 "net.ipv4.ip_local_port_range",
        .explains = "A46 A47 A53",
        .evidence = {{CAUSE_NEEDS, CLUE_PORTS_SHORT, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_PORTS_SHORT, 1, 0, 10}},
    },
    {
        .id = "D46",
        .name = "health_check",
        .title = "Health checks",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_NOBODY,
        .scopes = {TUPLE_LISTENER},
        .meaning = "Connections are opened and closed again without data, again and again: a load"
                   " balancer or monitoring looks whether the port is open.",
        .text = "{server} is checked: {members:connection:connections} of {n0} opened and left "
                "without data",
        .cure = "none needed",
        .check = "who asks: {client.host}; a load balancer or monitoring system?",
        .explains = "A13 A24 A26 A38 A53",
        .evidence = {{CAUSE_NEEDS, CLUE_CONNECTED_AND_LEFT, 3, 0, 0},
                     {CAUSE_EXPECTS, CLUE_CONNECTED_AND_LEFT, 3, 30, 8}},
    },
    {
        .id = "D48",
        .name = "slow_requests",
        .title = "Requests that never end (slowloris)",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_CLIENT,
        .scopes = {TUPLE_HOSTS},
        .prior = 8,
        .meaning = "One host holds many connections open, says a few octets now and then, and "
                   "never completes a request: each holds a worker of the server. An attack, or a "
                   "client that hangs.",
        .text = "{client.host} holds {members:connection:connections} of {n0} to {server.host} "
                "with requests that never end",
        .cure = "limit the time for a request's head and the connections of one address (nginx "
                "client_header_timeout, limit_conn; Apache mod_reqtimeout)",
        .check = "what runs on {client.host}; on the server: how many workers read a request",
        .explains = "A26 A41 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_DRIPS, 10, 0, 0}, {CAUSE_EXPECTS, CLUE_DRIPS, 10, 30, 14}},
    },
    {
        .id = "D49",
        .name = "old_peers",
        .title = "A peer-to-peer program with old addresses",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_NOBODY,
        .scopes = {TUPLE_CLIENT_HOST},
        .prior = 5,
        .meaning = "One host tries many others, each at a port of its own, and talks with those "
                   "that answer: a program that finds its peers in a list, of which many are gone. "
                   "A scan keeps to a few ports or to one host, or says nothing.",
        .text = "{client.host} tries peers at old addresses: {members:connection:connections} of "
                "{n0} fail",
        .cure = "none needed",
        .check = "which program on {client.host}: ss -tnp",
        .explains = "A01 A02 A03 A13 A22 A37",
        .evidence = {{CAUSE_NEEDS, CLUE_PEER_TRIED, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_PEER_TRIED, 10, 30, 20}},
    },
    {.id = NULL},
};
