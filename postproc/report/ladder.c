/* ladder.c - one connection as a ladder; see ladder.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ladder.h"

#include <string.h>

#include "duration.h"
#include "style.h"

#define INDENT 2
#define GAP 2                   /* between columns */
#define STATE_WIDTH 12          /* "ESTABLISHED?" */
#define REMARK_WIDTH 27         /* of 100 columns; the arrow takes what is left */
#define LEAST_LANE 14           /* of the arrow */
#define MIN_RUN 4               /* fewer plain segments are shown one by one */
#define LEAST_WAIT_NS 200000000 /* a shorter wait is not marked: Linux's least RTO, 0.2 s */
#define MAX_WAITS 50            /* a wait is marked when it is at least that part of the whole */

/* Notes on segments that data transfer brings along: such segments are gathered with the others. */
#define QUIET_NOTES                                                                            \
    (TSM_NOTE_RETRANSMISSION | TSM_NOTE_DUPLICATE | TSM_NOTE_GUESSED_START | TSM_NOTE_UNSEEN | \
     TSM_NOTE_HOLE)

/* A RST with such a note ended nothing. */
#define REFUSED_RESETS (TSM_NOTE_RST_IGNORED | TSM_NOTE_RST_INEXACT)

/* Actions that neither flags nor notes tell. */
#define TOLD_ACTIONS                                                                        \
    (1u << TSM_ACT_DUPLICATE_ACK | 1u << TSM_ACT_WINDOW_UPDATE | 1u << TSM_ACT_KEEP_ALIVE | \
     1u << TSM_ACT_KEEP_ALIVE_ACK | 1u << TSM_ACT_ZERO_WINDOW_PROBE | 1u << TSM_ACT_OUT_OF_ORDER)

G_STATIC_ASSERT(TSM_N_ACTIONS <= 32);

/* The socket call in a few words; tsm_call_name() says more. Data says it itself. */
static const char *const calls[TSM_N_CALLS] = {
    [TSM_CALL_CONNECT] = "connect()",
    [TSM_CALL_LISTENING] = "listen()",
    [TSM_CALL_CONNECTED] = "connect() is done",
    [TSM_CALL_CLOSE] = "close() or shutdown(SHUT_WR)",
    [TSM_CALL_WRITE_CLOSE] = "write(), then close() or shutdown(SHUT_WR)",
    [TSM_CALL_END_OF_FILE] = "read() gives 0",
    [TSM_CALL_REFUSED] = "no listener: connect() fails with ECONNREFUSED",
    [TSM_CALL_ABORT] = "close() with unread data, SO_LINGER 0, or killed",
    [TSM_CALL_NO_SOCKET] = "its socket was gone: ECONNRESET for the peer",
    [TSM_CALL_UNREACHABLE] = "connect() fails with EHOSTUNREACH, ENETUNREACH or ECONNREFUSED",
    [TSM_CALL_ACCEPT_LATE] = "accept() late, TCP_DEFER_ACCEPT or ACK lost",
    [TSM_CALL_BROKEN_PIPE] = "its socket was gone: EPIPE for the peer",
};

static const char *const note_names[TSM_N_NOTES] = {
#define X(name, field, severity, text) [TSM_NOTE_BIT_##name] = field,
    TSM_NOTE_LIST(X)
#undef X
};

/* A ladder on its way to text. */
struct printing {
    const struct ladder *ladder;
    GString *text;
    GString *line;   /* the one in progress */
    int64_t wait_ns; /* the least that is marked */
    unsigned time_width, frame_width, lane_width;
    unsigned last_data; /* 1 + enum tsm_side of who sent data last; 0 = none */
};

/* Plain segments that one rung stands for. */
struct run {
    guint first, end; /* rows [first, end) */
    uint64_t bytes[2];
    guint segments[2];
    guint notes[TSM_N_NOTES];
    guint actions[TSM_N_ACTIONS];
    int64_t longest_ns; /* between two of its segments */
};

/* ---- cells ---- */

static void put_cell(struct printing *p, enum out_style style, const char *text, unsigned width,
                     bool right)
{
    const unsigned length = (unsigned)strlen(text);
    const int pad = width > length ? (int)(width - length) : 0;

    g_string_append_printf(p->line, "%*s", right ? pad : 0, "");
    style_append(p->line, p->ladder->color, style, text);
    g_string_append_printf(p->line, "%*s", GAP + (right ? 0 : pad), "");
}

/* Writes the line; what is too long goes on under its last column. */
static void end_line(struct printing *p, unsigned indent)
{
    while (p->line->len > 0 && p->line->str[p->line->len - 1] == ' ') {
        g_string_truncate(p->line, p->line->len - 1);
    }
    text_wrap(p->text, p->line->str, p->ladder->width, indent);
    g_string_append_c(p->text, '\n');
    g_string_truncate(p->line, 0);
}

static unsigned client_column(const struct printing *p)
{
    return INDENT + p->time_width + GAP + p->frame_width + GAP;
}

static unsigned remark_column(const struct printing *p)
{
    return client_column(p) + 2 * (STATE_WIDTH + GAP) + p->lane_width + GAP;
}

static void time_text(const struct ladder *ladder, int64_t ns, GString *text)
{
    if (ladder->clock == TEXT_LOCAL || ladder->clock == TEXT_UTC) {
        text_time(text, ns, ladder->clock, ladder->origin_ns);
        g_string_erase(text, 0, MIN(11, (gssize)text->len)); /* the date */
    } else {
        text_time(text, ns, ladder->clock, ladder->origin_ns);
    }
}

static void begin_row(struct printing *p, const struct ladder_row *row)
{
    g_autoptr(GString) cell = g_string_new(NULL);

    g_string_append_printf(p->line, "%*s", INDENT, "");
    time_text(p->ladder, row->segment.time_ns, cell);
    put_cell(p, OUT_PLAIN, cell->str, p->time_width, true);
    g_string_truncate(cell, 0);
    if (row->segment.frame != 0) {
        text_number(cell, row->segment.frame);
    }
    put_cell(p, OUT_PLAIN, cell->str, p->frame_width, true);
}

static bool same_state(const struct ladder_row *a, const struct ladder_row *b, unsigned side)
{
    return a->segment.state[side] == b->segment.state[side] && a->certain[side] == b->certain[side];
}

/* A state that did not change is there to be found, not to be read. */
static void put_state(struct printing *p, guint i, enum tsm_side side)
{
    const struct ladder_row *row = &p->ladder->rows[i];
    char text[STATE_WIDTH + 2];
    enum out_style style = row->certain[side] ? OUT_GOOD : OUT_DOUBT;

    g_snprintf(text, sizeof text, "%s%s", tsm_state_name((enum tsm_state)row->segment.state[side]),
               row->certain[side] ? "" : "?");
    if (i > 0 && same_state(row, &p->ladder->rows[i - 1], side)) {
        style = OUT_DIM;
    }
    put_cell(p, style, text, STATE_WIDTH, false);
}

/* ---- arrows ---- */

/* "FIN PSH ACK 1.46 kB"; tcpdump's letters when that would be too long. */
static void segment_text(const struct tsm_record_segment *segment, unsigned width, GString *text)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    static const char letters[] = "FSRP.UEW";
    g_autoptr(GString) brief = g_string_new(NULL);
    g_autoptr(GString) bytes = g_string_new(NULL);

    if (segment->action == TSM_ACT_ICMP_ERROR) {
        g_string_append(text, "ICMP error");
        return;
    }
    for (unsigned bit = 0; bit < G_N_ELEMENTS(names); bit++) {
        if ((segment->flags & 1u << bit) != 0) {
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", names[bit]);
            g_string_append_c(brief, letters[bit]);
        }
    }
    if (segment->payload > 0) {
        g_string_append_c(bytes, ' ');
        text_bytes(bytes, segment->payload);
    }
    if (text->len + bytes->len > width) {
        g_string_assign(text, brief->str);
    }
    g_string_append(text, bytes->str);
    if (text->len == 0) {
        g_string_append(text, "no flags");
    }
}

/* "-- SYN ------------->" or "<--------- SYN ACK --". */
static void put_arrow(struct printing *p, const struct tsm_record_segment *segment)
{
    const bool forth = segment->sender == TSM_CLIENT;
    const unsigned frame = 6; /* "-- ", and " ->" behind the text */
    g_autoptr(GString) arrow = g_string_new(NULL);
    g_autofree char *dashes = NULL;

    segment_text(segment, p->lane_width - frame, arrow);
    g_string_prepend(arrow, forth ? "-- " : " ");
    g_string_append(arrow, forth ? " " : " --");
    dashes = g_strnfill(p->lane_width - MIN(p->lane_width - 1, (unsigned)arrow->len) - 1, '-');
    if (forth) {
        g_string_append_printf(arrow, "%s>", dashes);
    } else {
        g_autofree char *head = g_strdup_printf("<%s", dashes);
        g_string_prepend(arrow, head);
    }
    put_cell(p, (segment->flags & TSM_RST) != 0 ? OUT_BAD : OUT_PLAIN, arrow->str, p->lane_width,
             false);
}

/* ---- remarks ---- */

static void add_remark(GString *remark, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        g_string_append_printf(remark, "%s%s", remark->len > 0 ? ", " : "", text);
    }
}

/* A name, "12 x name" for several; underscores as spaces. */
static void add_counted(GString *remark, guint n, const char *name)
{
    g_autofree char *text =
        n > 1 ? g_strdup_printf("%u x %s", n, name) : g_strdup(n > 0 ? name : "");

    add_remark(remark, g_strdelimit(text, "_", ' '));
}

static void add_notes(GString *remark, const struct run *run)
{
    for (unsigned bit = 0; bit < TSM_N_NOTES; bit++) {
        add_counted(remark, run->notes[bit], note_names[bit]);
    }
    for (unsigned action = 0; action < TSM_N_ACTIONS; action++) {
        if ((TOLD_ACTIONS & 1u << action) != 0) {
            add_counted(remark, run->actions[action], tsm_action_name((enum tsm_action)action));
        }
    }
}

/* That it is an ICMP error its arrow tells. */
static void count_segment(struct run *run, const struct tsm_record_segment *segment)
{
    for (unsigned bit = 0; bit < TSM_N_NOTES; bit++) {
        run->notes[bit] += bit != TSM_NOTE_BIT_ICMP ? (segment->notes >> bit) & 1 : 0;
    }
    if (segment->action < TSM_N_ACTIONS) {
        run->actions[segment->action]++;
    }
    run->segments[segment->sender]++;
    run->bytes[segment->sender] += segment->payload;
}

/* The step, what was noted, the socket call. */
static void put_remark(struct printing *p, const struct ladder_row *row)
{
    const struct tsm_record_segment *segment = &row->segment;
    g_autoptr(GString) remark = g_string_new(NULL);
    char step[TSM_STEP_TEXT];
    struct run one = {0};

    if (segment->frame != 0) {
        add_remark(remark,
                   tsm_step_text(segment->open_step, segment->close_steps, step, sizeof step));
        count_segment(&one, segment);
        add_notes(remark, &one);
        if (segment->window == 0 && (segment->flags & TSM_RST) == 0 &&
            segment->action != TSM_ACT_ICMP_ERROR) {
            add_remark(remark, "window 0");
        }
        if ((segment->notes & REFUSED_RESETS) == 0 && segment->call < TSM_N_CALLS) {
            add_remark(remark, calls[segment->call]);
        }
    }
    add_remark(remark, row->reason);
    style_append(p->line, p->ladder->color,
                 (segment->notes & ~(uint32_t)QUIET_NOTES) != 0 ? OUT_BAD : OUT_PLAIN, remark->str);
}

/* ---- lines ---- */

static void print_heading(struct printing *p)
{
    const bool relative = p->ladder->clock == TEXT_RELATIVE;

    g_string_append_printf(p->line, "%*s", INDENT, "");
    put_cell(p, OUT_HEADING, relative ? "seconds" : "time", p->time_width, true);
    put_cell(p, OUT_HEADING, "frame", p->frame_width, true);
    put_cell(p, OUT_HEADING, "client", STATE_WIDTH, false);
    put_cell(p, OUT_HEADING, "segment", p->lane_width, false);
    put_cell(p, OUT_HEADING, "server", STATE_WIDTH, false);
    put_cell(p, OUT_HEADING, "step, socket call", 0, false);
    end_line(p, 0);
}

static void print_rung(struct printing *p, guint i)
{
    const struct ladder_row *row = &p->ladder->rows[i];

    begin_row(p, row);
    put_state(p, i, TSM_CLIENT);
    if (row->segment.frame != 0) {
        put_arrow(p, &row->segment);
    } else {
        put_cell(p, OUT_PLAIN, "", p->lane_width, false);
    }
    put_state(p, i, TSM_SERVER);
    put_remark(p, row);
    end_line(p, remark_column(p));
    if (row->segment.frame != 0 && row->segment.payload > 0) {
        p->last_data = 1 + row->segment.sender;
    }
}

/* "-> 1.2 kB  <- ACK" */
static void traffic_text(const struct run *run, GString *text)
{
    static const char *const arrows[] = {"-> ", "<- "};

    for (unsigned side = 0; side < 2; side++) {
        if (run->segments[side] == 0) {
            continue;
        }
        g_string_append(text, text->len > 0 ? "  " : "");
        g_string_append(text, arrows[side]);
        if (run->bytes[side] > 0) {
            text_bytes(text, run->bytes[side]);
        } else {
            g_string_append(text, "ACK");
        }
    }
}

static void print_run(struct printing *p, const struct run *run)
{
    const struct tsm_record_segment *first = &p->ladder->rows[run->first].segment;
    const struct tsm_record_segment *last = &p->ladder->rows[run->end - 1].segment;
    g_autoptr(GString) cell = g_string_new(NULL);

    begin_row(p, &p->ladder->rows[run->first]);
    put_state(p, run->first, TSM_CLIENT);
    traffic_text(run, cell);
    put_cell(p, OUT_PLAIN, cell->str, p->lane_width, false);
    put_state(p, run->first, TSM_SERVER);
    g_string_truncate(cell, 0);
    text_counted(cell, run->end - run->first, "segment", "segments");
    g_string_append_printf(cell, " to %u in ", last->frame);
    text_duration(cell, duration_forward(first->time_ns, last->time_ns));
    add_notes(cell, run);
    if (run->longest_ns >= LEAST_WAIT_NS) {
        g_string_append(cell, ", longest pause ");
        text_duration(cell, run->longest_ns);
    }
    g_string_append(p->line, cell->str);
    end_line(p, remark_column(p));
}

/* What the wait before a segment was for. */
static const char *wait_reason(const struct printing *p, const struct tsm_record_segment *next)
{
    const bool client = next->sender == TSM_CLIENT;

    if (next->frame == 0) {
        return "";
    }
    if ((next->notes & TSM_NOTE_RETRANSMISSION) != 0) {
        return client ? " without an answer from the server" : " without an answer from the client";
    }
    if (next->action == TSM_ACT_ZERO_WINDOW_PROBE) {
        return client ? " while the server's window is closed"
                      : " while the client's window is closed";
    }
    if (next->action == TSM_ACT_KEEP_ALIVE) {
        return " idle";
    }
    if ((next->flags & TSM_RST) != 0) {
        return client ? " until the client resets" : " until the server resets";
    }
    if ((next->flags & TSM_FIN) != 0) {
        return client ? " until the client closes" : " until the server closes";
    }
    if (next->payload == 0) {
        return client ? " until the client goes on" : " until the server goes on";
    }
    if (!client && p->last_data == 1u + TSM_CLIENT) {
        return " until the server answers";
    }
    return client ? " until the client sends" : " until the server sends";
}

static void print_wait(struct printing *p, int64_t ns, const char *what)
{
    g_autoptr(GString) wait = g_string_new(". . . ");

    text_duration(wait, ns);
    g_string_append(wait, what);
    g_string_append(wait, " . . .");
    g_string_append_printf(p->line, "%*s", (int)client_column(p), "");
    style_append(p->line, p->ladder->color, OUT_DIM, wait->str);
    end_line(p, client_column(p));
}

/* ---- runs ---- */

static int64_t gap_before(const struct ladder *ladder, guint i)
{
    return i > 0 ? duration_forward(ladder->rows[i - 1].segment.time_ns,
                                    ladder->rows[i].segment.time_ns)
                 : 0;
}

/* A segment that did nothing to tell by itself. */
static bool is_plain(const struct ladder *ladder, guint i)
{
    const struct ladder_row *row = &ladder->rows[i];
    const struct tsm_record_segment *segment = &row->segment;

    return i > 0 && segment->frame != 0 && row->reason == NULL && segment->open_step == 0 &&
           segment->close_steps == 0 && (segment->notes & ~(uint32_t)QUIET_NOTES) == 0 &&
           (segment->flags & (TSM_SYN | TSM_FIN | TSM_RST)) == 0 &&
           same_state(row, row - 1, TSM_CLIENT) && same_state(row, row - 1, TSM_SERVER);
}

/* The plain segments from row i on, without a wait that would be marked. */
static struct run find_run(const struct printing *p, guint i)
{
    struct run run = {.first = i, .end = i};

    for (; run.end < p->ladder->n && is_plain(p->ladder, run.end); run.end++) {
        const int64_t gap = run.end > i ? gap_before(p->ladder, run.end) : 0;
        if (gap >= p->wait_ns) {
            break;
        }
        run.longest_ns = MAX(run.longest_ns, gap);
        count_segment(&run, &p->ladder->rows[run.end].segment);
    }
    return run;
}

/* The rung or the run that begins at row i; returns the row after it. */
static guint print_next(struct printing *p, guint i)
{
    const struct run run = find_run(p, i);

    if (gap_before(p->ladder, i) >= p->wait_ns) {
        print_wait(p, gap_before(p->ladder, i), wait_reason(p, &p->ladder->rows[i].segment));
    }
    if (p->ladder->every || run.end < i + MIN_RUN) {
        print_rung(p, i);
        return i + 1;
    }
    print_run(p, &run);
    for (guint k = run.first; k < run.end; k++) {
        const struct tsm_record_segment *segment = &p->ladder->rows[k].segment;
        p->last_data = segment->payload > 0 ? 1u + segment->sender : p->last_data;
    }
    return run.end;
}

/* ---- all ---- */

static void measure(struct printing *p)
{
    const struct ladder *ladder = p->ladder;
    const int64_t whole_ns = duration_forward(ladder->rows[0].segment.time_ns,
                                              ladder->rows[ladder->n - 1].segment.time_ns);
    g_autoptr(GString) cell = g_string_new(NULL);
    unsigned used;

    p->wait_ns = MAX(LEAST_WAIT_NS, whole_ns / MAX_WAITS);
    p->time_width = 8;
    p->frame_width = 5;
    for (guint i = 0; i < ladder->n; i++) {
        g_string_truncate(cell, 0);
        time_text(ladder, ladder->rows[i].segment.time_ns, cell);
        p->time_width = MAX(p->time_width, (unsigned)cell->len);
        g_string_truncate(cell, 0);
        text_number(cell, ladder->rows[i].segment.frame);
        p->frame_width = MAX(p->frame_width, (unsigned)cell->len);
    }
    used = remark_column(p) + REMARK_WIDTH;
    p->lane_width = ladder->width > used + LEAST_LANE ? ladder->width - used : LEAST_LANE;
}

void ladder_print(const struct ladder *ladder, GString *text)
{
    g_autoptr(GString) line = g_string_new(NULL);
    struct printing p = {.ladder = ladder, .text = text, .line = line};
    int64_t rest_ns = 0;

    if (ladder->n == 0) {
        return;
    }
    measure(&p);
    print_heading(&p);
    for (guint i = 0; i < ladder->n;) {
        i = print_next(&p, i);
    }
    if (ladder->end_ns != INT64_MIN) {
        rest_ns = duration_forward(ladder->rows[ladder->n - 1].segment.time_ns, ladder->end_ns);
    }
    if (rest_ns >= p.wait_ns) {
        print_wait(&p, rest_ns, " until the capture ends");
    }
}
