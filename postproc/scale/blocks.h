/* blocks.h - the container of .tsi and .tsr: blocks that zstd has compressed, an index, a summary.
 *
 * All numbers begin with their least significant byte. docs/develop/run-files.md has it as a table:
 *
 *   head     64 bytes: magic, version, sections, number, identity, CRC-32C
 *   blocks   each a zstd frame of its own
 *   index    32 bytes for each block: offset, size, unpacked size, section, count, CRC-32C
 *   summary  what the file's kind has to say
 *   trailer  40 bytes: where index and summary are, and their CRC-32C
 *
 * Who reads one trusts nothing in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "made.h"
#include "run_identity.h"

#define BLOCKS_MAGIC_BYTES 8

/* The most bytes of a block, unpacked. */
#define BLOCKS_MAX_BYTES (1u << 20)

/* What a file says of itself at its beginning. */
struct blocks_head {
    char magic[BLOCKS_MAGIC_BYTES];
    guint32 version;                     /* of the kind that the magic tells */
    guint32 sections;                    /* blocks belong to sections 0 to sections - 1 */
    guint32 number;                      /* which file of its kind it is */
    guint8 identity[RUN_IDENTITY_BYTES]; /* of what it was made from */
};

/* ---- writing ---- */

struct blocks_writer {
    struct made made;
    GByteArray *index;
    GByteArray *packed; /* room for a block */
    guint32 blocks;
    void *context; /* of zstd */
};

/* Begins a file. Fails with EXIT_OUTPUT. */
bool blocks_begin(struct blocks_writer *writer, const char *name, const struct blocks_head *head,
                  GError **error);

/* Appends a block of `size` bytes, at most BLOCKS_MAX_BYTES, that hold `count` things. */
void blocks_add(struct blocks_writer *writer, guint32 section, const void *bytes, gsize size,
                guint32 count);

/* Ends the file with its summary. Fails with EXIT_OUTPUT; nothing is left of it then. */
bool blocks_end(struct blocks_writer *writer, const GByteArray *summary, GError **error);

/* Gives it up. Nothing happens when it has ended, or was all zero. */
void blocks_cancel(struct blocks_writer *writer);

/* ---- reading ---- */

/* A block as the index has it. */
struct blocks_entry {
    guint64 offset;
    guint32 size, unpacked, section, count, crc;
};

struct blocks {
    int fd;
    char *name; /* for messages; safe */
    struct blocks_head head;
    GArray *index;       /* of struct blocks_entry */
    GByteArray *summary; /* as it was given to blocks_end() */
    guint32 crc;         /* of index and summary: it depends on all that is in the file */
    GByteArray *packed;
    void *context; /* of zstd */
};

/* Opens a file of that magic and version, and checks all of it but the blocks. NULL and error:
 * EXIT_INPUT; TCPSTORY_ERROR's code tells no more, the message does. */
struct blocks *blocks_open(const char *name, const char *magic, guint32 version, GError **error);
void blocks_close(struct blocks *blocks);
typedef struct blocks Blocks;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Blocks, blocks_close)

/* Reads block number `i` of the index into `to`, which is emptied before. Fails with EXIT_INPUT
 * when it is not what the index says. */
bool blocks_read(struct blocks *blocks, guint i, GByteArray *to, GError **error);

/* Whether all blocks are as they were written; fails with EXIT_INPUT. */
bool blocks_check(struct blocks *blocks, GError **error);

#endif
