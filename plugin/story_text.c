/* story_text.c - a connection's story as the text of a window; see story_text.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_text.h"

#include "anomaly_text.h"
#include "connection_view.h"
#include "incidents.h"
#include "judge.h"
#include "state_diagram.h"
#include "style.h"

#define WIDTH 100 /* columns, as wide as the ladder is at best */
#define INDENT 6

/* --- anomalies -------------------------------------------------------------------------------- */

static void append_sentence(GString *text, const char *label, const char *sentence,
                            const struct anomaly *about, const struct story *story)
{
    GString *line = g_string_new(label);

    anomaly_text_fill(line, sentence, about, story);
    g_string_append_c(line, '\n');
    text_wrap(text, line->str, WIDTH, INDENT);
    g_string_free(line, TRUE);
}

static void append_head(GString *text, const char *id, const char *title,
                        const struct anomaly *about, const struct story *story)
{
    static const enum out_style styles[] = {OUT_DIM, OUT_DOUBT, OUT_BAD};
    GString *head = g_string_new("  ");
    char *name = g_strdup_printf("%s %s", id, title);

    style_append(head, true, styles[about->severity], name);
    g_string_append(head, ": ");
    append_sentence(text, head->str, about->text, about, story);
    g_string_free(head, TRUE);
    g_free(name);
}

static void append_anomaly(GString *text, const struct anomaly *hit, const struct story *story)
{
    const struct anomaly_rule *rule = hit->rule;

    append_head(text, rule->id, rule->title, hit, story);
    for (unsigned i = 0; i < G_N_ELEMENTS(rule->causes) && rule->causes[i]; i++) {
        append_sentence(text, "    Likely: ", rule->causes[i], hit, story);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(rule->checks) && rule->checks[i]; i++) {
        append_sentence(text, "    Check: ", rule->checks[i], hit, story);
    }
}

static void append_incident(GString *text, const struct incident *incident,
                            const struct story *story)
{
    const struct cause *cause = incident->cause;

    append_head(text, cause->id, cause->title, &incident->about, story);
    append_sentence(text, "    Do: ", cause->cure, &incident->about, story);
    append_sentence(text, "    Check: ", incident->check, &incident->about, story);
}

static bool explains(const Incidents *incidents, const struct incident *incident, guint connection)
{
    for (guint i = 0; i < incident->explained; i++) {
        if (g_array_index(incidents->members, guint, incident->first_explained + i) == connection) {
            return true;
        }
    }
    return false;
}

/* What is found of the connection: what broke first, then each anomaly. */
static void append_findings(GString *text, const struct story *story,
                            const struct story_connection *connection)
{
    const guint number = story_number(story, connection);
    Thresholds *settings = thresholds_new();
    Anomalies *anomalies = anomalies_find(story, settings);
    Incidents *incidents = incidents_find(anomalies);
    guint n;
    const guint *places = anomalies_of(anomalies, number, &n);

    g_string_append(text, n > 0 ? "\nAnomalies\n" : "\nNo anomalies.\n");
    for (guint i = 0; i < incidents->found->len; i++) {
        const struct incident *incident = incidents_at(incidents, i);
        if (explains(incidents, incident, number)) {
            append_incident(text, incident, story);
        }
    }
    for (guint i = 0; i < n; i++) {
        append_anomaly(text, anomalies_at(anomalies, places[i]), story);
    }
    incidents_free(incidents);
    anomalies_free(anomalies);
    thresholds_free(settings);
}

/* --- HTML ------------------------------------------------------------------------------------- */

/* Colours that can be read on white and on black. */
static const char *const colours[] = {
    [OUT_HEADING] = "font-weight:bold", [OUT_GOOD] = "color:#2a9d3a", [OUT_DOUBT] = "color:#b8860b",
    [OUT_BAD] = "color:#e0452f",        [OUT_DIM] = "color:#808080",
};

static void append_escaped(GString *html, const char *from, const char *to)
{
    char *escaped = g_markup_escape_text(from, to - from);

    g_string_append(html, escaped);
    g_free(escaped);
}

/* The colours of a terminal as those of HTML. */
static char *to_html(const char *text)
{
    GString *html = g_string_new("<pre style=\"font-family:monospace\">");
    bool styled = false;
    const char *from = text;

    for (const char *at = text; *at != '\0';) {
        enum out_style style;
        const char *after = style_read(at, &style);

        if (!after) {
            at++;
            continue;
        }
        append_escaped(html, from, at);
        g_string_append(html, styled ? "</span>" : "");
        styled = style != OUT_PLAIN;
        if (styled) {
            g_string_append_printf(html, "<span style=\"%s\">", colours[style]);
        }
        from = at = after;
    }
    append_escaped(html, from, from + strlen(from));
    g_string_append(html, styled ? "</span></pre>" : "</pre>");
    return g_string_free(html, FALSE);
}

char *story_text_plain(const char *text)
{
    return to_html(text);
}

char *story_text(const struct story *story, const struct story_connection *connection)
{
    const struct out look = {.width = WIDTH, .color = true};
    const struct view_style style = {.clock = TEXT_RELATIVE};
    GString *text = g_string_new(NULL);
    char *html;

    connection_view(story, connection, &style, &look, text);
    append_findings(text, story, connection);
    g_string_append(text, "\nThe way through the states (RFC 9293, figure 5)\n\n");
    state_diagram(story, connection, text);
    html = to_html(text->str);
    g_string_free(text, TRUE);
    return html;
}
