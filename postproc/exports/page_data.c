/* page_data.c - the data of a report's page; see page_data.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "page_data.h"

#include "anomaly_json.h"
#include "anomaly_print.h"
#include "duration.h"
#include "glossary.h"
#include "incident_json.h"
#include "judged_summary.h"
#include "letters.h"
#include "page_columns.h"
#include "page_frame.h"
#include "palette.h"
#include "tables.h"
#include "write_json.h"

#define HITS 5 /* told of each kind of anomaly; `anomalies` tells of all */

/* Appends a value and releases it. */
static void put_value(GString *json, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

    g_string_append(json, text != NULL ? text : "null");
    free(text);
    json_decref(value);
}

/* JSON may hold a "<", which must not begin a tag. */
static void flush(GString *json, struct out *out)
{
    g_autoptr(GString) html = g_string_sized_new(json->len + 16);

    page_frame_json(html, json->str);
    g_string_truncate(json, 0);
    out_write(out, html);
}

/* ---- words ---- */

static json_t *term_object(const struct term *term)
{
    json_t *checks = json_array();

    for (gsize i = 0; i < G_N_ELEMENTS(term->checks) && term->checks[i] != NULL; i++) {
        json_array_append_new(checks, json_string(term->checks[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "name", term->name, "meaning", term->meaning, "lasts",
                     term->lasts, "checks", checks);
}

static json_t *states(void)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < TSM_N_STATES; i++) {
        json_t *state = term_object(&glossary_states[i]);
        json_object_set_new(state, "color", json_string(palette_color((enum tsm_state)i)));
        json_object_set_new(state, "ink", json_string(palette_ink((enum tsm_state)i)));
        json_array_append_new(list, state);
    }
    return list;
}

static json_t *word(const char *name, const char *meaning)
{
    return json_pack("{s:s, s:s}", "name", name, "meaning", meaning);
}

static json_t *openings(void)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < N_OPENINGS; i++) {
        json_array_append_new(list, word(outcome_opening_word((enum outcome_opening)i),
                                         outcome_opening_meaning((enum outcome_opening)i)));
    }
    return list;
}

static json_t *endings(void)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < N_ENDINGS; i++) {
        json_array_append_new(list, word(outcome_ending_word((enum outcome_ending)i),
                                         outcome_ending_meaning((enum outcome_ending)i)));
    }
    return list;
}

static json_t *bases(void)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < TSM_N_BASES; i++) {
        json_array_append_new(list, json_string(tsm_basis_name((enum tsm_basis)i)));
    }
    return list;
}

/* The columns of list; those of rank 0 are not shown at first. */
static json_t *columns(void)
{
    json_t *list = json_array();

    for (const struct sheet_column *column = table_connections.columns; column->name != NULL;
         column++) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:b}", "name", column->name,
                                              "meaning", column->meaning, "rank", (int)column->rank,
                                              "number", (int)column->number));
    }
    return list;
}

/* ---- findings ---- */

/* The numbers of the connections that an incident explains. */
static char *members_of(const Incidents *incidents, const struct incident *incident, guint n)
{
    GString *letters = g_string_new(NULL);
    int64_t before = 0;

    for (guint i = 0; i < incident->explained; i++) {
        const int64_t number =
            g_array_index(incidents->members, guint, incident->first_explained + i);
        if (number < (int64_t)n) {
            letters_put_signed(letters, number - before);
            before = number;
        }
    }
    return g_string_free(letters, FALSE);
}

static void put_incidents(const Incidents *incidents, guint n, GString *json)
{
    g_string_append(json, ",\"incidents\":[");
    for (guint i = 0; i < incidents->found->len; i++) {
        g_autofree char *members = members_of(incidents, incidents_at(incidents, i), n);
        json_t *object = incident_json(incidents, i);
        json_object_set_new(object, "members", json_string(members));
        g_string_append(json, i > 0 ? "," : "");
        put_value(json, object);
    }
    g_string_append_c(json, ']');
}

static void put_kind(const Anomalies *anomalies, const struct anomaly_kind *kind, GString *json)
{
    json_t *hits = json_array();

    for (guint i = 0; i < kind->places->len && i < HITS; i++) {
        const struct anomaly *hit = anomalies_at(anomalies, g_array_index(kind->places, guint, i));
        json_array_append_new(hits, anomaly_json(anomalies->story, hit));
    }
    put_value(json, json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:o}", "id", kind->rule->id,
                              "name", kind->rule->name, "title", kind->rule->title, "severity",
                              anomaly_severity_word(kind->severity), "meaning", kind->rule->meaning,
                              "connections", (int)kind->connections, "n", (int)kind->places->len,
                              "hits", hits));
}

static void put_anomalies(const Anomalies *anomalies, GString *json)
{
    g_autoptr(GPtrArray) kinds = anomaly_kinds(anomalies, NULL, NULL);

    g_string_append(json, ",\"anomalies\":[");
    for (guint i = 0; i < kinds->len; i++) {
        g_string_append(json, i > 0 ? "," : "");
        put_kind(anomalies, g_ptr_array_index(kinds, i), json);
    }
    g_string_append_c(json, ']');
}

/* ---- captures ---- */

static void put_facts(const struct page_subject *page, char **facts, GString *json)
{
    const struct story *story = page->story;
    g_autoptr(GString) start = g_string_new(NULL);
    json_t *lines = json_array();

    for (; *facts != NULL; facts++) {
        json_array_append_new(lines, write_json_text(*facts));
    }
    text_seconds(start, story_start(story));
    g_string_append(json, "\"name\":");
    {
        g_autofree char *name = text_safe_copy(story->name);
        write_json_string(json, name);
    }
    g_string_append(json, ",\"facts\":");
    put_value(json, lines);
    g_string_append_printf(json,
                           ",\"start\":\"%s\",\"unit_ns\":%" G_GINT64_FORMAT
                           ",\"end\":%" G_GINT64_FORMAT ",\"n\":%u,\"total\":%u,\"lost_steps\":%s,",
                           start->str, page->unit_ns,
                           duration_forward(story_start(story), story_end(story)) / page->unit_ns,
                           page->n, story->connections->len, story->lost_steps ? "true" : "false");
}

static void put_capture(const Incidents *incidents, char **facts, GString *json, struct out *out)
{
    const struct story *story = incidents->anomalies->story;
    g_autoptr(Summary) summary = judged_summary(incidents->anomalies);
    struct page_subject page = {story, summary, incidents->anomalies,
                                MIN(story->connections->len, PAGE_MAX_CONNECTIONS), 1};

    page.unit_ns = page_columns_unit(&page);
    g_string_append_c(json, '{');
    put_facts(&page, facts, json);
    page_columns(&page, json);
    flush(json, out);
    g_string_append_c(json, ',');
    page_intervals(&page, json);
    flush(json, out);
    g_string_append_c(json, ',');
    page_steps(&page, json);
    flush(json, out);
    put_incidents(incidents, page.n, json);
    put_anomalies(incidents->anomalies, json);
    g_string_append_c(json, '}');
    flush(json, out);
}

void page_data_write(const struct judged_captures *captures, const GPtrArray *facts,
                     struct out *out)
{
    g_autoptr(GString) json = g_string_new("{\"kind\":\"report\",\"states\":");

    put_value(json, states());
    g_string_append(json, ",\"openings\":");
    put_value(json, openings());
    g_string_append(json, ",\"endings\":");
    put_value(json, endings());
    g_string_append(json, ",\"bases\":");
    put_value(json, bases());
    g_string_append(json, ",\"columns\":");
    put_value(json, columns());
    g_string_append_printf(json, ",\"utc\":%s,\"captures\":[", captures->utc ? "true" : "false");
    for (guint i = 0; i < captures->stories->len; i++) {
        g_string_append(json, i > 0 ? "," : "");
        put_capture(g_ptr_array_index(captures->incidents, i), g_ptr_array_index(facts, i), json,
                    out);
    }
    g_string_append(json, "]}");
    flush(json, out);
}
