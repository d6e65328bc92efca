/* anomaly_print.c - paragraphs about anomalies; see anomaly_print.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_print.h"

#include "anomaly_text.h"
#include "rules.h"

/* ---- kinds ---- */

static void free_kind(gpointer data)
{
    struct anomaly_kind *kind = data;

    g_array_unref(kind->places);
    g_hash_table_unref(kind->members);
    g_free(kind);
}

static struct anomaly_kind *add_kind(GPtrArray *kinds, const struct anomaly *hit)
{
    struct anomaly_kind *kind = g_new0(struct anomaly_kind, 1);

    kind->rule = hit->rule;
    kind->severity = (enum anomaly_severity)hit->severity;
    kind->places = g_array_new(FALSE, FALSE, sizeof(guint));
    kind->members = g_hash_table_new(NULL, NULL);
    g_ptr_array_add(kinds, kind);
    return kind;
}

/* Both ends of one connection may have a hit. */
static void add_members(const Anomalies *anomalies, const struct anomaly *hit,
                        struct anomaly_kind *kind)
{
    for (guint i = 0; i < hit->members; i++) {
        const guint member = anomalies_member(anomalies, hit, i);
        kind->connections += g_hash_table_add(kind->members, GUINT_TO_POINTER(member + 1));
    }
}

GPtrArray *anomaly_kinds(const Anomalies *anomalies, anomaly_choice wanted, const void *data)
{
    GPtrArray *kinds = g_ptr_array_new_with_free_func(free_kind);
    struct anomaly_kind *kind = NULL;

    for (guint place = 0; place < anomalies->hits->len; place++) {
        const struct anomaly *hit = anomalies_at(anomalies, place);
        if (wanted != NULL && !wanted(anomalies, place, data)) {
            continue;
        }
        if (kind == NULL || kind->rule != hit->rule || kind->severity != hit->severity) {
            kind = add_kind(kinds, hit);
        }
        g_array_append_val(kind->places, place);
        add_members(anomalies, hit, kind);
    }
    return kinds;
}

/* ---- words ---- */

enum out_style anomaly_style(enum anomaly_severity severity)
{
    static const enum out_style styles[N_ANOMALY_SEVERITIES] = {
        [ANOMALY_INFO] = OUT_PLAIN,
        [ANOMALY_WARNING] = OUT_DOUBT,
        [ANOMALY_ERROR] = OUT_BAD,
    };

    return styles[severity];
}

/* Sentences of a rule in one paragraph: at most `most` of a list that ends with NULL. */
struct sentences {
    const char *title, *gap;
    const char *const *list;
    guint most;
};

/* "a, b, c", with their places filled in for the worst hit. */
static void append_sentences(GString *text, const struct sentences *s, const struct anomaly *hit,
                             const struct story *story)
{
    for (guint i = 0; i < s->most && s->list[i] != NULL; i++) {
        g_string_append(text, i == 0 ? s->title : s->gap);
        anomaly_text_fill(text, s->list[i], hit, story);
    }
    if (s->most > 0 && s->list[0] != NULL) {
        g_string_append_c(text, '\n');
    }
}

/* "frame 312 is 12 in ring_3.pcap", a line, where the capture is several files. */
static void append_file(GString *text, const struct story *story, uint32_t frame)
{
    uint32_t in_file;
    g_autofree char *name = g_path_get_basename(story_file_of(story, frame, &in_file));

    if (story_is_set(story)) {
        g_string_append_printf(text, "      frame %u is %u in ", frame, in_file);
        text_safe(text, name);
        g_string_append_c(text, '\n');
    }
}

static void append_frames(GString *text, const struct anomaly *hit, guint most)
{
    for (guint i = 0; i < hit->n_frames && i < most; i++) {
        g_string_append_printf(text, "%s%u",
                               i > 0               ? ", "
                               : hit->n_frames > 1 ? "frames "
                                                   : "frame ",
                               hit->frames[i]);
    }
    if (hit->n_frames > most) {
        g_string_append(text, " ...");
    }
}

static void append_hit(GString *text, const Anomalies *anomalies, const struct anomaly *hit,
                       const struct anomaly_layout *layout)
{
    g_string_append(text, "    ");
    if (hit->scope == TUPLE_CONNECTION) {
        g_string_append_printf(text, "stream %u, ",
                               story_connection(anomalies->story, hit->connection)->stream);
    }
    anomaly_text_subject(text, hit);
    g_string_append(text, ", ");
    text_moment(text, hit->first_ns, layout->clock, story_start(anomalies->story));
    if (hit->n_frames > 0 && layout->frames > 0) {
        g_string_append(text, ", ");
        append_frames(text, hit, layout->frames);
    }
    g_string_append(text, ": ");
    anomaly_text_fill(text, hit->text, hit, anomalies->story);
    if (hit->confidence != ANOMALY_CERTAIN) {
        g_string_append_printf(text, " (%s)",
                               anomaly_confidence_word((enum anomaly_confidence)hit->confidence));
    }
    g_string_append(text, hit->censored ? " (the capture ended too early to be sure)\n" : "\n");
    if (hit->n_frames > 0) {
        append_file(text, anomalies->story, hit->frames[0]);
    }
}

static void append_title(GString *text, const struct anomaly_kind *kind, const struct out *out)
{
    g_autofree char *severity = g_strdup_printf("%7s", anomaly_severity_word(kind->severity));

    out_append(out, text, anomaly_style(kind->severity), severity);
    g_string_append_printf(text, "  %s %s: ", kind->rule->id, kind->rule->name);
    out_append(out, text, OUT_HEADING, kind->rule->title);
    if (kind->connections > 1) {
        g_string_append(text, ", ");
        text_counted(text, kind->connections, "connection", "connections");
    }
    g_string_append_c(text, '\n');
}

void anomaly_print_kind(const Anomalies *anomalies, const struct anomaly_kind *kind,
                        const struct anomaly_layout *layout, struct out *out)
{
    const guint n = kind->places->len;
    const guint most = layout->hits == 0 ? n : MIN(n, layout->hits);
    const struct anomaly *worst = anomalies_at(anomalies, g_array_index(kind->places, guint, 0));
    g_autoptr(GString) text = g_string_new(NULL);

    append_title(text, kind, out);
    for (guint i = 0; i < most; i++) {
        append_hit(text, anomalies, anomalies_at(anomalies, g_array_index(kind->places, guint, i)),
                   layout);
    }
    out_write_wrapped(out, text, 6);
    if (n > most) {
        g_string_append(text, "    and ");
        text_count(text, n - most);
        g_string_append(text, " more\n");
    }
    const struct sentences causes = {"    Likely: ", "; ", kind->rule->causes, layout->causes};
    const struct sentences checks = {"    Check: ", "; ", kind->rule->checks, layout->checks};
    append_sentences(text, &causes, worst, anomalies->story);
    append_sentences(text, &checks, worst, anomalies->story);
    out_write_wrapped(out, text, 12);
    if (layout->filter) {
        g_string_append(text, "    Filter: ");
        anomaly_text_filter(text, worst, anomalies->story);
        g_string_append_c(text, '\n');
        out_write_wrapped(out, text, 12);
    }
}

void anomaly_print_gates(const Anomalies *anomalies, struct out *out)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < anomalies->closed->len; i++) {
        const struct anomaly_closed *closed =
            &g_array_index(anomalies->closed, struct anomaly_closed, i);
        const struct anomaly_rule *rule = rules_at(closed->rule);
        if (closed->unasked > 0) {
            g_string_append_printf(text, "  %s %s: ", rule->id, rule->name);
            text_counted(text, closed->connections, "connection", "connections");
            g_string_append(text, "; ");
            text_counted(text, closed->unasked, "judgment", "judgments");
            g_string_append(text, " left out, as the capture does not support them\n");
        }
    }
    out_write_wrapped(out, text, 6);
}
