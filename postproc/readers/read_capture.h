/* read_capture.h - reads a capture file, or one that comes through a pipe, into a story.
 *
 * There are two paths, which tell the same. The fast path: tcpstory-frames (frames/) reads the
 * capture with libwiretap and tells of the TCP headers that lie plainly in it; frames that need
 * dissectors it hands to a tshark, which tells what headers it finds in them; our own engine
 * infers. The slow path: tshark reads the capture, and the plugin in it infers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READ_CAPTURE_H
#define READ_CAPTURE_H

#include "content.h"
#include "progress.h"
#include "story.h"
#include "tshark.h"

struct clocks;

/* An opened capture: a file, or several in the order in which they were captured. */
struct capture_input {
    const char *name; /* for messages */
    const int *fds;
    const char *const *files; /* their names */
    guint n;
    bool once;     /* it is not to be read again, by tshark, where the fast path ends early */
    int64_t start; /* where it begins in the file, if it is one; -1 = it comes through a pipe */
    struct content content;
    struct progress *progress;
    const struct clocks *clocks; /* by which times are corrected; NULL = they are right */
    guint tap;                   /* which of CLOCKS_OF_FILES it is */
};

/* A tshark that reads a capture. */
struct tshark_run {
    const struct capture_input *capture;
    Tshark *tshark;
};

/* Reads what it prints, and shows progress; see struct byte_source. `run` is a tshark_run. */
gssize tshark_run_read(void *run, char *buf, gsize size, GError **error);

/* Whether the fast path can be tried. With a pipe, which cannot be read again when the fast path
 * ends early, only for formats of which everything can be handed on; not for who follows; nor when
 * there is no tshark or no plugin, which the slow path tells: so it does not depend on the frames
 * whether a capture can be read. And when the user names a tshark (the environment variable
 * TSHARK), then that one reads. */
bool capture_can_read_frames(const struct capture_input *capture, const struct story *story);

enum frames_result {
    FRAMES_READ,   /* the story has it all, or it is marked partial */
    FRAMES_FAILED, /* error is set */
    FRAMES_TSHARK, /* it cannot be done this way: the story is void, the capture is as before */
    FRAMES_DIED,   /* the same, as who reads the frames died of it */
};

/* The fast path. */
enum frames_result capture_read_frames(const struct capture_input *capture, struct story *story,
                                       GError **error);

/* The slow path. Fails with EXIT_TSHARK or EXIT_INPUT when there is nothing to tell. */
bool capture_read_records(const struct capture_input *capture, struct story *story, GError **error);

#endif
