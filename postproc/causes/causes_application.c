/* causes_application.c - causes in the programs at both ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause.h"

const struct cause causes_application[] = {
    {
        .id = "D60",
        .name = "server_does_not_close",
        .title = "The server's application does not close",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .meaning =
            "Clients have closed and the server's sockets stay in CLOSE_WAIT: read() returned "
            "0, and the application never called close(). File descriptors run out.",
        .text =
            "the application at {server} does not close: {members:socket:sockets} in CLOSE_WAIT",
        .cure = "close() when read() returns 0, on every path; look for descriptors that leak into "
                "children or a pool",
        .check =
            "on the server: ss -tnp state close-wait 'sport = :{server.port}' (the list grows)",
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
        .scopes = {TUPLE_CLIENT_HOST},
        .meaning =
            "The server has closed and the client's sockets stay in CLOSE_WAIT: a pool keeps "
            "connections that are over, or the application never called close().",
        .text = "the application at {client.host} does not close: {members:socket:sockets} in "
                "CLOSE_WAIT",
        .cure =
            "close() when read() returns 0; let the pool drop connections that the server closed",
        .check = "on the client: ss -tnp state close-wait (the list grows)",
        .explains = "A41 A42 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_CLIENT_LEAVES_OPEN, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_CLIENT_LEAVES_OPEN, 3, 0, 15}},
    },
    {.id = NULL},
};
