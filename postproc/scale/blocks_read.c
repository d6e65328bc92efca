/* blocks_read.c - reads files of blocks; see blocks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "blocks_layout.h"
#include "crc32c.h"
#include "errors.h"
#include "memory.h"
#include "text.h"
#include "tsm_little.h"

static bool fail(const struct blocks *blocks, const char *what, GError **error)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "'%s' %s", blocks->name, what);
    return false;
}

static bool damaged(const struct blocks *blocks, const char *what, GError **error)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "'%s' is damaged: %s", blocks->name, what);
    return false;
}

/* Reads exactly so many bytes at a place. */
static bool read_at(const struct blocks *blocks, guint64 at, void *to, gsize size)
{
    guint8 *p = to;

    while (size > 0) {
        const gssize n = pread(blocks->fd, p, size, (off_t)at);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        if (n > 0) {
            p += n;
            at += (guint64)n;
            size -= (gsize)n;
        }
    }
    return true;
}

/* ---- opening ---- */

static bool read_head(struct blocks *blocks, const char *magic, guint32 version, GError **error)
{
    guint8 bytes[HEAD_BYTES];
    struct blocks_head *head = &blocks->head;

    if (!read_at(blocks, 0, bytes, sizeof bytes)) {
        return damaged(blocks, "it ends in its first bytes", error);
    }
    memcpy(head->magic, bytes + HEAD_MAGIC, BLOCKS_MAGIC_BYTES);
    if (memcmp(head->magic, magic, BLOCKS_MAGIC_BYTES) != 0) {
        return fail(blocks, "is no file of this kind", error);
    }
    if (crc32c(0, bytes, HEAD_CRC) != tsm_get32(bytes + HEAD_CRC)) {
        return damaged(blocks, "its head has another checksum", error);
    }
    head->version = tsm_get32(bytes + HEAD_VERSION);
    head->sections = tsm_get32(bytes + HEAD_SECTIONS);
    head->number = tsm_get32(bytes + HEAD_NUMBER);
    memcpy(head->identity, bytes + HEAD_IDENTITY, RUN_IDENTITY_BYTES);
    if (head->version != version) {
        return fail(blocks, "was written by another version of tcpstory: plan again", error);
    }
    return true;
}

/* Where the parts behind the blocks are. */
struct trailer {
    guint64 index, summary;
    guint32 blocks, summary_size, crc;
};

static bool read_trailer(const struct blocks *blocks, guint64 size, struct trailer *trailer,
                         GError **error)
{
    guint8 bytes[TRAILER_BYTES];

    if (size < HEAD_BYTES + TRAILER_BYTES ||
        !read_at(blocks, size - TRAILER_BYTES, bytes, sizeof bytes) ||
        memcmp(bytes + TRAILER_MAGIC, TRAILER_MAGIC_TEXT, BLOCKS_MAGIC_BYTES) != 0) {
        return damaged(blocks, "its end is missing", error);
    }
    *trailer = (struct trailer){
        .index = tsm_get64(bytes + TRAILER_INDEX),
        .summary = tsm_get64(bytes + TRAILER_SUMMARY),
        .blocks = tsm_get32(bytes + TRAILER_BLOCKS),
        .summary_size = tsm_get32(bytes + TRAILER_SUMMARY_SIZE),
        .crc = tsm_get32(bytes + TRAILER_CRC),
    };
    const guint64 index_size = (guint64)trailer->blocks * ENTRY_BYTES;
    if (trailer->index < HEAD_BYTES || trailer->index > size || index_size > size ||
        trailer->summary != trailer->index + index_size ||
        trailer->summary + trailer->summary_size != size - TRAILER_BYTES) {
        return damaged(blocks, "its parts are not where its end says", error);
    }
    return true;
}

/* Whether a block lies between head and index. */
static bool is_inside(const struct blocks *blocks, const struct blocks_entry *entry, guint64 end)
{
    return entry->offset >= HEAD_BYTES && entry->offset <= end &&
           entry->size <= end - entry->offset && entry->unpacked <= BLOCKS_MAX_BYTES &&
           entry->section < blocks->head.sections;
}

static bool read_index(struct blocks *blocks, const struct trailer *trailer, GError **error)
{
    const gsize size = (gsize)trailer->blocks * ENTRY_BYTES;
    g_autofree guint8 *bytes = g_malloc(MAX(size, 1));

    g_byte_array_set_size(blocks->summary, trailer->summary_size);
    if (!read_at(blocks, trailer->index, bytes, size) ||
        !read_at(blocks, trailer->summary, blocks->summary->data, trailer->summary_size)) {
        return damaged(blocks, "its index cannot be read", error);
    }
    blocks->crc = crc32c(crc32c(0, bytes, size), blocks->summary->data, blocks->summary->len);
    if (blocks->crc != trailer->crc) {
        return damaged(blocks, "its index has another checksum", error);
    }
    for (gsize at = 0; at < size; at += ENTRY_BYTES) {
        const struct blocks_entry entry = {
            .offset = tsm_get64(bytes + at + ENTRY_OFFSET),
            .size = tsm_get32(bytes + at + ENTRY_SIZE),
            .unpacked = tsm_get32(bytes + at + ENTRY_UNPACKED),
            .section = tsm_get32(bytes + at + ENTRY_SECTION),
            .count = tsm_get32(bytes + at + ENTRY_COUNT),
            .crc = tsm_get32(bytes + at + ENTRY_CRC),
        };
        if (!is_inside(blocks, &entry, trailer->index)) {
            return damaged(blocks, "its index has a block that cannot be", error);
        }
        g_array_append_val(blocks->index, entry);
    }
    return true;
}

static bool read_parts(struct blocks *blocks, const char *magic, guint32 version, GError **error)
{
    struct trailer trailer;
    struct stat info;

    if (blocks->fd < 0 || fstat(blocks->fd, &info) != 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "cannot open '%s': %s", blocks->name,
                    g_strerror(errno));
        return false;
    }
    return read_head(blocks, magic, version, error) &&
           read_trailer(blocks, (guint64)info.st_size, &trailer, error) &&
           read_index(blocks, &trailer, error);
}

struct blocks *blocks_open(const char *name, const char *magic, guint32 version, GError **error)
{
    struct blocks *blocks = g_new0(struct blocks, 1);

    blocks->name = text_safe_copy(name);
    blocks->index = g_array_new(FALSE, FALSE, sizeof(struct blocks_entry));
    blocks->summary = g_byte_array_new();
    blocks->packed = g_byte_array_new();
    blocks->context = ZSTD_createDCtx();
    if (blocks->context == NULL) {
        g_error(MEMORY_RAN_OUT);
    }
    blocks->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (!read_parts(blocks, magic, version, error)) {
        g_clear_pointer(&blocks, blocks_close);
    }
    return blocks;
}

void blocks_close(struct blocks *blocks)
{
    if (blocks == NULL) {
        return;
    }
    if (blocks->fd >= 0) {
        close(blocks->fd);
    }
    g_array_unref(blocks->index);
    g_byte_array_unref(blocks->summary);
    g_byte_array_unref(blocks->packed);
    ZSTD_freeDCtx(blocks->context);
    g_free(blocks->name);
    g_free(blocks);
}

/* ---- blocks ---- */

/* Reads a block as it lies there into `packed`. */
static bool fetch(struct blocks *blocks, const struct blocks_entry *entry, GError **error)
{
    g_byte_array_set_size(blocks->packed, entry->size);
    if (!read_at(blocks, entry->offset, blocks->packed->data, entry->size)) {
        return damaged(blocks, "a block cannot be read", error);
    }
    if (crc32c(0, blocks->packed->data, entry->size) != entry->crc) {
        return damaged(blocks, "a block has another checksum", error);
    }
    return true;
}

bool blocks_read(struct blocks *blocks, guint i, GByteArray *to, GError **error)
{
    const struct blocks_entry *entry = &g_array_index(blocks->index, struct blocks_entry, i);

    if (!fetch(blocks, entry, error)) {
        return false;
    }
    g_byte_array_set_size(to, entry->unpacked);
    if (ZSTD_decompressDCtx(blocks->context, to->data, to->len, blocks->packed->data,
                            entry->size) != entry->unpacked) {
        return damaged(blocks, "a block cannot be unpacked", error);
    }
    return true;
}

bool blocks_check(struct blocks *blocks, GError **error)
{
    for (guint i = 0; i < blocks->index->len; i++) {
        if (!fetch(blocks, &g_array_index(blocks->index, struct blocks_entry, i), error)) {
            return false;
        }
    }
    return true;
}
