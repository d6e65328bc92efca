/* causes_network.c - causes between the hosts: what drops, rejects, delays and forges.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause_figures.h"

/* What can lose, delay or hold back what never leaves its host. */
#define WITHIN_CHECK                                                                 \
    "on that host: nft list ruleset; tc -s qdisc show dev lo; nstat -az | grep -iE " \
    "'drop|prune|overflow'; is a process stopped or starved (top, dmesg)?"

const struct cause causes_network[] = {
    {
        .id = "D20",
        .name = "syns_dropped",
        .title = "SYNs are dropped on the way, or the host is down",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER},
        .prior = 5,
        .meaning = "Nothing at all comes back from the address and port: a firewall drops the "
                   "SYNs, the route is wrong, or the host is down.",
        .text = "{server} never answers: {members:connection:connections} in vain; a firewall "
                "drops the SYNs, or the host is down",
        .cure = "let the firewall or security group pass the port; bring the host back",
        .check = "tcpdump on the server while a client tries: no SYN arrives = the path drops it;"
                 " ping {server.host}",
        .explains = "A01 A22",
        .evidence = {{CAUSE_NEEDS, CLUE_UNANSWERED, 1, 0, 0},
                     {CAUSE_NEEDS, CLUE_NEVER_ANSWERS, 0, 0, 0},
                     {CAUSE_EXCLUDES, CLUE_TRANSLATED, 1, 50, 0},
                     {CAUSE_EXCLUDES, CLUE_PEER_TRIED, 1, 50, 0},
                     {CAUSE_EXCLUDES, CLUE_WITHIN, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_UNANSWERED, 1, 0, 5},
                     {CAUSE_EXPECTS, CLUE_UNANSWERED, 2, 0, 8},
                     {CAUSE_CONTRADICTS, CLUE_HOST_SCANNED, 1, 50, 30},
                     {CAUSE_CONTRADICTS, CLUE_PORT_SCANNED, 1, 50, 30}},
    },
    {
        .id = "D21",
        .name = "rejected_on_the_way",
        .title = "SYNs are rejected on the way",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER},
        .prior = 10,
        .meaning = "SYNs are rejected by somebody in front of the server: an ICMP error, or a RST"
                   " whose time to live is not that of the server's own segments. What kind of "
                   "error it is tells a firewall, a route that is missing and a loop apart.",
        .text = "somebody in front of {server} rejects SYNs: {members:connection:connections} of "
                "{n0}",
        .many = "SYNs of {client.host} to {n1:service:services} are rejected on the way: "
                "{members:connection:connections} of {n0}",
        .cure = "let the firewall or security group pass the port; where routers complain, mend "
                "their routes",
        .check = "tcpdump on the server while a client tries: no SYN arrives; on the firewall: "
                 "its log of rejects; traceroute -n {server.host}: who answers last, or twice",
        .explains = "A02 A03 A13 A37",
        .evidence = {{CAUSE_NEEDS_ONE, CLUE_REFUSED_BY_OTHER, 1, 50, 0},
                     {CAUSE_NEEDS_ONE, CLUE_ICMP_REJECTED, 1, 0, 0},
                     {CAUSE_EXCLUDES, CLUE_PEER_TRIED, 1, 50, 0},
                     {CAUSE_EXPECTS, CLUE_REFUSED_BY_OTHER, 2, 90, 12},
                     {CAUSE_EXPECTS, CLUE_ICMP_REJECTED, 1, 50, 14}},
        .figures = figures_rejects,
    },
    {
        .id = "D22",
        .name = "host_gone",
        .title = "The server host is gone",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_SERVER_HOST},
        .prior = 5,
        .meaning = "The host answered, and from one moment on nothing comes from any of its "
                   "ports, though clients repeat for seconds: it crashed, lost power or its link.",
        .text = "{server.host} is gone: it was heard, and then left "
                "{members:connection:connections} of {n0} without any answer",
        .cure = "bring the host or its link back; clients need time-outs of their own",
        .check = "ping {server.host}; the console of the host; the switch port; arping from its "
                 "network",
        .within = WITHIN_CHECK,
        .explains = "A01 A04 A27 A28 A30 A31 A43 A44 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_DEAD_IN_THE_END, 0, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_CLIENT_IN_VAIN, 1, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_UNANSWERED, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_CLIENT_IN_VAIN, 2, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_ONLY_LARGE_LOST, 1, 40, 20},
                     {CAUSE_CONTRADICTS, CLUE_IDLE_LIMIT, 0, 0, 25},
                     {CAUSE_CONTRADICTS, CLUE_SLOW_ANSWERS, 0, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 25}},
    },
    {
        .id = "D23",
        .name = "packet_loss",
        .title = "Packets are lost on the path",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 3,
        .meaning =
            "Data and FINs are sent again in one direction or both, at more than one segment "
            "in a hundred: congestion, a bad cable or radio, a policer, an overloaded host.",
        .text = "packets are lost between {client.host} and {server.host}: {p1} of the data and "
                "FINs to the server, {p2} to clients, in {members:connection:connections} of {n0}",
        .cure = "find the link: errors on interfaces, full queues, duplex; a policer's limit",
        .check = "mtr -n -c 100 {server.host} in both directions; ethtool -S and ip -s link on "
                 "both hosts",
        .within = WITHIN_CHECK,
        .explains = "A04 A05 A07 A20 A31 A33 A35 A37 A38 A39 A43 A44 A45 A50",
        .evidence = {{CAUSE_NEEDS, CLUE_DATA_LOST, 0, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_LOST_TO_SERVER, 3, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_LOST_TO_CLIENT, 3, 0, 0},
                     {CAUSE_EXPECTS, CLUE_LOST_TO_SERVER, 3, 30, 6},
                     {CAUSE_EXPECTS, CLUE_LOST_TO_CLIENT, 3, 30, 6},
                     {CAUSE_ALLOWS, CLUE_SYN_DROPPED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_ANSWERED_IN_THE_END, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_SYNACK_AGAIN, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_STALLED, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_ONLY_CLIENT, 3, 0, 10},
                     {CAUSE_CONTRADICTS, CLUE_ONLY_LARGE_LOST, 2, 20, 15},
                     {CAUSE_CONTRADICTS, CLUE_CLIENT_DEAD_IN_THE_END, 0, 0, 10},
                     {CAUSE_CONTRADICTS, CLUE_DEAD_PERIOD, 0, 0, 10}},
        .figures = figures_loss,
    },
    {
        .id = "D24",
        .name = "outage",
        .title = "The path was dead for a while",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 5,
        .meaning = "Connections that had nothing else in common stood still over the same time, "
                   "and went on together: a link or router was away, a firewall was reloaded, the"
                   " host was frozen.",
        .text = "nothing got through between {client.host} and {server.host} for up to {d1}: "
                "{members:connection:connections} of {n0} stood still at the same time, and went "
                "on",
        .cure = "look at what happened in the network at that time: link, routing, failover, "
                "virtual machine migration",
        .check = "logs of switches and routers at that time; on both hosts: dmesg | grep -i link;"
                 " hypervisor events",
        .within = WITHIN_CHECK,
        .explains = "A04 A05 A07 A20 A27 A30 A31 A43 A44",
        .evidence = {{CAUSE_NEEDS, CLUE_DEAD_PERIOD, 0, 0, 0},
                     {CAUSE_NEEDS, CLUE_STALLED, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_STALLED, 2, 10, 15},
                     {CAUSE_EXPECTS, CLUE_DEAD_PERIOD, 0, 0, 8},
                     {CAUSE_CONTRADICTS, CLUE_SLOW_SETUP, 3, 40, 15},
                     {CAUSE_CONTRADICTS, CLUE_ACCEPT_ABORTED, 3, 0, 25},
                     {CAUSE_ALLOWS, CLUE_SYN_DROPPED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_LOST_TO_SERVER, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_LOST_TO_CLIENT, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_ONLY_LARGE_LOST, 2, 0, 10}},
        .figures = figures_stall,
    },
    {
        .id = "D25",
        .name = "mtu_black_hole",
        .title = "Large packets vanish (MTU black hole)",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 3,
        .meaning = "Small segments pass and large ones never arrive, however often they are sent:"
                   " a tunnel or link takes less than the hosts believe, and the ICMP errors that"
                   " say so are dropped.",
        .text = "large packets vanish between {client.host} and {server.host}: "
                "{members:connection:connections} of {n0} repeated them in vain, small ones passed",
        .cure = "let ICMP type 3 code 4 (ICMPv6 type 2) pass; clamp the MSS on the tunnel; "
                "net.ipv4.tcp_mtu_probing=1",
        .check = "ping -M do -s 1472 {server.host} fails, with -s 1000 it works; tracepath "
                 "{server.host}",
        .within = WITHIN_CHECK,
        .explains = "A27 A28 A31 A36 A41 A42 A43 A44 A52",
        .evidence = {{CAUSE_NEEDS_ONE, CLUE_ONLY_LARGE_LOST, 1, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_LARGE_MISSING, 2, 0, 0},
                     {CAUSE_EXPECTS, CLUE_ONLY_LARGE_LOST, 2, 20, 22},
                     {CAUSE_EXPECTS, CLUE_LARGE_MISSING, 2, 20, 8},
                     {CAUSE_ALLOWS, CLUE_CLIENT_IN_VAIN, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_SERVER_IN_VAIN, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_DEAD_IN_THE_END, 0, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_CLIENT_DEAD_IN_THE_END, 0, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_PEER_FORGOT, 2, 20, 25},
                     {CAUSE_CONTRADICTS, CLUE_SLOW_ANSWERS, 0, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_SYNACK_AGAIN, 3, 10, 12},
                     {CAUSE_CONTRADICTS, CLUE_DEAD_PERIOD, 0, 0, 5},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 25}},
    },
    {
        .id = "D26",
        .name = "reordering",
        .title = "Packets overtake each other",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .meaning = "Data arrives a little late, again and again, and is not lost: several links "
                   "or queues carry one connection. Senders may take it for loss and slow down.",
        .text = "packets overtake each other between {client.host} and {server.host}, in "
                "{members:connection:connections} of {n0}",
        .cure = "hash flows, not packets, over links and queues",
        .check = "the bonding mode and ECMP hash of routers on the path; on the host: RPS and the"
                 " queues of the card",
        .explains = "A20",
        .evidence = {{CAUSE_NEEDS, CLUE_REORDERED, 2, 0, 0},
                     {CAUSE_EXPECTS, CLUE_REORDERED, 2, 10, 8}},
    },
    {
        .id = "D27",
        .name = "syns_limited",
        .title = "SYNs are dropped, and nothing else",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER},
        .meaning = "Many SYNs need a second try while data on connections that are open is not "
                   "lost, and answers come at once: a limit of the rate, a full SYN queue without"
                   " cookies, or a full connection table in between.",
        .text = "SYNs to {server} are dropped, and nothing else: {members:connection:connections}"
                " of {n0} needed a second SYN or more",
        .cure = "raise the limit (iptables hashlimit, synproxy, load balancer), nf_conntrack_max,"
                " or tcp_max_syn_backlog",
        .check = "on each firewall: nft list ruleset | grep limit; conntrack -S (drop, "
                 "early_drop); on the server: nstat -az TcpExtTCPReqQFullDrop",
        .explains = "A01 A04 A08",
        .evidence = {{CAUSE_NEEDS, CLUE_SYN_DROPPED, 4, 12, 0},
                     {CAUSE_NEEDS, CLUE_SYNS_LOST_ONLY, 0, 0, 0},
                     {CAUSE_EXCLUDES, CLUE_WITHIN, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_SYN_DROPPED, 5, 20, 14},
                     {CAUSE_EXPECTS, CLUE_QUICK_ANSWERS, 0, 0, 8},
                     {CAUSE_ALLOWS, CLUE_UNANSWERED, 0, 0, 0},
                     {CAUSE_EXCLUDES, CLUE_NEVER_ANSWERS, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_MANY_SOURCES, 0, 0, 25},
                     {CAUSE_CONTRADICTS, CLUE_SLOW_ANSWERS, 0, 0, 25},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 25},
                     {CAUSE_CONTRADICTS, CLUE_DATA_LOST, 0, 0, 12},
                     {CAUSE_CONTRADICTS, CLUE_DEAD_PERIOD, 0, 0, 15}},
    },
    {
        .id = "D28",
        .name = "slow_network",
        .title = "The network is slow",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 2,
        .meaning = "A round trip takes 300 ms and more although nothing is lost: a long way "
                   "(satellite, VPN around the world), or a full queue.",
        .text = "the network between {client.host} and {server.host} is slow: the median "
                "handshake took {d1}, in {members:connection:connections} of {n0}",
        .cure = "a shorter way, fewer round trips (keep-alive, TLS 1.3), smaller buffers where a "
                "queue is full",
        .check = "mtr -n {server.host}: where the time begins to be long",
        .within = WITHIN_CHECK,
        .explains = "A20",
        .evidence = {{CAUSE_NEEDS, CLUE_SLOW_SETUP, 3, 50, 0},
                     {CAUSE_EXPECTS, CLUE_SLOW_SETUP, 3, 60, 12}},
        .figures = figures_setup,
    },
    {
        .id = "D29",
        .name = "idle_cut",
        .title = "Idle connections are cut off",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 8,
        .meaning = "What comes after a long silence gets no answer, or a RST, and shorter "
                   "silences are survived: a firewall, NAT or load balancer forgets idle "
                   "connections.",
        .text = "connections between {client.host} and {server.host} are dead after {d1} of "
                "silence ({d2} was survived): {members:connection:connections} of {n0}",
        .cure = "keep-alives more often than that (TCP_KEEPIDLE), or a longer time-out in the "
                "middle; close idle connections before",
        .check = "the idle time-out of each firewall, NAT and load balancer on the path; on the "
                 "client: ss -tno (timer:keepalive)",
        .explains = "A27 A28 A30 A31 A35 A36 A37 A38 A39 A43 A52",
        .evidence = {{CAUSE_NEEDS, CLUE_IDLE_THEN_DEAD, 2, 0, 0},
                     {CAUSE_EXPECTS, CLUE_IDLE_LIMIT, 0, 0, 20},
                     {CAUSE_EXPECTS, CLUE_IDLE_SURVIVED, 1, 0, 4},
                     {CAUSE_ALLOWS, CLUE_CLIENT_IN_VAIN, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_DEAD_PERIOD, 0, 0, 8}},
        .figures = figures_idle_limit,
    },
    {
        .id = "D30",
        .name = "reset_injected",
        .title = "Somebody in between resets connections",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 5,
        .meaning = "RSTs come with a time to live that is not that of the end which they pretend "
                   "to be from, or that end goes on as if it had not sent them: a firewall, an "
                   "intrusion prevention system, a proxy.",
        .text = "somebody in between resets connections to {server}: "
                "{members:connection:connections} of {n0} got a RST that its end did not send",
        .cure = "find the rule that resets: firewall, intrusion prevention, web filter, load "
                "balancer",
        .check = "capture at both ends: the RST is on one side only, or on both at once; the log "
                 "of each middle box at that time",
        .explains = "A02 A27 A28 A33 A35 A36 A37 A38 A39 A50",
        .evidence = {{CAUSE_NEEDS_ONE, CLUE_RESET_FOREIGN, 2, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_RESET_INJECTED, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_RESET_INJECTED, 1, 20, 10},
                     {CAUSE_EXPECTS, CLUE_RESET_FOREIGN, 3, 20, 18},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_SERVER, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_CLIENT, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_IDLE_LIMIT, 0, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_IDLE_THEN_DEAD, 1, 40, 15},
                     {CAUSE_CONTRADICTS, CLUE_CAPTURED_TWICE, 1, 10, 20}},
    },
    {
        .id = "D31",
        .name = "fast_open_blackhole",
        .title = "TCP Fast Open does not get through",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER, TUPLE_SERVER_HOST},
        .prior = 10,
        .meaning = "SYNs with data get no answer and the same without data do: a middle box drops"
                   " them, and each connection waits a second.",
        .text = "SYNs with data do not reach {server}: {members:connection:connections} of {n0} "
                "had to try without",
        .cure = "switch Fast Open off at the client (net.ipv4.tcp_fastopen), or find the box that"
                " drops such SYNs",
        .check = "on the client: nstat -az TcpExtTCPFastOpenActiveFail TcpExtTCPFastOpenBlackhole",
        .explains = "A04 A18",
        .evidence = {{CAUSE_NEEDS, CLUE_FAST_OPEN_LOST, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_FAST_OPEN_LOST, 2, 20, 20}},
    },
    {
        .id = "D32",
        .name = "nat_time_stamps",
        .title = "Several hosts behind one NAT: time stamps go back",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER, TUPLE_SERVER_HOST, TUPLE_HOSTS},
        .prior = 10,
        .meaning = "A listener answers some SYNs of an address and ignores others, whose time "
                   "stamps are behind those that it accepted from that address: several hosts "
                   "share it behind a NAT, and the server takes their SYNs for old duplicates "
                   "(PAWS by host: net.ipv4.tcp_tw_recycle of Linux before 4.12).",
        .text = "{server} refuses clients that share an address behind a NAT by their time stamps: "
                "{members:connection:connections} of {n0} got no answer",
        .cure = "switch net.ipv4.tcp_tw_recycle off at the server (it is gone since Linux 4.12); "
                "or time stamps off behind the NAT",
        .check = "on the server: sysctl net.ipv4.tcp_tw_recycle; nstat -az TcpExtPAWSPassive; "
                 "compare tcp.options.timestamp.tsval of SYNs that were answered and others",
        .explains = "A01 A04 A08 A55",
        .evidence = {{CAUSE_NEEDS, CLUE_STAMP_BEHIND, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_STAMP_BEHIND, 2, 0, 20},
                     {CAUSE_ALLOWS, CLUE_UNANSWERED, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_SYN_DROPPED, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20}},
    },
    {
        .id = "D33",
        .name = "answer_past_nat",
        .title = "Answers by-pass the address translation",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_CLIENT_HOST},
        .prior = 12,
        .meaning = "SYNs to a service address are translated to the host behind it, and its "
                   "SYN-ACKs reach the client from its own address, which the client did not ask: "
                   "it resets them. The way back does not go through the translator.",
        .text = "answers reach {client.host} from an address that it did not ask: they by-pass the "
                "address translation, in {members:connection:connections} of {n0}",
        .cure = "translate the source, too (hairpin or masquerade), or lead the way back through "
                "the translator",
        .check = "on the translator: conntrack -L; conntrack -S (invalid); on the server: ip route "
                 "get {client.host}",
        .explains = "A01 A13 A15 A37 A62 Q10",
        .evidence = {{CAUSE_NEEDS, CLUE_PAST_NAT, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_PAST_NAT, 2, 0, 15},
                     {CAUSE_ALLOWS, CLUE_TRANSLATED, 0, 0, 0}},
    },
    {
        .id = "D34",
        .name = "answer_taken_back",
        .title = "The server answers and then resets",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_SERVER,
        .scopes = {TUPLE_LISTENER},
        .prior = 3,
        .meaning = "A SYN-ACK is followed by a RST before the client could connect: the listener "
                   "was closed in that moment, a TCP that takes the repeated SYN for a new one, or "
                   "a device in front of the server.",
        .text = "{server} answers SYNs and resets before the third ACK: "
                "{members:connection:connections} of {n0}",
        .cure = "see whether the service was stopped then; else mend the TCP of that device, or "
                "the load balancer in front of it",
        .check = "ss -lnt 'sport = :{server.port}' and the log of the service at that time; time "
                 "to live and options of SYN-ACK and RST: are they of one host?",
        .explains = "A02 A04 A57",
        .evidence = {{CAUSE_NEEDS, CLUE_TAKEN_BACK, 1, 0, 0},
                     {CAUSE_EXPECTS, CLUE_TAKEN_BACK, 3, 0, 8},
                     {CAUSE_CONTRADICTS, CLUE_RESET_FOREIGN, 1, 0, 10}},
    },
    {
        .id = "D39",
        .name = "answers_by_turns",
        .title = "One address, two answers",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER},
        .prior = 6,
        .meaning =
            "The same address and port takes connections, refuses them, and takes them again, "
            "more than once: two hosts have the address, or behind a load balancer is one "
            "where nothing listens.",
        .text = "{server} answers and refuses by turns: {members:connection:connections} of {n0} "
                "refused, or cut off",
        .cure =
            "find the second host with that address; take the dead one out of the load balancer",
        .check =
            "arping {server.host}: do two hardware addresses answer?; the load balancer's list "
            "of servers; does the service restart again and again?",
        .explains = "A02 A13 A27 A36 A37 A38",
        .evidence = {{CAUSE_NEEDS, CLUE_REFUSED, 2, 0, 0},
                     {CAUSE_NEEDS, CLUE_BY_TURNS, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_BY_TURNS, 0, 0, 20},
                     {CAUSE_ALLOWS, CLUE_PEER_FORGOT, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_RESET_BY_SERVER, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_RESET_FOREIGN, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_ICMP_REJECTED, 1, 10, 20},
                     {CAUSE_CONTRADICTS, CLUE_PORT_SCANNED, 1, 50, 30},
                     {CAUSE_CONTRADICTS, CLUE_HOST_SCANNED, 1, 50, 30}},
    },
    {
        .id = "D35",
        .name = "state_lost",
        .title = "A firewall or NAT has lost its table",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 5,
        .meaning = "Connections that were open at one moment get no answer any more, all of them, "
                   "and those that began later are well: something on the way that must know each "
                   "connection was restarted, failed over to another, or had its table flushed.",
        .text = "what was open between {client.host} and {server.host} died at one moment, and "
                "what began later is well: {members:connection:connections} of {n0}",
        .cure = "let the pair of firewalls share its state (conntrackd, session synchronisation); "
                "let applications try again",
        .check = "the log of each firewall, NAT and load balancer at that time: restart, failover, "
                 "flush (conntrack -F)",
        .explains = "A27 A28 A30 A31 A33 A41 A43 A44 A52 A58",
        .evidence = {{CAUSE_NEEDS, CLUE_STATE_LOST, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_STATE_LOST, 0, 0, 20},
                     {CAUSE_NEEDS_ONE, CLUE_CLIENT_IN_VAIN, 1, 0, 0},
                     {CAUSE_NEEDS_ONE, CLUE_SERVER_IN_VAIN, 1, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_ONLY_LARGE_LOST, 2, 20, 20},
                     {CAUSE_CONTRADICTS, CLUE_IDLE_LIMIT, 0, 0, 15},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20}},
    },
    {
        .id = "D36",
        .name = "answers_dropped",
        .title = "SYN-ACKs do not reach the client",
        .severity = ANOMALY_ERROR,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_CLIENT_HOST, TUPLE_LISTENER},
        .prior = 5,
        .meaning = "SYNs arrive and are answered, and the client sends them again as if they were "
                   "not: the way back leads elsewhere, or a firewall there drops what it has not "
                   "seen the SYN of.",
        .text = "SYN-ACKs of {server} do not reach {client.host}: {members:connection:connections} "
                "of {n0} asked again, and never connected",
        .cure = "let both directions take the same way, or switch the stateful check off there; "
                "mend the route back to {client.host}",
        .check = "on the server: ip route get {client.host}; tcpdump on the client: does the "
                 "SYN-ACK arrive?",
        .explains = "A01 A04 A05 A12",
        .evidence = {{CAUSE_NEEDS, CLUE_ANSWER_LOST, 2, 20, 0},
                     {CAUSE_EXPECTS, CLUE_ANSWER_LOST, 2, 50, 14},
                     {CAUSE_ALLOWS, CLUE_HALF_OPEN, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_MANY_SOURCES, 0, 0, 15},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ACCEPTED, 3, 0, 20},
                     {CAUSE_CONTRADICTS, CLUE_DATA_LOST, 0, 0, 6}},
    },
    {
        .id = "D37",
        .name = "options_stripped",
        .title = "Something removes TCP options",
        .severity = ANOMALY_WARNING,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_LISTENER},
        .prior = 2,
        .meaning = "A listener grants window scaling, SACK or time stamps to some clients and not "
                   "to others that offer them: a firewall or normaliser on the way of those "
                   "removes them. Long paths are slow without, and loss is mended slowly.",
        .text = "something on the way to {server} removes TCP options: "
                "{members:connection:connections} of {n0} got less than they offered",
        .cure = "let the firewall pass the options of SYNs (window scaling, SACK, time stamps)",
        .check = "capture at both ends and compare the SYNs: tcpstory diff",
        .explains = "A19 A20",
        .evidence = {{CAUSE_NEEDS, CLUE_OPTIONS_LOST, 2, 0, 0},
                     {CAUSE_EXPECTS, CLUE_OPTIONS_LOST, 2, 10, 10}},
    },
    {
        .id = "D38",
        .name = "duplication",
        .title = "Packets are doubled on the way",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_NETWORK,
        .scopes = {TUPLE_HOSTS, TUPLE_SERVER_HOST, TUPLE_CLIENT_HOST},
        .prior = 1,
        .meaning = "Some packets come twice, or their receivers report data twice that was sent "
                   "once, and it is not every packet as with a mirror port: a loop in the "
                   "switches, a bond in broadcast mode, radio that repeats.",
        .text = "packets are doubled between {client.host} and {server.host}, in "
                "{members:connection:connections} of {n0}",
        .cure = "look for loops (spanning tree) and for bonds that send on all links",
        .check = "nstat -az TcpExtTCPDSACKRecv on the sender; the counters of both links of a "
                 "bond; capture at the sender: are they sent once?",
        .explains = "Q4 A20 A58",
        .evidence = {{CAUSE_NEEDS, CLUE_DOUBLED_ON_WAY, 2, 20, 0},
                     {CAUSE_EXCLUDES, CLUE_WITHIN, 0, 0, 0},
                     {CAUSE_EXPECTS, CLUE_DOUBLED_ON_WAY, 3, 30, 12},
                     {CAUSE_ALLOWS, CLUE_REORDERED, 0, 0, 0},
                     {CAUSE_CONTRADICTS, CLUE_CAPTURED_TWICE, 2, 40, 20},
                     {CAUSE_CONTRADICTS, CLUE_NOT_ALL_CAPTURED, 2, 20, 15}},
    },
    {.id = NULL},
};
