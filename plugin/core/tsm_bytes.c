/* tsm_bytes.c - the data of one end, byte by byte; see tsm_bytes.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_bytes.h"

#include <string.h>

#include "tsm_seq.h"

/* Sequence numbers this far behind the newest are not compared any more: they may be of the round
 * before (RFC 9293 3.4: numbers wrap after 2^32). */
#define ROUND (1u << 30)

static void remove_hole(struct tsm_bytes *bytes, unsigned i)
{
    bytes->n_holes--;
    memmove(&bytes->holes[i], &bytes->holes[i + 1], (bytes->n_holes - i) * sizeof bytes->holes[0]);
}

/* Of a hole, what lies before the capture began to see was not lost by it. */
static uint32_t lost_in(const struct tsm_bytes *bytes, uint32_t left, uint32_t right)
{
    const uint32_t from = bytes->begun == TSM_BYTES_OWN ? tsm_seq_max(left, bytes->origin) : left;

    return tsm_seq_lt(from, right) ? right - from : 0;
}

static void give_up_oldest(struct tsm_bytes *bytes)
{
    bytes->given_up += lost_in(bytes, bytes->holes[0].left, bytes->holes[0].right);
    remove_hole(bytes, 0);
}

static void add_hole(struct tsm_bytes *bytes, unsigned at, uint32_t left, uint32_t right)
{
    if (left == right) {
        return;
    }
    if (bytes->n_holes == TSM_MAX_HOLES) {
        give_up_oldest(bytes);
        at = at > 0 ? at - 1 : 0;
    }
    memmove(&bytes->holes[at + 1], &bytes->holes[at],
            (bytes->n_holes - at) * sizeof bytes->holes[0]);
    bytes->holes[at].left = left;
    bytes->holes[at].right = right;
    bytes->n_holes++;
}

/* Takes what lies between out of the holes. Returns how many bytes that were. */
static uint32_t fill(struct tsm_bytes *bytes, uint32_t left, uint32_t right)
{
    uint32_t filled = 0;

    for (unsigned i = 0; i < bytes->n_holes;) {
        const uint32_t hole_left = bytes->holes[i].left, hole_right = bytes->holes[i].right;
        const uint32_t from = tsm_seq_max(left, hole_left);
        const uint32_t to = tsm_seq_lt(right, hole_right) ? right : hole_right;
        if (!tsm_seq_lt(from, to)) {
            i++;
            continue;
        }
        filled += to - from;
        remove_hole(bytes, i);
        add_hole(bytes, i, to, hole_right);
        add_hole(bytes, i, hole_left, from);
        i += (unsigned)(hole_left != from) + (to != hole_right);
    }
    return filled;
}

/* Data from before the first that were captured: they came late, or the capture began between. */
static uint32_t take_before_first(struct tsm_bytes *bytes, uint32_t left, uint32_t right)
{
    const uint32_t end = tsm_seq_lt(right, bytes->first) ? right : bytes->first;

    if (!tsm_seq_lt(left, end) || bytes->next - bytes->first >= ROUND) {
        return 0;
    }
    add_hole(bytes, 0, end, bytes->first);
    bytes->first = left;
    return end - left;
}

/* Counting begins at that number, or begins anew: with a SYN of another number. */
static void begin(struct tsm_bytes *bytes, uint32_t at)
{
    const uint32_t end = bytes->next + bytes->beyond;
    const uint32_t acked = tsm_seq_lt(at, end) ? at : end;

    if (bytes->begun == TSM_BYTES_ACKED && tsm_seq_lt(bytes->next, acked)) {
        bytes->given_up += acked - bytes->next; /* acknowledged before it, and not captured */
    }
    while (bytes->n_holes > 0) {
        give_up_oldest(bytes);
    }
    bytes->next = bytes->first = bytes->origin = at;
    bytes->beyond = bytes->begun == TSM_BYTES_ACKED && tsm_seq_lt(at, end) ? end - at : 0;
    bytes->begun = TSM_BYTES_OWN;
}

/* Numbers that are old by half a round would look new. */
static void forget_old(struct tsm_bytes *bytes)
{
    while (bytes->n_holes > 0 && bytes->next - bytes->holes[0].left >= ROUND) {
        give_up_oldest(bytes);
    }
    if (bytes->next - bytes->first >= ROUND || bytes->in_order >= ROUND) {
        bytes->first = bytes->origin = bytes->next - ROUND;
    }
}

static void advance(struct tsm_bytes *bytes, uint32_t next)
{
    const uint32_t by = next - bytes->next;

    bytes->beyond = bytes->beyond > by ? bytes->beyond - by : 0;
    bytes->next = next;
}

static void take_data(struct tsm_bytes *bytes, uint32_t left, uint32_t right)
{
    const uint32_t known = tsm_seq_lt(right, bytes->next) ? right : bytes->next;

    if (tsm_seq_lt(left, known)) {
        const uint32_t late = take_before_first(bytes, left, known) + fill(bytes, left, known);
        bytes->out_of_order += late;
        bytes->repeated += known - left - late;
    }
    if (tsm_seq_lt(bytes->next, right)) {
        const uint32_t from = tsm_seq_max(left, bytes->next);
        add_hole(bytes, bytes->n_holes, bytes->next, from);
        bytes->in_order += right - from;
        advance(bytes, right);
    }
}

/* Numbers go as far as that. One octet more may be a FIN, which is no data: it counts when numbers
 * go on behind it. */
static void reach(struct tsm_bytes *bytes, uint32_t number)
{
    const int64_t ahead = tsm_seq_diff(number, bytes->next);

    if (ahead > (int64_t)bytes->beyond + 1) {
        bytes->beyond = (uint32_t)ahead;
    }
}

/* Data in the place of a FIN, which is the highest that was captured: its octet was none of theirs,
 * whoever sent it. */
static void disown_fin(struct tsm_bytes *bytes, uint32_t left, uint32_t right)
{
    if (bytes->fin && bytes->fin_next == bytes->next && tsm_seq_lt(left, bytes->next) &&
        tsm_seq_le(bytes->next, right)) {
        bytes->next--;
        bytes->fin = false;
    }
}

void tsm_bytes_sent(struct tsm_bytes *bytes, const struct tsm_segment *seg)
{
    const uint32_t left = seg->seq + tsm_has(seg, TSM_SYN);
    const uint32_t right = left + seg->payload;

    if (tsm_has(seg, TSM_RST)) {
        return; /* its data are a text for people (RFC 9293 3.5.2) */
    }
    if (bytes->begun != TSM_BYTES_OWN || (tsm_has(seg, TSM_SYN) && left != bytes->first)) {
        begin(bytes, left);
    }
    forget_old(bytes);
    disown_fin(bytes, left, right);
    if (seg->payload > 0 || (tsm_has(seg, TSM_FIN) && tsm_seq_le(bytes->next, left))) {
        take_data(bytes, left, right);
    }
    if (tsm_has(seg, TSM_FIN) && right == bytes->next) {
        advance(bytes, right + 1);
        bytes->fin_next = bytes->next;
        bytes->fin = true;
    }
    reach(bytes, right);
}

void tsm_bytes_acked(struct tsm_bytes *bytes, uint32_t ack)
{
    if (bytes->begun == TSM_BYTES_NOTHING) {
        bytes->next = bytes->first = bytes->origin = ack;
        bytes->begun = TSM_BYTES_ACKED;
    }
    reach(bytes, ack);
}

uint64_t tsm_bytes_lost(const struct tsm_bytes *bytes)
{
    uint64_t lost = bytes->given_up + bytes->beyond;

    for (unsigned i = 0; i < bytes->n_holes; i++) {
        lost += lost_in(bytes, bytes->holes[i].left, bytes->holes[i].right);
    }
    return lost;
}
