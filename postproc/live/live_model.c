/* live_model.c - sums over a growing story; see live_model.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "live_model.h"

#include "duration.h"
#include "text.h"

#define SECOND_NS 1000000000LL
#define TIME_WAIT_NS (60 * SECOND_NS) /* Linux; of what has ended no timer is told any more */

void live_model_init(struct live_model *model, const char *input)
{
    *model = (struct live_model){
        .input = text_safe_copy(input),
        .scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval)),
    };
}

void live_model_clear(struct live_model *model)
{
    g_free(model->input);
    g_array_unref(model->scratch);
}

const char *live_outcome_word(guint i)
{
    return i < N_OPENINGS ? outcome_opening_word((enum outcome_opening)i)
                          : outcome_ending_word((enum outcome_ending)(i - N_OPENINGS));
}

void live_model_ended(struct live_model *model, const struct story *story,
                      const struct story_connection *connection)
{
    struct outcome_facts facts;

    outcome_facts(story, connection, model->scratch, &facts);
    const enum outcome_opening opening = outcome_opening(&facts);
    const enum outcome_ending ending = outcome_ending(&facts, opening);
    const bool was_open = opening == OPENING_CONNECTED || opening == OPENING_MIDSTREAM;
    model->outcomes[was_open ? N_OPENINGS + (guint)ending : (guint)opening]++;
    model->ended++;
}

/* Whether the end has a socket now: TIME_WAIT of what has ended is over after a minute. */
static bool has_socket(const struct live_model *model, const struct story_connection *connection,
                       const struct story_interval *interval)
{
    if (interval == NULL || interval->state <= TSM_LISTEN) {
        return false;
    }
    return !story_has_ended(connection) ||
           (interval->state == TSM_TIME_WAIT &&
            duration(connection->end_ns, model->now_ns) < TIME_WAIT_NS);
}

/* Adds `by` for each end of the connection that has a socket. */
static void add_sockets(struct live_model *model, const struct story *story,
                        const struct story_connection *connection, int by)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last = story_last(story, connection, (enum tsm_side)side);
        if (has_socket(model, connection, last)) {
            model->sockets[last->state] += (guint)by;
        }
    }
}

/* A TIME_WAIT is over, too, when a new connection takes its addresses and ports (RFC 9293 3.6.1):
 * of what has ended that is not told any more. */
static void count_sockets(struct live_model *model, const struct story *story)
{
    memset(model->sockets, 0, sizeof model->sockets);
    model->open = model->kept = 0;
    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        const struct story_connection *older = story_of_stream(story, connection->previous_stream);
        model->open += !story_has_ended(connection);
        model->kept += story_has_ended(connection);
        add_sockets(model, story, connection, 1);
        if (older != NULL && story_has_ended(older)) {
            add_sockets(model, story, older, -1);
        }
    }
}

static struct live_sample *sample_at(struct live_model *model, guint64 n)
{
    return &model->samples[n % LIVE_WINDOW];
}

static void take_sample(struct live_model *model)
{
    if (model->n_samples > 0 &&
        model->now_ns - sample_at(model, model->n_samples - 1)->ns < SECOND_NS) {
        return;
    }
    *sample_at(model, model->n_samples++) = (struct live_sample){
        .ns = model->now_ns,
        .begun = model->begun,
        .ended = model->ended,
        .segments = model->totals.segments,
    };
}

void live_model_update(struct live_model *model, const struct story *story,
                       const struct tsm_record_capture *totals, int64_t now_ns)
{
    model->now_ns = now_ns;
    model->from_ns = model->from_ns == 0 ? now_ns : model->from_ns;
    model->begun = story->begun;
    if (totals != NULL) {
        model->totals = *totals;
    }
    count_sockets(model, story);
    take_sample(model);
}

struct live_rates live_model_rates(const struct live_model *model)
{
    const guint64 n = model->n_samples;

    if (n < 2) {
        return (struct live_rates){0, 0, 0};
    }
    const struct live_sample *new = &model->samples[(n - 1) % LIVE_WINDOW];
    const struct live_sample *old = &model->samples[(n - MIN(n, 10)) % LIVE_WINDOW];
    const double seconds = (double)MAX(new->ns - old->ns, 1) / (double)SECOND_NS;

    return (struct live_rates){
        .begun = (double)(new->begun - old->begun) / seconds,
        .ended = (double)(new->ended - old->ended) / seconds,
        .segments = (double)(new->segments - old->segments) / seconds,
    };
}

void live_model_text(const struct live_model *model, GString *text)
{
    const struct live_rates rates = live_model_rates(model);
    const char *comma = " (";

    g_string_append(text, "open ");
    text_count(text, model->open);
    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        if (model->sockets[state] > 0) {
            g_string_append_printf(text, "%s%s ", comma, tsm_state_name((enum tsm_state)state));
            text_count(text, model->sockets[state]);
            comma = ", ";
        }
    }
    g_string_append(text, comma[0] == ',' ? ")" : "");
    g_string_append_printf(text, "; %.1f new/s, %.1f ended/s; ", rates.begun, rates.ended);
    text_counted(text, model->begun, "connection", "connections");
}
