/* ladder_picture.c - a ladder as a picture; see ladder_picture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ladder_picture.h"

#include "svg.h"

#define WIDTH 1080.0
#define HEAD 62.0    /* title and names */
#define ROW 24.0     /* a rung */
#define BAR 14.0     /* width of a bar of states */
#define CLIENT 300.0 /* the left edge of its bar; its states stand left of it */
#define SERVER 560.0
#define NUMBERS 90.0 /* the right edge of times; frames to their right */
#define FRAMES 150.0
#define REMARKS 690.0
#define REMARK_LETTERS 52 /* what fits there */
#define FOOT 40.0
#define LANE 24 /* letters above an arrow */

/* A ladder on its way. */
struct drawing {
    const struct ladder *ladder;
    GString *svg;
    guint rows;                      /* drawn */
    guint left;                      /* left out, of the ladder's rows */
    double y;                        /* where the next rung begins */
    double since[2];                 /* where the part of the bar with the same state began */
    const struct ladder_row *now[2]; /* whose state that is; NULL = none yet */
    tsm_state_set states;
};

static double bar_of(unsigned side)
{
    return side == TSM_CLIENT ? CLIENT : SERVER;
}

/* The bar of an end up to that place is in the state that it had. */
static void close_bar(struct drawing *d, unsigned side)
{
    const struct ladder_row *row = d->now[side];

    if (row != NULL && d->y > d->since[side]) {
        const enum tsm_state state = (enum tsm_state)row->segment.state[side];
        const struct svg_rectangle bar = {bar_of(side), d->since[side], BAR, d->y - d->since[side]};
        svg_box(d->svg, bar, state, row->certain[side], tsm_state_name(state));
    }
}

static void put_state(struct drawing *d, const struct ladder_row *row, unsigned side)
{
    const enum tsm_state state = (enum tsm_state)row->segment.state[side];
    g_autofree char *text =
        g_strdup_printf("%s%s", tsm_state_name(state), row->certain[side] ? "" : "?");

    d->states |= tsm_only(state);
    if (d->now[side] != NULL && rungs_same_state(d->now[side], row, side)) {
        return;
    }
    close_bar(d, side);
    d->now[side] = row;
    d->since[side] = d->y;
    svg_text(d->svg, side == TSM_CLIENT ? CLIENT - 8.0 : SERVER + BAR + 8.0, d->y + 16.0,
             side == TSM_CLIENT ? "end" : NULL, text);
}

static void put_numbers(struct drawing *d, const struct ladder_row *row)
{
    g_autoptr(GString) text = g_string_new(NULL);

    rungs_time(d->ladder, row->segment.time_ns, text);
    svg_text(d->svg, NUMBERS, d->y + 16.0, "end dim", text->str);
    g_string_truncate(text, 0);
    if (row->segment.frame != 0) {
        text_number(text, row->segment.frame);
    }
    svg_text(d->svg, FRAMES, d->y + 16.0, "end dim", text->str);
}

static void put_segment(struct drawing *d, const struct rung *rung)
{
    const struct ladder_row *row = &d->ladder->rows[rung->first];
    const double from = CLIENT + BAR + 4.0;
    const double to = SERVER - 4.0;
    const bool forth = row->segment.sender == TSM_CLIENT;
    const bool bad = rung->bad || (row->segment.flags & TSM_RST) != 0;

    if (rung->segment->len == 0) {
        return;
    }
    svg_text(d->svg, (from + to) / 2, d->y + 14.0, bad ? "middle bad" : "middle",
             rung->segment->str);
    if (rung->kind == RUNG_SEGMENT) {
        svg_arrow(d->svg, forth ? from : to, d->y + 18.0, forth ? to : from, d->y + 20.0,
                  bad ? "line bad" : "line");
    }
}

/* What is too long is cut where it is read, and whole where it is pointed at. */
static void put_remark(struct drawing *d, const struct rung *rung)
{
    const char *text = rung->remark->str;
    const bool fits = rung->remark->len <= REMARK_LETTERS;
    g_autofree char *brief = g_strdup_printf("%.*s%s", REMARK_LETTERS - 3, text, fits ? "" : "...");

    svg_text_with_tip(d->svg, REMARKS, d->y + 16.0, rung->bad ? "bad" : NULL, fits ? text : brief,
                      fits ? NULL : text);
}

static void draw_rung(const struct rung *rung, void *data)
{
    struct drawing *d = data;
    const struct ladder_row *row = &d->ladder->rows[rung->first];

    if (d->rows == LADDER_PICTURE_ROWS) {
        d->left += rung->end - rung->first;
        return;
    }
    d->rows++;
    if (rung->kind == RUNG_WAIT) {
        svg_text(d->svg, (CLIENT + BAR + SERVER) / 2, d->y + 16.0, "middle dim", rung->remark->str);
    } else {
        put_numbers(d, row);
        put_state(d, row, TSM_CLIENT);
        put_state(d, row, TSM_SERVER);
        put_segment(d, rung);
        put_remark(d, rung);
    }
    d->y += ROW;
}

static void draw_head(struct drawing *d, const char *title, const char *const names[2])
{
    svg_text(d->svg, 8.0, 20.0, "strong", title);
    svg_text(d->svg, NUMBERS, 46.0, "end dim",
             d->ladder->clock == TEXT_RELATIVE ? "seconds" : "time");
    svg_text(d->svg, FRAMES, 46.0, "end dim", "frame");
    svg_text(d->svg, CLIENT + BAR, 46.0, "end strong", names[TSM_CLIENT]);
    svg_text(d->svg, SERVER, 46.0, "strong", names[TSM_SERVER]);
}

void ladder_picture(const struct ladder *ladder, const char *title, const char *const names[2],
                    guint lost, bool inside, GString *svg)
{
    g_autoptr(GString) body = g_string_new(NULL);
    struct drawing d = {.ladder = ladder, .svg = body, .y = HEAD, .left = lost};

    draw_head(&d, title, names);
    rungs_visit(ladder, LANE, draw_rung, &d);
    close_bar(&d, TSM_CLIENT);
    close_bar(&d, TSM_SERVER);
    if (d.left > 0) {
        g_autofree char *text =
            g_strdup_printf("... and %u more segments: as text it has all", d.left);
        svg_text(body, FRAMES, d.y + 16.0, NULL, text);
        d.y += ROW;
    }
    d.y += 12.0 + svg_legend(body, 8.0, d.y + 12.0, WIDTH - 16.0, d.states);
    svg_text(body, 8.0, d.y + 12.0, "dim", "hatched and ?: not certain");
    svg_begin(svg, WIDTH, d.y + FOOT, inside, title,
              "A ladder: the client's states at the left, the server's at the right, an arrow for "
              "each segment, time downwards");
    g_string_append_len(svg, body->str, (gssize)body->len);
    svg_end(svg);
}
