/* causes_network.c - causes between the hosts: what drops, rejects, delays and forges.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause.h"

const struct cause causes_network[] = {
    {
        .id = "D20",
        .name = "syns_dropped",
        .title = "SYNs are dropped on the way, or the host is down",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER},
        .meaning =
            "Nothing at all comes back from the address and port: a firewall drops the SYNs, "
            "the route is wrong, or the host is down.",
        .text =
            "{server} never answers: {members:connection:connections} in vain; a firewall drops "
            "the SYNs, or the host is down",
        .cure = "let the firewall or security group pass the port; bring the host back",
        .check = "tcpdump on the server while a client tries: no SYN arrives = the path drops it; "
                 "ping {server.host}",
        .explains = "A01",
        .evidence = {{CAUSE_NEEDS, CLUE_UNANSWERED, 1, 0, 0},
                     {CAUSE_NEEDS, CLUE_NEVER_ANSWERS, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_NEVER_ANSWERS, 0, 0, 20}},
    },
    {.id = NULL},
};
