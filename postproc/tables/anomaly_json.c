/* anomaly_json.c - the members of an anomaly; see anomaly_json.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_json.h"

#include "anomaly_text.h"
#include "json_words.h"
#include "write_json.h"

/* What members tell of. */
struct subject {
    const struct story *story;
    const struct anomaly *hit;
};

/* ---- values ---- */

static json_t *get_id(const void *thing)
{
    const struct subject *s = thing;
    return json_string(s->hit->rule->id);
}

static json_t *get_name(const void *thing)
{
    const struct subject *s = thing;
    return json_string(s->hit->rule->name);
}

static json_t *get_title(const void *thing)
{
    const struct subject *s = thing;
    return json_string(s->hit->rule->title);
}

static json_t *get_severity(const void *thing)
{
    const struct subject *s = thing;
    return json_string(json_word_severity(s->hit->severity));
}

static json_t *get_confidence(const void *thing)
{
    const struct subject *s = thing;
    return json_string(json_word_confidence(s->hit->confidence));
}

static json_t *get_censored(const void *thing)
{
    const struct subject *s = thing;
    return json_boolean(s->hit->censored);
}

static json_t *get_side(const void *thing)
{
    const struct subject *s = thing;
    return json_string(json_word_fault(s->hit->fault));
}

static json_t *get_connections(const void *thing)
{
    const struct subject *s = thing;
    return json_integer(s->hit->members);
}

static json_t *get_stream(const void *thing)
{
    const struct subject *s = thing;

    return s->hit->scope == TUPLE_CONNECTION
               ? json_integer(story_connection(s->story, s->hit->connection)->stream)
               : json_null();
}

/* A sentence of the rule with the figures of the hit. */
static json_t *filled(const struct subject *s, const char *sentence)
{
    g_autoptr(GString) text = g_string_new(NULL);

    anomaly_text_fill(text, sentence, s->hit, s->story);
    return write_json_text(text->str);
}

static json_t *filled_list(const struct subject *s, const char *const *sentences, gsize most)
{
    json_t *list = json_array();

    for (gsize i = 0; i < most && sentences[i] != NULL; i++) {
        json_array_append_new(list, filled(s, sentences[i]));
    }
    return list;
}

static json_t *get_client(const void *thing)
{
    return filled(thing, "{client}");
}

static json_t *get_server(const void *thing)
{
    return filled(thing, "{server}");
}

static json_t *get_first(const void *thing)
{
    const struct subject *s = thing;
    return write_json_seconds(s->hit->first_ns);
}

static json_t *get_last(const void *thing)
{
    const struct subject *s = thing;
    return write_json_seconds(s->hit->last_ns);
}

static json_t *get_frames(const void *thing)
{
    const struct subject *s = thing;
    json_t *frames = json_array();

    for (unsigned i = 0; i < s->hit->n_frames; i++) {
        json_array_append_new(frames, json_integer(s->hit->frames[i]));
    }
    return frames;
}

static json_t *get_file_frames(const void *thing)
{
    const struct subject *s = thing;
    json_t *frames = json_array();

    for (unsigned i = 0; i < s->hit->n_frames; i++) {
        uint32_t in_file;
        story_file_of(s->story, s->hit->frames[i], &in_file);
        json_array_append_new(frames, json_integer(in_file));
    }
    return frames;
}

static json_t *get_frame_files(const void *thing)
{
    const struct subject *s = thing;
    json_t *files = json_array();

    for (unsigned i = 0; i < s->hit->n_frames; i++) {
        uint32_t in_file;
        const char *name = story_file_of(s->story, s->hit->frames[i], &in_file);
        json_array_append_new(files, write_json_text(name));
    }
    return files;
}

static json_t *get_explanation(const void *thing)
{
    const struct subject *s = thing;
    return filled(s, s->hit->text);
}

static json_t *get_causes(const void *thing)
{
    const struct subject *s = thing;
    return filled_list(s, s->hit->rule->causes, G_N_ELEMENTS(s->hit->rule->causes));
}

static json_t *get_checks(const void *thing)
{
    const struct subject *s = thing;
    return filled_list(s, s->hit->rule->checks, G_N_ELEMENTS(s->hit->rule->checks));
}

static json_t *get_references(const void *thing)
{
    const struct subject *s = thing;
    return filled_list(s, s->hit->rule->references, G_N_ELEMENTS(s->hit->rule->references));
}

static json_t *get_filter(const void *thing)
{
    const struct subject *s = thing;
    g_autoptr(GString) text = g_string_new(NULL);

    anomaly_text_filter(text, s->hit, s->story);
    return write_json_text(text->str);
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
     .value = get_severity, .word = json_word_severity},
    {.name = "confidence", .meaning = "how sure it is", .kind = JSON_KIND_TEXT,
     .value = get_confidence, .word = json_word_confidence},
    {.name = "censored", .meaning = "the capture ended too early to be sure",
     .kind = JSON_KIND_FLAG, .value = get_censored},
    {.name = "side", .meaning = "who is at fault", .kind = JSON_KIND_TEXT, .value = get_side,
     .word = json_word_fault},
    {.name = "connections", .meaning = "how many it is about", .kind = JSON_KIND_INTEGER,
     .value = get_connections},
    {.name = "stream", .meaning = "the connection, when it is about one only",
     .kind = JSON_KIND_INTEGER, .nullable = true, .value = get_stream},
    {.name = "client", .meaning = "address and port; * = any", .kind = JSON_KIND_TEXT,
     .value = get_client},
    {.name = "server", .meaning = "address and port; * = any", .kind = JSON_KIND_TEXT,
     .value = get_server},
    {.name = "first", .meaning = "when it began, epoch seconds", .kind = JSON_KIND_NUMBER,
     .value = get_first},
    {.name = "last", .meaning = "when it was last seen, epoch seconds",
     .kind = JSON_KIND_NUMBER, .value = get_last},
    {.name = "frames", .meaning = "evidence, at most eight", .kind = JSON_KIND_FRAMES,
     .value = get_frames},
    {.name = "frame_files", .meaning = "the file in which each of them is",
     .kind = JSON_KIND_TEXTS, .value = get_frame_files},
    {.name = "file_frames", .meaning = "and its number there", .kind = JSON_KIND_FRAMES,
     .value = get_file_frames},
    {.name = "explanation", .meaning = "what happened", .kind = JSON_KIND_TEXT,
     .value = get_explanation},
    {.name = "causes", .meaning = "what it may come from, the likeliest first",
     .kind = JSON_KIND_TEXTS, .value = get_causes},
    {.name = "checks", .meaning = "what to do or to look at", .kind = JSON_KIND_TEXTS,
     .value = get_checks},
    {.name = "references", .meaning = "where to read more", .kind = JSON_KIND_TEXTS,
     .value = get_references},
    {.name = "filter", .meaning = "Wireshark display filter that shows the evidence",
     .kind = JSON_KIND_TEXT, .value = get_filter},
    {0},
};
// clang-format on

json_t *anomaly_json(const struct story *story, const struct anomaly *hit)
{
    const struct subject s = {story, hit};

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
