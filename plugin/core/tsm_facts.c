/* tsm_facts.c - gathers the facts of tsm_facts.h, a segment at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_common.h"

/* An IP identification so far behind the last one is still the next of a counter that other
 * connections use, too; assumed. */
#define NEXT_IDS 16

/* Whose counter of IP identifications a RST goes on: its end's, or that of the segment which it
 * answers. A device that makes RSTs of what it sees copies the latter. Source: Weaver, Sommer,
 * Paxson: Detecting Forged TCP Reset Packets, NDSS 2009. */
static unsigned id_signs(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_conn *conn = now->conn;
    const uint16_t id = now->seg->ip_id;
    const uint16_t ahead = (uint16_t)(id - tsm_last(conn, sender)->ip_id);

    if (id == 0 || ahead == 0 || conn->ep[sender].segments == 0 ||
        tsm_last(conn, sender)->ip_id == 0) {
        return 0;
    }
    if (ahead > 0 && ahead <= NEXT_IDS) { /* of several the first tells: they may have a counter */
        return conn->facts[sender].rst_signs == 0 ? TSM_RST_OWN_ID : 0;
    }
    unsigned same = 0;
    for (unsigned i = 0; i < TSM_RECENT; i++) {
        same += conn->recent[tsm_other(sender)][i].ip_id == id;
    }
    return same == 1 ? TSM_RST_PEERS_ID : 0; /* more: that end does not count */
}

static void note_reset(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_facts *facts = &now->conn->facts[sender];
    const struct tsm_segment *seg = now->seg;
    const bool ack = tsm_has(seg, TSM_ACK);
    const unsigned ids = id_signs(now, sender);

    tsm_note_ttl(&facts->rst_ttl_least, &facts->rst_ttl_most, seg->ttl);
    if (facts->rst_signs != 0 && facts->last_rst_seq != seg->seq) {
        facts->rst_signs |= TSM_RST_MOVED;
    }
    facts->rst_signs |= ack ? TSM_RST_ACK : TSM_RST_BARE;
    if (ack && seg->ack == 0) {
        facts->rst_signs |= TSM_RST_ACK_ZERO;
    }
    if (seg->payload > 0) {
        facts->rst_signs |= TSM_RST_DATA;
    }
    facts->rst_signs |= (uint8_t)ids;
    facts->last_rst_seq = seg->seq;
    now->conn->facts[TSM_CLIENT].isns_now = now->conn->facts[TSM_SERVER].isns_now = 0;
}

static void note_syn(struct tsm_facts *facts, struct tsm_facts *peer, const struct tsm_segment *seg)
{
    if (facts->isns_now == 0 || facts->syn_seq != seg->seq) {
        facts->isns_now = (uint8_t)(facts->isns_now < UINT8_MAX ? facts->isns_now + 1 : UINT8_MAX);
        facts->isns = facts->isns < facts->isns_now ? facts->isns_now : facts->isns;
        facts->syn_seq = seg->seq;
        facts->mss = seg->mss;
        facts->offered = seg->known;
        facts->wscale = (seg->known & TSM_HAS_WSCALE) != 0 ? seg->wscale : 0;
    }
    if (seg->payload > 0) {
        facts->syn_payload = (uint16_t)(seg->payload < UINT16_MAX ? seg->payload : UINT16_MAX);
    }
    if (tsm_has(seg, TSM_ACK) && peer->syn_payload > 0 && tsm_seq_lt(peer->syn_seq + 1, seg->ack)) {
        peer->syn_data_acked = true;
    }
}

/* Both ends were silent, and this segment asks for an answer. */
static void note_pause(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_endpoint *last = peer->last_ns > ep->last_ns ? peer : ep;
    struct tsm_pause *pause = &now->conn->facts[sender].unanswered;

    if (pause->ns != 0 || last->last_frame == 0 || now->ns - last->last_ns < TSM_PAUSE_NS ||
        tsm_was_cut_off(now, last->last_ns) || !(now->is_probe || tsm_segment_span(now->seg) > 0)) {
        return;
    }
    *pause = (struct tsm_pause){
        .ns = now->ns - last->last_ns,
        .end_ns = now->ns,
        .frame = last->last_frame,
        .end_frame = now->frame,
    };
}

/* The sender acknowledges new data: what its peer repeated has arrived. */
static void end_stall(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_facts *peer = &now->conn->facts[tsm_other(sender)];
    const int64_t ns = now->ns - peer->last_data_ns;

    if (peer->stuck.count == 0) {
        return;
    }
    if (ns > peer->stall_ns && !tsm_was_cut_off(now, peer->last_data_ns)) {
        peer->stall_ns = ns;
        peer->stall_frame = peer->stuck.first_frame;
    }
    peer->stuck = (struct tsm_mark){0};
}

/* The sender gives a sign of life: what its peer repeated is answered. A repeat that acknowledges
 * nothing new is none: the two may have crossed. */
static void note_answer(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    struct tsm_facts *peer = &now->conn->facts[tsm_other(sender)];
    const struct tsm_segment *seg = now->seg;
    const bool repeats = now->is_probe || (now->out->notes & TSM_NOTE_RETRANSMISSION) != 0;
    const bool progress =
        tsm_has(seg, TSM_ACK) && ((ep->flags & EP_ACKS) == 0 || tsm_seq_lt(ep->ack_sent, seg->ack));

    if (progress) {
        end_stall(now, sender);
    }
    if (repeats && !progress) {
        return;
    }
    if (peer->repeats.count > 0) {
        peer->repeats = (struct tsm_mark){0};
    }
    if (peer->unanswered.ns > 0) {
        peer->survived_ns =
            peer->unanswered.ns > peer->survived_ns ? peer->unanswered.ns : peer->survived_ns;
        peer->unanswered = (struct tsm_pause){0};
    }
    if (tsm_has(seg, TSM_ACK)) {
        tsm_note_acked(peer, seg->ack);
    }
}

/* The same sequence number once more, or an earlier one: not the rest of a burst. */
static void note_repeat(const struct tsm_step *now, struct tsm_facts *facts)
{
    const struct tsm_segment *seg = now->seg;

    if (!now->is_probe && (now->out->notes & TSM_NOTE_RETRANSMISSION) == 0) {
        return;
    }
    if (facts->repeats.count == 0 || tsm_seq_le(seg->seq, facts->repeated_seq)) {
        facts->repeated_seq = seg->seq;
        facts->repeated_payload = seg->payload;
        tsm_mark_note(&facts->repeats, now->ns, now->frame);
    }
}

/* Data that begins where its peer's acknowledgments end, once more. */
static void note_stuck(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_facts *facts = &now->conn->facts[sender];
    const struct tsm_endpoint *ep = &now->conn->ep[sender];
    const struct tsm_segment *seg = now->seg;

    if (now->is_probe || seg->payload == 0 || (now->out->notes & TSM_NOTE_RETRANSMISSION) == 0 ||
        (ep->flags & EP_ACKED) == 0 || seg->seq != ep->snd_una) {
        return;
    }
    if (facts->stuck.count > 0 && facts->stuck_seq != seg->seq) {
        facts->stuck = (struct tsm_mark){0};
    }
    facts->stuck_seq = seg->seq;
    facts->stuck_payload = seg->payload;
    tsm_mark_note(&facts->stuck, now->ns, now->frame);
}

/* Blocks so far from what was captured are not explained by what the capture lost; assumed. */
#define SACK_FAR (1 << 20)

/* What the sender has received beyond a hole (RFC 2018 3), if its peer sent that. */
static void note_sack(const struct tsm_step *now, enum tsm_side sender)
{
    const struct tsm_segment *seg = now->seg;
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    struct tsm_facts *facts = &now->conn->facts[tsm_other(sender)];
    const uint32_t bytes = seg->sack_right - seg->sack_left;

    if ((seg->known & TSM_HAS_SACK) == 0 || (peer->flags & EP_SENT) == 0) {
        return;
    }
    const int32_t beyond = tsm_seq_diff(seg->sack_right, peer->snd_nxt);
    const int32_t before = tsm_seq_diff(seg->ack, seg->sack_left);
    if (beyond > SACK_FAR || before > SACK_FAR) {
        struct tsm_facts *own = &now->conn->facts[sender];
        own->sack_frame = own->sack_outside == 0 ? now->frame : own->sack_frame;
        tsm_count16(&own->sack_outside);
    } else if (beyond <= 0 && tsm_seq_lt(seg->ack, seg->sack_left) && bytes > facts->sacked) {
        facts->sacked = bytes;
    }
}

/* Data that was not sent before, and whether the peer's FIN was. */
static void note_data(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_facts *facts = &now->conn->facts[sender];
    const struct tsm_endpoint *peer = tsm_peer(now, sender);
    const struct tsm_segment *seg = now->seg;

    if (seg->payload == 0 || now->is_probe || (now->out->notes & TSM_NOTE_RETRANSMISSION) != 0) {
        return;
    }
    tsm_note_new_data(now, sender);
    if ((peer->flags & (EP_FIN | EP_FIN_HELD | EP_FIN_GUESSED)) == EP_FIN) {
        const bool knows = tsm_has(seg, TSM_ACK) && tsm_seq_lt(peer->fin_seq, seg->ack);
        tsm_first_note(knows ? &facts->after_fin : &facts->crossed_fin, now->ns, now->frame);
    }
}

static void note_window(const struct tsm_step *now, struct tsm_facts *facts)
{
    const struct tsm_segment *seg = now->seg;

    if (seg->window == 0 && facts->closed_since_ns == 0 && !tsm_has(seg, TSM_SYN)) {
        facts->closed_since_ns = now->ns;
        tsm_first_note(&facts->closed_window, now->ns, now->frame);
    } else if (seg->window > 0 && facts->closed_since_ns != 0) {
        const int64_t length_ns = now->ns - facts->closed_since_ns;
        facts->closed_longest_ns =
            length_ns > facts->closed_longest_ns ? length_ns : facts->closed_longest_ns;
        facts->closed_ns = tsm_later(facts->closed_ns, length_ns > 0 ? length_ns : 0);
        facts->closed_since_ns = 0;
    }
}

void tsm_facts_note(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_conn *conn = now->conn;
    struct tsm_facts *facts = &conn->facts[sender];
    const struct tsm_segment *seg = now->seg;
    const struct tsm_endpoint *peer = &conn->ep[tsm_other(sender)];

    if (conn->ep[sender].segments == 0) {
        facts->first_flags = seg->flags;
    }
    if (now->ns < conn->ep[sender].last_ns || now->ns < peer->last_ns) {
        tsm_count16(&facts->backwards);
    }
    if ((seg->known & TSM_OPTIONS_CUT) != 0) {
        tsm_count16(&facts->options_cut);
    }
    if (tsm_has(seg, TSM_RST)) {
        note_reset(now, sender);
        return;
    }
    if ((now->out->notes & TSM_NOTE_OUT_OF_WINDOW) != 0) {
        return;
    }
    if (tsm_has(seg, TSM_SYN)) {
        note_syn(facts, &conn->facts[tsm_other(sender)], seg);
    }
    note_pause(now, sender);
    note_answer(now, sender);
    note_repeat(now, facts);
    note_stuck(now, sender);
    note_sack(now, sender);
    note_data(now, sender);
    note_window(now, facts);
}

void tsm_facts_host(const struct tsm_step *now, enum tsm_side sender)
{
    struct tsm_facts *facts = &now->conn->facts[sender];

    if (!tsm_has(now->seg, TSM_RST) && (now->out->notes & TSM_NOTE_OUT_OF_WINDOW) == 0) {
        tsm_note_ttl(&facts->ttl_least, &facts->ttl_most, now->seg->ttl);
    }
}

void tsm_facts_icmp(struct tsm_conn *conn, enum tsm_side side, uint32_t frame, uint32_t seq,
                    const struct tsm_icmp_error *error)
{
    struct tsm_facts *facts = &conn->facts[side];
    const struct tsm_endpoint *ep = &conn->ep[side];

    if ((ep->flags & EP_SENT) == 0 || tsm_seq_lt(ep->snd_nxt, seq)) {
        return;
    }
    if (facts->icmp_frame != 0 && (facts->icmp.fatal || !error->fatal)) {
        if (error->mtu != 0 && error->mtu < facts->icmp.mtu) {
            facts->icmp.mtu = error->mtu;
        }
        return;
    }
    facts->icmp = *error;
    facts->icmp_frame = frame;
}
