/* frame_header.c - see frame_header.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_header.h"

enum tsm_link frame_header_link(int encap)
{
    switch (encap) {
    case WTAP_ENCAP_ETHERNET:
        return TSM_LINK_ETHERNET;
    case WTAP_ENCAP_SLL:
        return TSM_LINK_SLL;
    case WTAP_ENCAP_SLL2:
        return TSM_LINK_SLL2;
    case WTAP_ENCAP_RAW_IP:
        return TSM_LINK_RAW;
    case WTAP_ENCAP_RAW_IP4:
        return TSM_LINK_IPV4;
    case WTAP_ENCAP_RAW_IP6:
        return TSM_LINK_IPV6;
    default:
        return TSM_LINK_OTHER;
    }
}

int64_t frame_header_time(const wtap_rec *rec)
{
    const int64_t seconds = (int64_t)rec->ts.secs;

    return CLAMP(seconds, -TSM_MAX_TIME_S, TSM_MAX_TIME_S) * 1000000000 + rec->ts.nsecs;
}

enum tsm_frame_kind frame_header_read(struct tsm_header *header, struct wiretap_record *record)
{
    const wtap_packet_header *packet = &record->rec.rec_header.packet_header;

    if (record->rec.rec_type != REC_TYPE_PACKET) {
        return TSM_FRAME_EMPTY;
    }
    return tsm_frame_read(header, frame_header_link(packet->pkt_encap), wiretap_bytes(record),
                          packet->caplen, packet->len);
}
