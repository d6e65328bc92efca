/* tsm_record.c - records as lines of text, or packed into a third of that, written without any
 * library; tsm_record_parse.c reads them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_record.h"

#include <string.h>

struct writer {
    char *at;
    struct tsm_record_base *base; /* what packed columns are told against; NULL = text */
    unsigned zeros;               /* packed columns that are 0, and were not written yet */
};

static void put_char(struct writer *w, char c)
{
    *w->at++ = c;
}

static void put_u64(struct writer *w, uint64_t value)
{
    char digits[20];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0) {
        put_char(w, digits[--n]);
    }
}

/* Seven bits a byte, the least significant first; all bytes but the last have the highest bit set
 * (LEB128, DWARF 4 7.6). */
static void put_leb128(struct writer *w, uint64_t value)
{
    for (; value > 0x7f; value >>= 7) {
        put_char(w, (char)(value | 0x80));
    }
    put_char(w, (char)value);
}

/* Most columns are 0: a byte 0, and how many more there are. */
static void put_zeros(struct writer *w)
{
    if (w->zeros > 0) {
        put_char(w, 0);
        put_leb128(w, w->zeros - 1);
        w->zeros = 0;
    }
}

static inline void put_varint(struct writer *w, uint64_t value)
{
    if (value == 0) {
        w->zeros++;
        return;
    }
    put_zeros(w);
    put_leb128(w, value);
}

/* A column: a tab, then the number. */
static void col_u64(struct writer *w, uint64_t value)
{
    if (w->base != NULL) {
        put_varint(w, value);
        return;
    }
    put_char(w, '\t');
    put_u64(w, value);
}

/* A length of time, or a point in time: packed, those are told against the last one. */
static void pack_i64(struct writer *w, int64_t value)
{
    if (value == 0) {
        put_varint(w, 0);
    } else if (value > -TSM_RECORD_SHORT_NS && value < TSM_RECORD_SHORT_NS) {
        put_varint(w, tsm_zigzag(value) + 1); /* 2 and more */
    } else {
        put_varint(w, 1);
        put_varint(w, tsm_zigzag((int64_t)((uint64_t)value - (uint64_t)w->base->ns)));
        w->base->ns = value;
    }
}

static void col_i64(struct writer *w, int64_t value)
{
    if (w->base != NULL) {
        pack_i64(w, value);
        return;
    }
    put_char(w, '\t');
    if (value < 0) {
        put_char(w, '-');
        put_u64(w, 0 - (uint64_t)value);
    } else {
        put_u64(w, (uint64_t)value);
    }
}

/* The number of a frame, or 0: packed, it is told against the last one. */
static void col_frame(struct writer *w, uint32_t frame)
{
    if (w->base == NULL || frame == 0) {
        col_u64(w, frame);
    } else {
        put_varint(w, tsm_zigzag((int64_t)frame - w->base->frame) + 1);
        w->base->frame = frame;
    }
}

static void col_hex(struct writer *w, uint32_t value)
{
    static const char hex[] = "0123456789abcdef";
    int shift = 28;

    if (w->base != NULL) {
        put_varint(w, value);
        return;
    }
    put_char(w, '\t');
    while (shift > 0 && value >> shift == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        put_char(w, hex[value >> shift & 0xf]);
    }
}

static void col_address(struct writer *w, const uint8_t *addr, size_t len)
{
    static const char hex[] = "0123456789abcdef";

    if (w->base != NULL) {
        put_varint(w, len);
        memcpy(w->at, addr, len);
        w->at += len;
        return;
    }
    put_char(w, '\t');
    for (size_t i = 0; i < len && i < 16; i++) {
        put_char(w, hex[addr[i] >> 4]);
        put_char(w, hex[addr[i] & 0xf]);
    }
}

/* Control characters would break the line: they become '?'. Packed, the text ends with a NUL. */
static void col_text(struct writer *w, const char *text, size_t room)
{
    if (w->base == NULL) {
        put_char(w, '\t');
    } else {
        put_zeros(w);
    }
    for (size_t i = 0; i < room && text[i] != '\0'; i++) {
        put_char(w, (unsigned char)text[i] < ' ' ? '?' : text[i]);
    }
    if (w->base != NULL) {
        put_char(w, '\0');
    }
}

/* Packed, a stream is told against the last one: several records of one follow each other. */
static void col_stream(struct writer *w, uint32_t stream)
{
    if (w->base == NULL) {
        col_u64(w, stream);
    } else {
        put_varint(w, tsm_zigzag((int64_t)stream - w->base->stream));
        w->base->stream = stream;
    }
}

static void col_stream_or_none(struct writer *w, uint32_t stream)
{
    if (w->base != NULL) {
        put_varint(w, stream == TSM_NO_STREAM ? 0 : (uint64_t)stream + 1);
    } else if (stream == TSM_NO_STREAM) {
        put_char(w, '\t');
        put_char(w, '-');
    } else {
        col_u64(w, stream);
    }
}

static void put_start(struct writer *w, const struct tsm_record_start *r)
{
    col_stream(w, r->stream);
    col_i64(w, r->time_ns);
    col_frame(w, r->frame);
    col_address(w, r->tuple.src, r->tuple.addr_len);
    col_u64(w, r->tuple.sport);
    col_address(w, r->tuple.dst, r->tuple.addr_len);
    col_u64(w, r->tuple.dport);
    col_u64(w, r->role_basis);
    col_stream_or_none(w, r->previous_stream);
}

static void put_change(struct writer *w, const struct tsm_record_change *r)
{
    col_stream(w, r->stream);
    col_u64(w, r->change.side);
    col_i64(w, r->change.at_ns);
    col_frame(w, r->change.at_frame);
    col_i64(w, r->change.from_ns);
    col_frame(w, r->change.from_frame);
    col_u64(w, r->change.state);
    col_u64(w, r->change.basis);
    col_hex(w, r->change.possible);
    col_u64(w, r->change.cause);
}

/* A SACK block is there when the segment has one; packed, the sender tells that. */
static void put_segment(struct writer *w, const struct tsm_record_segment *r)
{
    const bool has_block = r->sack_left != r->sack_right;

    col_stream(w, r->stream);
    col_i64(w, r->time_ns);
    col_frame(w, r->frame);
    col_u64(w, r->sender + (has_block && w->base != NULL ? 2u : 0u));
    col_hex(w, r->flags);
    col_u64(w, r->seq);
    col_u64(w, r->ack);
    col_u64(w, r->payload);
    col_u64(w, r->window);
    col_u64(w, r->action);
    col_u64(w, r->call);
    col_u64(w, r->open_step);
    col_hex(w, r->close_steps);
    col_hex(w, r->notes);
    col_u64(w, r->state[TSM_CLIENT]);
    col_u64(w, r->state[TSM_SERVER]);
    if (has_block) {
        col_u64(w, r->sack_left);
        col_u64(w, r->sack_right);
    }
}

static void put_totals(struct writer *w, const struct tsm_record_totals *r)
{
    col_stream(w, r->stream);
    col_i64(w, r->start_ns);
    col_i64(w, r->end_ns);
    col_i64(w, r->setup_ns);
    col_u64(w, r->closed_by);
    col_u64(w, r->syn_tries);
    col_u64(w, r->vantage);
    col_hex(w, r->steps);
    for (unsigned side = 0; side < 2; side++) {
        col_u64(w, r->side[side].segments);
        col_u64(w, r->side[side].payload_bytes);
        col_u64(w, r->side[side].retransmissions);
    }
    col_i64(w, r->closed_out_ns);
    for (unsigned side = 0; side < 2; side++) {
        col_u64(w, r->side[side].out_of_order);
        col_u64(w, r->side[side].repeated);
        col_u64(w, r->side[side].lost);
    }
}

static void put_mark(struct writer *w, const struct tsm_mark *mark)
{
    col_u64(w, mark->count);
    col_frame(w, mark->first_frame);
    col_i64(w, mark->first_ns);
    col_frame(w, mark->last_frame);
    col_i64(w, mark->last_ns);
}

static void put_first(struct writer *w, const struct tsm_first *first)
{
    col_u64(w, first->count);
    col_frame(w, first->frame);
    col_i64(w, first->ns);
}

static void put_pause(struct writer *w, const struct tsm_pause *pause)
{
    col_i64(w, pause->ns);
    col_frame(w, pause->frame);
    col_frame(w, pause->end_frame);
    col_i64(w, pause->end_ns);
}

/* What its SYN and its IP headers said. */
static void put_manners(struct writer *w, const struct tsm_facts *f)
{
    col_hex(w, f->first_flags);
    col_u64(w, f->isns);
    col_u64(w, f->syn_seq);
    col_hex(w, f->offered);
    col_u64(w, f->wscale);
    col_u64(w, f->mss);
    col_u64(w, f->syn_payload);
    col_u64(w, f->syn_data_acked);
    col_u64(w, f->ttl_least);
    col_u64(w, f->ttl_most);
    col_u64(w, f->rst_ttl_least);
    col_u64(w, f->rst_ttl_most);
    col_hex(w, f->rst_signs);
    col_frame(w, f->icmp_frame);
    col_u64(w, f->icmp.type);
    col_u64(w, f->icmp.code);
    col_hex(w, (uint32_t)(f->icmp.fatal | f->icmp.by_target << 1));
}

static void put_facts(struct writer *w, const struct tsm_record_facts *r)
{
    const struct tsm_facts *f = &r->seen;

    col_stream(w, r->stream);
    col_u64(w, r->side);
    put_manners(w, f);
    col_frame(w, r->last_frame);
    col_i64(w, r->last_ns);
    col_frame(w, r->first_data_frame);
    col_i64(w, r->first_data_ns);
    col_frame(w, f->last_data_frame);
    col_i64(w, f->last_data_ns);
    col_u64(w, f->turns);
    col_u64(w, f->largest);
    col_u64(w, f->largest_acked);
    col_u64(w, r->next_seq);
    col_u64(w, r->unacked);
    col_u64(w, r->ts_val);
    col_i64(w, f->survived_ns);
    put_pause(w, &f->unanswered);
    put_mark(w, &f->repeats);
    col_u64(w, f->repeated_seq);
    col_u64(w, f->repeated_payload);
    put_first(w, &f->closed_window);
    col_i64(w, f->closed_longest_ns);
    col_i64(w, f->closed_since_ns);
    put_first(w, &f->after_fin);
    put_first(w, &f->crossed_fin);
    col_u64(w, f->unseen);
    col_u64(w, f->options_cut);
    col_u64(w, f->backwards);
    col_u64(w, f->last_rst_seq);
    col_u64(w, f->path);
    col_u64(w, f->other_paths);
    col_frame(w, f->other_path_frame);
    col_u64(w, f->checked);
    col_u64(w, f->partial);
    col_u64(w, f->wrong);
    col_frame(w, f->wrong_frame);
    put_mark(w, &f->stuck);
    col_u64(w, f->stuck_payload);
    col_u64(w, f->sacked);
    col_i64(w, f->stall_ns);
    col_frame(w, f->stall_frame);
    col_i64(w, f->closed_ns);
    col_u64(w, f->held);
    col_frame(w, f->held_frame);
    col_i64(w, f->held_ns);
    col_u64(w, f->sack_outside);
    col_frame(w, f->sack_frame);
    if (w->base != NULL || f->icmp.mtu != 0) {
        col_u64(w, f->icmp.mtu);
    }
}

static void put_spent(struct writer *w, const struct tsm_record_spent *r)
{
    col_stream(w, r->stream);
    col_i64(w, r->is.setup_ns);
    col_i64(w, r->is.transfer_ns);
    col_i64(w, r->is.close_ns);
    col_u64(w, r->is.owing);
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_spent_end *end = &r->is.end[side];
        col_i64(w, end->wait_ns);
        col_i64(w, end->longest_ns);
        col_frame(w, end->longest_frame);
        col_i64(w, end->resend_ns);
        col_i64(w, end->window_ns);
        col_i64(w, end->acked_ns);
        col_i64(w, end->gave_up_ns);
        col_i64(w, end->stall_ns);
        col_i64(w, end->stall_end_ns);
        col_i64(w, end->quiet_ns);
        col_i64(w, end->quiet_end_ns);
        col_i64(w, end->trip_ns);
        col_u64(w, end->data);
        col_u64(w, end->resent);
        col_u64(w, end->filled);
        col_u64(w, end->reordered);
        col_u64(w, end->needless);
        col_u64(w, end->missing);
    }
}

static void put_metrics(struct writer *w, const struct tsm_record_metrics *r)
{
    col_stream(w, r->stream);
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_metrics_of_end *end = &r->end[side];
#define X(member) col_i64(w, end->member);
        TSM_METRIC_TIMES(X)
#undef X
#define X(member) col_u64(w, end->member);
        TSM_METRIC_COUNTS(X)
#undef X
    }
}

static void put_flow(struct writer *w, const struct tsm_record_flow *r)
{
    col_stream(w, r->stream);
    col_i64(w, r->start_ns);
    col_i64(w, r->end_ns);
    col_frame(w, r->frame);
    col_u64(w, r->conn_state);
    col_text(w, r->history[0] != '\0' ? r->history : "-", sizeof r->history);
    for (unsigned side = 0; side < 2; side++) {
        col_u64(w, r->side[side].packets);
        col_u64(w, r->side[side].ip_bytes);
        col_u64(w, r->side[side].bytes);
        col_u64(w, r->side[side].missed);
    }
}

static void put_capture(struct writer *w, const struct tsm_record_capture *r)
{
    col_u64(w, r->frames);
    col_i64(w, r->start_ns);
    col_i64(w, r->end_ns);
    col_u64(w, r->segments);
    col_u64(w, r->unread);
    col_u64(w, r->fragments);
    col_u64(w, r->quoted);
    col_u64(w, r->max_connections);
    col_u64(w, r->closed_out);
    col_u64(w, r->closed_open);
    if (r->refused > 0 || w->base != NULL) {
        col_u64(w, r->refused);
    }
}

/* The type and all columns. */
static void put_record(struct writer *w, const struct tsm_record *record)
{
    put_char(w, (char)record->type);
    switch (record->type) {
    case TSM_RECORD_HEADER:
        col_text(w, "tcpstate", 8);
        col_u64(w, record->u.header.version);
        col_text(w, record->u.header.plugin, sizeof record->u.header.plugin);
        col_text(w, record->u.header.wireshark, sizeof record->u.header.wireshark);
        break;
    case TSM_RECORD_START:
        put_start(w, &record->u.start);
        break;
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        put_change(w, &record->u.change);
        break;
    case TSM_RECORD_SEGMENT:
        put_segment(w, &record->u.segment);
        break;
    case TSM_RECORD_TOTALS:
        put_totals(w, &record->u.totals);
        break;
    case TSM_RECORD_FACTS:
        put_facts(w, &record->u.facts);
        break;
    case TSM_RECORD_SPENT:
        put_spent(w, &record->u.spent);
        break;
    case TSM_RECORD_METRICS:
        put_metrics(w, &record->u.metrics);
        break;
    case TSM_RECORD_FLOW:
        put_flow(w, &record->u.flow);
        break;
    case TSM_RECORD_BLANK:
        col_i64(w, record->u.blank.from_ns);
        col_i64(w, record->u.blank.to_ns);
        col_u64(w, record->u.blank.sign);
        break;
    case TSM_RECORD_CAPTURE:
        put_capture(w, &record->u.capture);
        break;
    case TSM_RECORD_END:
        break;
    }
}

size_t tsm_record_format(const struct tsm_record *record, char *buf)
{
    struct writer w = {buf, NULL, 0};

    put_record(&w, record);
    put_char(&w, '\n');
    *w.at = '\0';
    return (size_t)(w.at - buf);
}

size_t tsm_record_pack(const struct tsm_record *record, struct tsm_record_base *base, char *buf)
{
    struct writer w = {buf, base, 0};

    put_record(&w, record);
    put_zeros(&w);
    return (size_t)(w.at - buf);
}
