/* anomaly_json.c - the members of an anomaly; see anomaly_json.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_json.h"

#include "finding.h"
#include "json_words.h"
#include "write_json.h"

/* ---- values ---- */

static json_t *get_id(const void *thing)
{
    const struct finding *s = thing;
    return json_string(s->about->rule->id);
}

static json_t *get_name(const void *thing)
{
    const struct finding *s = thing;
    return json_string(s->about->rule->name);
}

static json_t *get_title(const void *thing)
{
    const struct finding *s = thing;
    return json_string(s->about->rule->title);
}

static json_t *get_censored(const void *thing)
{
    const struct finding *s = thing;
    return json_boolean(s->about->censored);
}

static json_t *get_stream(const void *thing)
{
    const struct finding *s = thing;

    return s->about->scope == TUPLE_CONNECTION
               ? json_integer(story_connection(s->story, s->about->connection)->stream)
               : json_null();
}

static json_t *filled_list(const struct finding *s, const char *const *sentences, gsize most)
{
    json_t *list = json_array();

    for (gsize i = 0; i < most && sentences[i] != NULL; i++) {
        json_array_append_new(list, finding_sentence(s, sentences[i]));
    }
    return list;
}

static json_t *get_file_frames(const void *thing)
{
    const struct finding *s = thing;
    json_t *frames = json_array();

    for (unsigned i = 0; i < s->about->n_frames; i++) {
        uint32_t in_file;
        story_file_of(s->story, s->about->frames[i], &in_file);
        json_array_append_new(frames, json_integer(in_file));
    }
    return frames;
}

static json_t *get_frame_files(const void *thing)
{
    const struct finding *s = thing;
    json_t *files = json_array();

    for (unsigned i = 0; i < s->about->n_frames; i++) {
        uint32_t in_file;
        const char *name = story_file_of(s->story, s->about->frames[i], &in_file);
        json_array_append_new(files, write_json_text(name));
    }
    return files;
}

static json_t *get_causes(const void *thing)
{
    const struct finding *s = thing;
    return filled_list(s, s->about->rule->causes, G_N_ELEMENTS(s->about->rule->causes));
}

static json_t *get_checks(const void *thing)
{
    const struct finding *s = thing;
    return filled_list(s, s->about->rule->checks, G_N_ELEMENTS(s->about->rule->checks));
}

static json_t *get_references(const void *thing)
{
    const struct finding *s = thing;
    return filled_list(s, s->about->rule->references, G_N_ELEMENTS(s->about->rule->references));
}

/* ---- members ---- */

// clang-format off
const struct json_member anomaly_json_members[] = {
    {.name = "id", .meaning = "of the rule", .kind = JSON_KIND_TEXT, .value = get_id},
    {.name = "name", .meaning = "of the rule; tcpstory explain NAME says more",
     .kind = JSON_KIND_TEXT, .value = get_name},
    {.name = "title", .meaning = "of the rule, for people", .kind = JSON_KIND_TEXT,
     .value = get_title},
    {.name = "severity", .meaning = "how bad it is", .kind = JSON_KIND_TEXT,
     .value = finding_severity, .word = json_word_severity},
    {.name = "confidence", .meaning = "how sure it is", .kind = JSON_KIND_TEXT,
     .value = finding_confidence, .word = json_word_confidence},
    {.name = "censored", .meaning = "the capture ended too early to be sure",
     .kind = JSON_KIND_FLAG, .value = get_censored},
    {.name = "side", .meaning = "who is at fault", .kind = JSON_KIND_TEXT, .value = finding_side,
     .word = json_word_fault},
    {.name = "connections", .meaning = "how many it is about", .kind = JSON_KIND_INTEGER,
     .value = finding_connections},
    {.name = "stream", .meaning = "the connection, when it is about one only",
     .kind = JSON_KIND_INTEGER, .nullable = true, .value = get_stream},
    {.name = "client", .meaning = "address and port; * = any", .kind = JSON_KIND_TEXT,
     .value = finding_client},
    {.name = "server", .meaning = "address and port; * = any", .kind = JSON_KIND_TEXT,
     .value = finding_server},
    {.name = "first", .meaning = "when it began, epoch seconds", .kind = JSON_KIND_NUMBER,
     .value = finding_first},
    {.name = "last", .meaning = "when it was last seen, epoch seconds",
     .kind = JSON_KIND_NUMBER, .value = finding_last},
    {.name = "frames", .meaning = "evidence, at most eight", .kind = JSON_KIND_FRAMES,
     .value = finding_frames},
    {.name = "frame_files", .meaning = "the file in which each of them is",
     .kind = JSON_KIND_TEXTS, .value = get_frame_files},
    {.name = "file_frames", .meaning = "and its number there", .kind = JSON_KIND_FRAMES,
     .value = get_file_frames},
    {.name = "explanation", .meaning = "what happened", .kind = JSON_KIND_TEXT,
     .value = finding_explanation},
    {.name = "causes", .meaning = "what it may come from, the likeliest first",
     .kind = JSON_KIND_TEXTS, .value = get_causes},
    {.name = "checks", .meaning = "what to do or to look at", .kind = JSON_KIND_TEXTS,
     .value = get_checks},
    {.name = "references", .meaning = "where to read more", .kind = JSON_KIND_TEXTS,
     .value = get_references},
    {.name = "filter", .meaning = "Wireshark display filter that shows the evidence",
     .kind = JSON_KIND_TEXT, .value = finding_filter},
    {0},
};
// clang-format on

json_t *anomaly_json(const struct story *story, const struct anomaly *hit)
{
    const struct finding s = {story, hit, NULL};

    return json_members_object(anomaly_json_members, &s);
}

json_t *anomaly_json_array(const Anomalies *anomalies, guint connection)
{
    json_t *array = json_array();
    guint n = anomalies->hits->len;
    const guint *places = connection != G_MAXUINT ? anomalies_of(anomalies, connection, &n) : NULL;

    for (guint i = 0; i < n; i++) {
        const struct anomaly *hit = anomalies_at(anomalies, places != NULL ? places[i] : i);
        json_array_append_new(array, anomaly_json(anomalies->story, hit));
    }
    return array;
}
