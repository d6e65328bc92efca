/* report_time.c - the report's section on where the time of all connections went, and who cost the
 * most of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "report_parts.h"
#include "spending.h"

/* Less than this is not worth a line. */
#define MIN_SPENT_NS INT64_C(1000000000)

/* Whose doing it is: of applications and windows that of an address and port, otherwise a pair of
 * hosts'. */
static unsigned scope_of(enum spending kind)
{
    return kind == SPENDING_SERVER || kind == SPENDING_SERVER_WINDOW   ? TUPLE_LISTENER
           : kind == SPENDING_CLIENT || kind == SPENDING_CLIENT_WINDOW ? TUPLE_CLIENT_HOST
                                                                       : TUPLE_HOSTS;
}

/* The first connection of a place. */
static guint first_of(const struct tuple_numbering *places, guint place)
{
    guint i = 0;

    while (places->of[i] != place) {
        i++;
    }
    return i;
}

static struct report_share measure(const struct story *story, enum spending kind,
                                   const struct tuple_numbering *places)
{
    g_autofree int64_t *sums = g_new0(int64_t, places->n);
    g_autofree guint *counts = g_new0(guint, places->n);
    struct report_share share = {.places = places->n};
    guint most = 0;

    for (guint i = 0; i < story->connections->len; i++) {
        const struct tsm_spent spent = story_spent(story, story_connection(story, i));
        const int64_t ns = spending_ns(&spent, kind);
        const guint place = places->of[i];
        sums[place] = duration_sum(sums[place], ns);
        counts[place] += ns > 0;
        share.total_ns = duration_sum(share.total_ns, ns);
        if (sums[place] > share.most_ns) {
            share.most_ns = sums[place];
            most = place;
        }
    }
    share.first = first_of(places, most);
    share.n = counts[most];
    return share;
}

static void tell_place(struct report *r, enum spending kind, const struct report_share *share)
{
    const unsigned scope = scope_of(kind);
    const struct tsm_tuple *tuple = &story_connection(r->story, share->first)->tuple;

    g_string_append(r->text, "; most of it ");
    text_duration(r->text, share->most_ns);
    g_string_append(r->text, scope == TUPLE_HOSTS ? " between " : " of ");
    if (scope == TUPLE_LISTENER) {
        text_endpoint(r->text, tuple, TSM_SERVER);
    } else {
        text_host(r->text, tuple->src, tuple->addr_len);
    }
    if (scope == TUPLE_HOSTS) {
        g_string_append(r->text, " and ");
        text_host(r->text, tuple->dst, tuple->addr_len);
    }
    g_string_append(r->text, " in ");
    text_counted(r->text, share->n, "connection", "connections");
}

static void tell_kind(struct report *r, enum spending kind, const struct report_share *share)
{
    g_autoptr(GString) length = g_string_new(NULL);

    if (share->total_ns < MIN_SPENT_NS) {
        return;
    }
    text_duration(length, share->total_ns);
    g_string_append_printf(r->text, "%9s  %s", length->str, spending_phrase(kind));
    if (share->places > 1) {
        tell_place(r, kind, share);
    }
    g_string_append_c(r->text, '\n');
}

/* Kinds that somebody can do something about: not transfer, and not a client that has nothing to
 * ask. */
static const enum spending told[] = {SPENDING_SERVER,        SPENDING_SETUP,
                                     SPENDING_SERVER_RESEND, SPENDING_CLIENT_RESEND,
                                     SPENDING_SERVER_WINDOW, SPENDING_CLIENT_WINDOW};

G_STATIC_ASSERT(G_N_ELEMENTS(told) == REPORT_SHARES);

void report_measure_share(struct report *r, guint i)
{
    TupleNumbers *numbers = r->anomalies->numbers;
    const struct tuple_numbering *places = tuple_numbers_take(numbers, scope_of(told[i]));

    r->shares[i] = measure(r->story, told[i], places);
    tuple_numbers_drop(numbers, places);
}

void report_time(struct report *r)
{
    const gsize before = r->text->len;

    report_heading(r, "Where the time went, of all connections together");
    const gsize empty = r->text->len;
    for (gsize i = 0; i < G_N_ELEMENTS(told); i++) {
        tell_kind(r, told[i], &r->shares[i]);
    }
    if (r->text->len == empty) {
        g_string_truncate(r->text, before);
    }
}
