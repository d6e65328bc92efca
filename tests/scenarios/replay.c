/* replay.c - feeds a scenario to the engine, as the plugin would, and asks after each line.
 *
 * Besides what the scenario expects, every line checks what must hold of any verdict: see
 * check_verdict().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "replay.h"

#include <stdio.h>
#include <string.h>

#include "timeline.h"
#include "words.h"

/* A stream of the engine's table as the scenario knows it. Arrays are indexed by column. */
struct track {
    const struct connection *connection;
    unsigned client_column;
    struct tsm_belief belief[2]; /* after the last line that concerned it */
    GArray *timeline[2];
};

struct replay {
    const struct script *script;
    enum talk talk;
    struct tsm_table *table;
    GPtrArray *tracks; /* by stream number; NULL where nothing was fed */
    int stream;        /* of the last segment, -1 at first */
    uint32_t frame;    /* the last one */
    unsigned faults;
};

static unsigned column_of(const struct track *track, unsigned side)
{
    return side == TSM_CLIENT ? track->client_column : 1 - track->client_column;
}

static void free_track(gpointer data)
{
    struct track *track = data;

    if (track != NULL) {
        g_array_unref(track->timeline[0]);
        g_array_unref(track->timeline[1]);
        g_free(track);
    }
}

/* The track of a stream, made when it is new; `connection` may be NULL when it is not. */
static struct track *track_of(struct replay *replay, uint32_t stream,
                              const struct connection *connection)
{
    while (replay->tracks->len <= stream) {
        g_ptr_array_add(replay->tracks, NULL);
    }
    struct track **track = (struct track **)&replay->tracks->pdata[stream];
    if (*track == NULL) {
        *track = g_new0(struct track, 1);
        (*track)->connection = connection;
        (*track)->timeline[0] = timeline_new();
        (*track)->timeline[1] = timeline_new();
    }
    return *track;
}

static bool same_belief(const struct tsm_belief *a, const struct tsm_belief *b)
{
    return a->state == b->state && a->basis == b->basis && a->possible == b->possible;
}

/* Applies the changes of a verdict to the track, one after the other. */
static void apply_changes(struct track *track, const struct tsm_verdict *verdict, GPtrArray *faults)
{
    for (unsigned i = 0; i < verdict->n_changes; i++) {
        const struct tsm_change *change = &verdict->changes[i];
        const unsigned column = column_of(track, change->side);
        timeline_add(track->timeline[column], change);
        track->belief[column] = (struct tsm_belief){
            .state = change->state, .basis = change->basis, .possible = change->possible};
        if (change->from_ns > change->at_ns) {
            g_ptr_array_add(faults, g_strdup("engine: a change begins after it was made"));
        }
        if (!tsm_contains(change->possible, (enum tsm_state)change->state)) {
            g_ptr_array_add(faults, g_strdup("engine: possible set without the state"));
        }
    }
}

/* What holds of any verdict: the changes lead exactly to what is believed afterwards. */
static void check_verdict(struct track *track, const struct tsm_stream *stream,
                          const struct tsm_verdict *verdict, GPtrArray *faults)
{
    apply_changes(track, verdict, faults);
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_belief *believed = &stream->conn->belief[side];
        struct tsm_belief *told = &track->belief[column_of(track, side)];
        if (!same_belief(believed, told)) {
            g_autofree char *expected = belief_text(told);
            g_autofree char *got = belief_text(believed);
            g_ptr_array_add(faults, g_strdup_printf("engine: the changes lead to %s, believed is "
                                                    "%s",
                                                    expected, got));
        }
        *told = *believed;
    }
}

static struct answer answer_of(const struct track *track, const struct tsm_stream *stream,
                               const struct tsm_verdict *verdict, const struct tsm_stream *ended)
{
    struct answer answer = {.stream = stream, .verdict = verdict, .ended = ended};

    for (unsigned column = 0; column < 2; column++) {
        answer.side[column] = column == track->client_column ? TSM_CLIENT : TSM_SERVER;
        answer.belief[column] = stream->conn->belief[answer.side[column]];
        answer.name[column] = track->connection->end[column].host->name;
    }
    return answer;
}

/* Prints the line, what the engine says, and what is wrong with it. */
static void report(struct replay *replay, const struct line *line, const char *got,
                   GPtrArray *faults)
{
    if (replay->talk == TALK_LINES) {
        printf("%4u  %s\n%s%s%s", line->number, line->text, got == NULL ? "" : "        got  ",
               got == NULL ? "" : got, got == NULL ? "" : "\n");
    }
    for (guint i = 0; i < faults->len && replay->talk != TALK_TABLE; i++) {
        printf("%s:%u: %s\n", replay->script->path, line->number,
               (const char *)g_ptr_array_index(faults, i));
    }
    replay->faults += faults->len;
}

/* Prints a change as the timelines see it. */
static void print_change(const struct answer *answer, const struct tsm_change *change)
{
    const struct tsm_belief belief = {
        .state = change->state, .basis = change->basis, .possible = change->possible};
    g_autofree char *state = belief_text(&belief);
    g_autofree char *from = time_text(change->from_ns - SCRIPT_EPOCH_S * NS_PER_S);

    printf("              %s from %s  %s  (%s)\n",
           answer->name[answer->side[0] == change->side ? 0 : 1], from, state,
           tsm_cause_name(change->cause));
}

/* Compares the state of a stream after a line with what the line expects. */
static void judge(struct replay *replay, const struct line *line, const struct answer *answer,
                  GPtrArray *faults)
{
    g_autofree char *got = answer_text(answer);

    if (line->expect != NULL) {
        expectation_compare(line->expect, answer, faults);
    }
    report(replay, line, got, faults);
    for (unsigned i = 0; replay->talk == TALK_LINES && i < answer->verdict->n_changes; i++) {
        print_change(answer, &answer->verdict->changes[i]);
    }
}

static void print_row(const struct replay *replay, const struct tsm_verdict *verdict)
{
    char step[TSM_STEP_TEXT];

    printf("%u\t%d\t%s\t%s\t%s\t%s\n", replay->frame, replay->stream,
           tsm_state_name((enum tsm_state)verdict->after[TSM_CLIENT].state),
           tsm_state_name((enum tsm_state)verdict->after[TSM_SERVER].state),
           tsm_step_text(verdict->open_step, verdict->close_steps, step, sizeof step),
           tsm_action_name((enum tsm_action)verdict->action));
}

static void feed_segment(struct replay *replay, const struct line *line, GPtrArray *faults)
{
    const struct tsm_segment seg = packet_segment(&line->packet, line->time_ns, ++replay->frame);
    struct tsm_fed fed;

    tsm_table_feed(replay->table, &line->packet.tuple, &seg, &fed);
    const uint32_t number = fed.stream->number;
    struct track *track = track_of(replay, number, line->connection);
    track->client_column = fed.verdict.sender == TSM_CLIENT ? line->column : 1 - line->column;
    replay->stream = (int)number;
    if (fed.ended != NULL) {
        struct track *ended = track_of(replay, fed.ended->number, line->connection);
        check_verdict(ended, fed.ended, &fed.ended_verdict, faults);
    }
    check_verdict(track, fed.stream, &fed.verdict, faults);
    for (unsigned side = 0; side < 2; side++) {
        if (!same_belief(&fed.verdict.after[side], &fed.stream->conn->belief[side])) {
            g_ptr_array_add(faults, g_strdup("engine: the verdict differs from the connection"));
        }
    }
    const struct answer answer = answer_of(track, fed.stream, &fed.verdict, fed.ended);
    judge(replay, line, &answer, faults);
    if (replay->talk == TALK_TABLE) {
        print_row(replay, &fed.verdict);
    }
}

static void feed_icmp(struct replay *replay, const struct line *line, GPtrArray *faults)
{
    const struct packet *packet = &line->packet;
    const bool numbered = packet->quoted >= TSM_HEADER_MIN;
    struct tsm_segment quoted = packet_segment(packet, line->time_ns, ++replay->frame);
    const struct tsm_icmp_error error = packet_icmp_error(packet);
    struct tsm_fed fed;

    quoted.flags = numbered ? quoted.flags : 0;
    tsm_table_quote(replay->table, &packet->tuple, &quoted, numbered, &error, &fed);
    if (fed.stream == NULL) {
        const struct tsm_verdict nothing = {0};
        struct tsm_stream *stream = tsm_table_stream(replay->table, (uint32_t)replay->stream);
        if (replay->stream >= 0 && stream != NULL) {
            struct track *track = track_of(replay, (uint32_t)replay->stream, NULL);
            const struct answer answer = answer_of(track, stream, &nothing, NULL);
            judge(replay, line, &answer, faults);
        } else {
            report(replay, line, NULL, faults);
        }
        return;
    }
    struct track *track = track_of(replay, fed.stream->number, line->connection);
    check_verdict(track, fed.stream, &fed.verdict, faults);
    const struct answer answer = answer_of(track, fed.stream, &fed.verdict, NULL);
    judge(replay, line, &answer, faults);
}

/* The stream that a line without a segment is about; NULL, with a fault, when there is none. */
static struct tsm_stream *stream_of(struct replay *replay, const struct line *line,
                                    GPtrArray *faults)
{
    const int number = line->stream >= 0 ? line->stream : replay->stream;
    struct tsm_stream *stream = NULL;

    if (number >= 0 && (guint)number < replay->tracks->len &&
        g_ptr_array_index(replay->tracks, (guint)number) != NULL) {
        stream = tsm_table_stream(replay->table, (uint32_t)number);
    }
    if (stream == NULL) {
        g_ptr_array_add(faults, g_strdup("no such stream"));
        report(replay, line, NULL, faults);
    }
    return stream;
}

static void pass_time(struct replay *replay, const struct line *line, GPtrArray *faults)
{
    struct tsm_stream *stream = stream_of(replay, line, faults);
    struct tsm_verdict verdict = {0};

    if (stream == NULL) {
        return;
    }
    if (line->kind == LINE_END) {
        tsm_table_finish(replay->table, stream, line->time_ns, &verdict);
    } else if (line->kind == LINE_PROJECT) {
        tsm_table_project(replay->table, stream, &verdict);
    } else {
        tsm_conn_advance(stream->conn, &replay->script->model, line->time_ns, &verdict);
    }
    struct track *track = track_of(replay, stream->number, NULL);
    check_verdict(track, stream, &verdict, faults);
    const struct answer answer = answer_of(track, stream, &verdict, NULL);
    judge(replay, line, &answer, faults);
}

static void look_back(struct replay *replay, const struct line *line, GPtrArray *faults)
{
    struct tsm_stream *stream = stream_of(replay, line, faults);

    if (stream == NULL) {
        return;
    }
    struct track *track = track_of(replay, stream->number, NULL);
    const unsigned column = track->connection->end[0].host == line->host ? 0 : 1;
    g_autofree char *got = timeline_text(track->timeline[column]);
    timeline_compare(track->timeline[column], line, faults);
    report(replay, line, got, faults);
}

static void replay_line(struct replay *replay, const struct line *line)
{
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);

    switch (line->kind) {
    case LINE_SEGMENT:
        feed_segment(replay, line, faults);
        break;
    case LINE_ICMP:
        feed_icmp(replay, line, faults);
        break;
    case LINE_WAIT:
    case LINE_END:
    case LINE_PROJECT:
        pass_time(replay, line, faults);
        break;
    case LINE_HINDSIGHT:
        look_back(replay, line, faults);
        break;
    }
}

unsigned replay_run(const struct script *script, enum talk talk)
{
    struct replay replay = {.script = script, .talk = talk, .stream = -1};

    replay.table = tsm_table_new(&script->model, &(const struct tsm_hash_key){1, 2});
    replay.tracks = g_ptr_array_new_with_free_func(free_track);
    for (guint i = 0; i < script->lines->len; i++) {
        replay_line(&replay, g_ptr_array_index(script->lines, i));
        if (script->rests) {
            tsm_table_pack(replay.table);
        }
    }
    g_ptr_array_free(replay.tracks, TRUE);
    tsm_table_free(replay.table);
    return replay.faults;
}
