/* join.c - asks tcpstory-frames which files are parts of one capture; see join.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "join.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content.h"
#include "frames_program.h"
#include "plan.h"

/* ---- files ---- */

/* Opens a file that is surely a capture; -1 = it is none. */
static int open_capture(const char *name)
{
    const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char bytes[CONTENT_BYTES];
    struct stat info;
    gsize n = 0;

    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && content_peek(fd, bytes, &n)) {
        const enum content_kind kind = content_of(bytes, n).kind;
        if (kind == CONTENT_CAPTURE || kind == CONTENT_PACKED) {
            return fd;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **join_folder(const char *path)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GDir) folder = g_file_test(path, G_FILE_TEST_IS_DIR) && !plan_is_in(path)
                                 ? g_dir_open(path, 0, NULL)
                                 : NULL;
    const char *name;

    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        const int fd = name[0] != '.' ? open_capture(file) : -1;
        if (fd >= 0) {
            close(fd);
            g_ptr_array_add(names, g_steal_pointer(&file));
        }
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

/* ---- groups ---- */

/* Captures that may be parts of one. */
struct candidates {
    GArray *fds;    /* of int */
    GArray *places; /* of guint: which of the files each is */
};

static void open_candidates(struct candidates *candidates, char **files)
{
    for (guint i = 0; files[i] != NULL; i++) {
        const int fd = open_capture(files[i]);
        if (fd >= 0) {
            g_array_append_val(candidates->fds, fd);
            g_array_append_val(candidates->places, i);
        }
    }
}

/* As many descriptors as there are files are needed, here and in the child. */
static void allow_descriptors(guint n)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2 * (rlim_t)n + 100) {
        limit.rlim_cur = MIN(2 * (rlim_t)n + 100, limit.rlim_max);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* What tcpstory-frames says of them: lines "NUMBER CONTINUES". */
static char *ask(const struct candidates *candidates, enum join_how how)
{
    const struct frames_command command = {
        .mode = how == JOIN_SEQUENCE ? "all" : "order",
        .captures = (const int *)candidates->fds->data,
        .n = candidates->fds->len,
    };

    return frames_program_ask(&command);
}

/* Which file each one goes on, by number: NONE = it begins a group. */
#define NONE G_MAXUINT

static void read_answer(const char *said, const struct candidates *candidates, guint *before)
{
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
    guint last = NONE;

    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        char *end;
        const guint64 number = g_ascii_strtoull(*line, &end, 10);
        if (number >= candidates->places->len) {
            return;
        }
        const guint place = g_array_index(candidates->places, guint, number);
        before[place] = strcmp(end, " 1") == 0 ? last : NONE;
        last = place;
    }
}

/* The group that begins with a file. */
static char **group_of(char **files, guint first, const guint *after)
{
    GPtrArray *group = g_ptr_array_new();

    for (guint i = first; i != NONE; i = after[i]) {
        g_ptr_array_add(group, g_strdup(files[i]));
    }
    g_ptr_array_add(group, NULL);
    return (char **)g_ptr_array_free(group, FALSE);
}

static void find_before(char **files, enum join_how how, guint *before)
{
    struct candidates candidates = {g_array_new(FALSE, FALSE, sizeof(int)),
                                    g_array_new(FALSE, FALSE, sizeof(guint))};

    open_candidates(&candidates, files);
    if (candidates.fds->len > 1) {
        g_autofree char *said = ask(&candidates, how);
        read_answer(said, &candidates, before);
    }
    for (guint i = 0; i < candidates.fds->len; i++) {
        close(g_array_index(candidates.fds, int, i));
    }
    g_array_unref(candidates.fds);
    g_array_unref(candidates.places);
}

static guint first_of(const guint *before, guint i)
{
    while (before[i] != NONE) {
        i = before[i];
    }
    return i;
}

GPtrArray *join_files(char **files, enum join_how how)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    const guint n = g_strv_length(files);
    g_autofree guint *before = g_new(guint, n + 1);
    g_autofree guint *after = g_new(guint, n + 1);
    g_autofree bool *told = g_new0(bool, n + 1);

    for (guint i = 0; i < n; i++) {
        before[i] = after[i] = NONE;
    }
    allow_descriptors(n);
    if (how != JOIN_SEPARATE && n > 1) {
        find_before(files, how, before);
    }
    for (guint i = 0; i < n; i++) {
        if (before[i] != NONE) {
            after[before[i]] = i;
        }
    }
    for (guint i = 0; i < n; i++) {
        const guint first = first_of(before, i);
        if (!told[first]) {
            told[first] = true;
            g_ptr_array_add(groups, group_of(files, first, after));
        }
    }
    return groups;
}
