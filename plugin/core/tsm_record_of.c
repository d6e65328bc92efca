/* tsm_record_of.c - records of the engine's values; see tsm_record.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_record.h"

#include <string.h>

void tsm_record_of_start(struct tsm_record *record, const struct tsm_stream *stream)
{
    record->type = TSM_RECORD_START;
    record->u.start = (struct tsm_record_start){
        .time_ns = stream->conn->start_ns,
        .stream = stream->number,
        .frame = stream->conn->start_frame,
        .previous_stream = stream->conn->previous_stream,
        .tuple = tsm_stream_tuple(stream),
        .role_basis = stream->conn->role_basis,
    };
}

void tsm_record_of_change(struct tsm_record *record, uint32_t stream,
                          const struct tsm_change *change)
{
    record->type = TSM_RECORD_CHANGE;
    record->u.change = (struct tsm_record_change){stream, *change};
}

void tsm_record_of_segment(struct tsm_record *record, uint32_t stream,
                           const struct tsm_segment *seg, const struct tsm_verdict *verdict)
{
    const bool has_block = (seg->known & TSM_HAS_SACK) != 0;

    record->type = TSM_RECORD_SEGMENT;
    record->u.segment = (struct tsm_record_segment){
        .time_ns = seg->time_ns,
        .stream = stream,
        .frame = seg->frame,
        .seq = seg->seq,
        .ack = seg->ack,
        .payload = seg->payload,
        .notes = verdict->notes,
        .sack_left = has_block ? seg->sack_left : 0,
        .sack_right = has_block ? seg->sack_right : 0,
        .flags = seg->flags,
        .window = seg->window,
        .sender = verdict->sender,
        .action = verdict->action,
        .call = verdict->call,
        .open_step = verdict->open_step,
        .close_steps = verdict->close_steps,
        .state = {verdict->after[TSM_CLIENT].state, verdict->after[TSM_SERVER].state},
    };
}

void tsm_record_of_flow(struct tsm_record *record, uint32_t stream, const struct tsm_flow *flow)
{
    struct tsm_record_flow *row = &record->u.flow;

    record->type = TSM_RECORD_FLOW;
    *row = (struct tsm_record_flow){
        .start_ns = flow->start_ns,
        .end_ns = flow->last_ns,
        .stream = stream,
        .frame = flow->frame,
        .conn_state = (uint8_t)tsm_flow_conn_state(flow),
    };
    memcpy(row->history, flow->history, sizeof row->history);
    for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
        row->side[side].packets = flow->end[side].packets;
        row->side[side].ip_bytes = flow->end[side].ip_bytes;
        row->side[side].bytes = tsm_flow_bytes(flow, side);
        row->side[side].missed = flow->end[side].missed;
    }
}

void tsm_record_of_spent(struct tsm_record *record, const struct tsm_stream *stream)
{
    record->type = TSM_RECORD_SPENT;
    const struct tsm_spender *spender = tsm_stream_spender(stream);

    record->u.spent = (struct tsm_record_spent){.stream = stream->number};
    if (spender != NULL) {
        record->u.spent.is = spender->is;
        record->u.spent.is.transfer_ns += spender->waiting_ns; /* what came last ended no wait */
    }
}

void tsm_record_of_metrics(struct tsm_record *record, uint32_t stream,
                           const struct tsm_metrics *metrics)
{
    record->type = TSM_RECORD_METRICS;
    record->u.metrics = (struct tsm_record_metrics){
        {metrics->end[TSM_CLIENT].is, metrics->end[TSM_SERVER].is}, stream};
}

void tsm_record_of_totals(struct tsm_record *record, const struct tsm_stream *stream)
{
    const struct tsm_conn *conn = stream->conn;
    int64_t end_ns = conn->start_ns;

    record->type = TSM_RECORD_TOTALS;
    record->u.totals = (struct tsm_record_totals){
        .start_ns = conn->start_ns,
        .setup_ns = conn->setup_ns,
        .stream = conn->stream,
        .closed_by = conn->closed_by,
        .syn_tries = conn->syn_tries,
        .vantage = conn->vantage,
        .steps = (uint8_t)(conn->open_steps_seen | conn->close_steps_seen << 4),
    };
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_endpoint *ep = &conn->ep[side];
        const struct tsm_bytes *bytes = &conn->bytes[side];
        record->u.totals.side[side].segments = ep->segments;
        record->u.totals.side[side].payload_bytes = tsm_bytes_unique(bytes);
        record->u.totals.side[side].out_of_order = bytes->out_of_order;
        record->u.totals.side[side].repeated = bytes->repeated;
        record->u.totals.side[side].lost = tsm_bytes_lost(bytes);
        record->u.totals.side[side].retransmissions = ep->retransmissions;
        if (ep->segments > 0 && ep->last_ns > end_ns) {
            end_ns = ep->last_ns;
        }
    }
    record->u.totals.end_ns = end_ns;
}

void tsm_record_of_facts(struct tsm_record *record, const struct tsm_stream *stream,
                         enum tsm_side side)
{
    const struct tsm_endpoint *ep = &stream->conn->ep[side];
    const uint32_t unacked = ep->snd_nxt - ep->snd_una;

    record->type = TSM_RECORD_FACTS;
    record->u.facts = (struct tsm_record_facts){
        .seen = stream->conn->facts[side],
        .first_data_ns = ep->first_data_ns,
        .last_ns = ep->last_ns,
        .stream = stream->number,
        .first_data_frame = ep->first_data_frame,
        .last_frame = ep->last_frame,
        .next_seq = ep->snd_nxt,
        .unacked = unacked <= INT32_MAX ? unacked : 0,
        .ts_val = ep->ts_val,
        .side = (uint8_t)side,
    };
}
