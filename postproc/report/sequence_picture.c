/* sequence_picture.c - see sequence_picture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sequence_picture.h"

#include <string.h>

#include "svg.h"
#include "tsm_seq.h"

#define WIDTH 960.0
#define LEFT 90.0
#define RIGHT (WIDTH - 30.0)
#define HEAD 34.0   /* the name of a panel */
#define PLOT 300.0  /* its height */
#define AXIS 44.0   /* below it */
#define LEGEND 30.0 /* what lines mean */
#define MARK 3.0    /* half of a mark's width */

/* The data of one end. */
struct panel {
    const struct story *story;
    enum tsm_side side; /* that sent it */
    unsigned shift;     /* of its peer's windows */
    guint step;         /* of segments each so many-th is drawn */
    uint32_t first;     /* its first sequence number */
    double top;
    struct svg_scale x, y;
    GString *svg;
};

static const struct tsm_record_segment *segment_at(const struct story *story, guint i)
{
    return &g_array_index(story->segments, struct tsm_record_segment, i);
}

/* A number counted from the first one of the end, as near to `near` as can be: numbers wrap. */
static double relative(const struct panel *panel, uint32_t number, double near)
{
    return near + tsm_seq_diff(number, panel->first + (uint32_t)(int64_t)near);
}

static uint32_t span_of(const struct tsm_record_segment *segment)
{
    return segment->payload + ((segment->flags & TSM_SYN) != 0) + ((segment->flags & TSM_FIN) != 0);
}

static bool acknowledges(const struct tsm_record_segment *segment)
{
    return (segment->flags & TSM_ACK) != 0 && (segment->flags & TSM_RST) == 0;
}

static bool is_quote(const struct tsm_record_segment *segment)
{
    return segment->action == TSM_ACT_ICMP_ERROR;
}

/* Calls visit() for each segment with the highest number of the end and the highest acknowledgment
 * before it. */
struct standing {
    double sent, acked;
};

static void each_segment(struct panel *panel,
                         void (*visit)(struct panel *panel,
                                       const struct tsm_record_segment *segment,
                                       const struct standing *before, guint number))
{
    struct standing now = {0, 0};

    for (guint i = 0; i < panel->story->segments->len; i++) {
        const struct tsm_record_segment *segment = segment_at(panel->story, i);
        if (is_quote(segment)) {
            continue;
        }
        visit(panel, segment, &now, i);
        if (segment->sender == panel->side && span_of(segment) > 0) {
            now.sent = MAX(now.sent, relative(panel, segment->seq + span_of(segment), now.sent));
        } else if (segment->sender != panel->side && acknowledges(segment)) {
            now.acked = MAX(now.acked, relative(panel, segment->ack, now.acked));
        }
    }
}

/* ---- scales ---- */

static double window_end(const struct panel *panel, const struct tsm_record_segment *segment,
                         double acked)
{
    const unsigned shift = (segment->flags & TSM_SYN) != 0 ? 0 : panel->shift;

    return relative(panel, segment->ack, acked) + (double)((uint64_t)segment->window << shift);
}

static void reach(struct panel *panel, const struct tsm_record_segment *segment,
                  const struct standing *before, guint number)
{
    (void)number;
    if (segment->sender == panel->side) {
        panel->y.last =
            MAX(panel->y.last, relative(panel, segment->seq + span_of(segment), before->sent));
    }
}

static bool begin_panel(struct panel *panel)
{
    guint n = 0;

    for (guint i = panel->story->segments->len; i-- > 0;) {
        const struct tsm_record_segment *segment = segment_at(panel->story, i);
        if (segment->sender == panel->side && !is_quote(segment)) {
            panel->first = segment->seq;
            n++;
        }
    }
    panel->step = panel->story->segments->len / SEQUENCE_PICTURE_SEGMENTS + 1;
    panel->y = (struct svg_scale){0, 1, panel->top + HEAD + PLOT, panel->top + HEAD};
    each_segment(panel, reach);
    panel->y.last *= 1.05; /* room for marks */
    return n > 0;
}

static double x_of(const struct panel *panel, int64_t ns)
{
    return svg_place(&panel->x, (double)(ns - segment_at(panel->story, 0)->time_ns) / 1e9);
}

static double y_of(const struct panel *panel, double number)
{
    return svg_place(&panel->y, CLAMP(number, 0.0, panel->y.last));
}

/* ---- drawing ---- */

static bool is_again(const struct tsm_record_segment *segment, const struct standing *before,
                     double right)
{
    return (segment->notes & TSM_NOTE_RETRANSMISSION) != 0 ||
           (segment->payload > 0 && right <= before->sent);
}

/* A bar from the first to the last octet, with a bracket at both of its ends. */
static void draw_data(struct panel *panel, const struct tsm_record_segment *segment,
                      const struct standing *before, guint number)
{
    if (segment->sender != panel->side || span_of(segment) == 0) {
        return;
    }
    const double left = relative(panel, segment->seq, before->sent);
    const double right = left + span_of(segment);
    const bool again = is_again(segment, before, right);
    const double x = x_of(panel, segment->time_ns);
    const double low = y_of(panel, left);
    const double high = y_of(panel, right);
    const char *class = again ? "line bad" : NULL;
    const char *word = again                             ? "R"
                       : (segment->flags & TSM_SYN) != 0 ? "SYN"
                       : (segment->flags & TSM_FIN) != 0 ? "FIN"
                                                         : NULL;
    if (number % panel->step != 0) {
        return;
    }
    svg_line(panel->svg, x, low, x, high, class);
    svg_line(panel->svg, x - MARK, low, x + MARK, low, class);
    svg_line(panel->svg, x - MARK, high, x + MARK, high, class);
    if (word != NULL) {
        svg_text(panel->svg, x + MARK, high - MARK, again ? "bad" : NULL, word);
    }
}

/* What its peer reports beyond a hole, or below what it acknowledges as received twice (RFC 2883).
 * The first block alone: others repeat what was the first one before (RFC 2018 4). */
static void draw_sack(struct panel *panel, const struct tsm_record_segment *segment,
                      const struct standing *before, guint number)
{
    if (segment->sender == panel->side || segment->sack_left == segment->sack_right ||
        !acknowledges(segment) || number % panel->step != 0) {
        return;
    }
    const double x = x_of(panel, segment->time_ns);

    svg_line(panel->svg, x, y_of(panel, relative(panel, segment->sack_left, before->acked)), x,
             y_of(panel, relative(panel, segment->sack_right, before->acked)), "line sacked");
}

/* A step of what is acknowledged, and of how far the window reaches; the line goes on until the
 * next one. */
static void draw_answers(struct panel *panel)
{
    double acked = 0;
    double x = -1;
    double window = 0;
    const double until = panel->x.until;
    guint n = 0;

    for (guint i = 0; i <= panel->story->segments->len; i++) {
        const bool end = i == panel->story->segments->len;
        const struct tsm_record_segment *segment = end ? NULL : segment_at(panel->story, i);
        if (!end && (segment->sender == panel->side || !acknowledges(segment) ||
                     is_quote(segment) || n++ % panel->step != 0)) {
            continue;
        }
        const double here = end ? until : x_of(panel, segment->time_ns);
        const double next = end ? acked : MAX(acked, relative(panel, segment->ack, acked));
        const double wider = end ? window : window_end(panel, segment, acked);
        if (x >= 0) {
            svg_line(panel->svg, x, y_of(panel, acked), here, y_of(panel, acked), "line acked");
            svg_line(panel->svg, here, y_of(panel, acked), here, y_of(panel, next), "line acked");
            svg_line(panel->svg, x, y_of(panel, window), here, y_of(panel, window), "line window");
            svg_line(panel->svg, here, y_of(panel, window), here, y_of(panel, wider),
                     "line window");
        }
        x = here;
        acked = next;
        window = wider;
    }
}

static void draw_panel(struct panel *panel, enum text_clock clock)
{
    g_autofree char *name =
        g_strdup_printf("Sequence numbers of the %s", tsm_side_name(panel->side));
    const double bottom = panel->top + HEAD + PLOT;

    svg_text(panel->svg, LEFT, panel->top + HEAD - 12.0, NULL, name);
    svg_axis_numbers(panel->svg, &panel->y, LEFT, RIGHT);
    svg_axis_time(panel->svg, &panel->x, bottom, panel->top + HEAD, clock,
                  segment_at(panel->story, 0)->time_ns);
    draw_answers(panel);
    each_segment(panel, draw_sack);
    each_segment(panel, draw_data);
}

static void draw_legend(GString *svg, double y)
{
    static const struct {
        const char *class, *text;
    } lines[] = {{NULL, "data"},
                 {"line bad", "sent again (R)"},
                 {"line acked", "acknowledged"},
                 {"line sacked", "SACK"},
                 {"line window", "window, as far as it fits"}};
    double x = LEFT;

    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        svg_line(svg, x, y - 4.0, x + 20.0, y - 4.0, lines[i].class);
        svg_text(svg, x + 26.0, y, NULL, lines[i].text);
        x += 60.0 + (double)strlen(lines[i].text) * SVG_FONT_WIDTH;
    }
}

/* Windows are scaled only when both have offered it (RFC 7323 2.2). */
static unsigned shift_of(const struct story *story, const struct story_connection *connection,
                         enum tsm_side side)
{
    const uint8_t both = story_facts(story, connection, TSM_CLIENT)->seen.offered &
                         story_facts(story, connection, TSM_SERVER)->seen.offered;

    return (both & TSM_HAS_WSCALE) != 0
               ? MIN(story_facts(story, connection, side)->seen.wscale, 14u)
               : 0;
}

void sequence_picture(const struct story *story, const struct story_connection *connection,
                      enum text_clock clock, bool inside, GString *svg)
{
    const double height = 2 * (HEAD + PLOT + AXIS) + LEGEND;
    g_autoptr(GString) title = g_string_new("Sequence numbers over time: ");
    double top = 0;

    text_endpoint(title, &connection->tuple, TSM_CLIENT);
    g_string_append(title, " -> ");
    text_endpoint(title, &connection->tuple, TSM_SERVER);
    svg_begin(svg, WIDTH, height, inside, title->str,
              "What each end sent as bars from first to last octet, what was acknowledged of it "
              "as a line below, what came beyond a hole as bars of SACK, and how far its peer's "
              "window reached as a line above.");
    for (unsigned side = 0; side < 2 && story->segments->len > 0; side++) {
        const int64_t length_ns =
            segment_at(story, story->segments->len - 1)->time_ns - segment_at(story, 0)->time_ns;
        struct panel panel = {
            .story = story,
            .side = (enum tsm_side)side,
            .shift = shift_of(story, connection, tsm_other((enum tsm_side)side)),
            .top = top,
            .x = {0, MAX((double)length_ns / 1e9, 1e-6), LEFT, RIGHT},
            .svg = svg,
        };
        if (begin_panel(&panel)) {
            draw_panel(&panel, clock);
            top += HEAD + PLOT + AXIS;
        }
    }
    draw_legend(svg, height - 10.0);
    svg_end(svg);
}
