/* tsm_fsm.c - tsm_fsm.def as a read-only array.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_fsm.h"

#include <stddef.h>

static const struct tsm_cell cells[TSM_N_STATES][TSM_N_EVENTS] = {
#define EDGE(from, event, next, reason, rfc) \
    [TSM_##from][TSM_##event] = {TSM_EDGE, TSM_##next, reason, rfc},
#define STAY(state, event, reason) \
    [TSM_##state][TSM_##event] = {TSM_STAY, TSM_##state, reason, NULL},
#define NEVER(state, event, reason) \
    [TSM_##state][TSM_##event] = {TSM_NEVER, TSM_##state, reason, NULL},
#include "tsm_fsm.def"
#undef EDGE
#undef STAY
#undef NEVER
};

static const char *const event_names[TSM_N_EVENTS] = {
#define X(name) [TSM_##name] = #name,
    TSM_EVENT_LIST(X)
#undef X
};

const struct tsm_cell *tsm_fsm(enum tsm_state from, enum tsm_event event)
{
    return &cells[from][event];
}

enum tsm_state tsm_fsm_next(enum tsm_state from, enum tsm_event event)
{
    return (enum tsm_state)cells[from][event].to;
}

tsm_state_set tsm_fsm_image(tsm_state_set from, enum tsm_event event)
{
    tsm_state_set image = 0;

    for (unsigned s = 0; s < TSM_N_STATES; s++) {
        const struct tsm_cell *cell = &cells[s][event];
        if (tsm_contains(from, (enum tsm_state)s) && cell->kind != TSM_NEVER) {
            image |= tsm_only((enum tsm_state)cell->to);
        }
    }
    return image;
}

const char *tsm_event_name(enum tsm_event event)
{
    return (unsigned)event < TSM_N_EVENTS ? event_names[event] : "";
}
