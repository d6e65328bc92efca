/* read_frames.c - reads frames and infers: the fast path of read_capture.h.
 *
 *   capture -> tcpstory-frames --(items)--------------------------> here -> recorder -> story
 *                       \--(frames as pcapng)--> tshark --(items)--^
 *
 * Items come in the order of frames. For a frame that needs dissection there is an item DEEP from
 * the first process, and we wait until tshark has told of that frame. Nobody waits for ever:
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
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "clocks.h"
#include "diagnosis.h"
#include "errors.h"
#include "frames_program.h"
#include "memory_limit.h"
#include "plugin_path.h"
#include "reader_engine.h"
#include "reorder.h"
#include "tshark.h"
#include "tsm_header.h"
#include "tsm_item.h"

#define PIPE_BYTES (1 << 20) /* fewer changes from process to process; the kernel may refuse */
#define FIRST_ROOM (256u << 10)
#define TICK_MS 100
#define GRACE_MS 2000 /* for the program to end when the user has asked to stop */

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
    struct reorder held; /* headers whose times were corrected */
    uint32_t tap;        /* of the frames that are being read */
    enum tsm_item_end ended;
    bool needs_tshark; /* its end was told, or it was not its fault that there is none */
    bool told_to_stop; /* the user asked to, and the program was told */
    bool waited;       /* nothing has come for a while */
    int64_t tick_ns;   /* the capture's time of the last tick */
    int64_t tick_us;   /* ours; see struct story_follower */
    int64_t frame_us;  /* when the last frame came: our time, and */
    int64_t frame_ns;  /* the capture's */
    bool stopped;      /* who follows wants no more */
};

/* ---- starting ---- */

/* Captures of which a pipe may be read: whatever is in them can be handed on. */
static bool is_stream(const struct content *content)
{
    return content->kind == CONTENT_PACKED ||
           (content->kind == CONTENT_CAPTURE &&
            (strcmp(content->name, "pcap") == 0 || strcmp(content->name, "pcapng") == 0));
}

/* Whether someone follows who looks at what is still open: only our own engine can tell it. */
static bool ticks(const struct capture_input *capture, const struct story *story)
{
    return story->wants->follower.tick != NULL && is_stream(&capture->content);
}

/* Whether the capture can be read again, by tshark, when the short way does not lead to its end:
 * not when somebody has seen a part of it. */
static bool can_be_read_again(const struct capture_input *capture, const struct story *story)
{
    return capture->start >= 0 && !capture->once && capture->n == 1 &&
           capture->content.kind != CONTENT_PACKED && !ticks(capture, story);
}

bool capture_can_read_frames(const struct capture_input *capture, const struct story *story)
{
    const char *named = g_getenv("TSHARK");
    g_autofree char *tshark = tshark_find(NULL);

    return frames_program_is_there() && (capture->start >= 0 || is_stream(&capture->content)) &&
           (story->wants->follower.ended == NULL || ticks(capture, story)) &&
           (named == NULL || named[0] == '\0') && tshark != NULL && plugin_is_there();
}

static void widen_pipe(int fd)
{
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
}

/* Whether it must be known which interface each frame is of. */
static bool wants_taps(const struct capture_input *capture, const struct story *story)
{
    return (capture->clocks != NULL && capture->clocks->of == CLOCKS_OF_INTERFACES) ||
           (story->wants->keeps_interfaces && capture->start >= 0);
}

static bool start_frames(struct reading *reading)
{
    const struct capture_input *capture = reading->capture;
    const struct story *story = reading->feed.story;
    int deep[2];
    bool ok;

    if (!g_unix_open_pipe(deep, FD_CLOEXEC, NULL)) {
        return false;
    }
    const struct frames_command command = {
        .mode = story->wants->taker.header != NULL  ? "map"
                : wants_taps(capture, story)        ? "taps"
                : ticks(capture, story)             ? "live"
                : can_be_read_again(capture, story) ? "read"
                                                    : "stream",
        .captures = capture->fds,
        .n = capture->n,
        .packed = capture->content.kind == CONTENT_PACKED,
    };
    ok = frames_program_start(&reading->frames_child, &command, deep[1], &reading->interrupts);
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
        tshark_start(reading->deep_in, "tcpstate," TSM_ITEM_OPTION, &reading->interrupts, NULL);
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

/* ---- followers ---- */

#define MARGIN_US 1000000 /* a frame that was captured may still be on its way */

/* Time goes on while nothing is captured. */
static void let_time_pass(struct reading *reading)
{
    const int64_t idle_us = g_get_monotonic_time() - reading->frame_us;

    if (reading->feed.story->wants->clock && reading->frame_us != 0 && idle_us > MARGIN_US) {
        tsm_recorder_pass(&reading->feed.recorder,
                          reading->frame_ns + (idle_us - MARGIN_US) * 1000);
    }
}

static void tick(struct reading *reading)
{
    struct story *story = reading->feed.story;
    const struct story_follower *follower = &story->wants->follower;
    const struct story_source source = {reader_engine_tell, &reading->feed,
                                        &reading->feed.recorder.totals};

    reading->tick_ns = reading->feed.recorder.totals.end_ns;
    reading->stopped = !follower->tick(follower->context, story, &source, reading->tick_ns);
}

/* A frame was taken: who follows looks at the story ten times in a second of the capture. */
static void note_frame(struct reading *reading)
{
    const int64_t now_ns = reading->feed.recorder.totals.end_ns;

    if (reading->feed.story->wants->follower.tick != NULL &&
        now_ns - reading->tick_ns >= TICK_MS * INT64_C(1000000)) {
        reading->frame_us = g_get_monotonic_time();
        reading->frame_ns = now_ns;
        tick(reading);
    }
}

/* Nothing has come for a while. */
static void note_silence(struct reading *reading)
{
    if (reading->feed.story->wants->follower.tick != NULL && !reading->stopped) {
        let_time_pass(reading);
        tick(reading);
    }
}

/* How long to wait for more: for ever, when nobody follows. */
static int patience_ms(const struct reading *reading)
{
    return reading->told_to_stop                               ? GRACE_MS
           : reading->feed.story->wants->follower.tick != NULL ? TICK_MS
                                                               : -1;
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
    const enum child_event event =
        child_poll(children, wanted, &reading->interrupts, patience_ms(reading));
    if (event == CHILD_SILENT && !reading->told_to_stop) {
        note_silence(reading);
    }
    if (event == CHILD_DROPPED || reading->stopped || memory_limit_was_reached() ||
        (event == CHILD_SILENT && reading->told_to_stop)) {
        return false;
    }
    if (reading->interrupts.cut && !reading->told_to_stop) { /* it has read more than it told */
        reading->told_to_stop = true;
        kill(reading->frames_child.pid, SIGINT);
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

/* Which clock has told the time of a header. */
static guint tap_of(const struct reading *reading, const struct tsm_header *header)
{
    switch (reading->capture->clocks->of) {
    case CLOCKS_OF_ROLES:
        return clocks_role(header);
    case CLOCKS_OF_FILES:
        return reading->capture->tap;
    default:
        return reading->tap;
    }
}

/* Feeds the headers that are held, up to a time. */
static void release(struct reading *reading, int64_t until_ns)
{
    struct tsm_header *header;

    while ((header = reorder_pop(&reading->held, until_ns)) != NULL) {
        reader_engine_header(&reading->feed, header);
        g_free(header);
    }
}

static struct story_taken frame_of(const struct reading *reading, const struct tsm_item *item)
{
    return (struct story_taken){.time_ns = item->header.time_ns,
                                .interface = reading->tap,
                                .has_time = item->has_time,
                                .plain = item->kind == TSM_ITEM_PLAIN};
}

static void add_header(struct reading *reading, struct tsm_header *header,
                       const struct tsm_item *frame)
{
    const struct story_taker *taker = &reading->feed.story->wants->taker;
    struct tsm_recorder *recorder = &reading->feed.recorder;
    const struct clocks *clocks = reading->capture->clocks;
    const int64_t ns = frame->header.time_ns;

    header->frame = frame->header.frame + reading->feed.story->wants->frames_before;
    header->time_ns = frame->has_time ? ns : recorder->totals.end_ns;
    if (taker->header != NULL) {
        const struct story_taken taken = frame_of(reading, frame);
        taker->header(taker->context, header, &taken);
        recorder->totals.segments++; /* so this is a capture, whatever its times are */
        return;
    }
    if (clocks == NULL || !frame->has_time) {
        reader_engine_header(&reading->feed, header);
        return;
    }
    struct tsm_header corrected = *header; /* not the frame's own time, which is corrected later */
    corrected.time_ns = clocks_correct(clocks, tap_of(reading, header), ns);
    reorder_push(&reading->held, &corrected);
    release(reading, clocks_settled_ns(clocks, 0, clocks->n, ns));
}

/* A frame of which tshark tells. */
static bool add_deep(struct reading *reading, const struct tsm_item *frame)
{
    struct tsm_item item;
    uint16_t ordinal = 0;

    if (reading->tshark != NULL || start_tshark(reading)) {
        while (next_item(reading, &reading->deep, &item)) {
            if (item.kind != TSM_ITEM_HEADER) {
                return true;
            }
            item.header.ordinal = ordinal;
            ordinal += ordinal < UINT16_MAX;
            add_header(reading, &item.header, frame);
        }
    }
    reading->needs_tshark = true; /* which will tell its own trouble */
    return false;
}

/* What is neither a frame nor in one. */
static void take_note(struct reading *reading, const struct tsm_item *item)
{
    const struct capture_input *capture = reading->capture;
    struct story *story = reading->feed.story;
    const struct tsm_header *header = &item->header;

    if (item->kind == TSM_ITEM_FILE && capture->n > 1 && header->frame < capture->n) {
        story_begin_file(story, capture->files[header->frame],
                         reading->feed.recorder.totals.frames);
    } else if (item->kind == TSM_ITEM_NAME) {
        g_autofree char *name =
            g_strndup((const char *)header->bytes, MIN(header->captured, TSM_HEADER_MAX));
        if (header->tuple.addr_len == 0 && story->wants->taker.header != NULL) {
            story->wants->taker.interface(story->wants->taker.context, header->frame, name);
        } else if (header->tuple.addr_len == 0) {
            story_name_interface(story, header->frame, name);
        } else {
            reader_engine_name(&reading->feed, &header->tuple, name);
        }
    } else if (item->kind == TSM_ITEM_LOST) {
        story->packets_came = header->length;
        story->packets_lost = header->captured;
    }
}

/* When a frame was captured; whose segments and what else were corrected by their roles, do not
 * matter to the others. */
static int64_t frame_time(const struct reading *reading, const struct tsm_item *item)
{
    const struct clocks *clocks = reading->capture->clocks;

    if (clocks == NULL || clocks->of == CLOCKS_OF_ROLES) {
        return item->header.time_ns;
    }
    return clocks_correct(clocks,
                          clocks->of == CLOCKS_OF_FILES ? reading->capture->tap : reading->tap,
                          item->header.time_ns);
}

/* All headers of a frame were told. */
static void end_frame(struct reading *reading, const struct tsm_item *item)
{
    const struct story_taker *taker = &reading->feed.story->wants->taker;

    if (taker->header != NULL) {
        const struct story_taken frame = frame_of(reading, item);
        taker->frame(taker->context, &frame);
    }
    tsm_recorder_frame(&reading->feed.recorder, frame_time(reading, item), item->has_time);
    note_frame(reading);
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
        if (item.kind == TSM_ITEM_TAP) {
            reading->tap = item.header.frame;
            story_on_interface(reading->feed.story, reading->tap,
                               reading->feed.recorder.totals.frames + 1);
            continue;
        }
        if (item.kind == TSM_ITEM_FILE || item.kind == TSM_ITEM_NAME ||
            item.kind == TSM_ITEM_LOST) {
            take_note(reading, &item);
            continue;
        }
        if (item.kind == TSM_ITEM_PLAIN) {
            add_header(reading, &item.header, &item);
        } else if (item.kind == TSM_ITEM_DEEP && !add_deep(reading, &item)) {
            return;
        }
        end_frame(reading, &item);
        if (reading->stopped) {
            return;
        }
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
    const bool again = can_be_read_again(reading->capture, story);
    const bool cut = again && reading->ended == TSM_END_CUT;
    struct diagnosis found = {
        .name = reading->capture->name,
        .content = reading->capture->content,
        .status = reading->ended == TSM_END_WHOLE ? 0 : CUT_STATUS,
    };
    g_autoptr(GString) messages = g_string_new(NULL);

    if (reading->tshark != NULL) {
        tshark_wait(reading->tshark);
        g_string_append(messages, tshark_messages(reading->tshark));
    }
    if (cut) {
        g_string_append(messages, CUT_MESSAGE);
    }
    if (!again) {
        child_wait(&reading->frames_child, &reading->interrupts);
        g_string_append(messages, reading->frames_child.messages->str);
    }
    found.messages = messages->str;
    reader_engine_finish(&reading->feed, NULL, NULL);
    return diagnose(story, &found, error);
}

static enum frames_result conclude(struct reading *reading, struct story *story, GError **error)
{
    const struct interrupts *interrupts = &reading->interrupts;
    bool ok;

    if (story->wants->follower.tick != NULL && !reading->stopped) {
        tick(reading); /* how it stood */
    }
    if (reading->stopped) {
        return FRAMES_READ;
    }
    if (interrupts->ended || interrupts->cut) {
        reader_engine_finish(&reading->feed, NULL, NULL);
        ok = diagnose_interrupt(story, interrupts, error);
    } else if (reading->ended == TSM_END_UNREAD && can_be_read_again(reading->capture, story)) {
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
    reader_engine_apart(&reading.feed);
    if (start_frames(&reading)) {
        read_items(&reading);
    }
    release(&reading, INT64_MAX);
    result = conclude(&reading, story, error);
    reader_engine_clear(&reading.feed);
    child_clear(&reading.frames_child);
    tshark_free(reading.tshark);
    if (reading.deep_in >= 0) {
        close(reading.deep_in);
    }
    if (result == FRAMES_TSHARK || result == FRAMES_DIED) { /* nobody reads any more */
        lseek(capture->fds[0], capture->start, SEEK_SET);
    }
    reorder_clear(&reading.held);
    g_free(reading.frames.bytes);
    g_free(reading.deep.bytes);
    interrupts_release(&reading.interrupts);
    return result;
}
