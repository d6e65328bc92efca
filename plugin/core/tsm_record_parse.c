/* tsm_record_parse.c - records from text, or packed ones. A line that is not a record is told as
 * such, never guessed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_record_reader.h"

#include <string.h>

static inline void next_col(struct reader *r)
{
    const bool tab = *r->at == '\t';

    r->at += tab;
    r->ok &= tab;
}

#define LITTLE_ENDIAN_HERE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* As many digits as the next eight bytes begin with, at once, when the first one is in the lowest
 * byte: pairs, then fours, then all are put together in parallel. Adds them to *value and returns
 * their number. */
static unsigned get_some_digits(const char *at, uint64_t *value)
{
    static const uint32_t powers[] = {1,      10,      100,      1000,     10000,
                                      100000, 1000000, 10000000, 100000000};
    uint64_t v;

    memcpy(&v, at, sizeof v);
    v ^= 0x3030303030303030u; /* a digit becomes its value, anything else more than 9 */
    const uint64_t others = (v | (v + 0x7676767676767676u)) & 0x8080808080808080u;
    const unsigned n = others != 0 ? (unsigned)__builtin_ctzll(others) / 8 : 8;
    if (!LITTLE_ENDIAN_HERE || n == 0) {
        return 0;
    }
    v <<= 64 - 8 * n; /* zeros before them */
    v = v * 10 + (v >> 8);
    v = ((v & 0x000000ff000000ffu) * (100 + (1000000ull << 32)) +
         (v >> 16 & 0x000000ff000000ffu) * (1 + (10000ull << 32))) >>
        32;
    *value = *value * powers[n] + (uint32_t)v;
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number of any length. Twenty digits may be more than 64 bits hold: then the sum has wrapped to
 * less than it began with. Returns what follows it, NULL when it is no number. */
static const char *get_many_digits(const char *start, const char *end, uint64_t *value)
{
    const char *at = start;
    unsigned some = 8;

    *value = 0;
    while (some == 8 && end - at >= 8) {
        some = get_some_digits(at, value);
        at += some;
    }
    for (; is_digit(*at); at++) {
        *value = *value * 10 + (unsigned)(*at - '0');
    }
    const size_t n = (size_t)(at - start);
    const bool wrapped = n == 20 && (*start > '1' || *value < 10000000000000000000u);
    return n > 0 && n <= 20 && !wrapped ? at : NULL;
}

/* Most numbers of a record have one digit. */
static inline uint64_t get_digits(struct reader *r, uint64_t most)
{
    uint64_t value = (unsigned)(*r->at - '0');
    const char *after = r->at + 1;

    if (value > 9 || is_digit(*after)) {
        after = get_many_digits(r->at, r->end, &value);
    }
    r->ok &= after != NULL && value <= most;
    r->at = after != NULL ? after : r->at;
    return value;
}

static inline uint64_t get_u64(struct reader *r, uint64_t most)
{
    if (r->base != NULL) {
        return get_varint_up_to(r, most);
    }
    next_col(r);
    return get_digits(r, most);
}

static inline uint32_t get_u32(struct reader *r)
{
    return (uint32_t)get_u64(r, UINT32_MAX);
}

/* See col_frame() of tsm_record.c. */
static inline uint32_t get_frame(struct reader *r)
{
    if (r->base == NULL) {
        return get_u32(r);
    }
    const uint64_t change = get_varint(r);
    const int64_t frame = change == 0 ? 0 : r->base->frame + tsm_unzigzag(change - 1);
    r->ok &= frame >= 0 && frame <= UINT32_MAX;
    r->base->frame = r->ok && frame != 0 ? (uint32_t)frame : r->base->frame;
    return r->ok ? (uint32_t)frame : 0;
}

/* See col_stream() of tsm_record.c. */
static inline uint32_t get_stream(struct reader *r)
{
    if (r->base == NULL) {
        return get_u32(r);
    }
    const int64_t stream = r->base->stream + tsm_unzigzag(get_varint(r));
    r->ok &= stream >= 0 && stream <= UINT32_MAX;
    r->base->stream = r->ok ? (uint32_t)stream : 0;
    return r->base->stream;
}

static inline int64_t get_i64(struct reader *r)
{
    if (r->base != NULL) {
        return unpack_i64(r);
    }
    next_col(r);
    const bool negative = *r->at == '-';

    r->at += negative;
    const int64_t value = (int64_t)get_digits(r, INT64_MAX);
    return negative ? -value : value;
}

/* A member of an enumeration of n. */
static inline uint8_t get_enum(struct reader *r, unsigned n)
{
    return (uint8_t)get_u64(r, n - 1);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t get_hex(struct reader *r, uint32_t most)
{
    uint64_t value = 0;
    int digit;

    if (r->base != NULL) {
        return (uint32_t)get_varint_up_to(r, most);
    }
    next_col(r);
    r->ok &= hex_digit(*r->at) >= 0;
    for (; (digit = hex_digit(*r->at)) >= 0 && value <= most; r->at++) {
        value = value << 4 | (unsigned)digit;
    }
    r->ok &= value <= most;
    return (uint32_t)value;
}

static uint8_t get_address(struct reader *r, uint8_t *addr)
{
    size_t n = 0;

    memset(addr, 0, 16);
    if (r->base != NULL) {
        n = get_varint(r);
        r->ok = r->ok && (n == 4 || n == 16) && n <= (size_t)(r->end - r->at);
        memcpy(addr, r->at, r->ok ? n : 0);
        r->at += r->ok ? n : 0;
        return (uint8_t)n;
    }
    next_col(r);
    for (; n < 16 && hex_digit(r->at[0]) >= 0 && hex_digit(r->at[1]) >= 0; n++, r->at += 2) {
        addr[n] = (uint8_t)(hex_digit(r->at[0]) << 4 | hex_digit(r->at[1]));
    }
    r->ok = r->ok && (n == 4 || n == 16);
    return (uint8_t)n;
}

static void get_text(struct reader *r, char *text, size_t size)
{
    size_t n = 0;

    if (r->base == NULL) {
        next_col(r);
    }
    r->ok &= r->zeros == 0;
    for (; r->at < r->end && *r->at >= ' ' && n + 1 < size; n++) {
        text[n] = *r->at++;
    }
    text[n] = '\0';
    if (r->base != NULL) {
        r->ok = r->ok && r->at < r->end && *r->at == '\0';
        r->at += r->ok;
    }
}

static uint32_t get_stream_or_none(struct reader *r)
{
    if (r->base != NULL) { /* 0 = none: TSM_NO_STREAM + 1 */
        return (uint32_t)get_varint_up_to(r, UINT32_MAX) - 1;
    }
    if (r->ok && r->at[0] == '\t' && r->at[1] == '-') {
        r->at += 2;
        return TSM_NO_STREAM;
    }
    return get_u32(r);
}

static void get_header(struct reader *r, struct tsm_record_header *out)
{
    char name[9] = "";

    get_text(r, name, sizeof name);
    r->ok = r->ok && strcmp(name, "tcpstate") == 0;
    out->version = get_u32(r);
    get_text(r, out->plugin, sizeof out->plugin);
    get_text(r, out->wireshark, sizeof out->wireshark);
}

static void get_start(struct reader *r, struct tsm_record_start *out)
{
    out->stream = get_stream(r);
    out->time_ns = get_i64(r);
    out->frame = get_frame(r);
    out->tuple.addr_len = get_address(r, out->tuple.src);
    out->tuple.sport = (uint16_t)get_u64(r, UINT16_MAX);
    r->ok = get_address(r, out->tuple.dst) == out->tuple.addr_len && r->ok;
    out->tuple.dport = (uint16_t)get_u64(r, UINT16_MAX);
    out->role_basis = get_enum(r, TSM_ROLE_HANDSHAKE + 1);
    out->previous_stream = get_stream_or_none(r);
}

static void get_change(struct reader *r, struct tsm_record_change *out)
{
    out->stream = get_stream(r);
    out->change.side = get_enum(r, 2);
    out->change.at_ns = get_i64(r);
    out->change.at_frame = get_frame(r);
    out->change.from_ns = get_i64(r);
    out->change.from_frame = get_frame(r);
    out->change.state = get_enum(r, TSM_N_STATES);
    out->change.basis = get_enum(r, TSM_N_BASES);
    out->change.possible = (tsm_state_set)get_hex(r, (1u << TSM_N_STATES) - 1);
    out->change.cause = get_enum(r, TSM_N_CAUSES);
}

static void get_segment(struct reader *r, struct tsm_record_segment *out)
{
    out->stream = get_stream(r);
    out->time_ns = get_i64(r);
    out->frame = get_frame(r);
    const uint8_t sender = get_enum(r, r->base != NULL ? 4 : 2);
    out->sender = sender & 1;
    out->flags = (uint16_t)get_hex(r, 0xfff);
    out->seq = get_u32(r);
    out->ack = get_u32(r);
    out->payload = get_u32(r);
    out->window = (uint16_t)get_u64(r, UINT16_MAX);
    out->action = get_enum(r, TSM_N_ACTIONS);
    out->call = get_enum(r, TSM_N_CALLS);
    out->open_step = get_enum(r, 4);
    out->close_steps = (uint8_t)get_hex(r, 0xf);
    out->notes = get_hex(r, (1u << TSM_N_NOTES) - 1);
    out->state[TSM_CLIENT] = get_enum(r, TSM_N_STATES);
    out->state[TSM_SERVER] = get_enum(r, TSM_N_STATES);
    const bool has_block = r->base != NULL ? sender > 1 : r->ok && *r->at == '\t';
    out->sack_left = has_block ? get_u32(r) : 0;
    out->sack_right = has_block ? get_u32(r) : 0;
    r->ok &= !has_block || out->sack_left != out->sack_right;
}

static void get_totals(struct reader *r, struct tsm_record_totals *out)
{
    out->stream = get_stream(r);
    out->start_ns = get_i64(r);
    out->end_ns = get_i64(r);
    out->setup_ns = get_i64(r);
    out->closed_by = get_enum(r, 3);
    out->syn_tries = (uint8_t)get_u64(r, UINT8_MAX);
    out->vantage = get_enum(r, TSM_AT_MIDDLE + 1);
    out->steps = (uint8_t)get_hex(r, UINT8_MAX);
    for (unsigned side = 0; side < 2; side++) {
        out->side[side].segments = get_u32(r);
        out->side[side].payload_bytes = get_u64(r, UINT64_MAX);
        out->side[side].retransmissions = get_u32(r);
    }
    out->closed_out_ns = get_i64(r);
    const bool older =
        r->base == NULL && *r->at != '\t'; /* of a version without the columns that follow */
    for (unsigned side = 0; side < 2; side++) {
        out->side[side].out_of_order = older ? 0 : get_u64(r, UINT64_MAX);
        out->side[side].repeated = older ? 0 : get_u64(r, UINT64_MAX);
        out->side[side].lost = older ? 0 : get_u64(r, UINT64_MAX);
    }
}

static struct tsm_mark get_mark(struct reader *r)
{
    struct tsm_mark mark;

    mark.count = get_u32(r);
    mark.first_frame = get_frame(r);
    mark.first_ns = get_i64(r);
    mark.last_frame = get_frame(r);
    mark.last_ns = get_i64(r);
    return mark;
}

static struct tsm_first get_first(struct reader *r)
{
    struct tsm_first first;

    first.count = get_u32(r);
    first.frame = get_frame(r);
    first.ns = get_i64(r);
    return first;
}

static struct tsm_pause get_pause(struct reader *r)
{
    struct tsm_pause pause;

    pause.ns = get_i64(r);
    pause.frame = get_frame(r);
    pause.end_frame = get_frame(r);
    pause.end_ns = get_i64(r);
    return pause;
}

static void get_manners(struct reader *r, struct tsm_facts *f)
{
    f->first_flags = (uint16_t)get_hex(r, 0xfff);
    f->isns = (uint8_t)get_u64(r, UINT8_MAX);
    f->syn_seq = get_u32(r);
    f->offered = (uint8_t)get_hex(r, UINT8_MAX);
    f->wscale = (uint8_t)get_u64(r, UINT8_MAX);
    f->mss = (uint16_t)get_u64(r, UINT16_MAX);
    f->syn_payload = (uint16_t)get_u64(r, UINT16_MAX);
    f->syn_data_acked = get_enum(r, 2) != 0;
    f->ttl_least = (uint8_t)get_u64(r, UINT8_MAX);
    f->ttl_most = (uint8_t)get_u64(r, UINT8_MAX);
    f->rst_ttl_least = (uint8_t)get_u64(r, UINT8_MAX);
    f->rst_ttl_most = (uint8_t)get_u64(r, UINT8_MAX);
    f->rst_signs = (uint8_t)get_hex(r, UINT8_MAX);
    f->icmp_frame = get_frame(r);
    f->icmp.type = (uint8_t)get_u64(r, UINT8_MAX);
    f->icmp.code = (uint8_t)get_u64(r, UINT8_MAX);
    const uint32_t signs = get_hex(r, 3);
    f->icmp.fatal = (signs & 1) != 0;
    f->icmp.by_target = (signs & 2) != 0;
}

static void get_facts(struct reader *r, struct tsm_record_facts *out)
{
    struct tsm_facts *f = &out->seen;

    *out = (struct tsm_record_facts){.stream = get_stream(r)};
    out->side = get_enum(r, 2);
    get_manners(r, f);
    out->last_frame = get_frame(r);
    out->last_ns = get_i64(r);
    out->first_data_frame = get_frame(r);
    out->first_data_ns = get_i64(r);
    f->last_data_frame = get_frame(r);
    f->last_data_ns = get_i64(r);
    f->turns = get_u32(r);
    f->largest = get_u32(r);
    f->largest_acked = get_u32(r);
    out->next_seq = get_u32(r);
    out->unacked = get_u32(r);
    out->ts_val = get_u32(r);
    f->survived_ns = get_i64(r);
    f->unanswered = get_pause(r);
    f->repeats = get_mark(r);
    f->repeated_seq = get_u32(r);
    f->repeated_payload = get_u32(r);
    f->closed_window = get_first(r);
    f->closed_longest_ns = get_i64(r);
    f->closed_since_ns = get_i64(r);
    f->after_fin = get_first(r);
    f->crossed_fin = get_first(r);
    f->unseen = get_u32(r);
    f->options_cut = (uint16_t)get_u64(r, UINT16_MAX);
    f->backwards = (uint16_t)get_u64(r, UINT16_MAX);
    f->last_rst_seq = get_u32(r);
    f->path = (uint16_t)get_u64(r, UINT16_MAX);
    f->other_paths = (uint16_t)get_u64(r, UINT16_MAX);
    f->other_path_frame = get_frame(r);
    f->checked = (uint16_t)get_u64(r, UINT16_MAX);
    f->partial = (uint16_t)get_u64(r, UINT16_MAX);
    f->wrong = (uint16_t)get_u64(r, UINT16_MAX);
    f->wrong_frame = get_frame(r);
    f->stuck = get_mark(r);
    f->stuck_payload = get_u32(r);
    f->sacked = get_u32(r);
    f->stall_ns = get_i64(r);
    f->stall_frame = get_frame(r);
    f->closed_ns = get_i64(r);
    f->held = get_u32(r);
    f->held_frame = get_frame(r);
    f->held_ns = get_i64(r);
    f->sack_outside = (uint16_t)get_u64(r, UINT16_MAX);
    f->sack_frame = get_frame(r);
    const bool has_mtu = r->base != NULL || *r->at == '\t';
    f->icmp.mtu = (uint16_t)(has_mtu ? get_u64(r, UINT16_MAX) : 0);
}

/* Zeek's letters; "-" = none. */
static void get_history(struct reader *r, char *history)
{
    get_text(r, history, TSM_HISTORY_TEXT);
    if (strcmp(history, "-") == 0) {
        history[0] = '\0';
        return;
    }
    r->ok = r->ok && history[0] != '\0' &&
            history[strspn(history, "^SHADFRCGTWIQXshadfrcgtwiqx")] == '\0';
}

static void get_metrics(struct reader *r, struct tsm_record_metrics *out)
{
    *out = (struct tsm_record_metrics){.stream = get_stream(r)};
    for (unsigned side = 0; side < 2; side++) {
        struct tsm_metrics_of_end *end = &out->end[side];
#define X(member) end->member = get_i64(r);
        TSM_METRIC_TIMES(X)
#undef X
#define X(member) end->member = get_u32(r);
        TSM_METRIC_COUNTS(X)
#undef X
    }
}

static void get_spent(struct reader *r, struct tsm_record_spent *out)
{
    *out = (struct tsm_record_spent){.stream = get_stream(r)};
    out->is.setup_ns = get_i64(r);
    out->is.transfer_ns = get_i64(r);
    out->is.close_ns = get_i64(r);
    out->is.owing = get_enum(r, 3);
    for (unsigned side = 0; side < 2; side++) {
        struct tsm_spent_end *end = &out->is.end[side];
        end->wait_ns = get_i64(r);
        end->longest_ns = get_i64(r);
        end->longest_frame = get_frame(r);
        end->resend_ns = get_i64(r);
        end->window_ns = get_i64(r);
        end->acked_ns = get_i64(r);
        end->gave_up_ns = get_i64(r);
        end->stall_ns = get_i64(r);
        end->stall_end_ns = get_i64(r);
        end->quiet_ns = get_i64(r);
        end->quiet_end_ns = get_i64(r);
        end->trip_ns = get_i64(r);
        end->data = get_u32(r);
        end->resent = get_u32(r);
        end->filled = get_u32(r);
        end->reordered = get_u32(r);
        end->needless = get_u32(r);
        end->missing = get_enum(r, 2);
    }
}

static void get_flow(struct reader *r, struct tsm_record_flow *out)
{
    out->stream = get_stream(r);
    out->start_ns = get_i64(r);
    out->end_ns = get_i64(r);
    out->frame = get_frame(r);
    out->conn_state = get_enum(r, TSM_N_CONN_STATES);
    get_history(r, out->history);
    for (unsigned side = 0; side < 2; side++) {
        out->side[side].packets = get_u32(r);
        out->side[side].ip_bytes = get_u64(r, UINT64_MAX);
        out->side[side].bytes = get_u64(r, UINT64_MAX);
        out->side[side].missed = get_u64(r, UINT64_MAX);
    }
}

static void get_capture(struct reader *r, struct tsm_record_capture *out)
{
    out->frames = get_u32(r);
    out->start_ns = get_i64(r);
    out->end_ns = get_i64(r);
    out->segments = get_u32(r);
    out->unread = get_u32(r);
    out->fragments = get_u32(r);
    out->quoted = get_u32(r);
    out->max_connections = get_u32(r);
    out->closed_out = get_u32(r);
    out->closed_open = get_u32(r);
    out->refused = 0;
    if (r->base != NULL) {
        out->refused = get_u32(r);
    } else if (r->ok && *r->at == '\t') { /* the column is there when it is not 0 */
        out->refused = get_u32(r);
        r->ok &= out->refused > 0;
    }
}

static void get_blank(struct reader *r, struct tsm_blank *out)
{
    out->from_ns = get_i64(r);
    out->to_ns = get_i64(r);
    out->sign = (uint8_t)(get_enum(r, TSM_BLANK_ABRUPT + 1));
    r->ok &= out->from_ns < out->to_ns && out->sign != 0;
}

/* The columns of a record of that type. */
static bool get_record(struct reader *r, struct tsm_record *record, char type)
{
    switch (type) {
    case TSM_RECORD_HEADER:
        get_header(r, &record->u.header);
        break;
    case TSM_RECORD_START:
        get_start(r, &record->u.start);
        break;
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        get_change(r, &record->u.change);
        break;
    case TSM_RECORD_SEGMENT:
        get_segment(r, &record->u.segment);
        break;
    case TSM_RECORD_TOTALS:
        get_totals(r, &record->u.totals);
        break;
    case TSM_RECORD_FACTS:
        get_facts(r, &record->u.facts);
        break;
    case TSM_RECORD_SPENT:
        get_spent(r, &record->u.spent);
        break;
    case TSM_RECORD_METRICS:
        get_metrics(r, &record->u.metrics);
        break;
    case TSM_RECORD_FLOW:
        get_flow(r, &record->u.flow);
        break;
    case TSM_RECORD_BLANK:
        get_blank(r, &record->u.blank);
        break;
    case TSM_RECORD_CAPTURE:
        get_capture(r, &record->u.capture);
        break;
    case TSM_RECORD_END:
        break;
    default:
        return false;
    }
    record->type = (enum tsm_record_type)type;
    return r->ok;
}

bool tsm_record_parse(struct tsm_record *record, const char *line, size_t length)
{
    struct reader r = {line + (length > 0), line + length, true, NULL, 0};

    return get_record(&r, record, line[0]) &&
           (r.at == r.end || (r.at + 1 == r.end && *r.at == '\n'));
}

size_t tsm_record_unpack(struct tsm_record *record, struct tsm_record_base *base, const char *bytes,
                         size_t size)
{
    struct reader r = {bytes + 1, bytes + size, size > 0, base, 0};

    return size > 0 && get_record(&r, record, bytes[0]) && r.zeros == 0 ? (size_t)(r.at - bytes)
                                                                        : 0;
}
