/* tsr.h - what became of a shard's connections: what `tcpstory reduce` writes.
 *
 * A file of blocks (blocks.h). A block holds entries, each of which begins with a letter:
 *
 *   '@' POSITION   what follows came of that header
 *   'B'            a stream was given its number
 *   '=' STREAM     what follows was told of that stream at the end of the capture
 *   '!' STREAM     ... of what timers alone will do after that
 *   0x80 and more  a change of state (tsr_change.h)
 *   others         another packed record (tsm_record.h)
 *
 * Records have streams as the shard numbers them.
 *
 * A position is a header's frame, its place in the frame, and where captures of several taps were
 * put together, its time; who puts shards together by them has the records of one engine that has
 * seen all headers, and numbers streams anew by their births.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSR_H
#define TSR_H

#include "blocks.h"
#include "tsr_change.h"

#define TSR_VERSION 3

/* Where in a RUN something was told. */
struct tsr_position {
    gint64 time_ns; /* 0 where captures follow each other */
    guint32 frame;
    guint16 ordinal;
};

/* ---- writing ---- */

struct tsr_writer {
    struct blocks_writer blocks;
    guint8 *raw; /* the block that is not full yet; owned */
    gsize used, room;
    guint32 count;
    struct tsm_record_base base;
    struct tsr_shapes shapes;
    struct tsr_position told; /* the last one in the block */
    struct tsr_position now;
    char phase;     /* '@', '=' or '!' */
    bool is_told;   /* the position, or the stream */
    guint32 stream; /* the last one that was told of, behind '=' or '!' */
    guint32 births;
    struct tsm_record_capture capture; /* the shard's */
};

/* Begins the file of a shard of `shards`, made from inputs of that identity. Fails with
 * EXIT_OUTPUT.
 */
bool tsr_begin(struct tsr_writer *writer, const char *name, guint32 shard, guint32 shards,
               const guint8 *identity, GError **error);

/* The next records come of this header. */
void tsr_at(struct tsr_writer *writer, const struct tsr_position *position);

/* So many streams have numbers by now. */
void tsr_born(struct tsr_writer *writer, guint32 streams);

/* The next records are of the capture's end: '=', or '!'. */
void tsr_phase(struct tsr_writer *writer, char phase);

/* Adds a record; the capture's goes into the summary. */
void tsr_add(struct tsr_writer *writer, const struct tsm_record *record);

/* As blocks_end() and blocks_cancel(). */
bool tsr_end(struct tsr_writer *writer, GError **error);
void tsr_cancel(struct tsr_writer *writer);

/* ---- reading ---- */

/* What tsr_next() has found. */
enum tsr_entry {
    TSR_END,      /* nothing more, or tsr->trouble is set */
    TSR_POSITION, /* in tsr->position */
    TSR_BIRTH,
    TSR_FINISH,  /* of tsr->stream */
    TSR_PROJECT, /* of tsr->stream */
    TSR_RECORD,  /* in tsr->record */
};

struct tsr {
    struct blocks *blocks;
    struct tsm_record_capture capture;
    guint next; /* block */
    GByteArray *raw;
    guint at;
    struct tsm_record_base base;
    struct tsr_shapes shapes;
    struct tsr_position position;
    guint32 stream;
    struct tsm_record record;
    GError *trouble; /* owned */
};

/* Opens one; NULL and error (EXIT_INPUT). */
struct tsr *tsr_open(const char *name, GError **error);
void tsr_close(struct tsr *tsr);
typedef struct tsr Tsr;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tsr, tsr_close)

/* The next entry. */
enum tsr_entry tsr_next(struct tsr *tsr);

/* Where in a record the stream is that it is of; 0 when it is of none. */
gsize tsr_stream_offset(enum tsm_record_type type);

/* The stream that a record is of; NULL when it is of none. */
static inline guint32 *tsr_stream_of(struct tsm_record *record)
{
    const gsize offset = tsr_stream_offset(record->type);

    return offset > 0 ? (void *)((char *)record + offset) : NULL;
}

#endif
