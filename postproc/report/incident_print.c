/* incident_print.c - paragraphs about incidents; see incident_print.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "incident_print.h"

#include "anomaly_print.h"
#include "anomaly_text.h"
#include "rules.h"

/* Appends a sentence of the cause with what is known of the incident. */
static void append_sentence(GString *out, const char *sentence, const Incidents *incidents,
                            const struct incident *incident)
{
    anomaly_text_fill(out, sentence, &incident->about, incidents->anomalies->story);
}

/* Those connections of the hit that no hit of the rule before had. */
static guint count_new(const Anomalies *anomalies, const struct anomaly *hit, const void **seen_by)
{
    guint n = 0;

    for (guint i = 0; i < hit->members; i++) {
        const void **seen = &seen_by[anomalies_member(anomalies, hit, i)];
        n += *seen != hit->rule;
        *seen = hit->rule;
    }
    return n;
}

guint incident_anomalies(GString *out, const Incidents *incidents, guint place)
{
    const Anomalies *anomalies = incidents->anomalies;
    g_autofree const void **seen_by = g_new0(const void *, anomalies->story->connections->len);
    guint n = 0;

    for (guint rule = 0; rule < rules_count(); rule++) {
        guint connections = 0;
        for (guint i = 0; i < anomalies->hits->len; i++) {
            const struct anomaly *hit = anomalies_at(anomalies, i);
            if (incidents->of_hit[i] == place + 1 && hit->rule == rules_at(rule)) {
                connections += count_new(anomalies, hit, seen_by);
            }
        }
        if (connections > 0) {
            g_string_append_printf(out, "%s%s %s (", n++ > 0 ? ", " : "", rules_at(rule)->id,
                                   rules_at(rule)->name);
            text_count(out, connections);
            g_string_append_c(out, ')');
        }
    }
    return n;
}

/* ---- paragraphs ---- */

static void append_time(GString *text, const Incidents *incidents, const struct incident *incident,
                        enum text_clock clock)
{
    const int64_t origin_ns = story_start(incidents->anomalies->story);

    g_string_append(text, "from ");
    text_moment(text, incident->about.first_ns, clock, origin_ns);
    g_string_append(text, " to ");
    text_moment(text, incident->about.last_ns, clock, origin_ns);
}

static void append_title(GString *text, const Incidents *incidents, const struct incident *incident,
                         enum text_clock clock, const struct out *out)
{
    const enum anomaly_severity severity = (enum anomaly_severity)incident->about.severity;
    g_autofree char *word = g_strdup_printf("%7s", anomaly_severity_word(severity));

    out_append(out, text, anomaly_style(severity), word);
    g_string_append_printf(text, "  %s ", incident->cause->id);
    out_append(out, text, OUT_HEADING, incident->cause->title);
    g_string_append(text, ", ");
    append_time(text, incidents, incident, clock);
    g_string_append(text, ": ");
    append_sentence(text, incident->about.text, incidents, incident);
    g_string_append_printf(
        text, " (%s)\n",
        anomaly_confidence_word((enum anomaly_confidence)incident->about.confidence));
}

static void append_line(GString *text, const char *title, const char *sentence,
                        const Incidents *incidents, const struct incident *incident)
{
    if (sentence != NULL) {
        g_string_append_printf(text, "    %s", title);
        append_sentence(text, sentence, incidents, incident);
        g_string_append_c(text, '\n');
    }
}

/* "Or: D20 SYNs are dropped on the way (less likely): check" */
static void append_alternative(GString *text, const Incidents *incidents,
                               const struct incident *incident)
{
    const struct cause *other = incident->alternative;

    if (other != NULL && incident->about.confidence != ANOMALY_CERTAIN) {
        g_string_append_printf(text, "    Or: %s %s; to tell: ", other->id, other->title);
        append_sentence(text, other->check, incidents, incident);
        g_string_append_c(text, '\n');
    }
}

static void append_filter(GString *text, const Incidents *incidents,
                          const struct incident *incident)
{
    g_string_append(text, "    Filter: ");
    anomaly_text_filter(text, &incident->about, incidents->anomalies->story);
    g_string_append_c(text, '\n');
}

/* Whether evidence i counts, and speaks for the cause or against it. */
static bool bears(const struct incident *incident, gsize i, bool against)
{
    const enum cause_bearing how = incident->cause->evidence[i].bears;

    return (incident->counting >> i & 1) != 0 && how != CAUSE_ALLOWS &&
           (how == CAUSE_CONTRADICTS) == against;
}

/* A clue may be needed, and expected in more connections: it is told once. */
static bool is_told(const struct incident *incident, gsize i, bool against)
{
    const struct cause_evidence *evidence = incident->cause->evidence;

    for (gsize k = 0; k < i; k++) {
        if (evidence[k].clue == evidence[i].clue && bears(incident, k, against)) {
            return true;
        }
    }
    return false;
}

/* The clues that count and speak for it, or against it; no line when there are none. */
static void append_evidence(GString *text, const char *title, const struct incident *incident,
                            bool against)
{
    const struct cause_evidence *evidence = incident->cause->evidence;
    const char *before = title;

    for (gsize i = 0; evidence[i].bears != CAUSE_END; i++) {
        if (bears(incident, i, against) && !is_told(incident, i, against)) {
            g_string_append_printf(text, "%s%s", before, clue_meaning(evidence[i].clue));
            before = "; ";
        }
    }
    g_string_append(text, before != title ? "\n" : "");
}

void incident_print(const Incidents *incidents, guint place, const struct incident_layout *layout,
                    struct out *out)
{
    const struct incident *incident = incidents_at(incidents, place);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) explained = g_string_new(NULL);

    append_title(text, incidents, incident, layout->clock, out);
    out_write_wrapped(out, text, 14);
    if (layout->evidence) {
        append_evidence(text, "    Evidence: ", incident, false);
        append_evidence(text, "    Against it: ", incident, true);
    }
    append_line(text, "Do: ", incident->cause->cure, incidents, incident);
    append_line(text, "Check: ", incident->check, incidents, incident);
    append_alternative(text, incidents, incident);
    if (incident_anomalies(explained, incidents, place) > 0) {
        g_string_append_printf(text, "    Explains: %s\n", explained->str);
    }
    if (layout->filter) {
        append_filter(text, incidents, incident);
    }
    out_write_wrapped(out, text, 12);
}
