/* filter.c - runs tshark with a display filter; see filter.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "filter.h"

#include <string.h>
#include <unistd.h>

#include "errors.h"
#include "frames_program.h"
#include "lines.h"
#include "text.h"
#include "tshark.h"

/* "3", or "3,4" where a frame has several TCP headers. */
static void add_streams(GHashTable *streams, const char *line)
{
    while (*line != '\0') {
        char *end;
        const guint64 stream = g_ascii_strtoull(line, &end, 10);
        if (end > line) {
            g_hash_table_add(streams, GUINT_TO_POINTER((guint)stream));
        }
        line = end + (*end != '\0');
    }
}

/* What tshark says of a filter, behind its own name. */
static bool fail(const Tshark *tshark, const char *filter, GError **error)
{
    g_autoptr(GString) said = g_string_new(NULL);
    const char *messages = strstr(tshark_messages(tshark), "tshark: ");

    messages = messages != NULL ? messages + strlen("tshark: ") : tshark_messages(tshark);
    g_autofree char *line = g_strndup(messages, strcspn(messages, "\n"));
    text_safe(said, line);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--filter: '%s' is no display filter: %s",
                filter, said->str);
    return false;
}

static bool find(struct tshark_run *running, const char *filter, struct interrupts *interrupts,
                 GHashTable *streams, GError **error)
{
    const struct byte_source source = {tshark_run_read, running};
    struct lines lines;
    char *line;
    gsize length;
    enum lines_found found;

    lines_init(&lines, &source);
    while ((found = lines_next(&lines, &line, &length, error)) == LINES_LINE) {
        add_streams(streams, line);
    }
    lines_clear(&lines);
    if (found == LINES_FAILED) {
        return false;
    }
    const int status = tshark_wait(running->tshark);
    if (interrupts->cut || interrupts->ended) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT,
                            "interrupted before anything was read");
        return false;
    }
    const bool knows_nothing = status != 0 && g_hash_table_size(streams) == 0;
    return !knows_nothing || strstr(tshark_messages(running->tshark), "cut short") != NULL ||
           fail(running->tshark, filter, error);
}

GHashTable *filter_find(const struct capture_input *capture, const char *filter, GError **error)
{
    g_autoptr(GHashTable) streams = g_hash_table_new(g_direct_hash, g_direct_equal);
    struct tshark_run running = {.capture = capture};
    struct interrupts interrupts;
    struct merged merged;
    bool ok = false;

    if (capture->start < 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "%s: a filter is asked before the capture is read, and a pipe can be read "
                    "once: --filter wants a file",
                    capture->name);
        return NULL;
    }
    interrupts_hold(&interrupts);
    if (merged_start(&merged, capture, &interrupts, error)) {
        running.tshark = tshark_start_filter(merged.fd, filter, &interrupts, error);
    }
    ok = running.tshark != NULL && find(&running, filter, &interrupts, streams, error);
    tshark_free(running.tshark);
    merged_end(&merged);
    interrupts_release(&interrupts);
    for (guint i = 0; i < capture->n; i++) {
        lseek(capture->fds[i], i == 0 ? capture->start : 0, SEEK_SET);
    }
    return ok ? g_steal_pointer(&streams) : NULL;
}
