/* connection_json.c - the members of a connection; see connection_json.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_json.h"

#include "anomaly_json.h"
#include "blanks.h"
#include "community_id.h"
#include "duration.h"
#include "json_members.h"
#include "json_sides.h"
#include "json_words.h"
#include "spending.h"
#include "text.h"
#include "write_json.h"

/* What members tell of. */
struct subject {
    struct json_sides sides;
    struct connection_json is;
};

/* ---- parts ---- */

static const struct subject *subject_of(const struct json_end *end)
{
    return end->subject;
}

static const struct story_interval *last_of(const struct json_end *end)
{
    return story_last(subject_of(end)->is.story, subject_of(end)->is.connection, end->side);
}

/* The end, if its states are known. */
static const void *part_client_with_state(const void *thing)
{
    const struct json_end *end = json_part_client(thing);
    return last_of(end) != NULL ? end : NULL;
}

static const void *part_server_with_state(const void *thing)
{
    const struct json_end *end = json_part_server(thing);
    return last_of(end) != NULL ? end : NULL;
}

/* ---- of an end ---- */

static json_t *json_of(const GString *text)
{
    return json_stringn(text->str, text->len);
}

static json_t *end_address_and_port(const void *thing)
{
    const struct json_end *end = thing;
    g_autoptr(GString) text = g_string_new(NULL);

    text_endpoint(text, &subject_of(end)->is.connection->tuple, end->side);
    return json_of(text);
}

static json_t *end_host(const void *thing)
{
    const struct json_end *end = thing;
    const struct tsm_tuple *tuple = &subject_of(end)->is.connection->tuple;
    g_autoptr(GString) text = g_string_new(NULL);

    text_host(text, end->side == TSM_CLIENT ? tuple->src : tuple->dst, tuple->addr_len);
    return json_of(text);
}

static json_t *end_port(const void *thing)
{
    const struct json_end *end = thing;
    const struct tsm_tuple *tuple = &subject_of(end)->is.connection->tuple;

    return json_integer(end->side == TSM_CLIENT ? tuple->sport : tuple->dport);
}

static json_t *end_state(const void *thing)
{
    return json_string(tsm_state_name((enum tsm_state)last_of(thing)->state));
}

static json_t *end_basis(const void *thing)
{
    return json_string(tsm_basis_name((enum tsm_basis)last_of(thing)->basis));
}

static json_t *end_certain(const void *thing)
{
    return json_boolean(story_is_certain(last_of(thing)));
}

static json_t *end_possible(const void *thing)
{
    const tsm_state_set possible = last_of(thing)->possible;
    json_t *names = json_array();

    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        if ((possible & tsm_only((enum tsm_state)state)) != 0) {
            json_array_append_new(names, json_string(tsm_state_name((enum tsm_state)state)));
        }
    }
    return names;
}

static json_t *end_since(const void *thing)
{
    const struct json_end *end = thing;

    return write_json_seconds(
        story_last_since(subject_of(end)->is.story, subject_of(end)->is.connection, end->side));
}

static const struct story_silence *heard_of(const void *thing)
{
    const struct json_end *end = thing;
    return &subject_of(end)->is.connection->heard[end->side];
}

static json_t *end_last_heard(const void *thing)
{
    const struct story_silence *heard = heard_of(thing);
    return heard->last_frame != 0 ? write_json_seconds(heard->last_ns) : json_null();
}

static json_t *end_last_heard_frame(const void *thing)
{
    const struct story_silence *heard = heard_of(thing);
    return heard->last_frame != 0 ? json_integer(heard->last_frame) : json_null();
}

static json_t *end_unheard(const void *thing)
{
    const struct json_end *end = thing;
    const struct story_connection *connection = subject_of(end)->is.connection;
    const int64_t ns = story_unheard_ns(connection, end->side,
                                        story_followed_to(subject_of(end)->is.story, connection));

    return ns >= 0 ? write_json_seconds(ns) : json_null();
}

static json_t *end_repeats(const void *thing)
{
    const struct json_end *end = thing;
    const struct connection_json *is = &subject_of(end)->is;

    return heard_of(thing)->last_frame != 0
               ? json_integer(story_repeats(is->story, is->connection).count[end->side])
               : json_null();
}

/* The last state lasts until the connection is followed no more. Only what was captured counts. */
static void sum_up(const struct story *story, const GArray *intervals, int64_t end_ns,
                   int64_t *dwell)
{
    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *interval = &g_array_index(intervals, struct story_interval, i);
        const int64_t to = i + 1 < intervals->len ? interval[1].from_ns : end_ns;
        dwell[interval->state] =
            duration_sum(dwell[interval->state], story_captured_ns(story, interval->from_ns, to));
    }
}

static json_t *end_dwell(const void *thing)
{
    const struct json_end *end = thing;
    const struct story *story = subject_of(end)->is.story;
    g_autoptr(GArray) intervals = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    int64_t dwell[TSM_N_STATES] = {0};
    tsm_state_set seen = 0;
    json_t *lengths = json_object();

    story_intervals(story, subject_of(end)->is.connection, end->side, intervals);
    sum_up(story, intervals, story_followed_to(story, subject_of(end)->is.connection), dwell);
    for (guint i = 0; i < intervals->len; i++) {
        seen |= tsm_only((enum tsm_state)g_array_index(intervals, struct story_interval, i).state);
    }
    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        if ((seen & tsm_only((enum tsm_state)state)) != 0) {
            json_object_set_new(lengths, tsm_state_name((enum tsm_state)state),
                                write_json_seconds(dwell[state]));
        }
    }
    return lengths;
}

/* Totals are not known when the capture's records were cut short. */
static json_t *total(const struct json_end *end, uint64_t n)
{
    return subject_of(end)->is.connection->counted ? json_integer((json_int_t)n) : json_null();
}

static json_t *end_bytes(const void *thing)
{
    const struct json_end *end = thing;
    return total(end, subject_of(end)->is.connection->bytes[end->side]);
}

static json_t *end_segments(const void *thing)
{
    const struct json_end *end = thing;
    return total(end, subject_of(end)->is.connection->segments[end->side]);
}

static json_t *end_retransmissions(const void *thing)
{
    const struct json_end *end = thing;
    return total(end, subject_of(end)->is.connection->retransmissions[end->side]);
}

static struct story_bytes bytes_of(const struct json_end *end)
{
    const struct subject *s = subject_of(end);
    return story_bytes(s->is.story, s->is.connection);
}

static json_t *end_retransmitted_bytes(const void *thing)
{
    const struct json_end *end = thing;
    return total(end, bytes_of(end).retransmitted[end->side]);
}

static json_t *end_out_of_order_bytes(const void *thing)
{
    const struct json_end *end = thing;
    return total(end, bytes_of(end).out_of_order[end->side]);
}

static json_t *end_lost_bytes(const void *thing)
{
    const struct json_end *end = thing;
    return total(end, bytes_of(end).lost[end->side]);
}

/* ---- of the connection ---- */

static json_t *get_schema(const void *thing)
{
    (void)thing;
    return json_integer(JSON_VERSION);
}

static json_t *get_anonymized(const void *thing)
{
    const struct subject *s = thing;
    return json_boolean(story_is_anonymized(s->is.story));
}

static json_t *get_file(const void *thing)
{
    const struct subject *s = thing;
    return write_json_text(s->is.story->name);
}

static json_t *get_first_file(const void *thing)
{
    const struct subject *s = thing;
    uint32_t in_file;

    return write_json_text(story_file_of(s->is.story, s->is.connection->frame, &in_file));
}

static json_t *get_file_frame(const void *thing)
{
    const struct subject *s = thing;
    uint32_t in_file;

    story_file_of(s->is.story, s->is.connection->frame, &in_file);
    return json_integer(in_file);
}

static json_t *get_stream(const void *thing)
{
    const struct subject *s = thing;
    return json_integer(s->is.connection->stream);
}

static json_t *get_previous_stream(const void *thing)
{
    const struct subject *s = thing;
    const uint32_t stream = s->is.connection->previous_stream;

    return stream != TSM_NO_STREAM ? json_integer(stream) : json_null();
}

static json_t *get_community_id(const void *thing)
{
    const struct subject *s = thing;
    g_autoptr(GString) id = g_string_new(NULL);

    community_id(id, &s->is.connection->tuple);
    return json_of(id);
}

static json_t *get_role_basis(const void *thing)
{
    const struct subject *s = thing;
    return json_string(json_word_role_basis(s->is.connection->role_basis));
}

static json_t *get_vantage(const void *thing)
{
    const struct subject *s = thing;
    return json_string(json_word_vantage(s->is.connection->vantage));
}

static json_t *get_frame(const void *thing)
{
    const struct subject *s = thing;
    return json_integer(s->is.connection->frame);
}

static json_t *get_start(const void *thing)
{
    const struct subject *s = thing;
    return write_json_seconds(s->is.connection->start_ns);
}

static json_t *get_end(const void *thing)
{
    const struct subject *s = thing;
    return write_json_seconds(s->is.connection->end_ns);
}

static json_t *get_duration(const void *thing)
{
    const struct subject *s = thing;
    return write_json_seconds(
        duration_forward(s->is.connection->start_ns, s->is.connection->end_ns));
}

static json_t *get_outcome(const void *thing)
{
    const struct subject *s = thing;
    return json_string(outcome_word(s->is.opening, s->is.ending));
}

static json_t *get_opening(const void *thing)
{
    const struct subject *s = thing;
    return json_string(outcome_opening_word(s->is.opening));
}

static json_t *get_syn_tries(const void *thing)
{
    const struct subject *s = thing;
    return total(&s->sides.ends[TSM_CLIENT], s->is.connection->syn_tries);
}

static json_t *get_setup(const void *thing)
{
    const struct subject *s = thing;
    return s->is.connection->setup_ns >= 0 ? write_json_seconds(s->is.connection->setup_ns)
                                           : json_null();
}

static json_t *get_closed_out(const void *thing)
{
    const struct subject *s = thing;
    const int64_t ns = s->is.connection->closed_out_ns;
    return ns != 0 ? write_json_seconds(ns) : json_null();
}

static json_t *get_ending(const void *thing)
{
    const struct subject *s = thing;
    return s->is.ending != ENDING_NONE ? json_string(outcome_ending_word(s->is.ending))
                                       : json_null();
}

/* A refusal closes nothing that was open. */
static json_t *get_first_closer(const void *thing)
{
    const struct subject *s = thing;
    const uint8_t by = s->is.ending == ENDING_NONE ? 0 : s->is.connection->closed_by;

    return by > 0 ? json_string(tsm_side_name((enum tsm_side)(by - 1))) : json_null();
}

static json_t *get_conn_state(const void *thing)
{
    const struct subject *s = thing;
    return s->is.flow != NULL
               ? json_string(tsm_conn_state_name((enum tsm_conn_state)s->is.flow->row.conn_state))
               : json_null();
}

static json_t *get_history(const void *thing)
{
    const struct subject *s = thing;
    return s->is.flow != NULL ? json_string(s->is.flow->row.history) : json_null();
}

static json_t *get_anomalies(const void *thing)
{
    const struct subject *s = thing;
    return anomaly_json_array(s->is.anomalies, s->is.number);
}

/* ---- time ---- */

static json_t *get_time(const void *thing)
{
    const struct subject *s = thing;
    const struct tsm_spent spent = story_spent(s->is.story, s->is.connection);
    json_t *lengths = json_object();

    for (unsigned kind = 0; kind < N_SPENDINGS; kind++) {
        const int64_t ns = spending_ns(&spent, (enum spending)kind);
        if (ns > 0) {
            json_object_set_new(lengths, json_word_spending(kind), write_json_seconds(ns));
        }
    }
    return lengths;
}

/* ---- members ---- */

// clang-format off
static const struct json_member opening_members[] = {
    {.name = "outcome", .meaning = "how the attempt ended", .kind = JSON_KIND_TEXT,
     .value = get_opening, .word = json_word_opening},
    {.name = "syn_tries", .meaning = "SYNs that the client sent; at most 255 are counted",
     .kind = JSON_KIND_INTEGER, .nullable = true, .value = get_syn_tries},
    {.name = "setup_s", .meaning = "seconds from the first SYN to the third ACK",
     .kind = JSON_KIND_NUMBER, .nullable = true, .value = get_setup},
    {0},
};

static const struct json_member closing_members[] = {
    {.name = "how", .meaning = "how it ended; null: it was never open", .kind = JSON_KIND_TEXT,
     .nullable = true, .value = get_ending, .word = json_word_ending},
    {.name = "first_closer", .meaning = "who closed first, by FIN or RST",
     .kind = JSON_KIND_TEXT, .nullable = true, .value = get_first_closer, .word = json_word_side},
    {0},
};

static const struct json_member final_members[] = {
    {.name = "state", .meaning = "the last state", .kind = JSON_KIND_TEXT, .value = end_state,
     .word = json_word_state},
    {.name = "basis", .meaning = "how it is known", .kind = JSON_KIND_TEXT, .value = end_basis,
     .word = json_word_basis},
    {.name = "certain", .meaning = "proven, with no sign that the end is gone since",
     .kind = JSON_KIND_FLAG, .value = end_certain},
    {.name = "possible", .meaning = "all states that it may really be in",
     .kind = JSON_KIND_TEXTS, .value = end_possible, .word = json_word_state},
    {.name = "since", .meaning = "since when, epoch seconds", .kind = JSON_KIND_NUMBER,
     .value = end_since},
    {.name = "last_heard", .meaning = "its last segment, epoch seconds; null: it sent none",
     .kind = JSON_KIND_NUMBER, .nullable = true, .value = end_last_heard},
    {.name = "last_heard_frame", .meaning = "the frame of that", .kind = JSON_KIND_INTEGER,
     .nullable = true, .value = end_last_heard_frame},
    {.name = "unheard_s", .meaning = "seconds from then until it was followed no more",
     .kind = JSON_KIND_NUMBER, .nullable = true, .value = end_unheard},
    {.name = "repeats", .meaning = "what it sent again since its peer's last word, and nothing "
                                   "else after",
     .kind = JSON_KIND_INTEGER, .nullable = true, .value = end_repeats},
    {0},
};

/* An object with the same number of both ends. */
#define BOTH(table, what, get) \
    static const struct json_member table[] = { \
        {.name = "client", .meaning = "the client's " what, .kind = JSON_KIND_INTEGER, \
         .nullable = true, .part = json_part_client, .value = get}, \
        {.name = "server", .meaning = "the server's " what, .kind = JSON_KIND_INTEGER, \
         .nullable = true, .part = json_part_server, .value = get}, \
        {0}, \
    }

BOTH(bytes_members, "payload, each byte once", end_bytes);
BOTH(segments_members, "segments", end_segments);
BOTH(retransmissions_members, "retransmissions", end_retransmissions);
BOTH(retransmitted_bytes_members, "payload sent again", end_retransmitted_bytes);
BOTH(out_of_order_bytes_members, "payload captured after later payload", end_out_of_order_bytes);
BOTH(lost_bytes_members, "payload never captured", end_lost_bytes);

static const struct json_member both_final_members[] = {
    {.name = "client", .meaning = "the client's last state", .kind = JSON_KIND_OBJECT,
     .nullable = true, .part = part_client_with_state, .members = final_members},
    {.name = "server", .meaning = "the server's last state", .kind = JSON_KIND_OBJECT,
     .nullable = true, .part = part_server_with_state, .members = final_members},
    {0},
};

static const struct json_member dwell_members[] = {
    {.name = "client", .meaning = "seconds in each state that the client was in",
     .kind = JSON_KIND_LENGTHS, .part = json_part_client, .value = end_dwell,
     .word = json_word_state},
    {.name = "server", .meaning = "seconds in each state that the server was in",
     .kind = JSON_KIND_LENGTHS, .part = json_part_server, .value = end_dwell,
     .word = json_word_state},
    {0},
};

static const struct json_member connection_members[] = {
    {.name = "schema", .meaning = "version of this schema", .kind = JSON_KIND_INTEGER,
     .value = get_schema},
    {.name = "file", .meaning = "the capture, as it was named", .kind = JSON_KIND_TEXT,
     .value = get_file},
    {.name = "anonymized", .meaning = "its addresses stand for others", .kind = JSON_KIND_FLAG,
     .value = get_anonymized},
    {.name = "stream", .meaning = "number of the connection, as tcp.stream",
     .kind = JSON_KIND_INTEGER, .value = get_stream},
    {.name = "previous_stream", .meaning = "the one before on the same addresses and ports",
     .kind = JSON_KIND_INTEGER, .nullable = true, .value = get_previous_stream},
    {.name = "client", .meaning = "address:port; IPv6 in brackets", .kind = JSON_KIND_TEXT,
     .part = json_part_client, .value = end_address_and_port},
    {.name = "client_host", .meaning = "address", .kind = JSON_KIND_TEXT, .part = json_part_client,
     .value = end_host},
    {.name = "client_port", .meaning = "port", .kind = JSON_KIND_INTEGER, .part = json_part_client,
     .value = end_port},
    {.name = "server", .meaning = "address:port; IPv6 in brackets", .kind = JSON_KIND_TEXT,
     .part = json_part_server, .value = end_address_and_port},
    {.name = "server_host", .meaning = "address", .kind = JSON_KIND_TEXT, .part = json_part_server,
     .value = end_host},
    {.name = "server_port", .meaning = "port", .kind = JSON_KIND_INTEGER, .part = json_part_server,
     .value = end_port},
    {.name = "role_basis", .meaning = "how it is known which end is the client",
     .kind = JSON_KIND_TEXT, .value = get_role_basis, .word = json_word_role_basis},
    {.name = "vantage", .meaning = "where the capture was made", .kind = JSON_KIND_TEXT,
     .value = get_vantage, .word = json_word_vantage},
    {.name = "community_id", .meaning = "Community ID version 1, seed 0",
     .kind = JSON_KIND_TEXT, .value = get_community_id},
    {.name = "frame", .meaning = "of its first segment", .kind = JSON_KIND_INTEGER,
     .value = get_frame},
    {.name = "first_file", .meaning = "the file in which that is", .kind = JSON_KIND_TEXT,
     .value = get_first_file},
    {.name = "file_frame", .meaning = "and its number there", .kind = JSON_KIND_INTEGER,
     .value = get_file_frame},
    {.name = "start", .meaning = "first segment, epoch seconds", .kind = JSON_KIND_NUMBER,
     .value = get_start},
    {.name = "end", .meaning = "last segment, epoch seconds", .kind = JSON_KIND_NUMBER,
     .value = get_end},
    {.name = "duration_s", .meaning = "seconds from the first to the last segment",
     .kind = JSON_KIND_NUMBER, .value = get_duration},
    {.name = "closed_out", .meaning = "when it was followed no more, to make room for others "
                                      "(epoch seconds); null: it was to the end",
     .kind = JSON_KIND_NUMBER, .nullable = true, .value = get_closed_out},
    {.name = "outcome", .meaning = "its ending; its opening if it was never open",
     .kind = JSON_KIND_TEXT, .value = get_outcome, .word = json_word_outcome},
    {.name = "opening", .meaning = "how it was opened", .kind = JSON_KIND_OBJECT,
     .members = opening_members},
    {.name = "closing", .meaning = "how it was closed", .kind = JSON_KIND_OBJECT,
     .members = closing_members},
    {.name = "final", .meaning = "the last states; null: nothing is known of that end",
     .kind = JSON_KIND_OBJECT, .members = both_final_members},
    {.name = "dwell", .meaning = "how long in which state, until the capture ended",
     .kind = JSON_KIND_OBJECT, .members = dwell_members},
    {.name = "bytes", .meaning = "payload", .kind = JSON_KIND_OBJECT, .members = bytes_members},
    {.name = "segments", .meaning = "segments sent", .kind = JSON_KIND_OBJECT,
     .members = segments_members},
    {.name = "retransmissions", .meaning = "segments sent again", .kind = JSON_KIND_OBJECT,
     .members = retransmissions_members},
    {.name = "time_s", .meaning = "seconds of its time by what they were spent on",
     .kind = JSON_KIND_LENGTHS, .value = get_time, .word = json_word_spending},
    {.name = "retransmitted_bytes", .meaning = "payload sent again; not among bytes",
     .kind = JSON_KIND_OBJECT, .members = retransmitted_bytes_members},
    {.name = "out_of_order_bytes", .meaning = "of bytes, those captured after later ones",
     .kind = JSON_KIND_OBJECT, .members = out_of_order_bytes_members},
    {.name = "lost_bytes", .meaning = "payload that was sent and never captured; not among bytes",
     .kind = JSON_KIND_OBJECT, .members = lost_bytes_members},
    {.name = "conn_state", .meaning = "state as Zeek names it; of the first if Zeek makes several",
     .kind = JSON_KIND_TEXT, .nullable = true, .value = get_conn_state,
     .word = json_word_conn_state},
    {.name = "history", .meaning = "Zeek's letters for it; upper case: sent by the client",
     .kind = JSON_KIND_TEXT, .nullable = true, .value = get_history},
    {.name = "anomalies", .meaning = "that it is part of, the worst first",
     .kind = JSON_KIND_OBJECTS, .value = get_anomalies, .members = anomaly_json_members},
    {0},
};
// clang-format on

json_t *connection_json(const struct connection_json *about)
{
    struct subject s = {.is = *about};

    s.sides = json_sides_of(&s);
    return json_members_object(connection_members, &s);
}

json_t *connection_json_schema(void)
{
    return json_members_schema(connection_members);
}
