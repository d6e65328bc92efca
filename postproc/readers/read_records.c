/* read_records.c - the record stream, line by line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "read_records.h"

#include <string.h>

#include "errors.h"
#include "text.h"

#define TICK_NS 100000000
#define HEADER_START "H\ttcpstate\t"

/* A reading in progress. */
struct reading {
    struct story *story;
    struct lines lines;
    int64_t tick_ns; /* when who follows looks next */
    bool stopped;    /* a line could not be used: the rest is not read */
};

bool is_record_stream(const char *bytes, gsize n)
{
    const gsize length = strlen(HEADER_START);

    return n > 0 && memcmp(bytes, HEADER_START, MIN(n, length)) == 0;
}

static bool check_header(const char *line, GError **error)
{
    const gsize length = strlen(HEADER_START);
    guint64 version;

    if (strncmp(line, HEADER_START, length) != 0) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, "not a record stream");
        return false;
    }
    version = g_ascii_strtoull(line + length, NULL, 10);
    if (version != TSM_RECORD_VERSION) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK,
                    "the plugin writes version %" G_GUINT64_FORMAT
                    " of the record stream, and this tcpstory (" TCPSTORY_VERSION
                    ") reads version %d\n"
                    "Build and install both from the same source: ./bootstrap",
                    version, TSM_RECORD_VERSION);
        return false;
    }
    return true;
}

/* "line 12 of the record stream: WHAT" makes the story partial; the rest is not read. */
static void stop(struct reading *reading, const char *what, const char *line)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "line %" G_GUINT64_FORMAT " of the record stream: %s",
                           reading->lines.number, what);
    if (line != NULL && !reading->story->wants->anonymizer.on) {
        g_autofree char *start = g_strndup(line, 40);
        g_string_append(text, ": \"");
        text_safe(text, start);
        g_string_append_c(text, '"');
    }
    story_mark_partial(reading->story, text->str);
    reading->stopped = true;
}

static void add_line(struct reading *reading, const char *line, gsize length)
{
    struct tsm_record record;
    g_autoptr(GError) error = NULL;

    if (reading->story->complete) {
        stop(reading, "something follows the last record", line);
    } else if (!tsm_record_parse(&record, line, length)) {
        stop(reading, "not a record", line);
    } else if (record.type == TSM_RECORD_HEADER && reading->story->has_header) {
        stop(reading, "a second header", NULL);
    } else if (!story_add(reading->story, &record, &error)) {
        stop(reading, error->message, NULL);
    }
}

static bool read_header(struct reading *reading, GError **error)
{
    char *line;
    gsize length;
    const enum lines_found found = lines_next(&reading->lines, &line, &length, error);

    if (found == LINES_FAILED) {
        return false;
    }
    if (found == LINES_CUT && is_record_stream(line, length)) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT,
                            "the record stream ends in its first line");
        return false;
    }
    if (!check_header(line, error)) {
        return false;
    }
    add_line(reading, line, length);
    return true;
}

/* Who follows looks at the story ten times in a second of the capture. Of connections that have not
 * ended nobody can tell how they stand. */
static void tick(struct reading *reading)
{
    struct story *story = reading->story;
    const struct story_follower *follower = &story->wants->follower;
    const struct story_source source = {.tell = NULL};

    if (follower->tick != NULL && story->latest_ns >= reading->tick_ns) {
        reading->tick_ns = story->latest_ns + TICK_NS;
        reading->stopped = !follower->tick(follower->context, story, &source, story->latest_ns);
    }
}

static void read_rest(struct reading *reading)
{
    g_autoptr(GError) failure = NULL;
    enum lines_found found = LINES_LINE;
    char *line;
    gsize length;

    while (!reading->stopped &&
           (found = lines_next(&reading->lines, &line, &length, &failure)) == LINES_LINE) {
        add_line(reading, line, length);
        tick(reading);
    }
    if (found == LINES_TOO_LONG) {
        stop(reading, "longer than any record", NULL);
    } else if (found == LINES_FAILED) {
        story_mark_partial(reading->story, failure->message);
    } else if (!reading->story->complete && !reading->story->partial) {
        story_mark_partial(reading->story,
                           "the record stream was cut short: its last record is missing");
    }
}

bool read_records(struct story *story, const struct byte_source *source, GError **error)
{
    struct reading reading = {.story = story};
    bool ok;

    lines_init(&reading.lines, source);
    ok = read_header(&reading, error);
    if (ok) {
        read_rest(&reading);
    }
    lines_clear(&reading.lines);
    return ok;
}
