/* reduce_shard.c - see reduce_shard.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reduce_shard.h"

#include <string.h>

#include "memory.h"
#include "run_items.h"
#include "tsm_header.h"
#include "tsr.h"

bool reduce_is_done(const struct plan *plan, const struct totals *totals, guint shard)
{
    g_autofree char *name = plan_reduce_name(plan, shard);
    g_autoptr(Tsr) tsr = tsr_open(name, NULL);

    return tsr != NULL && tsr->blocks->head.number == shard &&
           memcmp(tsr->blocks->head.identity, totals->identity, RUN_IDENTITY_BYTES) == 0 &&
           blocks_check(tsr->blocks, NULL);
}

/* What timers will do goes into blocks of its own, as it is told at the end of each stream. */
static void add_record(void *context, const struct tsm_record *record)
{
    struct tsr_writer *writer = context;
    const char phase = record->type == TSM_RECORD_PROJECTED ? '!' : '=';

    if (writer->phase != '@' && writer->phase != phase) {
        tsr_phase(writer, phase);
    }
    tsr_add(writer, record);
}

static void begin_recorder(struct tsm_recorder *recorder, const struct plan *plan,
                           struct tsr_writer *writer)
{
    tsm_recorder_init(recorder, &tsm_model_default, &plan->key);
    if (recorder->table == NULL) {
        g_error(MEMORY_RAN_OUT);
    }
    recorder->detail = TSM_RECORD_EVENTS;
    recorder->max_connections = plan->max_connections;
    recorder->put = add_record;
    recorder->context = writer;
}

/* What a shard does not see is not what was not captured. */
static void tell_blanks(struct tsm_recorder *recorder, const struct totals *totals)
{
    recorder->watches = false;
    for (guint i = 0; i < totals->blanks->len; i++) {
        tsm_recorder_blank(recorder, &g_array_index(totals->blanks, struct tsm_blank, i));
    }
}

static void infer(struct tsm_recorder *recorder, struct run_items *items, struct tsr_writer *writer)
{
    const bool by_time = totals_by_time(items->totals);
    struct tsm_header *header;

    while ((header = run_items_next(items)) != NULL) {
        tsr_at(writer, &(const struct tsr_position){by_time ? header->time_ns : 0, header->frame,
                                                    header->ordinal});
        tsm_recorder_header(recorder, header);
        tsr_born(writer, tsm_table_count(recorder->table));
        tsm_recorder_frame(recorder, header->time_ns, true);
    }
}

bool reduce_shard(const struct plan *plan, const struct totals *totals, guint shard, GError **error)
{
    g_autofree char *name = plan_reduce_name(plan, shard);
    struct tsm_recorder recorder;
    struct tsr_writer writer;
    struct run_items items;
    bool ok;

    if (!tsr_begin(&writer, name, shard, plan->shards, totals->identity, error)) {
        return false;
    }
    begin_recorder(&recorder, plan, &writer);
    tell_blanks(&recorder, totals);
    run_items_begin(&items, plan, totals, shard, 1);
    infer(&recorder, &items, &writer);
    ok = items.trouble == NULL;
    if (ok) {
        recorder.totals.end_ns = totals->end_ns; /* timers run until then */
        tsr_phase(&writer, '=');
        tsm_recorder_conclude(&recorder);
        ok = tsr_end(&writer, error);
    } else {
        g_propagate_error(error, g_steal_pointer(&items.trouble));
        tsr_cancel(&writer);
    }
    run_items_end(&items);
    tsm_recorder_clear(&recorder);
    return ok;
}
