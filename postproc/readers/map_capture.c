/* map_capture.c - see map_capture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "map_capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "frames_program.h"
#include "plugin_path.h"
#include "read_capture.h"
#include "text.h"
#include "tsi.h"

struct mapping {
    const struct plan *plan;
    const struct plan_file *file;
    guint number;
    struct tsi_writer writer;
    struct tsi_summary summary;
    struct tsm_blank_watch watch;
};

bool map_is_done(const struct plan *plan, guint number)
{
    g_autofree char *name = plan_map_name(plan, number);
    g_autoptr(Tsi) tsi = tsi_open(name, NULL);

    return tsi != NULL && tsi->blocks->head.number == number &&
           memcmp(tsi->blocks->head.identity, plan->identity, RUN_IDENTITY_BYTES) == 0 &&
           blocks_check(tsi->blocks, NULL);
}

/* ---- taking ---- */

static void see_time(struct mapping *mapping, const struct story_taken *frame)
{
    struct tsm_silence silence;

    if (frame->has_time && tsm_blank_time(&mapping->watch, frame->time_ns, &silence)) {
        g_array_append_val(mapping->summary.silences, silence);
    }
}

static void take_header(void *context, const struct tsm_header *header,
                        const struct story_taken *frame)
{
    struct mapping *mapping = context;
    struct tsm_item item = {.kind = frame->plain ? TSM_ITEM_PLAIN : TSM_ITEM_HEADER,
                            .has_time = frame->has_time,
                            .header = *header};
    struct tsm_segment seg;
    const enum tsm_header_kind kind = tsm_header_read(&item.header, &seg);

    if (kind == TSM_HEADER_NOTHING) {
        mapping->summary.unread++;
        return;
    }
    see_time(mapping, frame);
    if (kind == TSM_HEADER_SEGMENT) {
        tsm_blank_segment(&mapping->watch, &item.header.tuple, &seg);
        syn_sample_add(&mapping->summary.syns, &item.header.tuple, &seg);
    }
    tsi_add(&mapping->writer, frame->interface, &item);
}

static void take_frame(void *context, const struct story_taken *frame)
{
    struct mapping *mapping = context;
    struct tsi_summary *summary = &mapping->summary;

    see_time(mapping, frame);
    tsm_blank_frame(&mapping->watch);
    if (frame->interface >= TSM_SKEW_TAPS) {
        return;
    }
    struct tsi_interface *interface = &summary->interfaces[frame->interface];
    summary->n_interfaces = MAX(summary->n_interfaces, frame->interface + 1);
    if (frame->has_time && (interface->start_ns == 0 || frame->time_ns < interface->start_ns)) {
        interface->start_ns = frame->time_ns;
    }
    if (frame->has_time && (interface->end_ns == 0 || frame->time_ns > interface->end_ns)) {
        interface->end_ns = frame->time_ns;
    }
}

static void take_name(void *context, const uint8_t *address, unsigned len, const char *name)
{
    struct mapping *mapping = context;
    struct tsm_item item = {.kind = TSM_ITEM_NAME};

    memcpy(item.header.tuple.src, address, len);
    item.header.tuple.addr_len = (uint8_t)len;
    item.header.bytes = (const uint8_t *)name;
    item.header.captured = (uint32_t)strlen(name);
    tsi_add(&mapping->writer, 0, &item);
}

/* Its number is where a segment's length is, as there is no other place for one. */
static void take_interface(void *context, uint32_t number, const char *name)
{
    struct mapping *mapping = context;
    const struct tsm_item item = {.kind = TSM_ITEM_NAME,
                                  .header = {.length = number,
                                             .bytes = (const uint8_t *)name,
                                             .captured = (uint32_t)strlen(name)}};

    tsi_add(&mapping->writer, 0, &item);
}

/* ---- reading ---- */

/* Opens the capture that was planned; -1 and error (EXIT_INPUT). */
static int open_planned(const struct mapping *mapping, GError **error)
{
    const struct plan_file *file = mapping->file;
    g_autofree char *shown = text_safe_copy(file->path);
    const int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "cannot open '%s': %s", shown,
                    g_strerror(errno));
        return -1;
    }
    if ((guint64)info.st_size != file->size) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "'%s' has changed since the plan: it had %" G_GUINT64_FORMAT
                    " bytes, and has %" G_GUINT64_FORMAT "\nIs it still written? Plan again",
                    shown, file->size, (guint64)info.st_size);
        close(fd);
        return -1;
    }
    return fd;
}

static bool check_programs(GError **error)
{
    g_autofree char *tshark = tshark_find(NULL);

    if (frames_program_is_there() && tshark != NULL && plugin_is_there()) {
        return true;
    }
    g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK,
                        "map needs tshark and the plugin, for tunnels, fragments and ICMP errors, "
                        "and tcpstory-frames: install all of tcpstory on every node");
    return false;
}

/* Why not all of it was read: the story's warnings, which are about nothing else. */
static char *trouble_of(const struct story *story)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < story->warnings->len; i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? "; " : "",
                               (const char *)g_ptr_array_index(story->warnings, i));
    }
    return g_string_free(text, FALSE);
}

/* Reads it all. What cannot be read is trouble of the capture, and no failure of this. */
static bool read_planned(struct mapping *mapping, int fd, GError **error)
{
    const struct story_wants wants = {
        .segments_of = TSM_NO_STREAM,
        .taker = {take_header, take_frame, take_name, take_interface, mapping},
    };
    g_autoptr(Story) story = story_new(mapping->file->name, &wants);
    g_autofree char *shown = text_safe_copy(mapping->file->name);
    const char *const names[] = {mapping->file->name, NULL};
    struct progress progress;
    struct capture_input capture = {
        .name = shown, .fds = &fd, .files = names, .n = 1, .once = true, .progress = &progress};
    g_autoptr(GError) why = NULL;
    char bytes[CONTENT_BYTES];
    gsize n = 0;

    progress_start(&progress, shown, fd, 0);
    if (!content_peek(fd, bytes, &n) || n == 0) {
        mapping->summary.trouble = g_strdup(n == 0 ? "is empty" : "cannot be read");
        return true;
    }
    capture.content = content_of(bytes, n);
    if (capture_read_frames(&capture, story, &why) == FRAMES_FAILED) {
        if (why->code != EXIT_INPUT || interrupts_were_taken()) {
            g_propagate_error(error, g_steal_pointer(&why));
            return false;
        }
        mapping->summary.trouble = g_strdup(why->message);
    } else if (story->partial) {
        mapping->summary.trouble = trouble_of(story);
    }
    progress_end(&progress);
    tsm_silence_now(&mapping->watch, &mapping->summary.last);
    mapping->summary.frames = story->capture.frames;
    mapping->summary.start_ns = story->capture.start_ns;
    mapping->summary.end_ns = story->capture.end_ns;
    mapping->summary.came = story->packets_came;
    mapping->summary.lost = story->packets_lost;
    if (interrupts_were_taken()) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, "interrupted: nothing was written");
    }
    return !interrupts_were_taken();
}

static bool write_mapped(struct mapping *mapping, int fd, GError **error)
{
    const struct plan *plan = mapping->plan;
    g_autofree char *name = plan_map_name(plan, mapping->number);
    const struct tsi_purpose purpose = {
        .number = mapping->number,
        .sections = plan->shards,
        .key = plan->key,
        .identity = plan->identity,
    };

    if (!tsi_begin(&mapping->writer, name, &purpose, error)) {
        return false;
    }
    if (!read_planned(mapping, fd, error)) {
        tsi_cancel(&mapping->writer);
        return false;
    }
    return tsi_end(&mapping->writer, &mapping->summary, error);
}

bool map_capture(const struct plan *plan, guint number, char **trouble, GError **error)
{
    struct mapping mapping = {.plan = plan, .file = plan_file_at(plan, number), .number = number};
    const int fd = check_programs(error) ? open_planned(&mapping, error) : -1;
    bool ok;

    if (fd < 0) {
        return false;
    }
    mapping.summary.size = mapping.file->size;
    mapping.summary.silences = g_array_new(FALSE, FALSE, sizeof(struct tsm_silence));
    ok = write_mapped(&mapping, fd, error);
    close(fd);
    *trouble = g_steal_pointer(&mapping.summary.trouble);
    tsi_summary_clear(&mapping.summary);
    return ok;
}
