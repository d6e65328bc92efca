/* tsm_record.h - the record stream: what the plugin's tap writes and tcpstory reads.
 *
 * Lines of tab-separated columns; the first column is one letter, the record's type.
 * docs/user/records.md explains every column. Numbers are decimal, sets of bits hexadecimal,
 * addresses are 8 or 32 hexadecimal digits, times are nanoseconds since 1970-01-01 UTC.
 * Enumerations are written as numbers; their order is fixed by the headers of core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_RECORD_H
#define TSM_RECORD_H

#include "tsm_table.h"

/* Raise it when a column changes its meaning or place: tcpstory refuses other versions. */
#define TSM_RECORD_VERSION 4

enum tsm_record_type {
    TSM_RECORD_HEADER = 'H',    /* first line: version of the stream and of the plugin */
    TSM_RECORD_START = 'S',     /* a stream begins */
    TSM_RECORD_CHANGE = 'C',    /* a belief about one endpoint changed */
    TSM_RECORD_SEGMENT = 'G',   /* a segment (by default those with a step or a note) */
    TSM_RECORD_PROJECTED = 'P', /* as 'C', but beyond the capture's end: see tsm_conn_project() */
    TSM_RECORD_FACTS = 'F',     /* what rules need to know of one endpoint, behind the totals */
    TSM_RECORD_SPENT = 'T',     /* where the time of a stream went, behind its facts */
    TSM_RECORD_METRICS = 'M',   /* figures of a stream, when they are wanted: tsm_metrics.h */
    TSM_RECORD_TOTALS = 'E',    /* what a stream amounts to, at the end of the capture */
    TSM_RECORD_FLOW = 'L',      /* a flow of a stream: a row of Zeek's conn.log, see tsm_flow.h */
    TSM_RECORD_BLANK = 'N',     /* nothing was captured for a while; before what came then */
    TSM_RECORD_CAPTURE = 'Q',   /* what the capture amounts to */
    TSM_RECORD_END = 'Z',       /* last line; without it the stream was cut short */
};

struct tsm_record_header {
    uint32_t version;   /* TSM_RECORD_VERSION of the writer */
    char plugin[16];    /* version of the plugin */
    char wireshark[16]; /* version of Wireshark */
};

struct tsm_record_start {
    int64_t time_ns;
    uint32_t stream;
    uint32_t frame;
    uint32_t previous_stream; /* TSM_NO_STREAM = none, written as "-" */
    struct tsm_tuple tuple;   /* source = client */
    uint8_t role_basis;       /* enum tsm_role_basis */
};

struct tsm_record_change {
    uint32_t stream;
    struct tsm_change change;
};

struct tsm_record_segment {
    int64_t time_ns;
    uint32_t stream, frame;
    uint32_t seq, ack, payload, notes;
    uint32_t sack_left, sack_right; /* as in tsm_segment; the same number twice = none */
    uint16_t flags, window;
    uint8_t sender, action, call, open_step, close_steps;
    uint8_t state[2]; /* enum tsm_state after it, live, by enum tsm_side */
};

struct tsm_record_totals {
    int64_t start_ns, end_ns; /* first and last segment */
    int64_t setup_ns;         /* -1 = not seen */
    int64_t closed_out_ns;    /* when it was evicted to make room; 0 = it was not */
    uint32_t stream;
    uint8_t closed_by; /* 0 none, 1 client, 2 server */
    uint8_t syn_tries;
    uint8_t vantage; /* enum tsm_vantage */
    uint8_t steps;   /* open steps seen (bits 0-2) and close steps seen (bits 4-7) */
    struct {
        uint32_t segments, retransmissions;
        uint64_t payload_bytes;                /* each byte once */
        uint64_t out_of_order, repeated, lost; /* bytes: see tsm_bytes.h */
    } side[2];
};

/* The facts of one endpoint, and how its numbers stood at the end. */
struct tsm_record_facts {
    struct tsm_facts seen; /* but for its private members */
    int64_t first_data_ns; /* with first_data_frame */
    int64_t last_ns;       /* its last segment, with last_frame */
    uint32_t stream;
    uint32_t first_data_frame; /* 0 = it sent no data */
    uint32_t last_frame;       /* 0 = it sent nothing */
    uint32_t next_seq;         /* after the highest sequence number that it sent */
    uint32_t unacked; /* octets that it sent, SYN and FIN included, and nobody acknowledged */
    uint32_t ts_val;  /* its last time stamp; 0 = it sent none */
    uint8_t side;     /* enum tsm_side */
};

/* Where the time of a stream went. */
struct tsm_record_spent {
    struct tsm_spent is;
    uint32_t stream;
};

/* Figures of a stream, by enum tsm_side. */
struct tsm_record_metrics {
    struct tsm_metrics_of_end end[2];
    uint32_t stream;
};

struct tsm_record_flow {
    int64_t start_ns, end_ns; /* first segment, and last one before both ends were closed */
    uint32_t stream;
    uint32_t frame;     /* of the first segment */
    uint8_t conn_state; /* enum tsm_conn_state */
    char history[TSM_HISTORY_TEXT];
    struct {
        uint32_t packets;
        uint64_t ip_bytes; /* IP headers included */
        uint64_t bytes;    /* data by sequence numbers, tsm_flow_bytes() */
        uint64_t missed;   /* data that were acknowledged but not captured */
    } side[2];
};

struct tsm_record_capture {
    int64_t start_ns, end_ns; /* first and last frame of any kind */
    uint32_t frames;          /* frames of any kind */
    uint32_t segments;        /* TCP segments followed */
    uint32_t unread;          /* TCP headers cut too short, or malformed: not followed */
    uint32_t fragments;       /* first fragments of datagrams that were not reassembled */
    uint32_t quoted;          /* TCP headers inside ICMP errors */
    uint32_t max_connections; /* so many are followed at once; 0 = any number */
    uint32_t closed_out;      /* connections that were evicted, so that there are no more */
    uint32_t closed_open;     /* of these, those that were not over: tsm_stream_is_over() */
    uint32_t refused;         /* TCP headers that were not followed, as there was no memory */
};

struct tsm_record {
    enum tsm_record_type type;
    union {
        struct tsm_record_header header;
        struct tsm_record_start start;
        struct tsm_record_change change;
        struct tsm_record_segment segment;
        struct tsm_record_totals totals;
        struct tsm_record_facts facts;
        struct tsm_record_spent spent;
        struct tsm_record_metrics metrics;
        struct tsm_record_flow flow;
        struct tsm_record_capture capture;
        struct tsm_blank blank;
    } u;
};

/* Long enough for any record with its newline and NUL. */
#define TSM_RECORD_TEXT 1216

/* Writes the record as a line, newline included, into buf of TSM_RECORD_TEXT bytes. Returns the
 * length without the final NUL. */
size_t tsm_record_format(const struct tsm_record *record, char *buf);

/* Reads a line of `length` bytes (with or without its newline; a NUL is behind them). Returns
 * false, with *record in an unspecified state, when it is not a well-formed record; any number in
 * range is accepted, any other is not. */
bool tsm_record_parse(struct tsm_record *record, const char *line, size_t length);

/* Times, frames and streams of packed records are told against the last ones before; all zero at
 * first. */
struct tsm_record_base {
    int64_t ns;
    uint32_t frame, stream;
};

/* Below it, a packed number of nanoseconds is a length of time (18 minutes), above it a point. */
#define TSM_RECORD_SHORT_NS (INT64_C(1) << 40)

/* Small numbers for those near 0 on either side. */
static inline uint64_t tsm_zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value < 0 ? -1 : 0);
}

static inline int64_t tsm_unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

/* Writes the record into buf of TSM_RECORD_TEXT bytes: the same columns as the line has, numbers in
 * as many bytes as they need. Returns the size. */
size_t tsm_record_pack(const struct tsm_record *record, struct tsm_record_base *base, char *buf);

/* Reads a packed record from the first of `size` bytes. Returns its size; 0, with *record and *base
 * in an unspecified state, when it is none. */
size_t tsm_record_unpack(struct tsm_record *record, struct tsm_record_base *base, const char *bytes,
                         size_t size);

/* Fills records from the engine's own values, so that the plugin and tcpstory's other readers say
 * the same. */
void tsm_record_of_start(struct tsm_record *record, const struct tsm_stream *stream);
void tsm_record_of_change(struct tsm_record *record, uint32_t stream,
                          const struct tsm_change *change);
void tsm_record_of_segment(struct tsm_record *record, uint32_t stream,
                           const struct tsm_segment *seg, const struct tsm_verdict *verdict);
void tsm_record_of_flow(struct tsm_record *record, uint32_t stream, const struct tsm_flow *flow);
void tsm_record_of_spent(struct tsm_record *record, const struct tsm_stream *stream);
void tsm_record_of_metrics(struct tsm_record *record, uint32_t stream,
                           const struct tsm_metrics *metrics);
void tsm_record_of_totals(struct tsm_record *record, const struct tsm_stream *stream);
void tsm_record_of_facts(struct tsm_record *record, const struct tsm_stream *stream,
                         enum tsm_side side);

#endif
