/* links.c - the frames of a stream that a reader wants to jump to; see links.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "links.h"

#include "compat.h"
#include <epan/wmem_scopes.h>

#define N_NEAR 8

/* What is kept of a stream. */
struct trail {
    union {                    /* frames that changed a state, ascending: */
        uint16_t near[N_NEAR]; /* the first ones, as long as they fit: frames after `first` */
        uint32_t *all;         /* room for a power of two of them */
        uint32_t two[2];       /* when frames pass: the last ones */
    } changes;
    uint32_t first; /* of them; 0 = `all` has them */
    uint32_t n_changes;
    uint32_t fin[2]; /* the first FIN of each end; 0 = none */
};

void links_init(struct links_table *table)
{
    *table = (struct links_table){.trails.element_bytes = sizeof(struct trail)};
}

/* The frame of a change, from 0. */
static uint32_t change_at(const struct links_table *table, const struct trail *trail, uint32_t i)
{
    if (table->passing) {
        return trail->changes.two[i];
    }
    return trail->first != 0 ? trail->first + trail->changes.near[i] : trail->changes.all[i];
}

static void add_passing(struct trail *trail, uint32_t frame)
{
    if (trail->n_changes == 2) {
        trail->changes.two[0] = trail->changes.two[1];
        trail->n_changes--;
    }
    trail->changes.two[trail->n_changes++] = frame;
}

/* Those that were kept by what they are after the first: from now on each by itself. */
static void leave_near(struct trail *trail)
{
    uint32_t *all = wmem_alloc(wmem_file_scope(), N_NEAR * sizeof(uint32_t));

    for (uint32_t i = 0; i < trail->n_changes; i++) {
        all[i] = trail->first + trail->changes.near[i];
    }
    trail->changes.all = all;
    trail->first = 0;
}

static void add_kept(struct trail *trail, uint32_t frame)
{
    const uint32_t n = trail->n_changes;

    trail->first = n == 0 ? frame : trail->first;
    if (trail->first != 0 && (n == N_NEAR || frame - trail->first > UINT16_MAX)) {
        leave_near(trail);
    }
    if (trail->first != 0) {
        trail->changes.near[n] = (uint16_t)(frame - trail->first);
    } else {
        if (n >= N_NEAR && (n & (n - 1)) == 0) { /* full: 8, 16, 32 ... */
            trail->changes.all = wmem_realloc(wmem_file_scope(), trail->changes.all,
                                              2 * (size_t)n * sizeof(uint32_t));
        }
        trail->changes.all[n] = frame;
    }
    trail->n_changes++;
}

static void add_change(const struct links_table *table, struct trail *trail, uint32_t frame)
{
    const uint32_t n = trail->n_changes;

    if (n != 0 && change_at(table, trail, n - 1) >= frame) {
        return; /* a further TCP layer of it */
    }
    if (table->passing) {
        add_passing(trail, frame);
    } else {
        add_kept(trail, frame);
    }
}

void links_add(struct links_table *table, uint32_t frame, uint32_t stream,
               const struct tsm_verdict *verdict)
{
    struct trail *trail;

    if (!verdict->changed && verdict->action != TSM_ACT_FIN) {
        return;
    }
    trail = chunked_make(&table->trails, stream);
    if (verdict->changed) {
        add_change(table, trail, frame);
    }
    if (verdict->action == TSM_ACT_FIN && trail->fin[verdict->sender] == 0) {
        trail->fin[verdict->sender] = frame;
    }
}

/* How many of the changes came before the frame. */
static uint32_t changes_before(const struct links_table *table, const struct trail *trail,
                               uint32_t frame)
{
    uint32_t low = 0, high = trail->n_changes;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (change_at(table, trail, middle) < frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct links links_of(const struct links_table *table, uint32_t frame,
                      const struct annotation *annotation)
{
    const struct trail *trail = chunked_find(&table->trails, annotation->stream);
    const unsigned acks_fin = annotation->close_steps & (TSM_CLOSE_2 | TSM_CLOSE_4);
    struct links links = {0, 0, 0};
    uint32_t before, after;

    if (!trail) {
        return links;
    }
    before = changes_before(table, trail, frame);
    after =
        before < trail->n_changes && change_at(table, trail, before) == frame ? before + 1 : before;
    if (before > 0) {
        links.previous_change = change_at(table, trail, before - 1);
    }
    if (after < trail->n_changes) {
        links.next_change = change_at(table, trail, after);
    }
    if (annotation->action == TSM_ACT_FIN || acks_fin != 0) {
        links.matching_fin = trail->fin[tsm_other(annotation->sender)];
    }
    return links;
}
