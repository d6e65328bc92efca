/* flow_graph.c - an arrow for each segment, both states after it at its right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "flow_graph.h"

#include "sequence_analysis.h"

#if HAS_SEQUENCE_ANALYSIS

#include "capture.h"
#include "fields.h"

/* "FIN_WAIT_1 / CLOSE_WAIT, close 1/4, close() or shutdown(SHUT_WR)": client, server, and what else
 * is known. A window of common width shows 36 bytes of it. */
static char *comment(const struct annotation *a)
{
    char step[TSM_STEP_TEXT];

    tsm_step_text(a->open_step, a->close_steps, step, sizeof(step));
    return g_strjoin("", tsm_state_name(a->after[TSM_CLIENT].state), " / ",
                     tsm_state_name(a->after[TSM_SERVER].state), *step ? ", " : "", step,
                     a->call != TSM_CALL_NONE ? ", " : "", tsm_call_name(a->call), NULL);
}

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
    arrow->comment = comment(a);
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
