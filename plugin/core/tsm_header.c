/* tsm_header.c - what is to be made of a TCP header; see tsm_header.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_header.h"

static void read_ports(struct tsm_tuple *tuple, const uint8_t *bytes)
{
    tuple->sport = (uint16_t)(bytes[0] << 8 | bytes[1]);
    tuple->dport = (uint16_t)(bytes[2] << 8 | bytes[3]);
}

enum tsm_header_kind tsm_header_read(struct tsm_header *header, struct tsm_segment *seg)
{
    const size_t length = header->length;

    *seg = (struct tsm_segment){.time_ns = header->time_ns, .frame = header->frame};
    if (header->captured < TSM_QUOTE_MIN || header->tuple.addr_len == 0) {
        return TSM_HEADER_NOTHING;
    }
    read_ports(&header->tuple, header->bytes);
    if (header->quoted) {
        tsm_segment_parse_start(seg, header->bytes, header->captured);
        return TSM_HEADER_QUOTE;
    }
    if (!tsm_segment_parse(seg, header->bytes, tsm_header_bytes(header), length)) {
        tsm_segment_parse_start(seg, header->bytes, header->captured);
        return TSM_HEADER_CUT;
    }
    if (header->fragment) {
        seg->known |= TSM_NO_LENGTH;
        seg->payload = 0;
    }
    if (header->captured < length) {
        const uint32_t missing = header->length - header->captured;
        seg->cut = missing < seg->payload ? missing : seg->payload;
    }
    seg->ip_bytes = header->ip_bytes;
    seg->ip_id = header->ip_id;
    seg->ttl = header->ttl;
    seg->path = header->path;
    seg->checksum = header->checksum;
    return TSM_HEADER_SEGMENT;
}

void tsm_recorder_header(struct tsm_recorder *recorder, struct tsm_header *header)
{
    struct tsm_segment seg;
    struct tsm_fed fed;

    switch (tsm_header_read(header, &seg)) {
    case TSM_HEADER_SEGMENT:
        tsm_recorder_segment(recorder, &header->tuple, &seg, &fed);
        break;
    case TSM_HEADER_QUOTE:
        tsm_recorder_quote(recorder, &header->tuple, &seg, header->captured, &header->error, &fed);
        break;
    case TSM_HEADER_CUT:
        tsm_recorder_unread(recorder, &header->tuple, &seg, header->captured);
        break;
    case TSM_HEADER_NOTHING:
        tsm_recorder_unread(recorder, NULL, &seg, header->captured);
        break;
    }
}
