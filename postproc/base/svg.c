/* svg.c - pictures as SVG; see svg.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "svg.h"

#include <math.h>
#include <string.h>

#include "duration.h"
#include "palette.h"

#define LABEL_GAP 90.0 /* between labels of the bottom axis, at least */
#define LEVEL_GAP 32.0 /* between those of the left axis */
#define MAX_TICKS 1000 /* whatever the scale is */
#define S_NS G_GINT64_CONSTANT(1000000000)
#define SWATCH 12.0 /* of the legend */
#define LEGEND_ROW 20.0

static const char rules[] =
    ".paper{fill:#fff}.pic text{font:12px ui-monospace,\"DejaVu Sans Mono\",monospace;"
    "fill:#1b1f24;white-space:pre}"
    ".pic .line{stroke:#1b1f24;fill:none}.pic .grid{stroke:#d9dee3;fill:none}"
    ".pic text.dim{fill:#5d6670}.pic text.bad{fill:#b3261e}.pic .line.bad{stroke:#b3261e}"
    ".pic .line.acked{stroke:#1b7f3b}.pic .line.window{stroke:#a86500}"
    ".pic .line.sacked{stroke:#8e24aa}"
    ".pic text.strong{font-weight:bold}.pic text.end{text-anchor:end}"
    ".pic text.middle{text-anchor:middle}.pic .edge{stroke:#7a838c;stroke-width:.5}"
    "@media(prefers-color-scheme:dark){.paper{fill:#16191d}.pic text{fill:#e6e8ea}"
    ".pic .line{stroke:#e6e8ea}.pic .grid{stroke:#3a4148}.pic text.dim{fill:#9aa4ae}"
    ".pic text.bad{fill:#ff8f85}.pic .line.bad{stroke:#ff8f85}"
    ".pic .line.acked{stroke:#5fd18a}.pic .line.window{stroke:#e0a84e}"
    ".pic .line.sacked{stroke:#ce93d8}}";

const char *svg_rules(void)
{
    return rules;
}

/* ---- pieces ---- */

/* A number with at most two decimals, in any locale. */
static void put_number(GString *svg, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    const double bounded = isfinite(value) ? CLAMP(value, -1e6, 1e6) : 0.0;

    g_ascii_formatd(text, sizeof text, "%.2f", bounded);
    for (size_t n = strlen(text); text[n - 1] == '0' || text[n - 1] == '.'; n--) {
        const bool point = text[n - 1] == '.';
        text[n - 1] = '\0';
        if (point) {
            break;
        }
    }
    g_string_append(svg, strcmp(text, "-0") == 0 ? "0" : text);
}

static void put_attribute(GString *svg, const char *name, double value)
{
    g_string_append_printf(svg, " %s=\"", name);
    put_number(svg, value);
    g_string_append_c(svg, '"');
}

/* Text of a capture may hold anything. */
static void put_text(GString *svg, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *safe = text_safe_copy(valid);
    g_autofree char *escaped = g_markup_escape_text(safe, -1);

    g_string_append(svg, escaped);
}

static void put_tip(GString *svg, const char *tip)
{
    if (tip != NULL) {
        g_string_append(svg, "<title>");
        put_text(svg, tip);
        g_string_append(svg, "</title>");
    }
}

void svg_begin(GString *svg, double width, double height, bool inside, const char *title,
               const char *description)
{
    g_string_append(svg, inside ? "" : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    g_string_append(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pic\" role=\"img\"");
    put_attribute(svg, "width", width);
    put_attribute(svg, "height", height);
    g_string_append_printf(svg, " viewBox=\"0 0 %.0f %.0f\">\n<title>", width, height);
    put_text(svg, title);
    g_string_append(svg, "</title>\n<desc>");
    put_text(svg, description);
    g_string_append(svg, "</desc>\n");
    if (!inside) {
        g_string_append_printf(svg, "<style>%s</style>\n", rules);
    }
    g_string_append(svg, "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
                         "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                         "<rect width=\"2.5\" height=\"6\" fill=\"#fff\" fill-opacity=\".75\"/>"
                         "</pattern></defs>\n");
    g_string_append(svg, inside ? "" : "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
}

void svg_end(GString *svg)
{
    g_string_append(svg, "</svg>\n");
}

void svg_text_with_tip(GString *svg, double x, double y, const char *class, const char *text,
                       const char *tip)
{
    g_string_append(svg, "<text");
    if (class != NULL) {
        g_string_append_printf(svg, " class=\"%s\"", class);
    }
    put_attribute(svg, "x", x);
    put_attribute(svg, "y", y);
    g_string_append_c(svg, '>');
    put_tip(svg, tip);
    put_text(svg, text);
    g_string_append(svg, "</text>\n");
}

void svg_text(GString *svg, double x, double y, const char *class, const char *text)
{
    svg_text_with_tip(svg, x, y, class, text, NULL);
}

void svg_line(GString *svg, double x1, double y1, double x2, double y2, const char *class)
{
    g_string_append_printf(svg, "<line class=\"%s\"", class != NULL ? class : "line");
    put_attribute(svg, "x1", x1);
    put_attribute(svg, "y1", y1);
    put_attribute(svg, "x2", x2);
    put_attribute(svg, "y2", y2);
    g_string_append(svg, "/>\n");
}

void svg_arrow(GString *svg, double x1, double y1, double x2, double y2, const char *class)
{
    const double length = MAX(hypot(x2 - x1, y2 - y1), 1.0);
    const double along_x = (x2 - x1) / length * 7.0;
    const double along_y = (y2 - y1) / length * 7.0;

    svg_line(svg, x1, y1, x2, y2, class);
    svg_line(svg, x2 - along_x - along_y / 2, y2 - along_y + along_x / 2, x2, y2, class);
    svg_line(svg, x2 - along_x + along_y / 2, y2 - along_y - along_x / 2, x2, y2, class);
}

/* ---- states ---- */

static void put_box(GString *svg, struct svg_rectangle at, const char *fill, const char *tip)
{
    g_string_append_printf(svg, "<rect class=\"edge\" fill=\"%s\"", fill);
    put_attribute(svg, "x", at.x);
    put_attribute(svg, "y", at.y);
    put_attribute(svg, "width", at.width);
    put_attribute(svg, "height", at.height);
    g_string_append_c(svg, '>');
    put_tip(svg, tip);
    g_string_append(svg, "</rect>\n");
}

void svg_box(GString *svg, struct svg_rectangle at, enum tsm_state state, bool certain,
             const char *tip)
{
    put_box(svg, at, palette_color(state), tip);
    if (!certain) {
        put_box(svg, at, "url(#hatch)", tip);
    }
}

double svg_legend(GString *svg, double x, double y, double width, tsm_state_set set)
{
    double across = 0.0;
    double down = 0.0;

    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        const char *name = tsm_state_name((enum tsm_state)state);
        const double length = SWATCH + 6.0 + SVG_FONT_WIDTH * (double)strlen(name) + 16.0;
        if (!tsm_contains(set, (enum tsm_state)state)) {
            continue;
        }
        if (across > 0.0 && across + length > width) {
            across = 0.0;
            down += LEGEND_ROW;
        }
        const struct svg_rectangle swatch = {x + across, y + down, SWATCH, SWATCH};
        svg_box(svg, swatch, (enum tsm_state)state, true, NULL);
        svg_text(svg, x + across + SWATCH + 6.0, y + down + 10.0, NULL, name);
        across += length;
    }
    return down + LEGEND_ROW;
}

void svg_area_begin(GString *svg, enum tsm_state state)
{
    g_string_append_printf(svg, "<polygon fill=\"%s\" points=\"", palette_color(state));
}

void svg_area_point(GString *svg, double x, double y)
{
    put_number(svg, x);
    g_string_append_c(svg, ',');
    put_number(svg, y);
    g_string_append_c(svg, ' ');
}

void svg_area_end(GString *svg, const char *tip)
{
    g_string_append(svg, "\">");
    put_tip(svg, tip);
    g_string_append(svg, "</polygon>\n");
}

/* ---- axes ---- */

double svg_place(const struct svg_scale *scale, double value)
{
    return scale->at +
           (value - scale->first) / (scale->last - scale->first) * (scale->until - scale->at);
}

double svg_step(const struct svg_scale *scale, double least)
{
    const double pixels = MAX(fabs(scale->until - scale->at), 1.0);
    const double wanted = (scale->last - scale->first) * least / pixels;
    const double unit = pow(10.0, floor(log10(wanted)));
    const double ratio = wanted / unit;

    return unit * (ratio <= 1.0 ? 1.0 : ratio <= 2.0 ? 2.0 : ratio <= 5.0 ? 5.0 : 10.0);
}

/* The same for time: beyond a second 2, 5, 10, 15, 30, and so on up to days. */
static double time_step(const struct svg_scale *scale, double least)
{
    static const double steps[] = {1,   2,   5,    10,   15,   30,    60,    120,
                                   300, 600, 1800, 3600, 7200, 14400, 43200, 86400};
    const double decimal = svg_step(scale, least);
    const double wanted =
        (scale->last - scale->first) * least / MAX(fabs(scale->until - scale->at), 1.0);

    for (gsize i = 0; wanted > 0.5 && i < G_N_ELEMENTS(steps); i++) {
        if (steps[i] >= wanted) {
            return steps[i];
        }
    }
    return decimal;
}

/* "12.5", "1:20:00" since the origin, or the time of the day. */
static void put_time(double value, double step, enum text_clock clock, int64_t origin_ns,
                     GString *label)
{
    const int64_t ns = (int64_t)llround(CLAMP(value, -9e9, 9e9) * 1e9);
    const int64_t seconds = ns / S_NS;
    const unsigned decimals = step >= 1.0 ? 0 : (unsigned)CLAMP(ceil(-log10(step)), 0.0, 9.0);

    if (clock == TEXT_LOCAL || clock == TEXT_UTC) {
        text_time(label, duration_sum(MAX(origin_ns, 0), MAX(ns, 0)), clock, 0);
        g_string_erase(label, 0, MIN(11, (gssize)label->len));
        g_string_truncate(label, MIN(label->len, decimals > 0 ? 9 + decimals : 8));
    } else if (step < 10.0 || ns < 0) {
        text_seconds_short(label, ns, decimals);
    } else {
        g_string_append_printf(label, "%" G_GINT64_FORMAT ":%02d:%02d", seconds / 3600,
                               (int)(seconds / 60 % 60), (int)(seconds % 60));
    }
}

void svg_axis_time(GString *svg, const struct svg_scale *scale, double y, double top,
                   enum text_clock clock, int64_t origin_ns)
{
    const double step = time_step(scale, LABEL_GAP);
    const bool dates = clock == TEXT_LOCAL || clock == TEXT_UTC;
    const double shift = dates ? fmod((double)(origin_ns / 1000) / 1e6, step) : 0.0;
    const double first = ceil((scale->first + shift) / step);
    g_autoptr(GString) label = g_string_new(NULL);

    for (unsigned i = 0; i < MAX_TICKS && (first + i) * step - shift <= scale->last; i++) {
        const double value = (first + i) * step - shift;
        const double x = svg_place(scale, value);
        g_string_truncate(label, 0);
        put_time(value, step, clock, origin_ns, label);
        svg_line(svg, x, top, x, y + 4.0, "grid");
        svg_text(svg, x, y + 18.0, "middle", label->str);
    }
    svg_line(svg, scale->at, y, scale->until, y, NULL);
}

void svg_axis_numbers(GString *svg, const struct svg_scale *scale, double x, double right)
{
    const double step = MAX(svg_step(scale, LEVEL_GAP), 1.0);
    g_autoptr(GString) label = g_string_new(NULL);

    for (unsigned i = 0; i < MAX_TICKS && i * step <= scale->last; i++) {
        const double y = svg_place(scale, i * step);
        g_string_truncate(label, 0);
        text_count(label, (uint64_t)(i * step));
        svg_line(svg, x - 4.0, y, right, y, "grid");
        svg_text(svg, x - 8.0, y + 4.0, "end", label->str);
    }
}
