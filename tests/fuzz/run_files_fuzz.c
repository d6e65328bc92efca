/* run_files_fuzz.c - any bytes as files of a RUN: as whole files, and where checksums are right, as
 * a block of a .tsi or .tsr (postproc/scale).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tsi.h"
#include "tsr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_tsi(const char *name)
{
    g_autoptr(Tsi) tsi = tsi_open(name, NULL);

    for (guint32 i = 0; tsi != NULL && i < MIN(tsi->blocks->head.sections, 4); i++) {
        struct tsi_items items;
        tsi_items_begin(&items, tsi, i);
        while (tsi_items_next(&items)) {
            g_assert_cmpuint(items.item.header.frame, <=, tsi->summary.frames);
        }
        tsi_items_end(&items);
    }
}

static void read_tsr(const char *name)
{
    g_autoptr(Tsr) tsr = tsr_open(name, NULL);
    enum tsr_entry entry;

    while (tsr != NULL && (entry = tsr_next(tsr)) != TSR_END) {
        g_assert_true(entry != TSR_RECORD || tsr_stream_of(&tsr->record) != NULL);
    }
}

/* The bytes as a block of a file that is whole. */
static void wrap(const char *name, const struct blocks_head *head, const GByteArray *summary,
                 const uint8_t *data, size_t size)
{
    struct blocks_writer writer;

    if (blocks_begin(&writer, name, head, NULL)) {
        blocks_add(&writer, 0, data, size, 1);
        blocks_end(&writer, summary, NULL);
    }
}

static void wrap_tsi(const char *name, const uint8_t *data, size_t size)
{
    const struct blocks_head head = {"\x89tsi\r\n\x1a\n", .version = TSI_VERSION, .sections = 2};
    uint8_t bytes[60 + 32] = {[56] = 32}; /* the summary: docs/develop/run-files.md */
    g_autoptr(GByteArray) summary = g_byte_array_new();

    memset(bytes + 24, 0xff, 3); /* frames */
    g_byte_array_append(summary, bytes, sizeof bytes);
    wrap(name, &head, summary, data, size);
}

static void wrap_tsr(const char *name, const uint8_t *data, size_t size)
{
    const struct blocks_head head = {"\x89tsr\r\n\x1a\n", .version = TSR_VERSION, .sections = 2};
    const struct tsm_record record = {.type = TSM_RECORD_CAPTURE};
    g_autoptr(GByteArray) summary = g_byte_array_new();
    char bytes[TSM_RECORD_TEXT];

    g_byte_array_append(summary, (const guint8 *)bytes,
                        (guint)tsm_record_pack(&record, &(struct tsm_record_base){0}, bytes));
    wrap(name, &head, summary, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir();
    g_autofree char *name = g_strdup_printf("%s/tcpstory-fuzz-%ld", folder, (long)getpid());

    if (size == 0 || size > BLOCKS_MAX_BYTES) {
        return 0;
    }
    g_file_set_contents(name, (const char *)data, (gssize)size, NULL);
    read_tsi(name);
    read_tsr(name);
    wrap_tsi(name, data, size);
    read_tsi(name);
    wrap_tsr(name, data, size);
    read_tsr(name);
    g_unlink(name);
    return 0;
}
