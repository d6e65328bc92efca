/* run_records.c - see run_records.h.
 *
 * Each shard tells its records in an order of its own, which is the order of all (tsr.h). So they
 * are merged by a heap of what each tells next; memory is a block for each shard, and a number for
 * each stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_records.h"

#include <string.h>

#include "errors.h"
#include "least.h"
#include "memory_limit.h"
#include "tsr.h"

/* The keys of what is told at the end of the capture are behind all times. */
#define FINISH_KEY (INT64_MAX - 1)
#define PROJECT_KEY INT64_MAX

struct shard {
    struct tsr *tsr;
    GArray *numbers; /* of guint32: of its streams, among all */
};

struct merging {
    const struct plan *plan;
    struct story *story;
    struct shard *shards;
    struct least next;
    guint32 streams; /* that have numbers */
    guint asked;     /* whether there is room */
    struct tsm_record_capture capture;
};

bool run_records_are_missing(const struct plan *plan)
{
    for (guint i = 0; i < plan->shards; i++) {
        g_autofree char *name = plan_reduce_name(plan, i);
        if (g_file_test(name, G_FILE_TEST_EXISTS)) {
            return false;
        }
    }
    return true;
}

#define ASK_EVERY 4096

bool run_has_room(struct story *story, guint *asked)
{
    if (++*asked % ASK_EVERY != 0 || !memory_limit_reached()) {
        return true;
    }
    g_autofree char *text = g_strdup_printf("%s: the rest of it was given up", memory_limit_text());
    story_mark_partial(story, text);
    return false;
}

/* ---- a shard ---- */

static bool damaged(const struct shard *shard, GError **error)
{
    if (shard->tsr->trouble != NULL) {
        g_propagate_error(error, g_steal_pointer(&shard->tsr->trouble));
    } else {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "'%s' is damaged: it tells of streams that it does not have",
                    shard->tsr->blocks->name);
    }
    return false;
}

/* The number of a stream among all; false when it has none. */
static bool renumber(const struct shard *shard, uint32_t *stream)
{
    if (*stream >= shard->numbers->len) {
        return false;
    }
    *stream = g_array_index(shard->numbers, guint32, *stream);
    return true;
}

/* Puts into the heap what comes next, which `entry` begins. */
static bool push(struct merging *merging, guint number, enum tsr_entry entry, GError **error)
{
    const struct shard *shard = &merging->shards[number];
    const struct tsr_position *position = &shard->tsr->base.position;
    struct least_key key = {position->time_ns, (guint64)position->frame << 16 | position->ordinal,
                            number};
    uint32_t stream = shard->tsr->base.stream;

    if (entry == TSR_END) {
        return shard->tsr->trouble == NULL || damaged(shard, error);
    }
    if (entry != TSR_POSITION) {
        if ((entry != TSR_FINISH && entry != TSR_PROJECT) || !renumber(shard, &stream)) {
            return damaged(shard, error);
        }
        key.first = entry == TSR_FINISH ? FINISH_KEY : PROJECT_KEY;
        key.second = stream;
    }
    least_push(&merging->next, &key);
    return true;
}

static bool add(struct merging *merging, const struct shard *shard, GError **error)
{
    struct tsm_record *record = &shard->tsr->record;
    uint32_t *previous = &record->u.start.previous_stream;

    if (!renumber(shard, tsr_stream_of(record)) ||
        (record->type == TSM_RECORD_START && *previous != TSM_NO_STREAM &&
         !renumber(shard, previous))) {
        return damaged(shard, error);
    }
    return story_add(merging->story, record, error);
}

/* All that came of one header, or of one stream. */
static bool take(struct merging *merging, guint number, GError **error)
{
    struct shard *shard = &merging->shards[number];
    enum tsr_entry entry;

    while ((entry = tsr_next(shard->tsr)) == TSR_BIRTH || entry == TSR_RECORD) {
        if (!run_has_room(merging->story, &merging->asked)) {
            return true; /* and nothing of the shard follows */
        }
        if (entry == TSR_BIRTH) {
            g_array_append_val(shard->numbers, merging->streams);
            merging->streams++;
        } else if (!add(merging, shard, error)) {
            return false;
        }
    }
    return push(merging, number, entry, error);
}

static void count(struct merging *merging, const struct tsm_record_capture *of)
{
    struct tsm_record_capture *all = &merging->capture;

    all->segments += of->segments;
    all->unread += of->unread;
    all->fragments += of->fragments;
    all->quoted += of->quoted;
    all->closed_out += of->closed_out;
    all->closed_open += of->closed_open;
    all->refused += of->refused;
}

static bool open_shard(struct merging *merging, const struct totals *totals, guint number,
                       GError **error)
{
    struct shard *shard = &merging->shards[number];
    g_autofree char *name = plan_reduce_name(merging->plan, number);

    shard->numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
    shard->tsr = tsr_open(name, error);
    if (shard->tsr == NULL) {
        g_prefix_error(error, "tcpstory reduce %s %u: ", merging->plan->folder, number);
        return false;
    }
    const struct blocks_head *head = &shard->tsr->blocks->head;
    if (head->number != number || head->sections != merging->plan->shards + 1 ||
        memcmp(head->identity, totals->identity, RUN_IDENTITY_BYTES) != 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "'%s' was made before the last merge: tcpstory reduce %s %u",
                    shard->tsr->blocks->name, merging->plan->folder, number);
        return false;
    }
    count(merging, &shard->tsr->capture);
    return push(merging, number, tsr_next(shard->tsr), error);
}

/* ---- all ---- */

static void end_capture(struct merging *merging, const struct totals *totals)
{
    struct tsm_record record = {.type = TSM_RECORD_CAPTURE, .u.capture = merging->capture};

    record.u.capture.frames = totals->frames;
    record.u.capture.start_ns = totals->start_ns;
    record.u.capture.end_ns = totals->end_ns;
    record.u.capture.unread += totals->unread;
    record.u.capture.max_connections = merging->plan->max_connections;
    story_add(merging->story, &record, NULL);
    record.type = TSM_RECORD_END;
    story_add(merging->story, &record, NULL);
}

static void begin_capture(struct merging *merging, const struct totals *totals)
{
    struct tsm_record record = {.type = TSM_RECORD_BLANK};

    for (guint i = 0; i < totals->blanks->len; i++) {
        record.u.blank = g_array_index(totals->blanks, struct tsm_blank, i);
        story_add(merging->story, &record, NULL);
    }
}

bool run_records_read(const struct plan *plan, const struct totals *totals, struct story *story,
                      GError **error)
{
    struct merging merging = {.plan = plan, .story = story};
    struct least_key key;
    bool ok = true;

    least_init(&merging.next);
    merging.shards = g_new0(struct shard, plan->shards);
    for (guint i = 0; ok && i < plan->shards; i++) {
        ok = open_shard(&merging, totals, i, error);
    }
    begin_capture(&merging, totals);
    while (ok && run_has_room(story, &merging.asked) && least_pop(&merging.next, &key)) {
        ok = take(&merging, key.stream, error);
    }
    if (ok) {
        end_capture(&merging, totals);
    }
    for (guint i = 0; i < plan->shards; i++) {
        g_clear_pointer(&merging.shards[i].tsr, tsr_close);
        if (merging.shards[i].numbers != NULL) {
            g_array_unref(merging.shards[i].numbers);
        }
    }
    g_free(merging.shards);
    least_clear(&merging.next);
    return ok;
}
