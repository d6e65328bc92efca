/* links.c - the frames of a stream that a reader wants to jump to; see links.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "links.h"

#include "compat.h"
#include <epan/wmem_scopes.h>

/* What is kept of a stream. */
struct trail {
    uint32_t *changes; /* frames that changed a state, ascending; room for a power of two */
    uint32_t n_changes;
    uint32_t fin[2]; /* the first FIN of each end; 0 = none */
};

void links_init(struct chunked *table)
{
    *table = (struct chunked){.element_bytes = sizeof(struct trail)};
}

static void add_change(struct trail *trail, uint32_t frame)
{
    const uint32_t n = trail->n_changes;

    if (n > 0 && trail->changes[n - 1] >= frame) {
        return; /* a further TCP layer of the frame */
    }
    if ((n & (n - 1)) == 0) { /* full: 0, 1, 2, 4, 8 ... */
        trail->changes = wmem_realloc(wmem_file_scope(), trail->changes,
                                      (n == 0 ? 1 : 2 * (size_t)n) * sizeof(uint32_t));
    }
    trail->changes[n] = frame;
    trail->n_changes = n + 1;
}

void links_add(struct chunked *table, uint32_t frame, uint32_t stream,
               const struct tsm_verdict *verdict)
{
    struct trail *trail;

    if (!verdict->changed && verdict->action != TSM_ACT_FIN) {
        return;
    }
    trail = chunked_make(table, stream);
    if (verdict->changed) {
        add_change(trail, frame);
    }
    if (verdict->action == TSM_ACT_FIN && trail->fin[verdict->sender] == 0) {
        trail->fin[verdict->sender] = frame;
    }
}

/* How many of the changes came before the frame. */
static uint32_t changes_before(const struct trail *trail, uint32_t frame)
{
    uint32_t low = 0, high = trail->n_changes;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (trail->changes[middle] < frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct links links_of(const struct chunked *table, uint32_t frame,
                      const struct annotation *annotation)
{
    const struct trail *trail = chunked_find(table, annotation->stream);
    const unsigned acks_fin = annotation->close_steps & (TSM_CLOSE_2 | TSM_CLOSE_4);
    struct links links = {0, 0, 0};
    uint32_t before, after;

    if (!trail) {
        return links;
    }
    before = changes_before(trail, frame);
    after = before < trail->n_changes && trail->changes[before] == frame ? before + 1 : before;
    if (before > 0) {
        links.previous_change = trail->changes[before - 1];
    }
    if (after < trail->n_changes) {
        links.next_change = trail->changes[after];
    }
    if (annotation->action == TSM_ACT_FIN || acks_fin != 0) {
        links.matching_fin = trail->fin[tsm_other(annotation->sender)];
    }
    return links;
}
