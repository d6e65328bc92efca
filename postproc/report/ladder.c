/* ladder.c - one connection as a ladder; see ladder.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ladder.h"

#include <string.h>

#include "style.h"

#define INDENT 2
#define GAP 2           /* between columns */
#define STATE_WIDTH 12  /* "ESTABLISHED?" */
#define REMARK_WIDTH 27 /* of 100 columns; the arrow takes what is left */
#define LEAST_LANE 14   /* of the arrow */
#define ARROW 6         /* "-- ", and " ->" behind the text */

/* A ladder on its way to text. */
struct printing {
    const struct ladder *ladder;
    GString *text;
    GString *line; /* the one in progress */
    unsigned time_width, frame_width, lane_width;
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

static void begin_row(struct printing *p, const struct ladder_row *row)
{
    g_autoptr(GString) cell = g_string_new(NULL);

    g_string_append_printf(p->line, "%*s", INDENT, "");
    rungs_time(p->ladder, row->segment.time_ns, cell);
    put_cell(p, OUT_PLAIN, cell->str, p->time_width, true);
    g_string_truncate(cell, 0);
    if (row->segment.frame != 0) {
        text_number(cell, row->segment.frame);
    }
    put_cell(p, OUT_PLAIN, cell->str, p->frame_width, true);
}

/* A state that did not change is there to be found, not to be read. */
static void put_state(struct printing *p, guint i, enum tsm_side side)
{
    const struct ladder_row *row = &p->ladder->rows[i];
    char text[STATE_WIDTH + 2];
    enum out_style style = row->certain[side] ? OUT_GOOD : OUT_DOUBT;

    g_snprintf(text, sizeof text, "%s%s", tsm_state_name((enum tsm_state)row->segment.state[side]),
               row->certain[side] ? "" : "?");
    if (i > 0 && rungs_same_state(row, &p->ladder->rows[i - 1], side)) {
        style = OUT_DIM;
    }
    put_cell(p, style, text, STATE_WIDTH, false);
}

/* ---- arrows ---- */

/* "-- SYN ------------->" or "<--------- SYN ACK --". */
static void put_arrow(struct printing *p, const struct rung *rung)
{
    const struct tsm_record_segment *segment = &p->ladder->rows[rung->first].segment;
    const bool forth = segment->sender == TSM_CLIENT;
    g_autoptr(GString) arrow = g_string_new(rung->segment->str);
    g_autofree char *dashes = NULL;

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

static void print_wait(struct printing *p, const struct rung *rung)
{
    g_autofree char *wait = g_strdup_printf(". . . %s . . .", rung->remark->str);

    g_string_append_printf(p->line, "%*s", (int)client_column(p), "");
    style_append(p->line, p->ladder->color, OUT_DIM, wait);
    end_line(p, client_column(p));
}

static void print_rung(const struct rung *rung, void *data)
{
    struct printing *p = data;

    if (rung->kind == RUNG_WAIT) {
        print_wait(p, rung);
        return;
    }
    begin_row(p, &p->ladder->rows[rung->first]);
    put_state(p, rung->first, TSM_CLIENT);
    if (rung->kind == RUNG_SEGMENT && rung->segment->len > 0) {
        put_arrow(p, rung);
    } else {
        put_cell(p, OUT_PLAIN, rung->segment->str, p->lane_width, false);
    }
    put_state(p, rung->first, TSM_SERVER);
    style_append(p->line, p->ladder->color, rung->bad ? OUT_BAD : OUT_PLAIN, rung->remark->str);
    end_line(p, remark_column(p));
}

/* ---- all ---- */

static void measure(struct printing *p)
{
    const struct ladder *ladder = p->ladder;
    g_autoptr(GString) cell = g_string_new(NULL);
    unsigned used;

    p->time_width = 8;
    p->frame_width = 5;
    for (guint i = 0; i < ladder->n; i++) {
        g_string_truncate(cell, 0);
        rungs_time(ladder, ladder->rows[i].segment.time_ns, cell);
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

    if (ladder->n == 0) {
        return;
    }
    measure(&p);
    print_heading(&p);
    rungs_visit(ladder, p.lane_width - ARROW, print_rung, &p);
}
