/* incident_json.c - the members of an incident; see incident_json.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "incident_json.h"

#include "finding.h"
#include "json_words.h"
#include "write_json.h"

/* What members tell of. */
struct subject {
    struct finding is;
    const Incidents *incidents;
    const struct incident *incident;
    guint place;
};

/* ---- values ---- */

static json_t *get_id(const void *thing)
{
    const struct subject *s = thing;
    return json_string(s->incident->cause->id);
}

static json_t *get_name(const void *thing)
{
    const struct subject *s = thing;
    return json_string(s->incident->cause->name);
}

static json_t *get_title(const void *thing)
{
    const struct subject *s = thing;
    return json_string(s->incident->cause->title);
}

static json_t *get_explained(const void *thing)
{
    const struct subject *s = thing;
    return json_integer(s->incident->explained);
}

static json_t *get_cure(const void *thing)
{
    const struct subject *s = thing;
    return finding_sentence(&s->is, s->incident->cause->cure);
}

static json_t *get_check(const void *thing)
{
    const struct subject *s = thing;
    return finding_sentence(&s->is, s->incident->check);
}

static json_t *get_alternative(const void *thing)
{
    const struct subject *s = thing;
    const struct cause *other = s->incident->alternative;

    return other != NULL ? json_string(other->name) : json_null();
}

static json_t *get_alternative_check(const void *thing)
{
    const struct subject *s = thing;
    const struct cause *other = s->incident->alternative;

    return other != NULL ? finding_sentence(&s->is, other->check) : json_null();
}

static json_t *get_margin(const void *thing)
{
    const struct subject *s = thing;
    return s->incident->alternative != NULL ? json_integer(MAX(s->incident->margin, 0))
                                            : json_null();
}

/* The ids of the anomalies that it explains, each once. */
static json_t *get_anomalies(const void *thing)
{
    const struct subject *s = thing;
    const Anomalies *anomalies = s->incidents->anomalies;
    json_t *ids = json_array();
    const struct anomaly_rule *last = NULL;

    for (guint i = 0; i < anomalies->hits->len; i++) {
        const struct anomaly *hit = anomalies_at(anomalies, i);
        if (s->incidents->of_hit[i] == s->place + 1 && hit->rule != last) {
            json_array_append_new(ids, json_string(hit->rule->id));
            last = hit->rule;
        }
    }
    return ids;
}

/* ---- members ---- */

// clang-format off
const struct json_member incident_json_members[] = {
    {.name = "id", .meaning = "of the cause", .kind = JSON_KIND_TEXT, .value = get_id},
    {.name = "name", .meaning = "name of the cause; tcpstory explain NAME says more",
     .kind = JSON_KIND_TEXT, .value = get_name},
    {.name = "title", .meaning = "of the cause, for people", .kind = JSON_KIND_TEXT,
     .value = get_title},
    {.name = "severity", .meaning = "how bad it is", .kind = JSON_KIND_TEXT,
     .value = finding_severity, .word = json_word_severity},
    {.name = "confidence", .meaning = "how sure it is", .kind = JSON_KIND_TEXT,
     .value = finding_confidence, .word = json_word_confidence},
    {.name = "side", .meaning = "who is at fault", .kind = JSON_KIND_TEXT, .value = finding_side,
     .word = json_word_fault},
    {.name = "connections", .meaning = "how many it is about", .kind = JSON_KIND_INTEGER,
     .value = finding_connections},
    {.name = "explained", .meaning = "how many connections it explains, those included",
     .kind = JSON_KIND_INTEGER, .value = get_explained},
    {.name = "client", .meaning = "address and port; * = any", .kind = JSON_KIND_TEXT,
     .value = finding_client},
    {.name = "server", .meaning = "address and port; * = any", .kind = JSON_KIND_TEXT,
     .value = finding_server},
    {.name = "first", .meaning = "when it began, epoch seconds", .kind = JSON_KIND_NUMBER,
     .value = finding_first},
    {.name = "last", .meaning = "when it was last seen, epoch seconds",
     .kind = JSON_KIND_NUMBER, .value = finding_last},
    {.name = "frames", .meaning = "where its connections begin, at most eight",
     .kind = JSON_KIND_FRAMES, .value = finding_frames},
    {.name = "explanation", .meaning = "what happened", .kind = JSON_KIND_TEXT,
     .value = finding_explanation},
    {.name = "cure", .meaning = "what ends it", .kind = JSON_KIND_TEXT, .value = get_cure},
    {.name = "check", .meaning = "what shows that it is so", .kind = JSON_KIND_TEXT,
     .value = get_check},
    {.name = "alternative", .meaning = "the next likely cause", .kind = JSON_KIND_TEXT,
     .nullable = true, .value = get_alternative},
    {.name = "alternative_check", .meaning = "what shows that it is that one",
     .kind = JSON_KIND_TEXT, .nullable = true, .value = get_alternative_check},
    {.name = "margin",
     .meaning = "by how much that one is less likely, in decibans: 10 = ten to one",
     .kind = JSON_KIND_INTEGER, .nullable = true, .value = get_margin},
    {.name = "anomalies", .meaning = "ids of those that it explains", .kind = JSON_KIND_TEXTS,
     .value = get_anomalies},
    {.name = "filter", .meaning = "Wireshark display filter of its connections",
     .kind = JSON_KIND_TEXT, .value = finding_filter},
    {0},
};
// clang-format on

json_t *incident_json(const Incidents *incidents, guint place)
{
    const struct incident *incident = incidents_at(incidents, place);
    const struct subject s = {
        {incidents->anomalies->story, &incident->about, NULL}, incidents, incident, place};

    return json_members_object(incident_json_members, &s);
}

json_t *incident_json_array(const Incidents *incidents)
{
    json_t *array = json_array();

    for (guint i = 0; i < incidents->found->len; i++) {
        json_array_append_new(array, incident_json(incidents, i));
    }
    return array;
}
