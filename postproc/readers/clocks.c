/* clocks.c - see clocks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "clocks.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frames_program.h"
#include "text.h"

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

/* ---- correcting ---- */

bool clocks_are_off(const struct clocks *clocks)
{
    for (guint i = 0; i < clocks->n; i++) {
        if (tsm_clock_is_off(&clocks->taps[i])) {
            return true;
        }
    }
    return false;
}

bool clocks_disagree(const struct clocks *clocks)
{
    for (guint i = 0; i < clocks->n; i++) {
        if (clocks->taps[i].basis == TSM_CLOCK_DISAGREES) {
            return true;
        }
    }
    return false;
}

int64_t clocks_correct(const struct clocks *clocks, guint tap, int64_t ns)
{
    return tap < clocks->n && tsm_clock_is_off(&clocks->taps[tap])
               ? tsm_clock_correct(&clocks->taps[tap], ns)
               : ns;
}

int64_t clocks_most_ns(const struct clocks *clocks, int64_t ns)
{
    int64_t most_ns = 0;

    for (guint i = 0; i < clocks->n; i++) {
        most_ns = MAX(most_ns, ns - clocks_correct(clocks, i, ns));
    }
    return most_ns;
}

/* ---- telling ---- */

static void tell_tap(const struct clocks *clocks, guint tap, const char *const *names,
                     GString *text)
{
    if (clocks->of == CLOCKS_OF_FILES) {
        g_string_append(text, "that of ");
        text_safe(text, names[tap]);
    } else if (clocks->of == CLOCKS_OF_ROLES) {
        g_string_append(text, "that of the servers' segments");
    } else {
        g_string_append_printf(text, "that of interface %u", tap);
    }
}

void clocks_tell(const struct clocks *clocks, const char *const *names, GString *text)
{
    for (guint i = 0; i < clocks->n; i++) {
        const struct tsm_clock *clock = &clocks->taps[i];
        if (!tsm_clock_is_off(clock)) {
            continue;
        }
        g_string_append(text, text->len > 0 ? "; " : "clocks of its taps differ: ");
        tell_tap(clocks, i, names, text);
        g_string_append(text, " is ");
        text_duration(text, ABS(clock->offset_ns));
        g_string_append(text, clock->offset_ns > 0 ? " ahead" : " behind");
        if (clock->drift_ppb != 0) {
            g_string_append_printf(text, " and runs %.1f ppm too %s",
                                   ABS(clock->drift_ppb) / 1000.0,
                                   clock->drift_ppb > 0 ? "fast" : "slow");
        }
        g_string_append(text, " (to within ");
        text_duration(text, MAX(clock->width_ns / 2, 1));
        g_string_append(text, ")");
    }
    g_string_append(text, text->len > 0 ? "; times are corrected" : "");
}
