/* hindsight.c - what the whole capture says of a frame; see hindsight.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hindsight.h"

#include "asked.h"
#include "capture.h"
#include "judge.h"

static struct hindsight known; /* story NULL = nothing yet */
static Population *population; /* NULL = not yet */

void hindsight_forget(void)
{
    incidents_free(known.incidents);
    anomalies_free(known.anomalies);
    if (known.findings) {
        g_array_unref(known.findings);
    }
    population_free(population);
    population = NULL;
    known = (struct hindsight){0};
}

/* --- where it is shown ------------------------------------------------------------------------ */

/* The last segment that was heard of a connection. */
static uint32_t last_frame(const struct story_connection *connection)
{
    const uint32_t client = connection->heard[TSM_CLIENT].last_frame;
    const uint32_t server = connection->heard[TSM_SERVER].last_frame;

    return MAX(connection->frame, MAX(client, server));
}

/* Where a hit without evidence is shown: it may be that nothing came. 0 = nowhere. */
static uint32_t frame_for(const struct anomaly *hit)
{
    if (hit->n_frames > 0) {
        return hit->frames[0];
    }
    if (hit->last_frame != 0) {
        return hit->last_frame;
    }
    return hit->connection != G_MAXUINT ? last_frame(story_connection(known.story, hit->connection))
                                        : 0;
}

static void add_finding(uint32_t frame, guint place, bool incident, bool headline)
{
    const struct finding finding = {frame, place, incident, headline};

    if (frame != 0) {
        g_array_append_val(known.findings, finding);
    }
}

static void add_hit(guint place)
{
    const struct anomaly *hit = anomalies_at(known.anomalies, place);

    add_finding(frame_for(hit), place, false, true);
    for (guint i = 1; i < hit->n_frames; i++) {
        add_finding(hit->frames[i], place, false, false);
    }
}

/* An incident is shown where its first evidence is; without its own, where that of the worst
 * anomaly is that it explains. */
static void add_incident(guint place)
{
    const struct incident *incident = incidents_at(known.incidents, place);
    uint32_t frame = incident->about.n_frames > 0 ? incident->about.frames[0] : 0;

    for (guint i = 0; frame == 0 && i < known.anomalies->hits->len; i++) {
        if (known.incidents->of_hit[i] == place + 1) {
            frame = frame_for(anomalies_at(known.anomalies, i));
        }
    }
    add_finding(frame != 0 ? frame : frame_for(&incident->about), place, true, true);
}

/* By frame; within one, incidents first, then the worst. */
static gint compare_findings(gconstpointer a, gconstpointer b)
{
    const struct finding *x = a, *y = b;

    if (x->frame != y->frame) {
        return x->frame < y->frame ? -1 : 1;
    }
    if (x->incident != y->incident) {
        return x->incident ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

static void judge_story(const struct story *story)
{
    Thresholds *settings = thresholds_new();

    hindsight_forget();
    known.story = story;
    known.anomalies = anomalies_find(story, settings);
    known.incidents = incidents_find(known.anomalies);
    known.findings = g_array_new(FALSE, FALSE, sizeof(struct finding));
    thresholds_free(settings);
    for (guint i = 0; i < known.anomalies->hits->len; i++) {
        add_hit(i);
    }
    for (guint i = 0; i < known.incidents->found->len; i++) {
        add_incident(i);
    }
    g_array_sort(known.findings, compare_findings);
}

/* --- asking ----------------------------------------------------------------------------------- */

const struct hindsight *hindsight_of(const packet_info *pinfo)
{
    const struct story *story;

    if (!capture_gathers() || !pinfo->fd->visited || !asked_is_loaded()) {
        return NULL;
    }
    story = capture_story();
    if (story && story != known.story) {
        judge_story(story);
    }
    return story ? &known : NULL;
}

const struct finding *hindsight_findings(const struct hindsight *hindsight, uint32_t frame,
                                         guint *n)
{
    const struct finding *all = (const struct finding *)hindsight->findings->data;
    guint low = 0, high = hindsight->findings->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;

        if (all[middle].frame < frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *n = 0;
    while (low + *n < hindsight->findings->len && all[low + *n].frame == frame) {
        ++*n;
    }
    return all + low;
}

const Population *hindsight_population(void)
{
    if (!population) {
        population = population_new(known.story);
    }
    return population;
}
