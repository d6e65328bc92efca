/* glossary.c - states and steps in plain words; see glossary.h. Sources: RFC 9293 3.3.2, 3.5, 3.6;
 * timers as Linux has them (docs/user/inference.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "glossary.h"

#include <stddef.h>

const struct term glossary_states[] = {
    {"UNKNOWN",
     "The start of the connection was not captured, and no segment of this end has shown yet "
     "where it is.",
     "Until its first segment that says more, at the latest until its FIN.",
     {"start the capture before the connection opens"}},
    {"CLOSED",
     "There is no connection, and no socket for one: before it, after it, or because nothing "
     "listens on the port.",
     "No limit. A SYN to it is answered by RST: connection refused.",
     {"ss -lnt 'sport = :PORT'"}},
    {"LISTEN",
     "A server's socket waits for SYNs: bind() and listen() were called. Of a server that has "
     "not answered yet it is assumed.",
     "As long as the service runs.",
     {"ss -lnt 'sport = :PORT' (Recv-Q = waiting for accept(), Send-Q = backlog)"}},
    {"SYN_SENT",
     "connect() was called: the SYN is sent, the SYN-ACK has not come.",
     "One round trip. Longer: the SYN or its answer is lost, a firewall drops it, the host does "
     "not exist, or the listener's queue is full. Many at one host: a scan, a worm, or a server "
     "that is down. Linux gives up after about two minutes (tcp_syn_retries): ETIMEDOUT.",
     {"ss -tn state syn-sent", "ping SERVER; tcptraceroute SERVER PORT",
      "tcpstory explain syn_unanswered"}},
    {"SYN_RCVD",
     "The SYN came and the SYN-ACK is sent; the third segment of the handshake has not arrived. "
     "ss and netstat call it SYN_RECV.",
     "One round trip. Longer: the client is gone or its address is forged, or the accept queue "
     "is full and the ACK was dropped. Many at one listener: a SYN flood.",
     {"ss -tn state syn-recv | wc -l", "nstat -az TcpExtListenOverflows TcpExtListenDrops",
      "tcpstory explain syn_flood"}},
    {"ESTABLISHED",
     "The handshake is done: data may flow both ways. On a server that is so before accept() "
     "takes the connection.",
     "As long as the applications like. It says nothing of the other end: that may have "
     "vanished, and without keep-alives nobody notices.",
     {"ss -tnoi state established (timer, lastsnd, lastrcv)"}},
    {"FIN_WAIT_1",
     "This end closed first: its FIN is sent and not acknowledged.",
     "One round trip. Longer: the other end is gone, the path is broken, or its window is "
     "closed as its application does not read. Many at once: a server was stopped while its "
     "clients were away.",
     {"ss -tno state fin-wait-1", "sysctl net.ipv4.tcp_orphan_retries"}},
    {"FIN_WAIT_2",
     "This end closed first, and its FIN is acknowledged; the other end has not closed. Data "
     "may still come from there.",
     "Until the other end closes. After close() Linux forgets it after 60 s (tcp_fin_timeout), "
     "and then answers with RST; after shutdown(SHUT_WR) it lasts. The other end is in "
     "CLOSE_WAIT: look there.",
     {"ss -tno state fin-wait-2", "sysctl net.ipv4.tcp_fin_timeout"}},
    {"CLOSE_WAIT",
     "The other end has closed, this end's application has not: read() returned 0, and close() "
     "was not called.",
     "As long as the application takes. No timer ends it. Many that stay: close() is missing in "
     "the application at this end; it runs out of descriptors.",
     {"ss -tnp state close-wait", "lsof -p PID | grep CLOSE_WAIT",
      "tcpstory explain close_wait_leak"}},
    {"CLOSING",
     "Both ends closed at the same time: FINs crossed, this end's is not acknowledged yet.",
     "One round trip, and it is rare.",
     {"ss -tno state closing"}},
    {"LAST_ACK",
     "The other end closed first, now this end too: its FIN waits for the last ACK.",
     "One round trip. Longer: the other host is gone or filters. Many at once: a load tester was "
     "stopped.",
     {"ss -tno state last-ack"}},
    {"TIME_WAIT",
     "Both ends have closed, this one first. It keeps the port pair so that late segments do "
     "no harm, and answers a repeated FIN.",
     "60 s on Linux (2MSL). It costs little; but the same port pair cannot be used again "
     "meanwhile, which limits a client to some 470 connections per second to one listener.",
     {"ss -tn state time-wait | wc -l",
      "sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse"}},
    {NULL, NULL, NULL, {NULL}},
};

const struct term glossary_steps[] = {
    {"open 1/3",
     "The client's SYN: connect() was called. The client is in SYN_SENT.",
     "It is repeated after about a second, then ever more slowly, until something answers.",
     {NULL}},
    {"open 2/3",
     "The server's SYN-ACK: a socket listens. The server is in SYN_RCVD; when the segment "
     "arrives, connect() returns and the client is ESTABLISHED.",
     "It is repeated while no ACK comes.",
     {NULL}},
    {"open 3/3",
     "The client's ACK: when it arrives the server is ESTABLISHED, and the connection waits for "
     "accept().",
     "When it is lost, or the accept queue is full, the SYN-ACK is repeated.",
     {NULL}},
    {"close 1/4",
     "The first FIN: that end called close() or shutdown(SHUT_WR), or its process ended. It is "
     "in FIN_WAIT_1.",
     "Whoever sends it first pays with TIME_WAIT.",
     {NULL}},
    {"close 2/4",
     "The ACK of the first FIN. Its sender is in CLOSE_WAIT: its application reads end of file. "
     "The end that closed is in FIN_WAIT_2.",
     "Often it comes together with the next step: close 2+3/4.",
     {NULL}},
    {"close 3/4",
     "The second FIN: the other end has closed, too. It is in LAST_ACK.",
     "The time between steps 2 and 3 is the application's: long is a half-close or a leak.",
     {NULL}},
    {"close 4/4",
     "The ACK of the second FIN. Its sender is in TIME_WAIT, the other end is CLOSED when it "
     "arrives.",
     "When it is lost, the FIN is repeated and answered out of TIME_WAIT.",
     {NULL}},
    {NULL, NULL, NULL, {NULL}},
};

const struct term glossary_segments[] = {
    {"SYN",
     "Opens a connection, and tells the number from which the sender counts its data (RFC 9293 "
     "3.5). connect() sends it.",
     "Answered within a round trip by SYN-ACK, or by RST: refused. Repeated after 1 s, 3 s, 7 s: "
     "nothing answers.",
     {"tcpstory explain SYN_SENT unanswered"}},
    {"SYN-ACK",
     "A listener's answer to a SYN: the second segment of the handshake.",
     "Acknowledged within a round trip. Repeated: the ACK was lost, or the accept queue is full.",
     {"tcpstory explain SYN_RCVD"}},
    {"FIN",
     "The sender has no more data: its application has called close() or shutdown(SHUT_WR), or "
     "has ended. The other direction stays open (RFC 9293 3.6).",
     "Acknowledged within a round trip. Repeated: the other end is gone, or the path broken.",
     {"tcpstory explain FIN_WAIT_1 CLOSE_WAIT"}},
    {"RST",
     "Ends a connection at once, and what was on its way is lost (RFC 9293 3.10.7). Sent when "
     "nothing listens on a port (refused), when a segment comes for a connection that is gone, "
     "when close() is called with data unread, or SO_LINGER is 0; and by firewalls in "
     "another's name.",
     "There is no answer to it. Its place tells which it was: after a SYN, after a FIN, in the "
     "middle of data.",
     {"tcpstory anomalies CAPTURE", "tcpstory explain refused reset_by_client"}},
    {0},
};
