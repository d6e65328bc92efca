/* tsm_recorder.h - a capture from its first to its last frame: feeds the table, counts, and tells
 * as records what came of it.
 *
 * The plugin and tcpstory's readers of tshark's output both use it, so they say the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_RECORDER_H
#define TSM_RECORDER_H

#include "tsm_record.h"

/* Which records are wanted. */
enum tsm_record_detail {
    TSM_RECORD_NONE,
    TSM_RECORD_EVENTS, /* segments only when they did something */
    TSM_RECORD_ALL,    /* every segment */
    TSM_RECORD_LIVE    /* as EVENTS, and the end of a stream is told as soon as it is known */
};

/* With TSM_RECORD_LIVE a stream ends when each of its ends is in CLOSED, LISTEN or TIME_WAIT, or
 * when it had no segment for two hours (a keep-alive would have come: Linux's tcp_keepalive_time,
 * RFC 9293 3.8.4); timers are looked at once a second of the capture. One that goes on after all is
 * begun again: all that was told of it before is void.
 *
 * With max_connections, memory is bounded. When one more is followed, another one is evicted
 * (see tsm_table_surplus() for which): its timers run until now, and what they alone will do later
 * is told as if it had happened, for nothing more will be seen of it; then its last records. What
 * comes on its addresses and ports begins a new stream. This is done before the next header is
 * looked at, so a caller may use what it was given until then.
 *
 * Everything but `table` and `totals` (to be read) and what is marked settable is private. */
struct tsm_recorder {
    struct tsm_table *table;          /* NULL = out of memory: nothing is followed */
    struct tsm_record_capture totals; /* so far */
    enum tsm_record_detail detail;    /* settable; TSM_RECORD_NONE at first */
    uint32_t stream;                  /* settable: of other streams only that they begin is told;
                                         TSM_NO_STREAM, as at first = all are told */
    uint32_t max_connections;         /* settable before the first header: at most so many are
                                         followed at once; 0, as at first = any number */
    bool projects;                    /* settable: tell what timers alone will do; true at first */
    bool watches;                     /* settable: find blanks in what is fed; true at first */
    /* Settable together with detail: gets each record in the stream's order. */
    void (*put)(void *context, const struct tsm_record *record);
    void *context;
    struct tsm_blank_watch watch; /* private, and the next one */
    int64_t longest_ns;           /* the longest silence that is no blank */
    uint32_t finished;            /* streams that tsm_recorder_finish_some() has dropped */
    /* private, when live */
    struct tsm_stream *watched; /* the streams whose end was not told */
    int64_t next_look_ns;       /* when to look at timers again */
};

/* Begins a capture; `model` and `key` (see tsm_table_new()) are copied. End it with
 * tsm_recorder_clear(). */
void tsm_recorder_init(struct tsm_recorder *recorder, const struct tsm_model *model,
                       const struct tsm_hash_key *key);
void tsm_recorder_clear(struct tsm_recorder *recorder);

/* Streams that begin from now on have these extras (enum tsm_extra), and those are told. */
void tsm_recorder_want(struct tsm_recorder *recorder, unsigned extras);

/* The other way round: TSM_EXTRA_SPENT is wanted at first, for records; who makes none spares it.
 */
void tsm_recorder_spare(struct tsm_recorder *recorder, unsigned extras);

/* A TCP header that can be read. Fills *fed; fed->stream is NULL when it is not followed. */
void tsm_recorder_segment(struct tsm_recorder *recorder, const struct tsm_tuple *tuple,
                          const struct tsm_segment *seg, struct tsm_fed *fed);

/* A TCP header quoted in an ICMP error. `captured` bytes of it are there, at least 8; of *quoted,
 * what they hold is set, and time and frame of the error. Fills *fed
 * as tsm_table_quote() does. */
void tsm_recorder_quote(struct tsm_recorder *recorder, const struct tsm_tuple *tuple,
                        const struct tsm_segment *quoted, size_t captured,
                        const struct tsm_icmp_error *error, struct tsm_fed *fed);

/* A TCP header that is cut too short or malformed; *seg as for a quote. `tuple` NULL: not even its
 * ports are there, or its addresses are not IP's. */
void tsm_recorder_unread(struct tsm_recorder *recorder, const struct tsm_tuple *tuple,
                         const struct tsm_segment *seg, size_t captured);

/* Nothing was captured in `blank`, as is known from elsewhere: from all that was captured, where
 * only some of it is fed here. Tell all of them first, by time; none is looked for then. */
void tsm_recorder_blank(struct tsm_recorder *recorder, const struct tsm_blank *blank);

/* The end of a frame of any kind. Without `has_time`, time_ns does not count. */
void tsm_recorder_frame(struct tsm_recorder *recorder, int64_t time_ns, bool has_time);

/* Time has passed without a frame, when live: it is `time_ns` now, unless it is later already. */
void tsm_recorder_pass(struct tsm_recorder *recorder, int64_t time_ns);

/* The end of the capture: timers run until its last frame, and the totals of each stream are told.
 * The table's streams stay as they were. Call it once. */
void tsm_recorder_finish(struct tsm_recorder *recorder);

/* In its place, for who wants nothing of what timers alone will do (projects is false): the next
 * `most` streams are told, and freed; call it until it returns false, and feed nothing more. */
bool tsm_recorder_finish_some(struct tsm_recorder *recorder, uint32_t most);

/* After that: what timers alone will do, and the last records; the table's streams stay as they
 * were. Call it once. */
void tsm_recorder_project(struct tsm_recorder *recorder);

/* In the place of both: of each stream its end, and at once what timers alone will do, which halves
 * how many are waken. Not when live. Call it once. */
void tsm_recorder_conclude(struct tsm_recorder *recorder);

/* The records of the end, without what timers will do after it, as if the capture ended here.
 * Streams stay as they are: more may be fed. */
void tsm_recorder_foretell(struct tsm_recorder *recorder);

#endif
