/* clues_internal.h - the tests behind the clues, in chapters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CLUES_INTERNAL_H
#define CLUES_INTERNAL_H

#include "clues.h"
#include "duration.h"
#include "rule_case.h"

/* A connection that is asked for its clues. */
struct clue_case {
    struct anomaly_case is; /* without limits */
    struct tsm_spent spent;
};

/* A clue of connections, and whether one has it. A chapter ends with a test that is NULL. */
struct clue_row {
    enum clue clue;
    bool (*test)(const struct clue_case *c);
};

extern const struct clue_row clues_of_opening[];
extern const struct clue_row clues_of_talk[];
extern const struct clue_row clues_of_ending[];

/* A clue of scopes, likewise; the clues of its connections are counted. */
struct clue_scope_row {
    enum clue clue;
    bool (*test)(const struct clue_group *group);
};

extern const struct clue_scope_row clues_of_scopes[];
extern const struct clue_scope_row clues_together[];

/* How often the end's FIN was sent again, by itself: with data it is data that was sent again. */
static inline uint32_t clue_fins_again(const struct clue_case *c, enum tsm_side side)
{
    const uint32_t fins = case_mark(&c->is, side, MARK_FIN)->count;
    const uint32_t again = c->is.connection->retransmissions[side];
    const uint32_t resent = c->spent.end[side].resent;

    return MIN(MAX(fins, 1) - 1, again - MIN(again, resent));
}

/* Segments of the end that may be lost after the handshake: with data, and its FIN, which takes a
 * sequence number, too, and is repeated until it is acknowledged (RFC 9293 3.4, 3.10.8). */
static inline uint32_t clue_sent(const struct clue_case *c, enum tsm_side side)
{
    return c->spent.end[side].data + (case_mark(&c->is, side, MARK_FIN)->count > 0);
}

/* Of these, those that were lost: sent again or late, and not because of reordering. What it
 * repeats up to the end without an answer shows that nobody is there, and nothing of the path. */
static inline uint32_t clue_lost(const struct clue_case *c, enum tsm_side side)
{
    const struct tsm_spent_end *sender = &c->spent.end[side];
    const uint32_t sent_again = sender->resent + clue_fins_again(c, side);
    const uint32_t in_vain = MIN(c->is.facts[side]->seen.repeats.count, sent_again);
    const uint32_t again = sent_again - in_vain;

    return sender->filled + again - MIN(again, sender->needless);
}

/* From one end to the other and back; 0 = unknown. */
static inline int64_t clue_trip_ns(const struct clue_case *c)
{
    return duration_sum(MAX(c->spent.end[TSM_CLIENT].trip_ns, 0),
                        MAX(c->spent.end[TSM_SERVER].trip_ns, 0));
}

/* The case of a connection. */
struct clue_case clues_case(const Clues *clues, guint number);

/* Compares two times, or lengths of time (const int64_t *), for g_array_sort(). */
gint clues_by_time(gconstpointer a, gconstpointer b);

/* Lengths that many have in common: 90 % of `lengths` (int64_t, sorted here), `least` at least,
 * are within a tenth of the median, or 50 ms. *median is set. */
bool clues_are_same(GArray *lengths, guint least, int64_t *median);

#endif
