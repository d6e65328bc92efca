/* states_picture.c - ends by state over time as a picture; see states_picture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "states_picture.h"

#include "svg.h"

#define WIDTH 960.0
#define LEFT 70.0
#define RIGHT (WIDTH - 50.0)
#define HEAD 34.0   /* the name of a panel */
#define PLOT 240.0  /* its height */
#define AXIS 44.0   /* below it */
#define LEGEND 68.0 /* room for it */

/* A panel on its way. */
struct panel {
    const struct samples *samples;
    enum text_clock clock;
    double top;
    struct svg_scale x, y;
    GString *svg;
};

/* How many ends are in states below that one. */
static int64_t below(const struct sample *sample, unsigned state)
{
    int64_t n = 0;

    for (unsigned lower = 0; lower < state; lower++) {
        n += lower != TSM_LISTEN ? sample->n[lower] : 0;
    }
    return n;
}

static int64_t highest(const struct samples *samples)
{
    int64_t most = 1;

    for (guint k = 0; k < samples->n; k++) {
        most = MAX(most, below(&samples->of[k], TSM_N_STATES));
    }
    return most;
}

/* The states that any end is in. A port that listens is no end of a connection. */
static tsm_state_set states_of(const struct samples *samples)
{
    tsm_state_set set = 0;

    for (guint k = 0; k < samples->n; k++) {
        for (unsigned state = 0; state < TSM_N_STATES; state++) {
            set |= state != TSM_LISTEN && samples->of[k].n[state] > 0
                       ? tsm_only((enum tsm_state)state)
                       : 0;
        }
    }
    return set;
}

static double seconds_of(const struct samples *samples, guint k)
{
    return (double)samples->interval_ns / 1e9 * k;
}

/* A sample holds until the next one, so areas have steps. */
static void add_edge(const struct panel *panel, guint k, unsigned state)
{
    const double y = svg_place(&panel->y, (double)below(&panel->samples->of[k], state));

    svg_area_point(panel->svg, svg_place(&panel->x, seconds_of(panel->samples, k)), y);
    svg_area_point(panel->svg, svg_place(&panel->x, seconds_of(panel->samples, k + 1)), y);
}

static void add_edge_back(const struct panel *panel, guint k, unsigned state)
{
    const double y = svg_place(&panel->y, (double)below(&panel->samples->of[k], state));

    svg_area_point(panel->svg, svg_place(&panel->x, seconds_of(panel->samples, k + 1)), y);
    svg_area_point(panel->svg, svg_place(&panel->x, seconds_of(panel->samples, k)), y);
}

static void add_area(const struct panel *panel, unsigned state)
{
    const guint n = panel->samples->n;

    svg_area_begin(panel->svg, (enum tsm_state)state);
    for (guint k = 0; k < n; k++) {
        add_edge(panel, k, state + 1);
    }
    for (guint k = n; k-- > 0;) {
        add_edge_back(panel, k, state);
    }
    svg_area_end(panel->svg, tsm_state_name((enum tsm_state)state));
}

static void add_words(const struct panel *panel, const struct story *story)
{
    g_autoptr(GString) below_axis = g_string_new(NULL);

    svg_text(panel->svg, LEFT, panel->top + 20.0, "strong", story->name);
    if (panel->clock == TEXT_RELATIVE) {
        g_string_append(below_axis, "seconds, or h:min:s, since the capture began");
    } else {
        text_zone(below_axis, panel->samples->start_ns, panel->clock);
    }
    svg_text(panel->svg, LEFT, panel->top + HEAD + PLOT + 36.0, "dim", below_axis->str);
}

static void add_panel(struct panel *panel, const struct story *story)
{
    const struct samples *samples = panel->samples;
    const double bottom = panel->top + HEAD + PLOT;
    const tsm_state_set set = states_of(samples);

    panel->x = (struct svg_scale){0.0, seconds_of(samples, samples->n), LEFT, RIGHT};
    panel->y = (struct svg_scale){0.0, (double)highest(samples), bottom, panel->top + HEAD};
    svg_axis_numbers(panel->svg, &panel->y, LEFT, RIGHT);
    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        if (tsm_contains(set, (enum tsm_state)state)) {
            add_area(panel, state);
        }
    }
    svg_axis_time(panel->svg, &panel->x, bottom, bottom, panel->clock, samples->start_ns);
    add_words(panel, story);
    svg_legend(panel->svg, LEFT, bottom + AXIS, RIGHT - LEFT, set);
}

void states_picture(const GPtrArray *stories, const GPtrArray *samples, enum text_clock clock,
                    bool inside, GString *svg)
{
    const double height = HEAD + PLOT + AXIS + LEGEND;

    svg_begin(svg, WIDTH, height * stories->len, inside, "States over time",
              "How many ends of connections are in each state, stacked, as time goes to the right");
    for (guint i = 0; i < stories->len; i++) {
        struct panel panel = {.samples = g_ptr_array_index(samples, i),
                              .clock = clock,
                              .top = height * i,
                              .svg = svg};
        add_panel(&panel, g_ptr_array_index(stories, i));
    }
    svg_end(svg);
}
