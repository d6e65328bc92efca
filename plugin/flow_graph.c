/* flow_graph.c - an arrow for each segment, both states after it at its right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "flow_graph.h"

#include "sequence_analysis.h"

#if HAS_SEQUENCE_ANALYSIS

#include "capture.h"
#include "fields.h"
#include "render.h"

static bool add_arrow(seq_analysis_info_t *graph, packet_info *pinfo, const struct annotation *a)
{
    seq_analysis_item_t *arrow = sequence_analysis_create_sai_with_addresses(pinfo, graph);

    if (!arrow) {
        return false; /* no addresses of the kind that the graph shows */
    }
    sequence_analysis_use_color_filter(pinfo, arrow);
    arrow->frame_number = pinfo->num;
    arrow->port_src = (uint16_t)pinfo->srcport;
    arrow->port_dst = (uint16_t)pinfo->destport;
    arrow->frame_label = g_strdup(tsm_action_name(a->action)); /* no longer than 20 bytes */
    arrow->comment = g_strdup(render_sentence(pinfo->pool, a));
    arrow->conv_num = (uint16_t)a->stream;
    arrow->line_style = 1;
    arrow->display = true;
    g_queue_push_tail(graph->items, arrow);
    return true;
}

static tap_packet_status add_frame(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                   const void *tapped _U_, tap_flags_t flags _U_)
{
    struct annotation a;
    bool added = false;

    for (unsigned layer = 0; capture_annotation(pinfo->num, layer, &a); layer++) {
        added |= add_arrow(data, pinfo, &a);
    }
    return added ? TAP_PACKET_REDRAW : TAP_PACKET_DONT_REDRAW;
}

void flow_graph_register(void)
{
    register_seq_analysis("tcpstate", "TCP endpoint states", proto_tcpstate, NULL, 0, add_frame);
}

#else

void flow_graph_register(void)
{
}

#endif
