/* read_frames.c - reads frames and infers: the fast path of read_capture.h.
 *
 *   capture -> tcpstory-frames --(items)--------------------------> here -> recorder -> story
 *                       \--(frames as pcapng)--> tshark --(items)--^
 *
 * Items come in the order of frames. For a frame of the second kind there is an item DEEP from the
 * first process, and we wait until tshark has told of that frame. Nobody waits for ever:
 * tcpstory-frames sends its frames to tshark before it tells us of them, and while we wait for
 * tcpstory-frames, we take what tshark tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "read_capture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis.h"
#include "errors.h"
#include "plugin_path.h"
#include "reader_engine.h"
#include "tshark.h"
#include "tsm_checksum.h"
#include "tsm_header.h"
#include "tsm_item.h"

#define PROGRAM "tcpstory-frames"
#define PIPE_BYTES (1 << 20) /* fewer changes from process to process; the kernel may refuse */
#define FIRST_ROOM (256u << 10)
#define LEAST_FD 10 /* for the program: descriptor 3 of the child is taken */

/* A process that tells items, and those that were not taken yet. */
struct source {
    struct child *child;
    uint8_t *bytes;
    size_t room, at, end;
};

struct reading {
    const struct capture_input *capture;
    struct interrupts interrupts;
    struct child frames_child;
    Tshark *tshark; /* NULL = not needed yet */
    struct source frames, deep;
    int deep_in; /* where tshark will read; -1 = it has it */
    struct reader_engine feed;
    enum tsm_item_end ended;
    bool needs_tshark; /* its end was told, or it was not its fault that there is none */
};

/* ---- the program ---- */

/* Opens tcpstory-frames: beside tcpstory in the build tree, or where it is installed. -1 = it is
 * not there. */
static int open_program(void)
{
    static const char *const places[] = {"", "../libexec/tcpstory"};
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self != NULL ? g_path_get_dirname(self) : NULL;
    int found = -1;

    for (gsize i = 0; folder != NULL && found < 0 && i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(folder, places[i], PROGRAM, NULL);
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            found = fcntl(fd, F_DUPFD_CLOEXEC, LEAST_FD);
            close(fd);
        }
    }
    return found;
}

bool capture_can_read_frames(const struct capture_input *capture, const struct story *story)
{
    const char *named = g_getenv("TSHARK");
    g_autofree char *tshark = tshark_find(NULL);
    const int program = open_program();

    if (program >= 0) {
        close(program);
    }
    return program >= 0 && capture->start >= 0 && story->follower.ended == NULL &&
           (named == NULL || named[0] == '\0') && tshark != NULL && plugin_is_there();
}

/* ---- starting ---- */

static void widen_pipe(int fd)
{
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
}

static bool start_frames(struct reading *reading)
{
    static const char *const argv[] = {PROGRAM, NULL};
    g_auto(GStrv) env = g_environ_setenv(NULL, "LC_ALL", "C", TRUE);
    const int program = open_program();
    int deep[2];
    bool ok;

    if (!g_unix_open_pipe(deep, FD_CLOEXEC, NULL)) {
        close(program);
        return false;
    }
    const struct child_command command = {
        .argv = argv,
        .program = program,
        .env = env,
        .folder = "/",
        .in = reading->capture->fd,
        .extra = deep[1],
    };
    ok = child_start(&reading->frames_child, &command, &reading->interrupts, NULL);
    close(program);
    close(deep[1]);
    reading->deep_in = deep[0];
    widen_pipe(deep[0]);
    if (ok) {
        widen_pipe(reading->frames_child.out);
    }
    return ok;
}

static void begin_source(struct source *source, struct child *child)
{
    *source = (struct source){.child = child, .bytes = g_malloc(FIRST_ROOM), .room = FIRST_ROOM};
}

static bool start_tshark(struct reading *reading)
{
    reading->tshark =
        tshark_start(reading->deep_in, "tcpstate,headers", &reading->interrupts, NULL);
    close(reading->deep_in);
    reading->deep_in = -1;
    if (reading->tshark == NULL) {
        return false;
    }
    begin_source(&reading->deep, tshark_child(reading->tshark));
    return true;
}

/* ---- items ---- */

static bool is_open(const struct source *source)
{
    return source->child != NULL && source->child->out >= 0;
}

/* Reads what there is into the source's room, of which there is some after this. */
static void read_source(struct source *source)
{
    memmove(source->bytes, source->bytes + source->at, source->end - source->at);
    source->end -= source->at;
    source->at = 0;
    if (source->room - source->end < FIRST_ROOM / 2) {
        source->room *= 2;
        source->bytes = g_realloc(source->bytes, source->room);
    }
    source->end +=
        (size_t)child_read(source->child, source->bytes + source->end, source->room - source->end);
}

/* Waits for more of a source. False when there is no sense in waiting. */
static bool fill(struct reading *reading, struct source *source)
{
    struct child *children[3] = {&reading->frames_child};
    struct child *wanted[3] = {source->child};

    if (!is_open(source)) {
        return false;
    }
    progress_tick(reading->capture->progress);
    if (reading->tshark != NULL) {
        children[1] = reading->deep.child;
    }
    if (source == &reading->frames && is_open(&reading->deep)) {
        wanted[1] = reading->deep.child;
    }
    if (child_poll(children, wanted, &reading->interrupts, -1) == CHILD_DROPPED ||
        reading->interrupts.cut) {
        return false;
    }
    for (struct source *from = &reading->frames; from <= &reading->deep; from++) {
        if (is_open(from) && from->child->ready) {
            read_source(from);
        }
    }
    return true;
}

/* The next item of a source; false when there is none. */
static bool next_item(struct reading *reading, struct source *source, struct tsm_item *item)
{
    size_t size;

    while ((size = tsm_item_unpack(item, source->bytes + source->at, source->end - source->at)) ==
           0) {
        if (!fill(reading, source)) {
            return false;
        }
    }
    source->at += size;
    return item->kind != 0;
}

/* ---- what is made of them ---- */

static void add_header(struct reading *reading, struct tsm_header *header,
                       const struct tsm_item *frame)
{
    const struct tsm_recorder *recorder = &reading->feed.recorder;

    header->frame = frame->header.frame;
    if (!tsm_checksum_is_wanted(header->frame, header->length)) {
        header->checksum = TSM_CHECKSUM_UNCHECKED; /* tshark does not know the frame's number */
    }
    header->time_ns = frame->has_time ? frame->header.time_ns : recorder->totals.end_ns;
    tsm_recorder_header(&reading->feed.recorder, header);
}

/* A frame of which tshark tells. */
static bool add_deep(struct reading *reading, const struct tsm_item *frame)
{
    struct tsm_item item;

    if (reading->tshark != NULL || start_tshark(reading)) {
        while (next_item(reading, &reading->deep, &item)) {
            if (item.kind != TSM_ITEM_HEADER) {
                return true;
            }
            add_header(reading, &item.header, frame);
        }
    }
    reading->needs_tshark = true; /* which will tell its own trouble */
    return false;
}

static void read_items(struct reading *reading)
{
    struct tsm_item item;

    while (next_item(reading, &reading->frames, &item)) {
        if (item.kind == TSM_ITEM_END) {
            reading->ended = (enum tsm_item_end)item.header.frame;
            reading->needs_tshark = reading->ended == TSM_END_UNREAD;
            return;
        }
        if (item.kind == TSM_ITEM_PLAIN) {
            add_header(reading, &item.header, &item);
        } else if (item.kind == TSM_ITEM_DEEP && !add_deep(reading, &item)) {
            return;
        }
        tsm_recorder_frame(&reading->feed.recorder, item.header.time_ns, item.has_time);
    }
}

/* ---- the end ---- */

/* tshark would say this of a capture that is cut short; so we give the same warning. */
#define CUT_MESSAGE \
    "tshark: The standard input appears to have been cut short in the middle of a packet.\n"
#define CUT_STATUS 2

/* The whole capture was read, as far as it goes. */
static bool finish(struct reading *reading, struct story *story, GError **error)
{
    const bool cut = reading->ended == TSM_END_CUT;
    struct diagnosis found = {
        .name = reading->capture->name,
        .content = reading->capture->content,
        .status = cut ? CUT_STATUS : 0,
    };
    g_autoptr(GString) messages = g_string_new(NULL);

    if (reading->tshark != NULL) {
        tshark_wait(reading->tshark);
        g_string_append(messages, tshark_messages(reading->tshark));
    }
    if (cut) {
        g_string_append(messages, CUT_MESSAGE);
    }
    found.messages = messages->str;
    reader_engine_finish(&reading->feed, NULL, NULL);
    return diagnose(story, &found, error);
}

static enum frames_result conclude(struct reading *reading, struct story *story, GError **error)
{
    const struct interrupts *interrupts = &reading->interrupts;
    bool ok;

    if (interrupts->ended || interrupts->cut) {
        reader_engine_finish(&reading->feed, NULL, NULL);
        ok = diagnose_interrupt(story, interrupts, error);
    } else if (reading->ended == TSM_END_UNREAD) {
        return reading->needs_tshark ? FRAMES_TSHARK : FRAMES_DIED;
    } else {
        ok = finish(reading, story, error);
    }
    return ok ? FRAMES_READ : FRAMES_FAILED;
}

enum frames_result capture_read_frames(const struct capture_input *capture, struct story *story,
                                       GError **error)
{
    struct reading reading = {.capture = capture, .deep_in = -1, .ended = TSM_END_UNREAD};
    enum frames_result result;

    interrupts_hold(&reading.interrupts);
    child_init(&reading.frames_child);
    begin_source(&reading.frames, &reading.frames_child);
    reader_engine_init(&reading.feed, story);
    if (start_frames(&reading)) {
        read_items(&reading);
    }
    result = conclude(&reading, story, error);
    reader_engine_clear(&reading.feed);
    child_clear(&reading.frames_child);
    tshark_free(reading.tshark);
    if (reading.deep_in >= 0) {
        close(reading.deep_in);
    }
    if (result == FRAMES_TSHARK || result == FRAMES_DIED) { /* nobody reads any more */
        lseek(capture->fd, capture->start, SEEK_SET);
    }
    g_free(reading.frames.bytes);
    g_free(reading.deep.bytes);
    interrupts_release(&reading.interrupts);
    return result;
}
