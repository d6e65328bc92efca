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

/* What is asked, and what is made of each line of the answer. */
struct question {
    const char *option; /* which the user gave */
    const char *filter;
    const char *const *fields;
    void (*take)(GHashTable *streams, char *line);
};

/* "3", or "3,4" where a frame has several TCP headers. */
static void take_streams(GHashTable *streams, char *line)
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

/* "3", the name that TLS tells, and the one that HTTP does; of several in one frame the first. The
 * first name of a stream counts. */
static void take_name(GHashTable *streams, char *line)
{
    g_auto(GStrv) cells = g_strsplit(line, "\t", 3);

    if (g_strv_length(cells) != 3 || cells[0][0] == '\0') {
        return;
    }
    const gpointer stream = GUINT_TO_POINTER((guint)g_ascii_strtoull(cells[0], NULL, 10));
    const char *name = cells[1][0] != '\0' ? cells[1] : cells[2];
    if (name[0] != '\0' && !g_hash_table_contains(streams, stream)) {
        g_hash_table_insert(streams, stream, g_strndup(name, strcspn(name, ",")));
    }
}

/* What tshark says of a filter, behind its own name. */
static bool fail(const Tshark *tshark, const struct question *question, GError **error)
{
    g_autoptr(GString) said = g_string_new(NULL);
    const char *messages = strstr(tshark_messages(tshark), "tshark: ");

    messages = messages != NULL ? messages + strlen("tshark: ") : tshark_messages(tshark);
    g_autofree char *line = g_strndup(messages, strcspn(messages, "\n"));
    text_safe(said, line);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "%s: '%s' is no display filter: %s",
                question->option, question->filter, said->str);
    return false;
}

static bool find(struct tshark_run *running, const struct question *question,
                 struct interrupts *interrupts, GHashTable *streams, GError **error)
{
    const struct byte_source source = {tshark_run_read, running};
    struct lines lines;
    char *line;
    gsize length;
    enum lines_found found;

    lines_init(&lines, &source);
    while ((found = lines_next(&lines, &line, &length, error)) == LINES_LINE) {
        question->take(streams, line);
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
           fail(running->tshark, question, error);
}

/* Fills `streams`. */
static bool ask(const struct capture_input *capture, const struct question *question,
                GHashTable *streams, GError **error)
{
    struct tshark_run running = {.capture = capture};
    struct interrupts interrupts;
    struct merged merged;
    bool ok = false;

    if (capture->start < 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "%s: tshark is asked before the capture is read, and a pipe can be read once: "
                    "%s wants a file",
                    capture->name, question->option);
        return false;
    }
    interrupts_hold(&interrupts);
    if (merged_start(&merged, capture, &interrupts, error)) {
        running.tshark =
            tshark_start_filter(merged.fd, question->filter, question->fields, &interrupts, error);
    }
    ok = running.tshark != NULL && find(&running, question, &interrupts, streams, error);
    tshark_free(running.tshark);
    merged_end(&merged);
    interrupts_release(&interrupts);
    for (guint i = 0; i < capture->n; i++) {
        lseek(capture->fds[i], i == 0 ? capture->start : 0, SEEK_SET);
    }
    return ok;
}

GHashTable *filter_find(const struct capture_input *capture, const char *filter, GError **error)
{
    static const char *const fields[] = {"tcp.stream", NULL};
    const struct question question = {"--filter", filter, fields, take_streams};
    g_autoptr(GHashTable) streams = g_hash_table_new(g_direct_hash, g_direct_equal);

    return ask(capture, &question, streams, error) ? g_steal_pointer(&streams) : NULL;
}

GHashTable *filter_server_names(const struct capture_input *capture, GError **error)
{
    static const char *const fields[] = {"tcp.stream", "tls.handshake.extensions_server_name",
                                         "http.host", NULL};
    const struct question question = {"the column server_name",
                                      "tls.handshake.extensions_server_name || http.host", fields,
                                      take_name};
    g_autoptr(GHashTable) names =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);

    return ask(capture, &question, names, error) ? g_steal_pointer(&names) : NULL;
}
