/* summary.c - counts what the report tells; see summary.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "summary.h"

#include "blanks.h"
#include "duration.h"

#define LONG_HANDSHAKE_NS 1000000000LL /* the first retransmission of a SYN: RFC 6298 2.1 */

/* One connection on its way into the sums. */
struct counting {
    Summary *summary;
    const struct story *story;
    const struct story_connection *connection;
    guint number;
    int64_t end_ns; /* until when it was followed */
    GArray *scratch;
    const struct tuple_numbering *servers; /* by address and port */
};

static bool has_failed(enum outcome_opening opening)
{
    return opening != OPENING_CONNECTED && opening != OPENING_MIDSTREAM;
}

static void group_add(struct summary_group *group, const struct counting *c, int64_t ns)
{
    if (group->n == 0 || ns > group->longest_ns) {
        group->longest = c->number;
        group->longest_ns = ns;
    }
    group->first[c->connection->closed_by]++;
    group->n++;
}

/* The same, and counts it for its server. */
static void group_add_server(struct summary_group *group, const struct counting *c, int64_t ns)
{
    if (group->counts == NULL) {
        group->counts = g_new0(guint, c->servers->n);
    }
    group->counts[c->servers->of[c->number]]++;
    group_add(group, c, ns);
}

static int64_t lifetime(const struct story_connection *connection)
{
    return duration_forward(connection->start_ns, connection->end_ns);
}

static void count_outcome(const struct counting *c)
{
    Summary *summary = c->summary;
    const enum outcome_opening opening = summary->opening_of[c->number];
    const enum outcome_ending ending = summary->ending_of[c->number];
    const int64_t ns = lifetime(c->connection);

    (has_failed(opening) ? group_add_server : group_add)(&summary->openings[opening], c, ns);
    (ending == ENDING_CLEAN ? group_add : group_add_server)(&summary->endings[ending], c, ns);
}

static void count_setup(const struct counting *c)
{
    Summary *summary = c->summary;
    const struct story_connection *connection = c->connection;

    if (summary->opening_of[c->number] != OPENING_CONNECTED) {
        return;
    }
    if (connection->setup_ns >= 0) {
        g_array_append_val(summary->setups, connection->setup_ns);
    }
    if (connection->syn_tries > 1) {
        group_add_server(&summary->retried, c, connection->setup_ns);
    }
    if ((connection->notes & TSM_NOTE_SYN_ACK_AGAIN) != 0) {
        group_add_server(&summary->synack_again, c, lifetime(connection));
    }
}

/* The last that it did was to send again what its peer does not answer. */
static bool is_unanswered(const struct counting *c, enum tsm_side side)
{
    return story_repeats(c->story, c->connection).count[side] > 0;
}

static bool is_over(const struct counting *c, enum tsm_side side)
{
    const struct story_interval *last = story_last(c->story, c->connection, side);

    return last == NULL || (last->state <= TSM_LISTEN && last->state != TSM_UNKNOWN);
}

/* More than one segment was seen, all from one side. A single one has not been answered yet. */
static void count_direction(const struct counting *c)
{
    const uint32_t *segments = c->connection->segments;

    if (c->summary->ending_of[c->number] != ENDING_NONE && c->connection->counted &&
        !story_is_own_peer(c->connection) && MIN(segments[TSM_CLIENT], segments[TSM_SERVER]) == 0 &&
        MAX(segments[TSM_CLIENT], segments[TSM_SERVER]) > 1) {
        c->summary->one_way++;
    }
}

static void count_open(const struct counting *c)
{
    Summary *summary = c->summary;

    if (summary->ending_of[c->number] != ENDING_OPEN) {
        return;
    }
    if (is_unanswered(c, TSM_CLIENT) || is_unanswered(c, TSM_SERVER)) {
        group_add_server(&summary->unanswered, c, lifetime(c->connection));
    }
    if (is_over(c, TSM_CLIENT) != is_over(c, TSM_SERVER)) {
        group_add_server(&summary->one_sided, c, lifetime(c->connection));
    }
}

static bool is_opening(unsigned state)
{
    return state == TSM_SYN_SENT || state == TSM_SYN_RCVD;
}

/* How long the endpoint was in SYN_SENT and SYN_RCVD; the last interval lasts to the capture's
 * end. */
static int64_t time_opening(const struct counting *c, enum tsm_side side)
{
    int64_t sum = 0;

    story_intervals(c->story, c->connection, side, c->scratch);
    for (guint i = 0; i < c->scratch->len; i++) {
        const struct story_interval *interval =
            &g_array_index(c->scratch, struct story_interval, i);
        const int64_t to = i + 1 < c->scratch->len ? interval[1].from_ns : c->end_ns;
        if (is_opening(interval->state)) {
            sum = duration_sum(sum, story_captured_ns(c->story, interval->from_ns, to));
        }
    }
    return sum;
}

static void count_handshake(const struct counting *c)
{
    const int64_t client_ns = time_opening(c, TSM_CLIENT);
    const int64_t server_ns = time_opening(c, TSM_SERVER);
    const struct summary_long handshake = {
        .connection = c->number,
        .side = client_ns >= server_ns ? TSM_CLIENT : TSM_SERVER,
        .ns = MAX(client_ns, server_ns),
    };

    if (handshake.ns >= LONG_HANDSHAKE_NS) {
        g_array_append_val(c->summary->handshakes, handshake);
    }
}

/* Whether an end in that state has a socket that waits for somebody, and not for a timer. */
static bool is_held(enum tsm_state state)
{
    return state >= TSM_SYN_SENT && state != TSM_TIME_WAIT;
}

static void count_unheard(const struct counting *c, enum tsm_side side, enum tsm_state state)
{
    const int64_t ns = story_unheard_ns(c->connection, side, c->end_ns);
    Summary *summary = c->summary;

    if (!is_held(state) || ns < SUMMARY_UNHEARD_NS) {
        return;
    }
    if (summary->unheard++ == 0 || ns > summary->longest_unheard.ns) {
        summary->longest_unheard = (struct summary_long){c->number, side, ns};
    }
}

static void count_last_states(const struct counting *c)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last =
            story_last(c->story, c->connection, (enum tsm_side)side);
        if (last != NULL) {
            const int64_t since_ns = story_last_since(c->story, c->connection, (enum tsm_side)side);
            group_add(&c->summary->last[side][last->state], c,
                      story_captured_ns(c->story, since_ns, c->end_ns));
            c->summary->uncertain[side][last->state] += !story_is_certain(last);
            count_unheard(c, (enum tsm_side)side, (enum tsm_state)last->state);
        }
    }
}

static gint compare_ns(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static gint longest_first(gconstpointer a, gconstpointer b)
{
    const struct summary_long *x = a;
    const struct summary_long *y = b;

    if (x->ns != y->ns) {
        return x->ns > y->ns ? -1 : 1;
    }
    return (x->connection > y->connection) - (x->connection < y->connection);
}

static void find_outcomes(Summary *summary, const struct story *story, GArray *scratch)
{
    for (guint i = 0; i < story->connections->len; i++) {
        struct outcome_facts facts;
        outcome_facts(story, story_connection(story, i), scratch, &facts);
        const enum outcome_opening opening = outcome_opening(&facts);
        summary->opening_of[i] = (uint8_t)opening;
        summary->ending_of[i] = (uint8_t)outcome_ending(&facts, opening);
    }
}

static Summary *summary_alloc(const struct story *story, const struct summary_known *known,
                              GArray *scratch)
{
    const guint n = story->connections->len;
    Summary *summary = g_new0(Summary, 1);

    summary->opening_of = g_new(uint8_t, n);
    summary->ending_of = g_new(uint8_t, n);
    if (known == NULL) {
        find_outcomes(summary, story, scratch);
    } else if (n > 0) {
        memcpy(summary->opening_of, known->opening, n);
        memcpy(summary->ending_of, known->ending, n);
    }
    summary->setups = g_array_new(FALSE, FALSE, sizeof(int64_t));
    summary->handshakes = g_array_new(FALSE, FALSE, sizeof(struct summary_long));
    return summary;
}

static void find_servers(struct summary_group *group, const struct counting *c,
                         TupleNumbers *numbers)
{
    if (group->counts != NULL) {
        group->servers = places_find(c->story, numbers, TUPLE_LISTENER, group->counts);
        g_clear_pointer(&group->counts, g_free);
    }
}

static void find_all_servers(const struct counting *c, TupleNumbers *numbers)
{
    Summary *summary = c->summary;

    for (unsigned i = 0; i < N_OPENINGS; i++) {
        find_servers(&summary->openings[i], c, numbers);
    }
    for (unsigned i = 0; i < N_ENDINGS; i++) {
        find_servers(&summary->endings[i], c, numbers);
    }
    find_servers(&summary->retried, c, numbers);
    find_servers(&summary->synack_again, c, numbers);
    find_servers(&summary->unanswered, c, numbers);
    find_servers(&summary->one_sided, c, numbers);
}

static struct places failing(const Summary *summary, const struct story *story,
                             TupleNumbers *numbers, unsigned scope)
{
    const struct tuple_numbering *all = tuple_numbers_take(numbers, scope);
    g_autofree guint *counts = g_new0(guint, all->n);

    for (guint i = 0; i < story->connections->len; i++) {
        counts[all->of[i]] += has_failed(summary->opening_of[i]);
    }
    tuple_numbers_drop(numbers, all);
    return places_find(story, numbers, scope, counts);
}

static void find_places(const struct counting *c, TupleNumbers *numbers)
{
    Summary *summary = c->summary;

    find_all_servers(c, numbers);
    if (summary_failed_opens(summary) > 0) {
        summary->failing_clients = failing(summary, c->story, numbers, TUPLE_CLIENT_HOST);
        summary->failing_servers = failing(summary, c->story, numbers, TUPLE_SERVER_HOST);
    }
}

Summary *summary_new(const struct story *story, const struct summary_known *known)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    g_autoptr(TupleNumbers) own = known == NULL ? tuple_numbers_new(story) : NULL;
    TupleNumbers *numbers = known != NULL ? known->numbers : own;
    Summary *summary = summary_alloc(story, known, scratch);
    struct counting c = {.summary = summary, .story = story, .scratch = scratch};

    c.servers = tuple_numbers_take(numbers, TUPLE_LISTENER);
    for (; c.number < story->connections->len; c.number++) {
        c.connection = story_connection(story, c.number);
        c.end_ns = story_followed_to(story, c.connection);
        count_outcome(&c);
        count_setup(&c);
        count_open(&c);
        count_direction(&c);
        count_handshake(&c);
        count_last_states(&c);
        const struct story_bytes bytes = story_bytes(story, c.connection);
        for (unsigned side = 0; side < 2; side++) {
            summary->lost_bytes[side] += bytes.lost[side];
            summary->bytes[side] += c.connection->bytes[side];
            summary->retransmissions[side] += c.connection->retransmissions[side];
        }
    }
    tuple_numbers_drop(numbers, c.servers);
    find_places(&c, numbers);
    g_array_sort(summary->setups, compare_ns);
    g_array_sort(summary->handshakes, longest_first);
    return summary;
}

void summary_free(Summary *summary)
{
    if (summary == NULL) {
        return;
    }
    g_array_unref(summary->setups);
    g_array_unref(summary->handshakes);
    g_free(summary->opening_of);
    g_free(summary->ending_of);
    g_free(summary);
}

static guint count_connections(const Summary *summary)
{
    guint n = 0;

    for (unsigned i = 0; i < N_OPENINGS; i++) {
        n += summary->openings[i].n;
    }
    return n;
}

guint summary_opens(const Summary *summary)
{
    return count_connections(summary) - summary->openings[OPENING_MIDSTREAM].n;
}

guint summary_failed_opens(const Summary *summary)
{
    return summary_opens(summary) - summary->openings[OPENING_CONNECTED].n;
}

guint summary_open_connections(const Summary *summary)
{
    return count_connections(summary) - summary->endings[ENDING_NONE].n;
}
