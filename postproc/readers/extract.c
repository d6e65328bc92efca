/* extract.c - lets tcpstory-frames write chosen frames; see extract.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "errors.h"
#include "frames_program.h"
#include "text.h"

/* ---- which frames ---- */

/* A bit for each frame up to the last one that is wanted. */
static GByteArray *choose_frames(const struct story *story,
                                 bool (*wanted)(const void *data, guint connection),
                                 const void *data)
{
    GByteArray *bits = g_byte_array_new();

    for (guint i = 0; i < story->packets->len; i++) {
        const struct story_packet *packet = &g_array_index(story->packets, struct story_packet, i);
        const guint bit = packet->frame - 1;
        if (packet->frame == 0 || (wanted != NULL && !wanted(data, packet->connection))) {
            continue;
        }
        if (bit / 8 >= bits->len) {
            const guint old = bits->len;
            g_byte_array_set_size(bits, bit / 8 + 1);
            memset(bits->data + old, 0, bits->len - old);
        }
        bits->data[bit / 8] |= (guint8)(1u << bit % 8);
    }
    return bits;
}

/* A file of those bytes that another user may read, as it has no name. -1 and error. */
static int make_file(const GByteArray *bytes, GError **error)
{
    const int fd = memfd_create("frames", MFD_CLOEXEC);
    gsize at = 0;

    while (fd >= 0 && at < bytes->len) {
        const ssize_t n = write(fd, bytes->data + at, bytes->len - at);
        if (n <= 0) {
            break;
        }
        at += (gsize)n;
    }
    if (fd < 0 || at < bytes->len) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_OUTPUT, "cannot note which frames are wanted: %s",
                    g_strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

/* ---- the capture ---- */

static const char *file_name(const struct story *story, guint i)
{
    return story_is_set(story) ? g_array_index(story->files, struct story_file, i).name
                               : story->name;
}

static bool open_files(const struct story *story, GArray *fds, GError **error)
{
    const guint n = story_is_set(story) ? story->files->len : 1;

    for (guint i = 0; i < n; i++) {
        const char *name = file_name(story, i);
        const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd >= 0) {
            g_array_append_val(fds, fd);
        }
        if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) {
            g_autofree char *shown = text_safe_copy(name);
            g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                        "%s cannot be read a second time, as its packets are copied: extract wants "
                        "a file, not a pipe",
                        shown);
            return false;
        }
    }
    return true;
}

/* ---- copying ---- */

static void copy_output(struct child *child, struct interrupts *interrupts, struct out *out,
                        gsize *written)
{
    struct child *const children[] = {child, NULL};
    g_autofree char *buf = g_malloc(1 << 16);

    while (child->out >= 0 && !interrupts->cut &&
           child_poll(children, children, interrupts, -1) != CHILD_DROPPED) {
        if (child->ready) {
            const gssize n = child_read(child, buf, 1 << 16);
            *written += fwrite(buf, 1, (gsize)n, out->file);
        }
    }
}

static bool run(const struct story *story, const GArray *fds, int frames, struct out *out,
                bool *partial, GError **error)
{
    const struct frames_command command = {
        .mode = "extract",
        .captures = (const int *)fds->data,
        .n = fds->len,
    };
    struct interrupts interrupts;
    struct child child;
    gsize written = 0;

    child_init(&child);
    interrupts_hold(&interrupts);
    if (!frames_program_start(&child, &command, frames, &interrupts)) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK,
                            "tcpstory-frames cannot be started, which is installed with tcpstory");
    } else {
        copy_output(&child, &interrupts, out, &written);
        const int status = child_wait(&child, &interrupts);
        *partial = *partial || status != 0 || interrupts.cut;
        if (written == 0) {
            g_autofree char *name = text_safe_copy(story->name);
            g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%s: no packet can be copied: %s", name,
                        status == 0 ? "nothing was read" : child.messages->str);
        }
    }
    child_clear(&child);
    interrupts_release(&interrupts);
    return written > 0;
}

bool extract_packets(const struct story *story, bool (*wanted)(const void *data, guint connection),
                     const void *data, struct out *out, bool *partial, GError **error)
{
    g_autoptr(GByteArray) bits = choose_frames(story, wanted, data);
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
    bool ok = open_files(story, fds, error);
    const int frames = ok ? make_file(bits, error) : -1;

    ok = frames >= 0 && run(story, fds, frames, out, partial, error);
    if (frames >= 0) {
        close(frames);
    }
    for (guint i = 0; i < fds->len; i++) {
        close(g_array_index(fds, int, i));
    }
    return ok;
}
