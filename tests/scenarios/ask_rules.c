/* ask_rules.c - records of a scenario, a story of the records, anomalies of the story; see
 * ask_rules.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ask_rules.h"

#include <stdio.h>
#include <string.h>

#include "anomaly_text.h"
#include "judge.h"
#include "tsm_recorder.h"

static void put_record(void *context, const struct tsm_record *record)
{
    g_autoptr(GError) error = NULL;

    if (!story_add(context, record, &error)) {
        printf("record: %s\n", error->message);
    }
}

static void feed_line(struct tsm_recorder *recorder, const struct line *line, uint32_t frame)
{
    const struct packet *packet = &line->packet;
    struct tsm_fed fed;

    if (line->kind == LINE_SEGMENT || line->kind == LINE_ICMP) {
        const struct tsm_segment seg = packet_segment(packet, line->time_ns, frame);
        if (line->kind == LINE_SEGMENT) {
            tsm_recorder_segment(recorder, &packet->tuple, &seg, &fed);
        } else {
            const struct tsm_icmp_error error = packet_icmp_error(packet);
            tsm_recorder_quote(recorder, &packet->tuple, &seg, packet->quoted, &error, &fed);
        }
    }
    if (line->kind != LINE_HINDSIGHT && line->kind != LINE_PROJECT) {
        tsm_recorder_frame(recorder, line->time_ns, true);
    }
}

struct story *judge_story(const struct script *script)
{
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .keeps_facts = true};
    struct story *story = story_new(script->path, &wants);
    struct tsm_recorder recorder;
    uint32_t frame = 0;

    tsm_recorder_init(&recorder, &script->model, &(const struct tsm_hash_key){1, 2});
    recorder.detail = TSM_RECORD_EVENTS;
    recorder.put = put_record;
    recorder.context = story;
    for (guint i = 0; i < script->lines->len; i++) {
        const struct line *line = g_ptr_array_index(script->lines, i);
        frame += line->kind == LINE_SEGMENT || line->kind == LINE_ICMP;
        feed_line(&recorder, line, frame);
        if (script->rests) {
            tsm_table_pack(recorder.table);
        }
    }
    tsm_recorder_finish(&recorder);
    tsm_recorder_project(&recorder);
    tsm_recorder_clear(&recorder);
    return story;
}

/* "A01 syn_unanswered warning certain: C > S: one SYN ..." */
static char *hit_text(const struct anomaly *hit, const struct story *story)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s %s %s %s%s: ", hit->rule->id, hit->rule->name,
                           anomaly_severity_word((enum anomaly_severity)hit->severity),
                           anomaly_confidence_word((enum anomaly_confidence)hit->confidence),
                           hit->censored ? " censored" : "");
    anomaly_text_subject(text, hit);
    g_string_append(text, ": ");
    anomaly_text_fill(text, hit->text, hit, story);
    return g_string_free(text, FALSE);
}

/* Whether a hit of the rule has the words. */
static bool is_said(const struct saying *saying, const Anomalies *found)
{
    for (guint i = 0; i < found->hits->len; i++) {
        const struct anomaly *hit = anomalies_at(found, i);
        g_autofree char *text = hit_text(hit, found->story);
        if (g_str_equal(hit->rule->id, saying->rule) && strstr(text, saying->words) != NULL) {
            return true;
        }
    }
    return false;
}

/* Returns the number of sayings that no hit has. */
static unsigned check_sayings(const struct script *script, const Anomalies *found)
{
    unsigned missing = 0;

    for (guint i = 0; i < script->sayings->len; i++) {
        const struct saying *saying = g_ptr_array_index(script->sayings, i);
        if (!is_said(saying, found)) {
            printf("%s: no %s says: %s\n", script->path, saying->rule, saying->words);
            missing++;
        }
    }
    return missing;
}

/* Each rule once: "A01 A12", "none". */
static char *found_text(const Anomalies *found, bool talks)
{
    g_autoptr(GTree) ids = g_tree_new((GCompareFunc)g_strcmp0);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < found->hits->len; i++) {
        const struct anomaly *hit = anomalies_at(found, i);
        g_tree_insert(ids, (gpointer)hit->rule->id, (gpointer)hit);
        if (talks) {
            g_autofree char *said = hit_text(hit, found->story);
            printf("  %s\n", said);
        }
    }
    for (GTreeNode *node = g_tree_node_first(ids); node != NULL; node = g_tree_node_next(node)) {
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                               (const char *)g_tree_node_key(node));
    }
    if (text->len == 0) {
        g_string_append(text, "none");
    }
    return g_string_free(text, FALSE);
}

unsigned judge_run(const struct script *script, bool talks)
{
    g_autoptr(Story) story = NULL;
    g_autoptr(Anomalies) found = NULL;
    g_autofree char *got = NULL;

    if (script->anomalies == NULL) {
        return 0;
    }
    story = judge_story(script);
    found = anomalies_find(story, script->settings);
    got = found_text(found, talks);
    if (!g_str_equal(got, script->anomalies)) {
        printf("%s: anomalies: expected %s, got %s\n", script->path, script->anomalies, got);
        return 1;
    }
    return check_sayings(script, found);
}
