/* verb_show.c - the verb show: one connection as a ladder.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_view.h"
#include <string.h>

#include "errors.h"
#include "session.h"
#include "verb_table.h"

/* ---- the verb ---- */

static const struct story_connection *find(const struct story *story, uint32_t stream,
                                           GError **error)
{
    const struct story_connection *found = connection_find(story, stream);
    const guint n = story->connections->len;
    g_autofree char *name = text_safe_copy(story->name);

    if (found != NULL) {
        return found;
    }
    if (n == 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "%s has no TCP connection", name);
    } else {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "%s has no stream %u: its streams are %u to %u (tcpstory list)", name, stream,
                    story_connection(story, 0)->stream, story_connection(story, n - 1)->stream);
    }
    return NULL;
}

static bool show_one(const struct options *options, const struct story *story, uint32_t stream,
                     struct out *out, GError **error)
{
    const struct view_style style = {
        .clock = options->utc     ? TEXT_UTC
                 : options->local ? TEXT_LOCAL
                                  : TEXT_RELATIVE,
        .every = options->every,
    };
    const bool first = out->file == NULL;
    const struct story_connection *connection = find(story, stream, error);
    g_autoptr(GString) gap = g_string_new(first ? "" : "\n");

    if (connection == NULL || (first && !out_open(out, options->output, options->color, error))) {
        return false;
    }
    if (options->files[1] != NULL) {
        g_autoptr(GString) name = g_string_new(NULL);
        text_safe(name, story->name);
        out_append(out, gap, OUT_HEADING, name->str);
        g_string_append_c(gap, '\n');
    }
    connection_view(story, connection, &style, out, gap);
    out_write(out, gap);
    return true;
}

/* A file whose name says that it is to be something else than text would not be what it says. */
static bool check_format(const struct options *options, GError **error)
{
    const struct format *format =
        formats_choose(NULL, options->output, FORMAT_TABLE | FORMAT_CAPTURES, error);

    if (format != NULL && strcmp(format->name, "text") != 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "'%s' would be %s, and show writes text only: tcpstory report or list "
                    "--stream %s -o %s",
                    options->output, format->name, options->operand, options->output);
        return false;
    }
    return format != NULL;
}

static bool run(const struct options *options, int *status, GError **error)
{
    struct input_wants wants;
    struct out out = {0};
    guint64 stream;

    if (!session_wants(&wants, options, error)) { /* which has nothing to free here */
        return false;
    }
    if (!g_ascii_string_to_unsigned(options->operand, 10, 0, TSM_NO_STREAM - 1, &stream, NULL)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "'%s' is not the number of a stream; tcpstory list CAPTURE shows them",
                    options->operand);
        return false;
    }
    if (!check_format(options, error)) {
        return false;
    }
    wants.segments_of = (uint32_t)stream;
    wants.keeps_facts = true; /* where its time went */
    g_autoptr(GPtrArray) captures = session_captures(options);
    for (guint i = 0; i < captures->len; i++) {
        g_autoptr(GError) failure = NULL;
        g_autoptr(Story) story =
            session_load(g_ptr_array_index(captures, i), &wants, options, status);
        if (story == NULL || show_one(options, story, (uint32_t)stream, &out, &failure)) {
            continue;
        }
        if (failure->code == EXIT_OUTPUT) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        session_tell(failure, status);
    }
    return out.file == NULL || out_close(&out, error);
}

const struct verb verb_show = {
    .name = "show",
    .operand = "STREAM",
    .summary = "one connection as a ladder: states, steps, socket calls, waits",
    .options = OPTIONS_COMMON | OPTIONS_JOIN | OPTIONS_VIEW | OPTIONS_LADDER,
    .about =
        "STREAM is the number of the connection, as tcp.stream and as tcpstory list shows it.\n"
        "The states are those after the segment; ? marks what is not certain. Plain data is\n"
        "gathered in one line. Examples:\n"
        "  tcpstory show 0 trouble.pcap\n"
        "  tcpstory show 12 --every --color always trouble.pcap | less -R\n",
    .run = run,
};
