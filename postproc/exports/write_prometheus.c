/* write_prometheus.c - metric families as a table; see write_prometheus.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "write_prometheus.h"

#include <string.h>

#include "hits.h"
#include "rules.h"
#include "suppression.h"
#include "text.h"

/* The figures of one value of the label "file". */
struct counts {
    char *file; /* escaped; owned */
    uint64_t frames;
    uint64_t partial;
    uint64_t packets_lost;
    uint64_t anonymized;
    uint64_t closed_out;
    uint64_t closed_open;
    uint64_t openings[N_OPENINGS];
    uint64_t endings[N_ENDINGS];
    uint64_t states[2][TSM_N_STATES];
    uint64_t bytes[2];
    uint64_t segments[2];
    uint64_t retransmissions[2];
    struct story_bytes kinds;
    uint64_t severities[N_ANOMALY_SEVERITIES];
    GArray *rules;      /* of uint64_t: anomalies by the number of the rule; owned */
    GArray *causes;     /* of uint64_t: incidents by the number of the cause; owned */
    GArray *suppressed; /* of uint64_t: findings by the number of the suppression; owned */
    const Anomalies *suppressions; /* has their names */
};

/* ---- counting ---- */

static void count_connection(struct counts *c, const struct story *story,
                             const struct story_connection *connection, GArray *scratch)
{
    struct outcome_facts facts;
    enum outcome_opening opening;

    const struct story_bytes kinds = story_bytes(story, connection);

    outcome_facts(story, connection, scratch, &facts);
    opening = outcome_opening(&facts);
    c->openings[opening]++;
    c->endings[outcome_ending(&facts, opening)]++;
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last = story_last(story, connection, (enum tsm_side)side);
        if (last != NULL) {
            c->states[side][last->state]++;
        }
        c->bytes[side] += connection->bytes[side];
        c->segments[side] += connection->segments[side];
        c->retransmissions[side] += connection->retransmissions[side];
        c->kinds.out_of_order[side] += kinds.out_of_order[side];
        c->kinds.retransmitted[side] += kinds.retransmitted[side];
        c->kinds.lost[side] += kinds.lost[side];
    }
}

static void count_story(struct counts *c, const struct story *story)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    c->frames += story->has_capture ? story->capture.frames : 0;
    c->partial += story->partial;
    c->packets_lost += story->packets_lost;
    c->anonymized |= story_is_anonymized(story);
    c->closed_out += story->capture.closed_out;
    c->closed_open += story->capture.closed_open;
    for (guint i = 0; i < story->connections->len; i++) {
        count_connection(c, story, story_connection(story, i), scratch);
    }
}

static void count_anomalies(struct counts *c, const Anomalies *anomalies)
{
    for (guint i = 0; i < anomalies->hits->len; i++) {
        const struct anomaly *hit = anomalies_at(anomalies, i);
        c->severities[hit->severity]++;
        for (guint rule = 0; rule < rules_count(); rule++) {
            g_array_index(c->rules, uint64_t, rule) += rules_at(rule) == hit->rule;
        }
    }
}

/* Every capture has the same suppressions. */
static void count_suppressed(struct counts *c, const Anomalies *anomalies)
{
    c->suppressions = anomalies;
    g_array_set_size(c->suppressed, anomalies->suppressed != NULL ? anomalies->suppressed->len : 0);
    for (guint i = 0; i < c->suppressed->len; i++) {
        const struct suppressed *of = &g_array_index(anomalies->suppressed, struct suppressed, i);
        g_array_index(c->suppressed, uint64_t, i) += of->anomalies + of->incidents;
    }
}

static void count_incidents(struct counts *c, const Incidents *incidents)
{
    for (guint i = 0; i < incidents->found->len; i++) {
        for (guint cause = 0; cause < causes_count(); cause++) {
            g_array_index(c->causes, uint64_t, cause) +=
                causes_at(cause) == incidents_at(incidents, i)->cause;
        }
    }
}

/* A value of a label, between the quotes: without control characters, as all text from outside. */
static char *escaped(const char *text)
{
    g_autofree char *safe = text_safe_copy(text);
    GString *out = g_string_new(NULL);

    for (const char *c = safe; *c != '\0'; c++) {
        g_string_append(out, *c == '\\' || *c == '"' ? "\\" : "");
        g_string_append_c(out, *c);
    }
    return g_string_free(out, FALSE);
}

/* Those of the capture's name: no two samples may have the same labels. */
static struct counts *counts_of(GArray *all, const char *name)
{
    struct counts new = {.file = escaped(name)};

    for (guint i = 0; i < all->len; i++) {
        struct counts *c = &g_array_index(all, struct counts, i);
        if (strcmp(c->file, new.file) == 0) {
            g_free(new.file);
            return c;
        }
    }
    new.rules = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    g_array_set_size(new.rules, rules_count());
    new.causes = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    g_array_set_size(new.causes, causes_count());
    new.suppressed = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    g_array_append_val(all, new);
    return &g_array_index(all, struct counts, all->len - 1);
}

static void clear_counts(gpointer counts)
{
    struct counts *c = counts;
    g_free(c->file);
    g_array_unref(c->rules);
    g_array_unref(c->causes);
    g_array_unref(c->suppressed);
}

/* ---- families ---- */

struct family {
    const char *name;
    const char *help;
    /* Puts the samples of one file by put_sample(). */
    void (*put)(const struct family *family, const struct counts *c, GString *text);
};

/* `labels`: those after the file's, each with a comma before it. */
static void put_sample(const struct family *family, const struct counts *c, const char *labels,
                       uint64_t value, GString *text)
{
    g_string_append_printf(text, "%s{file=\"%s\"%s} %" G_GUINT64_FORMAT "\n", family->name, c->file,
                           labels, value);
}

static void put_frames(const struct family *family, const struct counts *c, GString *text)
{
    put_sample(family, c, "", c->frames, text);
}

static void put_partial(const struct family *family, const struct counts *c, GString *text)
{
    put_sample(family, c, "", c->partial, text);
}

static void put_anonymized(const struct family *family, const struct counts *c, GString *text)
{
    put_sample(family, c, "", c->anonymized, text);
}

static void put_packets_lost(const struct family *family, const struct counts *c, GString *text)
{
    put_sample(family, c, "", c->packets_lost, text);
}

static void put_closed_out(const struct family *family, const struct counts *c, GString *text)
{
    put_sample(family, c, ",over=\"yes\"", c->closed_out - MIN(c->closed_open, c->closed_out),
               text);
    put_sample(family, c, ",over=\"no\"", c->closed_open, text);
}

static void put_openings(const struct family *family, const struct counts *c, GString *text)
{
    for (unsigned i = 0; i < N_OPENINGS; i++) {
        g_autofree char *label =
            g_strdup_printf(",outcome=\"%s\"", outcome_opening_word((enum outcome_opening)i));
        put_sample(family, c, label, c->openings[i], text);
    }
}

static void put_endings(const struct family *family, const struct counts *c, GString *text)
{
    for (unsigned i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        g_autofree char *label =
            g_strdup_printf(",how=\"%s\"", outcome_ending_word((enum outcome_ending)i));
        put_sample(family, c, label, c->endings[i], text);
    }
}

static void put_states(const struct family *family, const struct counts *c, GString *text)
{
    for (unsigned i = 0; i < 2 * TSM_N_STATES; i++) {
        const enum tsm_side side = (enum tsm_side)(i / TSM_N_STATES);
        const enum tsm_state state = (enum tsm_state)(i % TSM_N_STATES);
        g_autofree char *labels = g_strdup_printf(",endpoint=\"%s\",state=\"%s\"",
                                                  tsm_side_name(side), tsm_state_name(state));
        put_sample(family, c, labels, c->states[side][state], text);
    }
}

static void put_sides(const struct family *family, const struct counts *c, const uint64_t *values,
                      GString *text)
{
    for (unsigned side = 0; side < 2; side++) {
        g_autofree char *label =
            g_strdup_printf(",endpoint=\"%s\"", tsm_side_name((enum tsm_side)side));
        put_sample(family, c, label, values[side], text);
    }
}

static void put_bytes(const struct family *family, const struct counts *c, GString *text)
{
    put_sides(family, c, c->bytes, text);
}

static void put_segments(const struct family *family, const struct counts *c, GString *text)
{
    put_sides(family, c, c->segments, text);
}

static void put_retransmissions(const struct family *family, const struct counts *c, GString *text)
{
    put_sides(family, c, c->retransmissions, text);
}

static void put_out_of_order(const struct family *family, const struct counts *c, GString *text)
{
    put_sides(family, c, c->kinds.out_of_order, text);
}

static void put_retransmitted(const struct family *family, const struct counts *c, GString *text)
{
    put_sides(family, c, c->kinds.retransmitted, text);
}

static void put_lost(const struct family *family, const struct counts *c, GString *text)
{
    put_sides(family, c, c->kinds.lost, text);
}

static void put_severities(const struct family *family, const struct counts *c, GString *text)
{
    for (unsigned i = 0; i < N_ANOMALY_SEVERITIES; i++) {
        g_autofree char *label =
            g_strdup_printf(",severity=\"%s\"", anomaly_severity_word((enum anomaly_severity)i));
        put_sample(family, c, label, c->severities[i], text);
    }
}

static void put_rules(const struct family *family, const struct counts *c, GString *text)
{
    for (guint i = 0; i < rules_count(); i++) {
        g_autofree char *labels =
            g_strdup_printf(",id=\"%s\",name=\"%s\"", rules_at(i)->id, rules_at(i)->name);
        put_sample(family, c, labels, g_array_index(c->rules, uint64_t, i), text);
    }
}

static void put_causes(const struct family *family, const struct counts *c, GString *text)
{
    for (guint i = 0; i < causes_count(); i++) {
        g_autofree char *labels =
            g_strdup_printf(",id=\"%s\",name=\"%s\"", causes_at(i)->id, causes_at(i)->name);
        put_sample(family, c, labels, g_array_index(c->causes, uint64_t, i), text);
    }
}

static void put_suppressed(const struct family *family, const struct counts *c, GString *text)
{
    for (guint i = 0; i < c->suppressed->len; i++) {
        g_autofree char *name =
            escaped(g_array_index(c->suppressions->suppressed, struct suppressed, i).name);
        g_autofree char *label = g_strdup_printf(",name=\"%s\"", name);
        put_sample(family, c, label, g_array_index(c->suppressed, uint64_t, i), text);
    }
}

/* All are gauges: what they tell of is a capture, and the next capture begins anew. */
static const struct family families[] = {
    {"tcpstory_frames", "Frames in the capture.", put_frames},
    {"tcpstory_partial", "1 if a part of the capture could not be read.", put_partial},
    {"tcpstory_anonymized", "1 if addresses stand for others.", put_anonymized},
    {"tcpstory_packets_lost", "Packets that the capture itself lost, as its interfaces count.",
     put_packets_lost},
    {"tcpstory_closed_out", "Connections evicted early, to follow no more at once than wanted.",
     put_closed_out},
    {"tcpstory_openings", "Connections by how they were opened.", put_openings},
    {"tcpstory_endings", "Connections that were open, by how they ended.", put_endings},
    {"tcpstory_endpoints", "Ends of connections by their state when the capture ended.",
     put_states},
    {"tcpstory_payload_bytes", "Payload sent by the endpoint, each byte once.", put_bytes},
    {"tcpstory_segments", "Segments sent by the endpoint.", put_segments},
    {"tcpstory_retransmissions", "Segments that the endpoint sent again.", put_retransmissions},
    {"tcpstory_retransmitted_bytes", "Payload that the endpoint sent again.", put_retransmitted},
    {"tcpstory_out_of_order_bytes", "Of the payload, what was captured after later payload.",
     put_out_of_order},
    {"tcpstory_lost_bytes", "Payload that the endpoint sent and that was never captured.",
     put_lost},
    {"tcpstory_severities", "Anomalies by their severity.", put_severities},
    {"tcpstory_anomalies", "Anomalies by their rule.", put_rules},
    {"tcpstory_incidents", "Incidents by their cause.", put_causes},
    {"tcpstory_suppressed", "Findings that the configuration says are harmless, not in the others.",
     put_suppressed},
};

/* A family of which there are no samples is not announced. */
static void put_family(const struct family *family, const GArray *all, GString *text)
{
    g_autoptr(GString) samples = g_string_new(NULL);

    for (guint i = 0; i < all->len; i++) {
        family->put(family, &g_array_index(all, struct counts, i), samples);
    }
    if (samples->len > 0) {
        g_string_append_printf(text, "# HELP %s %s\n# TYPE %s gauge\n%s", family->name,
                               family->help, family->name, samples->str);
    }
}

bool write_prometheus(const struct judged_captures *captures, struct out *out, GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, TRUE, sizeof(struct counts));
    g_autoptr(GString) text = g_string_new(NULL);

    (void)error;
    g_array_set_clear_func(all, clear_counts);
    for (guint i = 0; i < captures->stories->len; i++) {
        const struct story *story = g_ptr_array_index(captures->stories, i);
        struct counts *c = counts_of(all, story->name);
        count_story(c, story);
        count_anomalies(c, g_ptr_array_index(captures->anomalies, i));
        count_suppressed(c, g_ptr_array_index(captures->anomalies, i));
        count_incidents(c, g_ptr_array_index(captures->incidents, i));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
        put_family(&families[i], all, text);
    }
    out_write(out, text);
    return true;
}
