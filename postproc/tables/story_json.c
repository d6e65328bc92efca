/* story_json.c - the members of a capture; see story_json.h.
 *
 * Connections are written one by one, so that memory does not grow with their number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_json.h"

#include "anomaly_json.h"
#include "blanks.h"
#include "connection_json.h"
#include "duration.h"
#include "incident_json.h"
#include "json_members.h"
#include "json_sides.h"
#include "json_words.h"
#include "judged_summary.h"
#include "suppression.h"
#include "write_json.h"

/* What members tell of. */
struct subject {
    struct json_sides sides;
    const struct story *story;
    const Summary *summary;
    const Anomalies *anomalies;
    const Incidents *incidents;
};

/* ---- parts ---- */

static const struct subject *subject_of(const struct json_end *end)
{
    return end->subject;
}

/* What the capture's last record counts; NULL when it was cut off. */
static const void *part_counted(const void *thing)
{
    const struct subject *s = thing;
    return s->story->has_capture ? &s->story->capture : NULL;
}

/* What the capture's interfaces count; NULL when they do not. */
static const void *part_interfaces(const void *thing)
{
    const struct subject *s = thing;
    return s->story->packets_came > 0 || s->story->packets_lost > 0 ? s->story : NULL;
}

static const void *part_setups(const void *thing)
{
    const struct subject *s = thing;
    return s->summary->setups->len > 0 ? s->summary->setups : NULL;
}

/* ---- values ---- */

static json_t *get_schema(const void *thing)
{
    (void)thing;
    return json_integer(JSON_VERSION);
}

static json_t *get_anonymized(const void *thing)
{
    const struct subject *s = thing;
    return json_boolean(story_is_anonymized(s->story));
}

static json_t *get_file(const void *thing)
{
    const struct subject *s = thing;
    return write_json_text(s->story->name);
}

static json_t *get_left_out(const void *thing)
{
    const struct subject *s = thing;
    return json_integer(s->story->left_out);
}

static json_t *get_partial(const void *thing)
{
    const struct subject *s = thing;
    return json_boolean(s->story->partial);
}

static json_t *get_warnings(const void *thing)
{
    const struct subject *s = thing;
    json_t *warnings = json_array();

    for (guint i = 0; i < s->story->warnings->len; i++) {
        json_array_append_new(warnings, write_json_text(g_ptr_array_index(s->story->warnings, i)));
    }
    return warnings;
}

#define COUNTED(member)                                   \
    static json_t *get_##member(const void *thing)        \
    {                                                     \
        const struct tsm_record_capture *capture = thing; \
        return json_integer(capture->member);             \
    }

COUNTED(frames)
COUNTED(segments)
COUNTED(unread)
COUNTED(fragments)
COUNTED(quoted)
COUNTED(max_connections)
COUNTED(closed_out)
COUNTED(closed_open)

static json_t *get_start(const void *thing)
{
    const struct tsm_record_capture *capture = thing;
    return write_json_seconds(capture->start_ns);
}

static json_t *get_end(const void *thing)
{
    const struct tsm_record_capture *capture = thing;
    return write_json_seconds(capture->end_ns);
}

static json_t *get_duration(const void *thing)
{
    const struct tsm_record_capture *capture = thing;
    return write_json_seconds(duration_forward(capture->start_ns, capture->end_ns));
}

static json_t *get_packets_came(const void *thing)
{
    const struct story *story = thing;
    return story->packets_came > 0 ? json_integer(story->packets_came) : json_null();
}

static json_t *get_packets_lost(const void *thing)
{
    const struct story *story = thing;
    return json_integer(story->packets_lost);
}

static json_t *get_openings(const void *thing)
{
    const struct subject *s = thing;
    json_t *counts = json_object();

    for (guint i = 0; i < N_OPENINGS; i++) {
        json_object_set_new(counts, json_word_opening(i), json_integer(s->summary->openings[i].n));
    }
    return counts;
}

static json_t *get_endings(const void *thing)
{
    const struct subject *s = thing;
    json_t *counts = json_object();

    for (guint i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        json_object_set_new(counts, outcome_ending_word((enum outcome_ending)i),
                            json_integer(s->summary->endings[i].n));
    }
    return counts;
}

/* The element at that part of the way through the sorted lengths. */
static json_t *setup_at(const GArray *setups, guint place)
{
    return write_json_seconds(g_array_index(setups, int64_t, place));
}

static json_t *setup_shortest(const void *thing)
{
    return setup_at(thing, 0);
}

static json_t *setup_median(const void *thing)
{
    const GArray *setups = thing;
    return setup_at(setups, setups->len / 2);
}

static json_t *setup_longest(const void *thing)
{
    const GArray *setups = thing;
    return setup_at(setups, setups->len - 1);
}

static json_t *end_states(const void *thing)
{
    const struct json_end *end = thing;
    json_t *counts = json_object();

    for (guint i = 0; i < TSM_N_STATES; i++) {
        json_object_set_new(counts, json_word_state(i),
                            json_integer(subject_of(end)->summary->last[end->side][i].n));
    }
    return counts;
}

static json_t *end_uncertain(const void *thing)
{
    const struct json_end *end = thing;
    json_t *counts = json_object();

    for (guint i = 0; i < TSM_N_STATES; i++) {
        json_object_set_new(counts, json_word_state(i),
                            json_integer(subject_of(end)->summary->uncertain[end->side][i]));
    }
    return counts;
}

static json_t *end_bytes(const void *thing)
{
    const struct json_end *end = thing;
    return json_integer((json_int_t)subject_of(end)->summary->bytes[end->side]);
}

static json_t *end_lost_bytes(const void *thing)
{
    const struct json_end *end = thing;
    return json_integer((json_int_t)subject_of(end)->summary->lost_bytes[end->side]);
}

static json_t *end_retransmissions(const void *thing)
{
    const struct json_end *end = thing;
    return json_integer((json_int_t)subject_of(end)->summary->retransmissions[end->side]);
}

static json_t *get_incidents(const void *thing)
{
    const struct subject *s = thing;
    return incident_json_array(s->incidents);
}

static json_t *get_anomalies(const void *thing)
{
    const struct subject *s = thing;
    return anomaly_json_array(s->anomalies, G_MAXUINT);
}

/* ---- what was taken out ---- */

static json_t *suppressed_name(const void *thing)
{
    return write_json_text(((const struct suppressed *)thing)->name);
}

static json_t *suppressed_reason(const void *thing)
{
    const char *reason = ((const struct suppressed *)thing)->reason;
    return reason != NULL ? write_json_text(reason) : json_null();
}

static json_t *suppressed_anomalies(const void *thing)
{
    return json_integer(((const struct suppressed *)thing)->anomalies);
}

static json_t *suppressed_incidents(const void *thing)
{
    return json_integer(((const struct suppressed *)thing)->incidents);
}

// clang-format off
static const struct json_member suppressed_members[] = {
    {.name = "name", .meaning = "the suppression, as the configuration names it",
     .kind = JSON_KIND_TEXT, .value = suppressed_name},
    {.name = "reason", .meaning = "why, as the configuration says", .kind = JSON_KIND_TEXT,
     .nullable = true, .value = suppressed_reason},
    {.name = "anomalies", .meaning = "how many it took out", .kind = JSON_KIND_INTEGER,
     .value = suppressed_anomalies},
    {.name = "incidents", .meaning = "how many it took out", .kind = JSON_KIND_INTEGER,
     .value = suppressed_incidents},
    {0},
};
// clang-format on

static json_t *get_suppressed(const void *thing)
{
    const GArray *all = ((const struct subject *)thing)->anomalies->suppressed;
    json_t *array = json_array();

    for (guint i = 0; all != NULL && i < all->len; i++) {
        json_array_append_new(
            array,
            json_members_object(suppressed_members, &g_array_index(all, struct suppressed, i)));
    }
    return array;
}

/* ---- blanks ---- */

static json_t *blank_from(const void *thing)
{
    return write_json_seconds(((const struct tsm_blank *)thing)->from_ns);
}

static json_t *blank_to(const void *thing)
{
    return write_json_seconds(((const struct tsm_blank *)thing)->to_ns);
}

static json_t *blank_sign(const void *thing)
{
    return write_json_text(blank_sign_word(((const struct tsm_blank *)thing)->sign));
}

// clang-format off
static const struct json_member blank_members[] = {
    {.name = "from", .meaning = "epoch seconds: the last frame before it", .kind = JSON_KIND_NUMBER,
     .value = blank_from},
    {.name = "to", .meaning = "epoch seconds: the first frame after it", .kind = JSON_KIND_NUMBER,
     .value = blank_to},
    {.name = "sign", .meaning = "how it is known: day = no frame for a day, owed = several hosts "
                                "owed segments, abrupt = only possible: many stopped at once",
     .kind = JSON_KIND_TEXT, .value = blank_sign},
    {0},
};
// clang-format on

static json_t *get_blanks(const void *thing)
{
    const GArray *blanks = ((const struct subject *)thing)->story->blanks;
    json_t *array = json_array();

    for (guint i = 0; i < blanks->len; i++) {
        json_array_append_new(
            array, json_members_object(blank_members, &g_array_index(blanks, struct tsm_blank, i)));
    }
    return array;
}

/* ---- members ---- */

// clang-format off
static const struct json_member setup_members[] = {
    {.name = "shortest", .meaning = "seconds", .kind = JSON_KIND_NUMBER, .value = setup_shortest},
    {.name = "median", .meaning = "seconds", .kind = JSON_KIND_NUMBER, .value = setup_median},
    {.name = "longest", .meaning = "seconds", .kind = JSON_KIND_NUMBER, .value = setup_longest},
    {0},
};

/* An object with the same of both ends. */
#define BOTH(table, what, of_kind, get, words) \
    static const struct json_member table[] = { \
        {.name = "client", .meaning = what " clients", .kind = of_kind, .part = json_part_client, \
         .value = get, .word = words}, \
        {.name = "server", .meaning = what " servers", .kind = of_kind, .part = json_part_server, \
         .value = get, .word = words}, \
        {0}, \
    }

BOTH(states_members, "number of", JSON_KIND_COUNTS, end_states, json_word_state);
BOTH(uncertain_members, "number of", JSON_KIND_COUNTS, end_uncertain, json_word_state);
BOTH(bytes_members, "bytes sent by", JSON_KIND_INTEGER, end_bytes, NULL);
BOTH(lost_bytes_members, "bytes never captured of", JSON_KIND_INTEGER, end_lost_bytes, NULL);
BOTH(retransmissions_members, "segments of", JSON_KIND_INTEGER, end_retransmissions, NULL);

/* Behind them come the connections. */
static const struct json_member capture_members[] = {
    {.name = "schema", .meaning = "version of this schema", .kind = JSON_KIND_INTEGER,
     .value = get_schema},
    {.name = "file", .meaning = "the capture, as it was named", .kind = JSON_KIND_TEXT,
     .value = get_file},
    {.name = "anonymized", .meaning = "its addresses stand for others", .kind = JSON_KIND_FLAG,
     .value = get_anonymized},
    {.name = "partial", .meaning = "not all of it could be read", .kind = JSON_KIND_FLAG,
     .value = get_partial},
    {.name = "warnings", .meaning = "why, and what else went wrong, for people",
     .kind = JSON_KIND_TEXTS, .value = get_warnings},
    {.name = "frames", .meaning = "frames of any kind", .kind = JSON_KIND_INTEGER,
     .nullable = true, .part = part_counted, .value = get_frames},
    {.name = "segments", .meaning = "TCP segments that were followed", .kind = JSON_KIND_INTEGER,
     .nullable = true, .part = part_counted, .value = get_segments},
    {.name = "start", .meaning = "first frame, epoch seconds", .kind = JSON_KIND_NUMBER,
     .nullable = true, .part = part_counted, .value = get_start},
    {.name = "end", .meaning = "last frame, epoch seconds", .kind = JSON_KIND_NUMBER,
     .nullable = true, .part = part_counted, .value = get_end},
    {.name = "duration_s", .meaning = "seconds between them", .kind = JSON_KIND_NUMBER,
     .nullable = true, .part = part_counted, .value = get_duration},
    {.name = "unread", .meaning = "TCP headers cut too short, or malformed",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_counted, .value = get_unread},
    {.name = "fragments", .meaning = "first fragments of datagrams that were not reassembled",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_counted, .value = get_fragments},
    {.name = "quoted", .meaning = "TCP headers quoted in ICMP errors",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_counted, .value = get_quoted},
    {.name = "max_connections", .meaning = "greatest number tracked at a time; 0: any number",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_counted,
     .value = get_max_connections},
    {.name = "closed_out", .meaning = "connections that were evicted so that there are no more",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_counted, .value = get_closed_out},
    {.name = "closed_open", .meaning = "of these, those that were not over",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_counted, .value = get_closed_open},
    {.name = "packets_came", .meaning = "packets that its interfaces counted; null: not told",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_interfaces,
     .value = get_packets_came},
    {.name = "packets_lost", .meaning = "of these, those that the capture itself lost",
     .kind = JSON_KIND_INTEGER, .nullable = true, .part = part_interfaces,
     .value = get_packets_lost},
    {.name = "blanks", .meaning = "when nothing at all was captured",
     .kind = JSON_KIND_OBJECTS, .value = get_blanks, .members = blank_members},
    {.name = "left_out", .meaning = "connections that options as --port leave out here",
     .kind = JSON_KIND_INTEGER, .value = get_left_out},
    {.name = "openings", .meaning = "number of connections by how they were opened",
     .kind = JSON_KIND_COUNTS, .value = get_openings, .word = json_word_opening},
    {.name = "endings", .meaning = "number of connections that were open by how they ended",
     .kind = JSON_KIND_COUNTS, .value = get_endings, .word = json_word_ending},
    {.name = "setup_s", .meaning = "seconds from SYN to third ACK; null: none was completed",
     .kind = JSON_KIND_OBJECT, .nullable = true, .part = part_setups, .members = setup_members},
    {.name = "last_states", .meaning = "number of ends by their last state",
     .kind = JSON_KIND_OBJECT, .members = states_members},
    {.name = "uncertain_states", .meaning = "of them those whose state is not certain",
     .kind = JSON_KIND_OBJECT, .members = uncertain_members},
    {.name = "bytes", .meaning = "payload, each byte once", .kind = JSON_KIND_OBJECT,
     .members = bytes_members},
    {.name = "retransmissions", .meaning = "segments sent again", .kind = JSON_KIND_OBJECT,
     .members = retransmissions_members},
    {.name = "lost_bytes", .meaning = "payload that was sent and never captured",
     .kind = JSON_KIND_OBJECT, .members = lost_bytes_members},
    {.name = "incidents", .meaning = "what explains them, the worst first",
     .kind = JSON_KIND_OBJECTS, .value = get_incidents, .members = incident_json_members},
    {.name = "anomalies", .meaning = "all of them, the worst first", .kind = JSON_KIND_OBJECTS,
     .value = get_anomalies, .members = anomaly_json_members},
    {.name = "suppressed", .meaning = "what the configuration says is harmless, and is not told",
     .kind = JSON_KIND_OBJECTS, .value = get_suppressed, .members = suppressed_members},
    {0},
};
// clang-format on

/* ---- writing ---- */

static void write_connections(const struct subject *s, struct out *out)
{
    for (guint i = 0; i < s->story->connections->len; i++) {
        const struct connection_json about = {
            .story = s->story,
            .connection = story_connection(s->story, i),
            .opening = s->summary->opening_of[i],
            .ending = s->summary->ending_of[i],
            .anomalies = s->anomalies,
            .number = i,
            .flow = story_first_flow(s->story, story_connection(s->story, i)),
        };
        fputs(i > 0 ? "," : "", out->file);
        write_json_value(out, connection_json(&about));
    }
}

static void write_capture(const struct story *story, const Incidents *incidents, struct out *out)
{
    g_autoptr(Summary) summary = judged_summary(incidents->anomalies);
    struct subject s = {.story = story,
                        .summary = summary,
                        .anomalies = incidents->anomalies,
                        .incidents = incidents};

    s.sides = json_sides_of(&s);
    fputs("{", out->file);
    write_json_members(out, json_members_object(capture_members, &s));
    fputs(",\"connections\":[", out->file);
    write_connections(&s, out);
    fputs("]}", out->file);
}

static void write_captures(const struct judged_captures *captures, struct out *out,
                           const char *between)
{
    for (guint i = 0; i < captures->stories->len; i++) {
        fputs(i > 0 ? between : "", out->file);
        write_capture(g_ptr_array_index(captures->stories, i),
                      g_ptr_array_index(captures->incidents, i), out);
    }
}

bool story_json_write(const struct judged_captures *captures, struct out *out, GError **error)
{
    (void)error;
    fputs("{", out->file);
    write_json_members(out, json_pack("{s:i}", "schema", JSON_VERSION));
    fputs(",\"captures\":[\n", out->file);
    write_captures(captures, out, ",\n");
    fputs("\n]}\n", out->file);
    return true;
}

bool story_json_write_lines(const struct judged_captures *captures, struct out *out, GError **error)
{
    (void)error;
    write_captures(captures, out, "\n");
    fputs("\n", out->file);
    return true;
}

/* ---- schema ---- */

static json_t *capture_schema(void)
{
    json_t *schema = json_members_schema(capture_members);

    json_object_set_new(json_object_get(schema, "properties"), "connections",
                        write_json_array_of("connection"));
    json_array_append_new(json_object_get(schema, "required"), json_string("connections"));
    return schema;
}

static json_t *document_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:o}, s:[s, s], s:b}", "type", "object", "properties",
                     "schema", "type", "integer", "captures", write_json_array_of("capture"),
                     "required", "schema", "captures", "additionalProperties", 0);
}

json_t *story_json_schema(void)
{
    return write_json_schema(
        "story",
        json_pack("[o, o, o, o]", write_json_reference("report"), write_json_reference("capture"),
                  write_json_reference("connection"), write_json_array_of("connection")),
        json_pack("{s:o, s:o, s:o}", "report", document_schema(), "capture", capture_schema(),
                  "connection", connection_json_schema()));
}
