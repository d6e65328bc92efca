/* plan_files.c - see plan_files.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "plan_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content.h"
#include "frames_program.h"
#include "text.h"

/* Descriptors that are open at a time, here and in the program: far below any limit. */
#define BATCH 200

/* Files that were opened and are to be asked for their beginnings. */
struct batch {
    struct plan *plan;
    GArray *fds;    /* of int */
    GArray *places; /* of guint: in plan->files */
    bool packed;    /* by xz or bzip2: those are asked for apart */
};

static struct plan_file *file_at(struct plan *plan, guint i)
{
    return &g_array_index(plan->files, struct plan_file, i);
}

/* ---- beginnings ---- */

static void read_starts(struct batch *batch, const char *said)
{
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);

    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        char *end;
        const guint64 number = g_ascii_strtoull(*line, &end, 10);
        if (number < batch->places->len) {
            struct plan_file *file =
                file_at(batch->plan, g_array_index(batch->places, guint, number));
            file->first_ns = g_ascii_strtoll(end, NULL, 10);
            file->has_frames = true;
        }
    }
}

static void ask(struct batch *batch)
{
    const struct frames_command command = {
        .mode = "starts",
        .captures = (const int *)batch->fds->data,
        .n = batch->fds->len,
        .packed = batch->packed,
    };

    if (batch->fds->len > 0) {
        g_autofree char *said = frames_program_ask(&command);
        read_starts(batch, said);
    }
    for (guint i = 0; i < batch->fds->len; i++) {
        close(g_array_index(batch->fds, int, i));
    }
    g_array_set_size(batch->fds, 0);
    g_array_set_size(batch->places, 0);
}

static void add_to_batch(struct batch *batch, int fd)
{
    const guint place = batch->plan->files->len - 1;

    g_array_append_val(batch->fds, fd);
    g_array_append_val(batch->places, place);
    if (batch->fds->len == BATCH) {
        ask(batch);
    }
}

/* ---- files ---- */

static void leave_out(struct plan *plan, const char *name, const char *why)
{
    g_autofree char *safe = text_safe_copy(name);

    g_ptr_array_add(plan->left_out, g_strdup_printf("%s: %s", safe, why));
}

/* Opens a plain file; -1 when it is left out. */
static int open_file(struct plan *plan, const char *name, struct stat *info)
{
    const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 || fstat(fd, info) != 0) {
        leave_out(plan, name, g_strerror(errno));
    } else if (!S_ISREG(info->st_mode)) {
        leave_out(plan, name,
                  S_ISDIR(info->st_mode) ? "is a directory in which no capture is"
                                         : "is no plain file");
    } else {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static void add_file(struct batch batches[2], const char *name, GHashTable *known, GPtrArray *twice)
{
    struct plan *plan = batches[0].plan;
    struct stat info;
    const int fd = open_file(plan, name, &info);
    char bytes[CONTENT_BYTES];
    gsize n = 0;

    if (fd < 0) {
        return;
    }
    char *place = g_strdup_printf("%ju %ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
    if (!g_hash_table_add(known, place)) {
        g_ptr_array_add(twice, g_strdup(name));
        close(fd);
        return;
    }
    const struct plan_file file = {.name = g_strdup(name),
                                   .path = g_canonicalize_filename(name, NULL),
                                   .size = (guint64)info.st_size};
    g_array_append_val(plan->files, file);
    const bool peeked = content_peek(fd, bytes, &n) && n > 0;
    add_to_batch(&batches[peeked && content_of(bytes, n).kind == CONTENT_PACKED], fd);
}

/* Whether a file that has no frame has at least the beginning of a capture, or nothing at all. */
static bool may_be_capture(const struct plan_file *file)
{
    const int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char bytes[CONTENT_BYTES];
    gsize n = 0;
    const bool peeked = fd >= 0 && content_peek(fd, bytes, &n);

    if (fd >= 0) {
        close(fd);
    }
    if (!peeked || n == 0) {
        return true; /* map will tell */
    }
    const enum content_kind kind = content_of(bytes, n).kind;
    return kind == CONTENT_CAPTURE || kind == CONTENT_PACKED;
}

static void drop_others(struct plan *plan)
{
    for (guint i = plan->files->len; i-- > 0;) {
        const struct plan_file *file = plan_file_at(plan, i);
        if (!file->has_frames && !may_be_capture(file)) {
            leave_out(plan, file->name, "is no capture");
            g_array_remove_index(plan->files, i);
        }
    }
}

void plan_add_files(struct plan *plan, char **files, GPtrArray *twice)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct batch batches[2];

    for (guint i = 0; i < 2; i++) {
        batches[i] = (struct batch){plan, g_array_new(FALSE, FALSE, sizeof(int)),
                                    g_array_new(FALSE, FALSE, sizeof(guint)), i == 1};
    }
    for (; *files != NULL; files++) {
        add_file(batches, *files, known, twice);
    }
    for (guint i = 0; i < 2; i++) {
        ask(&batches[i]);
        g_array_unref(batches[i].fds);
        g_array_unref(batches[i].places);
    }
    drop_others(plan);
}
