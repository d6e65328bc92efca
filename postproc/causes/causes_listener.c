/* causes_listener.c - causes at a listener: its queues, and whether anybody listens.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause.h"

const struct cause causes_listener[] = {
    {
        .id = "D01",
        .name = "accept_queue_full",
        .title = "Accept queue full",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .meaning = "The application calls accept() too slowly for what arrives, so the queue of "
                   "connections that wait for it is full. Linux drops third ACKs and, since 4.10, "
                   "SYNs; clients believe that they are connected, or try again.",
        .text = "the accept queue of {server} is full: {members:connection:connections} of {n0} "
                "waited for the application, or could not be opened at once",
        .cure = "accept faster (more workers, nothing slow in the accept loop); a larger backlog "
                "and net.core.somaxconn only help against bursts",
        .check = "on the server: ss -lnt 'sport = :{server.port}' (Recv-Q above Send-Q) and nstat "
                 "-az TcpExtListenOverflows (grows)",
        .explains = "A04 A06 A07 A08 A12 A20 A26 A33 A37 A38 A39 A41 A42 A43 A44 A52 A53",
        .evidence = {{CAUSE_NEEDS, CLUE_NOT_ACCEPTED, 3, 0, 0},
                     {CAUSE_EXPECTS, CLUE_NOT_ACCEPTED, 3, 5, 15},
                     {CAUSE_EXPECTS, CLUE_SYN_DROPPED, 1, 0, 6},
                     {CAUSE_EXPECTS, CLUE_ONLY_CLIENT, 1, 0, 6},
                     {CAUSE_ALLOWS, CLUE_SYNACK_AGAIN, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_SERVER, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_CLIENT, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_CONNECTED, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_QUICK_ANSWERS, 0, 0, 30}},
    },
    {
        .id = "D02",
        .name = "service_not_running",
        .title = "Nothing listens",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .meaning = "The host is up and answers every SYN by RST: no process listens on the port.",
        .text = "nothing listens at {server}: {members:connection:connections} refused",
        .cure = "start the service, or make it listen on this address and port",
        .check = "on the server: ss -lnt 'sport = :{server.port}' (empty)",
        .explains = "A02 A13",
        .evidence = {{CAUSE_NEEDS, CLUE_REFUSED, 1, 90, 0},
                     {CAUSE_EXPECTS, CLUE_REFUSED, 1, 100, 20},
                     {CAUSE_EXCLUDES, CLUE_CONNECTED_BEFORE, 0, 0, 0}},
    },
    {.id = NULL},
};
