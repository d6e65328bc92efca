/* tsm_table.h - all connections of a capture: which stream a segment belongs to.
 *
 * Streams are numbered as Wireshark numbers tcp.stream: one for each pair of addresses and ports,
 * and a new one when a SYN without ACK comes with another sequence number than the stream began
 * with. Where that splits one living connection (a forged or stale SYN inside it), the new stream
 * goes on with the connection's states once the hosts show that they do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_TABLE_H
#define TSM_TABLE_H

#include "tsm_conn.h"
#include "tsm_flow.h"
#include "tsm_hash.h"
#include "tsm_metrics.h"
#include "tsm_spent.h"

/* A stream: its connection, and the tuple of its first segment. Lives as long as the table, unless
 * tsm_table_forget() is called for it. A stream that was not heard of for a while, or is over,
 * rests (tsm_rest.c): its connection is packed until it is fed or asked for. So `conn`, and what
 * tsm_stream_flow() and the like give, is there only of a stream that a function of the table has
 * just given or filled in, until it is called for another one. Everything but `conn`, `number` and
 * `tuple` is private. */
struct tsm_stream {
    struct tsm_conn *conn;      /* public; NULL = it rests. The extras are behind it */
    uint8_t *packed;            /* of a stream that rests */
    struct tsm_stream *older;   /* the stream before it on the same tuple; NULL = none */
    struct tsm_stream *newer;   /* the one after it on the same tuple; NULL = none */
    struct tsm_stream *next;    /* chain of the hash */
    struct tsm_stream *staler;  /* in its queue, the one that has been idle longer */
    struct tsm_stream *fresher; /* the one that has been idle for less time */
    struct tsm_tuple tuple;     /* public: of the first segment, as it was sent */
    uint8_t extras;             /* enum tsm_extra: those that it has */
    uint8_t queue;              /* enum tsm_queue_kind */
    uint32_t number;            /* public: as tcp.stream */
    uint32_t base_seq[2];       /* Wireshark's base sequence number of each end */
    bool base_known[2];
    bool fed;   /* a segment was seen, not only an ICMP quote */
    bool over;  /* a newer stream has taken its place */
    bool awake; /* since it was fed; not when it was only asked for */
    /* Of the recorder, when it is live: */
    bool emitted;                    /* its end has been told */
    struct tsm_stream *next_watched; /* in the list of streams that may end */
    struct tsm_stream **watched_at;  /* what points to it in that list; NULL = it is not there */
};

struct tsm_table;

/* What a segment did to the table: its stream, and the older stream that it ended, if any. */
struct tsm_fed {
    struct tsm_stream *stream; /* NULL = out of memory: the segment is not followed, no verdict */
    struct tsm_stream *ended;  /* an older stream whose states changed with it; NULL = none */
    bool started;              /* the stream is new */
    bool flow_ended;           /* the segment begins a new flow of the stream */
    struct tsm_flow flow;      /* the one before it, when flow_ended */
    struct tsm_verdict verdict;
    struct tsm_verdict ended_verdict; /* only its changes, when `ended` is set */
};

/* A new, empty table; `model` and `key` are copied. The key is to be one that a capture cannot
 * know; nothing that the table says depends on it. NULL when out of memory. Free with
 * tsm_table_free(). */
struct tsm_table *tsm_table_new(const struct tsm_model *model, const struct tsm_hash_key *key);

/* What costs some time and memory, and is kept only for those who want it: bits. */
enum tsm_extra {
    TSM_EXTRA_FLOWS = 1,   /* tsm_flow.h */
    TSM_EXTRA_METRICS = 2, /* tsm_metrics.h */
    TSM_EXTRA_SPENT = 4,   /* tsm_spent.h, and facts and bytes of the connection: records want
                              them, fields do not */
    TSM_ALL_EXTRAS = 7,
};

/* Private: what lies behind all that may be before it. */
static inline void *tsm_stream_extra(const struct tsm_stream *stream, enum tsm_extra extra,
                                     unsigned before)
{
    const unsigned has = stream->extras;
    char *behind = (char *)(stream->conn + 1);

    behind += (has & before & TSM_EXTRA_SPENT) != 0 ? sizeof(struct tsm_spender) : 0;
    behind += (has & before & TSM_EXTRA_FLOWS) != 0 ? sizeof(struct tsm_flow) : 0;
    return (has & extra) != 0 ? behind : NULL;
}

/* Where the time of the connection goes: `is` of it; NULL = nobody wants it. */
static inline struct tsm_spender *tsm_stream_spender(const struct tsm_stream *stream)
{
    return tsm_stream_extra(stream, TSM_EXTRA_SPENT, 0);
}

/* The newest flow of the connection; NULL = nobody wants it. */
static inline struct tsm_flow *tsm_stream_flow(const struct tsm_stream *stream)
{
    return tsm_stream_extra(stream, TSM_EXTRA_FLOWS, TSM_EXTRA_SPENT);
}

/* Figures of the connection; NULL = nobody wants them. */
static inline struct tsm_metrics *tsm_stream_metrics(const struct tsm_stream *stream)
{
    return tsm_stream_extra(stream, TSM_EXTRA_METRICS, TSM_EXTRA_SPENT | TSM_EXTRA_FLOWS);
}

/* Streams that begin from now on have these extras, too. */
void tsm_table_want(struct tsm_table *table, unsigned extras);

/* Those that begin from now on do not have them. */
void tsm_table_spare(struct tsm_table *table, unsigned extras);

/* Frees the table and all its streams. NULL is allowed. */
void tsm_table_free(struct tsm_table *table);

/* Nothing was captured in `blank`, which lies behind all that were told before; it is copied. What
 * is fed from its end on, or finished, has been through it. */
void tsm_table_blank(struct tsm_table *table, const struct tsm_blank *blank);

/* Private to the table: adds it to the model's, whose memory *blanks is (NULL at first). One for
 * which there is no memory, or no number, is not known of. */
void tsm_model_blank(struct tsm_model *model, struct tsm_blank **blanks,
                     const struct tsm_blank *blank);

/* Feeds a segment, in capture order. Fills *fed wholly. */
__attribute__((noinline)) /* so that profiles show it: docs/develop/architecture.md */
void tsm_table_feed(struct tsm_table *table, const struct tsm_tuple *tuple,
                    const struct tsm_segment *seg, struct tsm_fed *fed);

/* A TCP header quoted in an ICMP error; it never feeds the states as a segment. Wireshark gives
 * such a header a stream too, so this counts streams alike. `quoted` has seq set, and flags and ack
 * too when `numbered`: at least TSM_HEADER_MIN bytes of the header were quoted (less makes no
 * stream in Wireshark). `error` is what quotes it; fatal are ICMP 3 but for code 4 (fragmentation
 * needed), 11, 12, and ICMPv6 1, 3, 4; NULL: it is no quote, but a header that cannot be followed.
 * time_ns and frame of `quoted` are those of the ICMP message. Fills *fed; fed->stream is NULL when
 * the quote concerns no connection that was captured. */
void tsm_table_quote(struct tsm_table *table, const struct tsm_tuple *tuple,
                     const struct tsm_segment *quoted, bool numbered,
                     const struct tsm_icmp_error *error, struct tsm_fed *fed);

/* Lets time pass to the end of the capture for one stream; *verdict tells what changed. */
void tsm_table_finish(struct tsm_table *table, struct tsm_stream *stream, int64_t end_ns,
                      struct tsm_verdict *verdict);

/* What timers alone will do after that (tsm_conn_project); call it once, after tsm_table_finish. */
void tsm_table_project(struct tsm_table *table, struct tsm_stream *stream,
                       struct tsm_verdict *verdict);

/* The stream to be given up so that the table keeps at most `most` of them; NULL when it keeps no
 * more. Connections that are over go first (tsm_stream_is_over() after their last segment), as only
 * a late segment could miss them, then those that are not; of either kind the one whose last
 * segment, or ICMP error, is longest ago. */
struct tsm_stream *tsm_table_surplus(const struct tsm_table *table, uint32_t most);

/* Forgets a stream and frees it. Its number stays used; what comes on its tuple begins a new one.
 */
void tsm_table_forget(struct tsm_table *table, struct tsm_stream *stream);

/* Whether nothing more is expected of the connection: each end is in CLOSED, LISTEN or TIME_WAIT,
 * or a newer stream has taken its place. */
bool tsm_stream_is_over(const struct tsm_stream *stream);

/* Whether it has had a segment, and is not only a number taken by an ICMP quote. */
static inline bool tsm_stream_is_connection(const struct tsm_stream *stream)
{
    return stream->fed;
}

/* The tuple of a stream with the client as source. */
struct tsm_tuple tsm_stream_tuple(const struct tsm_stream *stream);

/* How many headers could not be followed as there was no memory for a stream. */
uint32_t tsm_table_refused(const struct tsm_table *table);

/* Number of streams so far; streams are numbered 0 .. count-1. */
uint32_t tsm_table_count(const struct tsm_table *table);

/* A stream by number, awake; NULL when there is none, or when it is only a number taken by an ICMP
 * quote, or was forgotten. */
struct tsm_stream *tsm_table_stream(struct tsm_table *table, uint32_t number);

/* Frees the stream of a number, if there is one, once nothing will be fed any more, and nobody has
 * a stream but as tsm_table_copy() gives it: what leads to it is not undone. */
void tsm_table_drop(struct tsm_table *table, uint32_t number);

/* A copy of that stream, awake, which belongs to the table: time may pass for it alone. NULL as
 * there. It is gone when the next one is asked for. */
struct tsm_stream *tsm_table_copy(struct tsm_table *table, uint32_t number);

/* The stream, which may rest, is awake until another one is asked for or fed. Returns false when
 * out of memory. */
bool tsm_table_wake(struct tsm_table *table, struct tsm_stream *stream);

/* All streams rest, and none is in use any more. */
void tsm_table_pack(struct tsm_table *table);

/* From now on only streams that are over rest: for who looks at all that are open, often. */
void tsm_table_keep_open_awake(struct tsm_table *table);

#endif
