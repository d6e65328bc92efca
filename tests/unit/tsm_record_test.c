/* tsm_record_test.c - the record stream: what is written is read again, and nothing else is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_record.h"

static const enum tsm_record_type types[] = {
    TSM_RECORD_HEADER,    TSM_RECORD_START,  TSM_RECORD_CHANGE, TSM_RECORD_SEGMENT,
    TSM_RECORD_PROJECTED, TSM_RECORD_TOTALS, TSM_RECORD_FACTS,  TSM_RECORD_FLOW,
    TSM_RECORD_CAPTURE,   TSM_RECORD_END,    TSM_RECORD_SPENT,  TSM_RECORD_METRICS,
};

/* How large the numbers of a sample are. */
enum size { ZERO, SMALL, LARGEST };

static uint64_t pick(enum size size, uint64_t small, uint64_t largest)
{
    return size == ZERO ? 0 : size == SMALL ? small : largest;
}

static struct tsm_record_start sample_start(enum size size)
{
    struct tsm_record_start r = {
        .time_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .stream = (uint32_t)pick(size, 3, UINT32_MAX - 1),
        .frame = (uint32_t)pick(size, 17, UINT32_MAX),
        .previous_stream = size == SMALL ? 2 : TSM_NO_STREAM,
        .role_basis = size == ZERO ? TSM_ROLE_GUESSED : TSM_ROLE_HANDSHAKE,
        .tuple = {.sport = (uint16_t)pick(size, 40000, UINT16_MAX), .dport = 9502},
    };

    r.tuple.addr_len = size == LARGEST ? 16 : 4;
    memset(r.tuple.src, (int)pick(size, 0x0a, 0xff), r.tuple.addr_len);
    memset(r.tuple.dst, (int)pick(size, 0x5c, 0xfe), r.tuple.addr_len);
    return r;
}

static struct tsm_record_change sample_change(enum size size)
{
    return (struct tsm_record_change){
        .stream = (uint32_t)pick(size, 3, UINT32_MAX),
        .change = {.at_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
                   .from_ns = (int64_t)pick(size, 1700000000000000000, INT64_MAX),
                   .at_frame = (uint32_t)pick(size, 17, UINT32_MAX),
                   .from_frame = (uint32_t)pick(size, 16, UINT32_MAX),
                   .possible = (tsm_state_set)pick(size, 0x120, (1u << TSM_N_STATES) - 1),
                   .state = (uint8_t)pick(size, TSM_CLOSE_WAIT, TSM_N_STATES - 1),
                   .basis = (uint8_t)pick(size, TSM_PRESUMED, TSM_N_BASES - 1),
                   .side = (uint8_t)pick(size, TSM_SERVER, TSM_SERVER),
                   .cause = (uint8_t)pick(size, TSM_RCV_FIN, TSM_N_CAUSES - 1)},
    };
}

static struct tsm_record_spent sample_spent(enum size size)
{
    struct tsm_record_spent r = {.stream = (uint32_t)pick(size, 3, UINT32_MAX)};

    r.is.setup_ns = r.is.transfer_ns = r.is.close_ns = (int64_t)pick(size, 40000000, INT64_MAX);
    r.is.owing = (uint32_t)pick(size, 1, 2);
    for (unsigned side = 0; side < 2; side++) {
        r.is.end[side] = (struct tsm_spent_end){
            .wait_ns = (int64_t)pick(size, 2000000001, INT64_MAX),
            .longest_ns = (int64_t)pick(size, 2000000000, INT64_MAX),
            .resend_ns = (int64_t)pick(size, 200000000 + side, INT64_MAX),
            .window_ns = (int64_t)pick(size, 4000000000, INT64_MAX),
            .acked_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
            .gave_up_ns = (int64_t)pick(size, 30000000000, INT64_MAX),
            .stall_ns = (int64_t)pick(size, 300000000, INT64_MAX),
            .stall_end_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
            .quiet_ns = (int64_t)pick(size, 900000000, INT64_MAX),
            .quiet_end_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
            .trip_ns = (int64_t)pick(size, 15000000, INT64_MAX),
            .longest_frame = (uint32_t)pick(size, 17, UINT32_MAX),
            .data = (uint32_t)pick(size, 7, UINT32_MAX),
            .resent = (uint32_t)pick(size, 2, UINT32_MAX),
            .filled = (uint32_t)pick(size, 1, UINT32_MAX),
            .reordered = (uint32_t)pick(size, 4, UINT32_MAX),
            .needless = (uint32_t)pick(size, 5, UINT32_MAX),
            .missing = (uint32_t)pick(size, 1, 1),
        };
    }
    return r;
}

static struct tsm_record_segment sample_segment(enum size size)
{
    return (struct tsm_record_segment){
        .time_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .stream = (uint32_t)pick(size, 3, UINT32_MAX),
        .frame = (uint32_t)pick(size, 17, UINT32_MAX),
        .seq = (uint32_t)pick(size, 2927179378, UINT32_MAX),
        .ack = (uint32_t)pick(size, 1721825043, UINT32_MAX),
        .payload = (uint32_t)pick(size, 7, UINT32_MAX),
        .notes = (uint32_t)pick(size, TSM_NOTE_RETRANSMISSION, (1u << TSM_N_NOTES) - 1),
        .sack_left = (uint32_t)pick(size, 1721826491, UINT32_MAX),
        .sack_right = (uint32_t)pick(size, 1721827939, 1),
        .flags = (uint16_t)pick(size, TSM_FIN | TSM_ACK, 0xfff),
        .window = (uint16_t)pick(size, 4099, UINT16_MAX),
        .sender = (uint8_t)pick(size, TSM_SERVER, TSM_SERVER),
        .action = (uint8_t)pick(size, TSM_ACT_FIN, TSM_N_ACTIONS - 1),
        .call = (uint8_t)pick(size, TSM_CALL_CLOSE, TSM_N_CALLS - 1),
        .open_step = (uint8_t)pick(size, 1, 3),
        .close_steps = (uint8_t)pick(size, TSM_CLOSE_1, 0xf),
        .state = {(uint8_t)pick(size, TSM_FIN_WAIT_1, TSM_N_STATES - 1),
                  (uint8_t)pick(size, TSM_CLOSE_WAIT, TSM_N_STATES - 1)},
    };
}

static struct tsm_record_totals sample_totals(enum size size)
{
    struct tsm_record_totals r = {
        .start_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .end_ns = (int64_t)pick(size, 1700000001123456789, INT64_MAX),
        .setup_ns = size == ZERO ? -1 : (int64_t)pick(size, 20000000, INT64_MAX),
        .closed_out_ns = (int64_t)pick(size, 1700000002123456789, INT64_MAX),
        .stream = (uint32_t)pick(size, 3, UINT32_MAX),
        .closed_by = (uint8_t)pick(size, 1, 2),
        .syn_tries = (uint8_t)pick(size, 1, UINT8_MAX),
        .vantage = (uint8_t)pick(size, TSM_AT_CLIENT, TSM_AT_MIDDLE),
        .steps = (uint8_t)pick(size, 0x17, 0xf7),
    };

    for (unsigned side = 0; side < 2; side++) {
        r.side[side].segments = (uint32_t)pick(size, 5 + side, UINT32_MAX);
        r.side[side].retransmissions = (uint32_t)pick(size, side, UINT32_MAX);
        r.side[side].payload_bytes = pick(size, 1000 + side, UINT64_MAX);
        r.side[side].out_of_order = pick(size, 200 + side, UINT64_MAX);
        r.side[side].repeated = pick(size, 300 + side, UINT64_MAX);
        r.side[side].lost = pick(size, 400 + side, UINT64_MAX);
    }
    return r;
}

static struct tsm_mark sample_mark(enum size size)
{
    return (struct tsm_mark){
        .first_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .last_ns = (int64_t)pick(size, 1700000001123456789, INT64_MAX),
        .first_frame = (uint32_t)pick(size, 21, UINT32_MAX),
        .last_frame = (uint32_t)pick(size, 22, UINT32_MAX),
        .count = (uint32_t)pick(size, 2, UINT32_MAX),
    };
}

static struct tsm_first sample_first(enum size size)
{
    return (struct tsm_first){
        .ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .frame = (uint32_t)pick(size, 21, UINT32_MAX),
        .count = (uint32_t)pick(size, 2, UINT32_MAX),
    };
}

static struct tsm_pause sample_pause(enum size size)
{
    return (struct tsm_pause){
        .ns = (int64_t)pick(size, 60000000000, INT64_MAX),
        .end_ns = (int64_t)pick(size, 1700000001123456789, INT64_MAX),
        .frame = (uint32_t)pick(size, 23, UINT32_MAX),
        .end_frame = (uint32_t)pick(size, 24, UINT32_MAX),
    };
}

static struct tsm_facts sample_seen(enum size size)
{
    const uint32_t number = (uint32_t)pick(size, 77, UINT32_MAX);
    const uint8_t byte = (uint8_t)pick(size, 64, UINT8_MAX);
    const int64_t ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX);

    return (struct tsm_facts){
        .survived_ns = ns,
        .unanswered = sample_pause(size),
        .repeats = sample_mark(size),
        .after_fin = sample_first(size),
        .crossed_fin = sample_first(size),
        .closed_window = sample_first(size),
        .closed_since_ns = ns,
        .closed_longest_ns = ns,
        .last_data_ns = ns,
        .last_data_frame = number,
        .repeated_payload = number,
        .repeated_seq = number,
        .turns = number,
        .largest = number,
        .largest_acked = number,
        .backwards = (uint16_t)pick(size, 3, UINT16_MAX),
        .options_cut = (uint16_t)pick(size, 4, UINT16_MAX),
        .path = (uint16_t)pick(size, 4096, UINT16_MAX),
        .other_paths = (uint16_t)pick(size, 5, UINT16_MAX),
        .other_path_frame = number,
        .checked = (uint16_t)pick(size, 9, UINT16_MAX),
        .partial = (uint16_t)pick(size, 8, UINT16_MAX),
        .wrong = (uint16_t)pick(size, 7, UINT16_MAX),
        .wrong_frame = number,
        .stuck = sample_mark(size),
        .stuck_payload = number,
        .sacked = number,
        .stall_ns = ns,
        .stall_frame = number,
        .closed_ns = ns,
        .held = number,
        .held_frame = number,
        .held_ns = ns,
        .sack_outside = (uint16_t)pick(size, 2, UINT16_MAX),
        .sack_frame = number,
        .icmp_frame = number,
        .unseen = number,
        .syn_seq = number,
        .last_rst_seq = number,
        .first_flags = (uint16_t)pick(size, TSM_SYN, 0xfff),
        .mss = (uint16_t)pick(size, 1460, UINT16_MAX),
        .syn_payload = (uint16_t)pick(size, 100, UINT16_MAX),
        .offered = byte,
        .wscale = byte,
        .isns = byte,
        .ttl_least = byte,
        .ttl_most = byte,
        .rst_ttl_least = byte,
        .rst_ttl_most = byte,
        .rst_signs = byte,
        .syn_data_acked = size != ZERO,
        .icmp = {byte, byte, size != ZERO, size == LARGEST, (uint16_t)number},
    };
}

static struct tsm_record_facts sample_facts(enum size size)
{
    const uint32_t number = (uint32_t)pick(size, 78, UINT32_MAX);

    return (struct tsm_record_facts){
        .seen = sample_seen(size),
        .first_data_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .last_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .stream = (uint32_t)pick(size, 3, UINT32_MAX),
        .first_data_frame = number,
        .last_frame = number,
        .next_seq = number,
        .unacked = number,
        .ts_val = number,
        .side = (uint8_t)pick(size, TSM_SERVER, TSM_SERVER),
    };
}

static struct tsm_record_flow sample_flow(enum size size)
{
    struct tsm_record_flow r = {
        .start_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .end_ns = (int64_t)pick(size, 1700000001123456789, INT64_MAX),
        .stream = (uint32_t)pick(size, 3, UINT32_MAX),
        .frame = (uint32_t)pick(size, 17, UINT32_MAX),
        .conn_state = (uint8_t)pick(size, TSM_CONN_SF, TSM_N_CONN_STATES - 1),
    };

    memset(r.history, 'S', pick(size, 8, TSM_HISTORY_TEXT - 1));
    for (unsigned side = 0; side < 2; side++) {
        r.side[side].packets = (uint32_t)pick(size, 5 + side, UINT32_MAX);
        r.side[side].ip_bytes = pick(size, 1200 + side, UINT64_MAX);
        r.side[side].bytes = pick(size, 1000 + side, UINT64_MAX);
        r.side[side].missed = pick(size, 10 + side, UINT64_MAX);
    }
    return r;
}

static struct tsm_record_capture sample_capture(enum size size)
{
    return (struct tsm_record_capture){
        .start_ns = (int64_t)pick(size, 1700000000123456789, INT64_MAX),
        .end_ns = (int64_t)pick(size, 1700000009123456789, INT64_MAX),
        .frames = (uint32_t)pick(size, 100, UINT32_MAX),
        .segments = (uint32_t)pick(size, 90, UINT32_MAX),
        .unread = (uint32_t)pick(size, 3, UINT32_MAX),
        .fragments = (uint32_t)pick(size, 2, UINT32_MAX),
        .quoted = (uint32_t)pick(size, 1, UINT32_MAX),
        .max_connections = (uint32_t)pick(size, 1000000, UINT32_MAX),
        .closed_out = (uint32_t)pick(size, 12, UINT32_MAX),
        .closed_open = (uint32_t)pick(size, 2, UINT32_MAX),
        .refused = (uint32_t)pick(size, 3, UINT32_MAX),
    };
}

static struct tsm_record sample(enum tsm_record_type type, enum size size)
{
    struct tsm_record record;

    memset(&record, 0, sizeof record);
    record.type = type;
    switch (type) {
    case TSM_RECORD_HEADER:
        record.u.header.version = (uint32_t)pick(size, TSM_RECORD_VERSION, UINT32_MAX);
        g_strlcpy(record.u.header.plugin, size == LARGEST ? "123456789.12345" : "0.1.0", 16);
        g_strlcpy(record.u.header.wireshark, size == LARGEST ? "4.6.9-rc1 (git)" : "4.0.17", 16);
        break;
    case TSM_RECORD_START:
        record.u.start = sample_start(size);
        break;
    case TSM_RECORD_CHANGE:
    case TSM_RECORD_PROJECTED:
        record.u.change = sample_change(size);
        break;
    case TSM_RECORD_SEGMENT:
        record.u.segment = sample_segment(size);
        break;
    case TSM_RECORD_TOTALS:
        record.u.totals = sample_totals(size);
        break;
    case TSM_RECORD_FACTS:
        record.u.facts = sample_facts(size);
        break;
    case TSM_RECORD_SPENT:
        record.u.spent = sample_spent(size);
        break;
    case TSM_RECORD_METRICS:
#define X(m) record.u.metrics.end[1].m = (int64_t)pick(size, 1700000000123456789, INT64_MAX);
        TSM_METRIC_TIMES(X)
#undef X
        record.u.metrics.end[0] = record.u.metrics.end[1];
        break;
    case TSM_RECORD_FLOW:
        record.u.flow = sample_flow(size);
        break;
    case TSM_RECORD_CAPTURE:
        record.u.capture = sample_capture(size);
        break;
    default: /* of blanks: tsm_blank_test.c */
        break;
    }
    return record;
}

/* The line is a record although it must not be one. */
static void accepted(const char *line)
{
    g_test_message("accepted: \"%s\"", line);
    g_test_fail();
}

/* Written, read and written again: the same line. */
static void test_round_trip(const void *data)
{
    const enum tsm_record_type type = types[GPOINTER_TO_UINT(data)];

    for (enum size size = ZERO; size <= LARGEST; size++) {
        const struct tsm_record record = sample(type, size);
        char line[TSM_RECORD_TEXT], again[TSM_RECORD_TEXT];
        struct tsm_record back;
        const size_t n = tsm_record_format(&record, line);
        g_assert_cmpuint(n, ==, strlen(line));
        g_assert_cmpuint(n, <, TSM_RECORD_TEXT);
        g_assert_true(line[0] == (char)type);
        g_assert_true(line[n - 1] == '\n');
        g_assert_true(tsm_record_parse(&back, line, strlen(line)));
        g_assert_cmpint(back.type, ==, type);
        const size_t packed = tsm_record_pack(&record, &(struct tsm_record_base){7, 7, 7}, again);
        tsm_record_unpack(&back, &(struct tsm_record_base){7, 7, 7}, again, packed);
        tsm_record_format(&back, again);
        g_assert_cmpstr(again, ==, line);
        line[n - 1] = '\0';
        g_assert_true(tsm_record_parse(&back, line, strlen(line))); /* without its newline, too */
    }
}

static unsigned count_tabs(const char *line)
{
    unsigned n = 0;

    for (; *line != '\0'; line++) {
        n += *line == '\t';
    }
    return n;
}

/* Lines with a column too many, or cut anywhere but where a SACK block, an MTU ... would follow. */
static void test_columns(const void *data)
{
    const enum tsm_record_type type = types[GPOINTER_TO_UINT(data)];
    const struct tsm_record record = sample(type, SMALL);
    char line[TSM_RECORD_TEXT];
    struct tsm_record back;

    tsm_record_format(&record, line);
    line[strlen(line) - 1] = '\0';
    g_autofree char *longer = g_strconcat(line, "\t1", NULL);
    g_autofree char *trailing = g_strconcat(line, "\t", NULL);
    g_assert_false(tsm_record_parse(&back, longer, strlen(longer)));
    g_assert_false(tsm_record_parse(&back, trailing, strlen(trailing)));
    for (char *tab = strrchr(line, '\t'); tab != NULL; tab = strrchr(line, '\t')) {
        *tab = '\0';
        const unsigned tabs = count_tabs(line);
        const bool whole = (type == TSM_RECORD_TOTALS && tabs == 15) ||
                           (type == TSM_RECORD_SEGMENT && tabs == 16) ||
                           (type == TSM_RECORD_FACTS && tabs == 80) ||
                           (type == TSM_RECORD_CAPTURE && tabs == 10);
        g_autofree char *ended = g_strconcat(line, "\n", NULL);
        g_assert_cmpint(tsm_record_parse(&back, line, strlen(line)), ==, whole);
        g_assert_cmpint(tsm_record_parse(&back, ended, strlen(ended)), ==, whole);
    }
}

/* Puts `text` in place of column `n` of a line. Free with g_free(). */
static char *with_column(const char *line, unsigned n, const char *text)
{
    g_auto(GStrv) columns = g_strsplit(line, "\t", -1);

    g_free(columns[n]);
    columns[n] = g_strdup(text);
    return g_strjoinv("\t", columns);
}

static const char *const garbage[] = {
    "",
    "x",
    "-",
    "--1",
    "1 ",
    " 1",
    "+1",
    "0x1",
    "1.0",
    "99999999999999999999999",
    "18446744073709551616",
    "99999999999999999999",
    "1\n2",
    "-9",
};

/* Whether that text may stand in that column after all: times may be negative, and a stream need
 * not have a previous one; a history may be empty, or any of its letters. */
static bool is_allowed(const char *text, const char *column, enum tsm_record_type type)
{
    const bool history = column[0] == 'S';
    const bool time = !history && strlen(column) > 7;

    return (strcmp(text, "-9") == 0 && time) ||
           (strcmp(text, "-") == 0 && (history || type == TSM_RECORD_START)) ||
           (strcmp(text, "x") == 0 && history);
}

/* One text in every column but the first. */
static void check_garbage(const char *line, enum tsm_record_type type, const char *text)
{
    g_auto(GStrv) columns = g_strsplit(line, "\t", -1);

    for (unsigned n = 1; columns[n] != NULL; n++) {
        g_autofree char *bad = with_column(line, n, text);
        struct tsm_record back;
        if (!is_allowed(text, columns[n], type) && tsm_record_parse(&back, bad, strlen(bad))) {
            accepted(bad);
        }
    }
}

/* What can be no number and no address. The texts of the header are free. */
static void test_garbage(const void *data)
{
    const enum tsm_record_type type = types[GPOINTER_TO_UINT(data)];
    const struct tsm_record record = sample(type, SMALL);
    char line[TSM_RECORD_TEXT];

    tsm_record_format(&record, line);
    g_strchomp(line);
    for (size_t i = 0; i < G_N_ELEMENTS(garbage) && type != TSM_RECORD_HEADER; i++) {
        check_garbage(line, type, garbage[i]);
    }
}

// clang-format off
/* Numbers one beyond their range: an enumeration that is believed would index a table. */
static const struct {
    enum tsm_record_type type;
    unsigned column;
    uint64_t beyond;
} ranges[] = {
    {TSM_RECORD_START,   1, 4294967296},       {TSM_RECORD_START,   5, 65536},
    {TSM_RECORD_START,   7, 65536},            {TSM_RECORD_START,   8, TSM_ROLE_HANDSHAKE + 1},
    {TSM_RECORD_CHANGE,  2, 2},                {TSM_RECORD_CHANGE,  7, TSM_N_STATES},
    {TSM_RECORD_CHANGE,  8, TSM_N_BASES},      {TSM_RECORD_CHANGE, 10, TSM_N_CAUSES},
    {TSM_RECORD_SEGMENT, 4, 2},                {TSM_RECORD_SEGMENT, 9, 65536},
    {TSM_RECORD_SEGMENT, 10, TSM_N_ACTIONS},   {TSM_RECORD_SEGMENT, 11, TSM_N_CALLS},
    {TSM_RECORD_SEGMENT, 12, 4},               {TSM_RECORD_SEGMENT, 15, TSM_N_STATES},
    {TSM_RECORD_SEGMENT, 16, TSM_N_STATES},    {TSM_RECORD_TOTALS,  5, 3},
    {TSM_RECORD_TOTALS,  6, 256},              {TSM_RECORD_TOTALS,  7, TSM_AT_MIDDLE + 1},
    {TSM_RECORD_FACTS,   2, 2},                {TSM_RECORD_FACTS,   4, 256},
    {TSM_RECORD_FACTS,   8, 65536},            {TSM_RECORD_FACTS,  10, 2},
    {TSM_RECORD_FACTS,  11, 256},              {TSM_RECORD_FACTS,  57, 65536},
    {TSM_RECORD_SPENT,   1, 4294967296},       {TSM_RECORD_SPENT,   5, 3},
    {TSM_RECORD_METRICS, 1, 4294967296},       {TSM_RECORD_METRICS, 23, 4294967296},
    {TSM_RECORD_FLOW,    1, 4294967296},       {TSM_RECORD_FLOW,    5, TSM_N_CONN_STATES},
};
// clang-format on

/* Puts a number into a column of a record and tells whether it is read. */
static bool is_read(enum tsm_record_type type, unsigned column, uint64_t number)
{
    const struct tsm_record record = sample(type, SMALL);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);
    char line[TSM_RECORD_TEXT];
    struct tsm_record back;

    tsm_record_format(&record, line);
    g_autofree char *changed = with_column(g_strchomp(line), column, text);
    return tsm_record_parse(&back, changed, strlen(changed));
}

/* The largest number of the range is read, the ten beyond it are not. */
static void check_range(enum tsm_record_type type, unsigned column, uint64_t beyond)
{
    g_assert_true(is_read(type, column, beyond - 1));
    for (uint64_t number = beyond; number < beyond + 10; number++) {
        if (is_read(type, column, number)) {
            g_test_message("%c, column %u: accepted %u", (char)type, column, (unsigned)number);
            g_test_fail();
        }
    }
}

static void test_ranges(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        check_range(ranges[i].type, ranges[i].column, ranges[i].beyond);
    }
}

static void test_not_records(void)
{
    static const char *const lines[] = {
        "",     "\n",   "A",  "A\t1", "S", "SS\t1", "#x",        "z",
        "Z\t1", "H\t1", "\t", "Zz",   "{", "G 1",   "C\t\t\t\t", "H\tother\t1\t0.1\t4.0",
        "ZZ\n"};
    struct tsm_record record;

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        if (tsm_record_parse(&record, lines[i], strlen(lines[i]))) {
            accepted(lines[i]);
        }
    }
}

/* Addresses have 8 or 32 hexadecimal digits, both of one record alike. */
static void test_addresses(void)
{
    static const char *const good[] = {"0a000001", "ffffffff"};
    static const char *const bad[] = {
        "0a00001", "0a0000010", "0A000001", "0a00000g", "20010db8000000000000000000000001",
        "0a00",    ""};
    const struct tsm_record record = sample(TSM_RECORD_START, SMALL);
    char line[TSM_RECORD_TEXT];
    struct tsm_record back;

    tsm_record_format(&record, line);
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *text = with_column(line, 4, good[i]);
        g_assert_true(tsm_record_parse(&back, text, strlen(text)));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = with_column(line, 4, bad[i]);
        g_assert_false(tsm_record_parse(&back, text, strlen(text)));
    }
}

/* Any version is read: it is the reader who refuses one, with a message. */
static void test_versions(void)
{
    struct tsm_record record = sample(TSM_RECORD_HEADER, SMALL), back;
    char line[TSM_RECORD_TEXT];

    record.u.header.version = TSM_RECORD_VERSION + 1;
    tsm_record_format(&record, line);
    g_assert_true(tsm_record_parse(&back, line, strlen(line)));
    g_assert_cmpuint(back.u.header.version, ==, TSM_RECORD_VERSION + 1);
    g_assert_cmpstr(back.u.header.plugin, ==, "0.1.0");
    g_assert_cmpstr(back.u.header.wireshark, ==, "4.0.17");
}

/* Records filled from the engine's values are well formed and say the same. */
static void test_of_engine(void)
{
    struct tsm_table *table = tsm_table_new(&tsm_model_default, &(const struct tsm_hash_key){1, 2});
    const struct tsm_tuple tuple = {
        .src = {10, 0, 0, 1}, .dst = {10, 0, 0, 2}, .sport = 40000, .dport = 9502, .addr_len = 4};
    const struct tsm_segment syn = {.time_ns = 1000, .frame = 1, .seq = 77, .flags = TSM_SYN};
    struct tsm_record record, back;
    char line[TSM_RECORD_TEXT];
    struct tsm_fed fed;
    tsm_table_want(table, TSM_EXTRA_SPENT);
    tsm_table_feed(table, &tuple, &syn, &fed);
    tsm_record_of_start(&record, fed.stream);
    tsm_record_format(&record, line);
    g_assert_true(tsm_record_parse(&back, line, strlen(line)));
    g_assert_cmpuint(back.u.start.tuple.sport, ==, 40000);
    g_assert_cmpuint(back.u.start.previous_stream, ==, TSM_NO_STREAM);
    tsm_record_of_segment(&record, 0, &syn, &fed.verdict);
    tsm_record_format(&record, line);
    g_assert_true(tsm_record_parse(&back, line, strlen(line)));
    g_assert_cmpuint(back.u.segment.seq, ==, 77);
    g_assert_cmpuint(back.u.segment.state[TSM_CLIENT], ==, TSM_SYN_SENT);
    g_assert_cmpuint(back.u.segment.open_step, ==, 1);
    tsm_record_of_change(&record, 0, &fed.verdict.changes[fed.verdict.n_changes - 1]);
    tsm_record_format(&record, line);
    g_assert_true(tsm_record_parse(&back, line, strlen(line)));
    tsm_record_of_totals(&record, fed.stream);
    tsm_record_format(&record, line);
    g_assert_true(tsm_record_parse(&back, line, strlen(line)));
    g_assert_cmpuint(back.u.totals.side[TSM_CLIENT].segments, ==, 1);
    tsm_record_of_facts(&record, fed.stream, TSM_CLIENT);
    tsm_record_format(&record, line);
    g_assert_true(tsm_record_parse(&back, line, strlen(line)));
    g_assert_cmpuint(back.u.facts.seen.syn_seq, ==, 77);
    g_assert_cmpuint(back.u.facts.last_frame, ==, 1);
    tsm_table_free(table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *round_trip = g_strdup_printf("/record/round-trip/%c", (char)types[i]);
        g_autofree char *columns = g_strdup_printf("/record/columns/%c", (char)types[i]);
        g_autofree char *nonsense = g_strdup_printf("/record/garbage/%c", (char)types[i]);
        g_test_add_data_func(round_trip, GUINT_TO_POINTER(i), test_round_trip);
        g_test_add_data_func(columns, GUINT_TO_POINTER(i), test_columns);
        g_test_add_data_func(nonsense, GUINT_TO_POINTER(i), test_garbage);
    }
    g_test_add_func("/record/ranges", test_ranges);
    g_test_add_func("/record/not-records", test_not_records);
    g_test_add_func("/record/addresses", test_addresses);
    g_test_add_func("/record/versions", test_versions);
    g_test_add_func("/record/of-engine", test_of_engine);
    return g_test_run();
}
