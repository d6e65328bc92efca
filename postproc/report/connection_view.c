/* connection_view.c - one connection of a story as a ladder; see connection_view.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_view.h"

#include "connection_brief.h"
#include "ladder.h"
#include "ladder_picture.h"
#include "spending.h"

/* A connection on its way to a ladder. */
struct showing {
    const struct story *story;
    const struct story_connection *connection;
    GArray *intervals[2]; /* of struct story_interval */
    GArray *rows;         /* of struct ladder_row */
};

const struct story_connection *connection_find(const struct story *story, uint32_t stream)
{
    for (guint i = 0; i < story->connections->len; i++) {
        if (story_connection(story, i)->stream == stream) {
            return story_connection(story, i);
        }
    }
    return NULL;
}

static const struct story_interval *interval_at(const GArray *intervals, guint i)
{
    return i < intervals->len ? &g_array_index(intervals, struct story_interval, i) : NULL;
}

/* ---- rows ---- */

/* Of two moments; at the same time a timer comes before a frame, and frames in their order. */
static gint compare_moments(int64_t ns, uint32_t frame, int64_t other_ns, uint32_t other_frame)
{
    if (ns != other_ns) {
        return ns < other_ns ? -1 : 1;
    }
    return (frame > other_frame) - (frame < other_frame);
}

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    const struct ladder_row *x = a;
    const struct ladder_row *y = b;

    return compare_moments(x->segment.time_ns, x->segment.frame, y->segment.time_ns,
                           y->segment.frame);
}

static void add_segments(struct showing *showing)
{
    const GArray *segments = showing->story->segments;

    for (guint i = 0; i < segments->len; i++) {
        const struct ladder_row row = {
            .segment = g_array_index(segments, struct tsm_record_segment, i),
        };
        g_array_append_val(showing->rows, row);
    }
}

/* Changes of state that no segment brought. Both lists are in order. */
static void add_changes(struct showing *showing, enum tsm_side side)
{
    const GArray *intervals = showing->intervals[side];

    for (guint i = 1; i < intervals->len; i++) {
        const struct story_interval *before = interval_at(intervals, i - 1);
        const struct story_interval *after = interval_at(intervals, i);
        const struct ladder_row row = {
            .segment = {.time_ns = after->from_ns},
            .reason = brief_reason(before, after),
        };
        if (after->frame == 0 && before->state != after->state) {
            g_array_append_val(showing->rows, row);
        }
    }
}

/* Gives each row the states after it. */
static void set_states(struct showing *showing, enum tsm_side side)
{
    const GArray *intervals = showing->intervals[side];
    guint now = 0;

    for (guint i = 0; i < showing->rows->len; i++) {
        struct ladder_row *row = &g_array_index(showing->rows, struct ladder_row, i);
        const struct story_interval *next;

        while ((next = interval_at(intervals, now + 1)) != NULL &&
               compare_moments(next->from_ns, next->frame, row->segment.time_ns,
                               row->segment.frame) <= 0) {
            now++;
        }
        row->segment.state[side] =
            intervals->len > 0 ? interval_at(intervals, now)->state : TSM_UNKNOWN;
        row->certain[side] = intervals->len > 0 && story_is_certain(interval_at(intervals, now));
    }
}

static void begin(struct showing *showing, const struct story *story,
                  const struct story_connection *connection)
{
    *showing = (struct showing){.story = story, .connection = connection};
    showing->rows = g_array_new(FALSE, FALSE, sizeof(struct ladder_row));
    add_segments(showing);
    for (unsigned side = 0; side < 2; side++) {
        showing->intervals[side] = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
        story_intervals(story, connection, (enum tsm_side)side, showing->intervals[side]);
        add_changes(showing, (enum tsm_side)side);
    }
    g_array_sort(showing->rows, compare_rows);
    set_states(showing, TSM_CLIENT);
    set_states(showing, TSM_SERVER);
}

static void end(struct showing *showing)
{
    g_array_unref(showing->intervals[TSM_CLIENT]);
    g_array_unref(showing->intervals[TSM_SERVER]);
    g_array_unref(showing->rows);
}

/* ---- text ---- */

/* On what its time was spent: what took most of it first, what took less than a hundredth not. */
static void append_time(const struct showing *showing, const struct out *out, GString *text)
{
    const struct tsm_spent spent = story_spent(showing->story, showing->connection);
    const int64_t total_ns = spending_total_ns(&spent);
    g_autoptr(GString) line = g_string_new("  time: ");
    const gsize empty = line->len;
    int64_t below_ns = INT64_MAX;

    while (total_ns > 0) {
        unsigned next = N_SPENDINGS;
        for (unsigned kind = 0; kind < N_SPENDINGS; kind++) {
            const int64_t ns = spending_ns(&spent, (enum spending)kind);
            if (ns < below_ns && ns > total_ns / 100 &&
                (next == N_SPENDINGS || ns > spending_ns(&spent, (enum spending)next))) {
                next = kind;
            }
        }
        if (next == N_SPENDINGS) {
            break;
        }
        below_ns = spending_ns(&spent, (enum spending)next);
        g_string_append(line, line->len > empty ? ", " : "");
        text_duration(line, below_ns);
        g_string_append_printf(line, " %s", spending_phrase((enum spending)next));
    }
    if (line->len > empty) {
        g_string_append_c(line, '\n');
        text_wrap(text, line->str, out->width, 4);
    }
}

static void append_title(struct showing *showing, const struct out *out, GString *text)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct outcome_facts facts;
    enum outcome_opening opening;

    outcome_facts(showing->story, showing->connection, scratch, &facts);
    opening = outcome_opening(&facts);
    brief_title(showing->connection, opening, outcome_ending(&facts, opening), out, text);
    brief_file(showing->story, showing->connection, text);
    append_time(showing, out, text);
}

static struct ladder ladder_of(const struct showing *showing, const struct view_style *style)
{
    const struct story *story = showing->story;

    return (struct ladder){
        .rows = (const struct ladder_row *)showing->rows->data,
        .n = showing->rows->len,
        .origin_ns = showing->connection->start_ns,
        .end_ns = story->has_capture ? story->capture.end_ns : INT64_MIN,
        .clock = style->clock,
        .every = style->every,
    };
}

void connection_view(const struct story *story, const struct story_connection *connection,
                     const struct view_style *style, const struct out *out, GString *text)
{
    struct showing showing;
    struct ladder ladder;

    begin(&showing, story, connection);
    append_title(&showing, out, text);
    ladder = ladder_of(&showing, style);
    ladder.width = MAX(out->width, 80);
    ladder.color = out->color;
    ladder_print(&ladder, text);
    if (story->lost_segments > 0) {
        g_string_append(text, "  ... and ");
        text_counted(text, story->lost_segments, "more segment\n", "more segments\n");
    }
    end(&showing);
}

/* ---- picture ---- */

void connection_picture(const struct story *story, const struct story_connection *connection,
                        const struct view_style *style, bool inside, GString *svg)
{
    g_autoptr(GString) title = g_string_new(NULL);
    g_autoptr(GString) client = g_string_new(NULL);
    g_autoptr(GString) server = g_string_new(NULL);
    struct showing showing;
    struct ladder ladder;

    begin(&showing, story, connection);
    ladder = ladder_of(&showing, style);
    text_endpoint(client, &connection->tuple, TSM_CLIENT);
    text_endpoint(server, &connection->tuple, TSM_SERVER);
    g_string_append_printf(title, "%s, stream %u", story->name, connection->stream);
    const char *const names[] = {client->str, server->str};
    ladder_picture(&ladder, title->str, names, story->lost_segments, inside, svg);
    end(&showing);
}
