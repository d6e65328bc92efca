/* spending.c - see spending.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "spending.h"

#include "duration.h"

static const struct {
    const char *word;
    const char *phrase;
    size_t place;
} rows[N_SPENDINGS] = {
#define X(name, word, phrase, member) {word, phrase, offsetof(struct tsm_spent, member)},
    SPENDING_LIST(X)
#undef X
};

const char *spending_word(enum spending kind)
{
    return rows[kind].word;
}

const char *spending_phrase(enum spending kind)
{
    return rows[kind].phrase;
}

int64_t spending_ns(const struct tsm_spent *spent, enum spending kind)
{
    int64_t ns;

    memcpy(&ns, (const char *)spent + rows[kind].place, sizeof ns);
    return MAX(ns, 0);
}

int64_t spending_total_ns(const struct tsm_spent *spent)
{
    int64_t total_ns = 0;

    for (unsigned kind = 0; kind < N_SPENDINGS; kind++) {
        total_ns = duration_sum(total_ns, spending_ns(spent, (enum spending)kind));
    }
    return total_ns;
}
