/* whole_fuzz.c - the whole way from frames to every writer: tsm_frame.c, items, the recorder and
 * its engine, the model, rules, incidents, and each format.
 *
 * The input is a mode, the number of a format, and a script. In one mode a line of it is a frame as
 * it stands; in the other it is a segment of one of four conversations, with numbers near those
 * that are due, so that a mutation is still TCP and gets deep into the engine.
 *
 * What must hold of whatever comes out: intervals of an endpoint leave no hole and do not overlap,
 * what is possible contains the state, nothing lasts less than no time, JSON is JSON, and rows have
 * as many cells as their header.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "connection_view.h"
#include "formats_table.h"
#include "judge.h"
#include "judged_captures.h"
#include "raw_frames.h"
#include "reader_engine.h"
#include "series.h"
#include "tables.h"
#include "tsm_frame.h"
#include "tsm_item.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bits of the first byte. */
enum mode { RAW_FRAMES = 1, LIVE = 2, PROJECTS = 4, FEW = 8, UTC = 16, WHOLE_VIEW = 32 };

#define N_CONVERSATIONS 4
#define LINE_BYTES 8

struct conversation {
    uint32_t next[2];
    bool begun;
};

struct fuzz {
    struct raw_frames in;
    unsigned mode;
    uint32_t frame;
    struct reader_engine engine;
    struct conversation conversations[N_CONVERSATIONS];
};

/* ---- frames ---- */

/* What tcpstory-frames does, and what tcpstory makes of it: an item comes back as it was. */
static void take_frame(struct fuzz *f, enum tsm_link link, const uint8_t *bytes, uint32_t captured,
                       uint32_t length)
{
    struct tsm_header header = {.frame = ++f->frame, .time_ns = f->in.time_ns};
    uint8_t packed[TSM_ITEM_BYTES];
    struct tsm_item back;

    if (tsm_frame_read(&header, link, bytes, captured, length) == TSM_FRAME_PLAIN) {
        const struct tsm_item item = {.kind = TSM_ITEM_PLAIN, .header = header};
        const size_t n = tsm_item_pack(&item, packed);
        g_assert_true(tsm_item_unpack(&back, packed, n) == n && back.kind == TSM_ITEM_PLAIN);
        back.header.frame = f->frame;
        back.header.time_ns = f->in.time_ns;
        tsm_recorder_header(&f->engine.recorder, &back.header);
    }
    tsm_recorder_frame(&f->engine.recorder, f->in.time_ns, true);
}

static void take_raw_frames(struct fuzz *f)
{
    struct raw_frame frame;

    while (raw_frames_next(&f->in, &frame)) {
        take_frame(f, frame.link, frame.bytes, frame.captured, frame.length);
    }
}

static uint8_t *put_number(uint8_t *to, uint32_t number, unsigned bytes)
{
    for (unsigned i = bytes; i > 0; i--) {
        *to++ = (uint8_t)(number >> (8 * (i - 1)));
    }
    return to;
}

/* Time stamps, or a permitted SACK and a window scale. Returns the bytes, a multiple of four. */
static unsigned put_options(uint8_t *to, const struct fuzz *f, uint8_t which)
{
    switch (which & 3) {
    case 1:
        to = put_number(to, 0x0101080a, 4);
        to = put_number(to, (uint32_t)(f->in.time_ns / 1000000) + (uint32_t)(which >> 2) * 7, 4);
        put_number(to, (uint32_t)(f->in.time_ns / 1000000) - (which >> 2), 4);
        return 12;
    case 2:
        to = put_number(to, 0x020405b4, 4);
        put_number(to, 0x04020300u | (uint32_t)(which >> 2) % 16, 4);
        return 8;
    default:
        return 0;
    }
}

static uint32_t near(uint32_t number, uint8_t distance)
{
    return number + (uint32_t)(int32_t)(int8_t)distance * ((distance & 1) != 0 ? 1 : 64);
}

/* An IPv4 packet from the line: who, flags, sequence number, acknowledgment, length, time, options,
 * window. */
static void take_segment(struct fuzz *f)
{
    const uint8_t *line = f->in.at;
    struct conversation *c = &f->conversations[line[0] % N_CONVERSATIONS];
    const unsigned side = line[0] >> 2 & 1, number = line[0] % N_CONVERSATIONS;
    const uint32_t seq = near(c->next[side], line[2]);
    const uint32_t payload = line[4] < 128 ? line[4] * 16u : 0;
    uint8_t packet[40 + 12 + 128 * 16] = {0x45, 0};

    raw_frames_pass(&f->in, line[5]);
    const unsigned options = put_options(packet + 40, f, line[6]);
    const uint32_t length = 40 + options + payload;
    put_number(packet + 2, length, 2);
    put_number(packet + 4, (line[0] & 16) != 0 ? 1 : f->frame, 2);
    put_number(packet + 8, (line[0] & 32) != 0 ? 0x3f06 : 0x4006, 2);
    put_number(packet + 12, 0x0a000001u + side, 4);
    put_number(packet + 16, 0x0a000002u - side, 4);
    const uint32_t ports[2] = {40000 + number / 2, 80 + number % 2};
    put_number(packet + 20, ports[side] << 16 | ports[1 - side], 4);
    put_number(packet + 24, seq, 4);
    put_number(packet + 28, near(c->next[1 - side], line[3]), 4);
    put_number(packet + 32, (5 + options / 4) << 28 | (line[1] & 0xffu) << 16 | line[7] * 257u, 4);
    if (line[2] == 0 || !c->begun) {
        c->next[side] = seq + payload + (line[1] & 1) + (line[1] >> 1 & 1);
        c->begun = true;
    }
    take_frame(f, TSM_LINK_RAW, packet, (line[0] & 64) != 0 ? 40 + options : length, length);
    f->in.at += LINE_BYTES;
}

/* ---- what must hold ---- */

static void check_intervals(const struct story *story)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    for (guint i = 0; i < 2 * story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i / 2);
        g_assert_cmpint(connection->setup_ns, >=, -1);
        story_intervals(story, connection, (enum tsm_side)(i % 2), list);
        for (guint k = 0; k < list->len; k++) {
            const struct story_interval *it = &g_array_index(list, struct story_interval, k);
            g_assert_true(tsm_contains(it->possible, (enum tsm_state)it->state));
            g_assert_true(k == 0 || it[-1].from_ns <= it->from_ns);
        }
    }
}

static void check_text(const char *text, size_t size)
{
    g_assert_true(g_utf8_validate(text, (gssize)size, NULL));
    for (size_t i = 0; i < size; i++) {
        g_assert_true((uint8_t)text[i] >= ' ' || strchr("\n\r\t\033", text[i]) != NULL);
    }
}

/* Nothing that is measured is below zero: not even where a clock was set back. */
static void check_durations(const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    json_object_foreach((json_t *)value, key, member)
    {
        g_assert_true(!g_str_has_suffix(key, "_s") || !json_is_number(member) ||
                      json_number_value(member) >= 0);
        check_durations(member);
    }
    json_array_foreach(value, i, member)
    {
        check_durations(member);
    }
}

static void check_json(const char *text, size_t size)
{
    json_t *value = json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

    g_assert_nonnull(value);
    check_durations(value);
    json_decref(value);
}

static void check_json_lines(const char *text, size_t size)
{
    const char *end = text + size;

    for (const char *next; text < end; text = next + 1) {
        next = memchr(text, '\n', (size_t)(end - text));
        g_assert_nonnull(next);
        check_json(text, (size_t)(next - text));
    }
}

/* As many tabs in each line as in the one before, but for comments. */
static void check_tabs(const char *text, size_t size)
{
    unsigned first = 0, tabs = 0;
    bool comment = size > 0 && text[0] == '#', known = false;

    for (size_t i = 0; i < size; i++) {
        tabs += text[i] == '\t';
        if (text[i] == '\n') {
            g_assert_true(comment || !known || tabs == first);
            known = known || !comment;
            first = comment ? first : tabs;
            tabs = 0;
            comment = i + 1 < size && text[i + 1] == '#';
        }
    }
}

static const struct {
    const char *format;
    void (*check)(const char *text, size_t size);
} formats[] = {
    {"text", check_text}, {"json", check_json}, {"ndjson", check_json_lines}, {"csv", check_text},
    {"tsv", check_tabs},  {"html", check_text}, {"prometheus", check_text},   {"zeek", check_tabs},
};

struct page {
    const struct format *format;
    struct out out;
    char *text;
    size_t size;
};

static void begin_page(struct page *page, const struct format *format, bool color)
{
    *page = (struct page){.format = format};
    page->out = (struct out){.name = "page", .width = 100, .color = color};
    page->out.file = open_memstream(&page->text, &page->size);
}

static void end_page(struct page *page, void (*check)(const char *text, size_t size))
{
    fclose(page->out.file);
    check(page->text, page->size);
    check_text(page->text, page->size);
    free(page->text);
}

static void write_rows(const struct sheet *sheet, const struct sheet_rows *rows, void *data)
{
    struct page *page = data;

    page->format->table(sheet, rows, &page->out);
}

/* One of the formats, in all that it can write. */
static void write_all(const struct judged_captures *captures, unsigned which, bool color)
{
    static const struct table *const tables[] = {&table_captures,  &table_connections,
                                                 &table_intervals, &table_anomalies,
                                                 &table_members,   &table_incidents};
    const gsize i = which % G_N_ELEMENTS(formats);
    const struct format *format =
        formats_choose(formats[i].format, NULL, FORMAT_TABLE | FORMAT_CAPTURES, NULL);
    struct page page;

    if (format->captures != NULL) {
        begin_page(&page, format, color);
        g_assert_true(format->captures(captures, &page.out, NULL));
        end_page(&page, formats[i].check);
    }
    for (gsize k = 0; format->table != NULL && k < G_N_ELEMENTS(tables); k++) {
        begin_page(&page, format, color);
        tables_visit(tables[k], captures, format->people, write_rows, &page);
        end_page(&page, formats[i].check);
    }
}

static void show_first(const struct story *story)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const struct out out = {.width = 100};
    const struct view_style style = {.clock = TEXT_RELATIVE, .every = true};

    if (story->connections->len > 0 && story->wants->segments_of != TSM_NO_STREAM) {
        const struct story_connection *connection =
            connection_find(story, story->wants->segments_of);
        if (connection != NULL) {
            connection_view(story, connection, &style, &out, text);
            check_text(text->str, text->len);
        }
    }
}

static void judge_and_write(struct story *story, unsigned mode, unsigned format)
{
    g_autoptr(Thresholds) thresholds = thresholds_new();
    g_autoptr(GPtrArray) stories = g_ptr_array_new();
    g_autoptr(GPtrArray) anomalies = g_ptr_array_new_with_free_func((GDestroyNotify)anomalies_free);
    g_autoptr(GPtrArray) incidents = g_ptr_array_new_with_free_func((GDestroyNotify)incidents_free);
    const struct judged_captures captures = {.stories = stories,
                                             .anomalies = anomalies,
                                             .incidents = incidents,
                                             .utc = (mode & UTC) != 0};

    g_ptr_array_add(stories, story);
    series_link(stories);
    g_ptr_array_add(anomalies, anomalies_find(story, thresholds));
    g_ptr_array_add(incidents, incidents_find(g_ptr_array_index(anomalies, 0)));
    write_all(&captures, format, (mode & UTC) != 0);
    show_first(story);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct fuzz f = {.in = {data + 2, data + size, RAW_START_NS}, .mode = data[0]};
    const struct story_wants wants = {
        .view = (f.mode & LIVE) != 0 ? STORY_LIVE : STORY_HINDSIGHT,
        .steps_of = 20,
        .segments_of = (f.mode & WHOLE_VIEW) != 0 ? 0 : TSM_NO_STREAM,
        .keeps_facts = true,
        .keeps_flows = true,
        .projects = (f.mode & PROJECTS) != 0,
        .max_connections = (f.mode & FEW) != 0 ? 2 : 0,
    };
    g_autoptr(Story) story = story_new("a\033\"<b>,\n\t\\=name", &wants);

    reader_engine_init(&f.engine, story);
    if ((f.mode & RAW_FRAMES) != 0) {
        take_raw_frames(&f);
    }
    while ((f.mode & RAW_FRAMES) == 0 && f.in.end - f.in.at >= LINE_BYTES) {
        take_segment(&f);
    }
    reader_engine_finish(&f.engine, NULL, NULL);
    check_intervals(story);
    judge_and_write(story, f.mode, data[1]);
    reader_engine_clear(&f.engine);
    return 0;
}
