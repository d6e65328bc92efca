/* svg.h - pictures as SVG, complete in one file or inside a page: shapes, text, axes, and the
 * colours of palette.h. No scripts, nothing fetched from elsewhere.
 *
 * A picture is text that grows by each call. Lengths are in pixels, x to the right, y down. What is
 * neither a state nor text follows classes, whose rules are svg_rules(): "line", "grid", "dim",
 * "bad", "strong", "end" (aligned to the right), "middle", and of lines "acked", "sacked" and
 * "window".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SVG_H
#define SVG_H

#include <glib.h>
#include <stdbool.h>

#include "text.h"
#include "tsm_state.h"

#define SVG_FONT 12.0      /* height of text */
#define SVG_FONT_WIDTH 7.3 /* of a letter: text is monospaced */

/* The rules of all classes, for light and dark. A page that has pictures inside puts them into its
 * own style. Static storage. */
const char *svg_rules(void);

/* Begins a picture of that size. The title is what it is called, the description what is to be seen
 * in it, for those who see no pictures; both are plain text. A picture that is `inside` a page has
 * no head and no style of its own. */
void svg_begin(GString *svg, double width, double height, bool inside, const char *title,
               const char *description);
void svg_end(GString *svg);

/* Text at its left end, on its base line. `class` may be NULL; `text` is escaped. */
void svg_text(GString *svg, double x, double y, const char *class, const char *text);

/* The same; it tells `tip` when it is pointed at. NULL = nothing. */
void svg_text_with_tip(GString *svg, double x, double y, const char *class, const char *text,
                       const char *tip);

/* A straight line. `class` may be NULL, then it is "line". */
void svg_line(GString *svg, double x1, double y1, double x2, double y2, const char *class);

/* A line with the head of an arrow at (x2, y2). */
void svg_arrow(GString *svg, double x1, double y1, double x2, double y2, const char *class);

struct svg_rectangle {
    double x, y, width, height;
};

/* A box in the colour of a state, hatched when that is not certain. It tells `tip` when it is
 * pointed at; NULL = nothing. */
void svg_box(GString *svg, struct svg_rectangle at, enum tsm_state state, bool certain,
             const char *tip);

/* The states of `set`, side by side from (x, y) on, in rows not wider than `width`. Returns the
 * height that they take. */
double svg_legend(GString *svg, double x, double y, double width, tsm_state_set set);

/* An area in the colour of a state: begin, points in order, end. */
void svg_area_begin(GString *svg, enum tsm_state state);
void svg_area_point(GString *svg, double x, double y);
void svg_area_end(GString *svg, const char *tip);

/* Where values are: `first` at place `at`, `last` at place `until`. first < last. */
struct svg_scale {
    double first, last, at, until;
};

double svg_place(const struct svg_scale *scale, double value);

/* 1, 2 or 5 and zeros, so that steps of it are at least `least` pixels apart. */
double svg_step(const struct svg_scale *scale, double least);

/* An axis of time at the bottom, at height y, with lines up to `top`. The scale is in seconds from
 * `origin_ns` on; TEXT_RELATIVE labels them so, other clocks have the time of the day. */
void svg_axis_time(GString *svg, const struct svg_scale *scale, double y, double top,
                   enum text_clock clock, int64_t origin_ns);

/* An axis of numbers from 0 on at the left, at x, with lines to `right`. */
void svg_axis_numbers(GString *svg, const struct svg_scale *scale, double x, double right);

#endif
