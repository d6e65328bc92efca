/* input.c - opens what the user named, recognises it and chooses the reader; see input.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content.h"
#include "errors.h"
#include "filter.h"
#include "find_clocks.h"
#include "memory_limit.h"
#include "progress.h"
#include "read_capture.h"
#include "read_fields.h"
#include "read_json.h"
#include "read_records.h"
#include "read_run.h"
#include "text.h"

/* An opened input. */
struct input {
    const char *name;
    char *shown; /* the name for messages: owned */
    int fd;      /* the first of: */
    GArray *fds; /* of int, one for each file */
    const char *const *files;
    bool is_stdin;
    struct content content;
    struct progress progress;
};

static bool fail(GError **error, const struct input *input, const char *what)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%s %s", input->shown, what);
    return false;
}

/* ---- opening ---- */

/* Opens a file, or standard input; -1 and error (EXIT_INPUT). */
static int open_file(const char *name, struct stat *info, GError **error)
{
    const bool is_stdin = strcmp(name, "-") == 0;
    const int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                            : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 || fstat(fd, info) != 0) {
        const int number = errno;
        g_autofree char *shown = text_safe_copy(is_stdin ? "standard input" : name);
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "cannot open '%s': %s", shown,
                    g_strerror(number));
    }
    return fd;
}

static bool open_input(struct input *input, const char *const *files, GError **error)
{
    struct stat info;

    input->files = files;
    input->is_stdin = strcmp(files[0], "-") == 0;
    input->name = input->is_stdin ? "standard input" : files[0];
    input->shown = text_safe_copy(input->name);
    for (guint i = 0; files[i] != NULL; i++) {
        const int fd = open_file(files[i], &info, error);
        if (fd < 0) {
            return false;
        }
        g_array_append_val(input->fds, fd);
    }
    input->fd = g_array_index(input->fds, int, 0);
    if (S_ISDIR(info.st_mode)) {
        return fail(error, input, "is a directory in which no capture is");
    }
    if (isatty(input->fd)) {
        return fail(error, input,
                    "is a terminal\n"
                    "Use it so: tshark -q -z tcpstate,records -r FILE | tcpstory -");
    }
    progress_start(&input->progress, input->name, input->fd,
                   S_ISREG(info.st_mode) && files[1] == NULL ? info.st_size : 0);
    return true;
}

static bool recognise(struct input *input, GError **error)
{
    char bytes[CONTENT_BYTES];
    gsize n = 0;

    if (!content_peek(input->fd, bytes, &n)) {
        return fail(error, input, "cannot be read");
    }
    if (n == 0) {
        return fail(error, input, "is empty");
    }
    input->content = content_of(bytes, n);
    if (input->content.kind == CONTENT_ARCHIVE) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%s is packed by %s: unpack it first",
                    input->shown, input->content.name);
        return false;
    }
    if (input->is_stdin && input->content.kind == CONTENT_UNKNOWN) {
        return fail(error, input,
                    "is neither a capture nor what tshark prints with -z tcpstate,records, "
                    "-T fields -E header=y, -T json or -T ek\n"
                    "Use it so: tshark -q -z tcpstate,records -r FILE | tcpstory -");
    }
    return true;
}

/* Whether tcpstory reads it by itself, without running tshark. */
static bool is_text(const struct input *input)
{
    return input->content.kind == CONTENT_RECORDS || input->content.kind == CONTENT_FIELDS ||
           input->content.kind == CONTENT_JSON;
}

/* ---- reading ---- */

static gssize read_file(void *context, char *buf, gsize size, GError **error)
{
    struct input *input = context;
    ssize_t n;

    progress_tick(&input->progress);
    if (memory_limit_reached()) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%s: the rest of %s was given up",
                    memory_limit_text(), input->shown);
        return -1;
    }
    do {
        n = read(input->fd, buf, size);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "cannot read %s: %s", input->shown,
                    g_strerror(errno));
    }
    return n;
}

static void do_nothing(int number)
{
    (void)number;
}

/* Ctrl-C goes to all of a pipeline. Whoever writes to standard input ends it then, and its last
 * words are to be read: so the first one does nothing here, and the next ends us. */
static void let_writer_end_first(const struct input *input)
{
    const struct sigaction once = {.sa_handler = do_nothing, .sa_flags = SA_RESETHAND | SA_RESTART};
    struct sigaction now;

    if (input->is_stdin && sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        sigaction(SIGINT, &once, NULL);
    }
}

static bool load_text(struct story *story, struct input *input, GError **error)
{
    const struct byte_source source = {read_file, input};
    bool ok;

    let_writer_end_first(input);
    ok = input->content.kind == CONTENT_RECORDS  ? read_records(story, &source, error)
         : input->content.kind == CONTENT_FIELDS ? read_fields(story, &source, error)
                                                 : read_json(story, &source, error);
    if (!ok) {
        g_prefix_error(error, "%s: ", input->shown);
    }
    return ok;
}

/* "ring_1.pcap to ring_9.pcap (9 files)"; a file's own name. */
static char *name_of(const char *const *files, const char *first)
{
    const guint n = g_strv_length((char **)files);

    if (n == 1) {
        return g_strdup(first);
    }
    g_autofree char *last = g_path_get_basename(files[n - 1]);
    return g_strdup_printf("%s to %s (%u files)", first, last, n);
}

/* What is to be read, and what of it. */
struct asked {
    const char *const *files;
    const char *first; /* the name of the first one */
    const struct input_wants *wants;
    GHashTable *filtered, *servers; /* what tshark has found; NULL = it was not asked */
};

/* An empty story that will keep what is wanted. */
static struct story *make_story(const struct asked *asked)
{
    g_autofree char *name = name_of(asked->files, asked->first);
    struct story_wants all = asked->wants->story;

    selection_prepare(&asked->wants->selection, &all);
    story_want_frame(&all, asked->wants->at.frame);
    all.filtered = asked->filtered;
    all.servers = asked->servers;
    return story_new(name, &all);
}

#define READER_DIED "tcpstory-frames, which reads frames, has died; tshark has read all instead"

/* ---- clocks ---- */

/* Reads frames once more, with their times corrected. */
static enum frames_result read_again(struct story **story, const struct asked *asked,
                                     struct capture_input *capture, const struct clocks *clocks,
                                     GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    story_free(*story);
    *story = make_story(asked);
    clocks_tell(clocks, NULL, text);
    g_ptr_array_add((*story)->warnings, g_strdup(text->str));
    (*story)->clocks = g_string_free(g_steal_pointer(&text), FALSE);
    capture->clocks = clocks;
    return capture_read_frames(capture, *story, error);
}

/* Reads frames, and corrects their times when the capture comes from taps with different clocks:
 * interfaces that it tells apart are compared before, otherwise only what looks like that is
 * compared. */
static enum frames_result read_corrected(struct story **story, const struct asked *asked,
                                         struct capture_input *capture, GError **error)
{
    const bool pcapng = g_strcmp0(capture->content.name, "pcapng") == 0;
    struct clocks clocks = {.n = 0};

    if (asked->wants->clocks != NULL) {
        capture->clocks = asked->wants->clocks;
        capture->tap = asked->wants->tap;
        return capture_read_frames(capture, *story, error);
    }
    if (asked->wants->story.follower.ended != NULL) { /* what is told cannot be told anew */
        return capture_read_frames(capture, *story, error);
    }
    if (pcapng) {
        clocks_find(&clocks, CLOCKS_OF_INTERFACES, capture);
        if (clocks_are_off(&clocks)) {
            return read_again(story, asked, capture, &clocks, error);
        }
    }
    const enum frames_result result = capture_read_frames(capture, *story, error);
    if (result != FRAMES_READ || memory_limit_was_reached() || !clocks_are_suspected(*story)) {
        return result;
    }
    if (clocks.n == 0) {
        clocks_find(&clocks, CLOCKS_OF_ROLES, capture);
        if (clocks_are_off(&clocks)) {
            return read_again(story, asked, capture, &clocks, error);
        }
    }
    (*story)->clocks_disagree = clocks_disagree(&clocks);
    return result;
}

/* ---- captures ---- */

/* Reads a capture: frames by ourselves when that is possible, otherwise all by tshark. */
static bool load_capture(struct story **story, struct input *input, const struct input_wants *wants,
                         GError **error)
{
    struct capture_input capture = {
        .fds = (const int *)input->fds->data,
        .files = input->files,
        .n = input->fds->len,
        .name = input->shown,
        .content = input->content,
        .progress = &input->progress,
        .start = lseek(input->fd, 0, SEEK_CUR),
    };
    g_autoptr(GHashTable) filtered = NULL;
    g_autoptr(GHashTable) servers = NULL;

    if ((wants->filter != NULL &&
         (filtered = filter_find(&capture, wants->filter, error)) == NULL) ||
        (wants->story.keeps_servers && (servers = filter_server_names(&capture, error)) == NULL)) {
        return false;
    }
    const struct asked asked = {input->files, input->name, wants, filtered, servers};
    *story = make_story(&asked);
    if (capture_can_read_frames(&capture, *story)) {
        const enum frames_result result = read_corrected(story, &asked, &capture, error);
        if (result == FRAMES_READ || result == FRAMES_FAILED) {
            return result == FRAMES_READ;
        }
        story_free(*story);
        *story = make_story(&asked);
        if (result == FRAMES_DIED) {
            g_ptr_array_add((*story)->warnings, g_strdup(READER_DIED));
        }
    }
    return capture_read_records(&capture, *story, error);
}

static bool load(struct story **story, struct input *input, const struct input_wants *wants,
                 GError **error)
{
    bool ok;

    if (is_text(input)) {
        *story = make_story(&(struct asked){input->files, input->name, wants, NULL, NULL});
        ok = load_text(*story, input, error);
    } else {
        ok = load_capture(story, input, wants, error);
    }
    progress_end(&input->progress);
    return ok;
}

static void close_input(struct input *input)
{
    for (guint i = 0; i < input->fds->len; i++) {
        close(g_array_index(input->fds, int, i));
    }
    g_array_unref(input->fds);
    g_free(input->shown);
}

static void hide_names_in(char **text, const struct story *story, const char *const *files)
{
    GString *hidden = g_string_new(*text);

    for (const char *const *file = files; *file != NULL; file++) {
        g_autofree char *base = g_path_get_basename(*file);
        g_string_replace(hidden, *file, story->name, 0);
        g_string_replace(hidden, base, story->name, 0);
    }
    g_free(*text);
    *text = g_string_free(hidden, FALSE);
}

/* Warnings may name files. */
static void hide_names(struct story *story, const char *const *files)
{
    for (guint i = 0; i < story->warnings->len && story->wants->anonymizer.on; i++) {
        hide_names_in((char **)&story->warnings->pdata[i], story, files);
    }
    if (story->clocks != NULL && story->wants->anonymizer.on) {
        hide_names_in(&story->clocks, story, files);
    }
}

/* A RUN folder, of which the captures are no longer read. */
static struct story *load_run(const char *folder, const struct input_wants *wants, GError **error)
{
    g_autoptr(Plan) plan = plan_read(folder, error);
    g_autoptr(Story) story = NULL;

    if (plan == NULL) {
        return NULL;
    }
    if (wants->filter != NULL) {
        g_set_error(
            error, TCPSTORY_ERROR, EXIT_USAGE,
            "%s holds no captures, of which tshark could read what --filter wants: choose by "
            "--host, --port and the like, or plan what tcpstory extract --filter makes of "
            "each capture",
            folder);
        return NULL;
    }
    g_autofree const char *const *names = (const char *const *)plan_names(plan);
    story = make_story(&(struct asked){names, names[0], wants, NULL, NULL});
    if (!read_run(plan, story, error)) {
        return NULL;
    }
    hide_names(story, names);
    return g_steal_pointer(&story);
}

static struct story *load_input(const char *const *files, const struct input_wants *wants,
                                GError **error)
{
    struct input input = {.fd = -1, .fds = g_array_new(FALSE, FALSE, sizeof(int))};
    g_autoptr(Story) story = NULL;
    bool ok = open_input(&input, files, error) && recognise(&input, error);

    if (wants->story.follower.ended != NULL) {
        input.progress.next_us = 0; /* rows or a screen show how far it is */
    }
    if (ok && wants->filter != NULL && is_text(&input)) {
        ok = fail(error, &input, "is no capture: --filter wants one, for tshark to read");
    }
    ok = ok && load(&story, &input, wants, error);
    if (ok) {
        hide_names(story, files);
    }
    close_input(&input);
    return ok ? g_steal_pointer(&story) : NULL;
}

struct story *input_load(const char *const *files, const struct input_wants *wants, GError **error)
{
    const bool is_run = files[1] == NULL && plan_is_in(files[0]);
    g_autoptr(Story) story = NULL;
    int64_t at_ns;

    if (memory_limit_was_reached()) {
        g_autofree char *shown = text_safe_copy(files[0]);
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%s was not read: %s", shown,
                    memory_limit_text());
        return NULL;
    }
    story = is_run ? load_run(files[0], wants, error) : load_input(files, wants, error);
    if (story == NULL || !time_arg_in(&wants->at, story, &at_ns, error) ||
        !selection_apply(&wants->selection, story, error)) {
        return NULL;
    }
    if (story->wants->keeps_facts) { /* rules look at everything again and again */
        story_compact(story);
    }
    return g_steal_pointer(&story);
}
