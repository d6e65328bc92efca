/* report_time.c - the report's section on where the time of all connections went, and who cost the
 * most of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "report_parts.h"
#include "spending.h"
#include "tuple_index.h"

/* Less than this is not worth a line. */
#define MIN_SPENT_NS INT64_C(1000000000)

/* Of one kind, and of the place that has most of it. */
struct share {
    int64_t total_ns;
    int64_t most_ns;
    guint most; /* of the places: see tuple_index_first() */
    guint n;    /* connections of that place that have some */
};

/* Whose doing it is: of applications and windows that of an address and port, otherwise a pair of
 * hosts'. */
static unsigned scope_of(enum spending kind)
{
    return kind == SPENDING_SERVER || kind == SPENDING_SERVER_WINDOW   ? TUPLE_LISTENER
           : kind == SPENDING_CLIENT || kind == SPENDING_CLIENT_WINDOW ? TUPLE_CLIENT_HOST
                                                                       : TUPLE_HOSTS;
}

static struct share share_of(const struct story *story, enum spending kind, TupleIndex *index)
{
    g_autoptr(GArray) sums = g_array_new(FALSE, TRUE, sizeof(int64_t));
    g_autoptr(GArray) counts = g_array_new(FALSE, TRUE, sizeof(guint));
    struct share share = {0};

    for (guint i = 0; i < story->connections->len; i++) {
        const struct tsm_spent spent = story_spent(story, story_connection(story, i));
        const int64_t ns = spending_ns(&spent, kind);
        const guint place = tuple_index_add(index, i);
        g_array_set_size(sums, tuple_index_size(index));
        g_array_set_size(counts, tuple_index_size(index));
        int64_t *sum = &g_array_index(sums, int64_t, place);
        *sum = duration_sum(*sum, ns);
        g_array_index(counts, guint, place) += ns > 0;
        share.total_ns = duration_sum(share.total_ns, ns);
        if (*sum > share.most_ns) {
            share.most_ns = *sum;
            share.most = place;
        }
    }
    share.n = counts->len > 0 ? g_array_index(counts, guint, share.most) : 0;
    return share;
}

static void tell_place(struct report *r, enum spending kind, const TupleIndex *index,
                       const struct share *share)
{
    const unsigned scope = scope_of(kind);
    const struct tsm_tuple *tuple =
        &story_connection(r->story, tuple_index_first(index, share->most))->tuple;

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

static void tell_kind(struct report *r, enum spending kind)
{
    g_autoptr(TupleIndex) index = tuple_index_new(r->story, scope_of(kind));
    g_autoptr(GString) length = g_string_new(NULL);
    const struct share share = share_of(r->story, kind, index);

    if (share.total_ns < MIN_SPENT_NS) {
        return;
    }
    text_duration(length, share.total_ns);
    g_string_append_printf(r->text, "%9s  %s", length->str, spending_phrase(kind));
    if (tuple_index_size(index) > 1) {
        tell_place(r, kind, index, &share);
    }
    g_string_append_c(r->text, '\n');
}

/* Kinds that somebody can do something about: not transfer, and not a client that has nothing to
 * ask. */
static const enum spending told[] = {SPENDING_SERVER,        SPENDING_SETUP,
                                     SPENDING_SERVER_RESEND, SPENDING_CLIENT_RESEND,
                                     SPENDING_SERVER_WINDOW, SPENDING_CLIENT_WINDOW};

void report_time(struct report *r)
{
    const gsize before = r->text->len;

    report_heading(r, "Where the time went, of all connections together");
    const gsize empty = r->text->len;
    for (gsize i = 0; i < G_N_ELEMENTS(told); i++) {
        tell_kind(r, told[i]);
    }
    if (r->text->len == empty) {
        g_string_truncate(r->text, before);
    }
}
