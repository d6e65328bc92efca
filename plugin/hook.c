/* hook.c - stands between IP and TCP: notes the raw header, then lets the old dissector go on.
 *
 * Rules, each found by measurement (docs/develop/architecture.md):
 * - A stand-in belongs to a helper protocol (PINO) of the one it stands in for, so it adds no layer
 *   and is switched on and off with it.
 * - It goes on with the handle that was in the table, whatever that is.
 * - It does nothing after that call: dissectors of payload throw.
 * - It never asks whether there is a tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hook.h"

#include <epan/packet.h>

/* Needs the types of packet.h in 4.0. */
#include <epan/dissectors/packet-ip.h>
#include <epan/ipproto.h>

#include "asked.h"
#include "capture.h"
#include "fields.h"
#include "items.h"
#include "replay.h"
#include "tsm_checksum.h"
#include "tsm_header.h"

/* The least of an IP header (RFC 791 3.1, RFC 8200 3). */
#define IP4_HEADER 20
#define IP6_HEADER 40
#define IP6_NEXT 6 /* where the number of what follows is */

/* The error whose quote is being dissected, and the address of who sent it. Set by each ICMP header
 * before what it quotes is reached. */
static struct tsm_icmp_error quoting;
static uint8_t quoting_host[16];
static uint32_t quoting_frame; /* the frame that it is in */

/* The protocols that make a tunnel when there are several in a frame. */
static int proto_ip = -1, proto_ipv6 = -1;

/* --- reading ---------------------------------------------------------------------------------- */

bool hook_has_time(const packet_info *pinfo)
{
    return (pinfo->presence_flags & PINFO_HAS_TS) != 0;
}

int64_t hook_time_ns(const packet_info *pinfo)
{
    int64_t seconds = (int64_t)pinfo->abs_ts.secs;

    seconds = MAX(-TSM_MAX_TIME_S, MIN(TSM_MAX_TIME_S, seconds));
    return seconds * 1000000000 + pinfo->abs_ts.nsecs;
}

/* Reads the addresses, if they are IP's. */
static void read_addresses(struct tsm_tuple *tuple, const packet_info *pinfo)
{
    unsigned len = pinfo->src.type == AT_IPv4 ? 4 : 16;

    if (pinfo->src.type != pinfo->dst.type ||
        (pinfo->src.type != AT_IPv4 && pinfo->src.type != AT_IPv6)) {
        return;
    }
    memcpy(tuple->src, pinfo->src.data, len);
    memcpy(tuple->dst, pinfo->dst.data, len);
    tuple->addr_len = (uint8_t)len;
}

/* Reads what the IP header tells; `data` is what IP hands to the protocols above it. A segment may
 * be longer than its header says: put together from fragments. */
static void read_ip(struct tsm_header *header, void *data)
{
    const ws_ip4 *ip4 = WS_IP4_PTR(data);
    const ws_ip6 *ip6 = WS_IP6_PTR(data);

    if (ip4) {
        header->ip_bytes = MAX(ip4->ip_len, header->length + IP4_HEADER);
        header->ip_id = ip4->ip_id;
        header->ttl = ip4->ip_ttl;
    } else if (ip6) {
        header->ip_bytes = MAX(ip6->ip6_len, header->length) + IP6_HEADER;
        header->ttl = ip6->ip6_hop;
    }
}

/* IP headers of the frame so far: the segment's own, and those of tunnels around it. */
static unsigned count_ip_headers(const packet_info *pinfo)
{
    unsigned n = 0;

    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer != NULL;
         layer = wmem_list_frame_next(layer)) {
        const int proto = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        n += proto == proto_ip || proto == proto_ipv6;
    }
    return n;
}

/* The IP header right before the segment; NULL when it has options or extension headers, or when
 * the segment was put together from fragments. */
static const uint8_t *plain_ip_header(tvbuff_t *tvb, size_t addr_len)
{
    tvbuff_t *frame = tvb_get_ds_tvb(tvb);
    const int size = addr_len == 4 ? IP4_HEADER : IP6_HEADER;
    const int at = tvb_raw_offset(tvb) - size;

    if (at < 0 || !tvb_bytes_exist(frame, at, size)) {
        return NULL;
    }
    const uint8_t *header = tvb_get_ptr(frame, at, size);
    const bool plain =
        addr_len == 4 ? header[0] == 0x45 : header[0] >> 4 == 6 && header[IP6_NEXT] == IP_PROTO_TCP;
    return plain ? header : NULL;
}

/* A frame that is shorter than its IP header says: its tail was cut off before it came to the
 * capture, which does not tell. Some taps take the last 4 bytes for Ethernet's checksum. */
static void restore_length(struct tsm_header *header, tvbuff_t *tvb, void *data)
{
    const ws_ip4 *ip4 = WS_IP4_PTR(data);
    const size_t addr_len = header->tuple.addr_len;
    const uint8_t *ip;

    if (ip4 && ip4->ip_len <= header->length + IP4_HEADER) {
        return; /* as nearly always: it says no more than there is */
    }
    ip = addr_len > 0 ? plain_ip_header(tvb, addr_len) : NULL;
    if (ip == NULL || header->quoted || header->fragment) {
        return;
    }
    const uint32_t told = addr_len == 4 ? (ip[2] << 8 | ip[3]) - IP4_HEADER : ip[4] << 8 | ip[5];
    if (told > header->length && told <= UINT16_MAX) {
        header->length = told;
    }
}

/* Of an IPv4 header without options right before the segment, which is no fragment. */
static bool has_wrong_ip_checksum(tvbuff_t *tvb, size_t addr_len)
{
    const uint8_t *header = addr_len == 4 ? plain_ip_header(tvb, addr_len) : NULL;

    return header != NULL && tsm_checksum_ip_is_wrong(header);
}

static uint16_t path_of(const packet_info *pinfo)
{
    const unsigned headers = count_ip_headers(pinfo);

    return tsm_path(pinfo->vlan_id, headers > 0 ? headers - 1 : 0);
}

/* Reads what is known of the checksum: not of fragments put together, as each of them was captured
 * apart. */
static void read_checksum(struct tsm_header *header, tvbuff_t *tvb)
{
    const unsigned length = header->length;

    if (!header->fragment && !header->quoted && header->tuple.addr_len > 0 &&
        header->captured == length && tsm_checksum_is_wanted(header->bytes, length)) {
        header->checksum = (uint8_t)tsm_checksum_verify(header->tuple.src, header->tuple.dst,
                                                        header->tuple.addr_len,
                                                        tvb_get_ptr(tvb, 0, (int)length), length);
        if (has_wrong_ip_checksum(tvb, header->tuple.addr_len)) {
            header->checksum = TSM_CHECKSUM_WRONG;
        }
    }
}

/* Reads everything of a TCP header but its time, and its path. */
static struct tsm_header read_header(tvbuff_t *tvb, const packet_info *pinfo, void *data)
{
    struct tsm_header header = {
        .frame = pinfo->num,
        .captured = tvb_captured_length(tvb),
        .length = tvb_reported_length(tvb),
        .fragment = pinfo->fragmented,
        .quoted = pinfo->flags.in_error_pkt,
    };
    const unsigned looked_at = MIN(header.captured, TSM_HEADER_MAX);

    header.bytes = looked_at > 0 ? tvb_get_ptr(tvb, 0, (int)looked_at) : NULL;
    read_addresses(&header.tuple, pinfo);
    restore_length(&header, tvb, data);
    read_ip(&header, data);
    if (header.quoted) {
        header.error = quoting;
        header.error.by_target = memcmp(quoting_host, header.tuple.dst, header.tuple.addr_len) == 0;
    }
    read_checksum(&header, tvb);
    return header;
}

/* Who is told of TCP headers; functions as in capture.h. */
struct listener {
    const struct tsm_record_capture *(*totals)(void);
    void (*segment)(const struct tsm_tuple *tuple, const struct tsm_segment *seg);
    void (*quote)(const struct tsm_tuple *tuple, const struct tsm_segment *quoted, size_t captured,
                  const struct tsm_icmp_error *error);
    void (*unread)(const struct tsm_tuple *tuple, const struct tsm_segment *seg, size_t captured);
};

static const struct listener to_capture = {capture_totals, capture_segment, capture_quote,
                                           capture_unread};
static const struct listener to_replay = {replay_totals, replay_segment, replay_quote,
                                          replay_unread};

/* Tells of one TCP header. */
static void note_header(const struct listener *to, struct tsm_header *header,
                        const packet_info *pinfo)
{
    struct tsm_segment seg;

    header->time_ns = hook_has_time(pinfo) ? hook_time_ns(pinfo) : to->totals()->end_ns;
    switch (tsm_header_read(header, &seg)) {
    case TSM_HEADER_SEGMENT:
        to->segment(&header->tuple, &seg);
        break;
    case TSM_HEADER_QUOTE:
        to->quote(&header->tuple, &seg, header->captured, &header->error);
        break;
    case TSM_HEADER_CUT:
        to->unread(&header->tuple, &seg, header->captured);
        break;
    case TSM_HEADER_NOTHING:
        to->unread(NULL, &seg, header->captured);
        break;
    }
}

/* --- standing in ------------------------------------------------------------------------------ */

/* Who stands in for whom: indexes of stand_ins[]. */
enum { FOR_TCP, FOR_ICMP, FOR_ICMPV6, N_STAND_INS };

static int dissect_for_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);
static int dissect_for_icmp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);
static int dissect_for_icmpv6(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);

static struct stand_in {
    const char *parent;       /* filter name of the protocol */
    const char *title, *name; /* of the helper protocol */
    uint8_t ip_protocol;      /* the number of both in ip.proto */
    dissector_t dissect;
    int proto;              /* the helper */
    dissector_handle_t old; /* the handle that was in the table; NULL = none */
} stand_ins[N_STAND_INS] = {
    // clang-format off
    [FOR_TCP]    = {"tcp",    "TCP states: hook of TCP",    "tcpstate_hook_tcp",
                    IP_PROTO_TCP,    dissect_for_tcp, -1, NULL},
    [FOR_ICMP]   = {"icmp",   "TCP states: hook of ICMP",   "tcpstate_hook_icmp",
                    IP_PROTO_ICMP,   dissect_for_icmp, -1, NULL},
    [FOR_ICMPV6] = {"icmpv6", "TCP states: hook of ICMPv6", "tcpstate_hook_icmpv6",
                    IP_PROTO_ICMPV6, dissect_for_icmpv6, -1, NULL},
    // clang-format on
};

/* A header that somebody else tells of, and that no ICMP error quotes: samples of sFlow, which are
 * copies of what a switch has seen, one of many. */
static bool is_hearsay(const packet_info *pinfo)
{
    return pinfo->flags.in_error_pkt && quoting_frame != pinfo->num;
}

enum { ICMP_HEADER = 8 }; /* bytes; RFC 792, RFC 4443 2.1 */

/* Keeps what is known of an ICMP message until the header that it quotes is reached. */
static void note_error(const struct stand_in *s, tvbuff_t *tvb, const packet_info *pinfo)
{
    const unsigned captured = MIN(tvb_captured_length(tvb), ICMP_HEADER);

    quoting = tsm_icmp_parse(s->ip_protocol == IP_PROTO_ICMPV6,
                             captured > 0 ? tvb_get_ptr(tvb, 0, (int)captured) : NULL, captured);
    quoting_frame = pinfo->num;
    memset(quoting_host, 0, sizeof(quoting_host));
    if (pinfo->src.len <= (int)sizeof(quoting_host)) {
        memcpy(quoting_host, pinfo->src.data, (size_t)pinfo->src.len);
    }
}

static void note(const struct stand_in *s, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                 void *data)
{
    struct tsm_header header;
    const bool first = !pinfo->fd->visited, again = replay_takes(pinfo->num, !first);

    if (!(first || again) || capture_is_idle() || !tcpstate_enabled()) {
        return;
    }
    if (s != &stand_ins[FOR_TCP]) {
        note_error(s, tvb, pinfo);
        return;
    }
    if (is_hearsay(pinfo)) {
        return;
    }
    if (first && !items_wanted() && capture_is_undecided()) {
        const struct keeping keeping = asked_for(pinfo, tree);
        capture_decide(&keeping);
    }
    header = read_header(tvb, pinfo, data);
    if (again || items_wanted() || capture_tells_facts()) {
        header.path = path_of(pinfo);
    }
    if (first && items_wanted()) {
        items_add_header(header);
    } else if (first) {
        note_header(&to_capture, &header, pinfo);
    }
    if (again) {
        note_header(&to_replay, &header, pinfo);
    }
}

static int stand_in(const struct stand_in *s, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                    void *data)
{
    note(s, tvb, pinfo, tree, data);
    /* Being called took one from it, and the next call takes one too: the old dissector is to see
     * what it would have seen. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    return call_dissector_only(s->old, tvb, pinfo, tree, data);
}

static int dissect_for_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return stand_in(&stand_ins[FOR_TCP], tvb, pinfo, tree, data);
}

static int dissect_for_icmp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return stand_in(&stand_ins[FOR_ICMP], tvb, pinfo, tree, data);
}

static int dissect_for_icmpv6(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return stand_in(&stand_ins[FOR_ICMPV6], tvb, pinfo, tree, data);
}

void hook_register(void)
{
    for (struct stand_in *s = stand_ins; s < stand_ins + N_STAND_INS; s++) {
        s->proto = proto_register_protocol_in_name_only(
            s->title, s->name, s->name, proto_get_id_by_filter_name(s->parent), FT_PROTOCOL);
    }
}

void hook_install(void)
{
    dissector_table_t table = find_dissector_table("ip.proto");

    proto_ip = proto_get_id_by_filter_name("ip");
    proto_ipv6 = proto_get_id_by_filter_name("ipv6");
    for (struct stand_in *s = stand_ins; s < stand_ins + N_STAND_INS; s++) {
        s->old = dissector_get_uint_handle(table, s->ip_protocol);
        if (s->old) {
            dissector_add_uint("ip.proto", s->ip_protocol,
                               create_dissector_handle(s->dissect, s->proto));
        }
    }
}
