/* live_json.c - see live_json.h.
 *
 * A line is an object with one member, whose name tells what it is: {"status": {...}} or
 * {"incident": {...}}.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "live_json.h"

#include "incident_json.h"
#include "json_members.h"
#include "json_words.h"
#include "write_json.h"

/* What members tell of. */
struct subject {
    const struct live_model *model;
    struct live_rates rates;
};

static const struct live_model *model_of(const void *thing)
{
    const struct subject *s = thing;
    return s->model;
}

static const struct live_rates *rates_of(const void *thing)
{
    const struct subject *s = thing;
    return &s->rates;
}

/* ---- values ---- */

static json_t *get_at(const void *thing)
{
    return write_json_seconds(model_of(thing)->now_ns);
}

static json_t *get_open(const void *thing)
{
    return json_integer(model_of(thing)->open);
}

static json_t *get_sockets(const void *thing)
{
    json_t *counts = json_object();

    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        if (model_of(thing)->sockets[state] > 0) {
            json_object_set_new(counts, tsm_state_name((enum tsm_state)state),
                                json_integer(model_of(thing)->sockets[state]));
        }
    }
    return counts;
}

static json_t *get_begun(const void *thing)
{
    return json_integer((json_int_t)model_of(thing)->begun);
}

static json_t *get_ended(const void *thing)
{
    json_t *counts = json_object();

    for (guint i = 0; json_word_outcome(i) != NULL; i++) {
        if (model_of(thing)->outcomes[i] > 0) {
            json_object_set_new(counts, json_word_outcome(i),
                                json_integer((json_int_t)model_of(thing)->outcomes[i]));
        }
    }
    return counts;
}

static json_t *get_evicted(const void *thing)
{
    return json_integer(model_of(thing)->totals.closed_open);
}

static json_t *get_segments(const void *thing)
{
    return json_integer(model_of(thing)->totals.segments);
}

static json_t *get_begun_rate(const void *thing)
{
    return json_real(rates_of(thing)->begun);
}

static json_t *get_ended_rate(const void *thing)
{
    return json_real(rates_of(thing)->ended);
}

static json_t *get_segment_rate(const void *thing)
{
    return json_real(rates_of(thing)->segments);
}

// clang-format off
static const struct json_member status_members[] = {
    {.name = "at", .meaning = "the capture's time, seconds since 1970",
     .kind = JSON_KIND_NUMBER, .value = get_at},
    {.name = "open", .meaning = "connections that have not ended",
     .kind = JSON_KIND_INTEGER, .value = get_open},
    {.name = "sockets", .meaning = "number of ends that have a socket, by state",
     .kind = JSON_KIND_COUNTS, .value = get_sockets, .word = json_word_state},
    {.name = "begun", .meaning = "connections by now",
     .kind = JSON_KIND_INTEGER, .value = get_begun},
    {.name = "ended", .meaning = "number of those that have ended, by how",
     .kind = JSON_KIND_COUNTS, .value = get_ended, .word = json_word_outcome},
    {.name = "evicted", .meaning = "connections that were evicted while they were open",
     .kind = JSON_KIND_INTEGER, .value = get_evicted},
    {.name = "segments", .meaning = "TCP segments by now",
     .kind = JSON_KIND_INTEGER, .value = get_segments},
    {.name = "begun_per_s", .meaning = "connections that began, each second of the last ten",
     .kind = JSON_KIND_NUMBER, .value = get_begun_rate},
    {.name = "ended_per_s", .meaning = "connections that ended, each second of the last ten",
     .kind = JSON_KIND_NUMBER, .value = get_ended_rate},
    {.name = "segments_per_s", .meaning = "segments, each second of the last ten",
     .kind = JSON_KIND_NUMBER, .value = get_segment_rate},
    {0},
};
// clang-format on

/* ---- lines ---- */

static void write_line(struct out *out, const char *kind, json_t *object)
{
    write_json_value(out, json_pack("{s:o}", kind, object));
    fputs("\n", out->file);
}

void live_json_status(const struct live_model *model, struct out *out)
{
    const struct subject subject = {model, live_model_rates(model)};

    write_line(out, "status", json_members_object(status_members, &subject));
}

void live_json_incident(const Incidents *incidents, guint place, struct out *out)
{
    write_line(out, "incident", incident_json(incidents, place));
}

/* ---- schema ---- */

static json_t *line_schema(const char *kind)
{
    return json_pack("{s:s, s:{s:o}, s:[s], s:b}", "type", "object", "properties", kind,
                     write_json_reference(kind), "required", kind, "additionalProperties", 0);
}

json_t *live_json_schema(void)
{
    return write_json_schema("live",
                             json_pack("[o, o]", line_schema("status"), line_schema("incident")),
                             json_pack("{s:o, s:o}", "status", json_members_schema(status_members),
                                       "incident", json_members_schema(incident_json_members)));
}
