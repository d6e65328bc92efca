/* listener.c - what a story says of server ports; see listener.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "listener.h"

#include <string.h>

#include "tuple_index.h"

static int compare_servers(const struct tsm_tuple *a, const struct tsm_tuple *b)
{
    if (a->addr_len != b->addr_len) {
        return a->addr_len < b->addr_len ? -1 : 1;
    }
    const int order = memcmp(a->dst, b->dst, a->addr_len);
    return order != 0 ? order : (a->dport > b->dport) - (a->dport < b->dport);
}

static gint by_server(gconstpointer a, gconstpointer b)
{
    return compare_servers(((const struct listener *)a)->tuple,
                           ((const struct listener *)b)->tuple);
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void clear(gpointer data)
{
    g_array_unref(((struct listener *)data)->setups_ns);
}

/* Since when the server's own SYN-ACK shows that it listened; INT64_MAX = it does not. A server
 * that has sent a SYN of its own opened actively. */
static int64_t proof_of(const GArray *intervals)
{
    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *interval = &g_array_index(intervals, struct story_interval, i);
        if (interval->state == TSM_SYN_SENT) {
            return INT64_MAX;
        }
        if (interval->state >= TSM_SYN_RCVD) {
            return interval->from_ns;
        }
    }
    return INT64_MAX;
}

static void note_proof(struct listener *listener, int64_t ns)
{
    if (ns != INT64_MAX) {
        listener->proven_ns = MIN(listener->proven_ns, ns);
        listener->gone_ns = INT64_MAX;
    }
}

/* `scratch` is for the function's own use. */
static void count(struct listener *listener, const struct story *story,
                  const struct story_connection *connection, enum outcome_opening opening,
                  GArray *scratch)
{
    listener->attempts++;
    listener->opens[opening]++;
    listener->retried += opening == OPENING_CONNECTED && connection->syn_tries > 1;
    listener->again += (connection->notes & TSM_NOTE_SYN_ACK_AGAIN) != 0;
    if (opening == OPENING_CONNECTED && connection->setup_ns >= 0) {
        g_array_append_val(listener->setups_ns, connection->setup_ns);
    }
    if (opening == OPENING_REFUSED && listener->gone_ns == INT64_MAX) {
        listener->gone_ns = connection->start_ns;
    }
    if ((connection->open_steps & 2) != 0) {
        story_intervals(story, connection, TSM_SERVER, scratch);
        note_proof(listener, proof_of(scratch));
    }
}

/* The listener of a connection; `known` numbers those of the list. */
static struct listener *find_or_add(GArray *list, TupleIndex *known, const struct story *story,
                                    guint connection)
{
    const guint number = tuple_index_add(known, connection);

    if (number == list->len) {
        const struct listener fresh = {
            .tuple = &story_connection(story, connection)->tuple,
            .proven_ns = INT64_MAX,
            .gone_ns = INT64_MAX,
            .setups_ns = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        };
        g_array_append_val(list, fresh);
    }
    return &g_array_index(list, struct listener, number);
}

GArray *listeners_of(const struct story *story)
{
    g_autoptr(TupleIndex) known = tuple_index_new(story, TUPLE_LISTENER);
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct listener));

    g_array_set_clear_func(list, clear);
    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        struct outcome_facts facts;
        outcome_facts(story, connection, scratch, &facts);
        const enum outcome_opening opening = outcome_opening(&facts);
        if (opening != OPENING_MIDSTREAM) {
            count(find_or_add(list, known, story, i), story, connection, opening, scratch);
        }
    }
    for (guint i = 0; i < list->len; i++) {
        g_array_sort(g_array_index(list, struct listener, i).setups_ns, by_time);
    }
    g_array_sort(list, by_server);
    return list;
}

bool listener_at(const struct listener *listener, int64_t ns)
{
    return listener->proven_ns <= ns && ns < listener->gone_ns;
}

enum listener_health listener_health(const struct listener *listener)
{
    if (listener->again > 0) {
        return LISTENER_QUEUE;
    }
    if (listener->proven_ns == INT64_MAX) {
        return listener->opens[OPENING_REFUSED] > 0 ? LISTENER_REFUSED : LISTENER_SILENT;
    }
    return listener->opens[OPENING_UNANSWERED] + listener->retried > 0 ? LISTENER_SLOW
                                                                       : LISTENER_OK;
}

const char *listener_health_word(enum listener_health health)
{
    static const char *const words[] = {
        [LISTENER_OK] = "ok",           [LISTENER_QUEUE] = "queue_full",
        [LISTENER_SLOW] = "syns_lost",  [LISTENER_SILENT] = "silent",
        [LISTENER_REFUSED] = "refused",
    };

    return words[health];
}
