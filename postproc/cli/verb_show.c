/* verb_show.c - the verb show: one connection as a ladder.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_view.h"

#include <string.h>

#include "errors.h"
#include "formats_table.h"
#include "sequence_picture.h"
#include "session.h"
#include "story_json.h"
#include "tables.h"
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

/* What is shown of each capture, and where. */
struct showing {
    const struct options *options;
    const struct format *format;
    uint32_t stream;
    bool several; /* captures are */
    struct out out;
};

/* The ladder as text; where captures are several, behind the name of each. */
static void write_text(struct showing *showing, const struct story *story,
                       const struct story_connection *connection, const struct view_style *style,
                       bool first)
{
    struct out *out = &showing->out;
    g_autoptr(GString) text = g_string_new(first ? "" : "\n");

    if (first && story_is_anonymized(story)) {
        g_string_append(text, ANONYMIZED "\n");
    }
    if (showing->several) {
        g_autofree char *name = text_safe_copy(story->name);
        out_append(out, text, OUT_HEADING, name);
        g_string_append_c(text, '\n');
    }
    connection_view(story, connection, style, out, text);
    out_write(out, text);
}

static bool show_one(struct showing *showing, const struct story *story, GError **error)
{
    const struct options *options = showing->options;
    struct out *out = &showing->out;
    const struct view_style style = {
        .clock = options->utc     ? TEXT_UTC
                 : options->local ? TEXT_LOCAL
                                  : TEXT_RELATIVE,
        .every = options->every,
    };
    const bool first = out->file == NULL;
    const struct story_connection *connection = find(story, showing->stream, error);

    if (connection == NULL || (first && !out_open(out, options->output, options->color, error))) {
        return false;
    }
    if (showing->format->picture) {
        g_autoptr(GString) svg = g_string_new(NULL);
        if (options->plot) {
            sequence_picture(story, connection, style.clock, false, svg);
        } else {
            connection_picture(story, connection, &style, false, svg);
        }
        out_write(out, svg);
    } else {
        write_text(showing, story, connection, &style, first);
    }
    return true;
}

/* In another format than text there is no ladder: what that format has of captures, or the states
 * as rows, of this one connection. */
static bool print_format(const struct options *options, const struct format *format, int *status,
                         GError **error)
{
    char *streams[] = {options->operand, NULL};
    struct options one = *options;
    struct input_wants wants;

    one.stream = streams;
    one.needs_any = true;
    one.project = true; /* as timeline does */
    if (format->captures == NULL) {
        return session_print_table(&table_intervals, NULL, &one, status, error);
    }
    one.judges = true;
    if (!session_wants(&wants, &one, error)) {
        return false;
    }
    wants.story.steps_of = 1;
    const bool ok = session_print_captures(&one, &wants, status, error);
    session_forget(&wants);
    return ok;
}

/* The ladders of every capture. */
static bool print_ladders(const struct options *options, const struct format *format,
                          uint32_t stream, int *status, GError **error)
{
    struct input_wants wants;

    if (!session_wants(&wants, options, error)) { /* which has nothing to free here */
        return false;
    }
    wants.story.segments_of = stream;
    wants.story.keeps_facts = true; /* where its time went */
    g_autoptr(GPtrArray) captures = session_captures(options);
    struct showing showing = {options, format, stream, captures->len > 1, {0}};
    if (format->picture && captures->len > 1) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "a picture is of one capture, not of %u: name one", captures->len);
        return false;
    }
    for (guint i = 0; i < captures->len; i++) {
        g_autoptr(GError) failure = NULL;
        g_autoptr(Story) story =
            session_load(g_ptr_array_index(captures, i), &wants, options, status);
        if (story == NULL || show_one(&showing, story, &failure)) {
            continue;
        }
        if (failure->code == EXIT_OUTPUT) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        session_tell(failure, status);
    }
    return showing.out.file == NULL || out_close(&showing.out, error);
}

static bool run(const struct options *options, int *status, GError **error)
{
    const char *name = options->format == NULL && options->plot ? "svg" : options->format;
    const struct format *format = formats_choose(name, options->output, options->writes, error);
    guint64 stream;

    if (format == NULL) {
        return false;
    }
    if (options->plot && !format->picture) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--plot is a picture: svg, not %s",
                    format->name);
        return false;
    }
    if (!g_ascii_string_to_unsigned(options->operand, 10, 0, TSM_NO_STREAM - 1, &stream, NULL)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "'%s' is not the number of a stream; tcpstory list CAPTURE shows them",
                    options->operand);
        return false;
    }
    return format->picture || strcmp(format->name, "text") == 0
               ? print_ladders(options, format, (uint32_t)stream, status, error)
               : print_format(options, format, status, error);
}

const struct verb verb_show = {
    .name = "show",
    .operand = "STREAM",
    .summary = "one connection as a ladder: states, steps, socket calls, waits",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN | OPTIONS_VIEW | OPTIONS_LADDER |
               OPTIONS_FORMAT,
    .writes = FORMAT_TABLE | FORMAT_CAPTURES | FORMAT_PICTURE,
    .schema = story_json_schema,
    .about =
        "STREAM is the number of the connection, as tcp.stream and as tcpstory list shows it.\n"
        "The states are those after the segment; ? marks what is not certain. Plain data is\n"
        "gathered in one line. svg is a picture of the ladder; csv and tsv have a row for each\n"
        "state, as tcpstory timeline; the other formats what tcpstory report --stream writes in\n"
        "them. Examples:\n"
        "  tcpstory show 0 trouble.pcap\n"
        "  tcpstory show 12 --every --color always trouble.pcap | less -R\n"
        "  tcpstory show 0 -o stream-0.html trouble.pcap\n"
        "  tcpstory show 0 -o stream-0.svg trouble.pcap\n"
        "  tcpstory show 0 --plot -o sequence-0.svg trouble.pcap\n",
    .run = run,
};
