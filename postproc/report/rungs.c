/* rungs.c - what a ladder is made of; see rungs.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rungs.h"

#include "duration.h"

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

const char *rungs_call(enum tsm_call call)
{
    return call < TSM_N_CALLS && calls[call] != NULL ? calls[call] : "";
}

static const char *const note_names[TSM_N_NOTES] = {
#define X(name, field, severity, text) [TSM_NOTE_BIT_##name] = field,
    TSM_NOTE_LIST(X)
#undef X
};

/* A ladder on its way. */
struct climbing {
    const struct ladder *ladder;
    unsigned width;
    int64_t wait_ns;    /* the least that is marked */
    unsigned last_data; /* 1 + enum tsm_side of who sent data last; 0 = none */
    void (*visit)(const struct rung *rung, void *data);
    void *data;
    struct rung rung; /* the one in progress */
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

void rungs_time(const struct ladder *ladder, int64_t ns, GString *text)
{
    if (ladder->clock == TEXT_LOCAL || ladder->clock == TEXT_UTC) {
        text_time(text, ns, ladder->clock, ladder->origin_ns);
        g_string_erase(text, 0, MIN(11, (gssize)text->len)); /* the date */
    } else {
        text_time(text, ns, ladder->clock, ladder->origin_ns);
    }
}

bool rungs_same_state(const struct ladder_row *a, const struct ladder_row *b, unsigned side)
{
    return a->segment.state[side] == b->segment.state[side] && a->certain[side] == b->certain[side];
}

/* ---- segments ---- */

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
static void remark_text(const struct ladder_row *row, GString *remark)
{
    const struct tsm_record_segment *segment = &row->segment;
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
        if ((segment->notes & REFUSED_RESETS) == 0) {
            add_remark(remark, rungs_call((enum tsm_call)segment->call));
        }
    }
    add_remark(remark, row->reason);
}

/* "12 segments to 40 in 3 ms, 2 x duplicate" */
static void run_text(const struct ladder *ladder, const struct run *run, GString *text)
{
    const struct tsm_record_segment *first = &ladder->rows[run->first].segment;
    const struct tsm_record_segment *last = &ladder->rows[run->end - 1].segment;

    text_counted(text, run->end - run->first, "segment", "segments");
    g_string_append_printf(text, " to %u in ", last->frame);
    text_duration(text, duration_forward(first->time_ns, last->time_ns));
    add_notes(text, run);
    if (run->longest_ns >= LEAST_WAIT_NS) {
        g_string_append(text, ", longest pause ");
        text_duration(text, run->longest_ns);
    }
}

/* ---- waits ---- */

/* What the wait before a segment was for. */
static const char *wait_reason(const struct climbing *c, const struct tsm_record_segment *next)
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
    if (!client && c->last_data == 1u + TSM_CLIENT) {
        return " until the server answers";
    }
    return client ? " until the client sends" : " until the server sends";
}

/* ---- rungs ---- */

static void begin_rung(struct climbing *c, enum rung_kind kind, guint first, guint end)
{
    c->rung.kind = kind;
    c->rung.first = first;
    c->rung.end = end;
    c->rung.bad = false;
    g_string_truncate(c->rung.segment, 0);
    g_string_truncate(c->rung.remark, 0);
}

static void visit_wait(struct climbing *c, guint i, int64_t ns, const char *what)
{
    begin_rung(c, RUNG_WAIT, i, i);
    text_duration(c->rung.remark, ns);
    g_string_append(c->rung.remark, what);
    c->visit(&c->rung, c->data);
}

static void visit_segment(struct climbing *c, guint i)
{
    const struct ladder_row *row = &c->ladder->rows[i];

    begin_rung(c, RUNG_SEGMENT, i, i + 1);
    c->rung.bad = (row->segment.notes & ~(uint32_t)QUIET_NOTES) != 0;
    if (row->segment.frame != 0) {
        segment_text(&row->segment, c->width, c->rung.segment);
    }
    remark_text(row, c->rung.remark);
    c->visit(&c->rung, c->data);
}

static void visit_run(struct climbing *c, const struct run *run)
{
    begin_rung(c, RUNG_RUN, run->first, run->end);
    traffic_text(run, c->rung.segment);
    run_text(c->ladder, run, c->rung.remark);
    c->visit(&c->rung, c->data);
}

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
           rungs_same_state(row, row - 1, TSM_CLIENT) && rungs_same_state(row, row - 1, TSM_SERVER);
}

/* The plain segments from row i on, without a wait that would be marked. */
static struct run find_run(const struct climbing *c, guint i)
{
    struct run run = {.first = i, .end = i};

    for (; run.end < c->ladder->n && is_plain(c->ladder, run.end); run.end++) {
        const int64_t gap = run.end > i ? gap_before(c->ladder, run.end) : 0;
        if (gap >= c->wait_ns) {
            break;
        }
        run.longest_ns = MAX(run.longest_ns, gap);
        count_segment(&run, &c->ladder->rows[run.end].segment);
    }
    return run;
}

/* The rung or the run that begins at row i; returns the row after it. */
static guint visit_next(struct climbing *c, guint i)
{
    const struct run run = find_run(c, i);
    const bool gathers = !c->ladder->every && run.end >= i + MIN_RUN;
    const guint end = gathers ? run.end : i + 1;

    if (gap_before(c->ladder, i) >= c->wait_ns) {
        visit_wait(c, i, gap_before(c->ladder, i), wait_reason(c, &c->ladder->rows[i].segment));
    }
    if (gathers) {
        visit_run(c, &run);
    } else {
        visit_segment(c, i);
    }
    for (guint k = i; k < end; k++) {
        const struct tsm_record_segment *segment = &c->ladder->rows[k].segment;
        if (segment->frame != 0 && segment->payload > 0) {
            c->last_data = 1u + segment->sender;
        }
    }
    return end;
}

void rungs_visit(const struct ladder *ladder, unsigned width,
                 void (*visit)(const struct rung *rung, void *data), void *data)
{
    const int64_t first_ns = ladder->n > 0 ? ladder->rows[0].segment.time_ns : 0;
    const int64_t last_ns = ladder->n > 0 ? ladder->rows[ladder->n - 1].segment.time_ns : 0;
    g_autoptr(GString) segment = g_string_new(NULL);
    g_autoptr(GString) remark = g_string_new(NULL);
    struct climbing c = {
        .ladder = ladder,
        .width = width,
        .wait_ns = MAX(LEAST_WAIT_NS, duration_forward(first_ns, last_ns) / MAX_WAITS),
        .visit = visit,
        .data = data,
        .rung = {.segment = segment, .remark = remark},
    };

    for (guint i = 0; i < ladder->n;) {
        i = visit_next(&c, i);
    }
    if (ladder->n > 0 && ladder->end_ns != INT64_MIN &&
        duration_forward(last_ns, ladder->end_ns) >= c.wait_ns) {
        visit_wait(&c, ladder->n, duration_forward(last_ns, ladder->end_ns),
                   " until the capture ends");
    }
}
