/* tsr.h - what became of a shard's connections: what `tcpstory reduce` writes.
 *
 * A file of blocks (blocks.h), which hold entries as tsr_code.h tells them:
 *
 *   a position        what follows came of that header
 *   a birth           a stream was given its number
 *   a finish          what follows was told of a stream at the end of the capture
 *   a projection      ... of what timers alone will do after that
 *   a record          as tsm_record.h has it
 *
 * Records have streams as the shard numbers them. Projections are in blocks of a section of their
 * own, which is read after the other one.
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
#include "tsr_code.h"

#define TSR_VERSION 4

/* ---- writing ---- */

struct tsr_track;

struct tsr_writer {
    struct blocks_writer blocks;
    struct tsr_track *tracks; /* by section; owned */
    struct tsr_position now;
    char phase;   /* '@', '=' or '!' */
    bool is_told; /* the position, or the stream */
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

/* The next records are of the capture's end: '=', or '!'; these take turns as they like, where no
 * '@' follows. */
void tsr_phase(struct tsr_writer *writer, char phase);

/* Adds a record. The capture's goes into the summary; flows and metrics are left out. */
void tsr_add(struct tsr_writer *writer, const struct tsm_record *record);

/* As blocks_end() and blocks_cancel(). */
bool tsr_end(struct tsr_writer *writer, GError **error);
void tsr_cancel(struct tsr_writer *writer);

/* ---- reading ---- */

/* What tsr_next() has found. */
enum tsr_entry {
    TSR_END,      /* nothing more, or tsr->trouble is set */
    TSR_POSITION, /* in tsr->base.position */
    TSR_BIRTH,
    TSR_FINISH,  /* of tsr->base.stream */
    TSR_PROJECT, /* of tsr->base.stream */
    TSR_RECORD,  /* in tsr->record */
};

struct tsr_strings;

struct tsr {
    struct blocks *blocks;
    struct tsm_record_capture capture;
    guint section, next; /* block */
    bool may_bear;       /* the header that is told has given birth to no stream yet */
    GByteArray *raw;
    struct tsr_text text;
    struct tsr_strings *strings; /* of the block; owned */
    struct tsr_base base;
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

/* The stream that a record is of; NULL when it is of a type that no .tsr holds. */
guint32 *tsr_stream_of(struct tsm_record *record);

#endif
