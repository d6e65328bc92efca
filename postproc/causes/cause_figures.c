/* cause_figures.c - see cause_figures.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause_figures.h"

#include "clues_internal.h"

/* Of a connection; below 0 = it has none. */
typedef int64_t (*measure)(const struct clue_case *c);

/* The median over the connections with the clue. */
static int64_t median_of(const struct clue_group *group, enum clue clue, measure get)
{
    g_autoptr(GArray) lengths = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t median;

    for (guint i = 0; i < group->n; i++) {
        if (clues_have(group->clues, group->members[i], clue)) {
            const struct clue_case c = clues_case(group->clues, group->members[i]);
            const int64_t length = get(&c);
            g_array_append_val(lengths, length);
        }
    }
    clues_are_same(lengths, 1, &median);
    return median;
}

void figures_loss(const struct clue_group *group, const struct cause *cause, struct anomaly *about)
{
    guint64 data[2] = {0, 0};
    guint64 lost[2] = {0, 0};

    (void)cause;
    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        for (unsigned side = 0; side < 2; side++) {
            data[side] += clue_sent(&c, (enum tsm_side)side);
            lost[side] += clue_lost(&c, (enum tsm_side)side);
        }
    }
    for (unsigned side = 0; side < 2; side++) {
        about->figure[1 + side] =
            data[side] > 0 ? (int64_t)MIN(100, (100 * lost[side] + data[side] / 2) / data[side])
                           : 0;
    }
}

void figures_pairs(const struct clue_group *group, const struct cause *cause, struct anomaly *about)
{
    (void)cause;
    about->figure[1] = (group->count[CLUE_TRANSLATED] + 1) / 2;
}

static int64_t get_patience(const struct clue_case *c)
{
    return c->spent.end[TSM_CLIENT].gave_up_ns;
}

void figures_patience(const struct clue_group *group, const struct cause *cause,
                      struct anomaly *about)
{
    (void)cause;
    about->figure[1] = median_of(group, CLUE_CLIENT_GAVE_UP, get_patience);
}

static int64_t get_idle(const struct clue_case *c)
{
    return c->spent.end[TSM_SERVER].gave_up_ns;
}

void figures_idle_close(const struct clue_group *group, const struct cause *cause,
                        struct anomaly *about)
{
    (void)cause;
    about->figure[1] = median_of(group, CLUE_SERVER_CLOSED_IDLE, get_idle);
}

void figures_idle_limit(const struct clue_group *group, const struct cause *cause,
                        struct anomaly *about)
{
    int64_t dead_ns = INT64_MAX;

    (void)cause;
    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        for (unsigned side = 0; side < 2; side++) {
            const struct tsm_facts *facts = &c.is.facts[side]->seen;
            about->figure[2] = MAX(about->figure[2], facts->survived_ns);
            if (clues_have(group->clues, group->members[i], CLUE_IDLE_THEN_DEAD) &&
                facts->unanswered.ns > 0) {
                dead_ns = MIN(dead_ns, facts->unanswered.ns);
            }
        }
    }
    about->figure[1] = dead_ns < INT64_MAX ? dead_ns : 0;
}

static int64_t get_think(const struct clue_case *c)
{
    return c->spent.end[TSM_SERVER].longest_ns;
}

void figures_think(const struct clue_group *group, const struct cause *cause, struct anomaly *about)
{
    (void)cause;
    about->figure[1] = median_of(group, CLUE_SERVER_THINKS, get_think);
}

static int64_t get_setup(const struct clue_case *c)
{
    return MAX(c->is.connection->setup_ns, 0);
}

void figures_setup(const struct clue_group *group, const struct cause *cause, struct anomaly *about)
{
    (void)cause;
    about->figure[1] = median_of(group, CLUE_SLOW_SETUP, get_setup);
}

void figures_stall(const struct clue_group *group, const struct cause *cause, struct anomaly *about)
{
    (void)cause;
    for (guint i = 0; i < group->n; i++) {
        const struct clue_case c = clues_case(group->clues, group->members[i]);
        for (unsigned side = 0; side < 2; side++) {
            about->figure[1] = MAX(about->figure[1], c.spent.end[side].stall_ns);
        }
    }
}

/* Types and codes: RFC 792, RFC 4443. */
static const struct {
    uint8_t addr_len, type, code;
    const char *text;
} icmp_texts[] = {
#define LOOP                                                                           \
    "packets to {server} go round in a circle: routers drop them for their age (ICMP " \
    "type {n1}), {members:connection:connections} of {n0}"
#define NO_WAY                                                      \
    "routers know no way to {server} (ICMP type {n1}, code {n2}): " \
    "{members:connection:connections} of {n0}"
    {4, 11, 0, LOOP},  {16, 3, 0, LOOP},   {4, 3, 0, NO_WAY},
    {4, 3, 1, NO_WAY}, {16, 1, 0, NO_WAY}, {16, 1, 3, NO_WAY},
};

void figures_rejects(const struct clue_group *group, const struct cause *cause,
                     struct anomaly *about)
{
    const struct clue_case c = clues_case(group->clues, about->connection);
    const struct tsm_icmp_error *icmp = &c.is.facts[TSM_CLIENT]->seen.icmp;

    (void)cause;
    about->figure[1] = icmp->type;
    about->figure[2] = icmp->code;
    for (gsize i = 0; i < G_N_ELEMENTS(icmp_texts) && icmp->type != 0; i++) {
        if (icmp_texts[i].addr_len == c.is.connection->tuple.addr_len &&
            icmp_texts[i].type == icmp->type && icmp_texts[i].code == icmp->code) {
            about->text = icmp_texts[i].text;
        }
    }
}
