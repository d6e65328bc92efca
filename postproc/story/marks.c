/* marks.c - which kinds a segment counts for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "marks.h"

static uint64_t bit(bool is, enum mark_kind kind)
{
    return is ? UINT64_C(1) << kind : 0;
}

/* The step of the close that acknowledges the peer's FIN: 2 or 4. */
static bool acknowledges_fin(const struct tsm_record_segment *segment)
{
    return (segment->close_steps & (TSM_CLOSE_2 | TSM_CLOSE_4)) != 0;
}

uint64_t marks_of(const struct tsm_record_segment *segment)
{
    const unsigned syn = segment->flags & (TSM_SYN | TSM_ACK);
    const bool counts =
        segment->action != TSM_ACT_DUPLICATE && segment->action != TSM_ACT_ICMP_ERROR;
    const bool rst = (segment->flags & TSM_RST) != 0;
    const enum tsm_side receiver = tsm_other((enum tsm_side)segment->sender);

    if (!counts) {
        return segment->notes;
    }
    return segment->notes | bit(syn == TSM_SYN && !rst, MARK_SYN) |
           bit(syn == (TSM_SYN | TSM_ACK) && !rst, MARK_SYN_ACK) |
           bit(segment->open_step == 3, MARK_THIRD_ACK) |
           bit(syn == TSM_ACK && !rst && (segment->notes & TSM_NOTE_BAD_ACK) != 0 &&
                   segment->state[receiver] == TSM_SYN_SENT,
               MARK_ACK_FOR_SYN) |
           bit((segment->flags & TSM_FIN) != 0 && !rst, MARK_FIN) |
           bit(acknowledges_fin(segment), MARK_ACK_OF_FIN) | bit(rst, MARK_RST) |
           bit(segment->action == TSM_ACT_KEEP_ALIVE, MARK_KEEP_ALIVE) |
           bit(segment->action == TSM_ACT_ZERO_WINDOW_PROBE, MARK_WINDOW_PROBE) |
           bit(rst && (segment->flags & (TSM_SYN | TSM_FIN)) != 0, MARK_BAD_RST);
}
