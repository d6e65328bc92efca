/* expert_items.h - the verdicts on segments as Wireshark's expert items: tcpstate.analysis.NAME.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef EXPERT_ITEMS_H
#define EXPERT_ITEMS_H

#include "compat.h"
#include <epan/packet_info.h>
#include <epan/proto.h>

#include "store.h"

/* Registers one item for each row of TSM_NOTE_LIST; the protocol must be registered. */
void expert_items_register(void);

/* Whether one of a set of TSM_NOTE_... has the severity warning, or worse. */
bool expert_items_warn(uint32_t notes);

/* Adds the verdicts on a segment below a tree item, which may be NULL: as expert items, and those
 * that would tell nothing new as fields alone. */
void expert_items_add(packet_info *pinfo, proto_item *item, tvbuff_t *tvb,
                      const struct annotation *a);

#endif
