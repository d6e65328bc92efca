/* expert_items.c - the verdicts on segments as expert items, a row of TSM_NOTE_LIST each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "expert_items.h"

#include <epan/expert.h>

#include "fields.h"
#include "preferences.h"
#include "tsm_conn.h"

static expert_field items[TSM_N_NOTES];

/* When a verdict is worth a row in Expert Information; its field is there each time. */
enum telling {
    EACH,   /* it is about the segment */
    ONCE,   /* it is about the connection, or about the capture: the first time in each stream */
    OF_TCP, /* Wireshark's TCP says it of the same segment: with the preference only */
};

static const struct kind {
    int group; /* PI_...; 0 = PI_SEQUENCE, as where there is no row */
    enum telling telling;
} kinds[TSM_N_NOTES] = {
    // clang-format off
    [TSM_NOTE_BIT_RETRANSMISSION]     = {0, OF_TCP},
    [TSM_NOTE_BIT_DUPLICATE]          = {0, ONCE},
    [TSM_NOTE_BIT_GUESSED_START]      = {PI_ASSUMPTION, ONCE},
    [TSM_NOTE_BIT_UNSEEN]             = {0, ONCE},
    [TSM_NOTE_BIT_HOLE]               = {0, ONCE},
    [TSM_NOTE_BIT_REFUTED]            = {PI_ASSUMPTION, EACH},
    [TSM_NOTE_BIT_SYN_ACK_AGAIN]      = {0, ONCE},
    [TSM_NOTE_BIT_SYN_INSIDE]         = {PI_PROTOCOL, EACH},
    [TSM_NOTE_BIT_PORT_REUSED]        = {0, ONCE},
    [TSM_NOTE_BIT_SIMULTANEOUS_OPEN]  = {0, ONCE},
    [TSM_NOTE_BIT_SIMULTANEOUS_CLOSE] = {0, ONCE},
    [TSM_NOTE_BIT_RESUMED]            = {PI_ASSUMPTION, EACH},
    [TSM_NOTE_BIT_VIOLATION]          = {PI_PROTOCOL, EACH},
    [TSM_NOTE_BIT_FASTOPEN]           = {0, ONCE},
    [TSM_NOTE_BIT_LATE_DATA]          = {PI_PROTOCOL, EACH},
    [TSM_NOTE_BIT_DAMAGED]            = {PI_CHECKSUM, EACH},
    [TSM_NOTE_BIT_TOO_OLD]            = {PI_PROTOCOL, EACH},
    // clang-format on
};

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
     {"tcpstate.analysis." field, 0, PI_##severity, text, FILL_WITH_BLURB(text)}},
    TSM_NOTE_LIST(X)
#undef X
};

void expert_items_register(void)
{
    for (unsigned i = 0; i < TSM_N_NOTES; i++) {
        items[i] = (expert_field)EI_INIT;
        rows[i].eiinfo.group = kinds[i].group != 0 ? kinds[i].group : PI_SEQUENCE;
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

/* A RST that answers a SYN refutes that the SYN was accepted, and the event says so already. */
static bool is_told(const struct annotation *a, unsigned i)
{
    switch (kinds[i].telling) {
    case ONCE:
        return a->news;
    case OF_TCP:
        return preferences_tcp_verdicts();
    default:
        return i != TSM_NOTE_BIT_REFUTED || !annotation_is_refusal(a);
    }
}

void expert_items_add(packet_info *pinfo, proto_item *item, tvbuff_t *tvb,
                      const struct annotation *a)
{
    for (unsigned i = 0; i < TSM_N_NOTES; i++) {
        if ((a->notes & UINT32_C(1) << i) == 0) {
            continue;
        }
        if (is_told(a, i)) {
            expert_add_info(pinfo, item, &items[i]);
        } else {
            proto_tree *tree = proto_item_add_subtree(item, ett_tcpstate[ETT_VERDICTS]);

            proto_item_set_generated(proto_tree_add_item(tree, items[i].hf, tvb, 0, 0, ENC_NA));
        }
    }
}
