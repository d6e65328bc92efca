/* links.c - the frames of a stream that a reader wants to jump to; see links.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "links.h"

#include "compat.h"
#include <epan/wmem_scopes.h>

/* What is kept of a stream. */
struct trail {
    union {              /* frames that changed a state, ascending: */
        uint32_t *all;   /* room for a power of two of them */
        uint32_t two[2]; /* when frames pass: the last ones */
    } changes;
    uint32_t n_changes;
    uint32_t fin[2]; /* the first FIN of each end; 0 = none */
};

void links_init(struct links_table *table)
{
    *table = (struct links_table){.trails.element_bytes = sizeof(struct trail)};
}

static const uint32_t *changes_of(const struct links_table *table, const struct trail *trail)
{
    return table->passing ? trail->changes.two : trail->changes.all;
}

/* Room for one more change. */
static uint32_t *next_change(const struct links_table *table, struct trail *trail)
{
    const uint32_t n = trail->n_changes;

    if (table->passing && n == 2) {
        trail->changes.two[0] = trail->changes.two[1];
        return &trail->changes.two[1];
    }
    trail->n_changes++;
    if (table->passing) {
        return &trail->changes.two[n];
    }
    if ((n & (n - 1)) == 0) { /* full: 0, 1, 2, 4, 8 ... */
        trail->changes.all = wmem_realloc(wmem_file_scope(), trail->changes.all,
                                          (n == 0 ? 1 : 2 * (size_t)n) * sizeof(uint32_t));
    }
    return &trail->changes.all[n];
}

static void add_change(const struct links_table *table, struct trail *trail, uint32_t frame)
{
    const uint32_t n = trail->n_changes;

    if (n == 0 || changes_of(table, trail)[n - 1] < frame) { /* or a further TCP layer of it */
        *next_change(table, trail) = frame;
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
static uint32_t changes_before(const uint32_t *changes, uint32_t n, uint32_t frame)
{
    uint32_t low = 0, high = n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (changes[middle] < frame) {
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
    const uint32_t *changes;
    uint32_t before, after;

    if (!trail) {
        return links;
    }
    changes = changes_of(table, trail);
    before = changes_before(changes, trail->n_changes, frame);
    after = before < trail->n_changes && changes[before] == frame ? before + 1 : before;
    if (before > 0) {
        links.previous_change = changes[before - 1];
    }
    if (after < trail->n_changes) {
        links.next_change = changes[after];
    }
    if (annotation->action == TSM_ACT_FIN || acks_fin != 0) {
        links.matching_fin = trail->fin[tsm_other(annotation->sender)];
    }
    return links;
}
