/* read_records.c - the record stream, line by line: big blocks, parsed in place.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "read_records.h"

#include <string.h>

#include "fault.h"
#include "text.h"

#define BLOCK_BYTES (1u << 20)
#define HEADER_START "H\ttcpstate\t"

/* A reading in progress. */
struct reading {
    struct story *story;
    char *buf;      /* BLOCK_BYTES and a NUL */
    gsize n;        /* bytes in buf: an unfinished line after each round */
    uint64_t lines; /* read so far */
    bool stopped;   /* a line could not be used: the rest is not read */
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
        g_set_error_literal(error, FAULT, EXIT_INPUT, "not a record stream");
        return false;
    }
    version = g_ascii_strtoull(line + length, NULL, 10);
    if (version != TSM_RECORD_VERSION) {
        g_set_error(error, FAULT, EXIT_TSHARK,
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
                           reading->lines, what);
    if (line != NULL) {
        g_autofree char *start = g_strndup(line, 40);
        g_string_append(text, ": \"");
        text_safe(text, start);
        g_string_append_c(text, '"');
    }
    story_mark_partial(reading->story, text->str);
    reading->stopped = true;
}

static void add_line(struct reading *reading, const char *line)
{
    struct tsm_record record;
    g_autoptr(GError) error = NULL;

    if (reading->story->complete) {
        stop(reading, "something follows the last record", line);
    } else if (!tsm_record_parse(&record, line)) {
        stop(reading, "not a record", line);
    } else if (record.type == TSM_RECORD_HEADER && reading->story->has_header) {
        stop(reading, "a second header", NULL);
    } else if (!story_add(reading->story, &record, &error)) {
        stop(reading, error->message, NULL);
    }
}

/* Uses all finished lines in the buffer and keeps the unfinished one. */
static bool use_lines(struct reading *reading, GError **error)
{
    char *line = reading->buf;
    char *const end = reading->buf + reading->n;
    char *newline;

    while (!reading->stopped && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        *newline = '\0';
        reading->lines++;
        if (reading->lines == 1 && !check_header(line, error)) {
            return false;
        }
        add_line(reading, line);
        line = newline + 1;
    }
    reading->n = (gsize)(end - line);
    memmove(reading->buf, line, reading->n);
    if (reading->n == BLOCK_BYTES && reading->lines == 0) {
        return check_header(reading->buf, error);
    }
    if (reading->n == BLOCK_BYTES) {
        reading->lines++;
        stop(reading, "longer than any record", NULL);
    }
    return true;
}

static bool read_blocks(struct reading *reading, const struct byte_source *source, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gssize n;

    while (!reading->stopped && (n = source->read(source->context, reading->buf + reading->n,
                                                  BLOCK_BYTES - reading->n, &failure)) != 0) {
        if (n < 0 && reading->lines == 0) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        if (n < 0) {
            story_mark_partial(reading->story, failure->message);
            return true;
        }
        reading->n += (gsize)n;
        reading->buf[reading->n] = '\0';
        if (!use_lines(reading, error)) {
            return false;
        }
    }
    return true;
}

bool read_records(struct story *story, const struct byte_source *source, GError **error)
{
    g_autofree char *buf = g_malloc(BLOCK_BYTES + 1);
    struct reading reading = {.story = story, .buf = buf};

    if (!read_blocks(&reading, source, error)) {
        return false;
    }
    if (reading.lines == 0 && is_record_stream(buf, reading.n)) {
        g_set_error_literal(error, FAULT, EXIT_INPUT, "the record stream ends in its first line");
        return false;
    }
    if (reading.lines == 0) {
        return check_header("", error);
    }
    if (!story->complete && !story->partial) {
        story_mark_partial(story, "the record stream was cut short: its last record is missing");
    }
    return true;
}
