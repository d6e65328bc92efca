/* render_hindsight.h - shows what the whole capture says of a frame: anomalies and incidents as
 * expert items, states in hindsight.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RENDER_HINDSIGHT_H
#define RENDER_HINDSIGHT_H

#include "compat.h"
#include <epan/proto.h>

#include "hindsight.h"
#include "store.h"

/* Registers the expert items; the protocol must be registered. */
void render_hindsight_register(void);

/* Both states after the segment of that annotation, in hindsight, by enum tsm_side; false, and they
 * stay as they are, when they are not known. */
bool hindsight_states(const struct hindsight *hindsight, const packet_info *pinfo,
                      const struct annotation *a, enum tsm_state states[2]);

/* Adds states and outcome of the annotation's connection. */
void render_hindsight(const struct hindsight *hindsight, proto_tree *tree, tvbuff_t *tvb,
                      const packet_info *pinfo, const struct annotation *a);

/* Adds how many ends are in each state after the segment, where that is asked for: in hindsight, or
 * live when `hindsight` is NULL and the frame is read for the first time. */
void render_counts(const struct hindsight *hindsight, proto_tree *tree, tvbuff_t *tvb,
                   const packet_info *pinfo);

/* Adds a frame's findings: their fields below `tree` when they are `wanted`, and in any case expert
 * items to the item `expert`. */
void render_findings(const struct hindsight *hindsight, proto_tree *tree, proto_item *expert,
                     tvbuff_t *tvb, packet_info *pinfo, bool wanted);

#endif
