/* expert_items.c - the verdicts on segments as expert items, a row of TSM_NOTE_LIST each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "expert_items.h"

#include <epan/expert.h>

#include "fields.h"
#include "tsm_conn.h"

static expert_field items[TSM_N_NOTES];

/* EXPFILL with a blurb: Wireshark uses the summary as the field's name and adds none itself. */
#define FILL_WITH_BLURB(blurb)                                    \
    0, NULL, 0,                                                   \
    {                                                             \
        0,                                                        \
        {                                                         \
            NULL, NULL, FT_NONE, BASE_NONE, NULL, 0, blurb, HFILL \
        }                                                         \
    }

static ei_register_info rows[] = {
#define X(id, field, severity, text) \
    {&items[TSM_NOTE_BIT_##id],      \
     {"tcpstate.analysis." field, PI_SEQUENCE, PI_##severity, text, FILL_WITH_BLURB(text)}},
    TSM_NOTE_LIST(X)
#undef X
};

void expert_items_register(void)
{
    for (unsigned i = 0; i < TSM_N_NOTES; i++) {
        items[i] = (expert_field)EI_INIT;
    }
    expert_register_field_array(expert_register_protocol(proto_tcpstate), rows, TSM_N_NOTES);
}

bool expert_items_warn(uint32_t notes)
{
    for (unsigned i = 0; i < TSM_N_NOTES; i++) {
        if (notes & UINT32_C(1) << i && rows[i].eiinfo.severity >= PI_WARN) {
            return true;
        }
    }
    return false;
}

void expert_items_add(packet_info *pinfo, proto_item *item, uint32_t notes)
{
    for (unsigned i = 0; i < TSM_N_NOTES; i++) {
        if (notes & UINT32_C(1) << i) {
            expert_add_info(pinfo, item, &items[i]);
        }
    }
}
