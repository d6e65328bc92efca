/* live_model.h - how it stands now: counts by state, rates, what waits longest. No terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LIVE_MODEL_H
#define LIVE_MODEL_H

#include "outcome.h"
#include "watch.h"

/* Rates are of the last seconds, at most so many. */
#define LIVE_WINDOW 16

/* Sums at a second of the capture. */
struct live_sample {
    int64_t ns;
    guint64 begun, ended, segments;
};

struct live_model {
    char *input;     /* the interface, or the capture; owned */
    int64_t from_ns; /* when it began and how late it is, by the capture's clock; 0 = not yet */
    int64_t now_ns;
    guint sockets[TSM_N_STATES]; /* ends that have a socket, by state */
    guint open;                  /* connections that have not ended */
    guint kept;                  /* those that have, and are kept for rules */
    guint64 begun;
    guint64 ended;
    guint64
        outcomes[N_OPENINGS + N_ENDINGS];    /* ended: by opening when never open, else by ending */
    struct tsm_record_capture totals;        /* of the capture by now */
    struct live_sample samples[LIVE_WINDOW]; /* the newest is n_samples - 1, modulo LIVE_WINDOW */
    guint64 n_samples;
    GArray *scratch; /* of struct story_interval */
};

void live_model_init(struct live_model *model, const char *input);
void live_model_clear(struct live_model *model);

/* A connection has ended. */
void live_model_ended(struct live_model *model, const struct story *story,
                      const struct story_connection *connection);

/* Takes in how the story stands; `totals` as in struct story_source. */
void live_model_update(struct live_model *model, const struct story *story,
                       const struct tsm_record_capture *totals, int64_t now_ns);

/* Each second, over the last ten or so: connections that began, that ended, segments. */
struct live_rates {
    double begun, ended, segments;
};
struct live_rates live_model_rates(const struct live_model *model);

/* The word of model->outcomes[i]. */
const char *live_outcome_word(guint i);

/* Appends a line: "open 12 (ESTABLISHED 20, CLOSE_WAIT 4), 3.2 new/s, ...". */
void live_model_text(const struct live_model *model, GString *text);

#endif
