/* blocks_write.c - writes files of blocks; see blocks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "blocks.h"

#include <string.h>
#include <zstd.h>

#include "blocks_layout.h"
#include "crc32c.h"
#include "memory.h"
#include "tsm_little.h"

#define LEVEL (-1) /* half of the time of level 1, and a few hundredths more bytes */

bool blocks_begin(struct blocks_writer *writer, const char *name, const struct blocks_head *head,
                  GError **error)
{
    guint8 bytes[HEAD_BYTES] = {0};

    *writer = (struct blocks_writer){0};
    if (!made_begin(&writer->made, name, error)) {
        return false;
    }
    writer->index = g_byte_array_new();
    writer->packed = g_byte_array_new();
    writer->context = ZSTD_createCCtx();
    if (writer->context == NULL) {
        g_error(MEMORY_RAN_OUT);
    }
    g_byte_array_set_size(writer->packed, (guint)ZSTD_compressBound(BLOCKS_MAX_BYTES));
    memcpy(bytes + HEAD_MAGIC, head->magic, BLOCKS_MAGIC_BYTES);
    tsm_put32(bytes + HEAD_VERSION, head->version);
    tsm_put32(bytes + HEAD_SECTIONS, head->sections);
    tsm_put32(bytes + HEAD_NUMBER, head->number);
    memcpy(bytes + HEAD_IDENTITY, head->identity, RUN_IDENTITY_BYTES);
    tsm_put32(bytes + HEAD_CRC, crc32c(0, bytes, HEAD_CRC));
    made_write(&writer->made, bytes, sizeof bytes);
    return true;
}

void blocks_add(struct blocks_writer *writer, guint32 section, const void *bytes, gsize size,
                guint32 count)
{
    guint8 entry[ENTRY_BYTES] = {0};
    const gsize n = ZSTD_compressCCtx(writer->context, writer->packed->data, writer->packed->len,
                                      bytes, size, LEVEL);

    g_assert(size <= BLOCKS_MAX_BYTES && !ZSTD_isError(n)); /* there is always room for it */
    tsm_put64(entry + ENTRY_OFFSET, writer->made.size);
    tsm_put32(entry + ENTRY_SIZE, (guint32)n);
    tsm_put32(entry + ENTRY_UNPACKED, (guint32)size);
    tsm_put32(entry + ENTRY_SECTION, section);
    tsm_put32(entry + ENTRY_COUNT, count);
    tsm_put32(entry + ENTRY_CRC, crc32c(0, writer->packed->data, n));
    g_byte_array_append(writer->index, entry, sizeof entry);
    writer->blocks++;
    made_write(&writer->made, writer->packed->data, n);
}

bool blocks_end(struct blocks_writer *writer, const GByteArray *summary, GError **error)
{
    guint8 trailer[TRAILER_BYTES] = {0};
    const guint64 at = writer->made.size;
    const guint32 crc = crc32c(0, writer->index->data, writer->index->len);

    made_write(&writer->made, writer->index->data, writer->index->len);
    made_write(&writer->made, summary->data, summary->len);
    tsm_put64(trailer + TRAILER_INDEX, at);
    tsm_put64(trailer + TRAILER_SUMMARY, at + writer->index->len);
    tsm_put32(trailer + TRAILER_BLOCKS, writer->blocks);
    tsm_put32(trailer + TRAILER_SUMMARY_SIZE, summary->len);
    tsm_put32(trailer + TRAILER_CRC, crc32c(crc, summary->data, summary->len));
    memcpy(trailer + TRAILER_MAGIC, TRAILER_MAGIC_TEXT, BLOCKS_MAGIC_BYTES);
    made_write(&writer->made, trailer, sizeof trailer);
    const bool ok = made_end(&writer->made, error);
    blocks_cancel(writer);
    return ok;
}

void blocks_cancel(struct blocks_writer *writer)
{
    made_cancel(&writer->made);
    g_clear_pointer(&writer->index, g_byte_array_unref);
    g_clear_pointer(&writer->packed, g_byte_array_unref);
    ZSTD_freeCCtx(writer->context);
    writer->context = NULL;
}
