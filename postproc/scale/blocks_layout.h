/* blocks_layout.h - where things are in a file of blocks; for who writes and who reads it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLOCKS_LAYOUT_H
#define BLOCKS_LAYOUT_H

/* The head. */
enum {
    HEAD_MAGIC = 0,
    HEAD_VERSION = 8,
    HEAD_SECTIONS = 12,
    HEAD_NUMBER = 16,
    HEAD_IDENTITY = 24,
    HEAD_CRC = 60, /* of all that is before it */
    HEAD_BYTES = 64,
};

/* An entry of the index. */
enum {
    ENTRY_OFFSET = 0,
    ENTRY_SIZE = 8,
    ENTRY_UNPACKED = 12,
    ENTRY_SECTION = 16,
    ENTRY_COUNT = 20,
    ENTRY_CRC = 24, /* of the block as it lies there */
    ENTRY_BYTES = 32,
};

/* The trailer. */
enum {
    TRAILER_INDEX = 0,
    TRAILER_SUMMARY = 8,
    TRAILER_BLOCKS = 16,
    TRAILER_SUMMARY_SIZE = 20,
    TRAILER_CRC = 24, /* of head, index and summary */
    TRAILER_MAGIC = 32,
    TRAILER_BYTES = 40,
};

#define TRAILER_MAGIC_TEXT "tcps-end"

#endif
