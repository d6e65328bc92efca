/* find_clocks.c - see find_clocks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "find_clocks.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frames_program.h"

/* ---- asking ---- */

/* A line of frames/clocks.c. */
static void read_line(struct clocks *clocks, const char *line)
{
    g_auto(GStrv) cells = g_strsplit(line, "\t", -1);

    if (g_strv_length(cells) != 8 || clocks->n >= TSM_SKEW_TAPS) {
        return;
    }
    clocks->taps[clocks->n++] = (struct tsm_clock){
        .basis = (uint8_t)MIN(g_ascii_strtoull(cells[1], NULL, 10), TSM_CLOCK_BY_COPIES),
        .offset_ns = g_ascii_strtoll(cells[2], NULL, 10),
        .base_ns = g_ascii_strtoll(cells[3], NULL, 10),
        .width_ns = g_ascii_strtoll(cells[4], NULL, 10),
        .drift_ppb = (int32_t)CLAMP(g_ascii_strtoll(cells[5], NULL, 10), -2 * TSM_MAX_DRIFT_PPB,
                                    2 * TSM_MAX_DRIFT_PPB),
        .bounds = (uint32_t)g_ascii_strtoull(cells[6], NULL, 10),
        .nearer = (int32_t)g_ascii_strtoll(cells[7], NULL, 10),
    };
}

static void find(struct clocks *clocks, enum clocks_of of, const struct frames_command *command)
{
    *clocks = (struct clocks){.of = of};
    g_autofree char *said = frames_program_ask(command);
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        read_line(clocks, *line);
    }
}

void clocks_find(struct clocks *clocks, enum clocks_of of, const struct capture_input *capture)
{
    const struct frames_command command = {
        .mode = of == CLOCKS_OF_ROLES ? "roles" : "clocks",
        .captures = capture->fds,
        .n = 1,
        .packed = capture->content.kind == CONTENT_PACKED,
    };

    *clocks = (struct clocks){.of = of};
    if (capture->n == 1 && capture->start >= 0 && frames_program_is_there()) {
        lseek(capture->fds[0], capture->start, SEEK_SET);
        find(clocks, of, &command);
        lseek(capture->fds[0], capture->start, SEEK_SET);
    }
}

void clocks_of_files(struct clocks *clocks, const char *const *files)
{
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));

    *clocks = (struct clocks){.of = CLOCKS_OF_FILES};
    for (; *files != NULL; files++) {
        const int fd = open(*files, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd >= 0) {
            g_array_append_val(fds, fd);
        }
    }
    const struct frames_command command = {
        .mode = "clocks", .captures = (const int *)fds->data, .n = fds->len};
    if (fds->len > 1 && frames_program_is_there()) {
        find(clocks, CLOCKS_OF_FILES, &command);
    }
    for (guint i = 0; i < fds->len; i++) {
        close(g_array_index(fds, int, i));
    }
}

/* ---- suspecting ---- */

#define SUSPICIOUS 3
#define SUSPICIOUS_PERCENT 5

bool clocks_are_suspected(const struct story *story)
{
    guint n = 0;

    for (guint i = 0; i < story->connections->len; i++) {
        n += (story_connection(story, i)->notes & TSM_NOTE_UNSEEN) != 0;
    }
    return n >= SUSPICIOUS && n * 100 >= story->connections->len * SUSPICIOUS_PERCENT;
}
