/* table_captures.c - a row for each capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tables.h"

#include "blanks.h"
#include "duration.h"

/* A row. */
struct capture_row {
    const struct table_run *run;
    const struct story *story;
};

/* ---- cells ---- */

static void put_file(const void *data, GString *cell)
{
    const struct capture_row *row = data;
    text_safe(cell, row->story->name);
}

static void put_connections(const void *data, GString *cell)
{
    const struct capture_row *row = data;
    text_number(cell, row->story->connections->len);
}

static void put_partial(const void *data, GString *cell)
{
    const struct capture_row *row = data;
    text_number(cell, row->story->partial);
}

static void put_anonymized(const void *data, GString *cell)
{
    const struct capture_row *row = data;
    text_number(cell, story_is_anonymized(row->story));
}

/* What the capture's last record counts; "-" when it was cut off. */
#define COUNTED(name, put)                                               \
    static void put_##name(const void *data, GString *cell)              \
    {                                                                    \
        const struct capture_row *row = data;                            \
        const struct tsm_record_capture *capture = &row->story->capture; \
        if (row->story->has_capture) {                                   \
            put;                                                         \
        } else {                                                         \
            g_string_append_c(cell, '-');                                \
        }                                                                \
    }

COUNTED(frames, text_number(cell, capture->frames))
COUNTED(segments, text_number(cell, capture->segments))
COUNTED(unread, text_number(cell, capture->unread))
COUNTED(fragments, text_number(cell, capture->fragments))
COUNTED(quoted, text_number(cell, capture->quoted))
COUNTED(max_connections, text_number(cell, capture->max_connections))
COUNTED(closed_out, text_number(cell, capture->closed_out))
COUNTED(closed_open, text_number(cell, capture->closed_open))
/* What the capture's interfaces count; "-" when they do not. */
static void put_lost(const void *data, GString *cell)
{
    const struct story *story = ((const struct capture_row *)data)->story;

    if (story->packets_came > 0 || story->packets_lost > 0) {
        text_number(cell, story->packets_lost);
    } else {
        g_string_append_c(cell, '-');
    }
}

static void put_came(const void *data, GString *cell)
{
    const struct story *story = ((const struct capture_row *)data)->story;

    if (story->packets_came > 0) {
        text_number(cell, story->packets_came);
    } else {
        g_string_append_c(cell, '-');
    }
}

COUNTED(start, text_time(cell, capture->start_ns, table_clock(row->run), 0))
COUNTED(end, text_time(cell, capture->end_ns, table_clock(row->run), 0))
COUNTED(duration, text_seconds(cell, duration_forward(capture->start_ns, capture->end_ns)))

static void put_blank(const void *data, GString *cell)
{
    const struct story *story = ((const struct capture_row *)data)->story;

    text_seconds(cell, story_blank_ns(story, story_start(story), story_end(story)));
}

// clang-format off
static const struct sheet_column columns[] = {
    {"file",        "the capture",                                1, false, put_file, NULL, NULL},
    {"start",       "first frame",                                1, true, put_start, NULL, NULL},
    {"end",         "last frame",                                 1, true, put_end, NULL, NULL},
    {"duration",    "from the first to the last frame", 1, true, put_duration, NULL, NULL},
    {"frames",      "frames of any kind",                         1, true, put_frames, NULL, NULL},
    {"segments",    "TCP segments that were followed", 1, true, put_segments, NULL, NULL},
    {"connections", "TCP connections",                            1, true, put_connections, NULL,
     NULL},
    {"unread",      "TCP headers cut too short, or malformed",    1, true, put_unread, NULL, NULL},
    {"fragments",   "first fragments of datagrams that were not reassembled",
     1, true, put_fragments, NULL, NULL},
    {"quoted",      "TCP headers quoted in ICMP errors",          1, true, put_quoted, NULL, NULL},
    {"max_connections", "greatest number tracked at a time; 0 = any number",
     1, true, put_max_connections, NULL, NULL},
    {"closed_out",  "connections that were evicted so that there are no more",
     1, true, put_closed_out, NULL, NULL},
    {"closed_open", "of these, those that were not over",         1, true, put_closed_open, NULL,
     NULL},
    {"partial",     "1 = not all of it could be read",            1, true, put_partial, NULL, NULL},
    {"anonymized",  "1 = its addresses stand for others", 1, true, put_anonymized, NULL, NULL},
    {"packets_came", "packets that its interfaces counted",      1, true, put_came, NULL, NULL},
    {"packets_lost", "of these, those that the capture itself lost",
     1, true, put_lost, NULL, NULL},
    {"blank",       "in which nothing at all was captured", 1, true, put_blank, NULL, NULL},
    {NULL,          NULL,                                         0, false, NULL, NULL, NULL},
};
// clang-format on

static void each_row(const struct table_run *run, sheet_visit visit, void *data)
{
    struct capture_row row = {.run = run};

    for (guint i = 0; i < run->captures.stories->len; i++) {
        row.story = table_story(run, i);
        visit(&row, data);
    }
}

const struct table table_captures = {.columns = columns, .each = each_row};
