/* packet.h - a packet as fields of tshark, and how it is fed to the engine.
 *
 * tshark prints the same fields as columns (-T fields), as JSON (-T json) or as JSON for
 * Elasticsearch (-T ek). Each reader collects their values; everything else is here, so the story
 * is the same from each, and the same as from the plugin, which reads the headers themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_H
#define PACKET_H

#include "reader_engine.h"

/* What we do without a column: it must be there, or the result may be less exact. */
enum packet_need { PACKET_USEFUL, PACKET_NEEDED };

/* X(name, field of tshark, need). One of ip.src and ipv6.src must be there too, with its dst. */
// clang-format off
#define PACKET_COLUMN_LIST(X)                              \
    X(FRAME,     "frame.number",           PACKET_NEEDED)  \
    X(TIME,      "frame.time_epoch",       PACKET_NEEDED)  \
    X(FRAME_LEN, "frame.len",              PACKET_USEFUL)  \
    X(CAP_LEN,   "frame.cap_len",          PACKET_USEFUL)  \
    X(PROTOCOLS, "frame.protocols",        PACKET_USEFUL)  \
    X(IP_SRC,    "ip.src",                 PACKET_USEFUL)  \
    X(IP_DST,    "ip.dst",                 PACKET_USEFUL)  \
    X(IP_LEN,    "ip.len",                 PACKET_USEFUL)  \
    X(IP_TTL,    "ip.ttl",                 PACKET_USEFUL)  \
    X(IP_ID,     "ip.id",                  PACKET_USEFUL)  \
    X(IPV6_SRC,  "ipv6.src",               PACKET_USEFUL)  \
    X(IPV6_DST,  "ipv6.dst",               PACKET_USEFUL)  \
    X(IPV6_PLEN, "ipv6.plen",              PACKET_USEFUL)  \
    X(IPV6_HLIM, "ipv6.hlim",              PACKET_USEFUL)  \
    X(SRCPORT,   "tcp.srcport",            PACKET_NEEDED)  \
    X(DSTPORT,   "tcp.dstport",            PACKET_NEEDED)  \
    X(SEQ_RAW,   "tcp.seq_raw",            PACKET_NEEDED)  \
    X(ACK_RAW,   "tcp.ack_raw",            PACKET_NEEDED)  \
    X(HDR_LEN,   "tcp.hdr_len",            PACKET_USEFUL)  \
    X(FLAGS,     "tcp.flags",              PACKET_NEEDED)  \
    X(WINDOW,    "tcp.window_size_value",  PACKET_NEEDED)  \
    X(LEN,       "tcp.len",                PACKET_NEEDED)  \
    X(OPTIONS,   "tcp.options",            PACKET_USEFUL)  \
    X(SEQ,       "tcp.seq",                PACKET_USEFUL) /* raw where ICMP quotes */ \
    X(ICMP_TYPE, "icmp.type",              PACKET_USEFUL)  \
    X(ICMP_CODE, "icmp.code",              PACKET_USEFUL)  \
    X(ICMPV6_TYPE, "icmpv6.type",          PACKET_USEFUL)  \
    X(ICMPV6_CODE, "icmpv6.code",          PACKET_USEFUL)  \
    X(ICMP_MTU,  "icmp.mtu",               PACKET_USEFUL)  \
    X(ICMPV6_MTU, "icmpv6.mtu",            PACKET_USEFUL)
// clang-format on

enum packet_column {
#define X(name, field, need) PACKET_##name,
    PACKET_COLUMN_LIST(X)
#undef X
        PACKET_N_COLUMNS
};

/* How often a field may occur in a packet; what comes after that is not looked at. */
#define PACKET_MAX_VALUES 16

/* The values of a packet's fields, in the order of its layers. The texts are the reader's. */
struct packet {
    const char *value[PACKET_N_COLUMNS][PACKET_MAX_VALUES];
    unsigned n[PACKET_N_COLUMNS];
};

/* Adds a value; NULL, "" and "<MISSING>" (so tshark says that bytes were not captured) are none. */
void packet_add(struct packet *packet, enum packet_column column, const char *value);

/* The column of a field as tshark writes it in a header row and in JSON ("tcp.len"), with -T ek -e
 * ("tcp_len") and with -T ek ("tcp_tcp_len"); PACKET_N_COLUMNS when it is none of ours. */
enum packet_column packet_column(const char *field);

/* Checks which columns there are. Fails with EXIT_INPUT when some that are needed are missing; the
 * message has the whole command for tshark. Warns the story of those that are useful. */
bool packet_check_columns(const bool have[PACKET_N_COLUMNS], struct story *story, GError **error);

/* Feeds the next packet. Returns false and sets error (EXIT_INPUT) when a value is not what tshark
 * writes. */
bool packet_feed_add(struct reader_engine *feed, const struct packet *packet, GError **error);

#endif
