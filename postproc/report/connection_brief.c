/* connection_brief.c - prints the short life of a connection; see connection_brief.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_brief.h"

#include "duration.h"
#include "sheet.h"
#include "text.h"

#define MAX_ROWS 24
#define HANGING_INDENT 4

/* A row: a step, or a change of state that no step explains. */
struct brief_row {
    const struct life *life;
    const struct story_step *step;         /* NULL = not a step */
    const struct story_interval *interval; /* the change, when it is not a step */
    const struct story_interval *before;   /* the interval before the change; NULL = none */
    int64_t ns;
    uint32_t frame; /* 0 = a timer */
};

struct life {
    const struct story *story;
    const struct story_connection *connection;
    GArray *intervals[2]; /* of struct story_interval */
    GArray *rows;         /* of struct brief_row */
    guint shown;          /* rows to print */
};

/* ---- cells ---- */

static void put_time(const void *data, GString *cell)
{
    const struct brief_row *row = data;
    text_seconds_short(cell, duration(row->life->connection->start_ns, row->ns), 6);
}

static void put_frame(const void *data, GString *cell)
{
    const struct brief_row *row = data;

    if (row->frame != 0) {
        text_number(cell, row->frame);
    } else {
        g_string_append_c(cell, '-');
    }
}

/* What is repeated, when a segment is a retransmission. */
static const char *repeated_name(const struct story_step *step)
{
    static const char *const opens[] = {"", "SYN", "SYN-ACK", "ACK"};

    if (step->open_step > 0) {
        return opens[step->open_step];
    }
    return (step->close_steps & (TSM_CLOSE_1 | TSM_CLOSE_3)) != 0 ? "FIN" : "ACK of FIN";
}

void brief_step(const struct story_step *step, GString *text)
{
    switch ((enum tsm_action)step->action) {
    case TSM_ACT_RETRANSMISSION:
    case TSM_ACT_DUPLICATE:
        g_string_append_printf(text, "%s again", repeated_name(step));
        break;
    case TSM_ACT_ESTABLISHED:
        g_string_append(text, "ACK");
        break;
    case TSM_ACT_ACK_OF_FIN:
        g_string_append(text, "ACK of FIN");
        break;
    default:
        g_string_append(text, tsm_action_name((enum tsm_action)step->action));
    }
}

/* Causes that are not events. */
static const char *const other_reasons[] = {
    [TSM_CAUSE_START - TSM_N_EVENTS] = "first captured",
    [TSM_CAUSE_CONFIRMED - TSM_N_EVENTS] = "known later",
    [TSM_CAUSE_REFUTED - TSM_N_EVENTS] = "known later",
    [TSM_CAUSE_OVERDUE - TSM_N_EVENTS] = "time is up",
    [TSM_CAUSE_SILENCE - TSM_N_EVENTS] = "no answer for long",
    [TSM_CAUSE_NO_SOCKET - TSM_N_EVENTS] = "its socket was gone",
    [TSM_CAUSE_RESUMED - TSM_N_EVENTS] = "goes on",
    [TSM_CAUSE_BLANK - TSM_N_EVENTS] = "nothing captured",
};

const char *brief_reason(const struct story_interval *before, const struct story_interval *after)
{
    const enum tsm_state from = before != NULL ? (enum tsm_state)before->state : TSM_UNKNOWN;
    const unsigned cause = before != NULL ? after->cause : TSM_CAUSE_START;

    if (cause >= TSM_N_EVENTS) {
        return other_reasons[cause - TSM_N_EVENTS];
    }
    const struct tsm_cell *cell = tsm_fsm(from, (enum tsm_event)cause);
    return cell->kind == TSM_NEVER ? "an unexpected segment" : cell->why;
}

static void put_segment(const void *data, GString *cell)
{
    const struct brief_row *row = data;

    if (row->step != NULL) {
        g_string_append(cell, row->step->sender == TSM_CLIENT ? "-> " : "<- ");
        brief_step(row->step, cell);
    } else {
        g_string_append_printf(cell, "(%s)", brief_reason(row->before, row->interval));
    }
}

static void put_step(const void *data, GString *cell)
{
    const struct brief_row *row = data;
    char text[TSM_STEP_TEXT];

    if (row->step != NULL) {
        g_string_append(
            cell, tsm_step_text(row->step->open_step, row->step->close_steps, text, sizeof text));
    }
}

/* The endpoint's interval at the time of the row. */
static const struct story_interval *interval_at_row(const struct brief_row *row, enum tsm_side side)
{
    const GArray *intervals = row->life->intervals[side];
    const struct story_interval *found = NULL;

    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *interval = &g_array_index(intervals, struct story_interval, i);
        if (interval->from_ns > row->ns) {
            break;
        }
        found = interval;
    }
    return found;
}

static void put_state(const struct brief_row *row, enum tsm_side side, GString *cell)
{
    const struct story_interval *interval = interval_at_row(row, side);

    if (interval != NULL) {
        g_string_append(cell, tsm_state_name((enum tsm_state)interval->state));
        g_string_append(cell, story_is_certain(interval) ? "" : "?");
    }
}

static void put_client(const void *data, GString *cell)
{
    put_state(data, TSM_CLIENT, cell);
}

static void put_server(const void *data, GString *cell)
{
    put_state(data, TSM_SERVER, cell);
}

static enum out_style style_of(const struct brief_row *row, enum tsm_side side)
{
    const struct story_interval *interval = interval_at_row(row, side);

    return interval != NULL && story_is_certain(interval) ? OUT_GOOD : OUT_DOUBT;
}

static enum out_style style_client(const void *data)
{
    return style_of(data, TSM_CLIENT);
}

static enum out_style style_server(const void *data)
{
    return style_of(data, TSM_SERVER);
}

// clang-format off
static const struct sheet_column columns[] = {
    {"seconds", "since its first segment",    1, true,  put_time,    NULL, NULL},
    {"frame",   "- = none: time passed",      1, true,  put_frame,   NULL, NULL},
    {"segment", "-> = from the client",       1, false, put_segment, NULL, NULL},
    {"step",    "of the handshake, of the close", 1, false, put_step, NULL, NULL},
    {"client",  "its state after it",         1, false, put_client,  NULL, style_client},
    {"server",  "its state after it",         1, false, put_server,  NULL, style_server},
    {NULL,      NULL,                         0, false, NULL,        NULL, NULL},
};
// clang-format on

/* ---- rows ---- */

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    const struct brief_row *x = a;
    const struct brief_row *y = b;

    if (x->ns != y->ns) {
        return x->ns < y->ns ? -1 : 1;
    }
    return (x->frame > y->frame) - (x->frame < y->frame);
}

static void add_steps(struct life *life, guint number)
{
    for (guint i = 0; i < life->story->steps->len; i++) {
        const struct story_step *step = &g_array_index(life->story->steps, struct story_step, i);
        const struct brief_row row = {life, step, NULL, NULL, step->time_ns, step->frame};
        if (step->connection == number) {
            g_array_append_val(life->rows, row);
        }
    }
}

/* Rows show the states at their time: one of that time shows the change too. */
static bool has_row_of(const struct life *life, const struct story_interval *interval)
{
    for (guint i = 0; i < life->rows->len; i++) {
        if (g_array_index(life->rows, struct brief_row, i).ns == interval->from_ns) {
            return true;
        }
    }
    return false;
}

/* Changes of state that no row shows yet. The first states are those after the first segment, which
 * needs no row of its own when it was a step. */
static void add_changes(struct life *life, enum tsm_side side)
{
    const GArray *intervals = life->intervals[side];
    const struct story_interval *before = NULL;

    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *interval = &g_array_index(intervals, struct story_interval, i);
        const struct brief_row row = {life,
                                      NULL,
                                      interval,
                                      before,
                                      interval->from_ns,
                                      before != NULL ? interval->frame : life->connection->frame};
        const bool begins_with_step = before == NULL && (life->connection->open_steps & 3) != 0;
        if ((before == NULL || before->state != interval->state) && !begins_with_step &&
            !has_row_of(life, interval)) {
            g_array_append_val(life->rows, row);
        }
        before = interval;
    }
}

static void each_row(void *context, sheet_visit visit, void *data)
{
    const struct life *life = context;

    for (guint i = 0; i < life->shown; i++) {
        visit(&g_array_index(life->rows, struct brief_row, i), data);
    }
}

static void begin(struct life *life, const struct story *story, guint number)
{
    *life = (struct life){.story = story, .connection = story_connection(story, number)};
    life->rows = g_array_new(FALSE, FALSE, sizeof(struct brief_row));
    for (unsigned side = 0; side < 2; side++) {
        life->intervals[side] = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
        story_intervals(story, life->connection, (enum tsm_side)side, life->intervals[side]);
    }
    add_steps(life, number);
    add_changes(life, TSM_CLIENT);
    add_changes(life, TSM_SERVER);
    g_array_sort(life->rows, compare_rows);
    life->shown = MIN(life->rows->len, MAX_ROWS);
}

static void end(struct life *life)
{
    g_array_unref(life->rows);
    g_array_unref(life->intervals[TSM_CLIENT]);
    g_array_unref(life->intervals[TSM_SERVER]);
}

/* ---- text ---- */

static void append_traffic(const struct story_connection *connection, enum tsm_side side,
                           GString *text)
{
    text_bytes(text, connection->bytes[side]);
    g_string_append_printf(text, " by the %s in ", tsm_side_name(side));
    text_counted(text, connection->segments[side], "segment", "segments");
}

void brief_file(const struct story *story, const struct story_connection *connection, GString *text)
{
    uint32_t in_file;
    const char *file = story_file_of(story, connection->frame, &in_file);

    if (story_is_set(story)) {
        g_string_append_printf(text, "  frame %u is %u in ", connection->frame, in_file);
        text_safe(text, file);
        g_string_append_c(text, '\n');
    }
}

void brief_title(const struct story_connection *connection, enum outcome_opening opening,
                 enum outcome_ending ending, const struct out *out, GString *text)
{
    g_autoptr(GString) ends = g_string_new("Stream ");
    g_autoptr(GString) title = g_string_new(NULL);

    text_number(ends, connection->stream);
    g_string_append(ends, ": ");
    text_endpoint(ends, &connection->tuple, TSM_CLIENT);
    g_string_append(ends, " -> ");
    text_endpoint(ends, &connection->tuple, TSM_SERVER);
    out_append(out, title, OUT_HEADING, ends->str);
    g_string_append_printf(title, "\n  %s", outcome_opening_word(opening));
    if (ending != ENDING_NONE) {
        g_string_append_printf(title, ", %s", outcome_ending_word(ending));
    }
    if (connection->counted) {
        g_string_append(title, "; ");
        append_traffic(connection, TSM_CLIENT, title);
        if (story_is_own_peer(connection)) {
            g_string_append(title, ", which has connected to itself");
        } else {
            g_string_append(title, ", ");
            append_traffic(connection, TSM_SERVER, title);
        }
    }
    g_string_append_c(title, '\n');
    text_wrap(text, title->str, out->width, HANGING_INDENT);
}

void brief_print(const struct story *story, guint number, enum outcome_opening opening,
                 enum outcome_ending ending, struct out *out)
{
    struct life life;
    struct sheet sheet;
    const struct sheet_rows rows = {each_row, &life};
    g_autoptr(GString) title = g_string_new("\n");
    g_autoptr(GString) more = g_string_new(NULL);

    begin(&life, story, number);
    brief_title(life.connection, opening, ending, out, title);
    brief_file(story, life.connection, title);
    out_write(out, title);
    sheet_choose(&sheet, columns, NULL, true, NULL);
    sheet.indent = 2;
    sheet_print_text(&sheet, &rows, out);
    if (life.shown < life.rows->len) {
        g_string_append(more, "  ... and ");
        text_counted(more, life.rows->len - life.shown, "more row\n", "more rows\n");
        out_write(out, more);
    }
    sheet_clear(&sheet);
    end(&life);
}
