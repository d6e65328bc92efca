/* causes_capture.c - causes in the way the capture was made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause_figures.h"

const struct cause causes_capture[] = {
    {
        .id = "D80",
        .name = "one_way_capture",
        .title = "Captured in one direction only",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_CAPTURE,
        .scopes = {CAUSE_OF_CAPTURE},
        .quality = true,
        .prior = 10,
        .meaning = "Of most connections only one direction was captured: an asymmetric route, a "
                   "mirror port of one direction, a filter.",
        .text = "one direction only was captured, of {members:connection:connections} of {n0}: "
                "what the other end did is presumed",
        .cure = "capture at a host, or mirror both directions",
        .check = "capinfos and the filter of the capture; the routes in both directions",
        .explains = "Q2 Q3 A01 A04 A05 A25 A31",
        .evidence = {{CAUSE_NEEDS, CLUE_ONE_WAY, 1, 30, 0},
                     {CAUSE_EXPECTS, CLUE_ONE_WAY, 2, 80, 20}},
    },
    {
        .id = "D81",
        .name = "capture_drops",
        .title = "The capture lacks packets",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_CAPTURE,
        .scopes = {CAUSE_OF_CAPTURE},
        .quality = true,
        .prior = 5,
        .meaning = "Ends acknowledge data that was not captured: the capturing host or the mirror"
                   " port could not keep up. Losses and stalls may be the capture's own.",
        .text = "the capture lacks packets, in {members:connection:connections} of {n0}: losses "
                "may be its own",
        .cure = "a larger buffer (tcpdump -B), a shorter snap length, a faster disk",
        .check = "what tcpdump says at its end: packets dropped by kernel",
        .explains = "Q3 A04 A05 A20 A31 A43 A44",
        .evidence = {{CAUSE_NEEDS, CLUE_NOT_ALL_CAPTURED, 2, 10, 0},
                     {CAUSE_EXPECTS, CLUE_NOT_ALL_CAPTURED, 3, 30, 15},
                     {CAUSE_ALLOWS, CLUE_LOST_TO_CLIENT, 0, 0, 0},
                     {CAUSE_ALLOWS, CLUE_LOST_TO_SERVER, 0, 0, 0}},
    },
    {
        .id = "D82",
        .name = "captured_twice",
        .title = "Packets are captured twice",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_CAPTURE,
        .scopes = {CAUSE_OF_CAPTURE},
        .quality = true,
        .prior = 10,
        .meaning = "The same packets are in the capture twice: a mirror port of two interfaces, "
                   "or a capture on any interface. Repeats are not retransmissions.",
        .text = "packets are captured twice, in {members:connection:connections} of {n0}",
        .cure = "mirror one interface, capture on one (tcpdump -i eth0 instead of any), or choose "
                "one (frame.interface_id, sll.ifindex); editcap -d removes copies that are the "
                "same to the last byte, link header and time to live included",
        .check = "editcap -d trouble.pcap deduplicated.pcap: how many frames it removes",
        .explains = "Q4 A37",
        .evidence = {{CAUSE_NEEDS, CLUE_CAPTURED_TWICE, 1, 30, 0},
                     {CAUSE_EXPECTS, CLUE_CAPTURED_TWICE, 2, 60, 20},
                     {CAUSE_CONTRADICTS, CLUE_DOUBLED_ON_WAY, 2, 40, 20}},
    },
    {
        .id = "D83",
        .name = "late_start",
        .title = "The capture began late",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_CAPTURE,
        .scopes = {CAUSE_OF_CAPTURE},
        .quality = true,
        .meaning = "Connections were open when the capture began: who opened them, and their "
                   "options, are guesses.",
        .text = "the capture began in the middle of {members:connection:connections} of {n0}",
        .cure = "begin the capture before the trouble",
        .check = "whether a longer capture exists",
        .explains = "Q1 Q8",
        .evidence = {{CAUSE_NEEDS, CLUE_BEGUN_BEFORE, 2, 20, 0},
                     {CAUSE_EXCLUDES, CLUE_PROBED, 1, 20, 0},
                     {CAUSE_EXPECTS, CLUE_BEGUN_BEFORE, 2, 50, 10}},
    },
    {
        .id = "D84",
        .name = "offload",
        .title = "Segments are joined in the capture",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_CAPTURE,
        .scopes = {CAUSE_OF_CAPTURE},
        .meaning = "Segments are longer than the maximum that both ends agreed on: the network "
                   "card of the capturing host joins what arrives (GRO, LRO) or cuts what is sent "
                   "(TSO, GSO) on the other side of the capture. Counts of segments, and single "
                   "losses within such a segment, are not those of the network.",
        .text = "segments are joined in the capture (offload), in {members:connection:connections} "
                "of {n0}",
        .cure = "none needed; to see packets as they are on the wire: ethtool -K eth0 gro off lro "
                "off tso off gso off",
        .check = "ethtool -k eth0 on the capturing host",
        .explains = "none",
        .evidence = {{CAUSE_NEEDS, CLUE_JOINED, 1, 10, 0}, {CAUSE_EXPECTS, CLUE_JOINED, 2, 20, 6}},
    },
    {
        .id = "D85",
        .name = "both_sides_of_nat",
        .title = "Connections are seen on both sides of a NAT",
        .severity = ANOMALY_INFO,
        .fault = ANOMALY_OF_CAPTURE,
        .scopes = {CAUSE_OF_CAPTURE},
        .quality = true,
        .prior = 10,
        .meaning =
            "Connections are in the capture before and after their addresses were "
            "translated, as on \"any\" of a host with containers. Each is counted twice, and "
            "so are its bytes; the half that tells more is judged.",
        .text = "{n1:connection is:connections are} in the capture twice, before and after address "
                "translation: {members:stream:streams} of {n0}",
        .cure = "capture on one side of the translator: tcpdump -i eth0 instead of any",
        .check = "tcpstory anomalies: Q10 names the pairs; conntrack -L on the translator",
        .explains = "Q10",
        .evidence = {{CAUSE_NEEDS, CLUE_TRANSLATED, 2, 20, 0},
                     {CAUSE_EXPECTS, CLUE_TRANSLATED, 2, 50, 15},
                     {CAUSE_CONTRADICTS, CLUE_PAST_NAT, 2, 20, 30}},
        .figures = figures_pairs,
    },
    {.id = NULL},
};
