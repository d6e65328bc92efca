/* explain.c - prints entries of the tables; see explain.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "explain.h"

#include <string.h>

#include "anomaly_text.h"
#include "cause.h"
#include "errors.h"
#include "glossary.h"
#include "rules.h"
#include "text.h"

#define INDENT 4

/* Appends a paragraph behind `lead`, its lines broken and indented as its first one. */
static void append_indented(GString *text, const char *lead, const char *paragraph,
                            const struct out *out)
{
    g_autofree char *line = g_strdup_printf("%*s%s%s\n", INDENT, "", lead, paragraph);

    text_wrap(text, line, out->width, INDENT + (unsigned)strlen(lead));
}

static void append_paragraph(GString *text, const char *paragraph, const struct out *out)
{
    append_indented(text, "", paragraph, out);
}

static void append_bullet(GString *text, const char *bullet, const struct out *out)
{
    append_indented(text, "- ", bullet, out);
}

static void append_heading(GString *text, const char *heading, const struct out *out)
{
    out_append(out, text, OUT_HEADING, heading);
    g_string_append_c(text, '\n');
}

/* "Likely causes" and a line for each, with general words in their places. */
static void append_list(GString *text, const char *title, const char *const *list,
                        const struct out *out)
{
    if (list[0] != NULL) {
        g_string_append_printf(text, "\n  %s\n", title);
    }
    for (; *list != NULL; list++) {
        g_autoptr(GString) item = g_string_new(NULL);
        anomaly_text_fill(item, *list, NULL, NULL);
        append_bullet(text, item->str, out);
    }
}

/* ---- entries ---- */

static void append_term(GString *text, const struct term *term, const struct out *out)
{
    append_heading(text, term->name, out);
    append_paragraph(text, term->meaning, out);
    append_paragraph(text, term->lasts, out);
    append_list(text, "Check", term->checks, out);
}

static void append_limits(GString *text, const struct anomaly_rule *rule, const struct out *out)
{
    if (rule->limits[0].name != NULL) {
        g_string_append(text, "\n  Thresholds, for --set and the configuration file\n");
    }
    for (gsize i = 0; i < ANOMALY_MAX_LIMITS && rule->limits[i].name != NULL; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        g_string_append_printf(line, "%s.%s = ", rule->id, rule->limits[i].name);
        anomaly_limit_text(line, &rule->limits[i]);
        append_bullet(text, line->str, out);
    }
}

/* Appends the gates of a rule: "Q1 midstream, Q3 drops"; nothing when it has none. */
static void append_gates(GString *text, const struct anomaly_rule *rule)
{
    const gsize before = text->len;
    const struct anomaly_rule *gate;

    for (guint i = 0; (gate = rules_at(i)) != NULL; i++) {
        if ((gate->gate & rule->gates) != 0) {
            g_string_append_printf(text, "%s%s %s", text->len > before ? ", " : "", gate->id,
                                   gate->name);
        }
    }
}

static void append_rule(GString *text, const struct anomaly_rule *rule, const struct out *out)
{
    g_autofree char *heading = g_strdup_printf("%s %s: %s", rule->id, rule->name, rule->title);
    g_autofree char *kind =
        g_strdup_printf("Severity %s, %s; at fault: %s.", anomaly_severity_word(rule->severity),
                        anomaly_confidence_word(rule->confidence), anomaly_fault_word(rule->fault));
    g_autoptr(GString) gates = g_string_new("Skipped when: ");
    const gsize empty = gates->len;

    append_heading(text, heading, out);
    append_paragraph(text, rule->meaning, out);
    append_paragraph(text, kind, out);
    append_gates(gates, rule);
    if (gates->len > empty) {
        append_paragraph(text, gates->str, out);
    }
    append_list(text, "Likely causes", rule->causes, out);
    append_list(text, "Check", rule->checks, out);
    append_limits(text, rule, out);
    append_list(text, "References", rule->references, out);
    if (rule->filter != NULL) {
        g_string_append(text, "\n  Display filter\n");
        append_paragraph(text, rule->filter, out);
    }
}

/* "needs, in 3 connections or more, 5 % of them at least: SYN-ACK again ..." */
static void append_evidence(GString *line, const struct cause_evidence *evidence)
{
    g_string_append(line, cause_bearing_word(evidence->bears));
    if (evidence->least > 1) {
        g_string_append_printf(line, ", in %u connections or more", evidence->least);
    }
    if (evidence->percent > 0) {
        g_string_append_printf(line, ", in %u %% of the connections or more", evidence->percent);
    }
    g_string_append_printf(line, ": %s", clue_meaning(evidence->clue));
    if (evidence->weight > 0) {
        g_string_append_printf(line, " (%s%u)", evidence->bears == CAUSE_CONTRADICTS ? "-" : "+",
                               evidence->weight);
    }
}

static void append_cause(GString *text, const struct cause *cause, const struct out *out)
{
    const char *const cure[] = {cause->cure, NULL};
    const char *const check[] = {cause->check, NULL};
    g_autofree char *heading = g_strdup_printf("%s %s: %s", cause->id, cause->name, cause->title);
    g_autofree char *kind =
        g_strdup_printf("A cause of incidents; severity %s; at fault: %s.",
                        anomaly_severity_word(cause->severity), anomaly_fault_word(cause->fault));
    g_autofree char *explains = g_strdup_printf("Explains: %s", cause->explains);

    append_heading(text, heading, out);
    append_paragraph(text, cause->meaning, out);
    append_paragraph(text, kind, out);
    append_paragraph(text, explains, out);
    append_list(text, "Cure", cure, out);
    append_list(text, "Check", check, out);
    g_string_append(text, "\n  Evidence, with its weight in decibans (10 = ten to one)\n");
    for (const struct cause_evidence *e = cause->evidence; e->bears != CAUSE_END; e++) {
        g_autoptr(GString) line = g_string_new(NULL);
        append_evidence(line, e);
        append_bullet(text, line->str, out);
    }
}

/* ---- finding ---- */

static const struct term *find_term(const struct term *terms, const char *name)
{
    for (; terms->name != NULL; terms++) {
        if (g_ascii_strcasecmp(terms->name, name) == 0) {
            return terms;
        }
    }
    return NULL;
}

static bool append_outcome(GString *text, const char *name, const struct out *out)
{
    const char *meaning = NULL;

    for (unsigned i = 0; i < N_OPENINGS && meaning == NULL; i++) {
        if (strcmp(outcome_opening_word((enum outcome_opening)i), name) == 0) {
            meaning = outcome_opening_meaning((enum outcome_opening)i);
        }
    }
    for (unsigned i = ENDING_NONE + 1; i < N_ENDINGS && meaning == NULL; i++) {
        if (strcmp(outcome_ending_word((enum outcome_ending)i), name) == 0) {
            meaning = outcome_ending_meaning((enum outcome_ending)i);
        }
    }
    if (meaning != NULL) {
        append_heading(text, name, out);
        append_paragraph(text, meaning, out);
    }
    return meaning != NULL;
}

/* "close 2+3/4" is two steps: appends both. */
static bool append_steps(GString *text, const char *name, const struct out *out)
{
    const struct term *step = find_term(glossary_steps, name);

    if (step == NULL) {
        step = find_term(glossary_segments, name);
    }
    if (step != NULL) {
        append_term(text, step, out);
        return true;
    }
    if (g_ascii_strcasecmp(name, "close 2+3/4") == 0) {
        append_term(text, find_term(glossary_steps, "close 2/4"), out);
        append_term(text, find_term(glossary_steps, "close 3/4"), out);
        return true;
    }
    return false;
}

/* All names, for the nearest; ends with NULL. */
static GPtrArray *all_names(void)
{
    GPtrArray *names = g_ptr_array_new();

    for (const struct term *term = glossary_states; term->name != NULL; term++) {
        g_ptr_array_add(names, (char *)term->name);
    }
    for (const struct term *term = glossary_steps; term->name != NULL; term++) {
        g_ptr_array_add(names, (char *)term->name);
    }
    for (unsigned i = 0; i < N_OPENINGS; i++) {
        g_ptr_array_add(names, (char *)outcome_opening_word((enum outcome_opening)i));
    }
    for (unsigned i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        g_ptr_array_add(names, (char *)outcome_ending_word((enum outcome_ending)i));
    }
    for (guint i = 0; i < rules_count(); i++) {
        g_ptr_array_add(names, (char *)rules_at(i)->name);
    }
    for (guint i = 0; i < causes_count(); i++) {
        g_ptr_array_add(names, (char *)causes_at(i)->name);
    }
    g_ptr_array_add(names, NULL);
    return names;
}

static bool fail_unknown(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = all_names();
    g_autofree char *upper = g_ascii_strup(name, -1);
    const char *nearest = text_nearest(name, (const char *const *)names->pdata);

    if (nearest == NULL) {
        nearest = text_nearest(upper, (const char *const *)names->pdata);
    }
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "there is nothing called '%s'%s%s%s", name,
                nearest != NULL ? "; did you mean '" : "; 'tcpstory explain' lists all names",
                nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    return false;
}

bool explain(const char *name, struct out *out, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    enum tsm_state state;
    guint number;

    if (tsm_state_parse(name, &state)) {
        append_term(text, &glossary_states[state], out);
    } else if (rules_find(name, &number, NULL)) {
        append_rule(text, rules_at(number), out);
    } else if (causes_find(name) != NULL) {
        append_cause(text, causes_find(name), out);
    } else if (!append_steps(text, name, out) && !append_outcome(text, name, out)) {
        return fail_unknown(name, error);
    }
    out_write(out, text);
    return true;
}

/* ---- lists ---- */

static void append_names(GString *text, const char *title, GPtrArray *names, guint from, guint to,
                         const struct out *out)
{
    g_autoptr(GString) line = g_string_new(NULL);

    append_heading(text, title, out);
    for (guint i = from; i < to; i++) {
        g_string_append_printf(line, "%s%s", i > from ? ", " : "",
                               (const char *)g_ptr_array_index(names, i));
    }
    append_paragraph(text, line->str, out);
}

void explain_list(struct out *out)
{
    const guint steps = TSM_N_STATES;
    const guint outcomes = steps + 7;
    const guint rules = outcomes + N_OPENINGS + N_ENDINGS - 1;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) names = all_names();

    append_names(text, "States", names, 0, steps, out);
    append_names(text, "Steps", names, steps, outcomes, out);
    append_names(text, "Outcomes", names, outcomes, rules, out);
    append_heading(text, "Causes of incidents", out);
    for (guint i = 0; i < causes_count(); i++) {
        const struct cause *cause = causes_at(i);
        g_string_append_printf(text, "    %-4s %-24s %-8s %s\n", cause->id, cause->name,
                               anomaly_severity_word(cause->severity), cause->title);
    }
    append_heading(text, "Anomalies", out);
    for (guint i = 0; i < rules_count(); i++) {
        const struct anomaly_rule *rule = rules_at(i);
        g_string_append_printf(text, "    %-4s %-24s %-8s %s\n", rule->id, rule->name,
                               anomaly_severity_word(rule->severity), rule->title);
    }
    out_write(out, text);
}

/* ---- Markdown ---- */

static void append_bullets(GString *text, const char *title, const char *const *list)
{
    if (list[0] != NULL) {
        g_string_append_printf(text, "\n%s:\n\n", title);
    }
    for (; *list != NULL; list++) {
        g_string_append(text, "- ");
        anomaly_text_fill(text, *list, NULL, NULL);
        g_string_append_c(text, '\n');
    }
}

static void append_rule_markdown(GString *text, const struct anomaly_rule *rule)
{
    g_autoptr(GString) gates = g_string_new(NULL);

    g_string_append_printf(text, "\n## %s %s\n\n**%s** (%s, %s; at fault: %s). %s\n", rule->id,
                           rule->name, rule->title, anomaly_severity_word(rule->severity),
                           anomaly_confidence_word(rule->confidence),
                           anomaly_fault_word(rule->fault), rule->meaning);
    append_gates(gates, rule);
    if (gates->len > 0) {
        g_string_append_printf(text, "\nSkipped when: %s.\n", gates->str);
    }
    append_bullets(text, "Likely causes", rule->causes);
    append_bullets(text, "Check", rule->checks);
    if (rule->limits[0].name != NULL) {
        g_string_append(text, "\nThresholds:\n\n");
    }
    for (gsize i = 0; i < ANOMALY_MAX_LIMITS && rule->limits[i].name != NULL; i++) {
        g_string_append_printf(text, "- %s = ", rule->limits[i].name);
        anomaly_limit_text(text, &rule->limits[i]);
        g_string_append_c(text, '\n');
    }
    append_bullets(text, "References", rule->references);
    if (rule->filter != NULL) {
        g_string_append_printf(text, "\nDisplay filter: `%s`\n", rule->filter);
    }
}

void explain_markdown(struct out *out)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < rules_count(); i++) {
        append_rule_markdown(text, rules_at(i));
    }
    out_write(out, text);
}

static void append_cause_markdown(GString *text, const struct cause *cause)
{
    g_string_append_printf(text, "\n## %s %s\n\n**%s** (%s; at fault: %s). %s\n\n", cause->id,
                           cause->name, cause->title, anomaly_severity_word(cause->severity),
                           anomaly_fault_word(cause->fault), cause->meaning);
    g_string_append(text, "Cure: ");
    anomaly_text_fill(text, cause->cure, NULL, NULL);
    g_string_append(text, ".\n\nCheck: ");
    anomaly_text_fill(text, cause->check, NULL, NULL);
    g_string_append_printf(text, ".\n\nExplains: %s\n\n", cause->explains);
    for (const struct cause_evidence *e = cause->evidence; e->bears != CAUSE_END; e++) {
        g_string_append(text, "- ");
        append_evidence(text, e);
        g_string_append_c(text, '\n');
    }
}

void explain_causes_markdown(struct out *out)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < causes_count(); i++) {
        append_cause_markdown(text, causes_at(i));
    }
    out_write(out, text);
}
