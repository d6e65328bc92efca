/* tsm_metrics.c - see tsm_metrics.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_metrics.h"

#include <string.h>

#include "tsm_seq.h"

/* Copies, and what the receiver did not take. */
#define NOT_COUNTED                                                                      \
    (TSM_NOTE_DUPLICATE | TSM_NOTE_OUT_OF_WINDOW | TSM_NOTE_DAMAGED | TSM_NOTE_TOO_OLD | \
     TSM_NOTE_RST_IGNORED)

static bool is_beyond(uint32_t a, uint32_t b)
{
    return tsm_seq_diff(a, b) > 0;
}

/* ---- what is on its way ---- */

/* A flight is not remembered when there are too many. */
static void launch(struct tsm_metrics_end *end, uint32_t left, uint32_t right, int64_t ns,
                   bool again)
{
    const unsigned n = end->n_flights;

    if (n < TSM_METRIC_FLIGHTS && left != right) {
        end->flights[n].left = left;
        end->flights[n].right = right;
        end->flights[n].sent_ns = ns;
        end->again |= (uint64_t)again << n;
        end->n_flights++;
    }
}

static void launch_again(struct tsm_metrics_end *end, uint32_t left, uint32_t right, int64_t ns)
{
    for (unsigned i = 0; i < end->n_flights; i++) {
        if (is_beyond(end->flights[i].right, left) && is_beyond(right, end->flights[i].left)) {
            end->flights[i].sent_ns = ns;
            end->again |= UINT64_C(1) << i;
        }
    }
}

static void measure(struct tsm_metrics_of_end *is, int64_t ns)
{
    is->rtt_least_ns = is->rtts == 0 || ns < is->rtt_least_ns ? ns : is->rtt_least_ns;
    is->rtt_most_ns = ns > is->rtt_most_ns ? ns : is->rtt_most_ns;
    is->rtt_sum_ns = is->rtt_sum_ns <= INT64_MAX - ns ? is->rtt_sum_ns + ns : INT64_MAX;
    is->rtts++;
}

/* The flights that the acknowledgment covers have landed. It measures the one that it ends with
 * (Karn's algorithm, RFC 6298 3), unless one before that was sent later: then that one may have
 * been what was waited for, as tcptrace has it. */
static void land(struct tsm_metrics_end *end, uint32_t ack, int64_t ns)
{
    unsigned n = 0;
    int64_t latest_ns = INT64_MIN;

    for (; n < end->n_flights && !is_beyond(end->flights[n].right, ack); n++) {
        const int64_t sent_ns = end->flights[n].sent_ns;
        if (end->flights[n].right == ack && (end->again >> n & 1) == 0 && latest_ns <= sent_ns &&
            sent_ns <= ns) {
            measure(&end->is, ns - sent_ns);
        }
        latest_ns = sent_ns > latest_ns ? sent_ns : latest_ns;
    }
    end->n_flights = (uint8_t)(end->n_flights - n);
    end->again = n < 64 ? end->again >> n : 0;
    memmove(end->flights, end->flights + n, end->n_flights * sizeof end->flights[0]);
}

/* ---- one segment ---- */

/* Why it is sent again: its peer has asked for it, or nothing says so. */
static void note_cause(struct tsm_metrics_end *end, const struct tsm_metrics_end *peer,
                       const struct tsm_segment *seg)
{
    const bool reported = peer->reports && is_beyond(peer->sacked, seg->seq);
    const bool asked = peer->acks && !is_beyond(peer->acked, seg->seq) &&
                       (reported || (peer->run >= 3 && seg->seq == peer->acked));

    if (asked && seg->payload > 0) {
        end->is.fast++;
    } else {
        end->is.timeouts++;
    }
}

static void note_syn(struct tsm_metrics_end *end, const struct tsm_segment *seg)
{
    end->is.ecn_syn = TSM_SYN | (seg->flags & (TSM_ECE | TSM_CWR));
    end->is.syn_window = seg->window;
    end->syn_ns = end->syns == 0 ? seg->time_ns : 0;
    end->syn_left = seg->seq + 1;
    end->syn_right = tsm_segment_end(seg);
    end->syns = (uint8_t)(end->syns + (end->syns < UINT8_MAX));
}

static bool is_probe(const struct tsm_verdict *verdict)
{
    return verdict->action == TSM_ACT_KEEP_ALIVE || verdict->action == TSM_ACT_ZERO_WINDOW_PROBE;
}

static void note_sent(struct tsm_metrics_end *end, const struct tsm_metrics_end *peer,
                      const struct tsm_segment *seg, const struct tsm_verdict *verdict)
{
    const uint32_t right = tsm_segment_end(seg);
    const uint32_t left = seg->seq + (tsm_has(seg, TSM_SYN) ? 1 : 0);
    const bool again = end->begun && is_beyond(end->next, seg->seq);

    if (right == seg->seq || tsm_has(seg, TSM_RST) || is_probe(verdict)) {
        return;
    }
    if (again) {
        launch_again(end, left, right, seg->time_ns);
    }
    if ((verdict->notes & TSM_NOTE_RETRANSMISSION) != 0) {
        note_cause(end, peer, seg);
    }
    if (!end->begun || is_beyond(right, end->next)) {
        launch(end, again ? end->next : left, right, seg->time_ns, again);
        end->next = right;
        end->begun = true;
    }
    if (seg->payload > 0) {
        end->is.first_data_ns = end->is.first_data_ns == 0 ? seg->time_ns : end->is.first_data_ns;
        end->is.last_data_ns = seg->time_ns;
    }
}

/* `end` acknowledges what its peer has sent. */
static void note_ack(struct tsm_metrics_end *end, struct tsm_metrics_end *peer,
                     const struct tsm_segment *seg)
{
    const bool owed = peer->begun && is_beyond(peer->next, seg->ack);

    if (!end->acks || is_beyond(seg->ack, end->acked)) {
        end->acked = seg->ack;
        end->acks = true;
        end->run = 0;
        end->reports = end->reports && is_beyond(end->sacked, seg->ack);
    } else if (seg->ack == end->acked && owed && seg->payload == 0 && seg->window == end->window &&
               (seg->flags & (TSM_SYN | TSM_FIN)) == 0) {
        end->is.dup_acks++;
        end->run = (uint8_t)(end->run + (end->run < UINT8_MAX));
    }
    if ((seg->known & TSM_HAS_SACK) != 0 && is_beyond(seg->sack_left, seg->ack) &&
        (!end->reports || is_beyond(seg->sack_right, end->sacked))) {
        end->sacked = seg->sack_right;
        end->reports = true;
    }
    if (peer->syn_ns > 0 && seg->time_ns >= peer->syn_ns &&
        seg->ack - peer->syn_left <= peer->syn_right - peer->syn_left) {
        peer->is.handshake_ns = seg->time_ns - peer->syn_ns;
    }
    peer->syn_ns = 0; /* whatever is acknowledged later says nothing of the SYN */
    land(peer, seg->ack, seg->time_ns);
}

static void note_window(struct tsm_metrics_end *end, const struct tsm_segment *seg)
{
    if ((seg->flags & (TSM_SYN | TSM_RST)) == 0) {
        end->is.most_window = seg->window > end->is.most_window ? seg->window : end->is.most_window;
        end->is.zero_windows += seg->window == 0 && !tsm_has(seg, TSM_FIN);
        end->is.ece += tsm_has(seg, TSM_ECE);
    }
    end->window = seg->window;
}

void tsm_metrics_feed(struct tsm_metrics *metrics, const struct tsm_segment *seg,
                      const struct tsm_verdict *verdict)
{
    struct tsm_metrics_end *end = &metrics->end[verdict->sender];
    struct tsm_metrics_end *peer = &metrics->end[tsm_other((enum tsm_side)verdict->sender)];

    if ((verdict->notes & NOT_COUNTED) != 0) {
        return;
    }
    if (tsm_has(seg, TSM_SYN)) {
        note_syn(end, seg);
    }
    note_sent(end, peer, seg, verdict);
    if (tsm_has(seg, TSM_ACK) && !tsm_has(seg, TSM_RST) &&
        (verdict->notes & TSM_NOTE_BAD_ACK) == 0) {
        note_ack(end, peer, seg);
    }
    note_window(end, seg);
}
