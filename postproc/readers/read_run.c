/* read_run.c - see read_run.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "read_run.h"

#include "find_clocks.h"
#include "reader_engine.h"
#include "run_clocks.h"
#include "run_interfaces.h"
#include "run_items.h"
#include "run_records.h"

/* ---- what is neither segment nor state ---- */

static void add_files(struct story *story, const struct plan *plan, const struct totals *totals)
{
    for (guint i = 0; i < plan->files->len && plan->files->len > 1; i++) {
        if (totals_file_at(totals, i)->frames > 0) {
            story_begin_file(story, plan_file_at(plan, i)->name, totals_file_at(totals, i)->base);
        }
    }
}

static void add_clocks(struct story *story, const struct plan *plan, const struct totals *totals)
{
    g_autoptr(GString) text = g_string_new(NULL);

    run_clocks_tell(totals, plan, text);
    if (text->len > 0) {
        g_ptr_array_add(story->warnings, g_strdup(text->str));
        story->clocks = g_string_free(g_steal_pointer(&text), FALSE);
    }
}

/* The names that a capture tells. */
static bool add_names_of(struct reader_engine *feed, const struct plan *plan, guint number,
                         GError **error)
{
    g_autofree char *path = plan_map_name(plan, number);
    g_autoptr(Tsi) tsi = tsi_open(path, error);
    struct tsi_items items;

    if (tsi == NULL) {
        return false;
    }
    tsi_items_begin(&items, tsi, plan->shards);
    while (tsi_items_next(&items)) {
        const struct tsm_header *header = &items.item.header;
        g_autofree char *name =
            g_strndup((const char *)header->bytes, MIN(header->captured, TSM_HEADER_MAX));
        if (items.item.kind == TSM_ITEM_NAME && header->tuple.addr_len > 0) {
            reader_engine_name(feed, &header->tuple, name);
        }
    }
    tsi_items_end(&items);
    return true;
}

static bool add_names(struct reader_engine *feed, const struct plan *plan,
                      const struct totals *totals, GError **error)
{
    const struct story_wants *wants = feed->story->wants;
    bool ok = true;

    for (guint i = 0; ok && i < plan->files->len; i++) {
        if ((wants->names[0] != NULL || wants->names[1] != NULL) &&
            totals_file_at(totals, i)->frames > 0) {
            ok = add_names_of(feed, plan, i, error);
        }
    }
    return ok;
}

/* ---- inferring here ---- */

/* All headers through one engine, as if the captures were read. */
static bool infer(struct reader_engine *feed, const struct plan *plan, const struct totals *totals,
                  GError **error)
{
    struct tsm_recorder *recorder = &feed->recorder;
    struct run_items items;
    struct tsm_header *header;
    guint asked = 0;

    recorder->watches = false; /* frames without TCP are missing here */
    for (guint i = 0; i < totals->blanks->len; i++) {
        tsm_recorder_blank(recorder, &g_array_index(totals->blanks, struct tsm_blank, i));
    }
    run_items_begin(&items, plan, totals, 0, plan->shards);
    while ((header = run_items_next(&items)) != NULL && run_has_room(feed->story, &asked)) {
        tsm_recorder_header(recorder, header);
        tsm_recorder_frame(recorder, header->time_ns, true);
    }
    if (items.trouble != NULL) {
        g_propagate_error(error, g_steal_pointer(&items.trouble));
        run_items_end(&items);
        return false;
    }
    run_items_end(&items);
    recorder->totals.frames = totals->frames;
    recorder->totals.start_ns = totals->start_ns;
    recorder->totals.end_ns = totals->end_ns;
    recorder->totals.unread += totals->unread;
    return reader_engine_finish(feed, NULL, error);
}

/* Shards tell no segment that did nothing, no flow, and no metrics; and before any was reduced
 * there is nothing else. */
static bool wants_inference(const struct plan *plan, const struct story *story)
{
    return story_wants_segments(story) || story->wants->follower.ended != NULL ||
           story->wants->keeps_flows || story->wants->keeps_metrics ||
           run_records_are_missing(plan);
}

bool read_run(const struct plan *plan, struct story *story, GError **error)
{
    g_autoptr(Totals) totals = totals_read(plan, error);
    struct reader_engine feed;
    bool ok;

    if (totals == NULL) {
        return false;
    }
    for (guint i = 0; i < totals->trouble->len; i++) {
        story_mark_partial(story, g_ptr_array_index(totals->trouble, i));
    }
    for (guint i = 0; i < totals->notes->len; i++) {
        g_ptr_array_add(story->warnings, g_strdup(g_ptr_array_index(totals->notes, i)));
    }
    add_clocks(story, plan, totals);
    story->packets_came = totals->came;
    story->packets_lost = totals->lost;
    add_files(story, plan, totals);
    reader_engine_init(&feed, story);
    ok = add_names(&feed, plan, totals, error) &&
         (wants_inference(plan, story) ? infer(&feed, plan, totals, error)
                                       : run_records_read(plan, totals, story, error)) &&
         run_interfaces_read(plan, totals, story, error);
    story->clocks_disagree = ok && story->clocks == NULL && clocks_disagree(&totals->clocks) &&
                             clocks_are_suspected(story);
    reader_engine_clear(&feed);
    return ok;
}
